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
/// **Invariant:** the handle, where there is one, is the directory that stood at the path at the last look; else that is
/// why there is none.
pub struct Root {
    path: Dirname,
    handle: RwLock<Result<Arc<RootHandle>, Refusal>>,
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
            handle: RwLock::new(Ok(Arc::new(handle))),
        })
    }

    /// The canonical path.
    #[must_use]
    pub fn path(&self) -> &Dirname {
        &self.path
    }

    /// The directory that stood at the path at the last look.
    ///
    /// # Errors
    /// [`Refusal::Outside`] where none stood there that may be a root; one that [passes](Refusal::passes) where that could
    /// not be told, say of a file server that does not answer.
    pub(super) fn handle(&self) -> Result<Arc<RootHandle>, Refusal> {
        self.handle
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Takes what stands at the path now: another directory, or nothing, takes the place of what was held. Nothing is held
    /// of what does not answer, so that it can be unmounted.
    pub(super) fn look_again(&self, way: Way, protected: &Protected) {
        let found = match RootHandle::open(way, &self.path, protected) {
            // No handle to be had, or no memory: nothing is known of the path, so what is held stays.
            Err(Refusal::Io(Errno::MFILE | Errno::NFILE | Errno::NOMEM)) => return,
            Ok(found) => Ok(found),
            Err(refusal) if refusal.passes() => Err(refusal),
            Err(_) => Err(Refusal::Outside),
        };
        let same = match (self.handle(), &found) {
            (Ok(held), Ok(found)) => held.node == found.node,
            (Err(held), Err(found)) => held == *found,
            _ => false,
        };
        if !same {
            *self.handle.write().unwrap_or_else(PoisonError::into_inner) = found.map(Arc::new);
        }
    }
}
