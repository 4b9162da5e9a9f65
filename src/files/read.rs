//! Reading a file with its revision; small ones from memory while nothing says that they changed.
//!
//! It must never answer from memory for a file whose numbers differ from those it was read with, nor remember a file
//! that was changed less than two seconds before it was read: a file system's clock may not tell two changes apart.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use quick_cache::Weighter;
use rustix::io::Errno;

use crate::cache::{Cache, Made, cache, cache_by_weight};
use crate::resolve::{Access, Identity, Node, Refusal, SafePath};

use super::revision::Revision;
use super::whole::{self, Whole, errno};

/// Most bytes of a file that is remembered whole.
const SMALL_BYTES: u64 = 128 * 1024;
/// Most bytes of all remembered files, with what remembering costs.
const MEMORY_BYTES: u64 = 8 * 1024 * 1024;
/// What remembering one file costs, roughly, besides its bytes; the headers that name its revision among it.
const ENTRY_BYTES: u64 = 512;
/// Most larger files whose revisions are remembered.
const REVISIONS_MOST: usize = 4096;
/// Small files that are thought to be remembered.
const ESTIMATED: usize = 2048;
/// Few, so that the share of each holds many of the largest small files on a machine with any number of cores.
const SHARDS: usize = 8;

/// A file's bytes.
#[derive(Debug)]
pub struct Content {
    /// All of them, shared, not copied.
    pub bytes: Bytes,
    /// Of exactly these bytes.
    pub revision: Revision,
    /// When they were last changed.
    pub modified: SystemTime,
    /// Whether they are UTF-8.
    pub utf8: bool,
    /// What was made of them for whoever asks.
    pub made: Made,
}

/// What reading came to.
#[derive(Debug)]
pub enum Read {
    /// All the bytes.
    Whole(Arc<Content>),
    /// Too many of them for one piece.
    Large(Large),
}

/// An open file above the limit. It can be read in ranges and not be saved.
#[derive(Debug)]
pub struct Large {
    file: File,
    /// Its length in bytes, when it was opened.
    pub size: u64,
    /// Of the file's numbers.
    pub revision: Revision,
    /// When it was last changed.
    pub modified: SystemTime,
}

impl Large {
    /// Up to `length` bytes from `offset`; fewer at the end of the file.
    ///
    /// # Errors
    /// As the system says.
    pub fn read_range(&self, offset: u64, length: usize) -> Result<Bytes, Errno> {
        let mut bytes = vec![0; length];
        let mut filled = 0;
        while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.file.read_at(rest, offset + filled as u64) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(errno(&error)),
            }
        }
        bytes.truncate(filled);
        Ok(bytes.into())
    }
}

/// Why a file could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// What stands at the place now may not be touched.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Each time it was read it changed meanwhile.
    #[error("the file changes while it is being read")]
    Unsettled,
    /// The system refused.
    #[error("reading failed: {0}")]
    Io(#[from] Errno),
}

/// Reads files and remembers small ones. One for the whole server.
pub struct Reader {
    small: Cache<Node, Remembered, ByBytes>,
    revisions: Cache<Node, (Identity, Revision, bool)>,
}

#[derive(Clone)]
struct Remembered {
    identity: Identity,
    content: Arc<Content>,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Node, Remembered> for ByBytes {
    fn weight(&self, _: &Node, remembered: &Remembered) -> u64 {
        ENTRY_BYTES + remembered.content.bytes.len() as u64
    }
}

impl Default for Reader {
    fn default() -> Self {
        Self::new()
    }
}

impl Reader {
    /// Remembers nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            small: cache_by_weight((ESTIMATED, MEMORY_BYTES), SHARDS, ByBytes),
            revisions: cache(REVISIONS_MOST),
        }
    }

    /// The file's bytes, at most `limit` of them in one piece. `now` is the wall clock. A small file that was not
    /// touched since it was last read costs nothing but the look that `path` already is.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn read(&self, path: &SafePath, limit: u64, now: SystemTime) -> Result<Read, ReadError> {
        if let Some(content) = self.remembered(path, limit) {
            return Ok(Read::Whole(content));
        }
        let (file, opened) = path.open(Access::Read)?;
        if opened.size > limit {
            return Ok(large(file, &opened));
        }
        match whole::read(&file, limit)? {
            Whole::Bytes(bytes, identity) => Ok(Read::Whole(self.judge(bytes, identity, now))),
            Whole::TooLarge(identity) => Ok(large(file, &identity)),
            Whole::Unsettled => Err(ReadError::Unsettled),
        }
    }

    /// The file's bytes, where they are remembered and the look that `path` is says that they are the same still.
    #[must_use]
    pub fn remembered(&self, path: &SafePath, limit: u64) -> Option<Arc<Content>> {
        let seen = path.identity();
        if seen.size > SMALL_BYTES.min(limit) {
            return None;
        }
        let remembered = self.small.get(&seen.node)?;
        (remembered.identity == *seen).then_some(remembered.content)
    }

    /// Opens the file, which passes every rule once more, and leaves its bytes to others.
    ///
    /// # Errors
    /// [`ReadError::Refused`].
    pub fn openable(&self, path: &SafePath) -> Result<(), ReadError> {
        path.open(Access::Read)?;
        Ok(())
    }

    /// The content of these bytes, remembered where that is safe.
    fn judge(&self, bytes: Vec<u8>, identity: Identity, now: SystemTime) -> Arc<Content> {
        let known = self
            .revisions
            .get(&identity.node)
            .filter(|(known, _, _)| *known == identity);
        let (revision, utf8) = known.map_or_else(
            || {
                let utf8 = std::str::from_utf8(&bytes).is_ok();
                (Revision::of_contents(&bytes), utf8)
            },
            |(_, revision, utf8)| (revision, utf8),
        );
        let content = Arc::new(Content {
            bytes: Bytes::from(bytes),
            revision,
            modified: identity.modified.to_system_time(),
            utf8,
            made: Made::default(),
        });
        if identity.settled(now) {
            if identity.size <= SMALL_BYTES {
                let content = Arc::clone(&content);
                self.small
                    .insert(identity.node, Remembered { identity, content });
            } else {
                self.revisions
                    .insert(identity.node, (identity, revision, utf8));
            }
        }
        content
    }
}

fn large(file: File, identity: &Identity) -> Read {
    Read::Large(Large {
        file,
        size: identity.size,
        revision: Revision::of_numbers(identity),
        modified: identity.modified.to_system_time(),
    })
}
