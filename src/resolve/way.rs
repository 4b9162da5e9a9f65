//! Opening a directory below another through no link: by the kernel (`openat2`), or component by component where an
//! older kernel, a sandbox or another Unix does not offer that.
//!
//! It must never open anything but directories, so it never blocks, and never be given `..`.

use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, openat, statat};
#[cfg(target_os = "linux")]
use rustix::fs::{ResolveFlags, openat2};
use rustix::io::Errno;

use crate::names::Dirname;

/// A handle that says where, and cannot read or write.
#[cfg(target_os = "linux")]
const HANDLE: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
#[cfg(not(target_os = "linux"))]
const HANDLE: OFlags = OFlags::DIRECTORY.union(OFlags::CLOEXEC);

/// Which of the two ways; their verdicts are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// One call, checked by the kernel as it goes.
    #[cfg(target_os = "linux")]
    Kernel,
    /// A handle for each component, each opened with `O_NOFOLLOW`.
    Walk,
}

impl Way {
    /// The kernel's way where it has one and lets us use it.
    pub(super) fn known_here() -> Self {
        #[cfg(target_os = "linux")]
        if top()
            .and_then(|top| Self::Kernel.directory(top, ""))
            .is_ok()
        {
            return Self::Kernel;
        }
        Self::Walk
    }

    /// The directory `below` a handle; the empty text is the handle's own directory.
    ///
    /// # Errors
    /// `ELOOP` where a link is on the way; else as `openat`.
    pub(super) fn directory(self, from: impl AsFd, below: &str) -> Result<OwnedFd, Errno> {
        let below = if below.is_empty() { "." } else { below };
        match self {
            #[cfg(target_os = "linux")]
            Self::Kernel => {
                let rules =
                    ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
                openat2(from, below, HANDLE, Mode::empty(), rules)
            }
            Self::Walk => {
                let mut components = below.split('/');
                let mut here = one(from, components.next().unwrap_or("."))?;
                for component in components {
                    here = one(here, component)?;
                }
                Ok(here)
            }
        }
    }

    /// The directory at an absolute path, seen from `/`.
    ///
    /// # Errors
    /// As [`Way::directory`].
    pub(super) fn absolute(self, path: &Dirname) -> Result<OwnedFd, Errno> {
        match self {
            #[cfg(target_os = "linux")]
            Self::Kernel => {
                let rules = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
                openat2(CWD, path.as_str(), HANDLE, Mode::empty(), rules)
            }
            Self::Walk => self.directory(top()?, path.as_str().trim_start_matches('/')),
        }
    }
}

/// The handle of `/`.
pub(super) fn top() -> Result<OwnedFd, Errno> {
    openat(CWD, "/", HANDLE, Mode::empty())
}

/// The directory of that name; `ELOOP` for a link, whichever way the system says it.
pub(super) fn one(from: impl AsFd, component: &str) -> Result<OwnedFd, Errno> {
    let from = from.as_fd();
    match openat(from, component, HANDLE | OFlags::NOFOLLOW, Mode::empty()) {
        Err(Errno::NOTDIR) => {
            let stat = statat(from, component, AtFlags::SYMLINK_NOFOLLOW)?;
            if FileType::from_raw_mode(stat.st_mode) == FileType::Symlink {
                Err(Errno::LOOP)
            } else {
                Err(Errno::NOTDIR)
            }
        }
        opened => opened,
    }
}
