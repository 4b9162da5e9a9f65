//! What keys at the server became of that are gone: each in a string of its own, and by time in `revoked` and `pruned`, so
//! that the oldest can be forgotten.

use super::super::gone::{MOST, Mark};
use super::Shared;
use super::slots::{Index, Slot};
use super::step::{PRUNED, REVOKED};
use super::working::{Working, mark};
use crate::mint::KeyId;
use crate::store::StoreError;
use crate::store::redis::{Change, Outcome};

/// Marks that are read, or forgotten, at a time.
const AT_ONCE: usize = 1000;

impl Shared {
    /// What became of a key.
    pub(in super::super) async fn mark(&self, id: &KeyId) -> Result<Option<Mark>, StoreError> {
        let mut ask = redis::pipe();
        ask.cmd("GET").arg(Slot::Mark(*id).name(self.names()));
        let (text,): (Option<Vec<u8>>,) = self.link.ask(ask).await?;
        Ok(text.as_deref().map(mark))
    }

    /// The keys that were pruned and whose ids begin like this.
    pub(in super::super) async fn pruned(&self, beginning: &str) -> Result<Vec<KeyId>, StoreError> {
        if let Ok(id) = KeyId::parse(beginning) {
            let mark = self.mark(&id).await?;
            let pruned = mark.filter(|mark| *mark != Mark::Revoked);
            return Ok(pruned.map(|_| id).into_iter().collect());
        }
        let ids: Vec<KeyId> = self.beginning(beginning).await?;
        let mut working = Working::default();
        self.fetch(&mut working, ids.into_iter().map(Slot::Mark))
            .await?;
        let marks = working.marks.into_iter();
        let pruned = marks.filter(|(_, mark)| *mark != Mark::Revoked);
        Ok(pruned.map(|(id, _)| id).collect())
    }

    /// Forgets those beyond the most that are remembered: first those that were pruned longest ago.
    pub(super) async fn trim_marks(&self) -> Result<(), StoreError> {
        self.trim_to(MOST).await
    }

    pub(super) async fn trim_to(&self, most: usize) -> Result<(), StoreError> {
        loop {
            let kinds = [PRUNED, REVOKED].map(|kind| self.names().the(kind));
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
        let marked = ids.iter().filter_map(|id| id.as_slice().try_into().ok());
        let marked: Vec<KeyId> = marked.map(KeyId::from_bytes).collect();
        let both = |id: &KeyId| [Slot::Mark(*id), Slot::Key(*id)];
        let mut working = Working::default();
        self.fetch(&mut working, marked.iter().flat_map(both))
            .await?;
        let mut change = Change::default();
        for id in &marked {
            for slot in both(id) {
                let read = working.reads.get(&slot).cloned().flatten();
                change.expect(slot.name(self.names()), read);
            }
            change.run(redis::Cmd::del(Slot::Mark(*id).name(self.names())));
            if let (Some(index), true) = (Index::of_mark(id), working.is_away(id)) {
                let name = index.name(self.names());
                change.run(redis::Cmd::srem(name, id.as_bytes()));
            }
        }
        change.run(redis::Cmd::zrem(kind, ids));
        match self.link.commit(change).await? {
            Outcome::Done(_) | Outcome::Conflict => Ok(()),
        }
    }
}
