//! Which bytes a file held: the strong entity tag of a response and of `If-Match`.
//!
//! It must never be equal for different bytes: what is remembered without reading again is [`super::read`]'s to judge.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::resolve::Identity;

/// Bytes of the SHA-256 that are kept: 144 bits, 24 characters.
const DIGEST_BYTES: usize = 18;
/// Stands before the digest of a file's numbers. No digest of contents is that long.
const NUMBERS: &str = "s-";

/// A revision of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Revision {
    of: Of,
    digest: [u8; DIGEST_BYTES],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Of {
    Contents,
    Numbers,
}

impl Revision {
    /// The same for the same bytes, wherever they are and whoever wrote them.
    #[must_use]
    pub fn of_contents(bytes: &[u8]) -> Self {
        Self {
            of: Of::Contents,
            digest: shortened(Sha256::new_with_prefix(bytes)),
        }
    }

    /// Of a file too large to be read for it: device, inode, size and both times. Never matches contents.
    #[must_use]
    pub fn of_numbers(identity: &Identity) -> Self {
        let mut hasher = Sha256::new();
        for number in [
            identity.node.device,
            identity.node.inode,
            identity.size,
            identity.modified.secs.cast_unsigned(),
            u64::from(identity.modified.nanos),
            identity.changed.secs.cast_unsigned(),
            u64::from(identity.changed.nanos),
        ] {
            hasher.update(number.to_le_bytes());
        }
        Self {
            of: Of::Numbers,
            digest: shortened(hasher),
        }
    }

    /// The revision that an entity tag spells, quotes included; nothing for a weak one or one we did not write.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bare = text.strip_prefix('"')?.strip_suffix('"')?;
        let (of, encoded) = match bare.strip_prefix(NUMBERS) {
            Some(encoded) if encoded.len() == DIGEST_BYTES / 3 * 4 => (Of::Numbers, encoded),
            _ => (Of::Contents, bare),
        };
        let decoded = URL_SAFE_NO_PAD.decode(encoded).ok()?;
        Some(Self {
            of,
            digest: decoded.try_into().ok()?,
        })
    }
}

/// The entity tag, quotes included.
impl fmt::Display for Revision {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.of {
            Of::Contents => "",
            Of::Numbers => NUMBERS,
        };
        let mut text = [0; DIGEST_BYTES / 3 * 4];
        let written = URL_SAFE_NO_PAD
            .encode_slice(self.digest, &mut text)
            .unwrap_or(0);
        let text = text
            .get(..written)
            .and_then(|text| std::str::from_utf8(text).ok())
            .ok_or(fmt::Error)?;
        write!(out, "\"{mark}{text}\"")
    }
}

fn shortened(hasher: Sha256) -> [u8; DIGEST_BYTES] {
    let whole = hasher.finalize();
    let mut digest = [0; DIGEST_BYTES];
    for (kept, byte) in digest.iter_mut().zip(whole) {
        *kept = byte;
    }
    digest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entity_tag_comes_back_and_others_are_not_ours() {
        let revision = Revision::of_contents(b"bytes");
        assert_eq!(Revision::parse(&revision.to_string()), Some(revision));
        assert_ne!(revision, Revision::of_contents(b"byte"));
        let bare = revision.to_string().trim_matches('"').to_owned();
        for foreign in [
            "",
            "\"\"",
            "*",
            &bare,
            &format!("W/\"{bare}\""),
            &format!("\"{bare}"),
            &format!("\"{bare}=\""),
            "\"65f0-abc\"",
        ] {
            assert_eq!(Revision::parse(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn numbers_never_pass_for_contents() {
        let stat = rustix::fs::stat("/").expect("a stat of /");
        let numbers = Revision::of_numbers(&Identity::of(&stat));
        let text = numbers.to_string();
        assert!(text.starts_with("\"s-"));
        assert_eq!(Revision::parse(&text), Some(numbers));
        assert_ne!(Revision::parse(&text.replace("s-", "")), Some(numbers));
    }
}
