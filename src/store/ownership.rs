//! Whether a file is ours: it and its folder belong to our user or to root, and nobody else can write to them.
//!
//! This looks at the file and its folder only, and at every step of a link on the way; folders further up are the
//! operator's own affair. Nothing that was there is ever changed: the error names the command that mends it. What editkey
//! creates belongs to the account that runs it, also when root ran the command.

use std::fmt;
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Gid, Uid, fchown, fstat};

/// Most links that are followed, as the kernel counts them.
const LINKS: usize = 40;
/// Writable by the group or by everybody.
const OTHERS_WRITE: u32 = 0o022;

/// Why something is not ours; the sentence ends with the command that mends it.
#[derive(Debug, thiserror::Error)]
pub enum NotOurs {
    /// It belongs to another account.
    #[error(
        "'{}' belongs to user {owner}, not to user {us} or root: chown {us} {}",
        path.display(),
        Quoted(path)
    )]
    Foreign {
        /// The file or folder.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Who we are.
        us: u32,
    },
    /// Another account may write to it.
    #[error(
        "'{}' is writable by others (mode {mode:04o}): chmod go-w {}",
        path.display(),
        Quoted(path)
    )]
    Writable {
        /// The file or folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A folder such as /tmp, whose mode must stay as it is.
    #[error(
        "'{}' is a folder that everybody writes to (mode {mode:04o}): move what lies there into a folder of its own",
        path.display()
    )]
    Shared {
        /// The folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It cannot be looked at.
    #[error("cannot look at '{}': {error}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

/// The file or folder at `path` is ours, and so is the folder it lies in when it is a file.
///
/// Links are followed, and the folder of each link is looked at as well: who can replace the link can replace the file.
///
/// # Errors
/// [`NotOurs`], by the first thing that is not.
pub fn check_ours(path: &Path) -> Result<(), NotOurs> {
    check(path, rustix::process::geteuid().as_raw())
}

/// As [`check_ours`], but root also takes a folder of another account where the file in it is of that same account and
/// no link: commands are run as root for a service that is not.
///
/// Only for editkey's own state, never for the settings file: what root does must not be told by another account.
///
/// # Errors
/// [`NotOurs`].
pub fn check_state(path: &Path) -> Result<(), NotOurs> {
    let us = rustix::process::geteuid().as_raw();
    let itself = look(path, std::fs::symlink_metadata(path))?;
    let folder = if itself.is_dir() { path } else { folder(path) };
    let owner = look(folder, std::fs::metadata(folder))?.uid();
    if us == 0 && owner != 0 && !itself.is_symlink() && itself.uid() == owner {
        check(path, owner)
    } else {
        check(path, us)
    }
}

fn check(path: &Path, us: u32) -> Result<(), NotOurs> {
    let mut path = path.to_path_buf();
    for _ in 0..LINKS {
        let itself = look(&path, std::fs::symlink_metadata(&path))?;
        if itself.is_dir() {
            return judge(&path, &itself, us);
        }
        let around = folder(&path).to_path_buf();
        judge(&around, &look(&around, std::fs::metadata(&around))?, us)?;
        if !itself.is_symlink() {
            return judge(&path, &itself, us);
        }
        path = around.join(look(&path, std::fs::read_link(&path))?);
    }
    let error = io::Error::from(rustix::io::Errno::LOOP);
    Err(NotOurs::Unreadable { path, error })
}

/// The folder that holds `path`, as it is spelled.
fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => path,
    }
}

fn look<T>(path: &Path, result: io::Result<T>) -> Result<T, NotOurs> {
    result.map_err(|error| NotOurs::Unreadable {
        path: path.to_path_buf(),
        error,
    })
}

fn judge(path: &Path, found: &Metadata, us: u32) -> Result<(), NotOurs> {
    let path = path.to_path_buf();
    let mode = found.mode() & 0o7777;
    let owner = found.uid();
    if found.is_dir() && mode & 0o1002 == 0o1002 {
        Err(NotOurs::Shared { path, mode })
    } else if owner != us && owner != 0 {
        Err(NotOurs::Foreign { path, owner, us })
    } else if mode & OTHERS_WRITE != 0 {
        Err(NotOurs::Writable { path, mode })
    } else {
        Ok(())
    }
}

