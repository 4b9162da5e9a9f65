//! Changes to keys that stand in the file, planned under the lock.
//!
//! Changes of one batch see each other: a key is claimed once, and what was revoked a moment ago is not written again.

use hashbrown::{DefaultHashBuilder, HashMap};
use jiff::Timestamp;

use super::line::{CHILDREN, DEPTH};
use super::table::{Ask, KeyTable, PREFIX};
use super::wanted::{Want, Wanted};
use super::{Found, Keys, Mark};
use crate::mint::{AccessKey, Draft, KeyId, Record};
use crate::store::StoreError;
use crate::store::log::{Entries, Look};

/// What the changes of one batch have planned.
#[derive(Default)]
pub struct Pending {
    /// What asks were given.
    asked: HashMap<Ask, AccessKey, DefaultHashBuilder>,
    /// What stands in place of what is in the table; `None` is nothing.
    planned: HashMap<KeyId, Option<Record>, DefaultHashBuilder>,
    /// Who was derived from whom.
    born: HashMap<KeyId, Vec<KeyId>, DefaultHashBuilder>,
    /// What became of those that are gone, where that is read and written together with the keys.
    pub(super) marks: HashMap<KeyId, Mark, DefaultHashBuilder>,
    /// What becomes of those that go.
    pub(super) marked: Vec<(KeyId, Mark)>,
}

impl Pending {
    /// What the same ask was given.
    pub(super) fn asked(&self, ask: &Ask) -> Option<AccessKey> {
        self.asked.get(ask).cloned()
    }

    /// How many asks were given a key.
    pub(super) fn asks(&self) -> usize {
        self.asked.len()
    }

    pub(super) fn answer(&mut self, ask: Ask, key: AccessKey) {
        self.asked.insert(ask, key);
    }

    /// Whether the key is as the table has it.
    pub(super) fn untouched(&self, id: &KeyId) -> bool {
        self.planned.is_empty() || !self.planned.contains_key(id)
    }

    pub(super) fn record(&self, look: &Look<'_, KeyTable>, id: &KeyId) -> Option<Record> {
        match self.planned.get(id) {
            Some(planned) => planned.clone(),
            None => Keys::record(look, &look.table.find(id)?),
        }
    }

    pub(super) fn there(&self, look: &Look<'_, KeyTable>, id: &KeyId) -> bool {
        match self.planned.get(id) {
            Some(planned) => planned.is_some(),
            None => look.table.at(id).is_some(),
        }
    }

    pub(super) fn put(&mut self, out: &mut Entries, id: KeyId, record: Record) {
        out.put(id.named(PREFIX), Some(record.to_json()));
        self.planned.insert(id, Some(record));
    }

    /// These keys and all that was derived from them, be they there or not.
    pub(super) fn families(&self, look: &Look<'_, KeyTable>, ids: &[KeyId]) -> Vec<KeyId> {
        let mut left = ids.to_vec();
        let mut seen = std::collections::HashSet::new();
        let mut all = Vec::with_capacity(ids.len());
        while let Some(id) = left.pop() {
            if seen.insert(id) {
                // Those that were derived from a key that is gone already go too.
                let born = self.born.get(&id).map(Vec::as_slice).unwrap_or_default();
                left.extend(look.table.children(&id).iter().chain(born));
                all.push(id);
            }
        }
        all
    }

    /// Removes this key alone. `false` where it was not there.
    pub(super) fn remove(
        &mut self,
        look: &Look<'_, KeyTable>,
        out: &mut Entries,
        id: &KeyId,
    ) -> bool {
        let there = self.there(look, id);
        if there {
            out.put(id.named(PREFIX), None);
            self.planned.insert(*id, None);
        }
        there
    }
}

/// What a change came to.
#[derive(Debug)]
pub enum Changed<E> {
    /// The record as it stands on the disk now.
    To(Box<Record>),
    /// There is no such key.
    Unknown,
    /// It was not to be.
    Not(E),
}

