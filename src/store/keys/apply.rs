//! How entries of the file change the table.

use std::sync::Arc;

use hashbrown::HashTable;
use jiff::Timestamp;

use super::more::flags;
use super::row::{APART, BOUND, DIRECTORY, EDIT, GONE, LENGTH_BITS, Row, SEALED, secs};
use super::table::{By, KeyTable, PREFIX, nameless};
use crate::mint::{AccessKey, Bind, Brief, KeyId, More, Record};
use crate::names::{Rights, Scope};
use crate::store::log::{Applied, Span, Table};

/// What an entry of ours costs in the file beside its value: name, quotes, comma and newline.
const AROUND: u64 = 56;

/// A key on its way into the table.
struct New<'a> {
    dirname: u32,
    by: u32,
    basename: &'a str,
    scope: Scope,
    rights: Rights,
    created: Option<Timestamp>,
    expires: Option<Timestamp>,
    sealed: bool,
    bind: Bind,
    more: More,
}

impl Table for KeyTable {
    type Pending = super::plan::Pending;

    fn apply(&mut self, name: &str, json: Option<&[u8]>, span: Span) -> Applied {
        let id = Self::id_of(name);
        let Some(json) = json else {
            if let Some(id) = id {
                self.remove(&id);
            }
            return Applied::Taken;
        };
        if id.is_some_and(|id| self.insert_brief(id, json, span)) {
            return Applied::Taken;
        }
        let dirnames = &self.dirnames;
        let bys = &self.bys;
        let known = |text: &str| dirnames.find(text).and_then(|at| dirnames.at(at)).cloned();
        let by = |text: &str| {
            bys.find(text)
                .and_then(|at| bys.at(at))
                .map_or_else(|| text.into(), Arc::clone)
        };
        match (id, Record::parse(json, known, by)) {
            (Some(id), Ok(record)) => {
                self.insert_record(id, &record, span);
                Applied::Taken
            }
            (id, outcome) => {
                if let Some(id) = id {
                    self.remove(&id);
                }
                if serde_json::from_slice::<serde::de::IgnoredAny>(json).is_err() {
                    return Applied::NotJson;
                }
                match outcome {
                    Ok(_) => Applied::Refused(
                        "its name is neither 'sha256:' and an id nor a key".to_owned(),
                    ),
                    Err(error) => Applied::Refused(error.to_string()),
                }
            }
        }
    }

    fn prepare(&mut self, entries: usize) {
        // Without that much memory they grow as they must, and say so when they cannot.
        let _ = self.rows.try_reserve(entries);
        let _ = self.names.try_reserve(entries);
        let _ = self.by_id.try_reserve(entries);
        let _ = self.by_ask.try_reserve(entries, |_| 0);
        self.reading = true;
    }

    fn complete(&mut self) {
        // One after another without anything in between, so that the processor waits for many places at once.
        self.reading = false;
        for at in 0..u32::try_from(self.rows.len()).unwrap_or(u32::MAX) {
            self.index(at);
        }
    }

    fn live_bytes(&self) -> u64 {
        self.live_bytes
    }

    fn each_live(&self, each: &mut dyn FnMut(&str, Span)) {
        for row in self.rows.iter().filter(|row| !row.is(GONE)) {
            each(&row.id.named(PREFIX), row.span());
        }
    }

    fn rewrite(name: &str, json: &str) -> Option<(String, String)> {
        // A refused entry under another maker's key: the key itself must not stay readable in our file.
        let key = AccessKey::parse(name).ok()?;
        Some((key.id().named(PREFIX), json.to_owned()))
    }
}

