//! Sessions in files, as PHP's own handler keeps them: `sess_ID`, below folders named by the id's first characters.
//!
//! Debian's folder is open to every account, so nothing is believed for standing there: a session is a regular file with
//! one name, of the account that PHP runs as, which nobody else may write to, reached by no link. PHP holds a lock for as
//! long as a script uses the session; ours is shared and held while the bytes are read.

use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustix::fs::{CWD, FileType, FlockOperation, Mode, OFlags, Stat, flock, fstat, openat};
use rustix::io::Errno;

use super::held::Holding;
use super::{Patience, PhpSessionId, Read, SESSION_BYTES};
use crate::store::StoreError;

/// Pauses between looks at a lock: a quick script is not waited for longer than it takes, a hung one for two seconds.
const PAUSES_MS: [u64; 12] = [5, 10, 20, 40, 75, 150, 250, 250, 300, 300, 300, 300];
/// A handle to a folder, which says where and cannot list.
#[cfg(target_os = "linux")]
const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
#[cfg(not(target_os = "linux"))]
const FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::CLOEXEC);
/// A file that is read, never one that would be waited for.
const FILE: OFlags = OFlags::NOFOLLOW
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC);

/// Sessions below a folder.
pub(super) struct PhpFiles {
    folder: PathBuf,
    levels: usize,
    owner: u32,
    us: u32,
    lifetime: i64,
    holding: Holding,
}

/// Why a folder holds no sessions that could be believed.
#[derive(Debug, thiserror::Error)]
pub enum NotFolder {
    /// It cannot be opened.
    #[error("cannot open the folder: {0}")]
    Unreadable(#[from] Errno),
    /// Another account could put one session in another's place.
    #[error(
        "the folder belongs to user {0}, who could put one session in another's place: it is root's, or the owner's"
    )]
    Foreign(u32),
    /// Every account could.
    #[error(
        "every account may rename what lies in the folder (mode {0:04o}), and so put one session in another's place: chmod +t, or o-w"
    )]
    Open(u32),
}

/// Why a file is no session that could be believed.
#[derive(Debug, thiserror::Error)]
enum NotSession {
    #[error("{0}")]
    Folder(#[from] NotFolder),
    #[error("it cannot be opened: {0}")]
    Unreadable(Errno),
    #[error("it is no regular file")]
    NotRegular,
    #[error("it has several names, or none any more")]
    Names,
    #[error("it belongs to user {0}")]
    Foreign(u32),
    #[error("others may write to it (mode {0:04o})")]
    Writable(u32),
    #[error("it has more bytes than a session may have")]
    Large,
    #[error("it is {0} seconds old")]
    Old(i64),
}

/// The folder at `path` may hold the sessions of `owner`.
///
/// # Errors
/// [`NotFolder`].
pub fn check_folder(path: &Path, owner: u32) -> Result<(), NotFolder> {
    let us = rustix::process::geteuid().as_raw();
    folder(CWD, path, OFlags::empty(), [owner, us]).map(drop)
}

impl PhpFiles {
    pub(super) fn at(folder: PathBuf, levels: usize, owner: u32, lifetime: Duration) -> Self {
        Self {
            folder,
            levels,
            owner,
            us: rustix::process::geteuid().as_raw(),
            lifetime: i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX),
            holding: Holding::new(),
        }
    }

    /// As [`super::PhpStore::session`].
    pub(super) async fn session(
        &self,
        id: &PhpSessionId<'_>,
        patience: Patience,
        now: Timestamp,
    ) -> Result<Option<Arc<Read>>, StoreError> {
        if let Some(held) = self.holding.find(id.reveal(), now) {
            if !locked(&*held, patience).await? {
                return Ok(None);
            }
            let found = self.judge(&*held, now);
            // Those who hold it beside us need no lock any more either: what they have was read.
            let _ = flock(&*held, FlockOperation::Unlock);
            if let Some(read) = found.ok().and_then(|found| held.still(&found)) {
                return Ok(Some(read));
            }
        }
        let opened = self.open(id.reveal()).and_then(|file| {
            self.judge(&file, now)?;
            Ok(file)
        });
        let Some(file) = told(opened) else {
            return Ok(None);
        };
        if !locked(&file, patience).await? {
            return Ok(None);
        }
        // Once more: the script that held it may have removed it, or written what is too much.
        let read = self.judge(&file, now).and_then(|found| {
            let size = usize::try_from(found.st_size).unwrap_or(usize::MAX);
            Ok((Arc::new(Read::of(read(&file, size)?)), found))
        });
        Ok(told(read).map(|(read, found)| {
            let _ = flock(&file, FlockOperation::Unlock);
            self.holding.hold(id.reveal(), file, &found, &read, now);
            read
        }))
    }

