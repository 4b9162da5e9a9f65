//! What a prune removed, at the server: a hash of records for each of the last three prunes.
//!
//! A record is in there in the same step in which it goes, and whoever adds to one or uses it up holds its lease.

use std::sync::Arc;

use jiff::Timestamp;

use super::super::backup::{KEPT, spelled};
use super::super::gone::{Mark, secs};
use super::super::marks_at::MarksAt;
use super::super::plan::Pending;
use super::super::prune::{prune_batches, removing};
use super::super::undo::{asks, parents_first, returning};
use super::super::wanted::{Want, Wanted};
use super::super::{Found, KeyTable, Removed, Still, Undone};
use super::Shared;
use super::lease::Lease;
use crate::mint::{KeyId, Record};
use crate::store::StoreError;
use crate::store::log::Look;
use crate::store::redis::{Change, Outcome};

/// Most keys that one step takes out or brings back.
const STEP: usize = 500;
/// Records that are read of a backup at a time.
const AT_ONCE: usize = 1000;
/// Most names that are tried, since others prune as well.
const AHEAD: u32 = 60;

/// Ids and records.
type Texts = Vec<(Vec<u8>, Vec<u8>)>;

/// A prune at work.
struct Session {
    /// Which prune it is.
    secs: u32,
    lease: Lease,
}

impl Shared {
    /// The name of the newest backup.
    pub(in super::super) fn last_backup_blocking(&self) -> Option<String> {
        let newest = pollster::block_on(self.backups(0, 0)).ok()?;
        newest.first().map(|secs| named(*secs))
    }

    /// As [`Keys::prune_blocking`](super::super::Keys::prune_blocking).
    pub(in super::super) fn prune_blocking(
        &self,
        most: usize,
        keys: Vec<Found>,
        now: Timestamp,
        still: &Arc<Still>,
        told: impl Fn(usize, &[Found]) -> bool,
    ) -> Removed {
        if keys.is_empty() {
            return Removed::default();
        }
        let session = match pollster::block_on(self.begin(secs(now))) {
            Ok(session) => session,
            Err(error) => {
                return Removed {
                    failed: Some(error),
                    ..Removed::default()
                };
            }
        };
        let removed = prune_batches(most.min(STEP), keys, told, |batch| {
            pollster::block_on(self.prune(&session, batch, still))
        });
        if let Err(error) = pollster::block_on(self.end(session)) {
            tracing::warn!("older backups and marks stay a while longer: {error}");
        }
        removed
    }

    /// Begins a prune, later than all that are there: the last one is undone first.
    async fn begin(&self, now: u32) -> Result<Session, StoreError> {
        let newest = self.backups(0, 0).await?;
        let first = newest.first().map_or(now, |secs| secs.saturating_add(1));
        let first = first.max(now);
        for secs in first..first.saturating_add(AHEAD) {
            if let Some(lease) = self.lease(self.lease_of(secs)).await? {
                return Ok(Session { secs, lease });
            }
        }
        Err(super::busy())
    }

