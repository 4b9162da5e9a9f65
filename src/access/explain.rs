//! Why somebody has what they have: which rows of the policy, which host, PHP session or operator gives it, and what of it
//! holds now.
//!
//! Of whom a key was minted for only source and name are remembered: what groups, a level or an address would add is said
//! to be possible, never to hold. Nothing is decided here.

use jiff::Timestamp;

use super::by_policy::gives;
use super::entry::bounded;
use super::gift::{Gift, Gives};
use super::told::Told;
use super::{Access, Entry, Moment};
use crate::error::Refused;
use crate::grants::{Directory, Explained, Grants, Policy};
use crate::names::{Place, Rights, Scope};
use crate::resolve::Roots;
use crate::settings::Host;
use crate::store::Found;
use crate::visitor::{Source, Visitor};

/// Where a grant comes from.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Giver {
    /// The file of local users, which says who is an administrator.
    Users,
    /// The row of the policy with this number, and for whom it is.
    Row(usize, String),
    /// A host of this name.
    Host(String),
    /// The session of a PHP application.
    Php,
    /// A link from the command line.
    Local,
    /// The operator, at the command line.
    Operator,
}

/// How certain it is that a grant holds.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Holds {
    /// It does.
    Now,
    /// It does where something is so that is not remembered, or stands elsewhere.
    Perhaps(&'static str),
    /// It does not.
    Not(&'static str),
}

/// One grant.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Given {
    /// Whose.
    pub giver: Giver,
    /// What it gives.
    pub gives: Gives,
    /// Whether it holds.
    pub holds: Holds,
    /// What it gives at the place that was asked about.
    pub here: Option<Rights>,
    /// Whether it makes an administrator.
    pub admin: bool,
}

/// The grants of somebody.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Explanation {
    /// Of whom, as keys remember them.
    pub by: String,
    /// All grants that lead anywhere, and rows that do not.
    pub given: Vec<Given>,
    /// Whether they are a user no more, where that is known.
    pub user_is_gone: bool,
}

/// The place that was asked about, and what is there.
type At<'a> = Option<(&'a Place, Scope)>;

impl Entry {
    /// Who would give whoever `found` was minted for its place now, and with which rights.
    ///
    /// # Errors
    /// What the stores say.
    pub async fn granted_by(
        &self,
        found: &Found,
        access: &Access,
        now: Moment,
    ) -> Result<Explanation, Refused> {
        let at = Some((&found.place, found.scope));
        self.explain(&found.by, at, &access.roots(), now.time).await
    }

    /// The grants of whom keys remember as `by`.
    ///
    /// # Errors
    /// What the stores say.
    pub async fn grants_of(
        &self,
        by: &str,
        access: &Access,
        now: Moment,
    ) -> Result<Explanation, Refused> {
        self.explain(by, None, &access.roots(), now.time).await
    }

    async fn explain(
        &self,
        by: &str,
        at: At<'_>,
        roots: &Roots,
        now: Timestamp,
    ) -> Result<Explanation, Refused> {
        let mut all = Explanation {
            by: by.to_owned(),
            given: Vec::new(),
            user_is_gone: false,
        };
        let simple = |giver, holds| Given {
            giver,
            gives: Gift::Everything.into(),
            holds,
            here: at.map(|_| Rights::Edit),
            admin: false,
        };
        let (source, visitor) = source(by);
        match &source {
            Some(Source::Operator) => all.given.push(simple(Giver::Operator, Holds::Now)),
            Some(Source::Local) => {
                let holds = Holds::Perhaps("a browser that came by a link from the command line");
                all.given.push(simple(Giver::Local, holds));
            }
            Some(Source::Php) => all.given.push(Given {
                gives: Gift::Session.into(),
                here: None,
                ..simple(
                    Giver::Php,
                    Holds::Perhaps("a PHP session, which only its browser leads to"),
                )
            }),
            Some(Source::Host(name)) => {
                let host = self.hosts.iter().find(|host| host.name == *name);
                let user = visitor.as_ref().and_then(Visitor::name);
                let given = self.by_host(name.as_str(), host, user, at, roots, now);
                all.given.extend(given.await?);
            }
            Some(Source::Users) => {
                let user = visitor.as_ref().and_then(Visitor::name);
                all.user_is_gone = self.is_user(user) == Some(false);
                if self.is_admin(user) {
                    all.given.push(Given {
                        giver: Giver::Users,
                        gives: Gift::Administration.into(),
                        holds: Holds::Now,
                        here: None,
                        admin: true,
                    });
                }
            }
            Some(Source::Header | Source::Jwt | Source::Anyone) | None => {}
        }
        if let Some(visitor) = visitor.filter(|_| !all.user_is_gone) {
            all.given
                .extend(by_rows(&self.policy(), &visitor, at, roots));
        }
        Ok(all)
    }

