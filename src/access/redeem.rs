//! A key is redeemed: its record is live, and what it names stands at its place at this very moment.
//!
//! It must never tell why a key opens nothing: all causes are one refusal. What wants a file asks for a file, and a key of
//! a directory is an unknown key to it.

use super::{Access, Moment};
use crate::error::{Kind, Refused};
use crate::mint::{AccessKey, KeyId};
use crate::names::{Rights, Scope};
use crate::resolve::{Refusal, SafePath};
use crate::store::{Found, day_number};

/// A key of a file that is good now, and where it leads.
pub struct Redeemed {
    /// What is known about it.
    pub found: Found,
    /// The file; `None` when a good edit key's file is not there.
    pub path: Option<SafePath>,
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
        let (found, first) = self.live(&id, now).await?;
        if found.scope != Scope::File {
            // It was presented by who has it; the day is told once.
            self.note(first, id, now);
            return Err(Refused::new(Kind::Refused, "a key of a directory"));
        }
        let redeemed = self.file(found, now)?;
        self.note(first, id, now);
        Ok(redeemed)
    }

    /// What `key` opens at this moment, be it a file or a directory.
    ///
    /// # Errors
    /// [`Kind::Refused`] alike for a key that is unknown, expired, revoked or leads outside; what the store says.
    pub async fn open(&self, key: &AccessKey, now: Moment) -> Result<Opened, Refused> {
        let id = key.id();
        let (found, first) = self.live(&id, now).await?;
        let opened = match found.scope {
            Scope::File => Opened::File(self.file(found, now)?),
            Scope::Directory => {
                let directory = self.roots().resolve_directory(&found.place, now.instant);
                directory.map_err(|refusal| nothing(&id, refusal))?;
                Opened::Directory(found)
            }
        };
        self.note(first, id, now);
        Ok(opened)
    }

    /// The live record of this name, and whether it is used for the first time on this day.
    async fn live(&self, id: &KeyId, now: Moment) -> Result<(Found, bool), Refused> {
        let unknown = |why| Refused::new(Kind::Refused, why);
        let used = self.keys.find_used(id, day_number(now.time)).await?;
        let (found, first) = used.ok_or_else(|| unknown("an unknown or revoked key"))?;
        if found.expired(now.time) {
            return Err(unknown("an expired key"));
        }
        Ok((found, first))
    }

    fn file(&self, found: Found, now: Moment) -> Result<Redeemed, Refused> {
        let path = match self.roots().resolve(&found.place, now.instant) {
            Ok(path) => Some(path),
            Err(Refusal::Missing) if found.rights == Rights::Edit => None,
            Err(refusal) => return Err(nothing(&found.id, refusal)),
        };
        Ok(Redeemed { found, path })
    }

    fn note(&self, first: bool, id: KeyId, now: Moment) {
        if first {
            self.last_uses.used(id, now.time);
        }
    }
}

/// A good key at whose place nothing is to be opened.
fn nothing(id: &KeyId, refusal: Refusal) -> Refused {
    tracing::debug!(key = %id, "{refusal}");
    Refused::new(Kind::Refused, refusal)
}