    async fn prune(
        &self,
        session: &Session,
        batch: Vec<Found>,
        still: &Arc<Still>,
    ) -> Result<Vec<Found>, StoreError> {
        let mark = Mark::Pruned(Some(session.secs));
        let ids = batch.iter().map(|found| &found.id);
        // A key stays where something stays that was derived from it.
        let wanted = Wanted(ids.clone().map(|id| Want::Children(*id)).collect()).and_marks(ids);
        let save = move |_: &Look<'_, KeyTable>, pending: &mut Pending, due: &[Found]| {
            let ids = due.iter().map(|found| found.id).collect();
            MarksAt::Within.put(pending, ids, mark)
        };
        let also = || {
            let mut also = session.lease.also();
            let mut note = redis::cmd("ZADD");
            note.arg(self.names().the("backups"));
            note.arg(session.secs).arg(session.secs);
            also.commands.push(note);
            also.backup = Some(self.records_of(session.secs));
            also
        };
        let plan = removing(batch, save, Arc::clone(still));
        self.edit_with(&wanted, plan, &also, false).await?
    }

    /// Ends a prune, and removes the backups beyond those that are kept, unless somebody is at them.
    async fn end(&self, session: Session) -> Result<(), StoreError> {
        self.let_go(session.lease).await?;
        for secs in self.backups(KEPT, usize::MAX).await? {
            self.remove_backup(secs, None).await?;
        }
        self.trim_marks().await
    }

    /// Removes a backup, if nobody is at it but the holder of `lease`.
    async fn remove_backup(&self, secs: u32, lease: Option<&Lease>) -> Result<bool, StoreError> {
        let mut change = Change::default();
        let lease = lease.map(Lease::also).unwrap_or_default();
        let mut expected = lease.expected.into_iter();
        let (name, held) = expected.next().unwrap_or((self.lease_of(secs), None));
        change.run(redis::Cmd::unlink(self.records_of(secs)));
        change.run(redis::Cmd::zrem(self.names().the("backups"), secs));
        change.run(redis::Cmd::del(&name));
        change.expect(name, held);
        let outcome = self.link.commit(change).await?;
        Ok(matches!(outcome, Outcome::Done(_)))
    }

    /// The backups from this one to that, counted from the newest.
    async fn backups(&self, from: usize, to: usize) -> Result<Vec<u32>, StoreError> {
        let mut ask = redis::pipe();
        ask.cmd("ZREVRANGE").arg(self.names().the("backups"));
        ask.arg(from);
        ask.arg(i64::try_from(to).unwrap_or(-1));
        let (all,): (Vec<u32>,) = self.link.ask(ask).await?;
        Ok(all)
    }

    fn lease_of(&self, secs: u32) -> Vec<u8> {
        self.names().of("backup-lease", secs.to_string().as_bytes())
    }

    fn records_of(&self, secs: u32) -> Vec<u8> {
        self.names().of("backup", secs.to_string().as_bytes())
    }

    /// As [`Keys::undo_blocking`](super::super::Keys::undo_blocking).
    pub(in super::super) fn undo_blocking(
        &self,
        now: Timestamp,
        told: impl Fn(usize, usize),
    ) -> Result<Option<Undone>, StoreError> {
        pollster::block_on(self.undo(now, told))
    }

    async fn undo(
        &self,
        now: Timestamp,
        told: impl Fn(usize, usize),
    ) -> Result<Option<Undone>, StoreError> {
        let Some(secs) = self.backups(0, 0).await?.first().copied() else {
            return Ok(None);
        };
        let Some(lease) = self.lease(self.lease_of(secs)).await? else {
            return Err(super::busy());
        };
        match self.bring_back(secs, &lease, now, told).await {
            Ok(keys) => {
                self.remove_backup(secs, Some(&lease)).await?;
                let backup = named(secs);
                Ok(Some(Undone { keys, backup }))
            }
            Err(error) => {
                let _ = self.let_go(lease).await;
                Err(error)
            }
        }
    }

    async fn bring_back(
        &self,
        secs: u32,
        lease: &Lease,
        now: Timestamp,
        told: impl Fn(usize, usize),
    ) -> Result<Vec<super::super::Returned>, StoreError> {
        let kept = self.kept(secs).await?;
        let mut left = parents_first(kept, |key| *key).into_iter();
        let (all, mut keys) = (left.len(), Vec::with_capacity(left.len()));
        loop {
            let batch: Vec<KeyId> = left.by_ref().take(STEP).map(|(id, _)| id).collect();
            if batch.is_empty() {
                return Ok(keys);
            }
            let batch = self.records(secs, &batch).await?;
            let wanted = wanted(&batch);
            let plan = returning(batch, secs, MarksAt::Within, now);
            let also = || lease.also();
            keys.extend(self.edit_with(&wanted, plan, &also, false).await??);
            told(keys.len(), all);
        }
    }

    /// The keys of a backup, with their parents.
    async fn kept(&self, secs: u32) -> Result<Vec<(KeyId, Option<KeyId>)>, StoreError> {
        let mut kept = std::collections::BTreeMap::new();
        let mut cursor = 0_u64;
        loop {
            let mut ask = redis::pipe();
            ask.cmd("HSCAN").arg(self.records_of(secs)).arg(cursor);
            ask.arg("COUNT").arg(AT_ONCE);
            let ((next, some),): ((u64, Texts),) = self.link.ask(ask).await?;
            for (id, json) in some {
                if let Ok(id) = id.try_into() {
                    let parent = parse(&json).and_then(|record| record.limits.parent);
                    kept.insert(KeyId::from_bytes(id), parent);
                }
            }
            if next == 0 {
                return Ok(kept.into_iter().collect());
            }
            cursor = next;
        }
    }

    async fn records(
        &self,
        secs: u32,
        ids: &[KeyId],
    ) -> Result<Vec<(KeyId, Option<Record>)>, StoreError> {
        let mut ask = redis::pipe();
        ask.cmd("HMGET").arg(self.records_of(secs));
        for id in ids {
            ask.arg(id.as_bytes());
        }
        let (texts,): (Vec<Option<Vec<u8>>>,) = self.link.ask(ask).await?;
        let record = |text: Option<Vec<u8>>| text.as_deref().and_then(parse);
        Ok(ids
            .iter()
            .copied()
            .zip(texts.into_iter().map(record))
            .collect())
    }
}

/// What bringing these back looks at.
fn wanted(batch: &[(KeyId, Option<Record>)]) -> Wanted {
    let records = || batch.iter().filter_map(|(_, record)| record.as_ref());
    let keys = batch.iter().map(|(id, _)| Want::Key(*id));
    let parents: std::collections::BTreeSet<KeyId> = records()
        .filter_map(|record| record.limits.parent)
        .collect();
    let parents = parents.into_iter().map(Want::Children);
    let asks = records().flat_map(asks).map(Want::Ask);
    let wanted = Wanted(keys.chain(parents).chain(asks).collect());
    wanted.and_marks(batch.iter().map(|(id, _)| id))
}

fn parse(json: &[u8]) -> Option<Record> {
    Record::parse(json, |_| None, |by| by.into()).ok()
}

/// What a backup is called.
fn named(secs: u32) -> String {
    format!("pruned-{}", spelled(secs))
}
