//! Keys that another program made, or another key file holds. What is gone does not come back this way.

use std::collections::HashSet;

use super::gone::Mark;
use super::plan::Pending;
use super::table::PREFIX;
use super::{KeyTable, Keys};
use crate::mint::{AccessKey, KeyId, Record};
use crate::store::StoreError;
use crate::store::log::{Entries, Look};

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
    /// Any [`StoreError`]; nothing was added then.
    pub fn add_blocking(&self, records: Vec<(KeyId, Record)>) -> Result<Added, StoreError> {
        let marks = self.in_file()?.gone.open();
        let records = parents_first(records);
        self.in_file()?.log.edit_blocking(
            move |look: &Look<'_, KeyTable>, _: &mut Pending, out: &mut Entries| {
                // Under the keys' lock: a revocation at this moment is seen here, or finds the key.
                marks
                    .look(|mark| records.iter().map(|(id, _)| mark(id)).collect::<Vec<_>>())
                    .map(|marked| {
                        let mut added = Added::default();
                        let mut new = HashSet::new();
                        // An older record must not take the place of one that says more than we understand.
                        let refused = KeyTable::refused(look);
                        for ((id, record), mark) in records.iter().zip(marked) {
                            let there =
                                |id: &KeyId| new.contains(id) || look.table.find(id).is_some();
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
                        added
                    })
            },
        )?
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
