//! Why a place gives nothing, and what the system's own errors mean on the way to one.
//!
//! It must never take what passes for what is: a machine that is short of something says nothing of a place.

use rustix::io::Errno;

/// Why a place gives nothing. For the log only: a client is told the same for all but [`Refusal::Missing`] and
/// what [passes](Refusal::passes).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such directory below a root, or the canonical place is outside the roots or the grants.
    #[error("the place is outside the roots or its directory is not there")]
    Outside,
    /// A link stands where none may be followed.
    #[error("a link stands on the way to the place")]
    Link,
    /// The directory is there, the file is not.
    #[error("no file of that name is in the directory")]
    Missing,
    /// A directory, a device, a socket, a pipe, or a file the kernel makes up.
    #[error("what stands at the place is no regular file")]
    NotRegular,
    /// The file has other names, and the settings do not say that such files may be written.
    #[error("the file has several hard links")]
    HardLinks,
    /// editkey's own state.
    #[error("the place belongs to editkey itself")]
    Protected,
    /// The name got another file each time it was looked at.
    #[error("the name keeps getting other files")]
    Unsettled,
    /// The system refused, for a reason of its own.
    #[error("the system refused: {0}")]
    Io(Errno),
}

impl Refusal {
    /// Whether this tells nothing of the place but that it could not be looked at now: the name got file upon file, the
    /// machine is short of descriptors or memory, a disk or a file server does not answer. Later it may open.
    #[must_use]
    pub fn passes(self) -> bool {
        match self {
            Self::Unsettled => true,
            Self::Io(errno) => matches!(
                errno,
                Errno::AGAIN
                    | Errno::CONNABORTED
                    | Errno::HOSTDOWN
                    | Errno::HOSTUNREACH
                    | Errno::INTR
                    | Errno::IO
                    | Errno::MFILE
                    | Errno::NFILE
                    | Errno::NOBUFS
                    | Errno::NOMEM
                    | Errno::NOTCONN
                    | Errno::STALE
                    | Errno::TIMEDOUT
            ),
            Self::Outside
            | Self::Link
            | Self::Missing
            | Self::NotRegular
            | Self::HardLinks
            | Self::Protected => false,
        }
    }

    /// What an error of the way to a directory means.
    pub(super) fn of_directory(errno: Errno) -> Self {
        match errno {
            Errno::LOOP => Self::Link,
            Errno::NOENT | Errno::NOTDIR | Errno::XDEV | Errno::NAMETOOLONG => Self::Outside,
            other => Self::Io(other),
        }
    }

    /// What an error at the last component means, once its directory is open.
    pub(super) fn of_file(errno: Errno) -> Self {
        match errno {
            Errno::LOOP => Self::Link,
            Errno::NOENT => Self::Missing,
            Errno::NAMETOOLONG => Self::Outside,
            Errno::NXIO | Errno::ISDIR => Self::NotRegular,
            other => Self::Io(other),
        }
    }
}
