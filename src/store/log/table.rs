//! What a log asks of its table, and what a change sees of both.

use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::FileExt as _;

use super::blocks::Blocks;
use super::layout::Span;

/// What is kept in memory of a log.
pub trait Table: Default + Send + Sync + 'static {
    /// What the changes of one batch have planned so far.
    type Pending: Default;

    /// Takes one entry; `None` removes the name. A later entry stands in place of an earlier one, and a refused one
    /// removes it.
    fn apply(&mut self, name: &str, json: Option<&[u8]>, span: Span) -> Applied;

    /// About so many entries follow, into an empty table of which nothing is asked until [`complete`](Self::complete).
    fn prepare(&mut self, _entries: usize) {}

    /// All entries that [`prepare`](Self::prepare) announced have come.
    fn complete(&mut self) {}

    /// Bytes of the live entries, roughly; what the file holds beyond them is dead.
    fn live_bytes(&self) -> u64;

    /// Calls `each` with every live entry, best in the order of the file.
    fn each_live(&self, each: &mut dyn FnMut(&str, Span));

    /// The form in which compaction keeps an entry; `None` keeps it as it is.
    fn rewrite(_name: &str, _json: &str) -> Option<(String, String)> {
        None
    }
}

/// What became of an entry.
#[derive(Debug, PartialEq, Eq)]
pub enum Applied {
    /// It holds.
    Taken,
    /// It is JSON, but not a good entry: this name opens nothing. The reason quotes no secret.
    Refused(String),
    /// It is no JSON.
    NotJson,
}

/// An entry that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line in the file, from 1.
    pub line: u64,
    /// Why.
    pub reason: String,
}

/// Entries to write, in order.
#[derive(Default)]
pub struct Entries(pub(super) Vec<(String, Option<String>)>);

impl Entries {
    /// Sets `name` to a JSON value on one line, or removes it.
    pub fn put(&mut self, name: String, json: Option<String>) {
        self.0.push((name, json));
    }

    /// What was put, in order.
    pub(in crate::store) fn into_list(self) -> Vec<(String, Option<String>)> {
        self.0
    }
}

/// A consistent look at the table and at what it was read from.
pub struct Look<'a, T> {
    /// The table.
    pub table: &'a T,
    pub(super) texts: Texts<'a>,
    pub(super) synced: u64,
    pub(super) refused: &'a HashMap<String, Span>,
}

/// Where the text of each entry stands.
#[derive(Clone, Copy)]
pub(super) enum Texts<'a> {
    /// In a file, if there is one.
    File(Option<&'a File>),
    /// Here.
    Memory(&'a [u8]),
}

impl<'a, T> Look<'a, T> {
    /// A look at a table that was made of `texts`, in which its spans count. All of it is kept already.
    pub(in crate::store) fn at(
        table: &'a T,
        texts: &'a [u8],
        refused: &'a HashMap<String, Span>,
    ) -> Self {
        Self {
            table,
            texts: Texts::Memory(texts),
            synced: u64::MAX,
            refused,
        }
    }

    /// The JSON at `span`; `None` when it cannot be read, or the file was cut short.
    pub(crate) fn json(&self, span: Span) -> Option<Vec<u8>> {
        match self.texts {
            Texts::File(file) => {
                let mut bytes = vec![0; span.length as usize];
                file?.read_exact_at(&mut bytes, span.offset).ok()?;
                Some(bytes)
            }
            Texts::Memory(texts) => {
                let start = usize::try_from(span.offset).ok()?;
                let end = start.checked_add(span.length as usize)?;
                texts.get(start..end).map(<[u8]>::to_vec)
            }
        }
    }

    /// The JSON at each of these, which had better stand in the order of the file: many are read at once.
    pub(crate) fn jsons(&self, spans: impl Iterator<Item = Span>) -> Option<Vec<Vec<u8>>> {
        let Texts::File(file) = self.texts else {
            return spans.map(|span| self.json(span)).collect();
        };
        let mut blocks = Blocks::of(file?);
        spans.map(|span| blocks.read(span).ok()).collect()
    }

    /// The names of the entries that stand in the file and are not in the table, since they are not understood.
    pub(crate) fn refused(&self) -> impl Iterator<Item = &str> {
        self.refused.keys().map(String::as_str)
    }

    /// Whether the entry at `span` is known to be on the disk.
    pub(crate) fn durable(&self, span: Span) -> bool {
        span.offset < self.synced
    }
}
