//! Sessions, grants and tickets in one JSON file. It must never hand out a ticket twice.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

use super::table::{Batch, GRANT, HostGrant, Map, SESSION, Session, SessionTable, TICKET, Ticket};
use super::{GRANTS_PER_SESSION, TICKETS, Withdrawn, json, too_many};
use crate::store::StoreError;
use crate::store::log::{Entries, Log};

/// What stands in the file.
#[derive(Clone)]
pub(super) struct InFile {
    log: Arc<Log<SessionTable>>,
    max: usize,
}

impl InFile {
    pub(super) fn at(path: &Path, max: usize) -> Self {
        Self {
            log: Arc::new(Log::at(path)),
            max,
        }
    }

    pub(super) fn look_at_folder(&self, now: Timestamp) {
        self.log.look_at_folder_at(now);
    }

    /// What `read` makes of the live session with this name.
    pub(super) async fn session<R>(
        &self,
        name: &str,
        (now, began): (Timestamp, Option<Instant>),
        read: impl Fn(&Session) -> R,
    ) -> Result<Option<R>, StoreError> {
        self.log
            .look_since(began, |look| {
                let session = &look.table.sessions.get(name)?.value;
                (session.expires > now).then(|| read(session))
            })
            .await
    }

    /// How many sessions there are.
    pub(super) async fn count(&self) -> Result<usize, StoreError> {
        self.log.look_fresh(|look| look.table.sessions.len()).await
    }

    pub(super) async fn keep(&self, name: String, session: &Session) -> Result<(), StoreError> {
        let (json, expires) = (json(session)?, session.expires);
        let max = self.max;
        self.log
            .edit(move |look, batch, out| {
                if let Some(first) = makes_way(look.table, batch, &name, max) {
                    out.put(format!("{SESSION}{first}"), None);
                    batch.sessions.insert(first, None);
                }
                out.put(format!("{SESSION}{name}"), Some(json.clone()));
                batch.sessions.insert(name.clone(), Some(expires));
            })
            .await
    }

    pub(super) async fn end(&self, name: String) -> Result<(), StoreError> {
        self.log
            .edit(move |look, batch, out| {
                let kept = batch.sessions.contains_key(&name);
                if kept || look.table.sessions.contains_key(&name) {
                    out.put(format!("{SESSION}{name}"), None);
                    batch.sessions.insert(name.clone(), None);
                }
            })
            .await
    }

    pub(super) async fn grants(
        &self,
        ids: &[String],
        (now, began): (Timestamp, Option<Instant>),
    ) -> Result<Vec<Arc<HostGrant>>, StoreError> {
        self.log
            .look_since(began, |look| {
                let live = ids.iter().filter_map(|id| look.table.grants.get(id));
                live.filter(|kept| kept.value.expires > now)
                    .map(|kept| Arc::clone(&kept.value))
                    .collect()
            })
            .await
    }

    pub(super) async fn granted(
        &self,
        host: &str,
        user: &str,
        now: Timestamp,
    ) -> Result<Vec<Arc<HostGrant>>, StoreError> {
        self.log
            .look_fresh(|look| {
                let grants = look.table.grants.values().map(|kept| &kept.value);
                let theirs = |grant: &&Arc<HostGrant>| {
                    grant.host == host && grant.user.as_deref() == Some(user) && grant.expires > now
                };
                grants.filter(theirs).cloned().collect()
            })
            .await
    }

    pub(super) async fn grant(
        &self,
        id: String,
        grant: &HostGrant,
        ticket_name: String,
        ticket: &Ticket,
    ) -> Result<(), StoreError> {
        let (grant, ticket) = (json(grant)?, json(ticket)?);
        let most = self.max.saturating_mul(GRANTS_PER_SESSION);
        self.log
            .edit(move |look, batch, out| {
                let (grants, tickets) = (look.table.grants.len(), look.table.tickets.len());
                if grants + batch.granted >= most || tickets + batch.granted >= TICKETS {
                    return Err(too_many());
                }
                batch.granted += 1;
                out.put(format!("{GRANT}{id}"), Some(grant.clone()));
                out.put(format!("{TICKET}{ticket_name}"), Some(ticket.clone()));
                Ok(())
            })
            .await?
    }