/// What a derivation came to.
pub enum Derived {
    /// The new key.
    Key(AccessKey),
    /// The key to derive from is not live.
    Unknown,
    /// So many keys stand above one another already.
    Deep,
    /// So many were derived from it already.
    Many,
}

impl Keys {
    /// The record that `change` makes of the one that stands in the file, once it is on the disk. `change` is asked under
    /// the lock, and again when the file was replaced meanwhile; what it must never do is widen the key.
    ///
    /// # Errors
    /// Any [`StoreError`]; nothing was acknowledged then.
    pub async fn change<E: Send + 'static>(
        &self,
        id: KeyId,
        change: impl Fn(&Record) -> Result<Record, E> + Send + 'static,
    ) -> Result<Changed<E>, StoreError> {
        self.edit(&Want::Key(id).into(), changing(id, change)).await
    }

    /// The same for the command line, which may block.
    ///
    /// # Errors
    /// As [`change`](Self::change).
    pub fn change_blocking<E: Send + 'static>(
        &self,
        id: KeyId,
        change: impl Fn(&Record) -> Result<Record, E> + Send + 'static,
    ) -> Result<Changed<E>, StoreError> {
        self.edit_blocking(&Want::Key(id).into(), changing(id, change))
    }

    /// The drafted key once it is on the disk: derived from the one that its record names as its parent, which was live at
    /// that moment.
    ///
    /// # Errors
    /// Any [`StoreError`]; nothing was handed out then.
    pub async fn derive(&self, draft: Draft, now: Timestamp) -> Result<Derived, StoreError> {
        self.edit(&parent(&draft), deriving(draft, now)).await
    }

    /// The same for the command line, which may block.
    ///
    /// # Errors
    /// As [`derive`](Self::derive).
    pub fn derive_blocking(&self, draft: Draft, now: Timestamp) -> Result<Derived, StoreError> {
        self.edit_blocking(&parent(&draft), deriving(draft, now))
    }
}

/// What deriving looks at: the key that the new one is derived from, and how many were.
fn parent(draft: &Draft) -> Wanted {
    let parent = draft.record.limits.parent;
    Wanted(parent.map(Want::Children).into_iter().collect())
}

fn changing<E>(
    id: KeyId,
    change: impl Fn(&Record) -> Result<Record, E> + Send,
) -> impl FnMut(&Look<'_, KeyTable>, &mut Pending, &mut Entries) -> Changed<E> + Send {
    move |look, pending, out| {
        let Some(record) = pending.record(look, &id) else {
            return Changed::Unknown;
        };
        match change(&record) {
            Err(why) => Changed::Not(why),
            Ok(changed) => {
                if changed != record {
                    pending.put(out, id, changed.clone());
                }
                Changed::To(Box::new(changed))
            }
        }
    }
}

