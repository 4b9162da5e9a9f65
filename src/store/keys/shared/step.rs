//! What a change put, as one step at the server: all that was read is compared, then records, lists and indices are
//! written together.
//!
//! It must never write over a record that was not read, or was not understood.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::super::KeyTable;
use super::super::gone::Mark;
use super::super::plan::Pending;
use super::slots::{Index, Slot};
use super::working::Working;
use crate::mint::{KeyId, Record};
use crate::store::StoreError;
use crate::store::log::Entries;
use crate::store::redis::{Change, Names};

/// How long a record stays after the key has ended, in seconds.
pub(super) const STAYS: i64 = 30 * 86_400;
/// Most strings that one step compares for no other reason than that they were read.
const COMPARED: usize = 5000;
/// Most keys that one ask is known to have got; the newest of them.
const ASKED: usize = 256;
/// Most keys above one another that are gone through: more than there may be, since hands write what they like.
const LINE: usize = 64;
/// Most members of an index that one command names.
const MEMBERS: usize = 5000;

/// What becomes of one key.
struct Put {
    /// As it stands, where it is understood.
    before: Option<Record>,
    after: After,
}

enum After {
    Record { json: String, record: Record },
    Mark(Mark),
    Nothing,
}

/// What is to be written.
pub(super) struct Step {
    puts: BTreeMap<KeyId, Put>,
    /// The moment, for the order in which keys were revoked.
    pub(super) now: i64,
}

/// What goes with a change beside keys.
#[derive(Default)]
pub(super) struct Also {
    /// Strings that must stand like this.
    pub(super) expected: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// What is done, too.
    pub(super) commands: Vec<redis::Cmd>,
    /// The hash that keeps the records of those that go.
    pub(super) backup: Option<Vec<u8>>,
}

/// Changes of a list.
#[derive(Default)]
struct Listed {
    new: Vec<KeyId>,
    gone: Vec<KeyId>,
}

impl Step {
    /// What was put, on top of what was read.
    pub(super) fn of(
        entries: Entries,
        pending: &Pending,
        working: &Working,
    ) -> Result<Self, StoreError> {
        let mut puts = BTreeMap::new();
        for (name, json) in entries.into_list() {
            let id = KeyTable::id_of(&name).ok_or(StoreError::Limit("a name that is no key's"))?;
            let after = match json {
                None => After::Nothing,
                Some(json) => {
                    let record = Record::parse(json.as_bytes(), |_| None, |by| by.into());
                    let record = record.map_err(|_| StoreError::Limit("a record that is none"))?;
                    After::Record { json, record }
                }
            };
            let before = working.record(&id);
            puts.insert(id, Put { before, after });
        }
        for (id, mark) in &pending.marked {
            let before = working.record(id);
            let after = After::Mark(*mark);
            puts.insert(*id, Put { before, after });
        }
        Ok(Self { puts, now: 0 })
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.puts.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.puts.len()
    }

    /// Whether it makes one new key and nothing else.
    pub(super) fn is_new_key(&self) -> bool {
        let mut puts = self.puts.values();
        let new = puts.next().is_some_and(Put::is_new);
        new && puts.next().is_none()
    }

    /// Whether it only takes keys out.
    pub(super) fn only_removes(&self) -> bool {
        let mut puts = self.puts.values();
        puts.all(|put| !matches!(put.after, After::Record { .. }))
    }

    /// Whether the moment matters.
    pub(super) fn revokes(&self) -> bool {
        let mut puts = self.puts.values();
        puts.any(|put| matches!(put.after, After::Mark(Mark::Revoked)))
    }

    /// The same in parts of so many keys, those above before what was derived from them.
    pub(super) fn parts(self, most: usize, working: &Working) -> Vec<Self> {
        let above = |id: &KeyId| working.table.find(id)?.parent();
        let generation = |id: &KeyId| std::iter::successors(above(id), above).take(LINE).count();
        let mut puts: Vec<_> = self.puts.into_iter().collect();
        puts.sort_by_cached_key(|(id, _)| generation(id));
        let mut puts = puts.into_iter().peekable();
        let mut parts = Vec::new();
        while puts.peek().is_some() {
            parts.push(Self {
                puts: puts.by_ref().take(most).collect(),
                now: self.now,
            });
        }
        parts
    }

