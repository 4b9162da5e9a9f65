//! Pruning: the keys that nobody needs any more, which and why, and their removal. Server, command line and page share it.
//!
//! A key goes only when all that was derived from it goes. What was found due is looked at again under the lock: a key
//! that changed or was used meanwhile stays, and so do those that it was derived from. Everything here blocks, and none
//! of it holds the keys for long.

mod due;
mod preview;
mod reach;

use std::collections::HashMap;
use std::sync::Arc;

pub use due::{Criteria, Reason};
pub use reach::{Away, Reach, Standing};

use super::{Access, Moment};
use crate::mint::KeyId;
use crate::store::{Act, Audit, Event, Found, KeyTable, Keys, LastUses, StoreError};
use due::Days;

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
    /// Removes what is due still, and notes it as done by `by`.
    ///
    /// # Errors
    /// [`NotPruned`].
    pub fn run(
        &self,
        preview: Preview,
        criteria: &Criteria,
        by: &Arc<str>,
        watch: &dyn Watch,
    ) -> Result<Pruned, NotPruned> {
        let reasons: HashMap<KeyId, Reason> = preview
            .due
            .iter()
            .map(|due| (due.found.id, due.reason))
            .collect();
        let keys: Vec<Found> = preview.due.into_iter().map(|due| due.found).collect();
        let (criteria, last_uses, told) =
            (criteria.clone(), self.last_uses.clone(), reasons.clone());
        let now = watch.now().time;
        let still = move |table: &KeyTable, keys: &[Found]| {
            let days = if criteria.asks_for_uses() {
                last_uses.days_blocking()?
            } else {
                Days::new()
            };
            let due = |found: &Found| {
                let missing = told.get(&found.id).is_some_and(|reason| reason.missing());
                missing || criteria.by_record(found, table, &days, now).is_some()
            };
            Ok(keys.iter().map(due).collect())
        };
        let gone = self.keys.prune_blocking(keys, still)?;
        let mut pruned = Pruned::default();
        let ids = gone.iter().map(|found| found.id).collect();
        if let Err(error) = self.last_uses.forget_blocking(ids) {
            pruned
                .warnings
                .push(format!("their last uses are still remembered: {error}"));
        }
        for found in gone {
            let Some(reason) = reasons.get(&found.id).copied() else {
                continue;
            };
            self.audit.note(Event {
                by: Some(Arc::clone(by)),
                why: Some(reason.text().into()),
                ..Event::of(Act::Prune, found.id, now)
            });
            pruned.gone.push(Due { found, reason });
        }
        Ok(pruned)
    }
}
