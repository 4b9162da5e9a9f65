//! A key is redeemed: its record is live, and what it names stands at its place at this very moment.
//!
//! It must never tell why a key opens nothing: all causes are one refusal. What wants a file asks for a file, and a key of
//! a directory is an unknown key to it.

use super::refusals::closed;
use super::{Access, Moment};
use crate::error::{Kind, Refused};
use crate::mint::{AccessKey, KeyId};
use crate::names::{Place, Rights, Scope};
use crate::resolve::{Refusal, SafePath};
use crate::store::Found;

/// A key of a file that is good now, and where it leads.
pub struct Redeemed {
    /// What is known about it.
    pub found: Found,
    /// The file; `None` when a good edit key's file is not there.
    pub path: Option<SafePath>,
}

impl Redeemed {
    /// What is known about the key, and the file, which is there.
    ///
    /// # Errors
    /// [`Kind::Gone`].
    pub fn existing(self) -> Result<(Found, SafePath), Refused> {
        let gone = || Refused::new(Kind::Gone, "a good edit key whose file is not there");
        Ok((self.found, self.path.ok_or_else(gone)?))
    }
}

/// A key that is good now, of either scope.
pub enum Opened {
    /// Of one file.
    File(Redeemed),
    /// Of a directory, which is there, and all below it.
    Directory(Found),
}

impl Opened {
    /// What is known about the key.
    #[must_use]
    pub fn found(&self) -> &Found {
        match self {
            Self::File(redeemed) => &redeemed.found,
            Self::Directory(found) => found,
        }
    }
}

impl Access {
    /// The file that `key` opens at this moment: its record is live, a root still holds the place, and no link stands on
    /// the way.
    ///
    /// # Errors
    /// [`Kind::Refused`] alike for a key that is unknown, expired, revoked, leads outside or is of a directory; what the
    /// store says.
    pub async fn redeem(&self, key: &AccessKey, now: Moment) -> Result<Redeemed, Refused> {
        let id = key.id();
        let found = self.live(&id, now).await?;
        if found.scope != Scope::File {
            let refused = Refused::new(Kind::Refused, "a key of a directory");
            return Err(refused.because("directory"));
        }
        self.file(found, now)
    }

    /// What `key` opens at this moment, be it a file or a directory.
    ///
    /// # Errors
    /// [`Kind::Refused`] alike for a key that is unknown, expired, revoked or leads outside; what the store says.
    pub async fn open(&self, key: &AccessKey, now: Moment) -> Result<Opened, Refused> {
        let id = key.id();
        let found = self.live(&id, now).await?;
        Ok(match found.scope {
            Scope::File => Opened::File(self.file(found, now)?),
            Scope::Directory => {
                let directory = self.roots().resolve_directory(&found.place, now.instant);
                directory.map_err(|refusal| nothing(&id, refusal))?;
                Opened::Directory(found)
            }
        })
    }

    /// The live record of this name, as far as time and those it was derived from tell. Whether it is good in the hands
    /// that it is in, [`Found::passphrase`], [`Found::claims`] and [`Access::bound`] tell; once it is, the use is to be
    /// noted by [`used`](Self::used).
    ///
    /// # Errors
    /// [`Kind::Refused`] for one that is unknown, expired or revoked; what the stores say.
    pub async fn live(&self, id: &KeyId, now: Moment) -> Result<Found, Refused> {
        let unknown = |cause, why| Refused::new(Kind::Refused, cause).because(why);
        let found = self.keys.standing(id).await?;
        let found = found.ok_or_else(|| unknown("an unknown or revoked key", "unknown"))?;
        if found.expired(now.time) {
            return Err(unknown("an expired key", "expired"));
        }
        if found.more.is_some() && self.idle(&found, now).await? {
            return Err(unknown("a key that was not used for too long", "idle"));
        }
        Ok(found)
    }

    /// Whether the key, or one that it was derived from, was not used for longer than it may be.
    ///
    /// # Errors
    /// What the store says.
    pub async fn idle(&self, found: &Found, now: Moment) -> Result<bool, Refused> {
        for key in found.line() {
            // Its minting may tell already, or what is known here; else its uses do.
            if key.unused(None, now.time)
                && key.unused(self.last_uses.known(&key.id), now.time)
                && key.unused(self.last_uses.last(&key.id).await?, now.time)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Notes that the key was used, in good hands: it, and those it was derived from.
    pub fn used(&self, found: &Found, now: Moment) {
        for key in found.line() {
            self.last_uses.used(key.id, now.time);
        }
    }

    /// What stands at the place of a key that is good now, for a page that has it open; `None` for all that redeeming it
    /// would not open.
    ///
    /// # Errors
    /// [`Kind::Unavailable`] where the system does not tell.
    pub fn standing_at(&self, place: &Place, now: Moment) -> Result<Option<SafePath>, Refused> {
        match self.roots().resolve(place, now.instant) {
            Ok(path) => Ok(Some(path)),
            Err(refusal @ (Refusal::Io(_) | Refusal::Unsettled)) => {
                Err(Refused::new(Kind::Unavailable, refusal))
            }
            Err(_) => Ok(None),
        }
    }

    fn file(&self, found: Found, now: Moment) -> Result<Redeemed, Refused> {
        let path = match self.roots().resolve(&found.place, now.instant) {
            Ok(path) => Some(path),
            Err(Refusal::Missing) if found.rights == Rights::Edit => None,
            Err(refusal) => return Err(nothing(&found.id, refusal)),
        };
        Ok(Redeemed { found, path })
    }
}

/// A good key at whose place nothing is to be opened.
fn nothing(id: &KeyId, refusal: Refusal) -> Refused {
    tracing::debug!(key = %id, "{refusal}");
    let missing = refusal == Refusal::Missing;
    closed(refusal).because(if missing { "missing" } else { "outside" })
}
