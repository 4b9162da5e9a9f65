//! Pruning: the keys that nobody needs any more, which and why, and their removal. Server, command line and page share it.
//!
//! A key goes only when all that was derived from it goes. What was found due is looked at again under the lock: a key
//! that changed or was used meanwhile stays, and so do those that it was derived from. Everything here blocks, and none
//! of it holds the keys for long.

mod due;
mod preview;
mod reach;

use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::{Arc, mpsc};

pub use due::{Criteria, Reason};
pub use reach::{Away, Reach, Standing};

use super::{Access, Moment};
use crate::mint::KeyId;
use crate::store::{Act, Audit, Event, Found, KeyTable, Keys, LastUses, Still, StoreError, Undone};
use due::Days;
use hashbrown::DefaultHashBuilder;
use jiff::Timestamp;

/// Keys whose files were found missing.
type Missing = hashbrown::HashSet<KeyId, DefaultHashBuilder>;

/// What pruning needs.
#[derive(Clone)]
pub struct Prunes {
    /// The keys.
    pub keys: Keys,
    /// When they were used last.
    pub last_uses: LastUses,
    /// What is told of it.
    pub audit: Audit,
}

/// Who watches a prune: tells the time, and hears how far it has come.
pub trait Watch {
    /// Now.
    fn now(&self) -> Moment;
    /// Told from time to time; `false` ends the work.
    fn told(&self, done: usize, all: usize) -> bool;
}

/// A key that is due, and why.
#[derive(Debug, Clone)]
pub struct Due {
    /// The key.
    pub found: Found,
    /// Why.
    pub reason: Reason,
}

/// Which keys are due.
#[derive(Default)]
pub struct Preview {
    /// Those that are, what was derived before what it was derived from.
    pub due: Vec<Due>,
    /// How many keys there are.
    pub all: usize,
    /// How many stay only because something that was derived from them does.
    pub held: usize,
    /// Roots that could not be looked at: no key was judged by its missing file there.
    pub away: Vec<String>,
}

/// What a prune came to.
#[derive(Default)]
pub struct Pruned {
    /// Those that are gone.
    pub gone: Vec<Due>,
    /// What was not as it should be although they are.
    pub warnings: Vec<String>,
    /// What ended it early.
    pub failed: Option<NotPruned>,
}

/// Why nothing was pruned, or not all.
#[derive(Debug, thiserror::Error)]
pub enum NotPruned {
    /// What the store says.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The roots could not be looked at.
    #[error("{0}")]
    Roots(String),
    /// Whoever watches ended it.
    #[error("it was ended")]
    Ended,
}

/// How the roots are looked at: as they are at that moment.
pub type LookAtRoots<'a> = &'a dyn Fn() -> Result<Reach, String>;

impl Access {
    /// What pruning needs.
    #[must_use]
    pub fn prunes(&self) -> Prunes {
        Prunes {
            keys: self.keys.clone(),
            last_uses: self.last_uses.clone(),
            audit: self.audit.clone(),
        }
    }

    /// Where keys lead at this moment.
    #[must_use]
    pub fn reach(&self) -> Reach {
        Reach::look(self.roots(), Vec::new())
    }
}

