//! A prune that is undone: what it removed comes back, but for what was revoked or minted since.
//!
//! It never widens and never revives: a key comes back as it was taken out, below a parent that is live, and only where it
//! was this very prune that took it out. The marks are read under the keys' lock, so that a revocation at the same moment
//! either is seen here or finds the key.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::Timestamp;

use super::backup::{Kept, KeptKey};
use super::gone::Mark;
use super::line::CHILDREN;
use super::marks_at::MarksAt;
use super::plan::Pending;
use super::table::{Ask, PREFIX};
use super::{At, InFile, KeyTable, Keys};
use crate::mint::{KeyId, Life, Record};
use crate::names::{Place, Scope};
use crate::store::StoreError;
use crate::store::log::{Entries, Look};

/// Most keys that come back under one lock.
const BATCH: usize = 10_000;
/// How long others are let in between two batches.
const PAUSE: Duration = super::prune::PAUSE;

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
    /// The name of the backup, which is used up.
    pub backup: String,
}

/// What is known of one undo.
struct Undo {
    /// Which prune it undoes.
    secs: u32,
    marks: MarksAt,
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
        match &self.at {
            At::File(file) => undo_in(file, now, told),
            At::Shared(shared) => shared.undo_blocking(now, told),
        }
    }
}

fn undo_in(
    file: &InFile,
    now: Timestamp,
    told: impl Fn(usize, usize),
) -> Result<Option<Undone>, StoreError> {
    let Some(mut kept) = Kept::newest(file.log.path())? else {
        return Ok(None);
    };
    let keys = std::mem::take(&mut kept.keys);
    let mut left = parents_first(keys, |key| (key.id, key.parent)).into_iter();
    let (all, backup) = (left.len(), kept.path.display().to_string());
    let marks = MarksAt::beside(&file.gone);
    let mut keys = Vec::with_capacity(all);
    loop {
        let batch: Vec<KeptKey> = left.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            break;
        }
        let record = |key: KeptKey| (key.id, kept.record(&key));
        let batch = batch.into_iter().map(record).collect();
        let plan = returning(batch, kept.secs, marks.clone(), now);
        keys.extend(file.log.edit_blocking(plan)??);
        told(keys.len(), all);
        if left.len() > 0 {
            std::thread::sleep(PAUSE);
        }
    }
    let back = keys.iter().filter(|key: &&Returned| key.left_out.is_none());
    let mark = Mark::Pruned(Some(kept.secs));
    marks.forget(back.map(|key| key.id).collect(), mark)?;
    kept.remove()?;
    Ok(Some(Undone { keys, backup }))
}

/// Brings these back that the prune of that second took out.
pub(super) fn returning(
    batch: Vec<(KeyId, Option<Record>)>,
    secs: u32,
    marks: MarksAt,
    now: Timestamp,
) -> impl FnMut(&Look<'_, KeyTable>, &mut Pending, &mut Entries) -> Result<Vec<Returned>, StoreError>
+ Send {
    let undo = Undo { secs, marks, now };
    move |look, pending, out| undo.plan(&batch, look, pending, out)
}

impl Undo {
    fn plan(
        &self,
        batch: &[(KeyId, Option<Record>)],
        look: &Look<'_, KeyTable>,
        pending: &Pending,
        out: &mut Entries,
    ) -> Result<Vec<Returned>, StoreError> {
        let ids: Vec<KeyId> = batch.iter().map(|(id, _)| *id).collect();
        let gone = self.marks.of(pending, &ids)?;
        let mut back: HashSet<KeyId> = HashSet::new();
        let mut born: HashMap<KeyId, usize> = HashMap::new();
        let refused = KeyTable::refused(look);
        let returned = batch.iter().zip(gone).map(|((id, record), gone)| {
            let place = record
                .as_ref()
                .map(|record| (record.place.clone(), record.scope));
            let left_out = match (gone, record) {
                (Some(Mark::Revoked), _) => Some(LeftOut::Revoked),
                (_, None) => Some(LeftOut::Unreadable),
                (Some(Mark::Pruned(Some(secs))), _) if secs != self.secs => {
                    Some(LeftOut::PrunedLater)
                }
                _ if refused.contains(id) => Some(LeftOut::There),
                (_, Some(record)) => self.left_out(id, record, look, &back, &born),
            };
            if let (None, Some(record)) = (left_out, record) {
                back.insert(*id);
                if let Some(parent) = record.limits.parent {
                    *born.entry(parent).or_default() += 1;
                }
                out.put(id.named(PREFIX), Some(record.to_json()));
            }
            Returned {
                id: *id,
                place,
                left_out,
            }
        });
        Ok(returned.collect())
    }

    fn left_out(
        &self,
        id: &KeyId,
        record: &Record,
        look: &Look<'_, KeyTable>,
        back: &HashSet<KeyId>,
        born: &HashMap<KeyId, usize>,
    ) -> Option<LeftOut> {
        let table = look.table;
        if back.contains(id) || table.find(id).is_some() {
            return Some(LeftOut::There);
        }
        if let Some(parent) = &record.limits.parent {
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
    let newer = |found: &super::Found| (found.created >= record.created).then_some(());
    let mut asks = asks(record).into_iter();
    asks.any(|ask| table.find_same(&ask, now, newer).is_some())
}

/// The asks that find a key with this record.
pub(super) fn asks(record: &Record) -> Vec<Ask> {
    if record.limits.is_apart() {
        return Vec::new();
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
    let ask = |life| Ask {
        by: record.by.clone(),
        place: record.place.clone(),
        scope: record.scope,
        rights: record.rights,
        life,
        passphrase: record.limits.passphrase.is_some(),
        idle: record.limits.idle,
    };
    lives.into_iter().map(ask).collect()
}

/// What was derived comes after what it was derived from; `of` tells a key and its parent.
pub(super) fn parents_first<K>(
    mut keys: Vec<K>,
    of: impl Fn(&K) -> (KeyId, Option<KeyId>),
) -> Vec<K> {
    let above: HashMap<KeyId, KeyId> = keys
        .iter()
        .map(&of)
        .filter_map(|(id, parent)| Some((id, parent?)))
        .collect();
    let generation = |key: &K| {
        let line = std::iter::successors(of(key).1, |id| above.get(id).copied());
        line.take(above.len()).take(64).count()
    };
    if !above.is_empty() {
        keys.sort_by_cached_key(generation);
    }
    keys
}

#[cfg(test)]
mod tests;
