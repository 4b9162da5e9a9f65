//! Sessions, grants and tickets at a server as entries of a sessions file, text for text. They go in and out with their
//! indexes, by the same commands as when they are made and end.

use serde::de::DeserializeOwned;

use super::grants::member;
use super::{AT_ONCE, AtServer, GRANT, GRANTS, SESSION, SESSIONS, TICKET, TICKETS_BY_END, delete};
use crate::store::StoreError;
use crate::store::redis::{Change, Outcome};
use crate::store::sessions::table::{self, HostGrant, Session, Ticket};

/// What the names of each kind begin with in a file, the kind of string here, and its index.
const KINDS: [(&str, &str, &str); 3] = [
    (table::SESSION, SESSION, SESSIONS),
    (table::GRANT, GRANT, GRANTS),
    (table::TICKET, TICKET, TICKETS_BY_END),
];
/// How often what changes meanwhile is looked at again.
const TRIES: usize = 64;

impl AtServer {
    /// The names of all entries.
    pub(in crate::store::sessions) async fn entry_names(&self) -> Result<Vec<String>, StoreError> {
        let mut names = Vec::new();
        for (beginning, _, index) in KINDS {
            let mut from = 0;
            loop {
                let mut ask = redis::pipe();
                ask.cmd("ZRANGE").arg(self.the(index));
                ask.arg(from).arg(from + AT_ONCE - 1);
                let (members,): (Vec<Vec<u8>>,) = self.link.ask(ask).await?;
                from += members.len();
                let ended = members.len() < AT_ONCE;
                let ids = members
                    .into_iter()
                    .filter_map(|it| String::from_utf8(it).ok());
                // That of a grant goes on behind its id.
                names.extend(ids.map(|id| format!("{beginning}{}", word(&id))));
                if ended {
                    break;
                }
            }
        }
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }

    /// What stands under these names now.
    pub(in crate::store::sessions) async fn entries(
        &self,
        names: &[String],
    ) -> Result<Vec<Option<String>>, StoreError> {
        let mut texts = Vec::with_capacity(names.len());
        for names in names.chunks(AT_ONCE) {
            let mut ask = redis::pipe();
            ask.cmd("MGET");
            for name in names {
                ask.arg(self.key_of(name).unwrap_or_else(|| self.the("nothing")));
            }
            let (some,): (Vec<Option<String>>,) = self.link.ask(ask).await?;
            texts.extend(some);
        }
        Ok(texts)
    }

    /// Sets these, or removes those without a text. What is not understood is left out: it has no end.
    pub(in crate::store::sessions) async fn set_entries(
        &self,
        entries: &[(String, Option<String>)],
    ) -> Result<(), StoreError> {
        for entries in entries.chunks(AT_ONCE) {
            let mut tries = 0..TRIES;
            while !self.set_some(entries).await? {
                if tries.next().is_none() {
                    return Err(StoreError::Busy("the sessions in Redis".into()));
                }
            }
        }
        Ok(())
    }

    async fn set_some(&self, entries: &[(String, Option<String>)]) -> Result<bool, StoreError> {
        let names: Vec<String> = entries.iter().map(|(name, _)| name.clone()).collect();
        let stand = self.entries(&names).await?;
        let mut change = Change::default();
        for ((name, text), stands) in entries.iter().zip(stand) {
            let Some(key) = self.key_of(name) else {
                continue;
            };
            self.take(&mut change, name, stands.as_deref());
            if let Some(text) = text {
                self.put(&mut change, name, text);
            }
            change.expect(key, stands.map(String::into_bytes));
        }
        Ok(matches!(self.link.commit(change).await?, Outcome::Done(_)))
    }

    fn take(&self, change: &mut Change, name: &str, stands: Option<&str>) {
        if let Some(name) = name.strip_prefix(table::SESSION) {
            self.take_session(change, name);
        } else if let Some(name) = name.strip_prefix(table::TICKET) {
            self.take_ticket(change, name);
        } else if let Some(id) = name.strip_prefix(table::GRANT) {
            change.run(delete(&self.of(GRANT, id)));
            let grant: Option<HostGrant> = stands.and_then(read);
            if let Some(grant) = grant {
                self.leave_grants(change, &member(id, &grant));
            }
        }
    }

    fn put(&self, change: &mut Change, name: &str, text: &str) {
        if let Some(name) = name.strip_prefix(table::SESSION) {
            if let Some(session) = read::<Session>(text) {
                self.put_session(change, name, &session, text);
            }
        } else if let Some(name) = name.strip_prefix(table::TICKET) {
            if let Some(ticket) = read::<Ticket>(text) {
                self.put_ticket(change, name, &ticket, text);
            }
        } else if let Some(id) = name.strip_prefix(table::GRANT)
            && let Some(grant) = read::<HostGrant>(text)
        {
            self.put_grant(change, id, &grant, text);
        }
    }

    fn key_of(&self, name: &str) -> Option<Vec<u8>> {
        let of = |(beginning, kind, _): (&str, &str, &str)| {
            let name = name.strip_prefix(beginning)?;
            Some(self.of(kind, name))
        };
        KINDS.into_iter().find_map(of)
    }

    /// How many there are, those that ended a moment ago among them.
    pub(in crate::store::sessions) async fn entry_count(&self) -> Result<u64, StoreError> {
        let mut ask = redis::pipe();
        for (_, _, index) in KINDS {
            ask.cmd("ZCARD").arg(self.the(index));
        }
        let [sessions, grants, tickets]: [u64; 3] = self.link.ask(ask).await?;
        Ok(sessions + grants + tickets)
    }
}

/// Whether such an entry is understood, and goes along.
pub(in crate::store::sessions) fn understood(name: &str, text: &str) -> bool {
    // No name has a space: what follows one in an index is something else.
    if name.contains(' ') {
        false
    } else if name.starts_with(table::SESSION) {
        read::<Session>(text).is_some()
    } else if name.starts_with(table::GRANT) {
        read::<HostGrant>(text).is_some()
    } else {
        name.starts_with(table::TICKET) && read::<Ticket>(text).is_some()
    }
}

fn read<V: DeserializeOwned>(text: &str) -> Option<V> {
    serde_json::from_str(text).ok()
}

fn word(member: &str) -> &str {
    member.split(' ').next().unwrap_or_default()
}
