//! How the operator names a key: by its id, or a beginning of it.
//!
//! A key itself is taken from standard input alone, since every user of the machine can read a program's arguments;
//! what looks like a key is never repeated in a message.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, BufRead, Read as _};

use zeroize::Zeroizing;

use crate::mint::{AccessKey, KEY_CHARS, KeyId};
use crate::store::{Found, KeyTable, Want, Wanted};

/// Fewest characters of an id's beginning.
const BEGINNING_CHARS: usize = 8;
/// Most ids that are told when a beginning fits several.
const CANDIDATES: usize = 10;
/// Most bytes of a line of standard input: a bookmark may stand on it.
const LINE_BYTES: u64 = 4096;
/// Most lines of standard input.
const LINES: usize = 1_000_000;

/// The name of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum Name {
    /// Its id.
    Whole(KeyId),
    /// A beginning of its id, of [`BEGINNING_CHARS`] characters or more.
    Beginning(String),
}

/// Why a text names no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(in crate::cli) enum NotName {
    /// A secret among the arguments.
    #[error(
        "this looks like a key, and every user of this machine can read arguments: give the key on standard input, with '-', or name it by its id"
    )]
    Key,
    /// Neither an id nor the beginning of one.
    #[error(
        "a key is named by its id, 43 characters, or by its first 8 or more, with or without 'sha256:'; a key itself is read from standard input only, with '-'"
    )]
    Spelling,
    /// Standard input holds more than one may ask for, or nothing.
    #[error("standard input holds no single line")]
    Lines,
}

/// Why no key goes by a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unknown {
    /// None.
    #[error("{0}: no such key; it has been revoked, or there never was one")]
    None(String),
    /// Several.
    #[error("{beginning}: several keys begin like this: {}", list(.candidates))]
    Several {
        /// What was typed.
        beginning: String,
        /// Some of them.
        candidates: Vec<KeyId>,
    },
}

fn list(ids: &[KeyId]) -> String {
    let shown: Vec<String> = ids.iter().take(CANDIDATES).map(KeyId::to_string).collect();
    let more = if ids.len() > CANDIDATES { ", …" } else { "" };
    shown.join(", ") + more
}

impl Name {
    /// The key that an argument names.
    pub(in crate::cli) fn argument(text: &str) -> Result<Self, NotName> {
        let bare = text.strip_prefix("sha256:");
        if (bare.is_none() && AccessKey::parse(text).is_ok()) || text.contains("accesskey=") {
            return Err(NotName::Key);
        }
        Self::spelled(bare.unwrap_or(text))
    }

    /// The key that a line of standard input names; here it may be the key itself, or its bookmark.
    fn line(text: &str) -> Result<Self, NotName> {
        if let Some(id) = text.strip_prefix("sha256:") {
            return Self::spelled(id);
        }
        let key = text
            .split_once("accesskey=")
            .map_or(text, |(_, key)| key.get(..KEY_CHARS).unwrap_or_default());
        match AccessKey::parse(key) {
            Ok(key) => Ok(Self::Whole(key.id())),
            Err(_) => Self::spelled(text),
        }
    }

    fn spelled(text: &str) -> Result<Self, NotName> {
        if let Ok(id) = KeyId::parse(text) {
            return Ok(Self::Whole(id));
        }
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let beginning =
            (BEGINNING_CHARS..KeyId::CHARS).contains(&text.len()) && text.bytes().all(allowed);
        beginning
            .then(|| Self::Beginning(text.to_owned()))
            .ok_or(NotName::Spelling)
    }

    /// The key that an argument names, or the only line of standard input when the argument is `-`.
    pub(super) fn one(argument: &str) -> Result<Self, NotName> {
        if argument != "-" {
            return Self::argument(argument);
        }
        let mut lines = input().map_err(|_| NotName::Lines)?;
        match (lines.pop(), lines.is_empty()) {
            (Some((_, name)), true) => name,
            _ => Err(NotName::Lines),
        }
    }

    fn want(&self) -> Want {
        match self {
            Self::Whole(id) => Want::Key(*id),
            Self::Beginning(text) => Want::Beginning(text.clone()),
        }
    }

    /// What finding it looks at.
    pub(super) fn wanted(&self) -> Wanted {
        self.want().into()
    }

    /// The one live key with this name.
    pub(super) fn find(&self, table: &KeyTable) -> Result<Found, Unknown> {
        find_all(std::slice::from_ref(self), table)
            .pop()
            .unwrap_or_else(|| Err(Unknown::None(String::new())))
    }
}

