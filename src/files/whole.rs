//! All bytes of an open file as they stood at one moment.
//!
//! It must never return bytes of two moments: a file that changes while it is read is read again, a few times.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use rustix::fs::fstat;
use rustix::io::Errno;

use crate::resolve::Identity;

/// How often a file that changes is read.
const TRIES: usize = 3;

/// What reading came to.
pub(super) enum Whole {
    /// The bytes, and the look that was the same before and after.
    Bytes(Vec<u8>, Identity),
    /// More bytes than allowed.
    TooLarge(Identity),
    /// It was written to all the time.
    Unsettled,
}

/// Reads the file, at most `limit` bytes.
///
/// # Errors
/// As the system says.
pub(super) fn read(file: &File, limit: u64) -> Result<Whole, Errno> {
    let mut before = look(file)?;
    for _ in 0..TRIES {
        if before.size > limit {
            return Ok(Whole::TooLarge(before));
        }
        let bytes = exactly(file, before.size)?;
        let after = look(file)?;
        if let Some(bytes) = bytes
            && same_bytes(&before, &after)
        {
            return Ok(Whole::Bytes(bytes, after));
        }
        before = after;
    }
    Ok(Whole::Unsettled)
}

/// One look at an open file.
pub(super) fn look(file: &File) -> Result<Identity, Errno> {
    Ok(Identity::of(&fstat(file)?))
}

/// Whether nothing says that the bytes changed between two looks at one file.
pub(super) fn same_bytes(before: &Identity, after: &Identity) -> bool {
    before.node == after.node
        && before.size == after.size
        && before.modified == after.modified
        && before.changed == after.changed
}

/// That many bytes and the end after them; nothing where the file is longer or shorter now.
fn exactly(file: &File, size: u64) -> Result<Option<Vec<u8>>, Errno> {
    let Ok(size) = usize::try_from(size) else {
        return Err(Errno::FBIG);
    };
    let mut bytes = vec![0; size];
    match file.read_exact_at(&mut bytes, 0) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(errno(&error)),
    }
    let more = file
        .read_at(&mut [0], size as u64)
        .map_err(|error| errno(&error))?;
    Ok((more == 0).then_some(bytes))
}

/// The system's number for an error of the standard library.
pub(super) fn errno(error: &io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::IO)
}
