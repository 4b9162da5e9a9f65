//! What a change put, as one step at the server: all that was read is compared, then records, lists and indices are
//! written together.
//!
//! It must never write over a record that was not read, or was not understood.

use std::collections::{BTreeMap, HashSet};

use super::super::KeyTable;
use super::super::gone::Mark;
use super::super::plan::Pending;
use super::moving;
use super::order::Numbers;
use super::put::{After, Put, beside, lists_of};
use super::slots::Slot;
use super::working::Working;
use crate::mint::{KeyId, Record};
use crate::store::StoreError;
use crate::store::log::Entries;
use crate::store::redis::{Change, Names};

/// The marks of revoked and of pruned keys, by time.
pub(super) const REVOKED: &str = "revoked";
pub(super) const PRUNED: &str = "pruned";
/// Most strings that one step compares for no other reason than that they were read.
const COMPARED: usize = 5000;
/// Most keys above one another that are gone through: more than there may be, since hands write what they like.
const LINE: usize = 64;

/// What is to be written.
pub(super) struct Step {
    pub(super) puts: BTreeMap<KeyId, Put>,
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
pub(super) struct Listed {
    pub(super) new: Vec<KeyId>,
    pub(super) gone: Vec<KeyId>,
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
                    let record = Box::new(record);
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

    /// What stands of these keys already, as if it were put anew: lists and indices come to name them.
    pub(super) fn adopting(ids: &[KeyId], working: &Working) -> Self {
        let text = |id| working.reads.get(&Slot::Key(id)).cloned().flatten();
        let put = |id: &KeyId| {
            let record = Box::new(working.record(id)?);
            let json = String::from_utf8(text(*id)?).ok()?;
            let after = After::Record { json, record };
            let before = None;
            Some((*id, Put { before, after }))
        };
        Self {
            puts: ids.iter().filter_map(put).collect(),
            now: 0,
        }
    }

    /// These entries, text for text.
    pub(super) fn setting(
        kind: moving::Entries,
        entries: &[(String, Option<String>)],
        working: &Working,
    ) -> Self {
        let put = |(name, text): &(String, Option<String>)| {
            let id = moving::id_of(name)?;
            let after = match (kind, text) {
                (moving::Entries::Marks, text) => {
                    After::Mark(super::working::mark(text.as_deref()?.as_bytes()))
                }
                (moving::Entries::Keys, None) => After::Nothing,
                (moving::Entries::Keys, Some(text)) => {
                    let record = Record::parse(text.as_bytes(), |_| None, |by| by.into());
                    let json = text.clone();
                    let whole = |record| After::Record {
                        json,
                        record: Box::new(record),
                    };
                    record.map_or_else(|_| After::Other(text.clone()), whole)
                }
            };
            let before = working.record(&id);
            Some((id, Put { before, after }))
        };
        Self {
            puts: entries.iter().filter_map(put).collect(),
            now: 0,
        }
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

    /// Whether it makes new keys, and nothing else.
    pub(super) fn is_only_new(&self) -> bool {
        !self.puts.is_empty() && self.puts.values().all(Put::is_new)
    }

    /// Whether it only takes keys out.
    pub(super) fn only_removes(&self) -> bool {
        let mut puts = self.puts.values();
        puts.all(|put| matches!(put.after, After::Mark(_) | After::Nothing))
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
        self.strings().chain(self.lists().into_keys()).collect()
    }

    /// Those of records and marks.
    fn strings(&self) -> impl Iterator<Item = Slot> {
        let keys = self.puts.keys().map(|id| Slot::Key(*id));
        let marked = |put: &Put| matches!(put.after, After::Mark(_));
        let marked = self.puts.iter().filter(move |(_, put)| marked(put));
        keys.chain(marked.map(|(id, _)| Slot::Mark(*id)))
    }

    fn lists(&self) -> BTreeMap<Slot, Listed> {
        let mut lists: BTreeMap<Slot, Listed> = BTreeMap::new();
        for (id, put) in &self.puts {
            // A few each.
            let before: Vec<Slot> = put.before.iter().flat_map(lists_of).collect();
            let after: Vec<Slot> = put.record().into_iter().flat_map(lists_of).collect();
            for slot in after.iter().filter(|slot| !before.contains(slot)) {
                lists.entry(*slot).or_default().new.push(*id);
            }
            for slot in before.iter().filter(|slot| !after.contains(slot)) {
                lists.entry(*slot).or_default().gone.push(*id);
            }
        }
        lists
    }

    /// The step. What was not read of what it writes is taken to be not there.
    pub(super) fn change(
        &self,
        working: &Working,
        (names, numbers): (&Names, &Numbers),
        also: Also,
    ) -> Change {
        let mut change = Change::default();
        let lists = self.lists();
        let mut touched: Vec<Slot> = self.strings().chain(lists.keys().copied()).collect();
        touched.sort_unstable();
        for slot in &touched {
            let read = working.reads.get(slot).cloned().flatten();
            change.expect(slot.name(names), read);
        }
        // However much was read: what a revocation or a derivation at the same moment writes.
        let all = working.reads.len() <= COMPARED;
        let puts = self.puts.iter().filter(|_| !all);
        let beside: HashSet<Slot> = puts.flat_map(beside).collect();
        for (slot, read) in &working.reads {
            if touched.binary_search(slot).is_err() && (all || beside.contains(slot)) {
                change.expect(slot.name(names), read.clone());
            }
        }
        for (name, read) in also.expected {
            change.expect(name, read);
        }
        self.write_keys(&mut change, working, names, also.backup.as_deref());
        for (slot, listed) in lists {
            self.write_list(&mut change, slot, &listed, working, names);
        }
        self.write_indices(&mut change, names, numbers);
        for command in also.commands {
            change.run(command);
        }
        change
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mint::AccessKey;

    fn id(at: usize) -> KeyId {
        let key = AccessKey::parse(&format!("{at:024}"));
        key.expect("a key").id()
    }

    #[test]
    fn however_much_was_read_a_step_says_that_its_keys_were_not_revoked_meanwhile() {
        let (names, mut working) = (Names::below("test"), Working::default());
        // A key that is back from a prune, below a parent, among many that its ask got.
        let (key, parent) = (id(1), id(2));
        working.take(Slot::Key(key), None);
        working.take(Slot::Mark(key), Some(b"\"pruned:5\"".to_vec()));
        working.take(Slot::Children(key), None);
        working.take(Slot::Key(parent), Some(b"{}".to_vec()));
        for other in 3..COMPARED + 10 {
            working.take(Slot::Key(id(other)), None);
        }
        let json = format!(
            r#"{{"dirname":"/srv","basename":"a","created":"2026-11-20T12:00:00Z","parent":"sha256:{parent}"}}"#
        );
        let record = Record::parse(json.as_bytes(), |_| None, |by| by.into());
        let record = Box::new(record.expect("a record"));
        let put = Put {
            before: None,
            after: After::Record { json, record },
        };
        let puts = BTreeMap::from([(key, put)]);
        let change =
            Step { puts, now: 0 }.change(&working, (&names, &Numbers::default()), Also::default());
        for slot in [
            Slot::Key(key),
            Slot::Mark(key),
            Slot::Children(key),
            Slot::Key(parent),
            Slot::Children(parent),
        ] {
            assert!(change.compares(&slot.name(&names)), "{slot:?}");
        }
        assert!(!change.compares(&Slot::Key(id(3)).name(&names)), "too many");
    }
}
