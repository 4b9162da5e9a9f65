//! One root: its canonical path and its open handle.
//!
//! It must never follow a link to get back to its path: a root whose path became a link is gone.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, PoisonError, RwLock};

use rustix::fs::fstat;
use rustix::io::Errno;

use crate::file_system::{handles_tell, made_up};
use crate::names::Dirname;

use super::identity::Node;
use super::way::Way;
use super::{Protected, Refusal, chain};

/// A directory below which files may be touched. Gives nothing while its path leads nowhere.
///
/// **Invariant:** the handle, where there is one, is the directory that stood at the path at the last look.
pub struct Root {
    path: Dirname,
    handle: RwLock<Option<Arc<RootHandle>>>,
}

/// The open directory of a root.
pub(super) struct RootHandle {
    handle: OwnedFd,
    node: Node,
    /// Whether the handles of what is below it, on the same device, tell of themselves.
    pub(super) tells: bool,
}

impl RootHandle {
    fn open(way: Way, path: &Dirname, protected: &Protected) -> Result<Self, Refusal> {
        let handle = way.absolute(path).map_err(Refusal::of_directory)?;
        let node = Node::of(&fstat(&handle).map_err(Refusal::Io)?);
        if made_up(&handle) {
            return Err(Refusal::NotRegular);
        }
        if protected.covers(path) || protected.is_directory(node) {
            return Err(Refusal::Protected);
        }
        let levels = chain::depth(path.as_str());
        chain::climb(handle.as_fd(), node, levels, protected)?;
        let tells = handles_tell(&handle);
        Ok(Self {
            handle,
            node,
            tells,
        })
    }

    pub(super) fn node(&self) -> Node {
        self.node
    }
}

impl AsFd for RootHandle {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.handle.as_fd()
    }
}

impl Root {
    pub(super) fn open(way: Way, path: Dirname, protected: &Protected) -> Result<Self, Refusal> {
        let handle = RootHandle::open(way, &path, protected)?;
        Ok(Self {
            path,
            handle: RwLock::new(Some(Arc::new(handle))),
        })
    }

    /// The canonical path.
    #[must_use]
    pub fn path(&self) -> &Dirname {
        &self.path
    }

    pub(super) fn handle(&self) -> Option<Arc<RootHandle>> {
        self.handle
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Takes what stands at the path now: another directory, or nothing, takes the place of what was held.
    pub(super) fn look_again(&self, way: Way, protected: &Protected) {
        let found = match RootHandle::open(way, &self.path, protected) {
            // No handle to be had, or no memory: nothing is known of the path, so what is held stays.
            Err(Refusal::Io(Errno::MFILE | Errno::NFILE | Errno::NOMEM)) => return,
            found => found.ok(),
        };
        let held = self.handle();
        if held.as_ref().map(|held| held.node) != found.as_ref().map(|found| found.node) {
            *self.handle.write().unwrap_or_else(PoisonError::into_inner) = found.map(Arc::new);
        }
    }
}
