//! Leases: what only one of several nodes does at a time.
//!
//! A lease is a string that says whose it is, and ends by itself where its holder is gone.

use std::time::Duration;

use super::Shared;
use super::step::Also;
use crate::mint::random;
use crate::store::StoreError;
use crate::store::redis::{Change, Outcome};

/// How long a lease lasts of which nothing is heard.
const LASTS: Duration = Duration::from_secs(120);

/// What its holder has of a lease.
pub(super) struct Lease {
    name: Vec<u8>,
    token: Vec<u8>,
}

impl Lease {
    /// What a step says that is only taken while this is held; it lasts anew from then.
    pub(super) fn also(&self) -> Also {
        Also {
            expected: vec![(self.name.clone(), Some(self.token.clone()))],
            commands: vec![set(&self.name, &self.token, LASTS)],
            backup: None,
        }
    }
}

impl Shared {
    /// The lease of this name, if nobody has it.
    pub(super) async fn lease(&self, name: Vec<u8>) -> Result<Option<Lease>, StoreError> {
        let token = token()?;
        let mut change = Change::default();
        change.expect(name.clone(), None);
        change.run(set(&name, &token, LASTS));
        Ok(match self.link.commit(change).await? {
            Outcome::Done(_) => Some(Lease { name, token }),
            Outcome::Conflict => None,
        })
    }

    /// Lets others have it.
    pub(super) async fn let_go(&self, lease: Lease) -> Result<(), StoreError> {
        let mut change = Change::default();
        change.run(redis::Cmd::del(&lease.name));
        change.expect(lease.name, Some(lease.token));
        self.link.commit(change).await.map(drop)
    }

    /// Whether it is this node that does `what`, now and for so long.
    pub(in super::super) async fn take(
        &self,
        what: &str,
        lasts: Duration,
    ) -> Result<bool, StoreError> {
        let name = self.names().of("turn", what.as_bytes());
        let mut ask = redis::pipe();
        ask.cmd("GET").arg(&name);
        let (held,): (Option<Vec<u8>>,) = self.link.ask(ask).await?;
        if held.as_ref().is_some_and(|held| *held != *self.token) {
            return Ok(false);
        }
        let mut change = Change::default();
        change.run(set(&name, &self.token, lasts));
        change.expect(name, held);
        let outcome = self.link.commit(change).await?;
        Ok(matches!(outcome, Outcome::Done(_)))
    }
}

/// What nobody else says.
pub(super) fn token() -> Result<Vec<u8>, StoreError> {
    let random = random::<16>().map_err(|error| StoreError::Unwritable(error.to_string().into()));
    Ok(random?.to_vec())
}

fn set(name: &[u8], token: &[u8], lasts: Duration) -> redis::Cmd {
    let millis = u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX);
    let mut set = redis::cmd("SET");
    set.arg(name).arg(token).arg("PX").arg(millis.max(1));
    set
}
