//! What a step writes: records and marks, the lists of those who asked for the same or were derived from the same, indices.

use std::collections::HashMap;

use hashbrown::DefaultHashBuilder;

use super::super::gone::Mark;
use super::super::row::secs;
use super::order::Numbers;
use super::put::{After, Put, last};
use super::slots::{Index, Slot};
use super::step::{Listed, PRUNED, REVOKED, Step};
use super::working::Working;
use crate::mint::{KeyId, Record};
use crate::store::redis::{Change, Names};

/// Most keys that one ask is known to have got; the newest of them.
const ASKED: usize = 256;
/// Most members of an index that one command names.
const MEMBERS: usize = 5000;

impl Step {
    pub(super) fn write_keys(
        &self,
        change: &mut Change,
        working: &Working,
        names: &Names,
        backup: Option<&[u8]>,
    ) {
        for (id, put) in &self.puts {
            let name = Slot::Key(*id).name(names);
            let before = working.reads.get(&Slot::Key(*id)).cloned().flatten();
            let goes = matches!(put.after, After::Mark(_) | After::Nothing);
            if let (Some(backup), Some(before), true) = (backup, &before, goes) {
                let mut keep = redis::cmd("HSET");
                keep.arg(backup).arg(id.as_bytes()).arg(before);
                change.run(keep);
            }
            match &put.after {
                After::Record { json, record } => change.set(&name, json, last(record)),
                After::Other(json) => change.set(&name, json, None),
                After::Mark(_) | After::Nothing if before.is_some() => {
                    change.run(redis::Cmd::del(&name));
                }
                After::Mark(_) | After::Nothing => {}
            }
            write_mark(change, (id, &put.after), self.now, working, names);
        }
    }

    pub(super) fn write_list(
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

    /// What finds the keys. It is never compared, and only tells where to look.
    pub(super) fn write_indices(&self, change: &mut Change, names: &Names, numbers: &Numbers) {
        let (mut new, mut gone) = (Members::default(), Members::default());
        for (id, put) in &self.puts {
            let of = |record: &Record| Index::of_record(id, record);
            let (after, created) = match &put.after {
                After::Record { record, .. } => (of(record), secs(record.created)),
                After::Mark(_) | After::Other(_) => (Index::of_mark(id).into_iter().collect(), 0),
                After::Nothing => (Vec::new(), 0),
            };
            let before = put.before.as_ref().map(of).unwrap_or_default();
            let left = before.into_iter().filter(|one| !after.contains(one));
            left.for_each(|index| gone.add(index, *id, 0));
            for index in after {
                new.add(index, *id, created);
            }
        }
        for (index, members) in gone.0 {
            let command = if index.is_ordered() { "ZREM" } else { "SREM" };
            for members in members.chunks(MEMBERS) {
                let mut remove = redis::cmd(command);
                remove.arg(index.name(names));
                for (id, _) in members {
                    remove.arg(id.as_bytes());
                }
                change.run(remove);
            }
        }
        let only_new = self.is_only_new();
        for (index, members) in new.0 {
            let ordered = index.is_ordered();
            for members in members.chunks(MEMBERS / 2) {
                let mut add = redis::cmd(if ordered { "ZADD" } else { "SADD" });
                add.arg(index.name(names));
                for (id, created) in members {
                    if ordered {
                        add.arg(numbers.score(*created));
                    }
                    add.arg(id.as_bytes());
                }
                // Where something goes, room is made first: a full server takes that.
                if only_new {
                    change.note(add);
                } else {
                    change.run(add);
                }
            }
        }
    }
}

/// Writes what becomes of a key that goes; one that is back from a prune is not gone any more.
fn write_mark(
    change: &mut Change,
    (id, after): (&KeyId, &After),
    now: i64,
    working: &Working,
    names: &Names,
) {
    let name = Slot::Mark(*id).name(names);
    let before = working.marks.get(id);
    let (mark, secs) = match after {
        After::Mark(mark @ Mark::Revoked) => (mark, now),
        After::Mark(mark @ Mark::Pruned(secs)) => (mark, secs.unwrap_or(0).into()),
        After::Record { .. } => {
            if let Some(Mark::Pruned(_)) = before {
                change.run(redis::Cmd::del(&name));
                change.run(redis::Cmd::zrem(names.the(PRUNED), id.as_bytes()));
            }
            return;
        }
        After::Other(_) | After::Nothing => return,
    };
    if before == Some(&Mark::Revoked) {
        return;
    }
    let kind = match mark {
        Mark::Revoked => {
            change.run(redis::Cmd::zrem(names.the(PRUNED), id.as_bytes()));
            REVOKED
        }
        Mark::Pruned(_) => PRUNED,
    };
    change.set(&name, mark.json(), None);
    let mut remember = redis::cmd("ZADD");
    remember.arg(names.the(kind)).arg(secs).arg(id.as_bytes());
    change.run(remember);
}

/// Keys by index, each with the second of its minting.
#[derive(Default)]
struct Members(HashMap<Index, Vec<(KeyId, u32)>, DefaultHashBuilder>);

impl Members {
    fn add(&mut self, index: Index, id: KeyId, created: u32) {
        self.0.entry(index).or_default().push((id, created));
    }
}