/// A path as a shell reads it back.
pub(super) fn quoted(path: &Path) -> impl fmt::Display {
    Quoted(path)
}

struct Quoted<'a>(&'a Path);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string_lossy();
        write!(out, "'{}'", text.replace('\'', r"'\''"))
    }
}

/// Gives a new file the owner of its folder when we are root, so that a command run by root locks nobody out.
pub(crate) fn like_folder(path: &Path, file: &File) -> io::Result<()> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let owner = rustix::fs::stat(folder)?;
    give(file, owner.st_uid, owner.st_gid)
}

/// Gives a new file the owner and mode of the one it will replace.
pub(crate) fn like_file(old: &File, new: &File) -> io::Result<()> {
    let owner = fstat(old)?;
    if rustix::process::geteuid().is_root() {
        give(new, owner.st_uid, owner.st_gid)?;
    }
    rustix::fs::fchmod(new, rustix::fs::Mode::from_raw_mode(owner.st_mode & 0o600))?;
    Ok(())
}

fn give(file: &File, uid: u32, gid: u32) -> io::Result<()> {
    Ok(fchown(
        file,
        Some(Uid::from_raw(uid)),
        Some(Gid::from_raw(gid)),
    )?)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).expect("ours");
    }

    /// A folder 0755 with a file 0600 in it.
    fn place() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        mode(folder.path(), 0o755);
        let file = folder.path().join("it's");
        fs::write(&file, "").expect("written");
        mode(&file, 0o600);
        (folder, file)
    }

    #[test]
    fn others_may_write_neither_to_the_file_nor_to_its_folder() {
        let (folder, file) = place();
        check_ours(&file).expect("ours");
        check_state(&file).expect("ours");
        mode(&file, 0o620);
        let message = check_ours(&file).expect_err("group").to_string();
        assert!(message.contains("mode 0620): chmod go-w '"), "{message}");
        assert!(message.ends_with(r"/it'\''s'"), "{message}");
        mode(&file, 0o600);
        mode(folder.path(), 0o775);
        assert!(
            matches!(check_ours(&file), Err(NotOurs::Writable { path, .. }) if path == folder.path())
        );
        mode(folder.path(), 0o1777);
        assert!(matches!(
            check_ours(folder.path()),
            Err(NotOurs::Shared { .. })
        ));
        assert!(check_ours(&folder.path().join("none")).is_err());
    }

    #[test]
    fn the_folder_of_a_link_counts_too() {
        let (_target, file) = place();
        let (folder, _) = place();
        let link = folder.path().join("link");
        symlink(&file, &link).expect("linked");
        check_ours(&link).expect("ours");
        mode(&file, 0o606);
        assert!(matches!(check_ours(&link), Err(NotOurs::Writable { path, .. }) if path == file));
        mode(&file, 0o600);
        mode(folder.path(), 0o777);
        assert!(
            matches!(check_ours(&link), Err(NotOurs::Writable { path, .. }) if path == folder.path())
        );
        let (folder, _) = place();
        let around = folder.path().join("around");
        symlink(&around, &around).expect("linked");
        assert!(matches!(
            check_ours(&around),
            Err(NotOurs::Unreadable { .. })
        ));
    }

    #[test]
    fn another_accounts_file_is_not_ours() {
        let (folder, file) = place();
        let owner = fs::metadata(&file).expect("there").uid();
        if owner == 0 {
            std::os::unix::fs::chown(&file, Some(4242), None).expect("root");
            assert!(matches!(
                check_ours(&file),
                Err(NotOurs::Foreign { owner: 4242, .. })
            ));
            assert!(check_state(&file).is_err());
            std::os::unix::fs::chown(folder.path(), Some(4242), None).expect("root");
            check_state(&file).expect("a service's own");
            assert!(check_ours(&file).is_err());
        } else {
            assert!(matches!(
                check(&file, owner + 1),
                Err(NotOurs::Foreign { .. })
            ));
        }
    }
}
