//! What a look at the keys, or a change of them, is about.
//!
//! The key file shows all keys anyway. Where several nodes share a store, what is wanted here is read from it at once,
//! and nothing else is there to see.

use std::sync::Arc;

use super::table::Ask;
use crate::mint::KeyId;

/// Some of the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Want {
    /// The key with this name, and those that it was derived from.
    Key(KeyId),
    /// The same, and all that was derived from it.
    Family(KeyId),
    /// The key with this name, those that it was derived from, and those that were derived from it itself.
    Children(KeyId),
    /// What became of the key with this name.
    Mark(KeyId),
    /// The keys that an ask like this one got, each with those that it was derived from.
    Ask(Ask),
    /// Those whose names begin like this, with eight characters or more.
    Beginning(String),
    /// Those that were minted for this visitor.
    Of(Arc<str>),
    /// How many keys belong to browsers without a name, and to anyone.
    Nameless,
}

/// All that a look or a change is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted(pub Vec<Want>);

impl Wanted {
    /// The keys with these names, with those that they were derived from.
    pub fn keys<'a>(ids: impl IntoIterator<Item = &'a KeyId>) -> Self {
        Self(ids.into_iter().map(|id| Want::Key(*id)).collect())
    }

    /// The same, and what became of these keys where they are gone.
    pub(super) fn and_marks<'a>(mut self, ids: impl IntoIterator<Item = &'a KeyId>) -> Self {
        self.0.extend(ids.into_iter().map(|id| Want::Mark(*id)));
        self
    }

    /// The keys with these names, and all that was derived from them.
    pub fn families<'a>(ids: impl IntoIterator<Item = &'a KeyId>) -> Self {
        Self(ids.into_iter().map(|id| Want::Family(*id)).collect())
    }
}

impl From<Want> for Wanted {
    fn from(want: Want) -> Self {
        Self(vec![want])
    }
}
