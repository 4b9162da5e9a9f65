//! Keys that are taken out, with what it takes to bring them back: first the backup and the marks, then the file.
//!
//! A key is never taken out while something that was derived from it stays. Many are taken out in batches, between which
//! others get their turn.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::backup::{self, Backup};
use super::gone::{self, Mark, Marks};
use super::plan::Pending;
use super::{At, Found, KeyTable, Keys};
use crate::mint::KeyId;
use crate::store::StoreError;
use crate::store::log::{Entries, Look};

/// Most keys that are taken out under one lock.
const BATCH: usize = 10_000;
/// How long others are let in between two batches; who waits for the lock looks twice in a millisecond.
pub(super) const PAUSE: Duration = Duration::from_millis(2);

/// Tells of keys, as they stand in the table at that moment, which are due still.
pub type Still = dyn Fn(&KeyTable, &[Found]) -> Result<Vec<bool>, StoreError> + Send + Sync;

/// What a prune came to, as far as it came.
#[derive(Default)]
pub struct Removed {
    /// Those that are gone.
    pub keys: Vec<Found>,
    /// What ended it early; those above are gone all the same.
    pub failed: Option<StoreError>,
}

/// One prune, over all its batches.
struct Session {
    key_file: PathBuf,
    now: u32,
    marks: Marks,
    backup: Option<Backup>,
    /// Where the backup ended before this batch.
    before: u64,
}

impl Session {
    /// What goes with `removed` is on the disk when this returns.
    fn save(&mut self, look: &Look<'_, KeyTable>, removed: &[Found]) -> Result<(), StoreError> {
        let unreadable = || StoreError::Unwritable("a key could not be read for the backup".into());
        let spans = removed.iter().map(|found| found.span);
        let texts = look.jsons(spans).ok_or_else(unreadable)?;
        let ids = removed.iter().map(|found| found.id);
        let entries: Vec<_> = ids.zip(texts).collect();
        self.backup = self.backup.take().filter(Backup::stands);
        let backup = match &mut self.backup {
            Some(backup) => {
                // Planned once more: what was added at the first time is added again.
                if backup.end() > self.before {
                    backup.cut(self.before);
                }
                self.backup.take().filter(Backup::stands)
            }
            None => None,
        };
        let mut backup = if let Some(backup) = backup {
            backup
        } else {
            let backup = Backup::create(&self.key_file, self.now)?;
            self.before = backup.end();
            backup
        };
        let mark = Mark::Pruned(Some(backup.secs));
        let ids = removed.iter().map(|found| found.id).collect();
        let marks = &self.marks;
        // Neither waits for the other's disk; a mark alone says nothing of a key that is there.
        let (added, marked) = std::thread::scope(|scope| {
            let marking = scope.spawn(|| marks.put(ids, mark));
            let added = backup.add(&entries);
            let ended = || StoreError::Unwritable("the marks could not be written".into());
            (added, marking.join().unwrap_or_else(|_| Err(ended())))
        });
        self.backup = Some(backup);
        added.and(marked)
    }

    /// The batch is done, or nothing of it was.
    fn settle(&mut self, removed: bool) {
        let Some(backup) = &mut self.backup else {
            return;
        };
        if removed {
            if backup.end() > self.before {
                self.before = backup.end();
                backup::rotate(&self.key_file);
            }
        } else {
            backup.cut(self.before);
            self.backup = self.backup.take().filter(Backup::stands);
        }
    }
}

impl Keys {
    /// The name of the backup of what the last prune removed, if it was not brought back: a file beside the key file, or
    /// what stands at the server.
    #[must_use]
    pub fn last_backup_blocking(&self) -> Option<String> {
        match &self.at {
            At::File(file) => {
                let all = backup::all(file.log.path());
                all.into_iter()
                    .next()
                    .map(|(_, path)| path.display().to_string())
            }
            At::Shared(shared) => shared.last_backup_blocking(),
        }
    }

    /// Takes out those of `keys` that stand in the file as they were found, that `still` says are due, and of which nothing
    /// that was derived stays; what was derived from a key must come before it. They are in a backup then. `told` hears
    /// how many were gone through and which of them went since it was told last, in the order of `keys`, and ends it by
    /// `false`.
    pub fn prune_blocking(
        &self,
        keys: Vec<Found>,
        now: Timestamp,
        still: &Arc<Still>,
        told: impl Fn(usize, &[Found]) -> bool,
    ) -> Removed {
        self.prune_by(BATCH, keys, now, still, told)
    }

