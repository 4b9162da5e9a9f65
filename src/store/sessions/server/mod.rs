//! Sessions, grants and tickets in Redis. It must never hand out a ticket twice, nor take for live what was withdrawn.
//!
//! Each is a string of its own that ends by itself. Beside the strings stand indexes by end: `sessions`, `grants` and
//! `tickets`, which bound how many there are, and of the grants of a host to a user one of their own. A string and its
//! indexes change in one step. What ended leaves its indexes by [`AtServer::sweep`].

mod grants;
mod moving;

use std::sync::Arc;

use jiff::Timestamp;
use redis::{Cmd, Pipeline};
use serde::de::DeserializeOwned;

pub(super) use moving::understood;

use super::json;
use super::table::{Session, Ticket};
use crate::store::StoreError;
use crate::store::redis::{Change, Link, Outcome};

/// Kinds of strings.
const SESSION: &str = "s";
const GRANT: &str = "h";
const TICKET: &str = "t";
/// Their indexes by end.
const SESSIONS: &str = "sessions";
const GRANTS: &str = "grants";
const TICKETS_BY_END: &str = "tickets";
/// Most sessions that make way for one.
const MAKE_WAY: usize = 16;
/// How often a change is planned anew because others came between.
const TURNS: usize = 64;
/// Grants that are read or removed at a time.
const AT_ONCE: usize = 500;
/// Bytes of a value in memory for each byte of its text, at most about.
const SPREAD: usize = 4;

/// Names of members of an index.
type Members = Vec<Vec<u8>>;

/// What stands at the server.
#[derive(Clone)]
pub(in crate::store::sessions) struct AtServer {
    link: Link,
    max: usize,
}

impl AtServer {
    pub(in crate::store::sessions) fn over(link: Link, max: usize) -> Self {
        Self { link, max }
    }

    pub(in crate::store::sessions) fn link(&self) -> &Link {
        &self.link
    }

    /// What `read` makes of the live session with this name.
    pub(in crate::store::sessions) async fn session<R>(
        &self,
        name: &str,
        now: Timestamp,
        read: impl Fn(&Session) -> R,
    ) -> Result<Option<R>, StoreError> {
        let session: Option<Arc<Session>> = self.value(SESSION, name).await?;
        let live = session.filter(|session| session.expires > now);
        Ok(live.map(|session| read(&session)))
    }

    pub(in crate::store::sessions) async fn keep(
        &self,
        name: &str,
        session: &Session,
    ) -> Result<(), StoreError> {
        let (json, index) = (json(session)?, self.the(SESSIONS));
        for _ in 0..TURNS {
            let mut ask = redis::pipe();
            let last = MAKE_WAY - 1;
            ask.cmd("ZCARD").arg(&index);
            ask.cmd("ZSCORE").arg(&index).arg(name);
            ask.cmd("ZRANGE").arg(&index).arg(0).arg(last);
            let (count, known, mut first): (usize, Option<f64>, Vec<String>) =
                self.link.ask(ask).await?;
            let mut change = Change::default();
            if known.is_none() {
                first.truncate((count + 1).saturating_sub(self.max));
                for old in &first {
                    self.take_session(&mut change, old);
                }
                // Where there are more than may be, since that was made less, each that comes makes it better.
                let most = self.max.max(count + 1 - first.len());
                let leaving = first.into_iter().map(String::into_bytes);
                change.room(index.clone(), leaving.collect(), most);
            }
            self.put_session(&mut change, name, session, &json);
            if let Outcome::Done(_) = self.link.commit(change).await? {
                return Ok(());
            }
        }
        Err(StoreError::Busy("the index of the sessions".into()))
    }

    pub(in crate::store::sessions) async fn end(&self, name: &str) -> Result<(), StoreError> {
        let mut change = Change::default();
        self.take_session(&mut change, name);
        self.link.commit(change).await.map(drop)
    }

    /// Keeps a ticket of the local visitor.
    pub(in crate::store::sessions) async fn ticket(
        &self,
        name: &str,
        ticket: &Ticket,
    ) -> Result<(), StoreError> {
        let mut change = Change::default();
        self.put_ticket(&mut change, name, ticket, &json(ticket)?);
        self.link.commit(change).await.map(drop)
    }

