//! Browser sessions, what hosts granted, and tickets: in `sessions.json`, or in Redis where several nodes share them.
//!
//! What is stored is named by what ids and tickets become under the ticket key: whoever reads it can use none of them.

mod file;
mod moving;
mod server;
mod table;

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use jiff::{Timestamp, ToSpan as _};

pub use table::{GrantedDirectory, HostGrant, Session, Ticket, TicketFile};

use super::StoreError;
use super::redis::Link;
use file::InFile;
use server::AtServer;

/// Most live grants for each session that may exist.
const GRANTS_PER_SESSION: usize = 4;
/// Most tickets that wait to be redeemed.
const TICKETS: usize = 100_000;

/// All sessions, grants and tickets.
#[derive(Clone)]
pub struct Sessions(Place);

/// Where they stand.
#[derive(Clone)]
enum Place {
    File(InFile),
    Server(AtServer),
}

/// Which grants of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Withdrawn {
    /// The one with this id.
    One(String),
    /// All to this user.
    To(String),
}

impl Sessions {
    /// The sessions in the file at `path`, unread; at most `max` of them live at a time.
    #[must_use]
    pub fn at(path: &Path, max: usize) -> Self {
        Self(Place::File(InFile::at(path, max)))
    }

    /// The sessions at the server; at most `max` of them live at a time.
    #[must_use]
    pub fn over(link: Link, max: usize) -> Self {
        Self(Place::Server(AtServer::over(link, max)))
    }

    /// The way to the server, where they stand there.
    #[must_use]
    pub fn link(&self) -> Option<&Link> {
        match &self.0 {
            Place::File(_) => None,
            Place::Server(server) => Some(server.link()),
        }
    }

    /// Sees whether another folder stands at the folder's path; to be called about once a second.
    pub fn look_at_folder(&self, now: Timestamp) {
        if let Place::File(file) = &self.0 {
            file.look_at_folder(now);
        }
    }

    /// The live session with this name.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`], [`StoreError::Away`].
    pub async fn session(&self, name: &str, now: Timestamp) -> Result<Option<Session>, StoreError> {
        match &self.0 {
            Place::File(file) => file.session(name, (now, None), Session::clone).await,
            Place::Server(server) => server.session(name, now, Session::clone).await,
        }
    }

    /// What `make` makes of the live session with this name; made once, as long as the session stays what it is. It is for
    /// what began at `began`, and no older than that.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`], [`StoreError::Away`].
    pub async fn made<T: Send + Sync + 'static>(
        &self,
        name: &str,
        (now, began): (Timestamp, Instant),
        make: impl Fn(&Session) -> T,
    ) -> Result<Option<Arc<T>>, StoreError> {
        let made = |session: &Session| session.made.by(|| make(session));
        match &self.0 {
            Place::File(file) => file.session(name, (now, Some(began)), made).await,
            Place::Server(server) => server.session(name, now, made).await,
        }
    }

    /// How many there are, where a look tells: in a file. Those that have ended count until they are swept.
    pub async fn count(&self) -> Option<usize> {
        match &self.0 {
            Place::File(file) => file.count().await.ok(),
            Place::Server(_) => None,
        }
    }

    /// Keeps a session. When there are too many, the one that ends first makes way.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub async fn keep(&self, name: String, session: Session) -> Result<(), StoreError> {
        match &self.0 {
            Place::File(file) => file.keep(name, &session).await,
            Place::Server(server) => server.keep(&name, &session).await,
        }
    }

    /// Ends a session.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub async fn end(&self, name: String) -> Result<(), StoreError> {
        match &self.0 {
            Place::File(file) => file.end(name).await,
            Place::Server(server) => server.end(&name).await,
        }
    }

    /// The live grants with these ids, in their order.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`], [`StoreError::Away`].
    pub async fn grants(
        &self,
        ids: &[String],
        now: Timestamp,
    ) -> Result<Vec<Arc<HostGrant>>, StoreError> {
        match &self.0 {
            Place::File(file) => file.grants(ids, (now, None)).await,
            Place::Server(server) => server.grants(ids, now).await,
        }
    }

    /// The same for what began at `began`, and no older than that.
    ///
    /// # Errors
    /// As [`grants`](Self::grants).
    pub async fn grants_since(
        &self,
        ids: &[String],
        (now, began): (Timestamp, Instant),
    ) -> Result<Vec<Arc<HostGrant>>, StoreError> {
        match &self.0 {
            Place::File(file) => file.grants(ids, (now, Some(began))).await,
            Place::Server(server) => server.grants(ids, now).await,
        }
    }

    /// The live grants of `host` to `user`.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`], [`StoreError::Away`].
    pub async fn granted(
        &self,
        host: &str,
        user: &str,
        now: Timestamp,
    ) -> Result<Vec<Arc<HostGrant>>, StoreError> {
        match &self.0 {
            Place::File(file) => file.granted(host, user, now).await,
            Place::Server(server) => server.granted(host, user, now).await,
        }
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
        match &self.0 {
            Place::File(file) => file.grant(id, &grant, ticket_name, &ticket).await,
            Place::Server(server) => server.grant(&id, &grant, &ticket_name, &ticket).await,
        }
    }

    /// Keeps a ticket of the local visitor. Blocks.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub fn ticket_blocking(&self, name: String, ticket: &Ticket) -> Result<(), StoreError> {
        match &self.0 {
            Place::File(file) => file.ticket_blocking(name, ticket),
            Place::Server(server) => pollster::block_on(server.ticket(&name, ticket)),
        }
    }

    /// Takes the ticket with this name: whoever comes second gets `None`, in this process or another.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub async fn redeem(&self, name: String, now: Timestamp) -> Result<Option<Ticket>, StoreError> {
        match &self.0 {
            Place::File(file) => file.redeem(name, now).await,
            Place::Server(server) => server.redeem(&name, now).await,
        }
    }

    /// Withdraws these grants of `host`. Returns how many there were.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub async fn withdraw(&self, host: String, which: Withdrawn) -> Result<usize, StoreError> {
        match &self.0 {
            Place::File(file) => file.withdraw(host, which).await,
            Place::Server(server) => server.withdraw(&host, &which).await,
        }
    }

    /// Removes what has ended; at the server, by its own clock.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub async fn sweep(&self, now: Timestamp) -> Result<(), StoreError> {
        match &self.0 {
            Place::File(file) => file.sweep(now).await,
            Place::Server(server) => server.sweep().await,
        }
    }
}

impl Withdrawn {
    /// Whether it is this one.
    fn is(&self, id: &str, grant: &HostGrant) -> bool {
        match self {
            Self::One(one) => one == id,
            Self::To(user) => grant.user.as_deref() == Some(user),
        }
    }
}

/// Why no more can be granted.
fn too_many() -> StoreError {
    StoreError::Limit("too many live grants; withdraw some, or raise sessions.max")
}

/// When a ticket made `now` ends: two minutes later.
#[must_use]
pub fn ticket_end(now: Timestamp) -> Timestamp {
    now.checked_add(2.minutes()).unwrap_or(now)
}

fn json<V: serde::Serialize>(value: &V) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Limit("a value that JSON cannot hold"))
}
