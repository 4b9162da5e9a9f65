//! The keys where several nodes share them: at a server, and here no more of them than somebody is looking at.
//!
//! A look or a change reads what it is about into a small [`KeyTable`](super::KeyTable) and goes on as it does over the
//! key file; what a change puts is committed in one step where nothing of what it read has changed. See `docs/redis.md`.

use super::plan::Pending;
use super::wanted::Wanted;
use super::{Found, KeyTable};
use crate::mint::KeyId;
use crate::store::StoreError;
use crate::store::log::{Entries, Look};
use crate::store::redis::{Link, LinkState};

/// The keys at a server.
#[derive(Clone)]
pub(in crate::store) struct Shared {
    link: Link,
}

impl Shared {
    /// Those that this link leads to.
    pub(super) fn over(link: Link) -> Self {
        Self { link }
    }

    /// What `read` makes of what is wanted, as it stands at the server.
    pub(super) async fn look<R>(
        &self,
        _wanted: &Wanted,
        _read: impl FnOnce(&Look<'_, KeyTable>) -> R,
    ) -> Result<R, StoreError> {
        let _ = &self.link;
        Err(StoreError::Away("not built yet".into()))
    }

    /// What `plan` answers, once all that it put stands at the server. It runs again where something that is wanted has
    /// changed meanwhile.
    pub(super) async fn edit<R>(
        &self,
        _wanted: &Wanted,
        _plan: impl FnMut(&Look<'_, KeyTable>, &mut Pending, &mut Entries) -> R,
    ) -> Result<R, StoreError> {
        Err(StoreError::Away("not built yet".into()))
    }

    /// How the link stands.
    pub(super) fn state(&self) -> LinkState {
        self.link.state()
    }

    /// The key itself, expired or not, as [`standing`](Self::standing).
    pub(super) async fn find(&self, _id: &KeyId) -> Result<Option<Found>, StoreError> {
        Err(StoreError::Away("not built yet".into()))
    }

    /// The key as it counts together with those it was derived from, expired or not: from what is remembered of the server's
    /// answers, where that still holds.
    pub(super) async fn standing(&self, _id: &KeyId) -> Result<Option<Found>, StoreError> {
        Err(StoreError::Away("not built yet".into()))
    }
}
