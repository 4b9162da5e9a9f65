//! A prune that is undone: what it removed comes back, but for what was revoked or minted since.
//!
//! It never widens and never revives: a key comes back as it was taken out, below a parent that is live, and only where it
//! was this very prune that took it out. The marks are read under the keys' lock, so that a revocation at the same moment
//! either is seen here or finds the key.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::backup::{Kept, KeptKey};
use super::gone::{Mark, Marks};
use super::line::CHILDREN;
use super::plan::Pending;
use super::table::{Ask, PREFIX};
use super::{KeyTable, Keys};
use crate::mint::{KeyId, Life, Record};
use crate::names::{Place, Scope};
use crate::store::StoreError;
use crate::store::log::{Entries, Look};

/// Most keys that come back under one lock.
const BATCH: usize = 10_000;
/// How long others are let in between two batches.
const PAUSE: Duration = Duration::from_millis(5);

/// Why a key does not come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOut {
    /// Somebody revoked it since.
    Revoked,
    /// A later prune took it out.
    PrunedLater,
    /// It is there.
    There,
    /// Its visitor got another key for the same since.
    MintedAnew,
    /// What it was derived from is not there.
    Orphaned,
    /// As many as may be were derived from its parent since.
    Many,
    /// The backup does not say enough of it.
    Unreadable,
}

impl LeftOut {
    /// In words.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Revoked => "it was revoked since",
            Self::PrunedLater => "a later prune removed it",
            Self::There => "it is there",
            Self::MintedAnew => "a key for the same was minted since",
            Self::Orphaned => "the key it was derived from is gone",
            Self::Many => "100 keys are derived from its parent already",
            Self::Unreadable => "the backup cannot be read here",
        }
    }

    /// In one word, for programs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::PrunedLater => "pruned-later",
            Self::There => "there",
            Self::MintedAnew => "minted-anew",
            Self::Orphaned => "orphaned",
            Self::Many => "many",
            Self::Unreadable => "unreadable",
        }
    }
}

/// What became of a key of the backup.
#[derive(Debug, Clone)]
pub struct Returned {
    /// The key.
    pub id: KeyId,
    /// What it opens; nothing where the backup does not say.
    pub place: Option<(Place, Scope)>,
    /// Why it stays away, if it does.
    pub left_out: Option<LeftOut>,
}

/// What an undo came to.
#[derive(Debug)]
pub struct Undone {
    /// Each key of the backup.
    pub keys: Vec<Returned>,
    /// The backup, which is used up.
    pub backup: PathBuf,
}

/// What the batches of one undo share.
struct Undo {
    kept: Kept,
    marks: Marks,
    now: Timestamp,
}

impl Keys {
    /// Brings back what the last prune removed whose backup is still there; nothing where there is none. The backup is used
    /// up then.
    ///
    /// # Errors
    /// Any [`StoreError`]; the backup is there still, and those that are back are left out the next time.
    pub fn undo_blocking(
        &self,
        now: Timestamp,
        told: impl Fn(usize, usize),
    ) -> Result<Option<Undone>, StoreError> {
        let Some(mut kept) = Kept::newest(self.in_file()?.log.path())? else {
            return Ok(None);
        };
        let mut left = parents_first(std::mem::take(&mut kept.keys)).into_iter();
        let (all, path) = (left.len(), kept.path.clone());
        let mark = Mark::Pruned(Some(kept.secs));
        let marks = self.in_file()?.gone.open();
        let undo = Arc::new(Undo { kept, marks, now });
        let mut keys = Vec::with_capacity(all);
        loop {
            let batch: Vec<KeptKey> = left.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                break;
            }
            let undo = Arc::clone(&undo);
            let plan = move |look: &Look<'_, KeyTable>, _: &mut Pending, out: &mut Entries| {
                undo.plan(&batch, look, out)
            };
            keys.extend(self.in_file()?.log.edit_blocking(plan)??);
            told(keys.len(), all);
            if left.len() > 0 {
                std::thread::sleep(PAUSE);
            }
        }
        let back = keys.iter().filter(|key: &&Returned| key.left_out.is_none());
        undo.marks.forget(back.map(|key| key.id).collect(), mark)?;
        if let Some(undo) = Arc::into_inner(undo) {
            undo.kept.remove()?;
        }
        Ok(Some(Undone { keys, backup: path }))
    }
}

