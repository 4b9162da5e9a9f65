//! Local users in memory, and the form of their file.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::mint::{NoRandom, NotPasswordHash, PasswordHash, random};

/// Most characters of a name.
pub const USER_NAME_CHARS: usize = 64;
/// The format that this version reads and writes.
const FORMAT: u64 = 1;

/// A local user's name.
///
/// **Invariant:** 1 to [`USER_NAME_CHARS`] characters, each a letter, a digit or one of `. _ - + @`, the first a letter or
/// a digit. So it can stand in a path, in a log and in an argument list, and nothing in it looks like a space.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserName(Arc<str>);

/// Why a text is no local user's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a local user's name has 1 to 64 letters, digits, '.', '_', '-', '+' and '@', and starts with a letter or a digit"
)]
pub struct NotUserName;

impl FromStr for UserName {
    type Err = NotUserName;

    fn from_str(text: &str) -> Result<Self, NotUserName> {
        let plain = |character: char| {
            character.is_alphanumeric() || matches!(character, '.' | '_' | '-' | '+' | '@')
        };
        let good = text.starts_with(char::is_alphanumeric)
            && text.chars().all(plain)
            && text.chars().count() <= USER_NAME_CHARS;
        if good {
            Ok(Self(text.into()))
        } else {
            Err(NotUserName)
        }
    }
}

impl UserName {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A local user.
#[derive(Clone)]
pub struct LocalUser {
    /// What is kept of the password.
    pub password: PasswordHash,
    /// Whether they see and change all keys.
    pub admin: bool,
    /// When they were added.
    pub created: Timestamp,
    epoch: Arc<str>,
}

impl LocalUser {
    /// A new user.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub fn new(password: PasswordHash, admin: bool, created: Timestamp) -> Result<Self, NoRandom> {
        Ok(Self {
            password,
            admin,
            created,
            epoch: epoch()?,
        })
    }

    /// What sessions carry while they are good: another one ends them all.
    #[must_use]
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Ends all sessions of this user.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub fn end_sessions(&mut self) -> Result<(), NoRandom> {
        self.epoch = epoch()?;
        Ok(())
    }
}

fn epoch() -> Result<Arc<str>, NoRandom> {
    Ok(URL_SAFE_NO_PAD.encode(random::<12>()?).into())
}

/// All users, by name.
#[derive(Clone, Default)]
pub struct UserTable(BTreeMap<UserName, LocalUser>);

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: u64,
    users: BTreeMap<String, WrittenUser>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenUser {
    password: String,
    admin: bool,
    created: Timestamp,
    epoch: String,
}

/// Why the file is not of its form. No hash is ever quoted.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotUsers {
    #[error("line {} column {}: it is not of the form that 'editkey users' writes", .0.line(), .0.column())]
    Form(serde_json::Error),
    #[error("it is of a format that this version does not read")]
    Format,
    #[error("{0}")]
    Name(#[from] NotUserName),
    #[error("the password of '{0}': {1}")]
    Hash(UserName, NotPasswordHash),
}

impl UserTable {
    pub(super) fn parse(text: &[u8]) -> Result<Self, NotUsers> {
        let written: Written = serde_json::from_slice(text).map_err(NotUsers::Form)?;
        if written.format != FORMAT {
            return Err(NotUsers::Format);
        }
        let users = written.users.into_iter().map(|(name, user)| {
            let name: UserName = name.parse()?;
            let password = PasswordHash::parse(&user.password)
                .map_err(|error| NotUsers::Hash(name.clone(), error))?;
            let user = LocalUser {
                password,
                admin: user.admin,
                created: user.created,
                epoch: user.epoch.into(),
            };
            Ok((name, user))
        });
        users.collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn to_text(&self) -> serde_json::Result<String> {
        let users = self.0.iter().map(|(name, user)| {
            let written = WrittenUser {
                password: user.password.as_str().to_owned(),
                admin: user.admin,
                created: user.created,
                epoch: user.epoch().to_owned(),
            };
            (name.as_str().to_owned(), written)
        });
        let written = Written {
            format: FORMAT,
            users: users.collect(),
        };
        Ok(serde_json::to_string_pretty(&written)? + "\n")
    }

    /// The user of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&LocalUser> {
        self.0.get(&name.parse::<UserName>().ok()?)
    }

    /// The user of this name, to be changed.
    pub fn find_mut(&mut self, name: &UserName) -> Option<&mut LocalUser> {
        self.0.get_mut(name)
    }

    /// Adds a user, or puts one in another's place.
    pub fn put(&mut self, name: UserName, user: LocalUser) {
        self.0.insert(name, user);
    }

    /// Removes a user. Whether there was one.
    pub fn remove(&mut self, name: &UserName) -> bool {
        self.0.remove(name).is_some()
    }

    /// All users, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&UserName, &LocalUser)> {
        self.0.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_stand_anywhere() {
        for good in [
            "ann",
            "Ann.B-c_d",
            "ann+x@example.org",
            "łukasz",
            "7",
            &"a".repeat(64),
        ] {
            assert!(good.parse::<UserName>().is_ok(), "{good}");
        }
        for bad in [
            "",
            " ",
            "a b",
            "a:b",
            "a/b",
            "a\\b",
            "..",
            ".",
            "-a",
            "@a",
            "a\n",
            "a\u{202e}b",
            "a\u{a0}b",
            "#a",
            "a,b",
            &"a".repeat(65),
        ] {
            assert!(bad.parse::<UserName>().is_err(), "{bad:?}");
        }
    }
}
