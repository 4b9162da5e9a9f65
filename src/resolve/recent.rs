//! Open directories that were gone to within the last second, so that going there again is one look a level instead of
//! an opening.
//!
//! It must never answer without looking: each level is looked at by its name below the one above, through no link, and
//! must be the very directory that is held open; or by its handle alone, where that tells that nothing of it was touched.
//! Held directories keep their inodes, so no other one can pass for them.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{AtFlags, fstat, statat};
use rustix::io::Errno;
use rustix::process::{Resource, getrlimit};

use crate::cache::{Cache, cache};
use crate::names::Dirname;

use super::identity::{Identity, Node, Stamp};
use super::root::RootHandle;
use super::way::Way;

/// Most directories that are held open, and most files; each costs a file descriptor, of which all of them take a quarter at
/// most.
const HELD: u64 = 4096;
/// Most levels below a root that are looked at one by one; one opening is cheaper than more.
const LEVELS: usize = 2;

/// How many of a kind may be held open.
pub(super) fn share() -> usize {
    let descriptors = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    usize::try_from((descriptors / 8).min(HELD)).unwrap_or(0)
}

/// An open directory below a root.
pub(super) struct Opened {
    handle: OwnedFd,
    node: Node,
    /// When anything of it last changed, as it was opened.
    changed: Stamp,
    /// Whether the handle alone tells that it still stands where it did, as long as nothing of it changes.
    tells: AtomicBool,
    root: Arc<RootHandle>,
    /// The one above, where it is not the root.
    above: Option<Arc<Opened>>,
}

/// A directory of a root: the root's own, or one below it.
#[derive(Clone)]
pub(super) enum Place {
    Root(Arc<RootHandle>),
    Below(Arc<Opened>),
}

/// The directories that are held open.
pub(super) struct Recent {
    held: Cache<Dirname, Arc<Opened>>,
}

impl Place {
    pub(super) fn node(&self) -> Node {
        match self {
            Self::Root(root) => root.node(),
            Self::Below(opened) => opened.node,
        }
    }

    /// Whether what is below it, on the same device, tells by its handle that nothing of it was touched.
    pub(super) fn tells(&self) -> bool {
        match self {
            Self::Root(root) => root.tells,
            Self::Below(opened) => opened.tells(),
        }
    }

    /// Whether it is seen by its handle alone that it still stands where it did. A root's own path is looked at each
    /// second.
    pub(super) fn untouched(&self) -> bool {
        match self {
            Self::Root(_) => true,
            Self::Below(opened) => opened.untouched(),
        }
    }
}

impl AsFd for Place {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Root(root) => root.as_fd(),
            Self::Below(opened) => opened.handle.as_fd(),
        }
    }
}

impl Opened {
    fn at(
        way: Way,
        root: &Arc<RootHandle>,
        below: &str,
        untouched: impl Fn(&Identity) -> bool,
    ) -> Result<Self, Errno> {
        let handle = way.directory(root, below)?;
        let identity = Identity::of(&fstat(&handle)?);
        let node = identity.node;
        Ok(Self {
            node,
            changed: identity.changed,
            tells: (root.tells && node.device == root.node().device && untouched(&identity)).into(),
            handle,
            root: Arc::clone(root),
            above: None,
        })
    }

    /// Whether its handle, and those above it, tell of themselves.
    fn tells(&self) -> bool {
        let above = self.above.as_ref();
        self.tells.load(Ordering::Relaxed) && above.is_none_or(|above| above.tells())
    }

    /// Whether nothing was touched of it and of those above it: to be moved away is to be touched.
    fn untouched(&self) -> bool {
        if !self.tells() || self.above.as_ref().is_some_and(|above| !above.untouched()) {
            return false;
        }
        let seen = fstat(&self.handle).map(|stat| Identity::of(&stat));
        let untouched = seen.is_ok_and(|seen| seen.changed == self.changed);
        if !untouched {
            // A file came or went: its name is looked at from now on.
            self.tells.store(false, Ordering::Relaxed);
        }
        untouched
    }

    /// Whether it still stands at `below` the root, at this moment and through no link.
    fn still_at(&self, root: &Arc<RootHandle>, below: &str) -> bool {
        if Arc::ptr_eq(root, &self.root) && self.untouched() {
            return true;
        }
        let (above, name) = below.rsplit_once('/').unwrap_or(("", below));
        let stands = |above: BorrowedFd<'_>| {
            let stat = statat(above, name, AtFlags::SYMLINK_NOFOLLOW);
            stat.is_ok_and(|stat| Node::of(&stat) == self.node)
        };
        Arc::ptr_eq(root, &self.root)
            && match &self.above {
                None => above.is_empty() && stands(root.as_fd()),
                Some(opened) => opened.still_at(root, above) && stands(opened.handle.as_fd()),
            }
    }
}

impl Recent {
    pub(super) fn new() -> Self {
        Self {
            held: cache(share()),
        }
    }

    /// Lets go of all: what is held open keeps a removed directory's place on the disk.
    pub(super) fn forget(&self) {
        self.held.clear();
    }

    /// The directory `below` the root, whose whole spelling is `dirname`; `untouched` tells whether it has been left alone
    /// for so long that the next change of it can be told from the last.
    ///
    /// # Errors
    /// As [`Way::directory`].
    pub(super) fn directory(
        &self,
        way: Way,
        root: &Arc<RootHandle>,
        (dirname, below): (&Dirname, &str),
        untouched: impl Fn(&Identity) -> bool,
    ) -> Result<Place, Errno> {
        if below.is_empty() {
            return Ok(Place::Root(Arc::clone(root)));
        }
        if below.split('/').nth(LEVELS).is_some() {
            let opened = Opened::at(way, root, below, |_| false)?;
            return Ok(Place::Below(Arc::new(opened)));
        }
        if let Some(held) = self.held.get(dirname)
            && held.still_at(root, below)
        {
            return Ok(Place::Below(held));
        }
        let mut opened = Opened::at(way, root, below, &untouched)?;
        if let Some((above, _)) = below.rsplit_once('/') {
            opened.above = Some(Arc::new(Opened::at(way, root, above, &untouched)?));
        }
        let opened = Arc::new(opened);
        // A mount that is held cannot be taken away.
        if opened.node.device == root.node().device {
            self.held.insert(dirname.clone(), Arc::clone(&opened));
        }
        Ok(Place::Below(opened))
    }
}
