//! What becomes of a key whose visitor lost the grant (`keys.on_grant_lost`), where that can be seen: in the policy, in
//! the users file, and when a host withdraws.
//!
//! Nothing is lost by time alone: grants of hosts and sessions end as they are meant to, and bookmarks outlive them.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::entry::bounded;
use super::told::Told;
use super::{Access, Entry, Moment};
use crate::error::Refused;
use crate::grants::Grants;
use crate::mint::KeyId;
use crate::names::{Dirname, Rights};
use crate::resolve::Roots;
use crate::settings::{Host, OnGrantLost};
use crate::store::{Act, Event, Found, Pass, Want};
use crate::visitor::{Source, Visitor};

/// What the audit log says of a key whose visitor lost the grant.
pub const LOST: &str = "lost grant";

impl Access {
    /// Revokes a key whose visitor lost the grant.
    ///
    /// # Errors
    /// What the store says.
    pub async fn revoke_lost(&self, id: KeyId, now: Moment) -> Result<(), Refused> {
        self.keys.revoke(vec![id]).await?;
        self.note_lost(&[id], None, now);
        Ok(())
    }

    /// Notes that these were revoked; by whom, where somebody did it.
    fn note_lost(&self, lost: &[KeyId], by: Option<&Arc<str>>, now: Moment) {
        for id in lost {
            let event = Event::of(Act::Revoke, *id, now.time).because(LOST);
            self.audit.note(Event {
                by: by.cloned(),
                ..event
            });
        }
    }
}

impl Entry {
    /// Whether the settings revoke what a lost grant gave, and whoever `found` was minted for could not get it now.
    #[must_use]
    pub fn lost(&self, found: &Found, access: &Access) -> bool {
        if self.on_grant_lost == OnGrantLost::Keep {
            return false;
        }
        let roots = access.roots();
        let most = self.most(&found.by);
        let most = most.and_then(|most| Told::of(&most, &roots).whole());
        most.is_some_and(|most| gone(&most, found, &roots))
    }

    /// The most that a visitor can still get, as far as settings tell; `None` where they do not.
    fn most(&self, by: &str) -> Option<Grants> {
        let visitor = Visitor::remembered(by)?;
        match &visitor.source {
            // Whoever is no user any more gets nothing; a file that is not there or cannot be read tells nothing.
            Source::Users => match self.is_user(visitor.name()) {
                Some(false) => Some(Grants::default()),
                Some(true) => Some(self.policy().most(&visitor)),
                None => None,
            },
            Source::Header | Source::Jwt | Source::Anyone => Some(self.policy().most(&visitor)),
            // What a host that is there granted is its own matter, until it withdraws.
            Source::Host(name) => {
                let there = self.hosts.iter().any(|host| host.name == *name);
                (!there).then(Grants::default)
            }
            Source::Operator | Source::Local | Source::Php => None,
        }
    }

    /// Revokes every key that was lost; returns how many. Blocks.
    ///
    /// # Errors
    /// What the store says.
    pub fn revoke_lost(&self, access: &Access, now: Moment) -> Result<usize, Refused> {
        if self.on_grant_lost == OnGrantLost::Keep {
            return Ok(0);
        }
        let roots = access.roots();
        let mut most: HashMap<Arc<str>, Option<Grants>> = HashMap::new();
        let mut verdicts: HashMap<(Arc<str>, Option<Dirname>, Rights), bool> = HashMap::new();
        let (mut pass, mut lost) = (Pass::default(), Vec::new());
        while let Some(some) = access.keys.some_blocking(&mut pass, |_, some| some)? {
            let some = some.into_iter().filter(|found| {
                let within = found.place.within(found.scope);
                let same = (found.by.clone(), within, found.rights);
                *verdicts.entry(same).or_insert_with(|| {
                    let most = most.entry(found.by.clone()).or_insert_with(|| {
                        let most = self.most(&found.by)?;
                        Told::of(&most, &roots).whole()
                    });
                    most.as_ref().is_some_and(|most| gone(most, found, &roots))
                })
            });
            lost.extend(some.map(|found| found.id));
        }
        if lost.is_empty() {
            return Ok(0);
        }
        let revoked = access.keys.revoke_blocking(lost.clone())?;
        access.note_lost(&lost, None, now);
        tracing::info!("{revoked} keys were revoked: their visitors lost the grant");
        Ok(revoked)
    }

    /// Revokes what `user` got from `host` and no grant of that host to them still holds, where the settings say so; to
    /// be called after a withdrawal.
    ///
    /// # Errors
    /// What the stores say.
    pub async fn withdrawn(
        &self,
        host: &Host,
        user: &str,
        access: &Access,
        now: Moment,
    ) -> Result<(), Refused> {
        if self.on_grant_lost == OnGrantLost::Keep {
            return Ok(());
        }
        let left = self.left(host, user, now.time).await?;
        let roots = access.roots();
        // A withdrawal waits for no disk: what cannot be told now is left as it is spelled.
        let left = left.with_directories(|path| {
            let canonical = roots.canonical_directory(path);
            Some(canonical.unwrap_or_else(|_| path.clone()))
        });
        let by = format!("{}:{user}", Source::Host(host.name.clone()));
        let lost: Vec<KeyId> = access
            .keys
            .look(&Want::Of(by.as_str().into()).into(), |look| {
                let own = look
                    .table
                    .of(&by)
                    .filter(|found| gone(&left, found, &roots));
                own.map(|found| found.id).collect()
            })
            .await?;
        if !lost.is_empty() {
            let revoked = access.keys.revoke(lost.clone()).await?;
            let host = Source::Host(host.name.clone()).to_string();
            access.note_lost(&lost, Some(&host.into()), now);
            tracing::info!("{revoked} keys of {by} were revoked: the host withdrew the grant");
        }
        Ok(())
    }

    /// What `host` still grants `user`.
    async fn left(&self, host: &Host, user: &str, now: Timestamp) -> Result<Grants, Refused> {
        let grants = self.sessions.granted(host.name.as_str(), user, now).await?;
        let grants = grants.iter().map(|grant| bounded(grant, host));
        let none = Grants {
            bounds: host.ceiling.directories.as_deref().map(Into::into),
            ..Grants::default()
        };
        Ok(grants.fold(none, Grants::and))
    }
}

/// Whether `grants`, all of them, do not hold the key. While its directory is not there, say on a disk that is not mounted
/// now, nothing is said of the grants that lead to it either.
fn gone(grants: &Grants, found: &Found, roots: &Roots) -> bool {
    found.place.within(found.scope).is_some_and(|within| {
        let rights = grants.rights_within(&within);
        rights.is_none_or(|rights| rights < found.rights)
            && roots.canonical_directory(&within).as_ref() == Ok(&within)
    })
}
