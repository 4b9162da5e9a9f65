//! Sessions, host grants and tickets in memory.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use hashbrown::DefaultHashBuilder;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::cache::Made;
use crate::names::{Dirname, Rights};
use crate::store::log::{Applied, Span, Table};

/// A browser's session: what actix-session keeps, and until when.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// What the session holds.
    pub state: HashMap<String, String>,
    /// When it was made.
    pub created: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
    /// What was made of its state.
    #[serde(skip)]
    pub made: Made,
}

/// What a host granted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostGrant {
    /// The host.
    pub host: String,
    /// Whom it named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Everything below the roots, with these rights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poweruser: Option<Rights>,
    /// Directories.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub directories: Vec<GrantedDirectory>,
    /// When it ends.
    pub expires: Timestamp,
}

/// One directory of a host's grant.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantedDirectory {
    /// Its path, as the host spelled it.
    pub path: Dirname,
    /// What may be done below it.
    pub rights: Rights,
}

/// A link that opens a session once.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ticket {
    /// The host's grant; `None` for the local visitor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
    /// The file to go on to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<TicketFile>,
    /// When it ends.
    pub expires: Timestamp,
}

/// A file that a ticket leads to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TicketFile {
    /// Its directory.
    pub dirname: String,
    /// Its name.
    pub basename: String,
}

/// A value and where it stands.
pub(super) struct Kept<V> {
    pub(super) value: Arc<V>,
    span: Span,
}

/// What changes that are written together did so far: none of them is in the table yet.
#[derive(Default)]
pub(in crate::store) struct Batch {
    /// Tickets that were redeemed: each is once.
    pub(super) redeemed: HashSet<String>,
    /// Grants that were withdrawn: each counts once.
    pub(super) withdrawn: HashSet<String>,
    /// Sessions that were kept, with their ends, and those that were ended.
    pub(super) sessions: HashMap<String, Option<Timestamp>>,
    /// Grants that were added, each with its ticket.
    pub(super) granted: usize,
}

/// Values by name. Names are what the ticket key makes of ids, which nobody can choose.
pub(super) type Map<V> = hashbrown::HashMap<String, Kept<V>, DefaultHashBuilder>;

/// All of them, by name.
#[derive(Default)]
pub(super) struct SessionTable {
    pub(super) sessions: Map<Session>,
    pub(super) grants: Map<HostGrant>,
    pub(super) tickets: Map<Ticket>,
}

pub(super) const SESSION: &str = "session:";
pub(super) const GRANT: &str = "grant:";
pub(super) const TICKET: &str = "ticket:";

impl Table for SessionTable {
    type Pending = Batch;

    fn apply(&mut self, name: &str, json: Option<&[u8]>, span: Span) -> Applied {
        if let Some(name) = name.strip_prefix(SESSION) {
            keep(&mut self.sessions, name, json, span)
        } else if let Some(name) = name.strip_prefix(GRANT) {
            keep(&mut self.grants, name, json, span)
        } else if let Some(name) = name.strip_prefix(TICKET) {
            keep(&mut self.tickets, name, json, span)
        } else {
            Applied::Refused("neither a session, a grant nor a ticket".to_owned())
        }
    }

    fn live_bytes(&self) -> u64 {
        let around = |span: &Span| u64::from(span.length) + 60;
        self.sessions
            .values()
            .map(|kept| around(&kept.span))
            .sum::<u64>()
            + self
                .grants
                .values()
                .map(|kept| around(&kept.span))
                .sum::<u64>()
            + self
                .tickets
                .values()
                .map(|kept| around(&kept.span))
                .sum::<u64>()
    }

    fn each_live(&self, each: &mut dyn FnMut(&str, Span)) {
        let sessions = self
            .sessions
            .iter()
            .map(|(name, kept)| (SESSION, name, kept.span));
        let grants = self
            .grants
            .iter()
            .map(|(name, kept)| (GRANT, name, kept.span));
        let tickets = self
            .tickets
            .iter()
            .map(|(name, kept)| (TICKET, name, kept.span));
        for (kind, name, span) in sessions.chain(grants).chain(tickets) {
            each(&format!("{kind}{name}"), span);
        }
    }
}

fn keep<V: DeserializeOwned>(
    map: &mut Map<V>,
    name: &str,
    json: Option<&[u8]>,
    span: Span,
) -> Applied {
    map.remove(name);
    match json.map(serde_json::from_slice) {
        None => Applied::Taken,
        Some(Ok(value)) => {
            let value = Arc::new(value);
            map.insert(name.to_owned(), Kept { value, span });
            Applied::Taken
        }
        Some(Err(error)) if error.is_data() => {
            Applied::Refused("not of its kind's form".to_owned())
        }
        Some(Err(_)) => Applied::NotJson,
    }
}
