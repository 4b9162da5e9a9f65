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

impl<T: Table> Log<T> {
    /// Reads the file if it has changed.
    ///
    /// # Errors
    /// [`StoreError::Unwritable`] when it cannot be read; a broken file is remembered as such and is no error here.
    pub fn refresh(&self) -> Result<(), StoreError> {
        let mut turn = self.turn();
        self.refresh_in(&mut turn, Locked::No)
    }

    pub(super) fn refresh_in(&self, _turn: &mut Turn, locked: Locked) -> Result<(), StoreError> {
        let start = Instant::now();
        loop {
            let stamp = Stamp::at(&self.path).map_err(|error| self.io(&error))?;
            if self.is(stamp) {
                return Ok(());
            }
            let witness = self
                .lock
                .witness()
                .filter(|witness| Some(witness.stamp) == stamp);
            if witness.is_some_and(|witness| self.read_on(&witness)) {
                return Ok(());
            }
            let writing =
                witness.is_none() && locked == Locked::No && stamp.is_some() && self.lock.held();
            if writing && start.elapsed() < READ_WAIT {
                // The writer's witness will tell an append from the rest.
                std::thread::sleep(Duration::from_micros(200));
                continue;
            }
            if self.read_all(stamp, witness, locked)? {
                return Ok(());
            }
            if start.elapsed() >= READ_WAIT {
                return Err(self.busy());
            }
        }
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
        true
    }

    /// Reads the whole file. `false` when it changed meanwhile.
    pub(super) fn read_all(
        &self,
        stamp: Option<Stamp>,
        witness: Option<lock::Witness>,
        locked: Locked,
    ) -> Result<bool, StoreError> {
        let mut next = State {
            loaded: Loaded::empty(),
            file: None,
            stamp,
            broken: None,
            epoch: witness.map_or(0, |witness| witness.epoch),
            synced: witness.map_or(0, |witness| witness.synced),
            stale: false,
        };
        if let Some(stamp) = stamp {
            let file = File::open(&self.path).map_err(|error| self.io(&error))?;
            if Stamp::open(&file).map_err(|error| self.io(&error))? != stamp {
                return Ok(false);
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
                return Ok(false);
            }
        }
        if next.loaded.form == Form::Torn && locked == Locked::No {
            // A writer may be in the middle of it; under the lock it is torn or it is not.
            let Some(_guard) = self.lock.exclusive().map_err(|error| self.io(&error))? else {
                return Err(self.busy());
            };
            return self.read_all(
                Stamp::at(&self.path).map_err(|error| self.io(&error))?,
                None,
                Locked::Yes,
            );
        }
        self.report(&next);
        *self.write_state() = next;
        Ok(true)
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
