//! A PHP host's own session: the browser's cookie names it, PHP's store holds it, the host's scripts wrote it.
//!
//! Here is what the cookie and the bytes mean; the store reads the bytes. A session in which nothing of editkey's stands
//! is nobody: every visitor of a PHP site has one.

mod numbers;
mod session;
#[cfg(test)]
mod tests;
mod walk;

use std::sync::Arc;

pub use session::PhpSession;
pub use walk::Undecodable;

use super::{Evidence, Said, Source, Visitor};

/// Where a session is named, and where it names the person.
#[derive(Debug, Clone)]
pub struct PhpSource {
    cookie: String,
    user: Option<String>,
}

impl PhpSource {
    /// The sessions that the cookie `cookie` names; the variable `user`, where there is one, names the person.
    #[must_use]
    pub fn new(cookie: String, user: Option<String>) -> Self {
        Self { cookie, user }
    }

    /// The text by which a request names a session: that of the one cookie.
    pub fn named<'a>(&self, evidence: &'a dyn Evidence) -> Option<&'a str> {
        let said = evidence.cookie(&self.cookie);
        if said == Said::Unclear {
            tracing::debug!("php: the cookie {} is there more than once", self.cookie);
        }
        said.once()
    }

    /// What the session says whose bytes these are; nothing where they are not understood.
    #[must_use]
    pub fn read(&self, bytes: &[u8]) -> Option<PhpSession> {
        let session = PhpSession::read(bytes, self.user.as_deref());
        session
            .inspect_err(|why| tracing::debug!("php: a session is not read: {why}"))
            .ok()
    }

    /// Whose session it is; `browser` is a hash of its id. Nobody, where it says nothing about anybody.
    #[must_use]
    pub fn visitor(&self, session: &PhpSession, browser: Arc<str>) -> Option<Visitor> {
        let says = session.poweruser || !session.directories.is_empty() || session.user.is_some();
        says.then(|| Visitor {
            user: session.user.clone(),
            browser: Some(browser),
            ..Visitor::of(Source::Php)
        })
    }
}
