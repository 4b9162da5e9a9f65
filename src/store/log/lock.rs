//! The lock of a log, and the witness in its lock file.
//!
//! The lock file is separate from the data because compaction replaces the data's inode. What stands in it is a hint,
//! never an authority: the *witness* says how the data looked after the last write by editkey, so that another process
//! that sees a change can tell an append, of which it reads the new part, from a hand's edit, after which it reads all.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock, TryLockError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::stamp::Stamp;

/// Longest that a writer waits for the others.
const LOCK_WAIT: Duration = Duration::from_secs(5);
/// Longest time between two looks at a lock that others hold: a look costs a microsecond, and who looks rarely is passed
/// over by those who write one short thing after another.
const LOOK_EVERY: Duration = Duration::from_micros(500);
/// Longest witness.
const WITNESS_BYTES: usize = 512;

/// How the data looked after editkey's last write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Witness {
    /// Changes whenever anything but an append has happened.
    pub(super) epoch: u64,
    /// Where the next entry goes.
    pub(super) end: u64,
    /// What lies before this offset is on the disk.
    pub(super) synced: u64,
    /// The data file.
    pub(super) stamp: Stamp,
}

/// The lock file. Where none can be made, on a read-only disk, reading goes on and writing says why it does not.
pub(in crate::store) struct LockFile {
    path: PathBuf,
    file: OnceLock<File>,
    /// The system's lock is the open file's, which all threads share.
    here: Mutex<()>,
}

/// Held while one thread of one process writes.
pub(in crate::store) struct Guard<'a> {
    file: &'a File,
    _here: MutexGuard<'a, ()>,
}

impl LockFile {
    /// The lock file at `path`; opened when it is first needed.
    pub(in crate::store) fn at(path: PathBuf) -> Self {
        Self {
            path,
            file: OnceLock::new(),
            here: Mutex::new(()),
        }
    }

    /// The open file, made for our user alone if it is missing.
    fn file(&self) -> io::Result<&File> {
        if let Some(file) = self.file.get() {
            return Ok(file);
        }
        // Opened for writing: over NFS, flock is a write lock on the whole file.
        let new = !self.path.exists();
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&self.path)?;
        if new {
            crate::store::ownership::like_folder(&self.path, &file)?;
        }
        Ok(self.file.get_or_init(|| file))
    }

    /// Whether another open file, also one of this process, holds the lock.
    pub(super) fn held(&self) -> bool {
        File::open(&self.path).is_ok_and(|file| fs2::FileExt::try_lock_shared(&file).is_err())
    }

    /// The lock, for writing. `None` when others held it for [`LOCK_WAIT`].
    pub(in crate::store) fn exclusive(&self) -> io::Result<Option<Guard<'_>>> {
        let file = self.file()?;
        let start = Instant::now();
        let mut pause = Duration::from_micros(50);
        loop {
            let here = match self.here.try_lock() {
                Ok(here) => Some(here),
                Err(TryLockError::Poisoned(here)) => Some(here.into_inner()),
                Err(TryLockError::WouldBlock) => None,
            };
            if let Some(here) = here {
                match fs2::FileExt::try_lock_exclusive(file) {
                    Ok(()) => return Ok(Some(Guard { file, _here: here })),
                    Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
                    Err(_) => {}
                }
            }
            if start.elapsed() >= LOCK_WAIT {
                return Ok(None);
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(LOOK_EVERY);
        }
    }

    /// The last witness, if one stands there whole.
    pub(super) fn witness(&self) -> Option<Witness> {
        let mut text = [0; WITNESS_BYTES];
        let length = self.file().ok()?.read_at(&mut text, 0).ok()?;
        let line = text.get(..length)?.split(|byte| *byte == b'\n').next()?;
        let (sum, json) = line.split_at_checked(16)?;
        (sum == checksum(json).as_bytes()).then_some(())?;
        serde_json::from_slice(json).ok()
    }
}

impl Guard<'_> {
    /// Leaves `witness` for the other processes. To fail costs them time only, so it is not reported.
    pub(super) fn leave(&self, witness: &Witness) {
        if let Ok(json) = serde_json::to_vec(witness) {
            let mut line = checksum(&json).into_bytes();
            line.extend_from_slice(&json);
            line.push(b'\n');
            let _ = self.file.write_all_at(&line, 0);
        }
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        let _ = fs2::FileExt::unlock(self.file);
    }
}

/// A reader in another process may see half of a witness; then this does not match.
fn checksum(json: &[u8]) -> String {
    let digest = Sha256::digest(json);
    digest
        .iter()
        .take(8)
        .fold(String::with_capacity(16), |mut text, byte| {
            use std::fmt::Write as _;
            let _ = write!(text, "{byte:02x}");
            text
        })
}
