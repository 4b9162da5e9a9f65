//! A key is only ever narrowed: what it may become, and what may be derived from it.
//!
//! Nothing here gives more than was there before. What would is refused, never cut down silently.

use jiff::Timestamp;

use super::limits::{Claims, MOST_USES};
use super::{Idle, Life, Limits, PasswordHash, Record};
use crate::names::{Label, Rights};

/// What a key is to be narrowed to; what is absent stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Narrowing {
    /// No more than this.
    pub rights: Option<Rights>,
    /// No longer than this, counted from now.
    pub life: Option<Life>,
    /// Dead when unused for so long.
    pub idle: Option<Idle>,
    /// For so many browsers, each of which has to claim it.
    pub uses: Option<u8>,
    /// With this passphrase; one that is there is replaced.
    pub passphrase: Option<PasswordHash>,
    /// Another note, or none.
    pub label: Option<Option<Label>>,
}

/// Why a key cannot become what was asked for: it would be more than it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Widens {
    /// More rights.
    #[error("a key is only ever narrowed: it never gets more rights than it has")]
    Rights,
    /// A later end.
    #[error("a key is only ever narrowed: it never ends later than it does")]
    Life,
    /// A longer time without use.
    #[error("a key is only ever narrowed: it may never stay unused for longer than now")]
    Idle,
    /// More browsers, none, or too many of them.
    #[error("a key is only ever narrowed: 1 to 100 browsers may claim it, and never more than now")]
    Uses,
    /// From a key that only those who claimed it may use.
    #[error("only those who claimed this key may use it: no other key can be made from it")]
    Claimed,
}

impl Widens {
    /// The rule, for an answer.
    #[must_use]
    pub fn rule(self) -> &'static str {
        match self {
            Self::Rights => "A key is only ever narrowed: it never gets more rights than it has.",
            Self::Life => "A key is only ever narrowed: it never ends later than it does.",
            Self::Idle => {
                "A key is only ever narrowed: it may never stay unused for longer than now."
            }
            Self::Uses => {
                "A key is only ever narrowed: 1 to 100 browsers may claim it, and never more than now."
            }
            Self::Claimed => {
                "Only those who claimed this key may use it: no other key can be made from it."
            }
        }
    }
}

impl Record {
    /// The record narrowed at `now`.
    ///
    /// # Errors
    /// [`Widens`]; the record stays as it is.
    pub fn narrowed(&self, by: &Narrowing, now: Timestamp) -> Result<Self, Widens> {
        let limits = &self.limits;
        Ok(Self {
            rights: no_more(by.rights, self.rights).ok_or(Widens::Rights)?,
            expires: sooner(by.life, self.expires, now)?,
            label: by.label.clone().unwrap_or_else(|| self.label.clone()),
            limits: Limits {
                idle: match (by.idle, limits.idle) {
                    // Without a time of minting there is nothing to count from.
                    (Some(_), _) if self.created.is_none() => return Err(Widens::Idle),
                    (Some(idle), Some(most)) if idle > most => return Err(Widens::Idle),
                    (idle, most) => idle.or(most),
                },
                claims: fewer(by.uses, limits.claims.as_ref())?,
                passphrase: by.passphrase.clone().or_else(|| limits.passphrase.clone()),
                parent: limits.parent,
            },
            ..self.clone()
        })
    }
}

/// The rights, if they are no more than `most`.
fn no_more(asked: Option<Rights>, most: Rights) -> Option<Rights> {
    let rights = asked.unwrap_or(most);
    (rights <= most).then_some(rights)
}

/// The end, if it is no later than the one that is there.
pub(super) fn sooner(
    asked: Option<Life>,
    end: Option<Timestamp>,
    now: Timestamp,
) -> Result<Option<Timestamp>, Widens> {
    let Some(life) = asked else { return Ok(end) };
    match (life.end(now), end) {
        (None, Some(_)) => Err(Widens::Life),
        (Some(asked), Some(end)) if asked > end => Err(Widens::Life),
        (asked, _) => Ok(asked),
    }
}

/// How many browsers may still claim it, if they are no more than before.
fn fewer(asked: Option<u8>, claims: Option<&Claims>) -> Result<Option<Claims>, Widens> {
    let Some(left) = asked else {
        return Ok(claims.cloned());
    };
    let (most, browsers) = match claims {
        Some(claims) => (claims.left, claims.browsers.clone()),
        None => (MOST_USES, Vec::new()),
    };
    if left == 0 || left > most {
        return Err(Widens::Uses);
    }
    Ok(Some(Claims { left, browsers }))
}
