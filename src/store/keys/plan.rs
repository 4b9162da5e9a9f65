//! Changes to keys that stand in the file, planned under the lock.
//!
//! Changes of one batch see each other: a key is claimed once, and what was revoked a moment ago is not written again.

use hashbrown::{DefaultHashBuilder, HashMap};
use jiff::Timestamp;

use super::line::{CHILDREN, DEPTH};
use super::table::{Ask, KeyTable, PREFIX};
use super::{Found, Keys};
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

    fn there(&self, look: &Look<'_, KeyTable>, id: &KeyId) -> bool {
        match self.planned.get(id) {
            Some(planned) => planned.is_some(),
            None => look.table.find(id).is_some(),
        }
    }

    pub(super) fn put(&mut self, out: &mut Entries, id: KeyId, record: Record) {
        out.put(format!("{PREFIX}{id}"), Some(record.to_json()));
        self.planned.insert(id, Some(record));
    }

    /// Removes the key and all that was derived from it. `false` where it was not there.
    pub(super) fn remove(
        &mut self,
        look: &Look<'_, KeyTable>,
        out: &mut Entries,
        id: &KeyId,
    ) -> bool {
        let was_there = self.there(look, id);
        // Those that were derived from a key that is gone already go too.
        let mut left = vec![*id];
        let mut seen = std::collections::HashSet::from([*id]);
        while let Some(id) = left.pop() {
            if self.there(look, &id) {
                out.put(format!("{PREFIX}{id}"), None);
                self.planned.insert(id, None);
            }
            let born = self.born.get(&id).map(Vec::as_slice).unwrap_or_default();
            let children = look.table.children(&id).iter().chain(born);
            left.extend(children.filter(|child| seen.insert(**child)));
        }
        was_there
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
        self.log.edit(changing(id, change)).await
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
        self.log.edit_blocking(changing(id, change))
    }

    /// The drafted key once it is on the disk: derived from the one that its record names as its parent, which was live at
    /// that moment.
    ///
    /// # Errors
    /// Any [`StoreError`]; nothing was handed out then.
    pub async fn derive(&self, draft: Draft, now: Timestamp) -> Result<Derived, StoreError> {
        self.log.edit(deriving(draft, now)).await
    }

    /// The same for the command line, which may block.
    ///
    /// # Errors
    /// As [`derive`](Self::derive).
    pub fn derive_blocking(&self, draft: Draft, now: Timestamp) -> Result<Derived, StoreError> {
        self.log.edit_blocking(deriving(draft, now))
    }
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
