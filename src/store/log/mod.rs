//! A log-structured JSON map: the form that keys, sessions and last uses share.
//!
//! One file holds the truth; a [`Table`] holds what is needed of it in memory. Reading looks at the file's stamp every
//! time and never answers from a file that has changed since. Writing appends under a lock, and nothing is acknowledged
//! before it is on the disk. See `docs/key-format.md`.
//!
//! **Never** serves old content, cuts off what it does not understand, or waits without a limit.

mod append;
mod compact;
mod edit;
mod group;
mod layout;
mod load;
mod lock;
mod stamp;

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

use super::StoreError;
use group::Group;
pub(crate) use layout::Span;
use load::{Form, LoadError, Loaded};
use lock::LockFile;
use stamp::Stamp;

/// Longest that a reader waits while a changed file is read.
const READ_WAIT: Duration = Duration::from_secs(2);

/// What is kept in memory of a log.
pub trait Table: Default + Send + Sync + 'static {
    /// What the changes of one batch have planned so far.
    type Pending: Default;

    /// Takes one entry; `None` removes the name. A later entry stands in place of an earlier one, and a refused one
    /// removes it.
    fn apply(&mut self, name: &str, json: Option<&[u8]>, span: Span) -> Applied;

    /// About so many entries follow, into an empty table of which nothing is asked until [`complete`](Self::complete).
    fn prepare(&mut self, _entries: usize) {}

    /// All entries that [`prepare`](Self::prepare) announced have come.
    fn complete(&mut self) {}

    /// Bytes of the live entries, roughly; what the file holds beyond them is dead.
    fn live_bytes(&self) -> u64;

    /// Calls `each` with every live entry, best in the order of the file.
    fn each_live(&self, each: &mut dyn FnMut(&str, Span));

    /// The form in which compaction keeps an entry; `None` keeps it as it is.
    fn rewrite(_name: &str, _json: &str) -> Option<(String, String)> {
        None
    }
}

/// What became of an entry.
#[derive(Debug, PartialEq, Eq)]
pub enum Applied {
    /// It holds.
    Taken,
    /// It is JSON, but not a good entry: this name opens nothing. The reason quotes no secret.
    Refused(String),
    /// It is no JSON.
    NotJson,
}

/// An entry that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line in the file, from 1.
    pub line: u64,
    /// Why.
    pub reason: String,
}

/// Entries to write, in order.
#[derive(Default)]
pub struct Entries(Vec<(String, Option<String>)>);

impl Entries {
    /// Sets `name` to a JSON value on one line, or removes it.
    pub fn put(&mut self, name: String, json: Option<String>) {
        self.0.push((name, json));
    }
}

/// A consistent look at the table and its file.
pub struct Look<'a, T> {
    /// The table.
    pub table: &'a T,
    file: Option<&'a File>,
    synced: u64,
}

impl<T> Look<'_, T> {
    /// The JSON at `span`; `None` when it cannot be read, or the file was cut short.
    pub(crate) fn json(&self, span: Span) -> Option<Vec<u8>> {
        let mut bytes = vec![0; span.length as usize];
        self.file?.read_exact_at(&mut bytes, span.offset).ok()?;
        Some(bytes)
    }

    /// Whether the entry at `span` is known to be on the disk.
    pub(crate) fn durable(&self, span: Span) -> bool {
        span.offset < self.synced
    }
}

struct State<T> {
    loaded: Loaded<T>,
    file: Option<Arc<File>>,
    /// What the file looked like; `None` means absent.
    stamp: Option<Stamp>,
    /// Why nothing can be served.
    broken: Option<Arc<str>>,
    epoch: u64,
    synced: u64,
    /// The state is of no file at all yet, or of one that failed to be written.
    stale: bool,
}

/// A log and its table.
pub struct Log<T: Table> {
    path: PathBuf,
    lock: LockFile,
    state: RwLock<State<T>>,
    /// Held by whoever changes the state: a reload, or the moment of a write.
    turn: Mutex<Turn>,
    group: Group<T>,
    /// The last write failed.
    failing: AtomicBool,
}

/// What only the one whose turn it is may touch.
#[derive(Default)]
struct Turn {
    /// The last sync failed: the next write goes to a fresh file.
    distrusted: bool,
}

