//! Temporary files of saves that were killed: the next save in the directory removes them after an hour.
//!
//! It must never remove a copy, another user's file, or anything whose name is not exactly one of ours.

use std::os::fd::AsFd;

use rustix::fs::{AtFlags, Dir, FileType, openat, statat, unlinkat};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::process::geteuid;

use super::temporary::{PREFIX, RANDOM_CHARS, TEMPORARY};

/// How old one is before it counts as left over: no save takes that long.
const HOUR_SECS: i64 = 3600;
/// Most names that one save looks at.
const NAMES_MOST: usize = 2048;

/// Removes them, going by the file system's own clock: `made_secs` is when a file there was made just now.
pub(super) fn remove(directory: impl AsFd, made_secs: i64) {
    // Not worth a word to anybody when it fails: the next save tries again.
    let _ = try_remove(directory, made_secs);
}

fn try_remove(directory: impl AsFd, made_secs: i64) -> Result<(), Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let names = Dir::new(openat(&directory, ".", flags, Mode::empty())?)?;
    for entry in names.take(NAMES_MOST) {
        let entry = entry?;
        let name = entry.file_name();
        if !name.to_str().is_ok_and(is_temporary) {
            continue;
        }
        let stat = statat(&directory, name, AtFlags::SYMLINK_NOFOLLOW)?;
        if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
            && stat.st_uid == geteuid().as_raw()
            && made_secs.saturating_sub(stat.st_mtime) > HOUR_SECS
        {
            unlinkat(&directory, name, AtFlags::empty())?;
        }
    }
    Ok(())
}

/// Whether a file of this name is a save under way, or what is left of one that was killed.
#[must_use]
pub fn is_temporary(name: &str) -> bool {
    name.strip_prefix(PREFIX)
        .and_then(|rest| rest.strip_suffix(TEMPORARY))
        .is_some_and(|random| {
            random.len() == RANDOM_CHARS
                && random
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        })
}
