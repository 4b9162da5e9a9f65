//! Open directories that were gone to within the last second, so that going there again is one look a level instead of
//! an opening.
//!
//! It must never answer without looking: each level is looked at by its name below the one above, through no link, and
//! must be the very directory that is held open. Held directories keep their inodes, so no other one can pass for them.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use quick_cache::sync::Cache;
use rustix::fs::{AtFlags, fstat, statat};
use rustix::io::Errno;
use rustix::process::{Resource, getrlimit};

use crate::names::Dirname;

use super::identity::Node;
use super::root::RootHandle;
use super::way::Way;

/// Most directories that are held open; each costs a file descriptor, of which they take a quarter at most.
const HELD: u64 = 4096;
/// Most levels below a root that are looked at one by one; one opening is cheaper than more.
const LEVELS: usize = 2;

/// An open directory below a root.
pub(super) struct Opened {
    handle: OwnedFd,
    node: Node,
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
    fn at(way: Way, root: &Arc<RootHandle>, below: &str) -> Result<Self, Errno> {
        let handle = way.directory(root, below)?;
        Ok(Self {
            node: Node::of(&fstat(&handle)?),
            handle,
            root: Arc::clone(root),
            above: None,
        })
    }

    /// Whether it still stands at `below` the root, at this moment and through no link.
    fn still_at(&self, root: &Arc<RootHandle>, below: &str) -> bool {
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
        let descriptors = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
        let held = (descriptors / 4).min(HELD);
        Self {
            held: Cache::new(usize::try_from(held).unwrap_or(0)),
        }
    }

    /// Lets go of all: what is held open keeps a removed directory's place on the disk.
    pub(super) fn forget(&self) {
        self.held.clear();
    }

    /// The directory `below` the root, whose whole spelling is `dirname`.
    ///
    /// # Errors
    /// As [`Way::directory`].
    pub(super) fn directory(
        &self,
        way: Way,
        root: &Arc<RootHandle>,
        dirname: &Dirname,
        below: &str,
    ) -> Result<Place, Errno> {
        if below.is_empty() {
            return Ok(Place::Root(Arc::clone(root)));
        }
        if below.split('/').nth(LEVELS).is_some() {
            return Ok(Place::Below(Arc::new(Opened::at(way, root, below)?)));
        }
        if let Some(held) = self.held.get(dirname)
            && held.still_at(root, below)
        {
            return Ok(Place::Below(held));
        }
        let mut opened = Opened::at(way, root, below)?;
        if let Some((above, _)) = below.rsplit_once('/') {
            opened.above = Some(Arc::new(Opened::at(way, root, above)?));
        }
        let opened = Arc::new(opened);
        // A mount that is held cannot be taken away.
        if opened.node.device == root.node().device {
            self.held.insert(dirname.clone(), Arc::clone(&opened));
        }
        Ok(Place::Below(opened))
    }
}
