//! What a file or directory is, apart from any name: the numbers of one look at it.
//!
//! It must never be taken for a permission to open: between the look and the opening the name may get another file.

use std::time::{Duration, SystemTime};

use rustix::fs::{FileType, Stat};

/// How old the last change must be before the same numbers mean the same bytes.
const SETTLED: Duration = Duration::from_secs(2);

/// Which file or directory it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// The device.
    pub device: u64,
    /// The inode there.
    pub inode: u64,
}

impl Node {
    pub(super) fn of(stat: &Stat) -> Self {
        Self {
            device: stat.st_dev,
            inode: stat.st_ino,
        }
    }
}

/// A time as the file system wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp {
    /// Seconds since 1970, negative before.
    pub secs: i64,
    /// Billionths of a second after that.
    pub nanos: u32,
}

impl Stamp {
    /// The same as a system time; 1970 where that cannot say it.
    #[must_use]
    pub fn to_system_time(self) -> SystemTime {
        let whole = Duration::from_secs(self.secs.unsigned_abs());
        let epoch = SystemTime::UNIX_EPOCH;
        let second = if self.secs < 0 {
            epoch.checked_sub(whole)
        } else {
            epoch.checked_add(whole)
        };
        second
            .and_then(|second| second.checked_add(Duration::from_nanos(u64::from(self.nanos))))
            .unwrap_or(epoch)
    }
}

/// One look at a file. Two equal looks mean the same bytes, once the file has been left alone for two seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// Which file it is.
    pub node: Node,
    /// Its length in bytes.
    pub size: u64,
    /// When its bytes last changed, as anybody who may write it can set.
    pub modified: Stamp,
    /// When anything of it last changed, as the kernel says.
    pub changed: Stamp,
    /// Whether it has more than one name.
    pub several_names: bool,
    /// Kind and permissions.
    pub mode: u32,
    /// The owner.
    pub uid: u32,
    /// The group.
    pub gid: u32,
}

impl Identity {
    /// What one look at a file says.
    pub(crate) fn of(stat: &Stat) -> Self {
        Self {
            node: Node::of(stat),
            size: u64::try_from(stat.st_size).unwrap_or(0),
            modified: Stamp {
                secs: stat.st_mtime,
                nanos: u32::try_from(stat.st_mtime_nsec).unwrap_or(0),
            },
            changed: Stamp {
                secs: stat.st_ctime,
                nanos: u32::try_from(stat.st_ctime_nsec).unwrap_or(0),
            },
            several_names: stat.st_nlink > 1,
            mode: stat.st_mode,
            uid: stat.st_uid,
            gid: stat.st_gid,
        }
    }

    /// Whether both times lie so far back that the next change cannot carry the same ones.
    #[must_use]
    pub fn settled(&self, now: SystemTime) -> bool {
        let last = self.modified.max(self.changed).to_system_time();
        now.duration_since(last).is_ok_and(|age| age >= SETTLED)
    }

    pub(super) fn kind(&self) -> FileType {
        FileType::from_raw_mode(self.mode)
    }
}
