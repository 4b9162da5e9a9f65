//! A file that may be touched: the open handle of its directory, its name there, and what one look saw.
//!
//! It must never be made but by [`super::Roots`], never follow a link, and never open what could block. Whatever is
//! opened through it passes the same rules again, on the open file, so nothing that was swapped in comes through.

use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::sync::Arc;

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, fstat, openat, readlinkat, statat};

use crate::file_system::made_up;
use crate::names::{Basename, Dirname};

use super::identity::{Identity, Node};
use super::recent::Place;
use super::{HardLinks, Protected, Refusal, chain};

/// How often a name that keeps getting other files is opened. A program that replaces a file without rest was seen to come in
/// between every second time; each takes well under a millisecond.
const OPENINGS: usize = 64;

/// What is asked of every file.
pub(super) struct Rules {
    hard_links: HardLinks,
    pub(super) protected: Protected,
}

impl Rules {
    pub(super) fn new(hard_links: HardLinks, protected: Protected) -> Self {
        Self {
            hard_links,
            protected,
        }
    }

    fn check(&self, identity: &Identity) -> Result<(), Refusal> {
        let kind = identity.kind();
        if kind == FileType::Symlink {
            Err(Refusal::Link)
        } else if kind != FileType::RegularFile {
            Err(Refusal::NotRegular)
        } else if self.protected.is_file(identity.node) {
            Err(Refusal::Protected)
        } else if identity.several_names && self.hard_links == HardLinks::Refuse {
            Err(Refusal::HardLinks)
        } else {
            Ok(())
        }
    }
}

/// An open directory below a root.
///
/// **Invariant:** reached from the root through no link, not editkey's own, and on a file system that holds files.
pub struct Directory {
    pub(super) handle: Place,
    dirname: Dirname,
    /// How much of the spelling is below the root.
    below_bytes: usize,
    root: Node,
    pub(super) rules: Arc<Rules>,
}

impl Directory {
    pub(super) fn admit(
        handle: Place,
        dirname: &Dirname,
        below: &str,
        root: Node,
        rules: &Arc<Rules>,
    ) -> Result<Self, Refusal> {
        let node = handle.node();
        if rules.protected.is_directory(node) || rules.protected.covers(dirname) {
            return Err(Refusal::Protected);
        }
        // The root's own file system was looked at when it was opened.
        if node.device != root.device && made_up(&handle) {
            return Err(Refusal::NotRegular);
        }
        Ok(Self {
            handle,
            dirname: dirname.clone(),
            below_bytes: below.len(),
            root,
            rules: Arc::clone(rules),
        })
    }

    /// The file of that name, which was seen to be this a moment ago, and nothing was touched since.
    pub(super) fn seen(self: &Arc<Self>, basename: &Basename, identity: Identity) -> SafePath {
        SafePath {
            directory: Arc::clone(self),
            basename: basename.clone(),
            identity,
        }
    }

    /// The spelling by which it was reached.
    #[must_use]
    pub fn dirname(&self) -> &Dirname {
        &self.dirname
    }

    /// The file of that name in it, which is looked at but not opened.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn file(self, basename: &Basename) -> Result<SafePath, Refusal> {
        let identity = self.look_at(basename)?;
        Ok(SafePath {
            directory: Arc::new(self),
            basename: basename.clone(),
            identity,
        })
    }

    /// What one look at the file of that name sees, every rule checked.
    pub(super) fn look_at(&self, basename: &Basename) -> Result<Identity, Refusal> {
        if self.rules.protected.names(&self.dirname, basename) {
            return Err(Refusal::Protected);
        }
        let stat = statat(&self.handle, basename.as_str(), AtFlags::SYMLINK_NOFOLLOW)
            .map_err(Refusal::of_file)?;
        let identity = Identity::of(&stat);
        self.rules.check(&identity)?;
        if identity.node.device != self.handle.node().device {
            self.check_mounted(basename)?;
        }
        Ok(identity)
    }

    /// A single file may be a mount of its own, of one the kernel makes up.
    fn check_mounted(&self, basename: &Basename) -> Result<(), Refusal> {
        #[cfg(target_os = "linux")]
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        #[cfg(not(target_os = "linux"))]
        let flags = OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let handle = openat(&self.handle, basename.as_str(), flags, Mode::empty())
            .map_err(Refusal::of_file)?;
        if made_up(handle) {
            return Err(Refusal::NotRegular);
        }
        Ok(())
    }

    /// Returns once every change of a name that was under way in the directory is done. The kernel counts a file's
    /// names down before it forgets the name, both under the directory's lock, for which listing waits.
    fn wait_for_changes(&self) -> Result<(), Refusal> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let listable =
            openat(&self.handle, ".", flags, Mode::empty()).map_err(Refusal::of_directory)?;
        match Dir::new(listable).map(|mut names| names.next()) {
            Ok(None | Some(Ok(_))) => Ok(()),
            Ok(Some(Err(errno))) | Err(errno) => Err(Refusal::of_directory(errno)),
        }
    }

    /// Goes up by `..` to the root: none of the directories passed is editkey's own, and the last is the root.
    pub(super) fn check_chain(&self) -> Result<(), Refusal> {
        let spelled = self.dirname.as_str();
        let below = spelled
            .get(spelled.len() - self.below_bytes..)
            .unwrap_or(spelled);
        let top = chain::climb(
            self.handle.as_fd(),
            self.handle.node(),
            chain::depth(below),
            &self.rules.protected,
        )?;
        if top == self.root {
            Ok(())
        } else {
            Err(Refusal::Outside)
        }
    }
}