    /// Whoever removes it at the server, in one step with seeing that it stands there, has it.
    pub(in crate::store::sessions) async fn redeem(
        &self,
        name: &str,
        now: Timestamp,
    ) -> Result<Option<Ticket>, StoreError> {
        let key = self.of(TICKET, name);
        let mut ask = redis::pipe();
        ask.cmd("GET").arg(&key);
        let (read,): (Option<Vec<u8>>,) = self.link.ask(ask).await?;
        let Some(read) = read else {
            return Ok(None);
        };
        let ticket: Option<Ticket> = serde_json::from_slice(&read).ok();
        let mut change = Change::default();
        self.take_ticket(&mut change, name);
        change.expect(key, Some(read));
        match self.link.commit(change).await? {
            Outcome::Done(_) => Ok(ticket.filter(|ticket| ticket.expires > now)),
            Outcome::Conflict => Ok(None),
        }
    }

    pub(in crate::store::sessions) async fn sweep(&self) -> Result<(), StoreError> {
        let mut ask = redis::pipe();
        ask.cmd("TIME");
        let ((secs, micros),): ((i64, i64),) = self.link.ask(ask).await?;
        // By then, the strings are gone.
        let now = format!("({}", secs * 1000 + micros / 1000);
        loop {
            let mut ask = redis::pipe();
            ended(&mut ask, &self.the(SESSIONS), &now, 1);
            ended(&mut ask, &self.the(TICKETS_BY_END), &now, 1);
            ended(&mut ask, &self.the(GRANTS), &now, AT_ONCE);
            let [sessions, tickets, grants]: [Members; 3] = self.link.ask(ask).await?;
            let mut change = Change::default();
            for (index, any) in [(SESSIONS, sessions), (TICKETS_BY_END, tickets)] {
                if !any.is_empty() {
                    let mut sweep = redis::cmd("ZREMRANGEBYSCORE");
                    sweep.arg(self.the(index)).arg("-inf").arg(&now);
                    change.run(sweep);
                }
            }
            for member in &grants {
                self.leave_grants(&mut change, member);
            }
            if !change.is_empty() {
                self.link.commit(change).await?;
            }
            if grants.len() < AT_ONCE {
                return Ok(());
            }
        }
    }

    fn put_session(&self, change: &mut Change, name: &str, session: &Session, json: &str) {
        let end = session.expires.as_millisecond();
        change.set(&self.of(SESSION, name), json, Some(end));
        change.run(join(&self.the(SESSIONS), end, name.as_bytes()));
    }

    fn take_session(&self, change: &mut Change, name: &str) {
        change.run(delete(&self.of(SESSION, name)));
        change.run(leave(&self.the(SESSIONS), name.as_bytes()));
    }

    fn put_ticket(&self, change: &mut Change, name: &str, ticket: &Ticket, json: &str) {
        let end = ticket.expires.as_millisecond();
        change.set(&self.of(TICKET, name), json, Some(end));
        change.run(join(&self.the(TICKETS_BY_END), end, name.as_bytes()));
    }

    fn take_ticket(&self, change: &mut Change, name: &str) {
        change.run(delete(&self.of(TICKET, name)));
        change.run(leave(&self.the(TICKETS_BY_END), name.as_bytes()));
    }

    /// What stands there at this moment, as far as the server has told.
    async fn value<V: DeserializeOwned + Send + Sync + 'static>(
        &self,
        kind: &str,
        name: &str,
    ) -> Result<Option<Arc<V>>, StoreError> {
        let key = self.of(kind, name);
        if let Some(known) = self.link.remembered(&key) {
            return Ok(Some(known));
        }
        let parse = |text: Vec<u8>| {
            let value = serde_json::from_slice(&text).ok()?;
            Some((value, text.len() * SPREAD))
        };
        self.link.read(&key, parse).await
    }

    fn of(&self, kind: &str, name: &str) -> Vec<u8> {
        self.link.names().of(kind, name.as_bytes())
    }

    fn the(&self, kind: &str) -> Vec<u8> {
        self.link.names().the(kind)
    }
}

fn delete(key: &[u8]) -> Cmd {
    let mut command = redis::cmd("DEL");
    command.arg(key);
    command
}

fn join(index: &[u8], end: i64, member: &[u8]) -> Cmd {
    let mut command = redis::cmd("ZADD");
    command.arg(index).arg(end).arg(member);
    command
}

fn leave(index: &[u8], member: &[u8]) -> Cmd {
    let mut command = redis::cmd("ZREM");
    command.arg(index).arg(member);
    command
}

/// Asks for the first that ended before then.
fn ended(ask: &mut Pipeline, index: &[u8], before: &str, most: usize) {
    ask.cmd("ZRANGEBYSCORE").arg(index).arg("-inf").arg(before);
    ask.arg("LIMIT").arg(0).arg(most);
}
