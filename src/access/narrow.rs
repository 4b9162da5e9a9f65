//! The life of a key after its minting: narrowed, derived from, revoked, shown once more.
//!
//! None of this ever gives more than there was. Who may ask for it, the edges decide: whoever holds the key derives and
//! revokes what was derived from it; its own visitor, an administrator and the operator do the rest.

use std::time::Duration;

use super::{Access, Moment};
use crate::error::{Kind, Refused};
use crate::mint::{
    AccessKey, Draft, KeyId, Life, Limits, Narrowing, Record, Widens, draft_derived,
};
use crate::store::{Changed, Derived, Found, Want, Wanted};

impl Access {
    /// A key that is narrower than `parent`, which is live and in good hands. It is on the disk when this returns, and
    /// remembered as minted for whom the parent was minted for.
    ///
    /// # Errors
    /// [`Kind::Exceeds`] for more than the parent or the settings allow, too many children and too many generations;
    /// [`Kind::Refused`] where the parent has died meanwhile; what the store says.
    pub async fn derive(
        &self,
        parent: &Found,
        by: &Narrowing,
        now: Moment,
    ) -> Result<AccessKey, Refused> {
        let draft = self.derived(parent, by, now)?;
        let id = draft.id;
        let derived = self.keys.derive(draft, now.time).await?;
        let key = outcome(derived)?;
        tracing::debug!(key = %id, parent = %parent.id, "derived");
        Ok(key)
    }

    /// The same for the command line, which may block.
    ///
    /// # Errors
    /// As [`derive`](Self::derive).
    pub fn derive_blocking(
        &self,
        parent: &Found,
        by: &Narrowing,
        now: Moment,
    ) -> Result<AccessKey, Refused> {
        let draft = self.derived(parent, by, now)?;
        outcome(self.keys.derive_blocking(draft, now.time)?)
    }

    fn derived(&self, parent: &Found, by: &Narrowing, now: Moment) -> Result<Draft, Refused> {
        if parent.claims().next().is_some() {
            return Err(Widens::Claimed.into());
        }
        let limits = &self.key_limits;
        if limits.require_passphrase && by.passphrase.is_none() && parent.passphrase().is_none() {
            let rule =
                "The settings want every key to have a passphrase (keys.require_passphrase).";
            return Err(Refused::new(Kind::Exceeds(rule), rule));
        }
        let longest = limits.lifetime;
        let life = within(parent, by.life, longest, now)?;
        let whole = Record {
            place: parent.place.clone(),
            scope: parent.scope,
            rights: parent.rights.min(limits.rights),
            created: Some(now.time),
            expires: life.end(now.time),
            by: parent.by.clone(),
            label: None,
            sealed: None,
            bind: parent.bind,
            limits: Limits {
                idle: limits.idle,
                parent: Some(parent.id),
                ..Limits::default()
            },
        };
        // Its life is settled already.
        let by = Narrowing {
            life: None,
            ..by.clone()
        };
        let narrowed = whole.narrowed(&by, now.time)?;
        Ok(draft_derived(narrowed, &self.sealer)?)
    }

    /// The record of this key, narrowed; it is on the disk when this returns.
    ///
    /// # Errors
    /// [`Kind::Exceeds`] for what would widen it; [`Kind::Refused`] where there is no such key; what the store says.
    pub async fn set(&self, id: KeyId, by: Narrowing, now: Moment) -> Result<Record, Refused> {
        let change = move |record: &Record| record.narrowed(&by, now.time);
        changed(self.keys.change(id, change).await?)
    }

    /// The same for the command line, which may block.
    ///
    /// # Errors
    /// As [`set`](Self::set).
    pub fn set_blocking(&self, id: KeyId, by: Narrowing, now: Moment) -> Result<Record, Refused> {
        let change = move |record: &Record| record.narrowed(&by, now.time);
        changed(self.keys.change_blocking(id, change)?)
    }

    /// How many keys were derived from this one itself.
    ///
    /// # Errors
    /// What the store says.
    pub async fn derived_from(&self, id: &KeyId) -> Result<usize, Refused> {
        let wanted = Want::Children(*id).into();
        let count = self
            .keys
            .look(&wanted, |look| look.table.children(id).len());
        Ok(count.await?)
    }

    /// Whether the key stands in the file and was derived from `above`, or from one that was.
    ///
    /// # Errors
    /// What the store says.
    pub async fn descends(&self, id: &KeyId, above: &KeyId) -> Result<bool, Refused> {
        let wanted = Wanted::keys([id]);
        let descends = self
            .keys
            .look(&wanted, |look| look.table.descends(id, above));
        Ok(descends.await?)
    }

    /// The key itself, for a bookmark that is shown once more. `None` where it was sealed with another secret, or made by
    /// another program.
    ///
    /// # Errors
    /// [`Kind::Refused`] where there is no such key; what the store says.
    pub async fn link(&self, id: &KeyId) -> Result<Option<AccessKey>, Refused> {
        let shown = self
            .keys
            .look(&Wanted::keys([id]), |look| {
                let found = look.table.find(id)?;
                Some(self.keys.reveal(look, &found))
            })
            .await?;
        shown.ok_or_else(|| Refused::new(Kind::Refused, "no such key"))
    }
}

/// The life of a key that is derived from `parent`: what was asked for within what is allowed, or all that is allowed.
fn within(
    parent: &Found,
    asked: Option<Life>,
    longest: Option<Duration>,
    now: Moment,
) -> Result<Life, Refused> {
    let end = |life: Life| life.end(now.time);
    let longest = longest.map(Life::of).transpose()?;
    // The sooner of the two ends.
    let most = match (longest, parent.expires) {
        (Some(longest), Some(expires)) if end(longest).is_some_and(|end| end < expires) => longest,
        (_, Some(expires)) => Life::Until(expires),
        (Some(longest), None) => longest,
        (None, None) => Life::Unlimited,
    };
    let Some(life) = asked else { return Ok(most) };
    match (end(life), end(most)) {
        (None, Some(_)) => Err(Widens::Life.into()),
        (Some(asked), Some(most)) if asked > most => Err(Widens::Life.into()),
        _ => Ok(life),
    }
}

fn outcome(derived: Derived) -> Result<AccessKey, Refused> {
    let exceeds = |rule: &'static str| Err(Refused::new(Kind::Exceeds(rule), rule));
    match derived {
        Derived::Key(key) => Ok(key),
        Derived::Unknown => Err(Refused::new(Kind::Refused, "its parent has died meanwhile")),
        Derived::Deep => {
            exceeds("At most 4 keys stand above one another: derive from one further up.")
        }
        Derived::Many => {
            exceeds("At most 100 keys are derived from one: revoke those that nobody needs.")
        }
    }
}

fn changed(changed: Changed<Widens>) -> Result<Record, Refused> {
    match changed {
        Changed::To(record) => Ok(*record),
        Changed::Unknown => Err(Refused::new(Kind::Refused, "no such key")),
        Changed::Not(why) => Err(why.into()),
    }
}
