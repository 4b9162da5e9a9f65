//! The sessions of PHP applications, where PHP keeps them: in files, or in Redis as phpredis writes them.
//!
//! They are read and nothing else: never made, never written, and never kept locked longer than the reading takes. What
//! is not a session that PHP wrote for the configured account is as good as none.

mod files;
mod held;
mod id;
mod redis;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

pub use files::{NotFolder, check_folder};
pub use id::PhpSessionId;
pub use redis::RedisAddress;

use super::StoreError;
use crate::cache::Made;
use files::PhpFiles;
use redis::PhpRedis;

/// Most bytes of a session.
const SESSION_BYTES: usize = 1024 * 1024;

/// Where PHP keeps its sessions: what a `save_path` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PhpPlace {
    /// In files `sess_ID`.
    Files {
        /// The folder.
        folder: PathBuf,
        /// How many levels of folders below it are named by the id's first characters.
        levels: usize,
        /// The account that PHP runs as.
        owner: u32,
    },
    /// In a Redis server.
    Redis(RedisAddress),
}

/// What is done while a script holds a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// Waiting, for about two seconds.
    Some,
    /// Doing without.
    None,
}

/// What was read of a session.
pub struct Read {
    bytes: Vec<u8>,
    made: Made,
}

impl Read {
    fn of(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            made: Made::default(),
        }
    }

    /// What `make` makes of the bytes; made once, as long as the session stays what it is.
    pub fn made<T: Send + Sync + 'static>(&self, make: impl Fn(&[u8]) -> T) -> Arc<T> {
        self.made.by(|| make(&self.bytes))
    }
}

/// PHP's sessions.
pub struct PhpStore(Kept);

enum Kept {
    Files(PhpFiles),
    Redis(PhpRedis),
}

impl PhpStore {
    /// The sessions at `place`; a file counts for `lifetime` after it was written.
    #[must_use]
    pub fn at(place: PhpPlace, lifetime: Duration) -> Self {
        Self(match place {
            PhpPlace::Files {
                folder,
                levels,
                owner,
            } => Kept::Files(PhpFiles::at(folder, levels, owner, lifetime)),
            PhpPlace::Redis(address) => Kept::Redis(PhpRedis::at(address)),
        })
    }

    /// What the session with this id says; `None` when there is none that may be believed.
    ///
    /// # Errors
    /// [`StoreError::Busy`] while a script holds it, or Redis does not answer.
    pub async fn session(
        &self,
        id: &PhpSessionId<'_>,
        patience: Patience,
        now: Timestamp,
    ) -> Result<Option<Arc<Read>>, StoreError> {
        match &self.0 {
            Kept::Files(files) => files.session(id, patience, now).await,
            Kept::Redis(redis) => {
                let bytes = Box::pin(redis.session(id)).await?;
                Ok(bytes.map(|bytes| Arc::new(Read::of(bytes))))
            }
        }
    }

    /// Lets go of what is held open because somebody was known by it; to be called about once a second.
    pub fn let_go(&self) {
        if let Kept::Files(files) = &self.0 {
            files.let_go();
        }
    }
}
