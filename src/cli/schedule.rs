//! Pruning by itself, while a server runs: by the settings' policy, on a thread of its own.
//!
//! It never holds a request up, and one that failed is tried again when the next is due.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::counted;
use crate::access::prune::{Criteria, NotPruned, Prunes, Reach, Watch};
use crate::access::{Access, Moment};
use crate::settings::Prune;

/// Longest wait for the first time: a server that starts anew each day prunes all the same.
const FIRST: Duration = Duration::from_secs(60);
/// How often progress is told in the log.
const TOLD_EVERY: Duration = Duration::from_secs(5);
/// As whom.
const BY: &str = "schedule";

/// What the policy of the settings asks for.
pub(super) fn criteria(policy: &Prune) -> Criteria {
    Criteria {
        expired_for: policy.expired_for,
        unused_for: policy.unused_for,
        missing_files: policy.missing_files,
        ..Criteria::default()
    }
}

/// When the next is due, and the one that is at work.
pub(super) struct Schedule {
    policy: Prune,
    due: Cell<Instant>,
    work: RefCell<Option<JoinHandle<()>>>,
    ending: Arc<AtomicBool>,
}

impl Schedule {
    /// Nothing is due yet.
    pub(super) fn of(policy: Prune) -> Self {
        let first = policy.every.min(FIRST);
        Self {
            policy,
            due: Cell::new(Instant::now() + first),
            work: RefCell::default(),
            ending: Arc::default(),
        }
    }

    /// Starts what is due; to be called about once a second.
    pub(super) fn look(&self, access: &Access) {
        let mut work = self.work.borrow_mut();
        let at_work = work.as_ref().is_some_and(|work| !work.is_finished());
        if self.policy.is_nothing() || at_work || Instant::now() < self.due.get() {
            return;
        }
        self.due.set(Instant::now() + self.policy.every);
        let (prunes, roots) = (access.prunes(), access.roots());
        let (criteria, ending) = (criteria(&self.policy), Arc::clone(&self.ending));
        let turn = self.policy.every.mul_f32(0.9);
        let run = move || {
            if !pollster::block_on(prunes.keys.turn("prune", turn)) {
                return;
            }
            let reach = || Ok(Reach::look(Arc::clone(&roots), Vec::new()));
            prune(&prunes, &criteria, &reach, &Log::new(ending));
        };
        match std::thread::Builder::new()
            .name("editkey-prune".to_owned())
            .spawn(run)
        {
            Ok(thread) => *work = Some(thread),
            Err(error) => tracing::error!("no thread to prune with: {error}"),
        }
    }
}

impl Drop for Schedule {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::Relaxed);
        if let Some(work) = self.work.take() {
            let _ = work.join();
        }
    }
}

fn prune(
    prunes: &Prunes,
    criteria: &Criteria,
    reach: &dyn Fn() -> Result<Reach, String>,
    watch: &Log,
) {
    let pruned = prunes.preview(criteria, reach, watch).and_then(|preview| {
        for why in &preview.away {
            tracing::warn!("pruning: no key was judged by its missing file here: {why}");
        }
        if preview.due.is_empty() {
            return Ok(None);
        }
        prunes.run(preview, criteria, &BY.into(), watch).map(Some)
    });
    match pruned {
        Ok(None) | Err(NotPruned::Ended) => {}
        Ok(Some(pruned)) => {
            for warning in &pruned.warnings {
                tracing::warn!("pruning: {warning}");
            }
            let keys = counted::keys(pruned.gone.len());
            match pruned.failed {
                None => {
                    tracing::info!("pruned: {keys}; 'editkey prune --undo' brings back what was");
                }
                Some(error) => {
                    tracing::error!("pruned: {keys}, and then: {error}; the rest is tried again");
                }
            }
        }
        Err(error) => tracing::error!("nothing was pruned: {error}; it is tried again"),
    }
}

/// Tells progress in the log.
struct Log {
    ending: Arc<AtomicBool>,
    told: Cell<Instant>,
}

impl Log {
    fn new(ending: Arc<AtomicBool>) -> Self {
        Self {
            ending,
            told: Cell::new(Instant::now()),
        }
    }
}

impl Watch for Log {
    fn now(&self) -> Moment {
        let now = Timestamp::now();
        Moment {
            time: Timestamp::from_second(now.as_second()).unwrap_or(now),
            instant: Instant::now(),
        }
    }

    fn told(&self, done: usize, all: usize) -> bool {
        if self.told.get().elapsed() >= TOLD_EVERY {
            self.told.set(Instant::now());
            tracing::info!("pruning: {done} of {all} keys");
        }
        !self.ending.load(Ordering::Relaxed)
    }
}
