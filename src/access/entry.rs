//! How a browser becomes a visitor: a host grants, a ticket carries the grant over, a session holds it.
//!
//! Grants stand on our side only. The session names them; whatever was withdrawn, has ended, or exceeds what the
//! settings now let its host grant is gone at the next request.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::hands::HandCookies;
use super::local_users::{LocalUsers, SignedIn};
use super::tokens::Tokens;
use super::{Moment, PhpHost};
use crate::error::{Kind, Refused};
use crate::gate::Table;
use crate::grants::{Directory, Grants, Policy};
use crate::mint::{Secrets, random};
use crate::names::Rights;
use crate::resolve::Roots;
use crate::settings::{Host, Jwt, OnGrantLost};
use crate::store::{GrantedDirectory, HostGrant, Sessions, Ticket};
use crate::visitor::{Source, TrustedHeaders, User, Visitor};

/// Most grants that one session holds.
const GRANTS: usize = 32;

/// Hosts, their grants and the tickets to them.
pub struct Entry {
    /// Where sessions, grants and tickets stand.
    pub sessions: Sessions,
    pub(super) hosts: Vec<Host>,
    pub(super) lifetime: Duration,
    policy: RwLock<Arc<Policy>>,
    gate: RwLock<Arc<Table>>,
    pub(super) php: Option<PhpHost>,
    pub(super) users: Option<Arc<LocalUsers>>,
    pub(super) on_grant_lost: OnGrantLost,
    pub(super) trusted_headers: Option<TrustedHeaders>,
    pub(super) tokens: Vec<Tokens>,
    pub(super) hand_cookies: HandCookies,
}

/// What a browser's session says about it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Whether it came by a link from the command line.
    pub local: bool,
    /// A random name of the session, made at entry.
    pub browser: String,
    /// The grants it holds.
    pub grants: Vec<String>,
    /// The local user who signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<SignedIn>,
}

impl Entry {
    /// The hosts that may grant; what they grant lives no longer than `lifetime`. Their ceilings, and the directories of
    /// `policy`, are made canonical here, once.
    #[must_use]
    pub fn new(
        sessions: Sessions,
        mut hosts: Vec<Host>,
        lifetime: Duration,
        policy: Policy,
        on_grant_lost: OnGrantLost,
        roots: &Roots,
    ) -> Self {
        let ceilings = hosts
            .iter_mut()
            .filter_map(|host| host.ceiling.directories.as_mut());
        for directory in ceilings.flatten() {
            if let Ok(canonical) = roots.canonical_directory(directory) {
                *directory = canonical;
            }
        }
        Self {
            sessions,
            hosts,
            lifetime,
            php: None,
            on_grant_lost,
            users: None,
            trusted_headers: None,
            policy: RwLock::new(Arc::new(canonical(policy, roots))),
            tokens: Vec::new(),
            hand_cookies: HandCookies::default(),
            gate: RwLock::default(),
        }
    }

    /// The same, with these mounts and rules at the gate.
    #[must_use]
    pub fn with_gate(self, table: Table, roots: &Roots) -> Self {
        self.replace_gate(table, roots);
        self
    }

    /// Other mounts and rules at the gate from now on.
    pub fn replace_gate(&self, table: Table, roots: &Roots) {
        let table = table.with_directories(|directory| roots.canonical_directory(directory).ok());
        *self.gate.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(table);
    }

