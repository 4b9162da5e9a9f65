//! The file of the audit log: whole lines are added at its end under a lock, and it is set aside when it is full.
//!
//! Several processes write to it and lose and tear nothing. What stands there is never changed.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use super::AuditFile;
use crate::store::log::lock::LockFile;
use crate::store::ownership;

/// Most older files there can be.
pub(super) const OLDER: u32 = 100;

/// Which file: by device and inode.
pub(super) type Node = (u64, u64);

/// The file, for writing.
pub(super) struct LogFile {
    lock: LockFile,
    open: Open,
}

struct Open {
    path: PathBuf,
    size: u64,
    keep: u32,
    file: Option<(File, Node)>,
}

impl LogFile {
    /// The file at `place`, not opened yet.
    pub(super) fn at(place: &AuditFile) -> Self {
        let mut lock = place.path.as_os_str().to_owned();
        lock.push(".lock");
        Self {
            lock: LockFile::at(lock.into()),
            open: Open {
                path: place.path.clone(),
                size: place.size,
                keep: place.keep,
                file: None,
            },
        }
    }

    /// Adds `batches` of whole lines, each in one write; what was added is taken out of them.
    pub(super) fn append(&mut self, batches: &mut VecDeque<Vec<u8>>) -> io::Result<()> {
        let Self { lock, open } = self;
        let Some(_guard) = lock.exclusive()? else {
            let why = "another process holds its lock";
            return Err(io::Error::new(io::ErrorKind::TimedOut, why));
        };
        while let Some(batch) = batches.front() {
            open.add(batch)?;
            batches.pop_front();
        }
        Ok(())
    }
}

impl Open {
    /// To be called under the lock.
    fn add(&mut self, batch: &[u8]) -> io::Result<()> {
        let added = batch.len() as u64;
        let mut length = self.current()?;
        if length > 0 && length.saturating_add(added) > self.size {
            self.set_aside()?;
            length = self.current()?;
        }
        let Some((file, _)) = &mut self.file else {
            return Err(io::ErrorKind::NotFound.into());
        };
        let written = end_line(file, length).and_then(|()| file.write_all(batch));
        if written.is_err() {
            // Half a batch would be written again; where this fails too, the next writer ends the line first.
            let _ = file.set_len(length);
        }
        written
    }

    /// Opens the file that stands at the path, made for our user alone if it is missing; its length.
    fn current(&mut self) -> io::Result<u64> {
        match fs::symlink_metadata(&self.path) {
            Ok(found) if !found.is_file() => {
                let why = "it is no regular file";
                return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
            }
            Ok(found) => {
                let node = (found.dev(), found.ino());
                if self.file.as_ref().is_some_and(|(_, open)| *open == node) {
                    return Ok(found.len());
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        self.file = None;
        let new = !self.path.exists();
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let file = File::options()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .custom_flags(flags.bits().cast_signed())
            .open(&self.path)?;
        if new {
            ownership::like_folder(&self.path, &file)?;
        }
        let found = file.metadata()?;
        self.file = Some((file, (found.dev(), found.ino())));
        Ok(found.len())
    }

    /// Makes the file the newest of the older ones; the oldest goes.
    fn set_aside(&mut self) -> io::Result<()> {
        self.file = None;
        let older: Vec<PathBuf> = older(&self.path, self.keep).collect();
        for pair in older.windows(2).rev() {
            if let [newer, older] = pair {
                moved(newer, older)?;
            }
        }
        for left in beyond(&self.path, self.keep) {
            let _ = fs::remove_file(left);
        }
        match older.first() {
            Some(newest) => moved(&self.path, newest),
            None => Ok(()),
        }
    }
}

fn moved(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Ends a line that somebody died in, so that nothing is written into it.
fn end_line(file: &mut File, length: u64) -> io::Result<()> {
    let Some(at) = length.checked_sub(1) else {
        return Ok(());
    };
    let mut last = [0];
    file.read_exact_at(&mut last, at)?;
    if last == *b"\n" {
        Ok(())
    } else {
        file.write_all(b"\n")
    }
}

/// Where files stand that were kept when more were.
fn beyond(path: &Path, keep: u32) -> impl Iterator<Item = PathBuf> {
    let skipped = usize::try_from(keep).unwrap_or(usize::MAX);
    older(path, OLDER).skip(skipped)
}

/// The places of the older files, newest first.
pub(super) fn older(path: &Path, keep: u32) -> impl Iterator<Item = PathBuf> + use<> {
    let path = path.as_os_str().to_owned();
    (1..=keep).map(move |number| {
        let mut path = path.clone();
        path.push(format!(".{number}"));
        PathBuf::from(path)
    })
}
