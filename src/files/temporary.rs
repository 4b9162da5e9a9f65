//! A new file beside the one that is saved, which takes its name or goes away.
//!
//! It must never stay after a failure, never be a file that was there before, and never follow a link.

use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRng;
use rand::rngs::SysRng;
use rustix::fs::{AtFlags, Mode, OFlags, RenameFlags};
use rustix::fs::{fsync, linkat, openat, renameat, renameat_with, unlinkat};
use rustix::io::Errno;

/// Before the random part of every name we make beside a file.
pub(super) const PREFIX: &str = ".editkey-";
/// After that of a file that is soon renamed or removed.
pub(super) const TEMPORARY: &str = ".tmp";
/// After that of a copy that may be the only one left.
pub(super) const COPY: &str = ".copy";
/// Characters of the random part.
pub(super) const RANDOM_CHARS: usize = RANDOM_BYTES / 3 * 4;
const RANDOM_BYTES: usize = 12;

/// An open new file in a directory; removed when it is dropped before [`Temporary::keep`].
pub(super) struct Temporary<D: AsFd> {
    directory: D,
    name: String,
    file: File,
    kept: bool,
}

impl<D: AsFd> Temporary<D> {
    /// Makes one with this mode, as far as the umask or the directory's default ACL grant it.
    ///
    /// # Errors
    /// As `openat`.
    pub(super) fn create(directory: D, suffix: &str, mode: Mode) -> Result<Self, Errno> {
        let mut random = [0; RANDOM_BYTES];
        // The name of a file, not a secret: the key's own generator is not wanted here.
        SysRng.try_fill_bytes(&mut random).map_err(|_| Errno::IO)?;
        let name = format!("{PREFIX}{}{suffix}", URL_SAFE_NO_PAD.encode(random));
        let flags =
            OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = openat(&directory, name.as_str(), flags, mode)?;
        Ok(Self {
            directory,
            name,
            file: File::from(file),
            kept: false,
        })
    }

    pub(super) fn directory(&self) -> &D {
        &self.directory
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Takes the name of whatever stands at it; a link there is replaced, not followed.
    ///
    /// # Errors
    /// As `renameat`.
    pub(super) fn replace(mut self, name: &str) -> Result<(), Errno> {
        let directory = readable(&self.directory)?;
        renameat(&self.directory, self.name.as_str(), &self.directory, name)?;
        self.kept = true;
        sync(directory)
    }

    /// Takes a name at which nothing stands.
    ///
    /// # Errors
    /// `EEXIST` where something does; else as `renameat2` or `linkat`.
    pub(super) fn appear(mut self, name: &str) -> Result<(), Errno> {
        let directory = readable(&self.directory)?;
        let moved = renameat_with(
            &self.directory,
            self.name.as_str(),
            &self.directory,
            name,
            RenameFlags::NOREPLACE,
        );
        match moved {
            Ok(()) => self.kept = true,
            // No such promise from this file system: a second name makes the same one, and the first goes.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
                let from = self.name.as_str();
                linkat(
                    &self.directory,
                    from,
                    &self.directory,
                    name,
                    AtFlags::empty(),
                )?;
            }
            Err(errno) => return Err(errno),
        }
        sync(directory)
    }

    /// Its name lasts through a loss of power.
    ///
    /// # Errors
    /// As `fsync`.
    pub(super) fn sync_directory(&self) -> Result<(), Errno> {
        sync(readable(&self.directory)?)
    }

    /// Leaves it where it is.
    pub(super) fn keep(mut self) {
        self.kept = true;
    }
}

impl<D: AsFd> Drop for Temporary<D> {
    fn drop(&mut self) {
        if !self.kept {
            // Nothing more can be done; the next save in the directory removes it in an hour.
            let _ = unlinkat(&self.directory, self.name.as_str(), AtFlags::empty());
        }
    }
}

/// A handle of the directory that can be synced; had before a name changes, so that it is not found missing after.
fn readable(directory: impl AsFd) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    openat(directory, ".", flags, Mode::empty())
}

/// Names in the directory last through a loss of power.
fn sync(directory: OwnedFd) -> Result<(), Errno> {
    match fsync(directory) {
        // Some file systems keep directories safe by themselves and say so in this way.
        Ok(()) | Err(Errno::INVAL | Errno::NOTSUP) => Ok(()),
        // Whatever is wrong, it is the disk and not the caller.
        Err(_) => Err(Errno::IO),
    }
}