fn deriving(
    draft: Draft,
    now: Timestamp,
) -> impl FnMut(&Look<'_, KeyTable>, &mut Pending, &mut Entries) -> Derived + Send {
    let Draft {
        key, id, record, ..
    } = draft;
    move |look, pending, out| {
        let parent = record.limits.parent;
        let standing = parent.and_then(|parent| look.table.standing(&parent));
        let there = |found: &Found| found.line().all(|key| pending.there(look, &key.id));
        let Some(standing) = standing.filter(|found| !found.expired(now) && there(found)) else {
            return Derived::Unknown;
        };
        if standing.above.len() >= DEPTH {
            return Derived::Deep;
        }
        let born = pending.born.get(&standing.id).map_or(0, Vec::len);
        if look.table.children(&standing.id).len() + born >= CHILDREN {
            return Derived::Many;
        }
        pending.born.entry(standing.id).or_default().push(id);
        pending.put(out, id, record.clone());
        Derived::Key(key.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mint::{Narrowing, Secrets, draft_derived};
    use crate::names::Rights;

    fn now() -> Timestamp {
        "2026-11-21T12:00:00Z".parse().expect("a time")
    }

    fn record(parent: Option<KeyId>) -> Record {
        let text = r#"{"dirname":"/srv","basename":"a","created":"2026-11-20T12:00:00Z"}"#;
        let mut record =
            Record::parse(text.as_bytes(), |_| None, |by| by.into()).expect("a record");
        record.limits.parent = parent;
        record
    }

    /// A key in a file of its own, and the keys.
    fn keys(folder: &tempfile::TempDir) -> (Keys, KeyId) {
        let path = folder.path().join("accesskeys.json");
        let keys = Keys::at(&path, Secrets::derive(&[1; 32]).sealer());
        let id = AccessKey::parse("AAAAAAAAAAAAAAAAAAAAAAAA");
        let id = id.expect("a key").id();
        keys.add_blocking(vec![(id, record(None))])
            .expect("written");
        (keys, id)
    }

    fn child(parent: KeyId) -> Draft {
        let sealer = Secrets::derive(&[1; 32]).sealer();
        draft_derived(record(Some(parent)), &sealer).expect("random")
    }

    /// All of this in one batch, under one lock.
    fn batch<R: Send + 'static>(
        keys: &Keys,
        plan: impl FnMut(&Look<'_, KeyTable>, &mut Pending, &mut Entries) -> R + Send + 'static,
    ) -> R {
        keys.log().edit_blocking(plan).expect("written")
    }

    #[test]
    fn changes_of_one_batch_see_each_other() {
        let folder = tempfile::tempdir().expect("a folder");
        let (keys, id) = keys(&folder);
        let narrow = |uses: u8| {
            move |record: &Record| {
                let by = Narrowing {
                    uses: Some(uses),
                    ..Narrowing::default()
                };
                record.narrowed(&by, now())
            }
        };
        let (mut three, mut five) = (changing(id, narrow(3)), changing(id, narrow(5)));
        let outcomes = batch(&keys, move |look, pending, out| {
            (three(look, pending, out), five(look, pending, out))
        });
        assert!(matches!(outcomes, (Changed::To(_), Changed::Not(_))));
        let record = keys.log().look_blocking(|look| {
            let found = look.table.find(&id)?;
            Keys::record(look, &found)
        });
        let claims = record.expect("readable").expect("there").limits.claims;
        assert_eq!(claims.map(|claims| claims.left), Some(3));
    }

    #[test]
    fn what_was_revoked_in_the_batch_is_neither_changed_nor_derived_from() {
        let folder = tempfile::tempdir().expect("a folder");
        let (keys, id) = keys(&folder);
        let view = |record: &Record| {
            Ok::<_, ()>(Record {
                rights: Rights::View,
                ..record.clone()
            })
        };
        let mut before = deriving(child(id), now());
        let (mut change, mut after) = (changing(id, view), deriving(child(id), now()));
        batch(&keys, move |look, pending, out| {
            assert!(matches!(before(look, pending, out), Derived::Key(_)));
            for id in pending.families(look, &[id]) {
                pending.remove(look, out, &id);
            }
            assert!(matches!(change(look, pending, out), Changed::Unknown));
            assert!(matches!(after(look, pending, out), Derived::Unknown));
        });
        // What was derived a moment before went along.
        let left = keys.log().look_blocking(|look| look.table.len());
        assert_eq!(left.expect("readable"), 0);
    }

    #[test]
    fn children_of_one_batch_are_counted_and_a_change_to_the_same_writes_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let (keys, id) = keys(&folder);
        let mut drafts: Vec<_> = (0..CHILDREN + 5)
            .map(|_| deriving(child(id), now()))
            .collect();
        let made = batch(&keys, move |look, pending, out| {
            let derived = drafts.iter_mut().map(|draft| draft(look, pending, out));
            derived
                .filter(|derived| matches!(derived, Derived::Key(_)))
                .count()
        });
        assert_eq!(made, CHILDREN);
        let size =
            || std::fs::metadata(folder.path().join("accesskeys.json")).map(|file| file.len());
        let before = size().expect("there");
        let same = keys.change_blocking(id, |record| Ok::<_, ()>(record.clone()));
        assert!(matches!(same, Ok(Changed::To(_))));
        assert_eq!(size().expect("there"), before);
    }
}
