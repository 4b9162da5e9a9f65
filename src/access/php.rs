//! A PHP host's session as a source: its id from the cookie, its bytes from PHP's store, and what they grant.

use jiff::Timestamp;

use crate::error::Refused;
use crate::grants::{Directory, Grants};
use crate::names::{Label, Rights};
use crate::store::php::{Patience, PhpSessionId, PhpStore};
use crate::visitor::{Evidence, PhpSession, PhpSource, Visitor};

/// The sessions of the PHP applications beside us.
pub struct PhpHost {
    source: PhpSource,
    store: PhpStore,
}

impl PhpHost {
    /// The sessions in `store`, as `source` understands them.
    #[must_use]
    pub fn new(source: PhpSource, store: PhpStore) -> Self {
        Self { source, store }
    }

    /// Who the browser's session says it is, and what it grants.
    pub(super) async fn visitor(
        &self,
        evidence: &dyn Evidence,
        now: Timestamp,
    ) -> Result<Option<(Visitor, Grants)>, Refused> {
        let Some(id) = self.id(evidence) else {
            return Ok(None);
        };
        let session = self.session(&id, Patience::Some, now).await?;
        Ok(session.and_then(|session| {
            let visitor = self.source.visitor(&session, id.hashed().into())?;
            Some((visitor, grants(session)))
        }))
    }

    /// The name of the project that the browser's session is about.
    pub(super) async fn project(&self, evidence: &dyn Evidence, now: Timestamp) -> Option<Label> {
        let id = self.id(evidence)?;
        let session = self.session(&id, Patience::None, now).await;
        session.ok().flatten()?.project
    }

    fn id<'a>(&self, evidence: &'a dyn Evidence) -> Option<PhpSessionId<'a>> {
        let named = self.source.named(evidence)?;
        let id = PhpSessionId::parse(named);
        if id.is_none() {
            tracing::debug!("php: the cookie holds no session id of PHP's");
        }
        id
    }

    async fn session(
        &self,
        id: &PhpSessionId<'_>,
        patience: Patience,
        now: Timestamp,
    ) -> Result<Option<PhpSession>, Refused> {
        let bytes = self.store.session(id, patience, now).await?;
        Ok(bytes.and_then(|bytes| self.source.read(&bytes)))
    }
}

fn grants(session: PhpSession) -> Grants {
    let everything = session.poweruser.then_some(Rights::Edit);
    let directory = |path| Directory {
        path,
        rights: Rights::Edit,
    };
    Grants {
        everything,
        directories: session.directories.into_iter().map(directory).collect(),
        ..Grants::default()
    }
}
