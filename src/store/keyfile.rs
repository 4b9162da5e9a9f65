//! Key files that others write: read whole, within bounds, and read again when they changed.
//!
//! They hold what visitors are believed by, so they must be ours as the settings file is, and a secret one must be read by
//! nobody else. Nothing here is ever written.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use zeroize::Zeroizing;

use super::log::Stamp;
use super::ownership::{self, NotOurs};

/// Longest key file, in bytes.
const FILE_BYTES: u64 = 256 * 1024;
/// Readable by everybody.
const OTHERS_READ: u32 = 0o004;
/// A file that changed no longer ago than this may change once more without its times telling, in seconds.
const YOUNG_SECS: i64 = 2;

/// Who may read a key file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrecy {
    /// Our user, and a group that the operator chose.
    Secret,
    /// Everybody.
    Public,
}

/// Why a key file is not read.
#[derive(Debug, thiserror::Error)]
pub enum NotKeyFile {
    /// It is not ours.
    #[error(transparent)]
    NotOurs(#[from] NotOurs),
    /// Everybody can read the secret.
    #[error("'{}' holds a secret and is readable by everybody (mode {mode:04o}): chmod o-r {}", path.display(), ownership::quoted(path))]
    Readable {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It is a directory, a device, or such.
    #[error("'{}' is no plain file", .0.display())]
    NotPlain(PathBuf),
    /// It is too long.
    #[error("'{}' is longer than 256 KiB: that is no key file", .0.display())]
    TooLong(PathBuf),
    /// It cannot be read.
    #[error("cannot read '{}': {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

/// What the key file at `path` holds.
///
/// # Errors
/// [`NotKeyFile`].
pub fn read(path: &Path, secrecy: Secrecy) -> Result<Zeroizing<Vec<u8>>, NotKeyFile> {
    open(path, secrecy).map(|(bytes, _)| bytes)
}

fn open(path: &Path, secrecy: Secrecy) -> Result<(Zeroizing<Vec<u8>>, Stamp), NotKeyFile> {
    ownership::check_ours(path)?;
    let unreadable = |error| NotKeyFile::Unreadable {
        path: path.to_path_buf(),
        error,
    };
    // A fifo would let us wait for a writer.
    let nonblocking = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or(0);
    let file = File::options()
        .read(true)
        .custom_flags(nonblocking)
        .open(path)
        .map_err(unreadable)?;
    let found = file.metadata().map_err(unreadable)?;
    let stamp = Stamp::open(&file).map_err(unreadable)?;
    if !found.is_file() {
        return Err(NotKeyFile::NotPlain(path.to_path_buf()));
    }
    let mode = found.mode() & 0o7777;
    if secrecy == Secrecy::Secret && mode & OTHERS_READ != 0 {
        return Err(NotKeyFile::Readable {
            path: path.to_path_buf(),
            mode,
        });
    }
    let mut bytes = Zeroizing::new(Vec::new());
    let read = file.take(FILE_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(unreadable)?;
    if bytes.len() as u64 > FILE_BYTES {
        return Err(NotKeyFile::TooLong(path.to_path_buf()));
    }
    Ok((bytes, stamp))
}

/// A key file that is looked at again, at most once a second.
#[derive(Debug)]
pub struct KeyFile {
    path: PathBuf,
    secrecy: Secrecy,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// The second of the last look.
    second: Option<i64>,
    /// The file as it was read last; none: it could not be, or was too young to be sure of.
    file: Option<Stamp>,
}

impl KeyFile {
    /// The file at `path`, not looked at yet.
    #[must_use]
    pub fn at(path: PathBuf, secrecy: Secrecy) -> Self {
        Self {
            path,
            secrecy,
            seen: Mutex::default(),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the file holds now, handed to `take`, if it may have changed since it was taken last; the reason why it
    /// cannot be read, if so. `second` is the present one: of the looks within one, the first counts.
    pub fn look(&self, second: i64, take: impl FnOnce(Result<Zeroizing<Vec<u8>>, NotKeyFile>)) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.second == Some(second) {
            return;
        }
        seen.second = Some(second);
        let now = Stamp::at(&self.path).ok().flatten();
        if now.is_some() && now == seen.file {
            return;
        }
        let read = open(&self.path, self.secrecy);
        let stamp = read.as_ref().ok().map(|(_, stamp)| *stamp);
        seen.file = stamp.filter(|stamp| stamp.changed() <= second - YOUNG_SECS);
        // Taken under the lock, so that of two looks the later one's keys stand.
        take(read.map(|(bytes, _)| bytes));
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    use super::*;

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).expect("ours");
    }

    fn place() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        mode(folder.path(), 0o755);
        let file = folder.path().join("key");
        fs::write(&file, "one").expect("written");
        mode(&file, 0o640);
        (folder, file)
    }

    #[test]
    fn a_key_file_is_ours_plain_short_and_a_secret_one_is_not_for_everybody() {
        let (folder, file) = place();
        assert_eq!(*read(&file, Secrecy::Secret).expect("ours"), b"one");
        mode(&file, 0o644);
        let error = read(&file, Secrecy::Secret).expect_err("readable");
        assert!(
            error.to_string().contains("(mode 0644): chmod o-r '"),
            "{error}"
        );
        assert!(read(&file, Secrecy::Public).is_ok());
        mode(&file, 0o660);
        assert!(matches!(
            read(&file, Secrecy::Public),
            Err(NotKeyFile::NotOurs(_))
        ));
        mode(&file, 0o600);
        fs::write(&file, vec![b'x'; 256 * 1024 + 1]).expect("written");
        assert!(matches!(
            read(&file, Secrecy::Secret),
            Err(NotKeyFile::TooLong(_))
        ));
        assert!(matches!(
            read(folder.path(), Secrecy::Public),
            Err(NotKeyFile::NotPlain(_))
        ));
        fs::remove_file(&file).expect("removed");
        assert!(read(&file, Secrecy::Secret).is_err());
        let fifo = std::process::Command::new("mkfifo").arg(&file).status();
        assert!(fifo.expect("mkfifo").success());
        mode(&file, 0o600);
        assert!(matches!(
            read(&file, Secrecy::Secret),
            Err(NotKeyFile::NotPlain(_))
        ));
    }

    #[test]
    fn a_change_is_seen_at_the_next_second_and_looked_for_once_a_second() {
        let (_folder, path) = place();
        let file = KeyFile::at(path.clone(), Secrecy::Secret);
        let look = |second| {
            let mut taken = None;
            file.look(second, |read| {
                taken = Some(read.ok().map(|bytes| bytes.to_vec()));
            });
            taken
        };
        let born = fs::metadata(&path).expect("there").ctime();
        assert_eq!(look(born), Some(Some(b"one".to_vec())));
        assert_eq!(look(born), None, "the same second");
        assert_eq!(
            look(born + 1),
            Some(Some(b"one".to_vec())),
            "too young to be sure"
        );
        assert_eq!(look(born + 5), Some(Some(b"one".to_vec())));
        assert_eq!(look(born + 6), None, "nothing changed");
        fs::write(&path, "two").expect("written");
        assert_eq!(look(born + 6), None, "the same second");
        assert_eq!(look(born + 7), Some(Some(b"two".to_vec())));
        fs::remove_file(&path).expect("removed");
        assert_eq!(look(born + 8), Some(None));
        assert_eq!(look(born + 9), Some(None), "still gone");
        assert_eq!(look(born), Some(None), "a clock that was put back");
    }
}