    /// What it takes out may stand otherwise by now.
    pub(super) fn look_again(&mut self, working: &Working) {
        for (id, put) in &mut self.puts {
            put.before = working.record(id);
        }
    }

    /// The keys in question.
    pub(super) fn ids(&self) -> impl Iterator<Item = KeyId> {
        self.puts.keys().copied()
    }

    /// All strings that it writes.
    pub(super) fn slots(&self) -> Vec<Slot> {
        let keys = self.puts.keys().map(|id| Slot::Key(*id));
        keys.chain(self.lists().into_keys()).collect()
    }

    fn lists(&self) -> BTreeMap<Slot, Listed> {
        let mut lists: BTreeMap<Slot, Listed> = BTreeMap::new();
        for (id, put) in &self.puts {
            let before: HashSet<Slot> = put.before.iter().flat_map(lists_of).collect();
            let after: HashSet<Slot> = put.record().into_iter().flat_map(lists_of).collect();
            for slot in after.difference(&before) {
                lists.entry(*slot).or_default().new.push(*id);
            }
            for slot in before.difference(&after) {
                lists.entry(*slot).or_default().gone.push(*id);
            }
        }
        lists
    }

    /// The step. What was not read of what it writes is taken to be not there.
    pub(super) fn change(&self, working: &Working, names: &Names, also: Also) -> Change {
        let mut change = Change::default();
        let touched: HashSet<Slot> = self.slots().into_iter().collect();
        for slot in &touched {
            let read = working.reads.get(slot).cloned().flatten();
            change.expect(slot.name(names), read);
        }
        if working.reads.len() <= COMPARED {
            let others = working.reads.iter();
            for (slot, read) in others.filter(|(slot, _)| !touched.contains(slot)) {
                change.expect(slot.name(names), read.clone());
            }
        }
        for (name, read) in also.expected {
            change.expect(name, read);
        }
        self.write_keys(&mut change, working, names, also.backup.as_deref());
        for (slot, listed) in self.lists() {
            self.write_list(&mut change, slot, &listed, working, names);
        }
        self.write_indices(&mut change, names);
        for command in also.commands {
            change.run(command);
        }
        change
    }

    fn write_keys(
        &self,
        change: &mut Change,
        working: &Working,
        names: &Names,
        backup: Option<&[u8]>,
    ) {
        for (id, put) in &self.puts {
            let name = Slot::Key(*id).name(names);
            let before = working.reads.get(&Slot::Key(*id)).cloned().flatten();
            let goes = !matches!(put.after, After::Record { .. });
            if let (Some(backup), Some(before), true) = (backup, &before, goes) {
                let mut keep = redis::cmd("HSET");
                keep.arg(backup).arg(id.as_bytes()).arg(before);
                change.run(keep);
            }
            match &put.after {
                After::Record { json, record } => change.set(&name, json, last(record)),
                After::Mark(mark) => change.set(&name, mark.json(), None),
                After::Nothing if before.is_some() => change.run(redis::Cmd::del(&name)),
                After::Nothing => {}
            }
            self.write_mark(change, id, put, working, names);
        }
    }

    fn write_mark(
        &self,
        change: &mut Change,
        id: &KeyId,
        put: &Put,
        working: &Working,
        names: &Names,
    ) {
        let score = match put.after {
            After::Mark(Mark::Revoked) => Some(("revoked", self.now)),
            After::Mark(Mark::Pruned(secs)) => Some(("pruned", secs.unwrap_or(0).into())),
            After::Record { .. } | After::Nothing => None,
        };
        let before = working.marks.get(id).map(|mark| match mark {
            Mark::Revoked => "revoked",
            Mark::Pruned(_) => "pruned",
        });
        if let Some(kind) = before.filter(|kind| score.is_none_or(|(new, _)| new != *kind)) {
            let mut forget = redis::cmd("ZREM");
            forget.arg(names.the(kind)).arg(id.as_bytes());
            change.run(forget);
        }
        if let Some((kind, secs)) = score {
            let mut remember = redis::cmd("ZADD");
            remember.arg(names.the(kind)).arg(secs).arg(id.as_bytes());
            change.run(remember);
        }
    }

