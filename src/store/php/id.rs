//! A session's id, as PHP makes it: the only thing that the name of a file or of an entry is made of.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// Fewest and most characters, as PHP's `session.sid_length` allows.
const CHARS: std::ops::RangeInclusive<usize> = 22..=256;

/// The id of a PHP session: a secret.
///
/// **Invariant:** 22 to 256 characters of `a-z A-Z 0-9 , -`. It cannot be printed.
#[derive(Clone, Copy)]
pub struct PhpSessionId<'a>(&'a str);

impl<'a> PhpSessionId<'a> {
    /// The id that `text` spells; `None` for a text that PHP would not make one of.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b',' || byte == b'-';
        (CHARS.contains(&text.len()) && text.bytes().all(plain)).then_some(Self(text))
    }

    /// A name for it that leads nobody to it.
    #[must_use]
    pub fn hashed(self) -> String {
        let hash = Sha256::new()
            .chain_update(b"editkey php session ")
            .chain_update(self.0);
        URL_SAFE_NO_PAD.encode(hash.finalize())
    }

    pub(super) fn reveal(self) -> &'a str {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_of_phps_alphabet_and_length() {
        for good in ["a".repeat(22), "A".repeat(256), "0,-9zZ".repeat(5)] {
            assert!(PhpSessionId::parse(&good).is_some(), "{good}");
        }
        let long = "a".repeat(30);
        for bad in [
            "",
            "a",
            "../../../../etc/passwd",
            &"a".repeat(21),
            &"a".repeat(257),
            &format!("{long}/"),
            &format!("{long}."),
            &format!("{long}\0"),
            &format!("{long} "),
            &format!("{long}_"),
            &format!("{long}ü"),
            &format!("%{long}"),
            &format!("{long}*"),
            &format!("{long}\n"),
        ] {
            assert!(PhpSessionId::parse(bad).is_none(), "{bad:?}");
        }
    }
}
