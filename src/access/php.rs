//! A PHP host's session as a source: its id from the cookie, its bytes from PHP's store, and what they grant.

use std::sync::Arc;

use jiff::Timestamp;

use crate::error::Refused;
use crate::grants::{Directory, Grants};
use crate::names::{Dirname, Label, Rights};
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
        let said = session.as_deref().and_then(Option::as_ref);
        Ok(said.and_then(|session| {
            let visitor = self.source.visitor(session, id.hashed().into())?;
            Some((visitor, grants(session)))
        }))
    }

    /// The name of the project that the browser's session is about.
    pub(super) async fn project(&self, evidence: &dyn Evidence, now: Timestamp) -> Option<Label> {
        let id = self.id(evidence)?;
        let session = self.session(&id, Patience::None, now).await;
        let session = session.ok().flatten()?;
        session.as_ref().as_ref()?.project.clone()
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
    ) -> Result<Option<Arc<Option<PhpSession>>>, Refused> {
        let read = self.store.session(id, patience, now).await?;
        Ok(read.map(|read| read.made(|bytes| self.source.read(bytes))))
    }

    /// Lets go of what is held open; to be called about once a second.
    pub(super) fn let_go(&self) {
        self.store.let_go();
    }
}

fn grants(session: &PhpSession) -> Grants {
    let everything = session.poweruser.then_some(Rights::Edit);
    let directory = |path: &Dirname| Directory {
        path: path.clone(),
        rights: Rights::Edit,
    };
    Grants {
        everything,
        directories: session.directories.iter().map(directory).collect(),
        ..Grants::default()
    }
}
