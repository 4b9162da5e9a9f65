//! What a file looked like when it was read: enough to see that anybody has touched it since.

use std::ffi::OsStr;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use jiff::Timestamp;
use rustix::fs::{AtFlags, Stat, fstat, stat, statat};
use rustix::io::Errno;

/// How old the last change must be, in whole seconds.
const SETTLED_SECS: i64 = 2;

/// Device, inode, size, mtime and ctime, as one look saw them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(in crate::store) struct Stamp {
    pub(super) dev: u64,
    pub(super) ino: u64,
    pub(super) size: u64,
    mtime: (i64, i64),
    ctime: (i64, i64),
}

impl Stamp {
    /// The file at `path`; `None` when there is none.
    pub(in crate::store) fn at(path: &Path) -> std::io::Result<Option<Self>> {
        match stat(path) {
            Ok(found) => Ok(Some(Self::of(&found))),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The file of that name in the open folder; `None` when there is none.
    pub(super) fn within(folder: &OwnedFd, name: &OsStr) -> std::io::Result<Option<Self>> {
        Self::find(folder, name, AtFlags::empty())
    }

    /// What has that name itself: the link, where it is one.
    pub(super) fn of_name(folder: &OwnedFd, name: &OsStr) -> std::io::Result<Option<Self>> {
        Self::find(folder, name, AtFlags::SYMLINK_NOFOLLOW)
    }

    fn find(folder: &OwnedFd, name: &OsStr, how: AtFlags) -> std::io::Result<Option<Self>> {
        match statat(folder, name, how) {
            Ok(found) => Ok(Some(Self::of(&found))),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The open file, or directory.
    pub(in crate::store) fn open(file: impl AsFd) -> std::io::Result<Self> {
        Ok(Self::of(&fstat(file)?))
    }

    /// When anything of the file was changed last, in whole seconds.
    pub(in crate::store) fn changed(&self) -> i64 {
        self.ctime.0
    }

    /// Whether both times lie so far back that the next change cannot carry the same ones.
    pub(super) fn settled(&self, now: Timestamp) -> bool {
        let last = self.mtime.0.max(self.ctime.0);
        now.as_second().saturating_sub(last) > SETTLED_SECS
    }

    /// Whether both are the same file, whatever has happened to its content.
    pub(super) fn same_file(&self, other: &Self) -> bool {
        (self.dev, self.ino) == (other.dev, other.ino)
    }

    fn of(found: &Stat) -> Self {
        Self {
            dev: found.st_dev,
            ino: found.st_ino,
            size: found.st_size.unsigned_abs(),
            mtime: (
                found.st_mtime,
                i64::try_from(found.st_mtime_nsec).unwrap_or_default(),
            ),
            ctime: (
                found.st_ctime,
                i64::try_from(found.st_ctime_nsec).unwrap_or_default(),
            ),
        }
    }
}
