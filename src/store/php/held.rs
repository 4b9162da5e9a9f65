//! Sessions that were read within this second, held open: reading one again asks its handle whether anything of it was
//! touched.
//!
//! It must never give the bytes of a file of which anything was touched since they were read. An inode's last change tells
//! ([`handles_tell`] says where), and only of what had been left alone for two seconds.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use jiff::Timestamp;
use rustix::fs::Stat;

use super::Read;
use crate::cache::{Cache, cache};
use crate::file_system::handles_tell;

/// Most sessions that are held; each costs a file descriptor.
const MOST: usize = 128;
/// How long nothing of a file was touched that is held, in seconds.
const SETTLED_SECS: i64 = 2;

/// The sessions, by their ids.
pub(super) struct Holding(Cache<String, Arc<Held>>);

/// A session's open file, and what was read of it.
pub(super) struct Held {
    file: OwnedFd,
    seen: Seen,
    /// In which second.
    second: i64,
    read: Arc<Read>,
}

/// All of a file that changes when anything of it does.
#[derive(PartialEq, Eq)]
struct Seen {
    inode: (u64, u64),
    size: i64,
    changed: (i64, i64),
    modified: (i64, i64),
}

impl Seen {
    fn of(found: &Stat) -> Self {
        let nanos = |nanos| i64::try_from(nanos).unwrap_or_default();
        Self {
            inode: (found.st_dev, found.st_ino),
            size: found.st_size,
            changed: (found.st_ctime, nanos(found.st_ctime_nsec)),
            modified: (found.st_mtime, nanos(found.st_mtime_nsec)),
        }
    }

    fn settled(&self, now: Timestamp) -> bool {
        let last = self.changed.0.max(self.modified.0);
        now.as_second().saturating_sub(last) > SETTLED_SECS
    }
}

impl AsFd for Held {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl Held {
    /// What was read, where the file is `found` to be as it was then.
    pub(super) fn still(&self, found: &Stat) -> Option<Arc<Read>> {
        (Seen::of(found) == self.seen).then(|| Arc::clone(&self.read))
    }
}

impl Holding {
    pub(super) fn new() -> Self {
        Self(cache(MOST))
    }

    /// The session of this id that was read in this very second.
    pub(super) fn find(&self, id: &str, now: Timestamp) -> Option<Arc<Held>> {
        let held = self.0.get(id)?;
        (held.second == now.as_second()).then_some(held)
    }

    /// Holds what was read of `file`, which was `found` to be this before, where its handle will tell.
    pub(super) fn hold(
        &self,
        id: &str,
        file: OwnedFd,
        found: &Stat,
        read: &Arc<Read>,
        now: Timestamp,
    ) {
        let seen = Seen::of(found);
        if !seen.settled(now) || !handles_tell(&file) {
            return;
        }
        let held = Held {
            file,
            seen,
            second: now.as_second(),
            read: Arc::clone(read),
        };
        self.0.insert(id.to_owned(), Arc::new(held));
    }

    /// Lets go of all: what is held open keeps a removed session's place on the disk.
    pub(super) fn let_go(&self) {
        self.0.clear();
    }
}
