//! Keys that another program made, or another key file holds. What is gone does not come back this way.

use std::collections::HashSet;

use super::gone::Mark;
use super::marks_at::MarksAt;
use super::plan::Pending;
use super::table::PREFIX;
use super::wanted::Wanted;
use super::{KeyTable, Keys};
use crate::mint::{AccessKey, KeyId, Record};
use crate::store::StoreError;
use crate::store::log::{Entries, Look};

/// Keys that are added to those at a server in one step.
const AT_ONCE: usize = 500;

/// What became of keys that were to be added.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// Those that are new.
    pub new: Vec<KeyId>,
    /// Those that are there already, and stay as they are.
    pub there: Vec<KeyId>,
    /// Those that were revoked or pruned here, and stay away.
    pub gone: Vec<(KeyId, Mark)>,
    /// Those that were derived from a key that is not there and was not added.
    pub orphans: Vec<KeyId>,
}

impl Keys {
    /// Adds keys that another program made, sealed. A key that is there already stays as it is. Returns how many were
    /// new.
    ///
    /// # Errors
    /// Any [`StoreError`]; nothing was added then.
    pub fn import_blocking(&self, keys: Vec<(AccessKey, Record)>) -> Result<usize, StoreError> {
        let sealed = keys.into_iter().map(|(key, mut record)| {
            let id = key.id();
            record.sealed = self.sealer.seal(&key, &id).ok();
            (id, record)
        });
        Ok(self.add_blocking(sealed.collect())?.new.len())
    }

    /// Adds these records as they are. A key that is there already stays as it is, and what was revoked or pruned here
    /// stays away.
    ///
    /// # Errors
    /// Any [`StoreError`]; nothing was added to a key file then, and some of them to keys at a server where they are many.
    pub fn add_blocking(&self, records: Vec<(KeyId, Record)>) -> Result<Added, StoreError> {
        let records = parents_first(records);
        if self.file().is_some() {
            return self.edit_blocking(&Wanted::default(), adding(records, self.marks()))?;
        }
        let (mut records, mut added) = (records.into_iter(), Added::default());
        loop {
            let some: Vec<_> = records.by_ref().take(AT_ONCE).collect();
            if some.is_empty() {
                return Ok(added);
            }
            let ids = some.iter().map(|(id, _)| id);
            let parents = some.iter().filter_map(|(_, it)| it.limits.parent.as_ref());
            let wanted = Wanted::keys(ids.clone().chain(parents)).and_marks(ids);
            let more = self.edit_blocking(&wanted, adding(some, self.marks()))??;
            added.new.extend(more.new);
            added.there.extend(more.there);
            added.gone.extend(more.gone);
            added.orphans.extend(more.orphans);
        }
    }
}

fn adding(
    records: Vec<(KeyId, Record)>,
    marks: MarksAt,
) -> impl FnMut(&Look<'_, KeyTable>, &mut Pending, &mut Entries) -> Result<Added, StoreError> + Send
{
    let ids: Vec<KeyId> = records.iter().map(|(id, _)| *id).collect();
    move |look, pending, out| {
        // Under the keys' lock: a revocation at this moment is seen here, or finds the key.
        let marked = marks.of(pending, &ids)?;
        let mut added = Added::default();
        let mut new = HashSet::new();
        // An older record must not take the place of one that says more than we understand.
        let refused = KeyTable::refused(look);
        for ((id, record), mark) in records.iter().zip(marked) {
            let there = |id: &KeyId| new.contains(id) || look.table.find(id).is_some();
            let parent = record.limits.parent;
            if there(id) || refused.contains(id) {
                added.there.push(*id);
            } else if let Some(mark) = mark {
                added.gone.push((*id, mark));
            } else if parent.is_some_and(|parent| !there(&parent)) {
                added.orphans.push(*id);
            } else {
                new.insert(*id);
                added.new.push(*id);
                out.put(id.named(PREFIX), Some(record.to_json()));
            }
        }
        Ok(added)
    }
}

impl KeyTable {
    /// The keys that stand in the file with something that is not understood: they open nothing, and are there all the same.
    pub(super) fn refused(look: &Look<'_, Self>) -> HashSet<KeyId> {
        look.refused().filter_map(Self::id_of).collect()
    }
}

/// What was derived comes after what it was derived from.
fn parents_first(mut records: Vec<(KeyId, Record)>) -> Vec<(KeyId, Record)> {
    let above: std::collections::HashMap<KeyId, KeyId> = records
        .iter()
        .filter_map(|(id, record)| Some((*id, record.limits.parent?)))
        .collect();
    if !above.is_empty() {
        records.sort_by_cached_key(|(_, record)| {
            let line = std::iter::successors(record.limits.parent, |id| above.get(id).copied());
            line.take(64).count()
        });
    }
    records
}
