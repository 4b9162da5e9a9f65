//! Stage 4: a permit becomes a key.
//!
//! Whoever holds a [`Permit`] may have a key; nobody else can make a [`Draft`]. This stage never
//! touches the disk: a draft is worth nothing until [`crate::store`] has it there.

mod brief;
mod entry;
mod key;
mod life;
mod limits;
mod narrow;
mod password;
mod record;
mod secrets;

pub(crate) use brief::Brief;
pub use key::{AccessKey, KEY_BYTES, KEY_CHARS, KeyId, NotAKey, random};
pub use life::Life;
pub use limits::{Browser, Claims, Idle, Limits, MOST_USES, More};
pub use narrow::{Narrowing, Widens};
pub use password::{
    Cost, NotPassword, NotPasswordHash, PASSWORD_BYTES, PASSWORD_CHARS, Password, PasswordHash,
};
pub use record::{Bind, Record, RecordError, Sealed};
pub use secrets::{NotSecret, SECRET_BYTES, Sealer, Secret, Secrets};

use jiff::Timestamp;

use secrets::NONCE_BYTES;

use crate::grants::Permit;
use crate::names::Label;

/// A key that no store knows yet: the secret, and what will be written about it.
pub struct Draft {
    /// The secret, for whoever asked.
    pub key: AccessKey,
    /// Its name.
    pub id: KeyId,
    /// What is stored.
    pub record: Record,
    /// The life that was asked for, to find the same key again.
    pub life: Life,
}

/// What a new key is to be, beyond what its permit says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// How long it lives.
    pub life: Life,
    /// A note on it.
    pub label: Option<Label>,
    /// Who may use it.
    pub bind: Bind,
    /// What else narrows it.
    pub limits: Limits,
}

impl Terms {
    /// A key of this life that nothing else narrows.
    #[must_use]
    pub fn of(life: Life) -> Self {
        Self {
            life,
            label: None,
            bind: Bind::Holder,
            limits: Limits::default(),
        }
    }
}

/// A fresh key for what `permit` allows. Its life is counted from `now`, both in whole seconds.
///
/// # Errors
/// [`NoRandom`] when the operating system gives no random bytes.
pub fn draft(
    permit: Permit,
    terms: Terms,
    now: Timestamp,
    sealer: &Sealer,
) -> Result<Draft, NoRandom> {
    let record = Record {
        place: permit.place,
        scope: permit.scope,
        rights: permit.rights,
        created: Some(now),
        expires: terms.life.end(now),
        by: permit.by,
        label: terms.label,
        sealed: None,
        bind: terms.bind,
        limits: terms.limits,
    };
    sealed(record, terms.life, sealer)
}

/// A fresh key for a record that was narrowed from its parent's.
///
/// # Errors
/// [`NoRandom`].
pub fn draft_derived(record: Record, sealer: &Sealer) -> Result<Draft, NoRandom> {
    debug_assert!(record.limits.parent.is_some(), "derived from a key");
    sealed(record, Life::Unlimited, sealer)
}

fn sealed(mut record: Record, life: Life, sealer: &Sealer) -> Result<Draft, NoRandom> {
    let (key, id, nonce) = loop {
        let (key, nonce) = draw()?;
        let id = key.id();
        // A text that starts with '-' could not be typed as an argument: one key in 32 is drawn again.
        if !key.reveal().starts_with('-') && !id.to_string().starts_with('-') {
            break (key, id, nonce);
        }
    };
    record.sealed = Some(sealer.seal_with(nonce, &key, &id)?);
    Ok(Draft {
        key,
        id,
        record,
        life,
    })
}

/// A key, and a nonce to seal it with, by one call of the system.
fn draw() -> Result<(AccessKey, [u8; NONCE_BYTES]), NoRandom> {
    let drawn = random::<{ KEY_BYTES + NONCE_BYTES }>()?;
    let (mut bytes, mut nonce) = ([0; KEY_BYTES], [0; NONCE_BYTES]);
    for (to, from) in bytes.iter_mut().chain(&mut nonce).zip(drawn) {
        *to = from;
    }
    Ok((AccessKey::of(bytes), nonce))
}

/// The operating system gave no random bytes. Nothing is minted then.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gives no random bytes")]
pub struct NoRandom;
