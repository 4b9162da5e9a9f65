//! One saver of a file at a time, in this process and in others that lock the same way.
//!
//! It must never wait without end: patience is counted, and shared by all the waits of one save.

use std::fs::File;
use std::io;
use std::thread;
use std::time::Duration;

use rustix::io::Errno;

use super::whole::errno;

const NAP: Duration = Duration::from_millis(5);
/// Two seconds of naps.
const NAPS: u32 = 400;

/// How much longer one save will wait.
pub(super) struct Patience(u32);

impl Patience {
    pub(super) fn new() -> Self {
        Self(NAPS)
    }

    /// Locks the open file until it is closed; `false` when another kept it for too long.
    ///
    /// # Errors
    /// As the system says.
    pub(super) fn lock(&mut self, file: &File) -> Result<bool, Errno> {
        loop {
            match fs2::FileExt::try_lock_exclusive(file) {
                Ok(()) => return Ok(true),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // A file system without locks: the check right before the replacement still stands.
                Err(error)
                    if matches!(errno(&error), Errno::NOLCK | Errno::NOTSUP | Errno::NOSYS) =>
                {
                    return Ok(true);
                }
                Err(error) => return Err(errno(&error)),
            }
            if self.0 == 0 {
                return Ok(false);
            }
            self.0 -= 1;
            thread::sleep(NAP);
        }
    }
}