    fn write_list(
        &self,
        change: &mut Change,
        slot: Slot,
        listed: &Listed,
        working: &Working,
        names: &Names,
    ) {
        let mut ids = working.list(slot);
        let there = !ids.is_empty();
        ids.retain(|id| {
            !listed.gone.contains(id) && !listed.new.contains(id) && !working.is_away(id)
        });
        ids.extend(&listed.new);
        let mut end = None;
        if let Slot::Ask(_) = slot {
            ids.drain(..ids.len().saturating_sub(ASKED));
            end = self.last_of(&ids, working);
        }
        let name = slot.name(names);
        if !ids.is_empty() {
            let text: Vec<u8> = ids.iter().flat_map(|id| *id.as_bytes()).collect();
            change.set(&name, text, end);
        } else if there {
            change.run(redis::Cmd::del(&name));
        }
    }

    /// When the last of these records goes, where each of them does.
    fn last_of(&self, ids: &[KeyId], working: &Working) -> Option<i64> {
        let one = |id: &KeyId| match self.puts.get(id).and_then(Put::record) {
            Some(record) => last(record),
            None => working.record(id).as_ref().and_then(last),
        };
        let ends: Option<Vec<i64>> = ids.iter().map(one).collect();
        ends?.into_iter().max()
    }

    fn write_indices(&self, change: &mut Change, names: &Names) {
        let (mut new, mut gone) = (Members::default(), Members::default());
        for (id, put) in &self.puts {
            let of = |record: &Record| Index::of_record(id, record);
            let after = put.record().map(of).unwrap_or_default();
            let before = put.before.as_ref().map(of).unwrap_or_default();
            gone.add(before.into_iter().filter(|one| !after.contains(one)));
            new.add(after);
        }
        for (index, members) in gone.0 {
            let command = if index.is_ordered() { "ZREM" } else { "SREM" };
            for members in members.chunks(MEMBERS) {
                let mut remove = redis::cmd(command);
                remove.arg(index.name(names)).arg(members);
                change.run(remove);
            }
        }
        for (index, members) in new.0 {
            let ordered = index.is_ordered();
            for members in members.chunks(MEMBERS / 2) {
                let mut add = redis::cmd(if ordered { "ZADD" } else { "SADD" });
                add.arg(index.name(names));
                for member in members {
                    if ordered {
                        add.arg(0);
                    }
                    add.arg(member);
                }
                change.run(add);
            }
        }
    }
}

/// Members by index.
#[derive(Default)]
struct Members(HashMap<Index, Vec<Vec<u8>>>);

impl Members {
    fn add(&mut self, all: impl IntoIterator<Item = (Index, Vec<u8>)>) {
        for (index, member) in all {
            self.0.entry(index).or_default().push(member);
        }
    }
}

impl Put {
    fn is_new(&self) -> bool {
        self.before.is_none() && self.record().is_some()
    }

    fn record(&self) -> Option<&Record> {
        match &self.after {
            After::Record { record, .. } => Some(record),
            After::Mark(_) | After::Nothing => None,
        }
    }
}

/// The lists in which a key with this record stands.
fn lists_of(record: &Record) -> impl Iterator<Item = Slot> {
    let parent = record.limits.parent.map(Slot::Children);
    Slot::of_record(record).chain(parent)
}

/// Until when a record stays, in milliseconds since 1970; nothing where the key has no end.
fn last(record: &Record) -> Option<i64> {
    let end = record.expires?.as_second().saturating_add(STAYS);
    Some(end.saturating_mul(1000).max(1))
}
