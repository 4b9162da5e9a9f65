//! A picture that the settings name, to be shown to everybody.
//!
//! It must be ours as the settings are: who could put a link in its place could have any file shown that we can read.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

use super::log::Stamp;
use super::ownership::{self, NotOurs};

/// Most bytes of it.
const PICTURE_BYTES: u64 = 1 << 20;

/// Why it is not shown.
#[derive(Debug, thiserror::Error)]
pub enum NotPicture {
    /// Others can change it.
    #[error(transparent)]
    NotOurs(#[from] NotOurs),
    /// It cannot be read.
    #[error("cannot read '{}': {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// It is a directory, a device, or such.
    #[error("'{}' is no plain file", .0.display())]
    NotPlain(PathBuf),
    /// It is too long.
    #[error("'{}' has more than 1 MiB", .0.display())]
    TooLong(PathBuf),
}

/// The type of a picture by its name; nothing for what browsers show as none.
#[must_use]
pub fn picture_kind(path: &Path) -> Option<&'static str> {
    let extension = path.extension()?.to_str()?;
    Some(match extension.to_ascii_lowercase().as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "svg" => "image/svg+xml",
        _ => return None,
    })
}

/// A picture that is read again when it changed.
#[derive(Debug)]
pub struct PictureFile {
    path: PathBuf,
    seen: Mutex<Option<Stamp>>,
}

impl PictureFile {
    /// The file at `path`, unread.
    #[must_use]
    pub fn at(path: PathBuf) -> Self {
        Self {
            path,
            seen: Mutex::new(None),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All its bytes.
    ///
    /// # Errors
    /// [`NotPicture`].
    pub fn read(&self) -> Result<Bytes, NotPicture> {
        let unreadable = |error| NotPicture::Unreadable {
            path: self.path.clone(),
            error,
        };
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = self.stamp();
        // What is not there is told as such below.
        if self.path.exists() {
            ownership::check_ours(&self.path)?;
        }
        // A fifo would let us wait for a writer.
        let nonblocking = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or(0);
        let file = File::options()
            .read(true)
            .custom_flags(nonblocking)
            .open(&self.path)
            .map_err(unreadable)?;
        if !file.metadata().map_err(unreadable)?.is_file() {
            return Err(NotPicture::NotPlain(self.path.clone()));
        }
        let mut bytes = Vec::new();
        let read = file.take(PICTURE_BYTES + 1).read_to_end(&mut bytes);
        read.map_err(unreadable)?;
        if bytes.len() as u64 > PICTURE_BYTES {
            return Err(NotPicture::TooLong(self.path.clone()));
        }
        Ok(bytes.into())
    }

    /// Whether the file has changed since it was last read, or tried to be.
    #[must_use]
    pub fn changed(&self) -> bool {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) != self.stamp()
    }

    fn stamp(&self) -> Option<Stamp> {
        Stamp::at(&self.path).ok().flatten()
    }
}