impl<T: Table> Log<T> {
    /// The log at `path`, unread; a missing file is an empty log and is made by the first write.
    ///
    /// # Errors
    /// When the lock file beside it cannot be made.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let mut lock_path = path.as_os_str().to_owned();
        lock_path.push(".lock");
        let lock_path = PathBuf::from(lock_path);
        Ok(Self {
            path: path.to_owned(),
            lock: LockFile::open(&lock_path)
                .map_err(|error| StoreError::from_io(&lock_path, &error))?,
            state: RwLock::new(State {
                loaded: Loaded::empty(),
                file: None,
                stamp: None,
                broken: None,
                epoch: 0,
                synced: 0,
                stale: true,
            }),
            turn: Mutex::default(),
            group: Group::default(),
            failing: AtomicBool::new(false),
        })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// `read`'s answer on what the file holds at this moment, without waiting for anything.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the file has changed and must be read first; [`StoreError::Broken`].
    pub fn look<R>(&self, read: impl FnOnce(&Look<'_, T>) -> R) -> Result<R, StoreError> {
        let stamp =
            Stamp::at(&self.path).map_err(|error| StoreError::from_io(&self.path, &error))?;
        let state = self.state();
        if state.stale || state.stamp != stamp {
            return Err(StoreError::Stale);
        }
        if let Some(why) = &state.broken {
            return Err(StoreError::Broken(why.clone()));
        }
        Ok(read(&Look {
            table: &state.loaded.table,
            file: state.file.as_deref(),
            synced: state.synced,
        }))
    }

    /// As [`look`](Self::look), reading a changed file first; for the command line, which may block.
    ///
    /// # Errors
    /// [`StoreError::Busy`] after two seconds of changes; [`StoreError::Broken`].
    pub fn look_blocking<R>(
        &self,
        mut read: impl FnMut(&Look<'_, T>) -> R,
    ) -> Result<R, StoreError> {
        let start = Instant::now();
        loop {
            match self.look(&mut read) {
                Err(StoreError::Stale) if start.elapsed() < READ_WAIT => self.refresh()?,
                Err(StoreError::Stale) => return Err(self.busy()),
                other => return other,
            }
        }
    }

    /// As [`look`](Self::look), for a server: a changed file is read on another thread meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when that takes more than [`READ_WAIT`]; [`StoreError::Broken`].
    pub async fn look_fresh<R>(
        self: &Arc<Self>,
        mut read: impl FnMut(&Look<'_, T>) -> R,
    ) -> Result<R, StoreError> {
        let start = Instant::now();
        loop {
            match self.look(&mut read) {
                Err(StoreError::Stale) => {}
                other => return other,
            }
            if self.settled() {
                continue;
            }
            let log = Arc::clone(self);
            let reading = tokio::task::spawn_blocking(move || log.refresh());
            let left = READ_WAIT.saturating_sub(start.elapsed());
            match tokio::time::timeout(left, reading).await {
                Ok(Ok(read)) => read?,
                Ok(Err(_)) | Err(_) => return Err(self.busy()),
            }
        }
    }

    /// Whether a look can be tried again at once: our own write was in its few microseconds between file and table.
    fn settled(&self) -> bool {
        let Ok(_turn) = self.turn.try_lock() else {
            // Somebody else's turn: a write ends at once, a reload does not; the caller then waits elsewhere.
            std::thread::yield_now();
            return self.look(|_| ()).is_ok();
        };
        self.look(|_| ()).is_ok()
    }

    /// Reads the file if it has changed.
    ///
    /// # Errors
    /// [`StoreError::Unwritable`] when it cannot be read; a broken file is remembered as such and is no error here.
    pub fn refresh(&self) -> Result<(), StoreError> {
        let mut turn = self.turn();
        self.refresh_in(&mut turn, Locked::No)
    }

    /// Whether the last write got to the disk; where not, only reading goes on.
    #[must_use]
    pub fn trusted(&self) -> bool {
        !self.failing.load(Ordering::Relaxed)
    }

    /// What was refused when the file was read, and whether its end was torn.
    #[must_use]
    pub fn problems(&self) -> (Vec<Problem>, bool) {
        let state = self.state();
        (
            state.loaded.problems.clone(),
            state.loaded.form == Form::Torn,
        )
    }

    fn refresh_in(&self, _turn: &mut Turn, locked: Locked) -> Result<(), StoreError> {
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
            let writing = witness.is_none()
                && locked == Locked::No
                && stamp.is_some()
                && self.being_written();
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

    fn being_written(&self) -> bool {
        let mut path = self.path.as_os_str().to_owned();
        path.push(".lock");
        // A lock of another open file, so that our own writer counts as well.
        let Ok(file) = File::open(&path) else {
            return false;
        };
        fs2::FileExt::try_lock_shared(&file).is_err()
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
    fn read_all(
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
                "{file}: an interrupted write stands at its end; it is set aside by the next write, the rest is served"
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

    /// The epoch and the end of what was read.
    #[cfg(test)]
    pub(crate) fn epoch_and_end(&self) -> (u64, u64) {
        let state = self.state();
        (state.epoch, state.loaded.end)
    }

    fn busy(&self) -> StoreError {
        StoreError::Busy(self.path.display().to_string().into())
    }

    fn io(&self, error: &std::io::Error) -> StoreError {
        StoreError::from_io(&self.path, error)
    }

    fn state(&self) -> RwLockReadGuard<'_, State<T>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_state(&self) -> std::sync::RwLockWriteGuard<'_, State<T>> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn turn(&self) -> MutexGuard<'_, Turn> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the caller holds the lock file's lock.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Locked {
    Yes,
    No,
}
