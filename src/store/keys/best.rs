//! The first keys of a list, in its order: never more of them are kept than a page holds.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::cursor::{Cursor, Mark, Value};
use super::row::Row;
use super::scan::Beside;
use super::search::{Hits, Order, Search};
use super::table::KeyTable;
use crate::mint::KeyId;

/// The first of a list that are behind its cursor.
pub(super) struct Best<'a> {
    search: &'a Search,
    /// The last of them on top.
    kept: BinaryHeap<Ranked<'a>>,
    total: usize,
    /// How many are behind the cursor.
    behind: usize,
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
            behind: 0,
        }
    }

    pub(super) fn offer(&mut self, at: u32, row: &Row, value: impl FnOnce(&Row) -> Value<'a>) {
        self.total += 1;
        let one = Ranked {
            order: self.search.order,
            value: value(row),
            id: row.id,
            at,
        };
        if let Some(Cursor(mark)) = &self.search.after
            && one.against(&mark.value, &mark.id).is_le()
        {
            return;
        }
        self.behind += 1;
        if self.kept.len() < self.search.limit {
            self.kept.push(one);
        } else if self.kept.peek().is_some_and(|last| one < *last)
            && let Some(mut last) = self.kept.peek_mut()
        {
            *last = one;
        }
    }

    pub(super) fn into_hits(self, table: &KeyTable, search: &Search, beside: &Beside<'_>) -> Hits {
        let more = self.behind > search.limit;
        let kept = self.kept.into_sorted_vec();
        let last = kept.last().filter(|_| more);
        Hits {
            total: self.total,
            next: last.map(|last| {
                Cursor(Mark {
                    sort: search.sort,
                    order: search.order,
                    value: last.value.owned(),
                    id: last.id,
                })
            }),
            keys: kept
                .iter()
                .filter_map(|one| Some(table.hit(table.found(one.at)?, beside)))
                .collect(),
        }
    }
}

impl Ranked<'_> {
    /// Whether it stands before or behind this place of the list.
    fn against(&self, value: &Value<'_>, id: &KeyId) -> Ordering {
        let rising = self.value.compare(value).then_with(|| self.id.cmp(id));
        match self.order {
            Order::Asc => rising,
            Order::Desc => rising.reverse(),
        }
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
