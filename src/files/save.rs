//! Putting new bytes in a file's place: all of them or none, and only over bytes that the caller has seen.
//!
//! It must never write through a link, over something that appeared meanwhile, or over a revision that was not named.

use std::fs::File;
use std::io::Write;
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::time::Instant;

use rustix::fs::{AtFlags, Mode, statat};
use rustix::io::Errno;

use crate::names::Place;
use crate::resolve::{Access, Identity, Refusal, Roots, SafePath};

use super::lock::Patience;
use super::revision::Revision;
use super::temporary::{TEMPORARY, Temporary};
use super::whole::{self, Whole, errno, look, same_bytes};
use super::{attributes, in_place, leftovers};

/// How often a save starts again because the file was replaced while it waited for the lock.
const STARTS: usize = 16;
/// How often attributes are carried again because something touched the file meanwhile.
const TOUCHES: usize = 3;
/// Of a file that is not there yet, before the umask or the directory's default ACL.
const NEW_FILE: Mode = Mode::from_raw_mode(0o666);
/// Of a file that gets its mode from the one it replaces.
const PRIVATE: Mode = Mode::from_raw_mode(0o600);

/// What the caller knows of the file it replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Precondition {
    /// It has one of these revisions.
    Match(Vec<Revision>),
    /// There is none.
    Absent,
}

/// Why nothing was saved. But for [`SaveError::Torn`], what was there is there still.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// Another revision is there, or a file where none was to be.
    #[error("the file was changed meanwhile")]
    Changed,
    /// There is no file any more.
    #[error("the file is gone")]
    Gone,
    /// More bytes than a file may have here.
    #[error("the file is too large to be saved")]
    TooLarge,
    /// No room on the disk, or none left for this user.
    #[error("no room is left: {0}")]
    Full(Errno),
    /// The file system takes no changes.
    #[error("the file system is read-only")]
    ReadOnly,
    /// The system does not let us write the file.
    #[error("the system does not permit writing the file")]
    Denied,
    /// Another saver, or a program that runs the file, kept it for too long.
    #[error("the file is in use")]
    Busy,
    /// What stands at the place may not be touched.
    #[error(transparent)]
    Refused(Refusal),
    /// Writing in place failed, and so did writing the old bytes back: they are in the copy.
    #[error("writing failed ({cause}); the old bytes are in {}", copy.display())]
    Torn {
        /// Where the old bytes are.
        copy: PathBuf,
        /// What happened.
        cause: Errno,
    },
    /// The system refused, for a reason of its own.
    #[error("saving failed: {0}")]
    Io(Errno),
}

impl SaveError {
    pub(super) fn of(errno: Errno) -> Self {
        match errno {
            Errno::NOSPC | Errno::DQUOT | Errno::FBIG => Self::Full(errno),
            Errno::ROFS => Self::ReadOnly,
            Errno::ACCESS | Errno::PERM => Self::Denied,
            // A stale one was replaced by another machine meanwhile.
            Errno::TXTBSY | Errno::BUSY | Errno::AGAIN | Errno::STALE => Self::Busy,
            other => Self::Io(other),
        }
    }
}

impl From<Refusal> for SaveError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Missing => Self::Gone,
            Refusal::Unsettled => Self::Busy,
            Refusal::Io(errno) => Self::of(errno),
            Refusal::Outside
            | Refusal::Link
            | Refusal::NotRegular
            | Refusal::HardLinks
            | Refusal::Protected => Self::Refused(refusal),
        }
    }
}

/// Saves files.
#[derive(Debug, Clone)]
pub struct Saver {
    limit: u64,
    recovery: Option<PathBuf>,
}

/// The file that is replaced: open, locked and read.
pub(super) struct Current {
    pub(super) file: File,
    pub(super) identity: Identity,
    pub(super) bytes: Vec<u8>,
    revision: Revision,
}

impl Saver {
    /// Saves at most `limit` bytes over at most as many. Where a file's own directory takes no copy of it, the
    /// `recovery` directory does, for as long as the file is written in place.
    #[must_use]
    pub fn new(limit: u64, recovery: Option<PathBuf>) -> Self {
        Self { limit, recovery }
    }

    /// Saves, and says which revision the file has then. Blocks: it waits for the disk, and up to two seconds for
    /// another saver.
    ///
    /// # Errors
    /// [`SaveError`].
    pub fn save(
        &self,
        roots: &Roots,
        place: &Place,
        precondition: &Precondition,
        bytes: &[u8],
        now: Instant,
    ) -> Result<Revision, SaveError> {
        if bytes.len() as u64 > self.limit {
            return Err(SaveError::TooLarge);
        }
        match precondition {
            Precondition::Match(seen) => self.replace(roots, place, seen, bytes, now)?,
            Precondition::Absent => create(roots, place, bytes, now)?,
        }
        Ok(Revision::of_contents(bytes))
    }

