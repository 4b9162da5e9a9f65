//! A log-structured JSON map: the form that keys, sessions and last uses share.
//!
//! One file holds the truth; a [`Table`] holds what is needed of it in memory. Reading looks at the file's stamp every
//! time, or once for all of a request, and never answers from a file that has changed since. Writing appends under a lock, and nothing is acknowledged
//! before it is on the disk. See `docs/key-format.md`.
//!
//! **Never** serves old content, cuts off what it does not understand, or waits without a limit.

mod any_layout;
mod append;
mod blocks;
mod by_hand;
mod compact;
mod edit;
mod group;
mod layout;
mod load;
pub(in crate::store) mod lock;
mod looked;
mod refresh;
mod room;
mod scan;
pub(in crate::store) mod stamp;
mod table;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use super::StoreError;
pub use by_hand::{Base, NotEdited};
pub(in crate::store) use edit::{Change, edit};
use group::Group;
pub(crate) use layout::Span;
pub(in crate::store) use layout::{OPENING, entry};
pub(in crate::store) use load::read_once;
use load::{Form, Loaded};
use lock::LockFile;
use looked::{Folder, Seen};
pub(in crate::store) use stamp::Stamp;
use table::Texts;
pub(crate) use table::{Applied, Entries, Table};
pub use table::{Look, Problem};

/// Longest that a reader waits while a changed file is read.
const READ_WAIT: Duration = Duration::from_secs(2);

struct State<T> {
    loaded: Loaded<T>,
    file: Option<Arc<File>>,
    /// Whether `file` was opened by our own writing, and can be written to.
    writable: bool,
    /// What the file looked like; `None` means absent.
    stamp: Option<Stamp>,
    /// The stamp with which the file has been left alone for so long that its handle alone tells of the next change.
    told: Option<Stamp>,
    /// Why nothing can be served.
    broken: Option<Arc<str>>,
    epoch: u64,
    synced: u64,
    /// The state is of no file at all yet, or of one that failed to be written.
    stale: bool,
    /// When another process was last seen to have appended something.
    others: Option<Instant>,
    /// Up to when whatever began knows the file as it is here.
    seen: Seen,
}

impl<T: Table> State<T> {
    /// `read`'s answer on what was read last.
    fn look<R>(&self, read: impl FnOnce(&Look<'_, T>) -> R) -> Result<R, StoreError> {
        if self.stale {
            return Err(StoreError::Stale);
        }
        if let Some(why) = &self.broken {
            return Err(StoreError::Broken(why.clone()));
        }
        Ok(read(&Look {
            table: &self.loaded.table,
            texts: Texts::File(self.file.as_deref()),
            synced: self.synced,
            refused: &self.loaded.refused,
        }))
    }
}

/// A log and its table.
pub struct Log<T: Table> {
    path: PathBuf,
    /// The folder's handle: a look at each request need not walk the way to it. What stands at the folder's path is
    /// looked at by [`Log::look_at_folder`].
    folder: RwLock<Option<Folder>>,
    lock: LockFile,
    state: RwLock<State<T>>,
    /// Held by whoever changes the state: a reload, or the moment of a write.
    turn: Mutex<Turn>,
    group: Group<T>,
    /// The last write failed.
    failing: AtomicBool,
    /// Many changes are on their way.
    patient: AtomicBool,
}

/// What only the one whose turn it is may touch.
#[derive(Default)]
struct Turn {
    /// The last sync failed: the next write goes to a fresh file.
    distrusted: bool,
}

impl<T: Table> Log<T> {
    /// The log at `path`, unread; a missing file is an empty log and is made by the first write.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        let mut lock = path.as_os_str().to_owned();
        lock.push(".lock");
        Self {
            path: path.to_owned(),
            folder: RwLock::new(Folder::of(path)),
            lock: LockFile::at(PathBuf::from(lock)),
            state: RwLock::new(State {
                loaded: Loaded::empty(),
                file: None,
                writable: false,
                stamp: None,
                told: None,
                broken: None,
                epoch: 0,
                synced: 0,
                stale: true,
                others: None,
                seen: Seen::default(),
            }),
            turn: Mutex::default(),
            group: Group::default(),
            failing: AtomicBool::new(false),
            patient: AtomicBool::new(false),
        }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// As [`look`](Self::look), reading a changed file first; for the command line, which may block. What others append
    /// after that is as if it came after the answer.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when it cannot be read while it changes; [`StoreError::Broken`].
    pub fn look_blocking<R>(
        &self,
        mut read: impl FnMut(&Look<'_, T>) -> R,
    ) -> Result<R, StoreError> {
        let start = Instant::now();
        while start.elapsed() < READ_WAIT {
            match self.look(&mut read) {
                Err(StoreError::Stale) => self.refresh()?,
                other => return other,
            }
            match self.state().look(&mut read) {
                Err(StoreError::Stale) => {}
                other => return other,
            }
        }
        Err(self.busy())
    }

    /// As [`look`](Self::look), for a server: a changed file is read on another thread meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when that takes more than two seconds; [`StoreError::Broken`].
    pub async fn look_fresh<R>(
        self: &Arc<Self>,
        read: impl FnMut(&Look<'_, T>) -> R,
    ) -> Result<R, StoreError> {
        self.look_since(None, read).await
    }

    /// The same for what began at `began`, where it did: it may look several times, and the file is asked once for all of
    /// them.
    ///
    /// # Errors
    /// As [`look_fresh`](Self::look_fresh).
    pub async fn look_since<R>(
        self: &Arc<Self>,
        began: Option<Instant>,
        mut read: impl FnMut(&Look<'_, T>) -> R,
    ) -> Result<R, StoreError> {
        if let Some(began) = began {
            match self.look_once_since(began, &mut read) {
                Err(StoreError::Stale) => {}
                other => return other,
            }
        }
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
            match self.state().look(&mut read) {
                Err(StoreError::Stale) => {}
                other => return other,
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

    /// Whether the last write got to the disk; where not, only reading goes on.
    #[must_use]
    pub fn trusted(&self) -> bool {
        !self.failing.load(Ordering::Relaxed)
    }

    /// Sets a torn end aside, so that the file is one JSON object again for whoever reads it beside us. Blocks.
    ///
    /// # Errors
    /// Any [`StoreError`]; the file stays as it is then, and what it holds is served all the same.
    pub fn mend_blocking(&self) -> Result<(), StoreError> {
        if self.problems().1 {
            self.edit_blocking(|_, _, _| ())?;
        }
        Ok(())
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

    fn write_state(&self) -> RwLockWriteGuard<'_, State<T>> {
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
