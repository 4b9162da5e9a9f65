//! Seeing that the file has changed, and reading what is new: all of it, or what another process appended.
//!
//! Old content is never served meanwhile, and nothing here writes.

use std::fs::File;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::load::{Form, LoadError, Loaded};
use super::stamp::Stamp;
use super::{Locked, Log, READ_WAIT, State, Table, Turn, lock};
use crate::store::StoreError;

/// How long others may write while the file is read, before they are held up.
pub(super) const OFTEN: Duration = Duration::from_millis(500);

/// What one try at reading came to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tried {
    /// The table is what the file is.
    Fresh,
    /// The file changed while it was read.
    Moving,
    /// Another process is in the middle of a write; its witness will tell an append from the rest.
    BeingWritten,
    /// The end is torn, or a write is under way: only the lock tells.
    MaybeTorn,
}

impl<T: Table> Log<T> {
    /// Reads the file if it has changed.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when it goes on changing; [`StoreError::Unwritable`] when it cannot be read. A broken file
    /// is remembered as such and is no error here.
    pub fn refresh(&self) -> Result<(), StoreError> {
        let start = Instant::now();
        self.look_at_folder();
        while start.elapsed() < READ_WAIT {
            // It is nobody's turn while we wait: the writer that we wait for needs it.
            let tried = {
                let _turn = self.turn();
                self.try_read(Locked::No)?
            };
            match tried {
                Tried::Fresh => return Ok(()),
                // Others write faster than this can be read: they wait once.
                Tried::Moving if start.elapsed() >= OFTEN => {
                    if let Ok(Some(_guard)) = self.lock.exclusive() {
                        return self.refresh_locked(&mut self.turn());
                    }
                }
                Tried::Moving => {}
                Tried::BeingWritten => std::thread::sleep(Duration::from_micros(200)),
                Tried::MaybeTorn => {
                    let guard = self.lock.exclusive().map_err(|error| self.io(&error))?;
                    let _guard = guard.ok_or_else(|| self.busy())?;
                    let mut turn = self.turn();
                    return self.refresh_locked(&mut turn);
                }
            }
        }
        Err(self.busy())
    }

    /// The same, by one who holds the lock and whose turn it is.
    pub(super) fn refresh_locked(&self, _turn: &mut Turn) -> Result<(), StoreError> {
        let start = Instant::now();
        while start.elapsed() < READ_WAIT {
            if self.try_read(Locked::Yes)? == Tried::Fresh {
                return Ok(());
            }
        }
        Err(self.busy())
    }

    fn try_read(&self, locked: Locked) -> Result<Tried, StoreError> {
        let stamp = Stamp::at(&self.path).map_err(|error| self.io(&error))?;
        if self.is(stamp) {
            return Ok(Tried::Fresh);
        }
        let witness = self.lock.witness();
        let witness = witness.filter(|witness| Some(witness.stamp) == stamp);
        if witness.is_some_and(|witness| self.read_on(&witness)) {
            return Ok(Tried::Fresh);
        }
        let unsaid = witness.is_none() && stamp.is_some();
        if locked == Locked::No && unsaid && self.lock.held() {
            return Ok(Tried::BeingWritten);
        }
        self.read_all(stamp, witness, locked)
    }

    fn is(&self, stamp: Option<Stamp>) -> bool {
        let state = self.state();
        !state.stale && state.stamp == stamp
    }

    /// Reads what another process appended. `false` when that is not all that happened.
    fn read_on(&self, witness: &lock::Witness) -> bool {
        let mut state = self.write_state();
        let appended = !state.stale
            && state.epoch == witness.epoch
            && state.loaded.form == Form::Lines
            && state.broken.is_none()
            && state
                .stamp
                .is_some_and(|known| known.same_file(&witness.stamp))
            && witness.end >= state.loaded.end;
        let Some(file) = state.file.clone().filter(|_| appended) else {
            return false;
        };
        if state.loaded.read_on(&file, witness.end).is_err() {
            state.stale = true;
            return false;
        }
        state.loaded.brace = witness.stamp.size.saturating_sub(2);
        state.stamp = Some(witness.stamp);
        state.synced = state.synced.max(witness.synced);
        state.others = Some(Instant::now());
        true
    }

    /// Reads the whole file.
    fn read_all(
        &self,
        stamp: Option<Stamp>,
        witness: Option<lock::Witness>,
        locked: Locked,
    ) -> Result<Tried, StoreError> {
        let mut next = State {
            loaded: Loaded::empty(),
            file: None,
            writable: false,
            stamp,
            broken: None,
            epoch: witness.map_or(0, |witness| witness.epoch),
            synced: witness.map_or(0, |witness| witness.synced),
            stale: false,
            others: None,
        };
        if let Some(stamp) = stamp {
            let file = File::open(&self.path).map_err(|error| self.io(&error))?;
            if Stamp::open(&file).map_err(|error| self.io(&error))? != stamp {
                return Ok(Tried::Moving);
            }
            match Loaded::read(&file, stamp.size) {
                Ok(loaded) => next.loaded = loaded,
                Err(LoadError::Io(error)) => return Err(self.io(&error)),
                Err(LoadError::Broken(why)) => {
                    next.broken = Some(format!("{}: {why}", self.path.display()).into());
                }
            }
            next.file = Some(Arc::new(file));
            if Stamp::at(&self.path).map_err(|error| self.io(&error))? != Some(stamp) {
                return Ok(Tried::Moving);
            }
        }
        if next.loaded.form == Form::Torn && locked == Locked::No {
            return Ok(Tried::MaybeTorn);
        }
        self.report(&next);
        *self.write_state() = next;
        Ok(Tried::Fresh)
    }

    /// Says in the log what an operator should know about a file just read.
    fn report(&self, next: &State<T>) {
        let file = self.path.display();
        if let Some(why) = &next.broken {
            tracing::error!(
                "{why}; nothing in it is served and nothing is written until it is mended"
            );
        }
        if next.loaded.form == Form::Torn {
            tracing::warn!(
                "{file}: its end is torn by an interrupted write; the next write sets it aside, the rest is served"
            );
        }
        for problem in &next.loaded.problems {
            tracing::warn!("{file}: line {}: refused: {}", problem.line, problem.reason);
        }
        let before = self.state();
        if !before.stale
            && before.loaded.table.live_bytes() > next.loaded.table.live_bytes()
            && before.epoch != next.epoch
        {
            tracing::warn!(
                "{file}: it was replaced by one that holds less; if an older one was brought back, what was revoked since opens again"
            );
        }
    }
}
