//! The first keys of a list, in its order: never more of them are kept than a page holds.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::cursor::{Cursor, Mark, Value};
use super::scan::Beside;
use super::search::{Hit, Hits, Order, Search};
use super::table::KeyTable;
use crate::mint::KeyId;

/// The first of a list that are behind its cursor.
pub(super) struct Best<'a> {
    search: &'a Search,
    /// The last of them on top.
    kept: BinaryHeap<Ranked<'a>>,
    total: usize,
}

struct Ranked<'a> {
    order: Order,
    value: Value<'a>,
    id: KeyId,
    at: u32,
}

impl<'a> Best<'a> {
    pub(super) fn of(search: &'a Search) -> Self {
        Self {
            search,
            kept: BinaryHeap::new(),
            total: 0,
        }
    }

    /// One more is wanted.
    pub(super) fn count(&mut self) {
        self.total += 1;
    }

    /// How many are wanted.
    pub(super) fn total(&self) -> usize {
        self.total
    }

    /// Whether a key with this value would be among the first.
    pub(super) fn takes(&self, value: &Value<'_>, id: &KeyId) -> bool {
        let order = self.search.order;
        let one = (value, id);
        let after = self.search.after.as_ref();
        let behind = after.is_none_or(|Cursor(mark)| {
            ordered(order, one, (&mark.value, &mark.id)) == Ordering::Greater
        });
        let last = self.kept.peek().filter(|_| self.is_full());
        let before =
            last.is_none_or(|last| ordered(order, one, (&last.value, &last.id)) == Ordering::Less);
        behind && before
    }

    /// A key that is wanted, if it is among the first.
    pub(super) fn offer(&mut self, at: u32, id: &KeyId, value: Value<'a>) {
        if !self.takes(&value, id) {
            return;
        }
        let one = Ranked {
            order: self.search.order,
            value,
            id: *id,
            at,
        };
        if !self.is_full() {
            self.kept.push(one);
        } else if let Some(mut last) = self.kept.peek_mut() {
            *last = one;
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.kept.len() >= kept(self.search)
    }
}

/// One more than a page holds tells that there are more.
fn kept(search: &Search) -> usize {
    search.limit.saturating_add(1)
}

/// A page of a list, put together of the best of parts.
pub(super) struct Page<'a> {
    search: &'a Search,
    kept: Vec<(Value<'static>, Hit)>,
    total: usize,
}

impl<'a> Page<'a> {
    pub(super) fn of(search: &'a Search) -> Self {
        Self {
            search,
            kept: Vec::new(),
            total: 0,
        }
    }

    /// Takes the best of one part of the keys.
    pub(super) fn add(&mut self, best: Best<'_>, table: &KeyTable, beside: &Beside<'_>) {
        self.total += best.total;
        let last = self.kept.last().filter(|_| self.is_full());
        let last = last.map(|(value, hit)| (value.clone(), hit.found.id));
        for one in best.kept.into_sorted_vec() {
            let fits = last
                .as_ref()
                .is_none_or(|(value, id)| one.against(value, id).is_lt());
            let Some(found) = table.found(one.at).filter(|_| fits) else {
                continue;
            };
            self.kept
                .push((one.value.owned(), table.hit(found, beside)));
        }
        self.settle();
    }

    fn is_full(&self) -> bool {
        self.kept.len() >= kept(self.search)
    }

    fn settle(&mut self) {
        let order = self.search.order;
        self.kept.sort_by(|(one, hit), (value, other)| {
            ordered(order, (one, &hit.found.id), (value, &other.found.id))
        });
        self.kept.truncate(kept(self.search));
    }

    pub(super) fn into_hits(mut self) -> Hits {
        let more = self.is_full();
        self.kept.truncate(self.search.limit);
        let last = self.kept.last().filter(|_| more);
        let next = last.map(|(value, hit)| {
            Cursor(Mark {
                sort: self.search.sort,
                order: self.search.order,
                value: value.clone(),
                id: hit.found.id,
            })
        });
        Hits {
            total: self.total,
            next,
            keys: self.kept.into_iter().map(|(_, hit)| hit).collect(),
        }
    }
}

impl Ranked<'_> {
    /// Whether it stands before or behind this place of the list.
    fn against(&self, value: &Value<'_>, id: &KeyId) -> Ordering {
        ordered(self.order, (&self.value, &self.id), (value, id))
    }
}

fn ordered(order: Order, one: (&Value<'_>, &KeyId), other: (&Value<'_>, &KeyId)) -> Ordering {
    let rising = one.0.compare(other.0).then_with(|| one.1.cmp(other.1));
    match order {
        Order::Asc => rising,
        Order::Desc => rising.reverse(),
    }
}

impl Ord for Ranked<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.against(&other.value, &other.id)
    }
}

impl PartialOrd for Ranked<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ranked<'_> {}

impl Value<'_> {
    /// Texts as people sort them: capital and small letters of ASCII beside one another.
    fn compare(&self, other: &Value<'_>) -> Ordering {
        match (self, other) {
            (Self::Number(one), Value::Number(other)) => one.cmp(other),
            (Self::Text(one), Value::Text(other)) => {
                compared(one, other).then_with(|| one.cmp(other))
            }
            (Self::Number(_), Value::Text(_)) => Ordering::Less,
            (Self::Text(_), Value::Number(_)) => Ordering::Greater,
        }
    }

    fn owned(&self) -> Value<'static> {
        match self {
            Self::Number(number) => Value::Number(*number),
            Self::Text(text) => Value::Text(Cow::Owned(text.clone().into_owned())),
        }
    }
}

/// Capital and small letters of ASCII beside one another.
fn compared(one: &str, other: &str) -> Ordering {
    // Names of one place often begin alike: that is passed over by eight bytes at a time.
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let both = one.as_chunks::<8>().0.iter().zip(other.as_chunks().0);
    let alike = both.take_while(|(one, other)| one == other).count() * 8;
    small(one, alike).cmp(small(other, alike))
}

fn small(text: &[u8], from: usize) -> impl Iterator<Item = u8> {
    let rest = text.get(from..).unwrap_or_default();
    rest.iter().map(u8::to_ascii_lowercase)
}
