//! What hosts granted, in Redis. It must never take for live what was withdrawn.
//!
//! A grant that names a user is found by them, too. In the index of all grants its member says which that index is, so that
//! it can leave both also when its string has ended.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::{AT_ONCE, AtServer, GRANT, GRANTS, TICKETS_BY_END, delete, join, leave};
use crate::store::StoreError;
use crate::store::redis::{Change, Outcome};
use crate::store::sessions::table::{HostGrant, Ticket};
use crate::store::sessions::{GRANTS_PER_SESSION, TICKETS, Withdrawn, json, too_many};

/// The index of the grants of a host to a user.
const OF_USER: &str = "hu";

impl AtServer {
    pub(in crate::store::sessions) async fn grants(
        &self,
        ids: &[String],
        now: Timestamp,
    ) -> Result<Vec<Arc<HostGrant>>, StoreError> {
        let mut live = Vec::with_capacity(ids.len());
        for id in ids {
            let grant = self.value::<HostGrant>(GRANT, id).await?;
            live.extend(grant.filter(|grant| grant.expires > now));
        }
        Ok(live)
    }

    pub(in crate::store::sessions) async fn granted(
        &self,
        host: &str,
        user: &str,
        now: Timestamp,
    ) -> Result<Vec<Arc<HostGrant>>, StoreError> {
        let ids = self.members(self.of_user(host, user)).await?;
        let mut live = Vec::new();
        for ids in ids.chunks(AT_ONCE) {
            let grants = self.grants_now(ids).await?.into_iter().map(|(_, it)| it);
            live.extend(
                grants
                    .filter(|grant| {
                        let theirs = grant.host == host && grant.user.as_deref() == Some(user);
                        theirs && grant.expires > now
                    })
                    .map(Arc::new),
            );
        }
        Ok(live)
    }

    pub(in crate::store::sessions) async fn grant(
        &self,
        id: &str,
        grant: &HostGrant,
        ticket_name: &str,
        ticket: &Ticket,
    ) -> Result<(), StoreError> {
        let most = self.max.saturating_mul(GRANTS_PER_SESSION);
        let mut change = Change::default();
        change.room(self.the(GRANTS), Vec::new(), most);
        change.room(self.the(TICKETS_BY_END), Vec::new(), TICKETS);
        self.put_grant(&mut change, id, grant, &json(grant)?);
        self.put_ticket(&mut change, ticket_name, ticket, &json(ticket)?);
        match self.link.commit(change).await? {
            Outcome::Done(_) => Ok(()),
            Outcome::Conflict => Err(too_many()),
        }
    }

    pub(in crate::store::sessions) async fn withdraw(
        &self,
        host: &str,
        which: &Withdrawn,
    ) -> Result<usize, StoreError> {
        let ids = match which {
            Withdrawn::One(id) => vec![id.clone()],
            Withdrawn::To(user) => self.members(self.of_user(host, user)).await?,
        };
        let mut withdrawn = 0;
        for ids in ids.chunks(AT_ONCE) {
            let mut chosen = self.grants_now(ids).await?;
            chosen.retain(|(id, grant)| grant.host == host && which.is(id, grant));
            if chosen.is_empty() {
                continue;
            }
            let mut change = Change::default();
            for (id, _) in &chosen {
                change.run(delete(&self.of(GRANT, id)));
            }
            for (id, grant) in &chosen {
                self.leave_grants(&mut change, &member(id, grant));
            }
            // Another node may have withdrawn some of them meanwhile.
            if let Outcome::Done(gone) = self.link.commit(change).await? {
                withdrawn += usize::try_from(gone).unwrap_or(usize::MAX);
            }
        }
        Ok(withdrawn)
    }

    /// Those of these grants that stand, as the server says now.
    async fn grants_now(&self, ids: &[String]) -> Result<Vec<(String, HostGrant)>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut ask = redis::pipe();
        let get = ask.cmd("MGET");
        for id in ids {
            get.arg(self.of(GRANT, id));
        }
        let (texts,): (Vec<Option<Vec<u8>>>,) = self.link.ask(ask).await?;
        let both = ids.iter().zip(texts);
        Ok(both
            .filter_map(|(id, text)| Some((id.clone(), serde_json::from_slice(&text?).ok()?)))
            .collect())
    }

    async fn members(&self, index: Vec<u8>) -> Result<Vec<String>, StoreError> {
        let mut ask = redis::pipe();
        ask.cmd("ZRANGE").arg(index).arg(0).arg(-1);
        let (members,) = self.link.ask(ask).await?;
        Ok(members)
    }

    fn of_user(&self, host: &str, user: &str) -> Vec<u8> {
        self.of(OF_USER, &user_of(host, user))
    }

    pub(super) fn put_grant(&self, change: &mut Change, id: &str, grant: &HostGrant, json: &str) {
        let end = grant.expires.as_millisecond();
        change.set(&self.of(GRANT, id), json, Some(end));
        change.run(join(&self.the(GRANTS), end, &member(id, grant)));
        if let Some(user) = &grant.user {
            change.run(join(&self.of_user(&grant.host, user), end, id.as_bytes()));
        }
    }

    /// The grant leaves its indexes.
    pub(super) fn leave_grants(&self, change: &mut Change, member: &[u8]) {
        change.run(leave(&self.the(GRANTS), member));
        let mut parts = member.splitn(2, |byte| *byte == b' ');
        if let (Some(id), Some(user)) = (parts.next(), parts.next()) {
            change.run(leave(&self.link.names().of(OF_USER, user), id));
        }
    }
}

/// How a grant is called in the index of all: by its id, and by the index of its user.
pub(super) fn member(id: &str, grant: &HostGrant) -> Vec<u8> {
    let user = grant.user.as_deref();
    let user = user.map(|user| format!(" {}", user_of(&grant.host, user)));
    [id.as_bytes(), user.unwrap_or_default().as_bytes()].concat()
}

/// A user of a host. No host's name has a line's end.
fn user_of(host: &str, user: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{host}\n{user}")))
}
