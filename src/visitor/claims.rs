//! What a source can say of somebody: the names that policies are written in.
//!
//! Each is checked once, where it is made. What breaks its rule is refused, never mended: a claim that is refused is as
//! good as not made.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::names::Malformed;

/// Most characters of a host's name.
const HOST_CHARS: usize = 32;
/// Most characters of a user's name.
pub const USER_CHARS: usize = 128;
/// Most bytes of an e-mail address (RFC 5321, 4.5.3.1.3).
const EMAIL_BYTES: usize = 254;
/// Most characters of a group's name.
const GROUP_CHARS: usize = 128;
/// Most groups of one visitor; of more, none counts.
pub const GROUPS: usize = 256;
/// The highest level: everyone.
const EVERYONE: u16 = 999;
/// The level of a row that holds for anyone signed in.
const SIGNED_IN: u16 = 998;

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

/// A user's name, as a source gave it.
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
        if trimmed(text, USER_CHARS) {
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

/// An e-mail address, compared without regard to the case of ASCII letters.
///
/// **Invariant:** 3 to 254 bytes, neither spaces nor control characters, an `@` that is at neither end, and no capital
/// ASCII letter.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Email(Arc<str>);

/// Why a text is no e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "an e-mail address has an '@' inside, no spaces or control characters, and at most 254 bytes"
)]
pub struct NotEmail;

impl FromStr for Email {
    type Err = NotEmail;

    fn from_str(text: &str) -> Result<Self, NotEmail> {
        let unfit = |character: char| character.is_whitespace() || character.is_control();
        let inside = text
            .rsplit_once('@')
            .is_some_and(|(before, after)| !before.is_empty() && !after.is_empty());
        if inside && text.len() <= EMAIL_BYTES && !text.contains(unfit) {
            Ok(Self(text.to_ascii_lowercase().into()))
        } else {
            Err(NotEmail)
        }
    }
}

impl Email {
    /// The text, its ASCII letters small.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A named group.
///
/// **Invariant:** 1 to 128 characters, none a control character or a comma, no space at either end, and not digits
/// alone: a number is a [`Level`], and the two must never be taken for each other (seed 001).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Group(Arc<str>);

/// Why a text is no group's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a group's name has at most 128 characters, no comma or control character, no space at either end, and is not digits alone: those are a level"
)]
pub struct NotGroup;

impl FromStr for Group {
    type Err = NotGroup;

    fn from_str(text: &str) -> Result<Self, NotGroup> {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        if trimmed(text, GROUP_CHARS) && !digits && !text.contains(',') {
            Ok(Self(text.into()))
        } else {
            Err(NotGroup)
        }
    }
}

impl Group {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The groups in a comma list, spaces around each left out; texts that are no group's name are too. More than
    /// [`GROUPS`] are none at all.
    #[must_use]
    pub fn list(text: &str) -> Vec<Self> {
        Self::all(text.split(',').map(str::trim))
    }

    /// The groups among `texts`; more than [`GROUPS`] texts are none at all.
    pub fn all<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<Self> {
        let texts: Vec<&str> = texts.take(GROUPS + 1).collect();
        if texts.len() > GROUPS {
            return Vec::new();
        }
        texts
            .into_iter()
            .filter_map(|text| text.parse().ok())
            .collect()
    }
}

/// A level of Organizr's: 0 Admin, 1 Co-Admin, 2 Super User, 3 Power User, 4 User, others as they were made there; the
/// smaller may more. 998 stands for anyone signed in, 999 for everyone (seed 001).
///
/// **Invariant:** 0 to 999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Level(u16);

/// Why a number is no level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a level is from 0 to 999: 998 is anyone signed in, 999 everyone")]
pub struct NotLevel;

impl TryFrom<u64> for Level {
    type Error = NotLevel;

    fn try_from(number: u64) -> Result<Self, NotLevel> {
        let level = u16::try_from(number).map_err(|_| NotLevel)?;
        if level <= EVERYONE {
            Ok(Self(level))
        } else {
            Err(NotLevel)
        }
    }
}

impl FromStr for Level {
    type Err = NotLevel;

    fn from_str(text: &str) -> Result<Self, NotLevel> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text
            .parse::<u64>()
            .ok()
            .filter(|_| digits && text.len() <= 3);
        number.ok_or(NotLevel)?.try_into()
    }
}

impl Level {
    /// Whether it is that of everyone: a guest.
    #[must_use]
    pub fn everyone(self) -> bool {
        self.0 == EVERYONE
    }

    /// Whether it is that of anyone signed in.
    #[must_use]
    pub fn anyone_signed_in(self) -> bool {
        self.0 == SIGNED_IN
    }
}

impl fmt::Display for Level {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// Whether `text` has 1 to `most` characters, none a control character, and no space at either end.
fn trimmed(text: &str, most: usize) -> bool {
    !text.is_empty()
        && text.trim() == text
        && text.chars().count() <= most
        && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_never_a_number() {
        for bad in ["", "0", "998", " a", "a ", "a,b", "a\tb", &"a".repeat(129)] {
            assert!(bad.parse::<Group>().is_err(), "{bad:?}");
        }
        let groups = Group::list("admins, 0 ,,b b,1x");
        let texts: Vec<&str> = groups.iter().map(Group::as_str).collect();
        assert_eq!(texts, ["admins", "b b", "1x"]);
        assert!(Group::list(&"a,".repeat(GROUPS + 1)).is_empty());
    }

    #[test]
    fn a_level_is_a_small_number() {
        for bad in ["", "-1", "+1", "1000", "0001", "1.0", "a", " 1"] {
            assert!(bad.parse::<Level>().is_err(), "{bad:?}");
        }
        assert!("999".parse::<Level>().expect("a level").everyone());
        assert!("998".parse::<Level>().expect("a level").anyone_signed_in());
        assert!(Level::try_from(0).ok() < Level::try_from(4).ok());
    }

    #[test]
    fn an_address_is_compared_without_regard_to_ascii_case() {
        let parse = |text: &str| text.parse::<Email>();
        assert_eq!(parse("Ann@Example.org"), parse("ann@example.ORG"));
        assert_ne!(parse("ann@example.org"), parse("ann@\u{212a}xample.org"));
        for bad in ["", "ann", "@b", "a@", "a b@c", "a@b\n"] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }
}
