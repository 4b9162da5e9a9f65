//! Seeing that the file has changed, and reading what is new: all of it, or what another process appended.
//!
//! Old content is never served meanwhile, and nothing here writes.

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::load::{Form, LoadError, Loaded};
use super::looked::Seen;
use super::stamp::Stamp;
use super::{Locked, Log, READ_WAIT, State, Table, Turn, lock};
use crate::store::StoreError;

/// How long others may write while the file is read, before they are held up.
pub(super) const OFTEN: Duration = Duration::from_millis(500);

/// Most looks at a file that others write to, before it is taken for changed otherwise.
const LOOKS: usize = 500;

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
        if locked == Locked::No && witness.is_none() && stamp.is_some() {
            if self.lock.held() {
                return Ok(Tried::BeingWritten);
            }
            // A write that ended while we looked is told by now. To read all for it would take as long as a million keys do.
            let now = Stamp::at(&self.path).map_err(|error| self.io(&error))?;
            let witness = self.lock.witness();
            if now != stamp || witness.is_some_and(|witness| Some(witness.stamp) == now) {
                return Ok(Tried::Moving);
            }
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
            told: None,
            broken: None,
            epoch: witness.map_or(0, |witness| witness.epoch),
            synced: witness.map_or(0, |witness| witness.synced),
            stale: false,
            others: None,
            seen: Seen::default(),
        };
        if let Some(stamp) = stamp {
            let file = File::open(&self.path).map_err(|error| self.io(&error))?;
            if Stamp::open(&file).map_err(|error| self.io(&error))? != stamp {
                return Ok(Tried::Moving);
            }
            let then = witness.filter(|_| locked == Locked::No);
            let read = then.map(|then| self.read_beside(&file, &then)).transpose();
            match read.map_err(|error| self.io(&error))?.flatten() {
                Some((loaded, now)) if now.stamp != stamp => {
                    (next.loaded, next.file) = (loaded, Some(Arc::new(file)));
                    self.report(&next);
                    *self.write_state() = next;
                    let caught_up = self.read_on(&now);
                    return Ok(if caught_up {
                        Tried::Fresh
                    } else {
                        Tried::Moving
                    });
                }
                // After a power cut what was written last may stand behind an older witness: room has to be seen there.
                Some((loaded, _)) if loaded.is_all_of(&file, stamp.size) => next.loaded = loaded,
                _ => match Loaded::read(&file, stamp.size) {
                    Ok(loaded) => next.loaded = loaded,
                    Err(LoadError::Io(error)) => return Err(self.io(&error)),
                    Err(LoadError::Broken(why)) => {
                        next.broken = Some(format!("{}: {why}", self.path.display()).into());
                    }
                },
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

    /// What the file was when `then` was left, and the witness of this moment, where nothing but appends has happened
    /// since. `None` where that cannot be seen.
    fn read_beside(
        &self,
        file: &File,
        then: &lock::Witness,
    ) -> io::Result<Option<(Loaded<T>, lock::Witness)>> {
        let Some(mut loaded) = Loaded::read_until(file, then.end)? else {
            return Ok(None);
        };
        loaded.brace = then.stamp.size.saturating_sub(2);
        for _ in 0..LOOKS {
            let stamp = Stamp::at(&self.path)?;
            match self.lock.witness().filter(|now| Some(now.stamp) == stamp) {
                Some(now) => {
                    let same = now.epoch == then.epoch && now.stamp.same_file(&then.stamp);
                    return Ok((same && now.end >= then.end).then_some((loaded, now)));
                }
                // Somebody is writing.
                None => std::thread::sleep(Duration::from_micros(200)),
            }
        }
        Ok(None)
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::PathBuf;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::store::log::Applied;
    use crate::store::log::layout::Span;

    #[derive(Default)]
    struct Names(BTreeMap<String, Span>);

    impl Table for Names {
        type Pending = ();

        fn apply(&mut self, name: &str, json: Option<&[u8]>, span: Span) -> Applied {
            match json {
                Some(_) => self.0.insert(name.to_owned(), span),
                None => self.0.remove(name),
            };
            Applied::Taken
        }

        fn live_bytes(&self) -> u64 {
            self.0.len() as u64 * 30
        }

        fn each_live(&self, each: &mut dyn FnMut(&str, Span)) {
            self.0.iter().for_each(|(name, span)| each(name, *span));
        }
    }

    fn put(log: &Log<Names>, name: &str) {
        let name = name.to_owned();
        log.edit_blocking(move |_, (), out| out.put(name.clone(), Some("1".to_owned())))
            .expect("written");
    }

    fn names(log: &Log<Names>) -> Vec<String> {
        log.look_blocking(|look| look.table.0.keys().cloned().collect())
            .expect("readable")
    }

    fn log_in(folder: &tempfile::TempDir) -> (PathBuf, Log<Names>) {
        let path = folder.path().join("log.json");
        let log = Log::at(&path);
        (path, log)
    }

    #[test]
    fn what_others_append_while_all_is_read_is_read_by_the_way() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, one) = log_in(&folder);
        put(&one, "a");
        let then = one.lock.witness().expect("left");
        let file = File::open(&path).expect("there");
        put(&one, "b");
        let (mut loaded, now) = one
            .read_beside(&file, &then)
            .expect("readable")
            .expect("appended");
        assert!(loaded.table.0.keys().eq(["a"]));
        assert!(!loaded.is_all_of(&file, now.stamp.size));
        loaded.read_on(&file, now.end).expect("whole");
        assert!(loaded.table.0.keys().eq(["a", "b"]));
        assert!(loaded.is_all_of(&file, now.stamp.size));
        // A hand's edit is no append, also where another append follows it.
        let text = std::fs::read_to_string(&path).expect("there");
        std::fs::write(&path, text.replace("\"a\"", "\"c\"")).expect("written");
        assert!(one.read_beside(&file, &then).expect("readable").is_none());
        put(&one, "d");
        assert!(one.read_beside(&file, &then).expect("readable").is_none());
        assert_eq!(names(&log_in(&folder).1), ["b", "c", "d"]);
    }

    /// After a power cut the last sync of the data can have outlived the witness of it.
    #[test]
    fn what_stands_behind_an_old_witness_is_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, one) = log_in(&folder);
        put(&one, "a");
        let old = one.lock.witness().expect("left");
        put(&one, "b");
        let stamp = Stamp::at(&path).expect("there").expect("there");
        let guard = one.lock.exclusive().expect("a lock").expect("free");
        guard.leave(&lock::Witness { stamp, ..old });
        drop(guard);
        let other = log_in(&folder).1;
        assert_eq!(names(&other), ["a", "b"]);
        put(&other, "c");
        assert_eq!(names(&log_in(&folder).1), ["a", "b", "c"]);
    }

    #[test]
    fn what_was_written_before_a_first_read_began_is_in_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, one) = log_in(&folder);
        put(&one, "0");
        let (written, over) = (std::sync::Mutex::new(1), AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    let number = *written.lock().expect("whole");
                    put(&one, &number.to_string());
                    *written.lock().expect("whole") = number + 1;
                }
            });
            let read = (0..50).map(|_| {
                let least = *written.lock().expect("whole");
                (least, names(&Log::at(&path)).len())
            });
            let read: Vec<_> = read.collect();
            over.store(true, Ordering::Relaxed);
            assert!(read.iter().all(|(least, found)| found >= least), "{read:?}");
        });
    }
}
