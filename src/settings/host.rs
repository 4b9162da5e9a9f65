//! The host applications that may grant, each with a token and a ceiling.
//!
//! A token itself is never in the settings: only its SHA-256 is, which opens nothing.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::meaning::Reader;
use super::raw::{RawCeiling, RawHost};
use super::span;
use crate::names::{Dirname, Rights};
use crate::visitor::HostName;

/// A host application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// How it is called in records and logs; unique.
    pub name: HostName,
    /// What its token hashes to; unique.
    pub token: TokenHash,
    /// What it can grant at most.
    pub ceiling: Ceiling,
    /// Whether it sees and changes all keys.
    pub admin: bool,
}

/// What a host can grant at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ceiling {
    /// Whether it may grant everything below the roots.
    pub poweruser: bool,
    /// The directories within which it may grant; none named: all roots.
    pub directories: Option<Vec<Dirname>>,
    /// The most rights it may grant.
    pub rights: Rights,
    /// The longest life of what it grants; none: that of the session.
    pub lifetime: Option<Duration>,
}

/// The SHA-256 of a host's token. Safe to show: nobody finds the token by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

/// Why a text is no token's hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is the SHA-256 of a token in 43 base64url characters, as 'editkey hosts add' writes it"
)]
pub struct NotTokenHash;

impl TokenHash {
    /// What a token's text hashes to. Compare hashes, never tokens: the time that takes tells nothing of use.
    #[must_use]
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }
}

impl FromStr for TokenHash {
    type Err = NotTokenHash;

    fn from_str(text: &str) -> Result<Self, NotTokenHash> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotTokenHash)?;
        bytes.try_into().map(Self).map_err(|_| NotTokenHash)
    }
}

impl fmt::Display for TokenHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

/// The hosts in `raw`; every one that is incomplete or double is refused.
pub(super) fn hosts(raw: Vec<Option<RawHost>>, reader: &mut Reader<'_>) -> Vec<Host> {
    let mut hosts: Vec<Host> = Vec::new();
    for (index, raw) in raw.into_iter().enumerate() {
        let path = format!("hosts[{index}]");
        let Some(raw) = raw else {
            reader.refuse(&path, &"a host is a section in braces");
            continue;
        };
        let Some(host) = host(raw, &path, reader) else {
            continue;
        };
        if hosts.iter().any(|other| other.name == host.name) {
            reader.refuse(&format!("{path}.name"), &"another host has this name");
        }
        if hosts.iter().any(|other| other.token == host.token) {
            reader.refuse(
                &format!("{path}.token_sha256"),
                &"another host has this token",
            );
        }
        hosts.push(host);
    }
    hosts
}

fn host(raw: RawHost, path: &str, reader: &mut Reader<'_>) -> Option<Host> {
    let name = reader.needed(&format!("{path}.name"), raw.name.as_deref());
    let token = reader.needed(&format!("{path}.token_sha256"), raw.token_sha256.as_deref());
    let ceiling = ceiling(
        raw.ceiling.unwrap_or_default(),
        &format!("{path}.ceiling"),
        reader,
    );
    Some(Host {
        name: name?,
        token: token?,
        ceiling,
        admin: raw.admin.unwrap_or(false),
    })
}

fn ceiling(raw: RawCeiling, path: &str, reader: &mut Reader<'_>) -> Ceiling {
    let poweruser = raw.poweruser.unwrap_or(false);
    let at = format!("{path}.directories");
    match &raw.directories {
        Some(_) if poweruser => {
            reader.refuse(
                &at,
                &"a poweruser may edit below all roots: leave out one of the two",
            );
        }
        Some(texts) if texts.0.is_empty() => {
            reader.refuse(&at, &"without a directory this host could grant nothing: name one, or leave this out for all roots");
        }
        _ => {}
    }
    let directories = raw
        .directories
        .map(|texts| reader.list(&at, texts, Dirname::parse));
    Ceiling {
        poweruser,
        directories,
        rights: reader
            .optional(
                &format!("{path}.rights"),
                raw.rights.as_deref(),
                Rights::from_str,
            )
            .unwrap_or(Rights::Edit),
        lifetime: reader.optional(
            &format!("{path}.lifetime"),
            raw.lifetime.as_deref(),
            span::duration,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::visitor::NotHostName;

    #[test]
    fn a_hosts_name_is_plain() {
        for text in ["cms", "0", "a-b", &"a".repeat(32)] {
            assert!(text.parse::<HostName>().is_ok(), "{text}");
        }
        for text in ["", "-a", "Cms", "a_b", "a/b", "ü", &"a".repeat(33)] {
            assert_eq!(text.parse::<HostName>(), Err(NotHostName), "{text}");
        }
    }

    #[test]
    fn a_hash_has_one_spelling() {
        let hash = TokenHash::of("token");
        let text = hash.to_string();
        assert_eq!(text, "PEaenWxYddN6Q_NT1PiOYfz4EsZu7jRXRlpAsNpBU-A");
        assert_eq!(text.parse(), Ok(hash));
        let mut other = text.clone();
        other.replace_range(42.., "B");
        for bad in [
            "",
            &text[1..],
            &format!("{text}="),
            &text.replace('_', "/"),
            &other,
        ] {
            assert_eq!(bad.parse::<TokenHash>(), Err(NotTokenHash), "{bad}");
        }
    }
}