    pub(super) fn prune_by(
        &self,
        most: usize,
        keys: Vec<Found>,
        now: Timestamp,
        still: &Arc<Still>,
        told: impl Fn(usize, &[Found]) -> bool,
    ) -> Removed {
        let file = match &self.at {
            At::File(file) => file,
            At::Shared(shared) => return shared.prune_blocking(most, keys, now, still, told),
        };
        let session = Arc::new(Mutex::new(Session {
            key_file: file.log.path().to_owned(),
            now: gone::secs(now),
            marks: file.gone.open(),
            backup: None,
            before: 0,
        }));
        file.log.be_patient(true);
        let removed = prune_batches(most, keys, told, |batch| {
            let writing = Arc::clone(&session);
            let save = move |look: &Look<'_, KeyTable>, _: &mut Pending, due: &[Found]| {
                locked(&writing).save(look, due)
            };
            let plan = removing(batch, save, Arc::clone(still));
            let outcome = file.log.edit_blocking(plan).and_then(|planned| planned);
            locked(&session).settle(outcome.is_ok());
            outcome
        });
        file.log.be_patient(false);
        file.log.compact_if_wanted();
        removed
    }
}

/// Has `prune` take them out, so many at a time; it answers which went.
pub(super) fn prune_batches(
    most: usize,
    keys: Vec<Found>,
    told: impl Fn(usize, &[Found]) -> bool,
    mut prune: impl FnMut(Vec<Found>) -> Result<Vec<Found>, StoreError>,
) -> Removed {
    let mut removed = Removed::default();
    let (mut keys, mut count) = (keys.into_iter(), 0);
    loop {
        let batch: Vec<Found> = keys.by_ref().take(most).collect();
        if batch.is_empty() {
            return removed;
        }
        count += batch.len();
        match prune(batch) {
            Ok(taken) => {
                let goes_on = told(count, &taken);
                removed.keys.extend(taken);
                if !goes_on {
                    return removed;
                }
            }
            Err(error) => {
                removed.failed = Some(error);
                return removed;
            }
        }
        if keys.len() > 0 {
            std::thread::sleep(PAUSE);
        }
    }
}

fn locked(session: &Mutex<Session>) -> MutexGuard<'_, Session> {
    session.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes those of `keys` out that are due still, once `save` has what it takes to bring them back.
pub(super) fn removing(
    keys: Vec<Found>,
    mut save: impl FnMut(&Look<'_, KeyTable>, &mut Pending, &[Found]) -> Result<(), StoreError> + Send,
    still: Arc<Still>,
) -> impl FnMut(&Look<'_, KeyTable>, &mut Pending, &mut Entries) -> Result<Vec<Found>, StoreError> + Send
{
    move |look, pending, out| {
        let same = |found: &Found| {
            let now = look.table.find(&found.id)?;
            (pending.untouched(&found.id) && now.same(found)).then_some(now)
        };
        let same: Vec<Found> = keys.iter().filter_map(same).collect();
        let due = still(look.table, &same)?;
        let mut due: Vec<Found> = same
            .into_iter()
            .zip(due)
            .filter_map(|(found, due)| due.then_some(found))
            .collect();
        whole_families(look.table, &mut due);
        if !due.is_empty() {
            save(look, pending, &due)?;
        }
        for found in &due {
            pending.remove(look, out, &found.id);
        }
        Ok(due)
    }
}

/// Keeps of these keys only those of which nothing that was derived stays.
fn whole_families(table: &KeyTable, due: &mut Vec<Found>) {
    if !table.has_families() {
        return;
    }
    let all: HashSet<KeyId> = due.iter().map(|found| found.id).collect();
    let held = |found: &Found| {
        let mut children = table.children(&found.id).iter();
        children.any(|child| !all.contains(child))
    };
    let mut left: Vec<KeyId> = due
        .iter()
        .filter(|found| held(found))
        .map(|found| found.id)
        .collect();
    let mut held: HashSet<KeyId> = left.iter().copied().collect();
    while let Some(id) = left.pop() {
        let above = table.find(&id).and_then(|found| found.parent());
        left.extend(above.filter(|above| held.insert(*above)));
    }
    due.retain(|found| !held.contains(&found.id));
}