    pub(super) fn ticket_blocking(&self, name: String, ticket: &Ticket) -> Result<(), StoreError> {
        let ticket = json(ticket)?;
        self.log.edit_blocking(move |_, _, out| {
            out.put(format!("{TICKET}{name}"), Some(ticket.clone()));
        })
    }

    pub(super) async fn redeem(
        &self,
        name: String,
        now: Timestamp,
    ) -> Result<Option<Ticket>, StoreError> {
        let known = self
            .log
            .look_fresh(|look| look.table.tickets.contains_key(&name))
            .await?;
        if !known {
            return Ok(None);
        }
        self.log
            .edit(move |look, batch, out| {
                let ticket = look
                    .table
                    .tickets
                    .get(&name)
                    .map(|kept| Ticket::clone(&kept.value))?;
                if !batch.redeemed.insert(name.clone()) {
                    return None;
                }
                out.put(format!("{TICKET}{name}"), None);
                (ticket.expires > now).then_some(ticket)
            })
            .await
    }

    pub(super) async fn withdraw(
        &self,
        host: String,
        which: Withdrawn,
    ) -> Result<usize, StoreError> {
        self.log
            .edit(move |look, batch, out| {
                let grants = look.table.grants.iter();
                let chosen = grants
                    .filter(|(id, kept)| kept.value.host == host && which.is(id, &kept.value))
                    .filter(|(id, _)| batch.withdrawn.insert((*id).clone()));
                chosen
                    .map(|(id, _)| out.put(format!("{GRANT}{id}"), None))
                    .count()
            })
            .await
    }

    pub(super) async fn sweep(&self, now: Timestamp) -> Result<(), StoreError> {
        let any = self
            .log
            .look_fresh(|look| ended(look.table, now).next().is_some())
            .await?;
        if !any {
            return Ok(());
        }
        self.log
            .edit(move |look, _, out: &mut Entries| {
                ended(look.table, now).for_each(|name| out.put(name, None));
            })
            .await
    }
}

/// The session that makes way for one of this name, where there are too many; what the batch did counts.
fn makes_way(table: &SessionTable, batch: &Batch, name: &str, max: usize) -> Option<String> {
    let there = |name: &str| match batch.sessions.get(name) {
        Some(end) => end.is_some(),
        None => table.sessions.contains_key(name),
    };
    if there(name) {
        return None;
    }
    let ended = { batch.sessions.iter() }
        .filter(|(name, end)| end.is_none() && table.sessions.contains_key(*name));
    let new = { batch.sessions.iter() }
        .filter(|(name, end)| end.is_some() && !table.sessions.contains_key(*name));
    if table.sessions.len() + new.count() - ended.count() < max {
        return None;
    }
    let written = { table.sessions.iter() }
        .filter(|(name, _)| !batch.sessions.contains_key(*name))
        .map(|(name, kept)| (kept.value.expires, name));
    let kept = { batch.sessions.iter() }.filter_map(|(name, end)| Some(((*end)?, name)));
    let first = written.chain(kept).min_by_key(|(end, _)| *end);
    first.map(|(_, name)| name.clone())
}

/// The names of what has ended.
fn ended(table: &SessionTable, now: Timestamp) -> impl Iterator<Item = String> + '_ {
    fn names<'a, V>(
        kind: &'static str,
        map: &'a Map<V>,
        ended: impl Fn(&V) -> bool + 'a,
    ) -> impl Iterator<Item = String> + 'a {
        map.iter()
            .filter(move |(_, kept)| ended(&kept.value))
            .map(move |(name, _)| format!("{kind}{name}"))
    }
    names(SESSION, &table.sessions, move |session| {
        session.expires <= now
    })
    .chain(names(GRANT, &table.grants, move |grant| {
        grant.expires <= now
    }))
    .chain(names(TICKET, &table.tickets, move |ticket| {
        ticket.expires <= now
    }))
}
