//! Prunes, undos and imports, done as the command line does them, and what may come of each.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::time::Duration;

use editkey::access::Moment;
use editkey::access::prune::{Criteria, Watch};
use editkey::mint::{AccessKey, KeyId, Record};
use editkey::names::Dirname;
use editkey::store::{Added, LeftOut};
use proptest::sample::Index;
use serde_json::{Value, json};

use super::ask::{Ask, Due, From};
use super::scene::{Scene, minute, path, secrets};
use super::seen::Allows;
use crate::support::random_key;

/// What became of the keys that are gone, as a witness remembers it.
#[derive(Default)]
pub(super) struct Past {
    /// What each allowed at the moment it was pruned.
    pruned: HashMap<KeyId, Option<Allows>>,
    /// Those that were revoked, and all that was derived from them.
    pub(super) revoked: HashSet<KeyId>,
    /// Those that hands took out. That leaves no trace, so an older copy would bring them back.
    pub(super) by_hand: HashSet<KeyId>,
    /// Those that ever lived.
    pub(super) lived: HashSet<KeyId>,
    /// What the last operation brought back, and what each may allow at most.
    back: HashMap<KeyId, Option<Allows>>,
    /// Older copies of the key file.
    copies: Vec<Vec<u8>>,
}

struct Clock(Moment);

impl Watch for Clock {
    fn now(&self) -> Moment {
        self.0
    }

    fn told(&self, _: usize, _: usize) -> bool {
        true
    }
}

/// What a key may allow at most.
pub(super) enum Most<'a> {
    /// This; nothing where it must stay dead.
    This(Option<&'a Allows>),
    /// That is for its parents alone to say.
    AsItsParents,
}

impl Scene {
    /// What a key may allow at most, which allowed `before` until the last operation.
    pub(super) fn most<'a>(&'a self, at: usize, before: Option<&'a Allows>) -> Most<'a> {
        let past = &self.past;
        let line = std::iter::successors(self.parent(at), |id| {
            self.parent(self.ids().iter().position(|other| other == id)?)
        });
        let id = &self.ids()[at];
        if let Some(most) = past.back.get(id).filter(|_| before.is_none()) {
            return Most::This(most.as_ref());
        }
        // A hand wrote it below what was pruned: now that is back, and it lives for the first time.
        let first = before.is_none() && !past.lived.contains(id);
        let below = first && line.take(8).any(|above| past.back.contains_key(&above));
        if below {
            Most::AsItsParents
        } else {
            Most::This(before)
        }
    }

    pub(super) fn begin(&mut self) {
        self.past.back.clear();
    }

    pub(super) fn revoke(&mut self, id: KeyId, side: usize) {
        self.keys(side).revoke_blocking(vec![id]).expect("written");
        let mut left = vec![id];
        while let Some(id) = left.pop() {
            assert!(self.seen(0, &id).is_none());
            if self.past.revoked.insert(id) {
                let below = self
                    .known
                    .iter()
                    .filter(|(_, parent)| *parent == Some(id))
                    .map(|(child, _)| *child);
                left.extend(below);
            }
        }
    }

    fn all_seen(&self) -> Vec<(KeyId, Option<Allows>)> {
        let seen = |id: KeyId| (id, self.seen(0, &id));
        self.ids().into_iter().map(seen).collect()
    }