    fn replace(
        &self,
        roots: &Roots,
        place: &Place,
        seen: &[Revision],
        bytes: &[u8],
        now: Instant,
    ) -> Result<(), SaveError> {
        let mut patience = Patience::new();
        for _ in 0..STARTS {
            let (file, opened) = roots.resolve(place, now)?.open(Access::Write)?;
            if !patience.lock(&file).map_err(SaveError::of)? {
                return Err(SaveError::Busy);
            }
            // Another saver may have replaced the file while this one waited for its old self.
            let path = roots.resolve(place, now)?;
            if path.identity().node != opened.node {
                continue;
            }
            let current = Current::read(file, self.limit)?;
            if !seen.contains(&current.revision) {
                return Err(SaveError::Changed);
            }
            return self.put(&path, current, bytes);
        }
        Err(SaveError::Busy)
    }

    fn put(&self, path: &SafePath, mut current: Current, bytes: &[u8]) -> Result<(), SaveError> {
        if !current.identity.several_names {
            match swap(path, &mut current, bytes) {
                // Something of the file cannot be kept, or its directory takes no other file in its place.
                Err(SaveError::Denied | SaveError::ReadOnly | SaveError::Busy) => {}
                done => return done,
            }
        }
        let recovery = self.recovery.as_deref();
        in_place::overwrite(path, recovery, &current, bytes)
    }
}

impl Current {
    fn read(file: File, limit: u64) -> Result<Self, SaveError> {
        match whole::read(&file, limit).map_err(SaveError::of)? {
            Whole::Bytes(bytes, identity) => Ok(Self {
                revision: Revision::of_contents(&bytes),
                file,
                identity,
                bytes,
            }),
            Whole::TooLarge(_) => Err(SaveError::TooLarge),
            Whole::Unsettled => Err(SaveError::Busy),
        }
    }

    /// Whether the name still names this file with these bytes; returns the last look at it, which is another one
    /// where something else of it changed.
    pub(super) fn check(&self, path: &SafePath) -> Result<Identity, SaveError> {
        let name = path.basename().as_str();
        let named = statat(path.parent(), name, AtFlags::SYMLINK_NOFOLLOW);
        let named = named.map_err(|_| SaveError::Changed)?;
        if Identity::of(&named).node != self.identity.node {
            return Err(SaveError::Changed);
        }
        let found = look(&self.file).map_err(SaveError::of)?;
        if same_bytes(&self.identity, &found) {
            return Ok(found);
        }
        match whole::read(&self.file, self.identity.size).map_err(SaveError::of)? {
            Whole::Bytes(bytes, identity) if bytes == self.bytes => Ok(identity),
            Whole::Bytes(..) | Whole::TooLarge(_) | Whole::Unsettled => Err(SaveError::Changed),
        }
    }
}

/// Writes a new file and lets it take the name, with all that the old one has but its bytes.
fn swap(path: &SafePath, current: &mut Current, bytes: &[u8]) -> Result<(), SaveError> {
    let temporary = Temporary::create(path.parent(), TEMPORARY, PRIVATE).map_err(SaveError::of)?;
    fill(&temporary, bytes)?;
    for _ in 0..TOUCHES {
        attributes::carry(&current.file, &current.identity, temporary.file())?;
        synced(&temporary)?;
        let found = current.check(path)?;
        if found == current.identity {
            return temporary
                .replace(path.basename().as_str())
                .map_err(SaveError::of);
        }
        current.identity = found;
    }
    Err(SaveError::Changed)
}

/// Makes the file, unless something has the name by then.
fn create(roots: &Roots, place: &Place, bytes: &[u8], now: Instant) -> Result<(), SaveError> {
    match roots.resolve(place, now) {
        Ok(_) => return Err(SaveError::Changed),
        Err(Refusal::Missing) => {}
        Err(refusal) => return Err(refusal.into()),
    }
    let directory = roots.directory(&place.dirname, now)?;
    let temporary = Temporary::create(&directory, TEMPORARY, NEW_FILE).map_err(SaveError::of)?;
    fill(&temporary, bytes)?;
    synced(&temporary)?;
    match temporary.appear(place.basename.as_str()) {
        Err(Errno::EXIST) => Err(SaveError::Changed),
        done => done.map_err(SaveError::of),
    }
}

fn fill<D: AsFd>(temporary: &Temporary<D>, bytes: &[u8]) -> Result<(), SaveError> {
    let mut file = temporary.file();
    file.write_all(bytes)
        .map_err(|error| SaveError::of(errno(&error)))?;
    let made = look(file).map_err(SaveError::of)?.modified;
    leftovers::remove(temporary.directory(), made.secs);
    Ok(())
}

fn synced<D: AsFd>(temporary: &Temporary<D>) -> Result<(), SaveError> {
    let file = temporary.file();
    file.sync_all()
        .map_err(|error| SaveError::of(errno(&error)))
}
