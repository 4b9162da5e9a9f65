//! The access key and its name.
//!
//! A key is a secret: it has no `Debug`, no `Display`, no `Serialize`, and is wiped when dropped. Its id is public.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRng as _;
use rand::rngs::SysRng;
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize as _, ZeroizeOnDrop};

use super::NoRandom;

/// Random bytes in a key: 144 bits, above the 120 that W3C's capability URL practices ask for.
pub const KEY_BYTES: usize = 18;
/// Characters of a key: base64url of [`KEY_BYTES`], which comes out even, so that a key has one spelling.
pub const KEY_CHARS: usize = 24;

/// `N` random bytes of the operating system's generator.
///
/// # Errors
/// [`NoRandom`].
pub fn random<const N: usize>() -> Result<[u8; N], NoRandom> {
    let mut bytes = [0; N];
    SysRng.try_fill_bytes(&mut bytes).map_err(|_| NoRandom)?;
    Ok(bytes)
}

/// The secret that opens one file.
///
/// **Invariant:** [`KEY_CHARS`] characters of `A-Z a-z 0-9 - _`. Keys that Open Guide Editor made, 24 letters and
/// digits, are among them.
#[derive(Clone, PartialEq, Eq, ZeroizeOnDrop)]
pub struct AccessKey([u8; KEY_CHARS]);

/// The text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key has 24 characters of A-Z, a-z, 0-9, '-' and '_'")]
pub struct NotAKey;

impl AccessKey {
    /// A new random key.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub fn generate() -> Result<Self, NoRandom> {
        Ok(Self::of(random::<KEY_BYTES>()?))
    }

    /// The key of these random bytes, which are wiped.
    pub(super) fn of(mut bytes: [u8; KEY_BYTES]) -> Self {
        let mut text = [0; KEY_CHARS];
        let written = URL_SAFE_NO_PAD.encode_slice(bytes, &mut text);
        debug_assert_eq!(written, Ok(KEY_CHARS), "18 bytes are 24 characters");
        bytes.zeroize();
        Self(text)
    }

    /// The key that `text` spells; nothing is trimmed or repaired.
    ///
    /// # Errors
    /// [`NotAKey`].
    pub fn parse(text: &str) -> Result<Self, NotAKey> {
        let bytes: [u8; KEY_CHARS] = text.as_bytes().try_into().map_err(|_| NotAKey)?;
        let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if bytes.iter().all(allowed) {
            Ok(Self(bytes))
        } else {
            Err(NotAKey)
        }
    }

    /// The name under which the key is stored, listed and logged.
    #[must_use]
    pub fn id(&self) -> KeyId {
        KeyId(Sha256::digest(self.0).into())
    }

    /// The secret itself. Every place that lets a key out of the program calls this, so that one search finds them.
    #[must_use]
    pub fn reveal(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// A key's public name: the SHA-256 of its text, written as 43 base64url characters. Safe to show and to log.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId([u8; 32]);

impl KeyId {
    /// Characters of an id.
    pub const CHARS: usize = 43;

    /// The id that `text` spells, in its one spelling.
    ///
    /// # Errors
    /// [`NotAKey`] when it is not the base64url of 32 bytes.
    pub fn parse(text: &str) -> Result<Self, NotAKey> {
        let mut bytes = [0; 32];
        match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
            Ok(32) if text.len() == Self::CHARS => Ok(Self(bytes)),
            _ => Err(NotAKey),
        }
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The id of these 32 bytes, as [`as_bytes`](Self::as_bytes) gave them.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// `prefix` and the id behind it: what a log calls its entry. Quicker than formatting it.
    #[must_use]
    pub fn named(&self, prefix: &str) -> String {
        let mut name = String::with_capacity(prefix.len() + Self::CHARS);
        name.push_str(prefix);
        self.with_text(|text| name.push_str(text));
        name
    }

    /// The characters of the id.
    pub(crate) fn text(&self) -> [u8; Self::CHARS] {
        let mut text = [0; Self::CHARS];
        let _ = URL_SAFE_NO_PAD.encode_slice(self.0, &mut text);
        text
    }

    /// What `read` makes of the id's text, for which no memory is asked.
    pub(crate) fn with_text<R>(&self, read: impl FnOnce(&str) -> R) -> R {
        let text = self.text();
        read(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_text(|text| out.write_str(text))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_spelling() {
        let key = AccessKey::generate().expect("random");
        assert_eq!(key.reveal().len(), KEY_CHARS);
        assert!(AccessKey::parse(key.reveal()).is_ok_and(|same| same.id() == key.id()));
        assert!(
            AccessKey::parse("8oQNEvf7I3b1VOQg3Bi7yNQE").is_ok(),
            "seed 002's own example"
        );
        for bad in [
            "",
            "8oQNEvf7I3b1VOQg3Bi7yNQ",
            "8oQNEvf7I3b1VOQg3Bi7yNQE=",
            "8oQNEvf7I3b1VOQg3Bi7yNQ+",
            "8oQNEvf7I3b1VOQg3Bi7yN\0E",
            "8oQNEvf7I3b1VOQg3Bi7yNü",
        ] {
            assert!(AccessKey::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_id_has_one_spelling() {
        let id = AccessKey::parse("8oQNEvf7I3b1VOQg3Bi7yNQE")
            .expect("a key")
            .id();
        assert_eq!(KeyId::parse(&id.to_string()), Ok(id));
        // The last of 43 characters carries four bits; one with others set spells the same bytes and is refused.
        let mut other = id.to_string();
        other.pop();
        assert!(KeyId::parse(&format!("{other}_")).is_err());
        assert!(KeyId::parse(&other).is_err());
    }
}
