//! Stage 2: who asks.
//!
//! A visitor is a source and a name together, or nobody. What a visitor may do is the next stage's matter.

mod local;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::names::Malformed;
pub use local::Connection;

/// Most characters of a host's name.
const HOST_CHARS: usize = 32;
/// Most characters of a user's name.
pub const USER_CHARS: usize = 128;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visitor {
    /// The operator, at the command line of the machine.
    Operator,
    /// A browser on this machine that came by a link from the command line.
    Local,
    /// A browser that a host application sent.
    Host {
        /// The host's name in the settings.
        host: HostName,
        /// Whom the host named.
        user: Option<User>,
        /// A hash of the session id, which tells apart browsers without a name.
        browser: Arc<str>,
    },
}

impl Visitor {
    /// The one line by which keys remember whom they were minted for: `operator`, `local`, `host/cms:ann`, and
    /// `host/cms#HASH` for a browser without a name.
    #[must_use]
    pub fn by(&self) -> Arc<str> {
        match self {
            Self::Operator => "operator".into(),
            Self::Local => "local".into(),
            Self::Host {
                host,
                user: Some(user),
                ..
            } => format!("host/{}:{}", host.as_str(), user.as_str()).into(),
            Self::Host {
                host,
                user: None,
                browser,
            } => format!("host/{}#{browser}", host.as_str()).into(),
        }
    }

    /// Whether anybody stands behind the name: nameless browsers share a cap on their live keys.
    #[must_use]
    pub fn named(&self) -> bool {
        !matches!(self, Self::Host { user: None, .. })
    }
}

/// A host application's name.
///
/// **Invariant:** 1 to 32 characters of `a-z 0-9 -`, the first not `-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HostName(Arc<str>);

/// Why a text is no host's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a host's name is 1 to 32 small letters, digits and '-', and does not start with '-'")]
pub struct NotHostName;

impl FromStr for HostName {
    type Err = NotHostName;

    fn from_str(text: &str) -> Result<Self, NotHostName> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let good = (1..=HOST_CHARS).contains(&text.len())
            && text.bytes().all(plain)
            && !text.starts_with('-');
        if good {
            Ok(Self(text.into()))
        } else {
            Err(NotHostName)
        }
    }
}

impl HostName {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A user's name, as a host gave it.
///
/// **Invariant:** 1 to [`USER_CHARS`] characters, none a control character, no space at either end.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct User(Arc<str>);

impl User {
    /// The name that `text` spells.
    ///
    /// # Errors
    /// [`Malformed::Label`] when it breaks the rule above.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let good = !text.is_empty()
            && text.trim() == text
            && text.chars().count() <= USER_CHARS
            && !text.chars().any(char::is_control);
        if good {
            Ok(Self(text.into()))
        } else {
            Err(Malformed::Label)
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