    pub(super) fn prune(&mut self, side: usize, due: Due, meanwhile: Option<(KeyId, &Ask)>) {
        let hours = |hours: u32| Some(Duration::from_secs(u64::from(hours) * 3600));
        let root = self.place(true).dirname;
        let folder = |name: &str| Dirname::parse(&format!("{}/{name}", root.as_str()));
        let mut criteria = Criteria {
            directory: Some(folder("a").expect("clean")),
            ..Criteria::default()
        };
        match due {
            Due::Dead => criteria.expired_for = Some(Duration::ZERO),
            Due::Unused(long) => criteria.unused_for = hours(long),
            Due::Old(long) => criteria.older_than = hours(long),
            Due::Missing => criteria.missing_files = true,
            Due::Elsewhere => {
                criteria.older_than = Some(Duration::ZERO);
                criteria.directory = Some(folder("b").expect("clean"));
            }
        }
        let prunes = self.sides[side].prunes();
        let clock = Clock(minute(self.now));
        let reach = || Ok(self.sides[side].reach());
        let preview = prunes
            .preview(&criteria, &reach, &clock)
            .expect("looked at");
        if let Some((of, ask)) = meanwhile {
            self.derive(Some(of), 1 - side, ask);
        }
        let before = self.all_seen();
        let pruned = prunes
            .run(preview, &criteria, &"operator".into(), &clock)
            .expect("written");
        assert!(pruned.failed.is_none() && pruned.warnings.is_empty());
        let gone: HashSet<KeyId> = pruned.gone.iter().map(|due| due.found.id).collect();
        assert!(gone.is_empty() || !matches!(due, Due::Elsewhere));
        for (id, before) in before {
            if gone.contains(&id) {
                assert!(before.is_none() || !matches!(due, Due::Dead), "it lived");
                assert!(self.seen(0, &id).is_none());
                self.past.pruned.insert(id, before);
            } else {
                assert_eq!(before, self.seen(0, &id), "a prune touched another");
            }
        }
    }

    pub(super) fn undo(&mut self, side: usize) {
        let clock = Clock(minute(self.now));
        let undone = self.sides[side].prunes().undo(&"operator".into(), &clock);
        for key in undone
            .expect("readable")
            .into_iter()
            .flat_map(|undone| undone.keys)
        {
            let revoked = self.past.revoked.contains(&key.id);
            if key.left_out.is_none() {
                let most = self.past.pruned.remove(&key.id);
                assert!(!revoked, "what was revoked is back");
                self.past.back.insert(key.id, most.expect("it was pruned"));
            } else if key.left_out == Some(LeftOut::Revoked) {
                assert!(revoked, "nobody revoked it");
            }
        }
    }

    /// Keeps a copy of the key file for later.
    pub(super) fn copy(&mut self) {
        self.past.copies.extend(fs::read(path(&self.folder)));
    }

    pub(super) fn import(&mut self, side: usize, from: &From) {
        let before = self.all_seen();
        let (records, new) = match from {
            From::Copy(_) if self.past.copies.is_empty() => return,
            From::Copy(of) => {
                let copy: &Vec<u8> = of.get(&self.past.copies);
                (copied(copy), None)
            }
            From::Guide(of) => self.guided(of),
        };
        let by_hand = &self.past.by_hand;
        let records: Vec<_> = records
            .into_iter()
            .filter(|(id, _)| !by_hand.contains(id))
            .collect();
        let Added { new: added, .. } = self.keys(side).add_blocking(records).expect("written");
        assert_eq!(added, Vec::from_iter(new), "an import brought a key back");
        for (id, before) in before {
            assert_eq!(before, self.seen(0, &id), "an import touched a key");
        }
        self.known.extend(new.map(|id| (id, None)));
    }

    /// Some of the keys, and one that nobody has seen, as Open Guide Editor has them: they may do everything, for ever.
    fn guided(&self, of: &[Index]) -> (Vec<(KeyId, Record)>, Option<KeyId>) {
        let now = minute(self.now).time;
        let key = AccessKey::parse(&random_key()).expect("a key");
        let ids = of.iter().filter_map(|of| self.pick(*of));
        let record = |id: KeyId| {
            let place = self.place(false);
            let text =
                json!({"dirname": place.dirname.as_str(), "basename": place.basename.as_str()});
            let mut record = parsed(&text).expect("a record");
            record.by = "import".into();
            record.created = Some(now);
            record.sealed = secrets().sealer().seal(&key, &key.id()).ok();
            (id, record)
        };
        let records = ids.chain([key.id()]).map(record).collect();
        (records, Some(key.id()))
    }
}

fn parsed(record: &Value) -> Option<Record> {
    Record::parse(record.to_string().as_bytes(), |_| None, |by| by.into()).ok()
}

/// The live keys of a key file.
fn copied(bytes: &[u8]) -> Vec<(KeyId, Record)> {
    let all: serde_json::Map<String, Value> = serde_json::from_slice(bytes).expect("one object");
    let entry = |(name, record): (&String, &Value)| {
        let id = KeyId::parse(name.strip_prefix("sha256:")?).ok()?;
        Some((id, parsed(record)?))
    };
    all.iter().filter_map(entry).collect()
}
