//! Stage 6, a record becomes a place: what stands at a place of the disk, reached through a root's open handle.
//!
//! It must never follow a link when a key is resolved, never look outside the roots, never hand out editkey's own
//! state, and never open anything that could block. Minting ([`Roots::locate`]) follows links and finds the canonical
//! place; resolving ([`Roots::resolve`]) goes to that place again and refuses any link that has appeared since.
//! Neither trusts a checked string: a [`SafePath`] is the open handle of its directory and one name in it, and every
//! rule is checked again on the file that is opened through it.

mod away;
mod chain;
mod held;
mod identity;
mod lately;
mod links;
mod listing;
mod locate;
mod protected;
mod recent;
mod refusal;
mod root;
mod safe_path;
mod way;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Instant, SystemTime};

use crate::names::{Dirname, Place};

pub use away::{away, gone};
use held::{Holding, How};
pub use identity::{Identity, Node, Stamp};
use lately::Lately;
pub use listing::{EachName, Kind, Looked};
pub use locate::Located;
pub use protected::Protected;
use recent::Recent;
pub use refusal::Refusal;
pub use root::Root;
use safe_path::Rules;
pub use safe_path::{Access, Directory, SafePath};
use way::Way;

/// How long a look at the roots and at the protected files counts.
const LOOK_COUNTS_MS: u64 = 1000;

/// Whether a file that has several names (hard links) may be touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HardLinks {
    /// Never: another of its names may stand outside the roots.
    Refuse,
    /// Read, and written in place, so that all its names keep naming the same file.
    Write,
}

/// Why a root cannot be used; found at start.
#[derive(Debug, thiserror::Error)]
#[error("{path} cannot be a root: {reason}")]
pub struct UnfitRoot {
    /// The directory.
    pub path: Dirname,
    /// What is wrong with it.
    pub reason: Refusal,
}

/// The directories below which files may be touched at all.
///
/// **Invariant:** each root is canonical, outside editkey's own state and on a file system that holds files.
pub struct Roots {
    /// Longest first, so that the first that holds a place is the innermost.
    each: Vec<Root>,
    paths: Vec<Dirname>,
    rules: Arc<Rules>,
    way: Way,
    recent: Recent,
    holding: Holding,
    lately: Lately,
    first_look: OnceLock<Instant>,
    due_ms: AtomicU64,
}

impl Roots {
    /// Opens the roots. Links on the way to one are followed here, once; if such a link is turned later, the root
    /// stays where it was.
    ///
    /// # Errors
    /// [`UnfitRoot`]: not a directory, made up by the kernel (`/proc`, `/sys`), or within editkey's own state.
    pub fn open(
        paths: Vec<Dirname>,
        hard_links: HardLinks,
        protected: Protected,
    ) -> Result<Self, UnfitRoot> {
        Self::open_by(Way::known_here(), paths, hard_links, protected)
    }

    /// As on a system without `openat2`.
    #[cfg(test)]
    pub(crate) fn open_walking(
        paths: Vec<Dirname>,
        hard_links: HardLinks,
        protected: Protected,
    ) -> Result<Self, UnfitRoot> {
        Self::open_by(Way::Walk, paths, hard_links, protected)
    }

    fn open_by(
        way: Way,
        paths: Vec<Dirname>,
        hard_links: HardLinks,
        protected: Protected,
    ) -> Result<Self, UnfitRoot> {
        let mut roots = Vec::new();
        for path in paths {
            let root = links::directory(way, &path, &[])
                .and_then(|canonical| Root::open(way, canonical, &protected))
                .map_err(|reason| UnfitRoot { path, reason })?;
            roots.push(root);
        }
        roots.sort_by_key(|root| std::cmp::Reverse(root.path().as_str().len()));
        Ok(Self {
            paths: roots.iter().map(|root| root.path().clone()).collect(),
            each: roots,
            rules: Arc::new(Rules::new(hard_links, protected)),
            way,
            recent: Recent::new(),
            holding: Holding::new(),
            lately: Lately::new(),
            first_look: OnceLock::new(),
            due_ms: AtomicU64::new(0),
        })
    }

    /// The canonical roots, innermost first.
    #[must_use]
    pub fn paths(&self) -> &[Dirname] {
        &self.paths
    }

    /// What is editkey's own and never handed out.
    #[must_use]
    pub fn protected(&self) -> &Protected {
        &self.rules.protected
    }

    /// Looks at once at what else is looked at each second: what stands at the roots' paths, and editkey's own files.
    pub fn refresh(&self) {
        self.rules.protected.refresh();
        for root in &self.each {
            root.look_again(self.way, &self.rules.protected);
        }
        self.let_go();
    }

    /// Lets go of what is held open because somebody went there.
    pub fn let_go(&self) {
        self.holding.forget();
        self.recent.forget();
        self.lately.forget();
    }

    /// The same, to be called about once a second: `now` is the wall clock, by which it is told until the next call what
    /// has been left alone for so long that its handle can be asked instead of its name. Before the first call every look
    /// is by name.
    pub fn let_go_at(&self, now: SystemTime) {
        self.holding.tell(now);
        self.let_go();
    }

    /// The file at exactly this place, through no link at all.
    ///
    /// # Errors
    /// [`Refusal::Missing`] only where the directory is there; the other kinds as they are described.
    pub fn resolve(&self, place: &Place, now: Instant) -> Result<SafePath, Refusal> {
        self.look_again_when_due(now);
        self.holding.file(place, How::Placed, || {
            self.directory_now(&place.dirname)?.file(&place.basename)
        })
    }

    /// The directory that this place itself names, at exactly this place, through no link at all.
    ///
    /// # Errors
    /// As [`directory`](Self::directory).
    pub fn resolve_directory(&self, place: &Place, now: Instant) -> Result<Directory, Refusal> {
        let directory = place.as_directory().ok_or(Refusal::Outside)?;
        self.directory(&directory, now)
    }

    /// The directory at exactly this path, through no link at all.
    ///
    /// # Errors
    /// [`Refusal::Outside`], [`Refusal::Link`], [`Refusal::Protected`], [`Refusal::Io`].
    pub fn directory(&self, dirname: &Dirname, now: Instant) -> Result<Directory, Refusal> {
        self.look_again_when_due(now);
        self.directory_now(dirname)
    }

    fn directory_now(&self, dirname: &Dirname) -> Result<Directory, Refusal> {
        let (root, below) = self
            .each
            .iter()
            .find_map(|root| Some((root, dirname.below(root.path())?)))
            .ok_or(Refusal::Outside)?;
        let root = root.handle()?;
        let untouched = |identity: &Identity| self.holding.untouched(identity);
        let handle = (self.recent).directory(self.way, &root, (dirname, below), untouched);
        let handle = handle.map_err(Refusal::of_directory)?;
        Directory::admit(handle, dirname, below, root.node(), &self.rules)
    }

    fn look_again_when_due(&self, now: Instant) {
        let first = *self.first_look.get_or_init(|| now);
        let since = now.saturating_duration_since(first).as_millis();
        let since_ms = u64::try_from(since).unwrap_or(u64::MAX);
        let due = self.due_ms.load(Ordering::Acquire);
        // One thread looks; the others go on with what was known, for the time that one look takes.
        if since_ms >= due {
            let next = since_ms.saturating_add(LOOK_COUNTS_MS);
            let taken =
                self.due_ms
                    .compare_exchange(due, next, Ordering::AcqRel, Ordering::Acquire);
            if taken.is_ok() {
                self.refresh();
            }
        }
    }
}

#[cfg(test)]
mod tests;
