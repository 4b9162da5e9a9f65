//! The users file: who may sign in here by a password.
//!
//! The file is looked at on every request that a signed-in user makes, so that whoever is removed from it, also by hand,
//! is nobody at the next one. It is small: it is read whole, and replaced whole, under a lock. Whoever holds the file
//! holds hashes of passwords, and no password.

mod table;

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::StoreError;
use super::log::lock::LockFile;
use super::log::stamp::Stamp;
use super::ownership;
use crate::mint::random;
pub use table::{LocalUser, NotUserName, USER_NAME_CHARS, UserName, UserTable};

/// Most bytes of the file.
const FILE_BYTES: u64 = 16 << 20;

/// The users file. Cheap to clone.
#[derive(Clone)]
pub struct Users(Arc<Inner>);

struct Inner {
    path: PathBuf,
    lock: LockFile,
    /// The lock file keeps out other processes, this other threads of ours.
    turn: Mutex<()>,
    seen: RwLock<Option<Seen>>,
}

/// What the file held when it was read.
struct Seen {
    /// Kept open, so that no other file can have its inode number meanwhile; `None` when there was no file.
    file: Option<(File, Stamp)>,
    table: Arc<UserTable>,
}

impl Users {
    /// The users in the file at `path`, unread. A file that is not there has no users.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        let mut lock = path.as_os_str().to_owned();
        lock.push(".lock");
        Self(Arc::new(Inner {
            path: path.to_path_buf(),
            lock: LockFile::at(lock.into()),
            turn: Mutex::new(()),
            seen: RwLock::new(None),
        }))
    }

    /// The users at this moment. A file that has not changed since is not read again.
    ///
    /// # Errors
    /// [`StoreError::Broken`] when it is not of its form, or not ours alone; [`StoreError::Unwritable`] when it cannot be
    /// read.
    pub fn look(&self) -> Result<Arc<UserTable>, StoreError> {
        let path = &self.0.path;
        let now = Stamp::at(path).map_err(|error| StoreError::from_io(path, &error))?;
        let seen = self.0.seen.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(seen) = seen.as_ref()
            && seen.file.as_ref().map(|(_, stamp)| *stamp) == now
        {
            return Ok(Arc::clone(&seen.table));
        }
        drop(seen);
        let seen = self.read()?;
        let table = Arc::clone(&seen.table);
        *self.0.seen.write().unwrap_or_else(PoisonError::into_inner) = Some(seen);
        Ok(table)
    }

    /// Whether there is a file at this moment.
    #[must_use]
    pub fn is_there(&self) -> bool {
        Stamp::at(&self.0.path).is_ok_and(|stamp| stamp.is_some())
    }

    /// Changes the users: what `change` leaves stands on the disk when this returns. When it fails, nothing has changed.
    /// Blocks.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when others hold the lock; any [`StoreError`]; what `change` says.
    pub fn edit<T, E: From<StoreError>>(
        &self,
        change: impl FnOnce(&mut UserTable) -> Result<T, E>,
    ) -> Result<T, E> {
        let path = &self.0.path;
        let failed = |error: &io::Error| StoreError::from_io(path, error);
        let _turn = self.0.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let lock = self.0.lock.exclusive().map_err(|error| failed(&error))?;
        let Some(_held) = lock else {
            return Err(StoreError::Busy(path.display().to_string().into()).into());
        };
        let mut table = UserTable::clone(&self.read()?.table);
        let changed = change(&mut table)?;
        self.replace(&table).map_err(|error| failed(&error))?;
        Ok(changed)
    }

    fn read(&self) -> Result<Seen, StoreError> {
        let path = &self.0.path;
        let broken = |why: &dyn std::fmt::Display| {
            StoreError::Broken(format!("the users file {}: {why}", path.display()).into())
        };
        let failed = |error: io::Error| StoreError::from_io(path, &error);
        let mut file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Seen {
                    file: None,
                    table: Arc::default(),
                });
            }
            opened => opened.map_err(failed)?,
        };
        ownership::check_state(path).map_err(|error| broken(&error))?;
        let stamp = Stamp::open(&file).map_err(failed)?;
        let mut text = Vec::new();
        let read = (&mut file).take(FILE_BYTES + 1).read_to_end(&mut text);
        read.map_err(failed)?;
        if text.len() as u64 > FILE_BYTES {
            return Err(broken(&"it has more than 16 MiB"));
        }
        let table = UserTable::parse(&text).map_err(|error| broken(&error))?;
        Ok(Seen {
            file: Some((file, stamp)),
            table: Arc::new(table),
        })
    }

    /// Written beside, synced, renamed; then the folder is synced.
    fn replace(&self, table: &UserTable) -> io::Result<()> {
        let path = &self.0.path;
        let text = table.to_text().map_err(io::Error::other)?;
        let mut beside = path.as_os_str().to_owned();
        let name = random::<6>().map_err(io::Error::other)?;
        beside.push(format!(".{}.new", URL_SAFE_NO_PAD.encode(name)));
        let write = || {
            let mut new = File::options()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&beside)?;
            match File::open(path) {
                Ok(old) => ownership::like_file(&old, &new)?,
                Err(_) => ownership::like_folder(path, &new)?,
            }
            new.write_all(text.as_bytes())?;
            new.sync_all()?;
            std::fs::rename(&beside, path)
        };
        let written = write();
        if written.is_err() {
            // What is left beside is ours alone; if it cannot go either, the first error is the one to tell.
            let _ = std::fs::remove_file(&beside);
        }
        written?;
        File::open(path.parent().unwrap_or_else(|| Path::new(".")))?.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::mint::PasswordHash;

    const HASH: &str = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$bIbLkvH1Pg6m6V2E1nSF4kCAAkPEW7L1XfO3Na0GMZ0";

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let mode = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(folder.path(), mode).expect("ours");
        folder
    }

    fn add(users: &Users, name: &str) -> Result<(), StoreError> {
        users.edit(|table| {
            let hash = PasswordHash::parse(HASH).expect("a hash");
            let user = LocalUser::new(hash, false, jiff::Timestamp::UNIX_EPOCH).expect("random");
            table.put(name.parse().expect("a name"), user);
            Ok(())
        })
    }

    #[test]
    fn what_was_changed_is_seen_at_the_next_look() {
        let folder = folder();
        let path = folder.path().join("users.json");
        let (one, other) = (Users::at(&path), Users::at(&path));
        assert_eq!(one.look().expect("none").len(), 0);
        add(&other, "ann").expect("added");
        add(&other, "bob").expect("added");
        assert_eq!(one.look().expect("read").len(), 2);
        let ann: UserName = "ann".parse().expect("a name");
        other
            .edit::<_, StoreError>(|table| Ok(table.remove(&ann)))
            .expect("removed");
        assert!(one.look().expect("read").find("ann").is_none());
        let mode = std::fs::metadata(&path).expect("there").permissions();
        assert_eq!(mode.mode() & 0o7777, 0o600);
        std::fs::remove_file(&path).expect("removed");
        assert_eq!(one.look().expect("none").len(), 0);
        let left = std::fs::read_dir(folder.path()).expect("a folder").count();
        assert_eq!(left, 1, "the lock file alone");
    }

    #[test]
    fn a_broken_file_and_one_that_others_can_write_have_no_users() {
        let folder = folder();
        let path = folder.path().join("users.json");
        let users = Users::at(&path);
        add(&users, "ann").expect("added");
        let good = std::fs::read_to_string(&path).expect("text");
        for bad in [
            String::new(),
            "[]".to_owned(),
            good.replace("\"format\": 1", "\"format\": 2"),
            good.replace("\"ann\"", "\"a nn\""),
            good.replace("argon2id", "argon2i"),
            good.replace("\"admin\"", "\"root\": true, \"admin\""),
        ] {
            assert_ne!(bad, good);
            std::fs::write(&path, &bad).expect("written");
            assert!(matches!(users.look(), Err(StoreError::Broken(_))), "{bad}");
            assert!(add(&users, "bob").is_err(), "never overwritten");
            assert_eq!(std::fs::read_to_string(&path).expect("text"), bad);
        }
        std::fs::write(&path, &good).expect("written");
        assert_eq!(users.look().expect("read").len(), 1);
        let mode = std::fs::Permissions::from_mode(0o606);
        std::fs::set_permissions(&path, mode).expect("ours");
        assert!(matches!(users.look(), Err(StoreError::Broken(_))));
    }

    #[test]
    fn two_at_once_lose_nobody() {
        let folder = folder();
        let path = folder.path().join("users.json");
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let path = &path;
                scope.spawn(move || {
                    for at in 0..5 {
                        add(&Users::at(path), &format!("u{writer}-{at}")).expect("added");
                    }
                });
            }
        });
        assert_eq!(Users::at(&path).look().expect("read").len(), 20);
    }
}
