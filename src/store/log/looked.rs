//! Whether the file is what was read: one look at it, by its name or by its handle, and what stands in the memory of it.
//!
//! It must never answer from a file that has changed since it was read, but for what began before a look that was good: to
//! that, later changes are too late. A handle is asked in place of the name, which
//! costs half as much, where it tells the same: of a file that was left alone for a while, whose `st_ctime` changes with
//! its name; and of one that is written all the time, in a folder that was left alone for a while, since no name in a
//! folder changes without the folder's `st_ctime`.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{OnceLock, PoisonError, RwLockReadGuard};
use std::time::Instant;

use jiff::Timestamp;
use rustix::fs::{Mode, OFlags};

use super::stamp::Stamp;
use super::{Log, Look, State, StoreError, Table};
use crate::file_system::handles_tell;

/// The open folder of a log.
pub(super) struct Folder {
    handle: OwnedFd,
    /// What the folder looked like while it was left alone, and which file had the log's name in it then.
    quiet: Option<(Stamp, Stamp)>,
}

impl Folder {
    /// The folder that holds `path`; nothing where it cannot be opened, and each look then walks the whole way.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let handle = rustix::fs::open(path.parent()?, flags, Mode::empty()).ok()?;
        Some(Self {
            handle,
            quiet: None,
        })
    }

    /// The same, of which this is known, where it is the same folder and nothing was touched in it since.
    fn still(self, quiet: Option<(Stamp, Stamp)>) -> Self {
        let now = Stamp::open(&self.handle).ok();
        let quiet = quiet.filter(|(then, _)| now == Some(*then));
        Self { quiet, ..self }
    }

    /// Whether the log's name leads to this file, since nothing was touched in the folder.
    fn leads_to(&self, file: &Stamp) -> bool {
        self.quiet.as_ref().is_some_and(|(folder, led)| {
            led.same_file(file) && Stamp::open(&self.handle).is_ok_and(|now| now == *folder)
        })
    }
}

/// Until when the file is known to have been as it was read: as long as that is not before something began, its changes
/// come too late for it.
#[derive(Default)]
pub(super) struct Seen {
    /// What is counted from.
    base: OnceLock<Instant>,
    /// Nanoseconds from there, and one.
    until: AtomicU64,
}

impl Seen {
    /// Notes a look that was made for something that began at `began`.
    fn note(&self, began: Instant) {
        let nanos = nanos(*self.base.get_or_init(|| began), began);
        self.until.fetch_max(nanos, Ordering::AcqRel);
    }

    /// Whether a look was made since then.
    fn since(&self, began: Instant) -> bool {
        let base = self.base.get();
        base.is_some_and(|base| self.until.load(Ordering::Acquire) >= nanos(*base, began))
    }
}

fn nanos(base: Instant, began: Instant) -> u64 {
    let since = began.saturating_duration_since(base).as_nanos();
    u64::try_from(since).unwrap_or(u64::MAX).saturating_add(1)
}

impl<T: Table> State<T> {
    /// Whether the file's handle tells what its name does.
    fn asks_handle(&self) -> bool {
        self.told.is_some() && self.told == self.stamp
    }
}

impl<T: Table> Log<T> {
    /// `read`'s answer on what the file holds at this moment, without waiting for anything.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the file has changed and must be read first; [`StoreError::Broken`].
    pub fn look<R>(&self, read: impl FnOnce(&Look<'_, T>) -> R) -> Result<R, StoreError> {
        self.current()?.look(read)
    }

    /// The same for something that began at `began`: where the file was looked at since, that look counts.
    ///
    /// # Errors
    /// As [`look`](Self::look).
    pub(super) fn look_once_since<R>(
        &self,
        began: Instant,
        read: impl FnOnce(&Look<'_, T>) -> R,
    ) -> Result<R, StoreError> {
        let state = self.state();
        if state.seen.since(began) {
            return state.look(read);
        }
        drop(state);
        let state = self.current()?;
        state.seen.note(began);
        state.look(read)
    }

    /// The state, which is that of the file at this moment.
    fn current(&self) -> Result<RwLockReadGuard<'_, State<T>>, StoreError> {
        let state = self.state();
        let stamp = match &state.file {
            Some(file) if state.asks_handle() || self.leads_to(state.stamp.as_ref()) => {
                Stamp::open(file).map(Some)
            }
            _ => self.stamp(),
        };
        let stamp = stamp.map_err(|error| self.io(&error))?;
        let known = (state.stamp == stamp).then_some(state);
        known.ok_or(StoreError::Stale)
    }

    /// Sees whether another folder stands at the folder's path.
    pub fn look_at_folder(&self) {
        let named = Folder::of(&self.path);
        let mut folder = self.folder.write().unwrap_or_else(PoisonError::into_inner);
        let quiet = folder.take().and_then(|before| before.quiet);
        *folder = named.map(|named| named.still(quiet));
    }

    /// The same, to be called about once a second. Where the name leads to the file that was read, which has been left
    /// alone for a while, the next looks ask its handle instead of the name.
    pub fn look_at_folder_at(&self, now: Timestamp) {
        self.look_at_folder();
        let before = self.folder_stamp();
        let named = self.stamp().ok().flatten();
        let file = self.state().file.clone();
        let told = named
            .zip(file)
            .filter(|(named, file)| self.handle_tells(file, named))
            .map(|(named, _)| named);
        if let Some(folder) = &mut *self.folder.write().unwrap_or_else(PoisonError::into_inner) {
            folder.quiet = before.filter(|before| before.settled(now)).zip(told);
        }
        self.write_state().told = told.filter(|named| named.settled(now));
    }

    fn folder_stamp(&self) -> Option<Stamp> {
        let folder = self.folder.read().unwrap_or_else(PoisonError::into_inner);
        Stamp::open(&folder.as_ref()?.handle).ok()
    }

    fn leads_to(&self, file: Option<&Stamp>) -> bool {
        let folder = self.folder.read().unwrap_or_else(PoisonError::into_inner);
        let both = folder.as_ref().zip(file);
        both.is_some_and(|(folder, file)| folder.leads_to(file))
    }

    #[cfg(test)]
    pub(in crate::store) fn asks_handle(&self) -> bool {
        self.state().asks_handle()
    }

    #[cfg(test)]
    pub(in crate::store) fn asks_folder(&self) -> bool {
        self.leads_to(self.state().stamp.as_ref())
    }

    /// Whether the handle tells when the name is taken from the file, and the name is no link that could be turned.
    fn handle_tells(&self, file: &File, named: &Stamp) -> bool {
        let folder = self.folder.read().unwrap_or_else(PoisonError::into_inner);
        let itself = match (&*folder, self.path.file_name()) {
            (Some(folder), Some(name)) => Stamp::of_name(&folder.handle, name).ok().flatten(),
            _ => None,
        };
        itself.is_some_and(|itself| itself.same_file(named))
            && Stamp::open(file).is_ok_and(|stamp| stamp.same_file(named))
            && handles_tell(file)
    }

    /// What the file looks like now.
    fn stamp(&self) -> std::io::Result<Option<Stamp>> {
        let folder = self.folder.read().unwrap_or_else(PoisonError::into_inner);
        match (&*folder, self.path.file_name()) {
            (Some(folder), Some(name)) => Stamp::within(&folder.handle, name),
            _ => Stamp::at(&self.path),
        }
    }
}
