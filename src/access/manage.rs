//! Keys seen and changed by others than their holders: their own visitors, and administrators.
//!
//! Each call asks whether the key is theirs. What is not theirs looks like what is not there.

use std::sync::Arc;

use super::told::Told;
use super::{Access, Entry, Known, Moment, Party};
use crate::error::{Kind, Refused};
use crate::grants::Grants;
use crate::mint::{AccessKey, KeyId, Narrowing, Record};
use crate::names::Rights;
use crate::store::{Found, Hits, Search, Seen, Wanted, Whose};
use crate::visitor::Source;

/// Whose keys somebody may see and change: everybody's, or their own.
#[derive(Debug, Clone)]
pub struct Manager {
    by: Arc<str>,
    whose: Whose,
    /// What holds here and now: nameless visitors share one name, and see only what is granted to them.
    grants: Vec<Grants>,
}

impl Manager {
    /// Whom the audit log names.
    #[must_use]
    pub fn by(&self) -> &Arc<str> {
        &self.by
    }

    /// Whether this is an administrator, who sees and changes all keys.
    #[must_use]
    pub fn sees_all(&self) -> bool {
        self.whose == Whose::All
    }

    /// Whether the key is theirs to see.
    #[must_use]
    pub fn sees(&self, found: &Found) -> bool {
        match &self.whose {
            Whose::All => true,
            Whose::Of(names) if !names.contains(&found.by) => false,
            // Shared by all who are anyone: to see one takes all that it allows.
            Whose::Of(_) if &*found.by == "anyone" => self.granted(found) >= Some(found.rights),
            Whose::Of(_) => !found.is_nameless() || self.granted(found).is_some(),
        }
    }

    /// Whether the key is theirs to change. Nobody in particular changes no key: it is everybody's.
    #[must_use]
    pub fn changes(&self, found: &Found) -> bool {
        self.sees(found) && (self.sees_all() || &*found.by != "anyone")
    }

    /// The most that is granted here and now of what the key opens.
    fn granted(&self, found: &Found) -> Option<Rights> {
        let grants = self.grants.iter();
        let rights = grants.map(|grants| grants.rights_at(&found.place, found.scope));
        rights.max().flatten()
    }
}

impl Entry {
    /// What a host may see and change by its token: all keys, where the settings make it an administrator.
    ///
    /// # Errors
    /// [`Kind::Unauthorized`] for no token of a host; [`Kind::Refused`] for a host that is none.
    pub fn host_manager(&self, token: Option<&str>) -> Result<Manager, Refused> {
        let host = self.host(token)?;
        if !host.admin {
            let why = format_args!("{}: a host without admin", host.name.as_str());
            return Err(Refused::new(Kind::Refused, why));
        }
        Ok(Manager {
            by: Source::Host(host.name.clone()).to_string().into(),
            whose: Whose::All,
            grants: Vec::new(),
        })
    }
}

impl Access {
    /// What whoever is `known` may see and change: all keys as an administrator, else their own.
    #[must_use]
    pub fn manager(&self, known: &Known) -> Manager {
        let names = known.names();
        let admin = known.parties().find(|party| party.admin);
        let roots = self.roots();
        let told = |party: &Party| Told::of(&party.grants, &roots).grants;
        Manager {
            by: match admin {
                Some(party) => party.visitor.by(),
                None => names.first().map_or_else(|| "anyone".into(), Arc::clone),
            },
            grants: known.parties().map(told).collect(),
            whose: match admin {
                Some(_) => Whose::All,
                None => Whose::Of(names),
            },
        }
    }

    /// What whoever is `known` may see and change as a visitor: their own keys, also where they are an administrator.
    #[must_use]
    pub fn own_manager(&self, known: &Known) -> Manager {
        let names = known.names();
        Manager {
            by: names.first().map_or_else(|| "anyone".into(), Arc::clone),
            whose: Whose::Of(names),
            ..self.manager(known)
        }
    }