impl Undo {
    fn plan(
        &self,
        batch: &[KeptKey],
        look: &Look<'_, KeyTable>,
        out: &mut Entries,
    ) -> Result<Vec<Returned>, StoreError> {
        let gone: HashMap<KeyId, Mark> = self.marks.look(|mark| {
            let marked = |key: &KeptKey| Some((key.id, mark(&key.id)?));
            batch.iter().filter_map(marked).collect()
        })?;
        let mut back: HashSet<KeyId> = HashSet::new();
        let mut born: HashMap<KeyId, usize> = HashMap::new();
        let refused = KeyTable::refused(look);
        let returned = batch.iter().map(|key| {
            let record = self.kept.record(key);
            let place = record
                .as_ref()
                .map(|record| (record.place.clone(), record.scope));
            let left_out = match (gone.get(&key.id), &record) {
                (Some(Mark::Revoked), _) => Some(LeftOut::Revoked),
                (_, None) => Some(LeftOut::Unreadable),
                (Some(Mark::Pruned(Some(secs))), _) if *secs != self.kept.secs => {
                    Some(LeftOut::PrunedLater)
                }
                _ if refused.contains(&key.id) => Some(LeftOut::There),
                (_, Some(record)) => self.left_out(key, record, look, &back, &born),
            };
            if let (None, Some(record)) = (left_out, &record) {
                back.insert(key.id);
                if let Some(parent) = key.parent {
                    *born.entry(parent).or_default() += 1;
                }
                out.put(key.id.named(PREFIX), Some(record.to_json()));
            }
            Returned {
                id: key.id,
                place,
                left_out,
            }
        });
        Ok(returned.collect())
    }

    fn left_out(
        &self,
        key: &KeptKey,
        record: &Record,
        look: &Look<'_, KeyTable>,
        back: &HashSet<KeyId>,
        born: &HashMap<KeyId, usize>,
    ) -> Option<LeftOut> {
        let table = look.table;
        if back.contains(&key.id) || table.find(&key.id).is_some() {
            return Some(LeftOut::There);
        }
        if let Some(parent) = &key.parent {
            // Those of this batch stand below one that is there themselves.
            if !back.contains(parent) && table.standing(parent).is_none() {
                return Some(LeftOut::Orphaned);
            }
            let children = table.children(parent).len() + born.get(parent).copied().unwrap_or(0);
            return (children >= CHILDREN).then_some(LeftOut::Many);
        }
        minted_anew(table, record, self.now).then_some(LeftOut::MintedAnew)
    }
}

/// Whether the same ask has another key that is live.
fn minted_anew(table: &KeyTable, record: &Record, now: Timestamp) -> bool {
    if record.limits.is_apart() {
        return false;
    }
    let secs = |end: Timestamp| {
        let created = record.created?;
        u32::try_from(end.as_second() - created.as_second()).ok()
    };
    let lives = match record.expires {
        None => vec![Life::Unlimited],
        Some(end) => secs(end)
            .map(Life::For)
            .into_iter()
            .chain([Life::Until(end)])
            .collect(),
    };
    lives.into_iter().any(|life| {
        let ask = Ask {
            by: record.by.clone(),
            place: record.place.clone(),
            scope: record.scope,
            rights: record.rights,
            life,
            passphrase: record.limits.passphrase.is_some(),
            idle: record.limits.idle,
        };
        let newer = |found: &super::Found| (found.created >= record.created).then_some(());
        table.find_same(&ask, now, newer).is_some()
    })
}

/// What was derived comes after what it was derived from.
fn parents_first(mut keys: Vec<KeptKey>) -> Vec<KeptKey> {
    let above: HashMap<KeyId, KeyId> = keys
        .iter()
        .filter_map(|key| Some((key.id, key.parent?)))
        .collect();
    let generation = |key: &KeptKey| {
        let line = std::iter::successors(key.parent, |id| above.get(id).copied());
        line.take(above.len()).take(64).count()
    };
    if !above.is_empty() {
        keys.sort_by_cached_key(generation);
    }
    keys
}

#[cfg(test)]
mod tests;