impl AsFd for Directory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.handle.as_fd()
    }
}

/// What a file is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Its bytes.
    Read,
    /// Its bytes, and new ones in their place.
    Write,
}

/// A regular file below a root, and what one look at it saw.
///
/// **Invariant:** its directory is a [`Directory`]; the name is one component; the rules held when it was looked at.
pub struct SafePath {
    directory: Arc<Directory>,
    basename: Basename,
    identity: Identity,
}

impl SafePath {
    /// What the look saw.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Its directory.
    #[must_use]
    pub fn parent(&self) -> &Arc<Directory> {
        &self.directory
    }

    /// Its name there.
    #[must_use]
    pub fn basename(&self) -> &Basename {
        &self.basename
    }

    /// Opens the file that has the name now, which is not always the one that was looked at: the rules are checked
    /// on what was opened. Never waits, whatever was swapped in.
    ///
    /// # Errors
    /// [`Refusal`]; [`Refusal::Unsettled`] where the name got other files all the time.
    pub fn open(&self, access: Access) -> Result<(File, Identity), Refusal> {
        for _ in 0..OPENINGS {
            let (file, identity) = self.open_once(access)?;
            let rules = &self.directory.rules;
            if rules.hard_links == HardLinks::Write || self.still_names(&file, &identity)? {
                return Ok((file, identity));
            }
        }
        Err(Refusal::Unsettled)
    }

    fn open_once(&self, access: Access) -> Result<(File, Identity), Refusal> {
        let wanted = match access {
            Access::Read => OFlags::RDONLY,
            Access::Write => OFlags::RDWR,
        };
        let flags = wanted | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let name = self.basename.as_str();
        let file =
            openat(&self.directory.handle, name, flags, Mode::empty()).map_err(Refusal::of_file)?;
        let identity = Identity::of(&fstat(&file).map_err(Refusal::Io)?);
        self.directory.rules.check(&identity)?;
        if identity.node.device != self.directory.handle.node().device && made_up(&file) {
            return Err(Refusal::NotRegular);
        }
        Ok((File::from(file), identity))
    }

    /// Whether the open file, seen with one name, still has the name it was opened by, so that this was the one. A
    /// hard link to a file elsewhere that is taken away between the opening and the look would else pass: the file
    /// has one name then, but never had it here alone.
    fn still_names(&self, file: &File, seen: &Identity) -> Result<bool, Refusal> {
        self.directory.wait_for_changes()?;
        let wanted = self.basename.as_str();
        // Linux knows by which name a handle was opened, and says when that one is removed or another; a name is not
        // brought back by making it again.
        let known = format!("/proc/self/fd/{}", file.as_raw_fd());
        if let Ok(path) = readlinkat(CWD, known, Vec::new()) {
            let name = path.to_bytes().rsplit(|byte| *byte == b'/').next();
            if name != Some(wanted.as_bytes()) {
                return Ok(false);
            }
        }
        // And nothing of the file, the number of its names included, changed until the name was seen to be its own.
        let named = statat(&self.directory.handle, wanted, AtFlags::SYMLINK_NOFOLLOW)
            .map_err(Refusal::of_file)?;
        let found = Identity::of(&fstat(file).map_err(Refusal::Io)?);
        Ok(Node::of(&named) == seen.node && found == *seen)
    }
}
