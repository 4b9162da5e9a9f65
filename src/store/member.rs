//! One secret for all nodes: a node whose secret is another's takes no part in the store that they share.
//!
//! The first node leaves the secret's fingerprint at the server, from which nothing of the secret can be told, and the form
//! in which everything stands there; every other node compares. What differs is refused, and never written over.

use std::sync::atomic::{AtomicBool, Ordering};

use super::StoreError;
use super::redis::{Change, Link, Outcome};
use crate::mint::Secrets;

/// The form in which everything stands at the server.
const FORMAT: &[u8] = b"1";
/// What holds the fingerprint, and the form.
const SECRET: &str = "secret";
const FORM: &str = "format";
/// How often two first nodes may meet.
const TRIES: usize = 3;

/// This node, and whether it may take part.
pub struct Member {
    link: Link,
    fingerprint: String,
    joined: AtomicBool,
}

/// Why a node takes no part.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NotMember {
    /// The server cannot be asked now.
    #[error(transparent)]
    Away(#[from] StoreError),
    /// Its secret is another one.
    #[error(
        "the other nodes at this Redis have another secret: give this node the same one, in the file that 'secret_file' names or in EDITKEY_SECRET; where the old secret is lost for good, remove the key that ends in ':secret' at the server (bookmarks go on working, but none can be shown again)"
    )]
    OtherSecret,
    /// A later editkey keeps everything there.
    #[error(
        "another version of editkey keeps its keys at this Redis in a form that this one does not know: use that version, or another redis.prefix"
    )]
    OtherForm,
}

impl Member {
    /// A node with these secrets; nothing is asked yet.
    #[must_use]
    pub fn of(link: Link, secrets: &Secrets) -> Self {
        Self {
            link,
            fingerprint: secrets.fingerprint(),
            joined: AtomicBool::new(false),
        }
    }

    /// The way to the server.
    #[must_use]
    pub fn link(&self) -> &Link {
        &self.link
    }

    /// Whether the node has the others' secret, as far as it could ask.
    #[must_use]
    pub fn joined(&self) -> bool {
        self.joined.load(Ordering::Relaxed)
    }

    /// Compares the secrets; the first node leaves its own fingerprint.
    ///
    /// # Errors
    /// [`NotMember`].
    pub async fn join(&self) -> Result<(), NotMember> {
        for _ in 0..TRIES {
            let (secret, form) = read(&self.link).await?;
            if form.as_deref().is_some_and(|form| form != FORMAT) {
                return Err(NotMember::OtherForm);
            }
            let ours = self.fingerprint.as_bytes();
            match secret {
                Some(others) if others != ours => return Err(NotMember::OtherSecret),
                Some(_) => {}
                None => {
                    let names = self.link.names();
                    let mut change = Change::default();
                    change.expect(names.the(SECRET), None);
                    change.expect(names.the(FORM), form);
                    change.set(&names.the(FORM), FORMAT, None);
                    change.set(&names.the(SECRET), ours, None);
                    if matches!(self.link.commit(change).await?, Outcome::Conflict) {
                        continue;
                    }
                }
            }
            self.joined.store(true, Ordering::Relaxed);
            return Ok(());
        }
        Err(NotMember::Away(StoreError::Busy("Redis".into())))
    }
}

/// Whether a node has left its fingerprint at the server: a secret that was made now would be another one.
///
/// # Errors
/// [`StoreError::Away`].
pub async fn has_members(link: &Link) -> Result<bool, StoreError> {
    read(link).await.map(|(secret, _)| secret.is_some())
}

type Read = (Option<Vec<u8>>, Option<Vec<u8>>);

async fn read(link: &Link) -> Result<Read, StoreError> {
    let mut commands = redis::pipe();
    for name in [SECRET, FORM] {
        commands.get(link.names().the(name));
    }
    link.ask(commands).await
}
