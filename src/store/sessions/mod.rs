//! Browser sessions, what hosts granted, and tickets: `sessions.json`.
//!
//! Names in the file are derived from ids and tickets under the ticket key: whoever reads the file can use none of them.

mod table;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use jiff::{Timestamp, ToSpan as _};

use table::SessionTable;
pub use table::{GrantedDirectory, HostGrant, Session, Ticket, TicketFile};

use super::StoreError;
use super::log::{Entries, Log};
use table::{GRANT, SESSION, TICKET};

/// Most live grants for each session that may exist.
const GRANTS_PER_SESSION: usize = 4;
/// Most tickets that wait to be redeemed.
const TICKETS: usize = 100_000;

/// All sessions, grants and tickets, in one JSON file.
#[derive(Clone)]
pub struct Sessions {
    log: Arc<Log<SessionTable>>,
    max: usize,
}

impl Sessions {
    /// The sessions at `path`, unread; at most `max` of them live at a time.
    #[must_use]
    pub fn at(path: &Path, max: usize) -> Self {
        Self {
            log: Arc::new(Log::at(path)),
            max,
        }
    }

    /// Sees whether another folder stands at the folder's path; to be called about once a second.
    pub fn look_at_folder(&self) {
        self.log.look_at_folder();
    }

    /// The live session with this name.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`].
    pub async fn session(&self, name: &str, now: Timestamp) -> Result<Option<Session>, StoreError> {
        self.log
            .look_fresh(|look| {
                let kept = look.table.sessions.get(name)?;
                (kept.value.expires > now).then(|| kept.value.clone())
            })
            .await
    }

    /// What the live session with this name holds as `field`.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`].
    pub async fn field(
        &self,
        name: &str,
        field: &str,
        now: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        self.log
            .look_fresh(|look| {
                let session = &look.table.sessions.get(name)?.value;
                let live = session.expires > now;
                session.state.get(field).filter(|_| live).cloned()
            })
            .await
    }

    /// Keeps a session on the disk. When there are too many, the one that ends first makes way.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub async fn keep(&self, name: String, session: Session) -> Result<(), StoreError> {
        let json = json(&session)?;
        let max = self.max;
        self.log
            .edit(move |look, _, out| {
                let sessions = &look.table.sessions;
                if sessions.len() >= max && !sessions.contains_key(&name) {
                    let first = sessions.iter().min_by_key(|(_, kept)| kept.value.expires);
                    if let Some((first, _)) = first {
                        out.put(format!("{SESSION}{first}"), None);
                    }
                }
                out.put(format!("{SESSION}{name}"), Some(json.clone()));
            })
            .await
    }

    /// Ends a session.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub async fn end(&self, name: String) -> Result<(), StoreError> {
        self.log
            .edit(move |look, _, out| {
                if look.table.sessions.contains_key(&name) {
                    out.put(format!("{SESSION}{name}"), None);
                }
            })
            .await
    }

    /// The live grants with these ids, in their order.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`].
    pub async fn grants(
        &self,
        ids: &[String],
        now: Timestamp,
    ) -> Result<Vec<HostGrant>, StoreError> {
        self.log
            .look_fresh(|look| {
                let live = ids.iter().filter_map(|id| look.table.grants.get(id));
                live.filter(|kept| kept.value.expires > now)
                    .map(|kept| kept.value.clone())
                    .collect()
            })
            .await
    }

    /// The live grants of `host` to `user`.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`].
    pub async fn granted(
        &self,
        host: &str,
        user: &str,
        now: Timestamp,
    ) -> Result<Vec<HostGrant>, StoreError> {
        self.log
            .look_fresh(|look| {
                let grants = look.table.grants.values().map(|kept| &kept.value);
                let theirs = |grant: &&HostGrant| {
                    grant.host == host && grant.user.as_deref() == Some(user) && grant.expires > now
                };
                grants.filter(theirs).cloned().collect()
            })
            .await
    }

    /// Keeps a grant and the ticket that leads to it.
    ///
    /// # Errors
    /// [`StoreError::Limit`] when too many live already; any [`StoreError`].
    pub async fn grant(
        &self,
        id: String,
        grant: HostGrant,
        ticket_name: String,
        ticket: Ticket,
    ) -> Result<(), StoreError> {
        let (grant, ticket) = (json(&grant)?, json(&ticket)?);
        let most = self.max.saturating_mul(GRANTS_PER_SESSION);
        self.log
            .edit(move |look, _, out| {
                if look.table.grants.len() >= most || look.table.tickets.len() >= TICKETS {
                    return Err(StoreError::Limit(
                        "too many live grants; withdraw some, or raise sessions.max",
                    ));
                }
                out.put(format!("{GRANT}{id}"), Some(grant.clone()));
                out.put(format!("{TICKET}{ticket_name}"), Some(ticket.clone()));
                Ok(())
            })
            .await?
    }

    /// Keeps a ticket of the local visitor. Blocks.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub fn ticket_blocking(&self, name: String, ticket: &Ticket) -> Result<(), StoreError> {
        let ticket = json(ticket)?;
        self.log.edit_blocking(move |_, _, out| {
            out.put(format!("{TICKET}{name}"), Some(ticket.clone()));
        })
    }

    /// Takes the ticket with this name: whoever comes second gets `None`, in this process or another.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub async fn redeem(&self, name: String, now: Timestamp) -> Result<Option<Ticket>, StoreError> {
        let known = self
            .log
            .look_fresh(|look| look.table.tickets.contains_key(&name))
            .await?;
        if !known {
            return Ok(None);
        }
        self.log
            .edit(move |look, taken, out| {
                let ticket = look
                    .table
                    .tickets
                    .get(&name)
                    .map(|kept| kept.value.clone())?;
                if !taken.insert(name.clone()) {
                    return None;
                }
                out.put(format!("{TICKET}{name}"), None);
                (ticket.expires > now).then_some(ticket)
            })
            .await
    }

    /// Withdraws the grants of `host` that `which` chooses. Returns how many there were.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub async fn withdraw(
        &self,
        host: String,
        which: impl Fn(&str, &HostGrant) -> bool + Send + 'static,
    ) -> Result<usize, StoreError> {
        self.log
            .edit(move |look, _, out| {
                let chosen = look
                    .table
                    .grants
                    .iter()
                    .filter(|(id, kept)| kept.value.host == host && which(id, &kept.value));
                chosen
                    .map(|(id, _)| out.put(format!("{GRANT}{id}"), None))
                    .count()
            })
            .await
    }

    /// Removes what has ended.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub async fn sweep(&self, now: Timestamp) -> Result<(), StoreError> {
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

/// The names of what has ended.
fn ended(table: &SessionTable, now: Timestamp) -> impl Iterator<Item = String> + '_ {
    fn names<'a, V>(
        kind: &'static str,
        map: &'a HashMap<String, table::Kept<V>>,
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

/// When a ticket made `now` ends: two minutes later.
#[must_use]
pub fn ticket_end(now: Timestamp) -> Timestamp {
    now.checked_add(2.minutes()).unwrap_or(now)
}

fn json<V: serde::Serialize>(value: &V) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Limit("a value that JSON cannot hold"))
}
