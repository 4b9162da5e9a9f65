//! What stands in a directory, read through its open handle: names that could be asked for, and one look at each.
//!
//! It must never follow a link nor tell of one, and never tell of what is editkey's own, of a name that no place can
//! have, or of a file that no key could open. A name that is told is no permission: whoever asks for it is looked at anew.

use std::ops::ControlFlow;
use std::time::Instant;

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, openat, statat};

use super::identity::{Identity, Node, Stamp};
use super::way::one;
use super::{Directory, Refusal, Roots};
use crate::file_system::made_up;
use crate::names::{Basename, Dirname, escaped_again};

/// What a name is of. Directories come before files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A regular file.
    File,
}

/// What is called with every name: with nothing for one that is left out.
pub type EachName<'a> = dyn FnMut(Option<(Kind, &str)>) -> ControlFlow<()> + 'a;

/// What one look at a name saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Looked {
    /// Of a file or of a directory.
    pub kind: Kind,
    /// Bytes of a file.
    pub size: Option<u64>,
    /// When it last changed.
    pub modified: Stamp,
}

impl Roots {
    /// The directory at exactly this path, through no link at all, to be listed: of the directories above it none is
    /// editkey's own, and the last is the root.
    ///
    /// # Errors
    /// As [`Roots::directory`].
    pub fn listable(&self, dirname: &Dirname, now: Instant) -> Result<Directory, Refusal> {
        let directory = self.directory(dirname, now)?;
        directory.check_chain()?;
        Ok(directory)
    }
}

impl Directory {
    /// Calls `each` with every name in it, in no order, until told to stop: with nothing for one that is left out, so
    /// that it can be counted. Links, special files and names that no place can have are left out. What a name is, is
    /// the directory's own word: [`look`](Self::look) says more. Blocks.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn names(&self, each: &mut EachName<'_>) -> Result<(), Refusal> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let listable =
            openat(&self.handle, ".", flags, Mode::empty()).map_err(Refusal::of_directory)?;
        for entry in Dir::new(listable).map_err(Refusal::of_directory)? {
            let entry = entry.map_err(Refusal::of_directory)?;
            let name = entry.file_name();
            let mut kind = entry.file_type();
            if kind == FileType::Unknown {
                let stat = statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW);
                kind = stat.map_or(kind, |stat| FileType::from_raw_mode(stat.st_mode));
            }
            let name = name.to_str().ok();
            let name = name.filter(|name| Basename::is(name) && !escaped_again(name));
            if each(known(kind).zip(name)).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// What has that name in it now; nothing where that is no file that a key could open, and no directory that could be
    /// listed. Permissions aside: they show when it is opened.
    #[must_use]
    pub fn look(&self, name: &Basename) -> Option<Looked> {
        match self.look_at(name) {
            Ok(identity) => Some(Looked {
                kind: Kind::File,
                size: Some(identity.size),
                modified: identity.modified,
            }),
            Err(Refusal::NotRegular) => self.look_at_directory(name),
            Err(_) => None,
        }
    }

    fn look_at_directory(&self, name: &Basename) -> Option<Looked> {
        let stat = statat(&self.handle, name.as_str(), AtFlags::SYMLINK_NOFOLLOW).ok()?;
        let node = Node::of(&stat);
        let protected = &self.rules.protected;
        let is_directory = FileType::from_raw_mode(stat.st_mode) == FileType::Directory;
        if !is_directory || protected.is_directory(node) {
            return None;
        }
        let dirname = self.dirname().joined(name.as_str()).ok()?;
        if protected.covers(&dirname) {
            return None;
        }
        if node.device != self.handle.node().device
            && made_up(one(&self.handle, name.as_str()).ok()?)
        {
            return None;
        }
        Some(Looked {
            kind: Kind::Directory,
            size: None,
            modified: Identity::of(&stat).modified,
        })
    }
}

/// What is told of: nothing but files and directories.
fn known(kind: FileType) -> Option<Kind> {
    match kind {
        FileType::Directory => Some(Kind::Directory),
        FileType::RegularFile => Some(Kind::File),
        FileType::Symlink
        | FileType::Fifo
        | FileType::Socket
        | FileType::CharacterDevice
        | FileType::BlockDevice
        | FileType::Unknown => None,
    }
}
