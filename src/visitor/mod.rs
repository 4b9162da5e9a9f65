//! Stage 2: who asks.
//!
//! A visitor is a source and a name together, or nobody. What a visitor may do is the next stage's matter.

mod claims;
mod evidence;
mod header;
pub mod jwt;
mod local;
mod php;

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

pub use claims::{
    Email, GROUPS, Group, HostName, Level, NotEmail, NotGroup, NotHostName, NotLevel, USER_CHARS,
    User,
};
pub use evidence::{Evidence, Said};
pub use header::{
    HeaderName, HeaderNames, NotHeaderName, NotSecret, Proxies, ProxySecret, TrustedHeaders,
};
pub use local::Connection;
pub use php::{PhpSession, PhpSource, Undecodable};

/// Who asks, as one source knows them. Names of different sources are different visitors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// Who says so.
    pub source: Source,
    /// Their name there.
    pub user: Option<User>,
    /// Their e-mail address; the name, where only that is known.
    pub email: Option<Email>,
    /// Their groups.
    pub groups: Vec<Group>,
    /// Their level.
    pub level: Option<Level>,
    /// A hash of the session's id, which tells apart browsers without a name.
    pub browser: Option<Arc<str>>,
    /// Where they come from, where that is certain.
    pub address: Option<IpAddr>,
}

/// Who says who somebody is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Source {
    /// The operator, at the command line of the machine.
    Operator,
    /// A link from the command line, on this machine.
    Local,
    /// A host application, by a ticket.
    Host(HostName),
    /// A PHP host's own session.
    Php,
    /// A proxy in front, by its headers.
    Header,
    /// A signed token.
    Jwt,
    /// The users file, by a password.
    Users,
    /// Nobody: whoever asks.
    Anyone,
}

/// Why a text is no source that a policy can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a source is 'local', 'php', 'header', 'jwt', 'users', or 'host/NAME'")]
pub struct NotSource;

impl Visitor {
    /// Somebody of whom nothing is known but the source.
    #[must_use]
    pub fn of(source: Source) -> Self {
        Self {
            source,
            user: None,
            email: None,
            groups: Vec::new(),
            level: None,
            browser: None,
            address: None,
        }
    }

    /// Whoever holds a grant of `host`: `user`, or the nameless `browser`.
    #[must_use]
    pub fn sent(host: HostName, user: Option<User>, browser: &str) -> Self {
        Self {
            user,
            browser: Some(browser.into()),
            ..Self::of(Source::Host(host))
        }
    }

    /// The name: the user's, or the e-mail address where only that is known.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        let user = self.user.as_ref().map(User::as_str);
        user.or_else(|| self.email.as_ref().map(Email::as_str))
    }

    /// The one line by which keys remember whom they were minted for: `operator`, `local`, `host/cms:ann`, and
    /// `host/cms#HASH` for a browser without a name.
    #[must_use]
    pub fn by(&self) -> Arc<str> {
        let (source, host) = self.source.words();
        let (sign, name) = match (self.name(), &self.browser) {
            (Some(name), _) => (":", name),
            (None, Some(browser)) => ("#", &**browser),
            (None, None) => ("", ""),
        };
        [source, host, sign, name].concat().into()
    }

    /// The visitor that `by` remembers, as far as it tells: a name may be an e-mail address, and groups and level are
    /// forgotten. `None` for a browser without a name, and for what no visitor is written like.
    #[must_use]
    pub fn remembered(by: &str) -> Option<Self> {
        if by == "anyone" {
            return Some(Self::of(Source::Anyone));
        }
        let (source, name) = match by.split_once([':', '#']) {
            Some((source, name)) if by.as_bytes().get(source.len()) == Some(&b':') => {
                (source, Some(name))
            }
            Some(_) => return None,
            None => (by, None),
        };
        Some(Self {
            user: name.map(User::parse).transpose().ok()?,
            email: name.and_then(|name| name.parse().ok()),
            ..Self::of(source.parse().ok()?)
        })
    }

    /// Whether somebody signed in somewhere: not nobody, and not a guest.
    #[must_use]
    pub fn signed_in(&self) -> bool {
        self.source != Source::Anyone && !self.level.is_some_and(Level::everyone)
    }
}

impl Source {
    /// Whether rows of the policy that name no source hold for it: it knows people by name, and those who run it decide
    /// what the names are. A host could name anybody, and gets what its grants say.
    #[must_use]
    pub fn knows_people(&self) -> bool {
        matches!(self, Self::Header | Self::Jwt | Self::Users)
    }

    /// How it is written: a word, and of a host its name behind that.
    fn words(&self) -> (&'static str, &str) {
        let word = match self {
            Self::Operator => "operator",
            Self::Local => "local",
            Self::Host(name) => return ("host/", name.as_str()),
            Self::Php => "php",
            Self::Header => "header",
            Self::Jwt => "jwt",
            Self::Users => "users",
            Self::Anyone => "anyone",
        };
        (word, "")
    }
}

impl fmt::Display for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (source, host) = self.words();
        out.write_str(source)?;
        out.write_str(host)
    }
}

impl FromStr for Source {
    type Err = NotSource;

    fn from_str(text: &str) -> Result<Self, NotSource> {
        Ok(match text {
            "local" => Self::Local,
            "php" => Self::Php,
            "header" => Self::Header,
            "jwt" => Self::Jwt,
            "users" => Self::Users,
            _ => {
                let name = text.strip_prefix("host/").ok_or(NotSource)?;
                Self::Host(name.parse().map_err(|_| NotSource)?)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_visitors_are_written_alike() {
        let user = |text| User::parse(text).ok();
        let host = |text: &str| text.parse::<HostName>().expect("a name");
        let visitors = [
            Visitor::of(Source::Local),
            Visitor::of(Source::Operator),
            Visitor::of(Source::Anyone),
            Visitor::sent(host("cms"), user("ann"), "x"),
            Visitor::sent(host("cms"), None, "ann"),
            Visitor::sent(host("cms-2"), user("ann"), "x"),
            Visitor {
                user: user("ann"),
                ..Visitor::of(Source::Jwt)
            },
            Visitor {
                user: user("cms:ann"),
                ..Visitor::of(Source::Header)
            },
            Visitor {
                email: "ann@example.org".parse().ok(),
                ..Visitor::of(Source::Header)
            },
        ];
        for (index, one) in visitors.iter().enumerate() {
            for other in &visitors[index + 1..] {
                assert_ne!(one.by(), other.by());
            }
        }
        assert_eq!(&*visitors[3].by(), "host/cms:ann");
        assert_eq!(&*visitors[4].by(), "host/cms#ann");
        for visitor in &visitors {
            let remembered = Visitor::remembered(&visitor.by());
            let nameless = visitor.name().is_none() && visitor.browser.is_some();
            let expected = (!nameless && visitor.source != Source::Operator).then(|| visitor.by());
            assert_eq!(remembered.map(|it| it.by()), expected);
        }
    }
}