    /// A page of their keys. It is put together on another thread.
    ///
    /// # Errors
    /// What the stores say.
    pub async fn list(
        &self,
        manager: &Manager,
        search: Search,
        now: Moment,
    ) -> Result<Hits, Refused> {
        let (keys, last_uses) = (self.keys.clone(), self.last_uses.clone());
        let (manager, search) = (manager.clone(), search.bounded()?);
        let searching = tokio::task::spawn_blocking(move || {
            let mine = |found: &Found| manager.sees(found);
            keys.search_blocking(&manager.whose, &search, &mine, &last_uses, now.time)
        });
        let hits = searching.await;
        Ok(hits.map_err(|error| Refused::new(Kind::Unavailable, error))??)
    }

    /// One of their keys, and those around it.
    ///
    /// # Errors
    /// [`Kind::NoKey`] for one that is not there or not theirs; what the stores say.
    pub async fn see(&self, manager: &Manager, id: &KeyId, now: Moment) -> Result<Seen, Refused> {
        let (keys, last_uses, id) = (self.keys.clone(), self.last_uses.clone(), *id);
        let seeing =
            tokio::task::spawn_blocking(move || keys.see_blocking(&id, &last_uses, now.time));
        let seen = seeing.await;
        let seen = seen.map_err(|error| Refused::new(Kind::Unavailable, error))??;
        let seen = seen.filter(|seen| manager.sees(&seen.key.found));
        let mut seen = seen.ok_or_else(unknown)?;
        for others in [&mut seen.above, &mut seen.children] {
            others.retain(|other| manager.sees(&other.found));
        }
        Ok(seen)
    }

    /// The record of one of their keys, narrowed; it is on the disk when this returns.
    ///
    /// # Errors
    /// As [`Access::set`]; [`Kind::NoKey`] for one that is not there or not theirs.
    pub async fn set_as(
        &self,
        manager: &Manager,
        id: KeyId,
        by: Narrowing,
        now: Moment,
    ) -> Result<Record, Refused> {
        self.theirs(manager, &id).await?;
        self.set(id, by, now).await
    }

    /// Revokes those of `ids` that are theirs, and all that was derived from them, at once. Gives back which of `ids` these
    /// were; the rest is as if it were not there.
    ///
    /// # Errors
    /// What the store says; nothing was revoked then.
    pub async fn revoke_as(
        &self,
        manager: &Manager,
        ids: Vec<KeyId>,
    ) -> Result<Vec<KeyId>, Refused> {
        let theirs: Vec<KeyId> = self
            .keys
            .look(&Wanted::keys(&ids), |look| {
                let found = ids.iter().filter_map(|id| look.table.find(id));
                let theirs = found.filter(|found| manager.changes(found));
                theirs.map(|found| found.id).collect()
            })
            .await?;
        // To an administrator also what is not there is revoked: it shall not come back.
        let revoked = if manager.sees_all() {
            ids
        } else {
            theirs.clone()
        };
        if !revoked.is_empty() {
            self.keys.revoke(revoked).await?;
        }
        Ok(theirs)
    }

    /// One of their keys itself, for its bookmark.
    ///
    /// # Errors
    /// [`Kind::NoKey`] for one that is not there or not theirs; [`Kind::Exceeds`] for one that cannot be shown again; what
    /// the store says.
    pub async fn link_as(&self, manager: &Manager, id: &KeyId) -> Result<AccessKey, Refused> {
        // Anyone gets a bookmark of anyone's by asking for its file, and no more than is granted then.
        self.theirs(manager, id).await?;
        let rule = "This key cannot be shown again: it was sealed with another secret, or another program made it.";
        let key = self.link(id).await?;
        key.ok_or_else(|| Refused::new(Kind::Exceeds(rule), rule))
    }

    /// One of their keys that is theirs to change.
    ///
    /// # Errors
    /// [`Kind::NoKey`] for one that is not there or not theirs; what the store says.
    pub async fn theirs(&self, manager: &Manager, id: &KeyId) -> Result<Found, Refused> {
        let found = self.keys.find(id).await?;
        found
            .filter(|found| manager.changes(found))
            .ok_or_else(unknown)
    }
}

fn unknown() -> Refused {
    Refused::new(Kind::NoKey, "no such key, or not theirs")
}
