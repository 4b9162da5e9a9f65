//! The key of an earlier ask, found again.
//!
//! One that died unused is never handed out again: whoever asks gets a new one.

use jiff::Timestamp;

use super::table::{Ask, Found, KeyTable};
use super::wanted::Want;
use super::{At, Keys, Minted, reveal};
use crate::mint::{AccessKey, Draft, KeyId, Sealer};
use crate::store::log::Look;
use crate::store::{LastUses, StoreError};

impl Ask {
    /// The ask that this draft answers.
    #[must_use]
    pub fn of(draft: &Draft) -> Self {
        let record = &draft.record;
        Self {
            by: record.by.clone(),
            place: record.place.clone(),
            scope: record.scope,
            rights: record.rights,
            life: draft.life,
            passphrase: record.limits.passphrase.is_some(),
            idle: record.limits.idle,
        }
    }
}

/// What an earlier ask left.
pub enum Same {
    /// This key.
    Key(AccessKey),
    /// Nothing that can be handed out at once; of its keys, these are old, and their last use keeps them alive.
    Nothing(Vec<KeyId>),
}

impl Keys {
    /// The live key that the same ask got before, if it is on the disk, can be shown again and did not die unused.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`], [`StoreError::Away`].
    pub async fn find_same(
        &self,
        ask: &Ask,
        now: Timestamp,
        uses: &LastUses,
    ) -> Result<Same, StoreError> {
        let (mut doubtful, mut alive) = (Vec::new(), Vec::new());
        let wanted = Want::Ask(ask.clone()).into();
        let found = self
            .look(&wanted, |look| {
                first(look, ask, now, &self.sealer, &mut doubtful)
            })
            .await?;
        if let Some(key) = found {
            self.settle().await?;
            return Ok(Same::Key(key));
        }
        for found in doubtful {
            if found.unused(uses.last(&found.id).await?, now) {
                continue;
            }
            let wanted = Want::Key(found.id).into();
            let key = self.look(&wanted, |look| again(look, &found, &self.sealer));
            if let Some(key) = key.await? {
                self.settle().await?;
                return Ok(Same::Key(key));
            }
            alive.push(found.id);
        }
        Ok(Same::Nothing(alive))
    }

    /// What was found is kept when this returns: in a file, only what is on the disk is found.
    async fn settle(&self) -> Result<(), StoreError> {
        match &self.at {
            At::File(_) => Ok(()),
            At::Shared(shared) => shared.settle().await,
        }
    }

    /// The key that the same ask got before, or the drafted one once it is on the disk; for the command line, which may
    /// block.
    ///
    /// # Errors
    /// As [`mint`](Self::mint).
    pub fn issue_blocking(
        &self,
        draft: Draft,
        now: Timestamp,
        uses: &LastUses,
    ) -> Result<Minted, StoreError> {
        let (ask, mut doubtful) = (Ask::of(&draft), Vec::new());
        let wanted = Want::Ask(ask.clone()).into();
        self.look_blocking(&wanted, |look| {
            first(look, &ask, now, &self.sealer, &mut doubtful)
        })?;
        let mut alive = Vec::new();
        for found in doubtful {
            if !found.unused(uses.last_blocking(&found.id)?, now) {
                alive.push(found.id);
            }
        }
        let wanted = super::wanted(&draft);
        self.edit_blocking(&wanted, self.minting(draft, now, alive))?
    }
}

/// The first key of this ask that is on the disk and surely has not died unused; those of which only their last use
/// could tell go to `doubtful`.
fn first(
    look: &Look<'_, KeyTable>,
    ask: &Ask,
    now: Timestamp,
    sealer: &Sealer,
    doubtful: &mut Vec<Found>,
) -> Option<AccessKey> {
    doubtful.clear();
    look.table.find_same(ask, now, |found| {
        if found.unused(None, now) {
            doubtful.push(found.clone());
            return None;
        }
        let durable = look.durable(found.span);
        durable.then(|| reveal(look, found, sealer)).flatten()
    })
}

/// The key, where it still stands as it was found and is on the disk.
fn again(look: &Look<'_, KeyTable>, found: &Found, sealer: &Sealer) -> Option<AccessKey> {
    let now = look.table.find(&found.id)?;
    let good = now.same(found) && look.durable(now.span);
    good.then(|| reveal(look, &now, sealer)).flatten()
}
