//! Writing new bytes into the file itself, where replacing it would lose its owner, its ACL or its other names.
//!
//! It must never start before a copy of the old bytes is safe on the disk, and never end with neither the old nor the
//! new bytes in place without saying where that copy is.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;

use crate::resolve::SafePath;

use super::attributes;
use super::save::{Current, SaveError};
use super::temporary::{COPY, Temporary};
use super::whole::errno;

/// Makes the copy beside the file or, where that directory takes none, in the recovery directory; then checks that
/// the file is still the one that was read, and writes.
///
/// # Errors
/// [`SaveError::Torn`] where the copy is needed; [`SaveError::Changed`]; else as the system says, with the old bytes back
/// in place.
pub(super) fn overwrite(
    path: &SafePath,
    recovery: Option<&Path>,
    current: &Current,
    new: &[u8],
) -> Result<(), SaveError> {
    let directory = path.parent();
    match Temporary::create(directory, COPY, PRIVATE) {
        Ok(copy) => with_copy(copy, directory.dirname().as_path(), path, current, new),
        Err(Errno::ACCESS | Errno::PERM | Errno::ROFS) => {
            let place = recovery.ok_or(SaveError::Denied)?;
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
            let elsewhere = openat(CWD, place, flags, Mode::empty()).map_err(SaveError::of)?;
            let copy = Temporary::create(elsewhere, COPY, PRIVATE).map_err(SaveError::of)?;
            with_copy(copy, place, path, current, new)
        }
        Err(errno) => Err(SaveError::of(errno)),
    }
}

const PRIVATE: Mode = Mode::RUSR.union(Mode::WUSR);

fn with_copy<D: AsFd>(
    copy: Temporary<D>,
    stands_in: &Path,
    path: &SafePath,
    current: &Current,
    new: &[u8],
) -> Result<(), SaveError> {
    let written = copy
        .file()
        .write_all(&current.bytes)
        .and_then(|()| copy.file().sync_all());
    written.map_err(|error| SaveError::of(errno(&error)))?;
    copy.sync_directory().map_err(SaveError::of)?;
    let identity = current.check(path)?;
    attributes::disarm(&current.file, &identity).map_err(SaveError::of)?;
    let Err(cause) = put(&current.file, new) else {
        return Ok(());
    };
    if put(&current.file, &current.bytes).is_ok() {
        return Err(SaveError::of(errno(&cause)));
    }
    let place: PathBuf = stands_in.join(copy.name());
    copy.keep();
    Err(SaveError::Torn {
        copy: place,
        cause: errno(&cause),
    })
}

fn put(file: &File, bytes: &[u8]) -> io::Result<()> {
    file.write_all_at(bytes, 0)?;
    file.set_len(bytes.len() as u64)?;
    file.sync_all()
}
