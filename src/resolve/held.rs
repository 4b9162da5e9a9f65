//! Files that were gone to twice within a second, held by their handles: going there again asks the handles of the file and
//! of its directories whether anything was touched, which costs a third of looking at their names.
//!
//! It must never answer where anything of them was touched since their names were looked at. An inode's last change
//! (`st_ctime`) tells: no name can be taken from a file or directory, or given to another, without it
//! ([`handles_tell`](crate::file_system) says where), and nobody can set it. So that two changes can be told apart, only
//! what has been left alone for two seconds is held.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use rustix::fs::{Mode, OFlags, fstat, openat};

use super::Refusal;
use super::identity::Identity;
use super::recent::share;
use super::safe_path::{Directory, SafePath};
use crate::cache::{Cache, cache};
use crate::names::Place;

/// A handle that says what, and cannot read or write.
#[cfg(target_os = "linux")]
const HANDLE: OFlags = OFlags::PATH.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
#[cfg(not(target_os = "linux"))]
const HANDLE: OFlags = (OFlags::NONBLOCK.union(OFlags::NOCTTY))
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// The handles, each for a second at most, and which places were gone to once.
pub(super) struct Holding {
    files: Cache<Place, (u64, Seen)>,
    /// How often all was let go of: whoever was under way meanwhile leaves nothing that counts behind.
    round: AtomicU64,
    /// The wall clock in seconds since 1970, as it was last told; zero: nobody has told it.
    now: AtomicU64,
}

#[derive(Clone)]
enum Seen {
    Once,
    Held(Arc<Held>),
}

/// An open file whose handle tells.
struct Held {
    file: OwnedFd,
    identity: Identity,
    directory: Arc<Directory>,
    seen: How,
}

/// How a file was looked at by its name; more comes behind less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum How {
    /// At its place.
    Placed,
    /// And every directory above it, up to the root.
    Chained,
}

impl Held {
    /// The file that a look at its name saw just now, held; `None` where its handle would not tell, or the name has another
    /// file by now.
    fn of(path: &SafePath, seen: How) -> Option<Self> {
        let directory = path.parent();
        let same_device = path.identity().node.device == directory.handle.node().device;
        if !same_device || !directory.handle.tells() {
            return None;
        }
        let name = path.basename().as_str();
        let file = openat(directory, name, HANDLE, Mode::empty()).ok()?;
        let held = Self {
            file,
            identity: *path.identity(),
            directory: Arc::clone(directory),
            seen,
        };
        held.untouched().then_some(held)
    }

    fn untouched(&self) -> bool {
        let stat = fstat(&self.file);
        stat.is_ok_and(|stat| Identity::of(&stat) == self.identity)
            && self.directory.handle.untouched()
    }
}

impl Holding {
    pub(super) fn new() -> Self {
        Self {
            files: cache(share()),
            round: AtomicU64::new(0),
            now: AtomicU64::new(0),
        }
    }

    /// Lets go of all.
    pub(super) fn forget(&self) {
        self.round.fetch_add(1, Ordering::AcqRel);
        self.files.clear();
    }

    /// What the wall clock says.
    pub(super) fn tell(&self, now: SystemTime) {
        let since = now.duration_since(SystemTime::UNIX_EPOCH);
        let secs = since.map_or(0, |since| since.as_secs());
        self.now.store(secs, Ordering::Relaxed);
    }

    /// Whether the file or directory had been left alone for a while when the clock was last told.
    pub(super) fn untouched(&self, identity: &Identity) -> bool {
        let now = Duration::from_secs(self.now.load(Ordering::Relaxed));
        !now.is_zero() && identity.settled(SystemTime::UNIX_EPOCH + now)
    }

    /// The file at `place`: as its handle tells, or as `look` sees it by its name in this way.
    pub(super) fn file(
        &self,
        place: &Place,
        how: How,
        look: impl FnOnce() -> Result<SafePath, Refusal>,
    ) -> Result<SafePath, Refusal> {
        let round = self.round.load(Ordering::Acquire);
        let seen = self.files.get(place).filter(|seen| seen.0 == round);
        let seen = seen.map(|(_, seen)| seen);
        if let Some(Seen::Held(held)) = &seen
            && held.seen >= how
            && held.untouched()
        {
            return Ok(held.directory.seen(&place.basename, held.identity));
        }
        let path = look()?;
        if self.untouched(path.identity()) {
            let next = match seen {
                None => Some(Seen::Once),
                Some(_) => Held::of(&path, how).map(|held| Seen::Held(Arc::new(held))),
            };
            if let Some(next) = next {
                self.files.insert(place.clone(), (round, next));
            }
        }
        Ok(path)
    }
}
