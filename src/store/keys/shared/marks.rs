//! What keys at the server became of that are gone: it stands in the key's own place, and by time in `revoked` and
//! `pruned`, so that the oldest can be forgotten.

use super::super::gone::{MOST, Mark};
use super::Shared;
use super::slots::{ID, Slot};
use super::working::mark;
use crate::mint::KeyId;
use crate::store::StoreError;
use crate::store::redis::{Change, Outcome};

/// Marks that are read, or forgotten, at a time.
const AT_ONCE: usize = 1000;

impl Shared {
    /// What became of a key.
    pub(in super::super) async fn mark(&self, id: &KeyId) -> Result<Option<Mark>, StoreError> {
        let mut ask = redis::pipe();
        ask.cmd("GET").arg(Slot::Key(*id).name(self.names()));
        let (text,): (Option<Vec<u8>>,) = self.link.ask(ask).await?;
        Ok(text.as_deref().and_then(mark))
    }

    /// The keys that were pruned and whose ids begin like this.
    pub(in super::super) async fn pruned(&self, beginning: &str) -> Result<Vec<KeyId>, StoreError> {
        if let Ok(id) = KeyId::parse(beginning) {
            let mark = self.mark(&id).await?;
            let pruned = mark.filter(|mark| *mark != Mark::Revoked);
            return Ok(pruned.map(|_| id).into_iter().collect());
        }
        let (mut ids, mut cursor) = (Vec::new(), 0_u64);
        loop {
            let mut ask = redis::pipe();
            ask.cmd("ZSCAN").arg(self.names().the("pruned")).arg(cursor);
            ask.arg("COUNT").arg(AT_ONCE);
            let ((next, some),): ((u64, Vec<(Vec<u8>, f64)>),) = self.link.ask(ask).await?;
            let some = some.into_iter().filter_map(|(id, _)| id.try_into().ok());
            let some = some.map(KeyId::from_bytes);
            ids.extend(some.filter(|id| id.named("").starts_with(beginning)));
            if next == 0 {
                ids.sort_unstable();
                ids.dedup();
                return Ok(ids);
            }
            cursor = next;
        }
    }

    /// Forgets those beyond the most that are remembered: first those that were pruned longest ago.
    pub(super) async fn trim_marks(&self) -> Result<(), StoreError> {
        self.trim_to(MOST).await
    }

    pub(super) async fn trim_to(&self, most: usize) -> Result<(), StoreError> {
        loop {
            let kinds = ["pruned", "revoked"].map(|kind| self.names().the(kind));
            let mut ask = redis::pipe();
            for kind in &kinds {
                ask.cmd("ZCARD").arg(kind);
            }
            let (pruned, revoked): (usize, usize) = self.link.ask(ask).await?;
            let over = (pruned + revoked).saturating_sub(most);
            if over == 0 {
                return Ok(());
            }
            let [of_pruned, of_revoked] = kinds;
            let kind = if pruned > 0 { of_pruned } else { of_revoked };
            self.forget_oldest(&kind, over.min(AT_ONCE)).await?;
        }
    }

    async fn forget_oldest(&self, kind: &[u8], count: usize) -> Result<(), StoreError> {
        let mut ask = redis::pipe();
        ask.cmd("ZRANGE").arg(kind).arg(0).arg(count - 1);
        let (ids,): (Vec<Vec<u8>>,) = self.link.ask(ask).await?;
        let slots: Vec<Slot> = ids
            .iter()
            .filter_map(|id| <[u8; ID]>::try_from(id.as_slice()).ok())
            .map(|id| Slot::Key(KeyId::from_bytes(id)))
            .collect();
        let mut working = super::Working::default();
        self.fetch(&mut working, slots.iter().copied()).await?;
        let mut change = Change::default();
        for slot in slots {
            let read = working.reads.remove(&slot).flatten();
            // What is a key again by hand stays.
            if read.as_deref().and_then(mark).is_some() {
                change.run(redis::Cmd::del(slot.name(self.names())));
                change.expect(slot.name(self.names()), read);
            }
        }
        change.run(redis::Cmd::zrem(kind, ids));
        match self.link.commit(change).await? {
            Outcome::Done(_) | Outcome::Conflict => Ok(()),
        }
    }
}