    async fn by_host(
        &self,
        name: &str,
        host: Option<&Host>,
        user: Option<&str>,
        at: At<'_>,
        roots: &Roots,
        now: Timestamp,
    ) -> Result<Vec<Given>, Refused> {
        let given = |grants: &Grants, holds, admin| Given {
            giver: Giver::Host(name.to_owned()),
            gives: all_of(grants),
            holds,
            here: here(grants, at, roots),
            admin,
        };
        let Some(host) = host else {
            let none = Grants::default();
            return Ok(vec![given(
                &none,
                Holds::Not("no host of this name"),
                false,
            )]);
        };
        let Some(user) = user else {
            let none = Grants::default();
            let holds = Holds::Perhaps("the session of a browser without a name");
            return Ok(vec![given(&none, holds, false)]);
        };
        let granted = self.sessions.granted(name, user, now).await?;
        let granted = granted.iter().map(|grant| bounded(grant, host));
        let granted = granted.map(|grants| given(&grants, Holds::Now, host.admin));
        Ok(granted.collect())
    }
}

/// The source that `by` names, and the visitor, where it remembers one.
fn source(by: &str) -> (Option<Source>, Option<Visitor>) {
    if by == "operator" {
        return (Some(Source::Operator), None);
    }
    let visitor = Visitor::remembered(by);
    let source = visitor.as_ref().map(|visitor| visitor.source.clone());
    let nameless = || {
        by.split_once('#')
            .and_then(|(source, _)| source.parse().ok())
    };
    (source.or_else(nameless), visitor)
}

fn by_rows(policy: &Policy, visitor: &Visitor, at: At<'_>, roots: &Roots) -> Vec<Given> {
    let rows = policy.rows().iter().enumerate();
    rows.map(|(index, row)| {
        let (holds, grants) = match row.explain(visitor) {
            Explained::Holds(grants) => (Holds::Now, grants),
            Explained::NoPath => (
                Holds::Not("the name can stand in no path"),
                Grants::default(),
            ),
            Explained::Not(missing) => match row.could_give(visitor) {
                Some(grants) => (Holds::Perhaps(missing), grants),
                None => (Holds::Not(missing), Grants::default()),
            },
        };
        Given {
            giver: Giver::Row(index, row.who.to_string()),
            gives: gives(row),
            here: here(&grants, at, roots),
            admin: row.admin,
            holds,
        }
    })
    .collect()
}

fn here(grants: &Grants, at: At<'_>, roots: &Roots) -> Option<Rights> {
    let (place, scope) = at?;
    Told::of(grants, roots).grants.rights_at(place, scope)
}

fn all_of(grants: &Grants) -> Gives {
    let everything = grants.everything.map(|rights| (Gift::Everything, rights));
    let directory = |one: &Directory| (Gift::Directory(one.path.to_string()), one.rights);
    let directories = grants.directories.iter().map(directory);
    let all = everything.into_iter().chain(directories);
    all.flat_map(|(gift, rights)| {
        let view = (rights == Rights::View).then_some(Gift::View);
        std::iter::once(gift).chain(view)
    })
    .collect()
}
