//! The audit log: who did what to which key, one JSON object a line.
//!
//! It never holds a key, a passphrase, a token, a cookie, a path or a label: keys stand in it by their ids. To note
//! something waits for no disk and never fails a request; what was noted is written by a thread of its own, or when a
//! command ends.

mod follow;
mod heard;
mod line;
mod queue;
mod read;
mod rotate;
#[cfg(test)]
mod tests;
mod writer;

use std::borrow::Cow;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::mint::KeyId;

pub use follow::Follower;
pub use heard::{Heard, Loss};
pub use line::{Line, address};
use queue::Queue;
pub use read::{Trace, Wanted, read};
use writer::Writer;

/// How often what was noted is written.
const EVERY: Duration = Duration::from_millis(100);
/// How often it is tried while the log cannot be written.
const EVERY_FAILING: Duration = Duration::from_secs(1);
/// Most bytes that are read for the trace of one key.
const TRACE_BYTES: u64 = 32 * 1024 * 1024;
/// How the operator is remembered.
const OPERATOR: &str = "operator";

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Act {
    /// A key was made.
    Mint,
    /// A key opened its page, its file, or passed the gate.
    Open,
    /// A file was saved by a key.
    Save,
    /// A narrower key was made from a key.
    Derive,
    /// A key's properties were changed.
    Set,
    /// A key was revoked; without a key: a host withdrew a grant.
    Revoke,
    /// A key's bookmark was shown once more.
    Link,
    /// A key's passphrase was given.
    Unlock,
    /// A browser claimed a key.
    Claim,
    /// A key was pruned.
    Prune,
    /// A pruned key was brought back.
    Undo,
    /// A key of another program was added.
    Import,
    /// A key opened nothing, or an ask for one was refused.
    Refuse,
    /// So many events were not written.
    Dropped,
}

impl Act {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Mint,
        Self::Open,
        Self::Save,
        Self::Derive,
        Self::Set,
        Self::Revoke,
        Self::Link,
        Self::Unlock,
        Self::Claim,
        Self::Prune,
        Self::Undo,
        Self::Import,
        Self::Refuse,
        Self::Dropped,
    ];

    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mint => "mint",
            Self::Open => "open",
            Self::Save => "save",
            Self::Derive => "derive",
            Self::Set => "set",
            Self::Revoke => "revoke",
            Self::Link => "link",
            Self::Unlock => "unlock",
            Self::Claim => "claim",
            Self::Prune => "prune",
            Self::Undo => "undo",
            Self::Import => "import",
            Self::Refuse => "refuse",
            Self::Dropped => "dropped",
        }
    }

    /// Whether it changes nothing and comes often, so that repeats are counted and a flood is dropped.
    fn is_often(self) -> bool {
        matches!(self, Self::Open | Self::Refuse)
    }
}

/// One thing that happened.
#[derive(Debug, Clone)]
pub struct Event {
    /// When.
    pub time: Timestamp,
    /// What.
    pub act: Act,
    /// To which key.
    pub key: Option<KeyId>,
    /// Who did it, as keys remember a visitor; nothing where the key alone did.
    pub by: Option<Arc<str>>,
    /// From where.
    pub from: Option<IpAddr>,
    /// Why it was refused, or what else is to be said; never a secret.
    pub why: Option<Cow<'static, str>>,
}

impl Event {
    /// Something that was done to `key`.
    #[must_use]
    pub fn of(act: Act, key: KeyId, time: Timestamp) -> Self {
        Self {
            time,
            act,
            key: Some(key),
            by: None,
            from: None,
            why: None,
        }
    }

    /// The same, done by the operator at the command line.
    #[must_use]
    pub fn by_operator(self) -> Self {
        Self {
            by: Some(OPERATOR.into()),
            ..self
        }
    }

    /// The same, and this word is to be said of it: one of a few, never what somebody sent.
    #[must_use]
    pub fn because(self, why: &'static str) -> Self {
        Self {
            why: Some(Cow::Borrowed(why)),
            ..self
        }
    }
}

/// How much of an address is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addresses {
    /// All of it.
    Full,
    /// Its network: the first 24 bits of an IPv4 address, the first 48 of an IPv6 address.
    Truncated,
    /// Nothing.
    None,
}

/// Where the audit log is, and how large it grows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditFile {
    /// The file that is written; older ones stand beside it, as `NAME.1`, `NAME.2`…, the newest first.
    pub path: PathBuf,
    /// How much of an address is written.
    pub address: Addresses,
    /// Bytes after which another file begins.
    pub size: u64,
    /// How many older ones are kept.
    pub keep: u32,
}