/// What finding these names looks at.
pub(super) fn wanted(names: &[Name]) -> Wanted {
    Wanted(names.iter().map(Name::want).collect())
}

/// What standard input names, one a line, with the line's number; blank lines name nothing.
pub(super) fn input() -> io::Result<Vec<(usize, Result<Name, NotName>)>> {
    read(&mut io::stdin().lock())
}

fn read(input: &mut dyn BufRead) -> io::Result<Vec<(usize, Result<Name, NotName>)>> {
    let mut names = Vec::new();
    for number in 1..=LINES {
        let mut line = Zeroizing::new(String::with_capacity(128));
        if input.take(LINE_BYTES).read_line(&mut line)? == 0 {
            return Ok(names);
        }
        match line.trim() {
            "" => {}
            text => names.push((number, Name::line(text))),
        }
    }
    Err(io::Error::other(format!("more than {LINES} lines")))
}

/// The one live key of each name, in one pass.
pub(super) fn find_all(names: &[Name], table: &KeyTable) -> Vec<Result<Found, Unknown>> {
    let mut beginnings: HashMap<&str, Vec<&str>> = HashMap::new();
    for name in names {
        if let Name::Beginning(text) = name {
            let first = text.get(..BEGINNING_CHARS).unwrap_or(text);
            beginnings.entry(first).or_default().push(text);
        }
    }
    let mut found: BTreeMap<&str, Vec<Found>> = BTreeMap::new();
    if !beginnings.is_empty() {
        for key in table.each() {
            let id = key.id.to_string();
            let first = id.get(..BEGINNING_CHARS).unwrap_or_default();
            for text in beginnings.get(first).into_iter().flatten() {
                if id.starts_with(text) {
                    found.entry(text).or_default().push(key.clone());
                }
            }
        }
    }
    let one = |name: &Name| match name {
        Name::Whole(id) => table.find(id).ok_or_else(|| Unknown::None(id.to_string())),
        Name::Beginning(text) => {
            let mut keys = found.get(text.as_str()).cloned().unwrap_or_default();
            keys.dedup_by_key(|key| key.id);
            match (keys.pop(), keys.is_empty()) {
                (None, _) => Err(Unknown::None(text.clone())),
                (Some(key), true) => Ok(key),
                (Some(key), false) => {
                    keys.push(key);
                    Err(Unknown::Several {
                        beginning: text.clone(),
                        candidates: keys.iter().map(|key| key.id).collect(),
                    })
                }
            }
        }
    };
    names.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "8oQNEvf7I3b1VOQg3Bi7yNQE";

    #[test]
    fn a_key_is_taken_from_a_line_and_never_from_an_argument() {
        let key = AccessKey::parse(KEY).expect("a key");
        assert_eq!(Name::argument(KEY), Err(NotName::Key));
        let bookmark = format!("https://edit.example.org/?accesskey={KEY}&x=1");
        assert_eq!(Name::argument(&bookmark), Err(NotName::Key));
        for line in [KEY, &bookmark, &key.id().to_string()] {
            assert_eq!(Name::line(line), Ok(Name::Whole(key.id())), "{line}");
        }
        let id = format!("sha256:{}", key.id());
        assert_eq!(Name::argument(&id), Ok(Name::Whole(key.id())));
        assert!(!NotName::Key.to_string().contains(KEY));
    }

    #[test]
    fn a_beginning_has_eight_characters_or_more() {
        for bad in [
            "",
            "-",
            "abcdefg",
            "abcdefg/",
            "sha256:abc",
            "sha256:",
            "abcdefgü",
        ] {
            assert_eq!(Name::argument(bad), Err(NotName::Spelling), "{bad}");
        }
        for good in [
            "abcdefgh",
            "sha256:abcdefgh",
            "sha256:8oQNEvf7I3b1VOQg3Bi7yNQE",
        ] {
            assert!(
                matches!(Name::argument(good), Ok(Name::Beginning(_))),
                "{good}"
            );
        }
    }

    #[test]
    fn lines_are_counted_and_blanks_skipped() {
        let text = format!("\n{KEY}\r\n\nx\n");
        let names = read(&mut text.as_bytes()).expect("read");
        assert_eq!(names.len(), 2);
        assert!(matches!(names.first(), Some((2, Ok(Name::Whole(_))))));
        assert_eq!(names.last(), Some(&(4, Err(NotName::Spelling))));
    }
}