    /// The mounts and rules at the gate.
    #[must_use]
    pub fn gate(&self) -> Arc<Table> {
        Arc::clone(&self.gate.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The same, where a sign-on in front is believed.
    #[must_use]
    pub fn trusting(mut self, headers: Option<TrustedHeaders>) -> Self {
        self.trusted_headers = headers;
        self
    }

    /// The same, with the sessions of PHP applications as a source.
    #[must_use]
    pub fn with_php(self, php: Option<PhpHost>) -> Self {
        Self { php, ..self }
    }

    /// Looks again at what is looked at each second, and lets go of what is held open; to be called about once a second.
    pub fn each_second(&self, now: Timestamp) {
        self.sessions.look_at_folder(now);
        if let Some(php) = &self.php {
            php.let_go();
        }
    }

    /// The same, and tokens of these kinds say who somebody is.
    #[must_use]
    pub fn with_tokens(mut self, tokens: Vec<Jwt>) -> Self {
        self.tokens = tokens.into_iter().map(Tokens::new).collect();
        self
    }

    /// The policy at this moment.
    pub(super) fn policy(&self) -> Arc<Policy> {
        Arc::clone(&self.policy.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Another policy from now on.
    pub fn replace_policy(&self, policy: Policy, roots: &Roots) {
        let policy = Arc::new(canonical(policy, roots));
        *self.policy.write().unwrap_or_else(PoisonError::into_inner) = policy;
    }

    /// How long a session lives.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// What a ticket stands for; it is used up by that.
    ///
    /// # Errors
    /// [`Kind::Refused`] for one that is unknown, used or too old; what the store says.
    pub async fn redeem(
        &self,
        ticket: &str,
        secrets: &Secrets,
        now: Timestamp,
    ) -> Result<Ticket, Refused> {
        let known = self
            .sessions
            .redeem(secrets.ticket_name(ticket), now)
            .await?;
        known
            .ok_or_else(|| Refused::new(Kind::Refused, "a ticket that is unknown, used or too old"))
    }

    /// The session of a browser that entered with `ticket`: the same user's grants add up, another's are replaced.
    ///
    /// # Errors
    /// What the store says.
    pub async fn entered(
        &self,
        before: Holder,
        ticket: &Ticket,
        now: Timestamp,
    ) -> Result<Holder, Refused> {
        let browser = URL_SAFE_NO_PAD.encode(random::<12>()?);
        let Some(grant) = &ticket.grant else {
            return Ok(Holder {
                local: true,
                browser,
                ..Holder::default()
            });
        };
        let mut grants = vec![grant.clone()];
        let new = self.sessions.grants(&grants, now).await?;
        if new.is_empty() {
            return Err(Refused::new(
                Kind::Refused,
                "a ticket to a grant that was withdrawn or has ended",
            ));
        }
        for id in before.grants {
            let old = self.sessions.grants(std::slice::from_ref(&id), now).await?;
            let same = old.first().zip(new.first()).is_some_and(|(old, new)| {
                new.user.is_some() && (&old.host, &old.user) == (&new.host, &new.user)
            });
            if same && grants.len() < GRANTS {
                grants.push(id);
            }
        }
        Ok(Holder {
            browser,
            grants,
            ..Holder::default()
        })
    }

    /// Who holds this session, what hosts granted them, and whether such a host is an administrator. `local` says whether
    /// the connection counts as local.
    pub(super) async fn held(
        &self,
        holder: &Holder,
        local: impl Fn() -> bool,
        now: Moment,
    ) -> Result<Option<(Visitor, Grants, bool)>, Refused> {
        if holder.local {
            let everything = Grants::everything(Rights::Edit);
            return Ok(local().then(|| (Visitor::of(Source::Local), everything, false)));
        }
        if holder.grants.is_empty() {
            return Ok(None);
        }
        let when = (now.time, now.instant);
        let live = self.sessions.grants_since(&holder.grants, when).await?;
        let mut held: Option<(Visitor, Grants, bool)> = None;
        for grant in live {
            let host = self
                .hosts
                .iter()
                .find(|host| host.name.as_str() == grant.host);
            let Some(host) = host else { continue };
            let Some(visitor) = visitor(host, &grant, &holder.browser) else {
                continue;
            };
            let grants = bounded(&grant, host);
            held = Some(match held {
                Some((visitor, sum, admin)) => (visitor, sum.and(grants), admin),
                None => (visitor, grants, host.admin),
            });
        }
        Ok(held)
    }
}

fn canonical(policy: Policy, roots: &Roots) -> Policy {
    policy.with_directories(|directory| roots.canonical_directory(directory).ok())
}

fn visitor(host: &Host, grant: &HostGrant, browser: &str) -> Option<Visitor> {
    let user = grant.user.as_deref().map(User::parse).transpose().ok()?;
    Some(Visitor::sent(host.name.clone(), user, browser))
}

/// What is granted, cut down to what the host may grant now.
pub(super) fn bounded(grant: &HostGrant, host: &Host) -> Grants {
    let ceiling = &host.ceiling;
    let directory = |granted: &GrantedDirectory| Directory {
        path: granted.path.clone(),
        rights: granted.rights.min(ceiling.rights),
    };
    let poweruser = grant.poweruser.filter(|_| ceiling.poweruser);
    Grants {
        everything: poweruser.map(|rights| rights.min(ceiling.rights)),
        directories: grant.directories.iter().map(directory).collect(),
        longest: None,
        bounds: ceiling.directories.as_deref().map(Into::into),
    }
}