impl AuditFile {
    /// The files of an older log, newest first, whether they are there or not.
    pub fn older(&self) -> impl Iterator<Item = PathBuf> + use<> {
        rotate::older(&self.path, self.keep)
    }
}

/// Where events go. The one that is made by default counts them and forgets them.
#[derive(Clone, Default)]
pub struct Audit {
    log: Option<Arc<Inner>>,
    heard: Arc<Heard>,
}

struct Inner {
    place: AuditFile,
    queue: Mutex<Queue>,
    writer: Mutex<Turn>,
    failing: AtomicBool,
}

/// What only the one who writes touches.
struct Turn {
    writer: Writer,
    /// Room for what is noted next, which so grows once and not each time.
    room: Queue,
}

impl Audit {
    /// The log at `place`. Nothing is opened before there is something to write.
    #[must_use]
    pub fn to(place: AuditFile) -> Self {
        let heard = Arc::<Heard>::default();
        let log = Inner {
            writer: Mutex::new(Turn {
                writer: Writer::of(&place, Arc::clone(&heard)),
                room: Queue::default(),
            }),
            place,
            queue: Mutex::default(),
            failing: AtomicBool::new(false),
        };
        Self {
            log: Some(Arc::new(log)),
            heard,
        }
    }

    /// Notes an event. It waits for nobody but for whoever else is noting one.
    pub fn note(&self, event: Event) {
        self.heard.note(event.act);
        let Some(inner) = &self.log else { return };
        let time = event.time;
        if inner.queue().push(event, inner.place.address) {
            inner.write(Some(time));
        }
    }

    /// Writes what is noted from now on, on a thread of its own, for as long as this log is in use.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn keep_writing(
        &self,
        now: impl Fn() -> Timestamp + Send + 'static,
    ) -> std::io::Result<()> {
        let Some(inner) = &self.log else {
            return Ok(());
        };
        let inner = Arc::downgrade(inner);
        let writing = move || {
            let mut pause = EVERY;
            loop {
                std::thread::sleep(pause);
                let Some(inner) = inner.upgrade() else { return };
                inner.write(Some(now()));
                pause = if inner.failing.load(Ordering::Relaxed) {
                    EVERY_FAILING
                } else {
                    EVERY
                };
            }
        };
        let thread = std::thread::Builder::new().name("audit".to_owned());
        thread.spawn(writing).map(drop)
    }

    /// Writes all that was noted, and what was counted of repeats. Blocks.
    pub fn finish(&self) {
        if let Some(inner) = &self.log {
            inner.write(None);
        }
    }

    /// Whether the log is written; one that is switched off is.
    #[must_use]
    pub fn trusted(&self) -> bool {
        let failing = |inner: &Arc<Inner>| inner.failing.load(Ordering::Relaxed);
        !self.log.as_ref().is_some_and(failing)
    }

    /// How often each thing was noted, each event for itself, also where no log is written.
    #[must_use]
    pub fn heard(&self) -> &Heard {
        &self.heard
    }

    /// What the log says about one key, newest first, at most `most` lines. What was noted within the last moment may be
    /// missing. Blocks.
    ///
    /// # Errors
    /// What the disk says. A log that is not there is empty.
    pub fn trace(&self, key: &KeyId, most: usize) -> std::io::Result<Trace> {
        let Some(inner) = &self.log else {
            return Ok(Trace::default());
        };
        let wanted = Wanted {
            key: Some(key.to_string()),
            ..Wanted::default()
        };
        read(&inner.place, &wanted, most, TRACE_BYTES)
    }
}

impl Inner {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what was noted until `now`; without a time, all that is known.
    fn write(&self, now: Option<Timestamp>) {
        let mut turn = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let Turn { writer, room } = &mut *turn;
        let fresh = std::mem::take(room);
        let mut noted = std::mem::replace(&mut *self.queue(), fresh);
        writer.take(&mut noted, self.failing.load(Ordering::Relaxed));
        *room = noted.emptied();
        writer.settle(now);
        match writer.put() {
            Ok(()) if self.failing.swap(false, Ordering::Relaxed) => {
                tracing::warn!("{}: it is written again", self.place.path.display());
            }
            Err(error) if !self.failing.swap(true, Ordering::Relaxed) => {
                tracing::error!(
                    "{}: the audit log cannot be written: {error}",
                    self.place.path.display()
                );
            }
            Ok(()) | Err(_) => {}
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.write(None);
    }
}
