//! Each text once: a million keys of a thousand directories hold a thousand directories.

use std::hash::BuildHasher as _;
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashTable};

/// A list of distinct values, found by their text.
pub(super) struct Interned<V> {
    values: Vec<V>,
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

/// What can be interned.
pub(super) trait Text {
    fn text(&self) -> &str;
}

impl Text for Arc<str> {
    fn text(&self) -> &str {
        self
    }
}

impl Text for crate::names::Dirname {
    fn text(&self) -> &str {
        self.as_str()
    }
}

impl<V> Default for Interned<V> {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            index: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
        }
    }
}

impl<V: Text + Clone> Interned<V> {
    /// The number of the value with this text.
    pub(super) fn find(&self, text: &str) -> Option<u32> {
        self.find_bytes(text.as_bytes())
    }

    /// The same by the text's bytes: what equals a text is one.
    pub(super) fn find_bytes(&self, text: &[u8]) -> Option<u32> {
        let is = |at: &u32| {
            self.at(*at)
                .is_some_and(|value| value.text().as_bytes() == text)
        };
        self.index.find(self.hash(text), is).copied()
    }

    /// The value with this number.
    pub(super) fn at(&self, number: u32) -> Option<&V> {
        self.values.get(number as usize)
    }

    /// All values, by number.
    pub(super) fn each(&self) -> impl Iterator<Item = &V> {
        self.values.iter()
    }

    /// The number of `value`, which is kept if it is new.
    pub(super) fn insert(&mut self, value: &V) -> u32 {
        if let Some(number) = self.find(value.text()) {
            return number;
        }
        let number = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.values.push(value.clone());
        let hash = self.hash(value.text().as_bytes());
        let (values, hasher) = (&self.values, &self.hasher);
        self.index.insert_unique(hash, number, |at| {
            values
                .get(*at as usize)
                .map_or(0, |value| hasher.hash_one(value.text().as_bytes()))
        });
        number
    }

    fn hash(&self, text: &[u8]) -> u64 {
        self.hasher.hash_one(text)
    }
}
