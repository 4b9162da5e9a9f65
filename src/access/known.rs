//! Everything that is known of who asks: one visitor for each source that knows them, and what each may do.
//!
//! Sources add up: whoever is known by several gets what any of them gives. A key is minted for the visitor whose grants
//! hold it; where several do, the first in the order below.

use std::net::IpAddr;
use std::sync::Arc;

use jiff::Timestamp;

use super::{Entry, Holder, Moment};
use crate::error::Refused;
use crate::grants::{Grants, Policy};
use crate::names::Label;
use crate::visitor::{Evidence, Source, Visitor};

/// Who asks, as all sources know them.
#[derive(Debug, Default)]
pub struct Known {
    /// In the order of the sources; some of them may do nothing.
    all: Vec<Party>,
    /// Where the request comes from, where that is certain.
    client: Option<IpAddr>,
    /// The same, certain or not, for the audit log.
    pub(super) from: Option<IpAddr>,
}

/// A visitor, and what they may do.
#[derive(Debug)]
pub struct Party {
    /// Who.
    pub visitor: Visitor,
    /// What they may edit.
    pub grants: Grants,
    /// Whether they see and change all keys.
    pub admin: bool,
}

impl Party {
    /// Whether there is anything that they may do.
    fn may(&self) -> bool {
        self.admin || !self.grants.is_empty()
    }
}

impl Known {
    /// Every visitor this is and who may do something, with that.
    pub fn parties(&self) -> impl Iterator<Item = &Party> {
        self.all.iter().filter(|party| party.may())
    }

    /// Whom the sources name, whether or not they may do anything; nobody is not among them. Somebody may be named twice.
    pub fn people(&self) -> impl Iterator<Item = &Visitor> {
        let visitors = self.all.iter().map(|party| &party.visitor);
        visitors.filter(|visitor| visitor.source != Source::Anyone)
    }

    /// Somebody of whom nothing is known but where they are.
    #[must_use]
    pub fn anybody(&self) -> Visitor {
        Visitor {
            address: self.client,
            ..Visitor::of(Source::Anyone)
        }
    }

    /// Adds what another session of the same browser says.
    pub(super) fn join(&mut self, other: Self) {
        self.all.extend(other.all);
    }

    /// Whether nobody is known, or nobody who may do anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parties().next().is_none()
    }

    /// Whether this is the visitor that keys remember as `by`.
    #[must_use]
    pub fn is(&self, by: &str) -> bool {
        self.parties().any(|party| *party.visitor.by() == *by)
    }

    /// The names by which keys remember this visitor, each once, in the order of the parties.
    #[must_use]
    pub fn names(&self) -> Vec<Arc<str>> {
        let mut names = Vec::new();
        for by in self.parties().map(|party| party.visitor.by()) {
            if !names.contains(&by) {
                names.push(by);
            }
        }
        names
    }

    pub(super) fn add(&mut self, visitor: Visitor, grants: Grants, admin: bool) {
        self.all.push(Party {
            visitor,
            grants,
            admin,
        });
    }

    /// Adds what the policy gives `visitor`.
    pub(super) fn add_by(&mut self, policy: &Policy, visitor: Visitor) {
        let visitor = Visitor {
            address: self.client,
            ..visitor
        };
        let (grants, admin) = (policy.grants(&visitor), policy.admin(&visitor));
        self.add(visitor, grants, admin);
    }

    /// Adds a visitor who brings grants of their own, after what the policy gives them.
    fn add_with(&mut self, policy: &Policy, visitor: Visitor, grants: Grants, admin: bool) {
        if !policy.rows().is_empty() {
            self.add_by(policy, visitor.clone());
        }
        self.add(visitor, grants, admin);
    }
}

impl Entry {
    /// Who asks, and what they may do at this moment: `holder` is what the browser's session says, `evidence` what else
    /// came with the request.
    ///
    /// # Errors
    /// What the stores of sessions say.
    pub async fn known(
        &self,
        evidence: &dyn Evidence,
        holder: &Holder,
        now: Moment,
    ) -> Result<Known, Refused> {
        let policy = self.policy();
        let mut known = self.by_session(&policy, evidence, holder, now).await?;
        if let Some(visitor) = self.by_header(evidence) {
            known.add_by(&policy, visitor);
        }
        for tokens in &self.tokens {
            if let Some(visitor) = tokens.visitor(evidence, now.time) {
                known.add_by(&policy, visitor);
            }
        }
        if let Some(php) = &self.php
            && let Some((visitor, grants)) = php.visitor(evidence, now.time).await?
        {
            known.add_with(&policy, visitor, grants, false);
        }
        if policy.has_rows_for_everyone() {
            known.add_by(&policy, Visitor::of(Source::Anyone));
        }
        Ok(known)
    }

    /// The visitor whom a sign-on in front names; never at the gate, where the client's own headers come through.
    fn by_header(&self, evidence: &dyn Evidence) -> Option<Visitor> {
        let trusted = self.trusted_headers.as_ref();
        trusted
            .filter(|_| !evidence.at_gate())
            .and_then(|trusted| trusted.visitor(evidence))
    }

    /// Who holds this session of ours.
    ///
    /// # Errors
    /// What the stores of sessions say.
    pub(super) async fn by_session(
        &self,
        policy: &Policy,
        evidence: &dyn Evidence,
        holder: &Holder,
        now: Moment,
    ) -> Result<Known, Refused> {
        let mut known = Known {
            // Most often there is one.
            all: Vec::with_capacity(1),
            // Worked out only where a row asks for it.
            client: policy.names_networks().then(|| evidence.client()).flatten(),
            from: evidence.guesser(),
        };
        if let Some((visitor, admin)) = self.signed_in(holder)? {
            known.add_with(policy, visitor, Grants::default(), admin);
        }
        if let Some((visitor, grants, admin)) = self.held(holder, || evidence.local(), now).await? {
            if matches!(visitor.source, Source::Local) {
                known.add(visitor, grants, admin);
            } else {
                known.add_with(policy, visitor, grants, admin);
            }
        }
        Ok(known)
    }

    /// The name of the project that a PHP host's session of this very browser is about; nothing where that cannot be
    /// said at once.
    pub async fn project(&self, evidence: &dyn Evidence, now: Timestamp) -> Option<Label> {
        self.php.as_ref()?.project(evidence, now).await
    }
}