impl KeyTable {
    fn insert(&mut self, id: KeyId, new: New<'_>, span: Span) {
        let mut flags = flags(&new.more);
        if new.rights == Rights::Edit {
            flags |= EDIT;
        }
        if new.scope == Scope::Directory {
            flags |= DIRECTORY;
        }
        if new.sealed {
            flags |= SEALED;
        }
        if new.bind == Bind::Visitor {
            flags |= BOUND;
        }
        let at = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        let rows = &self.rows;
        let is = |at| rows.get(at as usize).is_some_and(|row: &Row| row.id == id);
        if let Some(before) = self.by_id.insert(&id, at, is) {
            self.forget(before);
        }
        self.names.push(new.basename);
        self.rows.push(Row {
            id,
            span: span.offset << LENGTH_BITS | u64::from(span.length.min((1 << LENGTH_BITS) - 1)),
            dirname: new.dirname,
            by: new.by,
            created: secs(new.created),
            expires: secs(new.expires),
            flags,
        });
        if !new.more.is_nothing() {
            self.keep_more(at, id, new.more);
        }
        self.live_bytes += AROUND + u64::from(span.length);
        self.nameless += usize::from(self.is_nameless(new.by));
        if !self.reading {
            self.index(at);
        }
    }

    /// Makes a row known by the ask for it, if its key can be shown again.
    fn index(&mut self, at: u32) {
        let found = self
            .row(at)
            .filter(|row| row.is(SEALED) && !row.is(GONE) && !row.is(APART));
        let Some(ends) = found.map(|row| row.expires != 0) else {
            return;
        };
        self.index_ask(at, By::Length);
        if ends {
            self.index_ask(at, By::End);
        }
    }

    fn is_nameless(&self, by: u32) -> bool {
        self.bys.at(by).is_some_and(|by| nameless(by))
    }

    fn index_ask(&mut self, at: u32, by: By) {
        let hash = self.row_hash(at, by);
        let mut index = std::mem::take(self.ask_index(by));
        index.insert_unique(hash, at, |at| self.row_hash(*at, by));
        *self.ask_index(by) = index;
    }

    fn ask_index(&mut self, by: By) -> &mut HashTable<u32> {
        match by {
            By::Length => &mut self.by_ask,
            By::End => &mut self.by_end,
        }
    }

    fn remove(&mut self, id: &KeyId) {
        let rows = &self.rows;
        let is = |at| rows.get(at as usize).is_some_and(|row: &Row| row.id == *id);
        if let Some(at) = self.by_id.remove(id, is) {
            self.forget(at);
        }
    }

    /// Takes a row that its id no longer leads to out of everything else.
    fn forget(&mut self, at: u32) {
        // Where it has no end, it never was among those that have one.
        let ends = self.row(at).is_some_and(|row| row.expires != 0);
        for by in std::iter::once(By::Length).chain(ends.then_some(By::End)) {
            let hash = self.row_hash(at, by);
            if let Ok(entry) = self.ask_index(by).find_entry(hash, |other| *other == at) {
                entry.remove();
            }
        }
        let gone = self.rows.get_mut(at as usize).map(|row| {
            row.flags |= GONE;
            (row.by, row.span().length, row.id)
        });
        if let Some((by, length, id)) = gone {
            self.forget_more(at, &id);
            self.live_bytes = self.live_bytes.saturating_sub(AROUND + u64::from(length));
            self.nameless -= usize::from(self.is_nameless(by));
        }
    }

    /// The same from a whole record, whose directory and minter may be new.
    fn insert_record(&mut self, id: KeyId, record: &Record, span: Span) {
        let new = New {
            dirname: self.dirnames.insert(&record.place.dirname),
            by: self.bys.insert(&record.by),
            basename: record.place.basename.as_str(),
            scope: record.scope,
            rights: record.rights,
            created: record.created,
            expires: record.expires,
            sealed: record.sealed.is_some(),
            bind: record.bind,
            more: More {
                limits: record.limits.clone(),
                label: record.label.clone(),
            },
        };
        self.insert(id, new, span);
    }

    /// Takes an entry as editkey writes it, of a directory and a minter that are known. `false` where it is another,
    /// which is to be read as a whole.
    fn insert_brief(&mut self, id: KeyId, json: &[u8], span: Span) -> bool {
        let known = Brief::read(json).and_then(|brief| {
            Some(New {
                dirname: self.dirnames.find_bytes(brief.dirname)?,
                by: self.bys.find_bytes(brief.by)?,
                basename: brief.basename,
                scope: brief.scope,
                rights: brief.rights,
                created: brief.created,
                expires: brief.expires,
                sealed: brief.sealed,
                bind: brief.bind,
                more: More::default(),
            })
        });
        known.map(|new| self.insert(id, new, span)).is_some()
    }
}