impl Prunes {
    /// Removes what is due still, and notes it as done by `by`. What was removed is in a backup, of which the last three
    /// are kept.
    ///
    /// # Errors
    /// [`NotPruned`]; nothing was removed then. What ends it later is in [`Pruned::failed`].
    pub fn run(
        &self,
        preview: Preview,
        criteria: &Criteria,
        by: &Arc<str>,
        watch: &dyn Watch,
    ) -> Result<Pruned, NotPruned> {
        let missing = preview.due.iter().filter(|due| due.reason.missing());
        let missing: Missing = missing.map(|due| due.found.id).collect();
        let reasons = preview.due.iter().map(|due| (due.found.id, due.reason));
        let reasons: Vec<(KeyId, Reason)> = reasons.collect();
        let keys: Vec<Found> = preview.due.into_iter().map(|due| due.found).collect();
        let (now, all) = (watch.now().time, keys.len());
        let still = self.still(criteria.clone(), missing, now);
        let (reasons, gone) = (RefCell::new(reasons.into_iter()), RefCell::new(Vec::new()));
        let removed = std::thread::scope(|scope| {
            // What has gone is noted while the next go.
            let (sender, receiver) = mpsc::channel::<Vec<(KeyId, Reason)>>();
            scope.spawn(move || {
                for (id, reason) in receiver.into_iter().flatten() {
                    self.note_pruned(id, reason, by, now);
                }
            });
            let told = |count, taken: &[Found]| {
                let mut reasons = reasons.borrow_mut();
                let with = |found: &Found| reasons.find(|(id, _)| *id == found.id);
                let taken: Vec<_> = taken.iter().filter_map(with).collect();
                gone.borrow_mut().extend_from_slice(&taken);
                let _ = sender.send(taken);
                watch.told(count, all)
            };
            self.keys.prune_blocking(keys, now, &still, told)
        });
        if let Some(error) = removed.failed.clone().filter(|_| removed.keys.is_empty()) {
            return Err(error.into());
        }
        let mut pruned = Pruned {
            failed: removed.failed.map(NotPruned::from),
            ..Pruned::default()
        };
        let ids = removed.keys.iter().map(|found| found.id).collect();
        if let Err(error) = self.last_uses.forget_blocking(ids) {
            pruned
                .warnings
                .push(format!("their last uses are still remembered: {error}"));
        }
        // They come in the order in which they were given.
        let gone = removed.keys.into_iter().zip(gone.take());
        pruned.gone = gone
            .map(|(found, (_, reason))| Due { found, reason })
            .collect();
        Ok(pruned)
    }

    fn note_pruned(&self, id: KeyId, reason: Reason, by: &Arc<str>, now: Timestamp) {
        self.audit.note(Event {
            by: Some(Arc::clone(by)),
            why: Some(reason.text().into()),
            ..Event::of(Act::Prune, id, now)
        });
    }

    /// Whether keys are due still: by what is written about them and their last uses at that moment, or by a missing file
    /// that was found missing before.
    fn still(&self, criteria: Criteria, missing: Missing, now: Timestamp) -> Arc<Still> {
        let last_uses = self.last_uses.clone();
        Arc::new(move |table: &KeyTable, keys: &[Found]| {
            let days = if criteria.asks_for_uses() {
                days_of(&last_uses, table, keys)?
            } else {
                Days::new()
            };
            let due = |found: &Found| {
                missing.contains(&found.id)
                    || criteria.by_record(found, table, &days, now).is_some()
            };
            Ok(keys.iter().map(due).collect())
        })
    }

    /// When these keys, and those that they were derived from, were used last.
    fn days_of(&self, table: &KeyTable, keys: &[Found]) -> Result<Days, StoreError> {
        days_of(&self.last_uses, table, keys)
    }

    /// The name of the backup of what the last prune removed, if it was not brought back.
    #[must_use]
    pub fn last_backup_blocking(&self) -> Option<String> {
        self.keys.last_backup_blocking()
    }

    /// Brings back what the last prune removed whose backup is there, but for what was revoked or minted since, and notes
    /// it as done by `by`. Nothing where there is no backup.
    ///
    /// # Errors
    /// What the store says; the backup is there still then.
    pub fn undo(&self, by: &Arc<str>, watch: &dyn Watch) -> Result<Option<Undone>, StoreError> {
        let now = watch.now().time;
        let told = |count, all| {
            watch.told(count, all);
        };
        let undone = self.keys.undo_blocking(now, told)?;
        let keys = undone.iter().flat_map(|undone| &undone.keys);
        for key in keys.filter(|key| key.left_out.is_none()) {
            self.audit.note(Event {
                by: Some(Arc::clone(by)),
                ..Event::of(Act::Undo, key.id, now)
            });
        }
        Ok(undone)
    }
}

fn days_of(last_uses: &LastUses, table: &KeyTable, keys: &[Found]) -> Result<Days, StoreError> {
    let mut ids = HashSet::with_capacity(keys.len());
    for found in keys {
        ids.insert(found.id);
        let line = found.parent().and_then(|parent| table.standing(&parent));
        ids.extend(line.iter().flat_map(Found::line).map(|key| key.id));
    }
    last_uses.days_of_blocking(&ids)
}
