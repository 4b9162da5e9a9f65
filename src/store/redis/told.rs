//! What the server's refusals and a connection's failures come to, in our own words: the server's could repeat what
//! nobody is to read.

use std::sync::Arc;

use redis::{ErrorKind, RedisError, ServerError};

use crate::store::StoreError;

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Look for the primary and connect anew.
    Look,
    /// Ask again later; the connection is good.
    Later,
    /// The same, and it takes no writes at the moment.
    NoWrites,
    /// No room: it takes no writes that need some.
    Full,
    /// What stands at the server is not ours, or we asked for what does not exist.
    Foreign,
    /// The script is not known there any more.
    NoScript,
}

/// Something that went wrong.
#[derive(Debug, Clone)]
pub(super) struct Trouble {
    pub(super) remedy: Remedy,
    pub(super) why: Arc<str>,
}

/// Codes of the server.
const CODES: &[(&str, Remedy, &str)] = &[
    ("OOM", Remedy::Full, "Redis has no memory left (maxmemory)"),
    ("LOADING", Remedy::Look, "Redis is still reading its data"),
    (
        "MASTERDOWN",
        Remedy::Look,
        "this Redis is a replica that lost its primary",
    ),
    (
        "READONLY",
        Remedy::Look,
        "this Redis is a replica, which takes no writes",
    ),
    ("CLUSTERDOWN", Remedy::Look, "the Redis cluster is down"),
    (
        "MOVED",
        Remedy::Look,
        "our keys are at another node of the Redis cluster",
    ),
    (
        "ASK",
        Remedy::Later,
        "the Redis cluster is moving our keys to another node",
    ),
    (
        "TRYAGAIN",
        Remedy::Later,
        "the Redis cluster is moving our keys to another node",
    ),
    (
        "MISCONF",
        Remedy::NoWrites,
        "Redis takes no writes, since it cannot save to its disk",
    ),
    (
        "NOREPLICAS",
        Remedy::NoWrites,
        "Redis takes no writes, since too few replicas are with it (min-replicas-to-write)",
    ),
    ("BUSY", Remedy::Later, "Redis is busy with a long script"),
    (
        "NOAUTH",
        Remedy::Look,
        "Redis asks for a password, and none is set",
    ),
    (
        "WRONGPASS",
        Remedy::Look,
        "Redis does not accept the user or the password",
    ),
    (
        "NOPERM",
        Remedy::Later,
        "Redis does not permit its user a command or a key that is needed",
    ),
    (
        "WRONGTYPE",
        Remedy::Foreign,
        "what stands in Redis under one of our names is of another kind",
    ),
    (
        "NOSCRIPT",
        Remedy::NoScript,
        "Redis forgot the script of a change",
    ),
    (
        "NOPROTO",
        Remedy::Look,
        "this server does not know RESP3: Redis 6.2 or Valkey is needed",
    ),
];

impl Trouble {
    pub(super) fn look(why: impl Into<Arc<str>>) -> Self {
        Self {
            remedy: Remedy::Look,
            why: why.into(),
        }
    }

    pub(super) fn later(why: impl Into<Arc<str>>) -> Self {
        Self {
            remedy: Remedy::Later,
            why: why.into(),
        }
    }

    /// What a caller hears.
    pub(super) fn told(&self) -> StoreError {
        match self.remedy {
            Remedy::Full => StoreError::Full("the store in Redis".into()),
            Remedy::Foreign => StoreError::Broken(Arc::clone(&self.why)),
            Remedy::Look | Remedy::Later | Remedy::NoWrites | Remedy::NoScript => {
                StoreError::Away(Arc::clone(&self.why))
            }
        }
    }

    fn coded(code: &str, details: &str) -> Self {
        // Before 7.0 a script's errors come wrapped, with the code inside.
        let known = |code: &str| CODES.iter().find(|(known, _, _)| *known == code);
        let inside = || {
            details
                .split_ascii_whitespace()
                .find_map(|word| known(word.strip_prefix('-')?))
        };
        match known(code).or_else(inside) {
            Some((_, remedy, why)) => Self {
                remedy: *remedy,
                why: (*why).into(),
            },
            None if details.starts_with("max number of clients") => {
                Self::look("Redis has no connection left (maxclients)")
            }
            // Letters that the server chose for a kind of error; never what follows them.
            None => Self {
                remedy: Remedy::Foreign,
                why: format!("Redis refused a command: {}", code.escape_default()).into(),
            },
        }
    }
}

impl From<&ServerError> for Trouble {
    fn from(error: &ServerError) -> Self {
        Self::coded(error.code(), error.details().unwrap_or_default())
    }
}

impl From<RedisError> for Trouble {
    fn from(error: RedisError) -> Self {
        let told = error.clone().into_server_errors();
        if let Some((_, error)) = told.as_deref().and_then(<[_]>::first) {
            return Self::from(error);
        }
        if let Some(code) = error.code() {
            return Self::coded(code, error.detail().unwrap_or_default());
        }
        let text = error.to_string();
        let kind = error.kind();
        if kind == ErrorKind::AuthenticationFailed {
            let asks = text.contains("NOAUTH");
            Self::coded(if asks { "NOAUTH" } else { "WRONGPASS" }, "")
        } else if kind == ErrorKind::RESP3NotSupported {
            Self::coded("NOPROTO", "")
        } else if error.is_timeout() {
            Self::look("Redis did not answer in time")
        } else if kind == ErrorKind::Io {
            // Words of the system and of TLS, which know no password.
            Self::look(text)
        } else if matches!(kind, ErrorKind::UnexpectedReturnType | ErrorKind::Parse) {
            Self {
                remedy: Remedy::Foreign,
                why: "what Redis answered is not understood".into(),
            }
        } else {
            Self::look(format!("Redis: {}", error.category()))
        }
    }
}
