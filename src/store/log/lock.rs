//! The lock of a log, and the witness in its lock file.
//!
//! The lock file is separate from the data because compaction replaces the data's inode. What stands in it is a hint,
//! never an authority: the *witness* says how the data looked after the last write by editkey, so that another process
//! that sees a change can tell an append, of which it reads the new part, from a hand's edit, after which it reads all.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::stamp::Stamp;

/// Longest that a writer waits for the others.
pub(super) const LOCK_WAIT: Duration = Duration::from_secs(5);
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

/// The lock file.
pub(super) struct LockFile(File);

/// Held while a process writes.
pub(super) struct Guard<'a>(&'a LockFile);

impl LockFile {
    /// Opens the lock file, or makes it, for our user alone.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        // Opened for writing: over NFS, flock is a write lock on the whole file.
        File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)
            .map(Self)
    }

    /// The lock, for writing. `None` when others held it for [`LOCK_WAIT`].
    pub(super) fn exclusive(&self) -> io::Result<Option<Guard<'_>>> {
        let start = Instant::now();
        let mut pause = Duration::from_micros(50);
        loop {
            match fs2::FileExt::try_lock_exclusive(&self.0) {
                Ok(()) => return Ok(Some(Guard(self))),
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
                Err(_) if start.elapsed() >= LOCK_WAIT => return Ok(None),
                Err(_) => std::thread::sleep(pause),
            }
            pause = (pause * 2).min(Duration::from_millis(2));
        }
    }

    /// The last witness, if one stands there whole.
    pub(super) fn witness(&self) -> Option<Witness> {
        let mut text = [0; WITNESS_BYTES];
        let length = self.0.read_at(&mut text, 0).ok()?;
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
            let _ = self.0.0.write_all_at(&line, 0);
        }
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        let _ = fs2::FileExt::unlock(&self.0.0);
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