    pub(super) fn let_go(&self) {
        self.holding.let_go();
    }

    /// The file of this id, through no link below the folder.
    fn open(&self, id: &str) -> Result<OwnedFd, NotSession> {
        let trusted = [self.owner, self.us];
        let mut around = folder(CWD, &self.folder, OFlags::empty(), trusted)?;
        for at in 0..self.levels {
            let name = id.get(at..=at).ok_or(NotSession::NotRegular)?;
            around = folder(&around, Path::new(name), OFlags::NOFOLLOW, trusted)?;
        }
        let name = format!("sess_{id}");
        openat(&around, name, FILE, Mode::empty()).map_err(NotSession::Unreadable)
    }

    /// A file that is a session of the owner's, and still counts.
    fn judge(&self, file: impl AsFd, now: Timestamp) -> Result<Stat, NotSession> {
        let found = fstat(file).map_err(NotSession::Unreadable)?;
        let size = usize::try_from(found.st_size).unwrap_or(usize::MAX);
        let age = now.as_second().saturating_sub(found.st_mtime);
        if !FileType::from_raw_mode(found.st_mode).is_file() {
            Err(NotSession::NotRegular)
        } else if found.st_uid != self.owner {
            Err(NotSession::Foreign(found.st_uid))
        } else if found.st_nlink != 1 {
            Err(NotSession::Names)
        } else if found.st_mode & 0o022 != 0 {
            Err(NotSession::Writable(found.st_mode & 0o7777))
        } else if size > SESSION_BYTES {
            Err(NotSession::Large)
        } else if age > self.lifetime {
            Err(NotSession::Old(age))
        } else {
            Ok(found)
        }
    }
}

/// The folder of this name, in which nobody but root and `trusted` can put one file in another's place.
fn folder(
    from: impl AsFd,
    name: &Path,
    more: OFlags,
    trusted: [u32; 2],
) -> Result<OwnedFd, NotFolder> {
    let opened = openat(from, name, FOLDER | more, Mode::empty())?;
    let found = fstat(&opened)?;
    let mode = found.st_mode & 0o7777;
    if found.st_uid != 0 && !trusted.contains(&found.st_uid) {
        Err(NotFolder::Foreign(found.st_uid))
    } else if mode & 0o1002 == 0o0002 {
        Err(NotFolder::Open(mode))
    } else {
        Ok(opened)
    }
}

/// Takes a shared lock; `false` when it is held and there is no patience, or the file system has no locks.
async fn locked(file: impl AsFd, patience: Patience) -> Result<bool, StoreError> {
    let mut pauses = PAUSES_MS.into_iter();
    loop {
        match flock(&file, FlockOperation::NonBlockingLockShared) {
            Ok(()) => return Ok(true),
            Err(Errno::INTR) => {}
            Err(Errno::WOULDBLOCK) if patience == Patience::None => return Ok(false),
            Err(Errno::WOULDBLOCK) => match pauses.next() {
                Some(pause) => tokio::time::sleep(Duration::from_millis(pause)).await,
                None => return Err(StoreError::Busy("a PHP session that a script holds".into())),
            },
            Err(error) => {
                tracing::debug!("php: a session cannot be locked: {error}");
                return Ok(false);
            }
        }
    }
}

/// All bytes, of which `size` are expected.
fn read(file: &OwnedFd, size: usize) -> Result<Vec<u8>, NotSession> {
    let mut bytes = vec![0; size];
    let mut filled = 0;
    while let Some(room) = bytes.get_mut(filled..).filter(|room| !room.is_empty()) {
        match rustix::io::read(file, room) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(Errno::INTR) => {}
            Err(error) => return Err(NotSession::Unreadable(error)),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

/// What was found, the reason why nothing was told to the log. It names no session.
fn told<T>(found: Result<T, NotSession>) -> Option<T> {
    found
        .inspect_err(|why| tracing::debug!("php: a session counts for nothing: {why}"))
        .ok()
}
