//! A key file of another program, read entry by entry.
//!
//! Open Guide Editor's PHP writes `{"KEY": {"dirname": …, "basename": …}}` with keys of 24 letters and digits; editkey
//! writes ids. A bad entry is told by its position, never by its name, since that may be a key.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer as _, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::mint::{AccessKey, KeyId, Record};

/// The entry that says an editkey file's format.
const HEADER: &str = "$editkey";
/// The format that is read.
const FORMAT: u64 = 1;

/// What a file holds.
#[derive(Default)]
pub(super) struct Source {
    /// The live keys, in the order of the file.
    pub(super) entries: Vec<Entry>,
    /// The entries that were skipped, and why.
    pub(super) bad: Vec<Bad>,
}

/// One key.
pub(super) struct Entry {
    /// Its position, from 1, the header not counted.
    pub(super) position: usize,
    pub(super) id: KeyId,
    /// The key itself, where another program wrote it.
    pub(super) key: Option<AccessKey>,
    pub(super) record: Record,
}

/// An entry that was skipped.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bad {
    pub(super) position: usize,
    pub(super) line: usize,
    pub(super) reason: String,
}

/// Open Guide Editor's own entry: these two fields and no other.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain<'a> {
    #[serde(borrow, rename = "dirname")]
    _dirname: Cow<'a, str>,
    #[serde(borrow, rename = "basename")]
    _basename: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Header {
    format: u64,
}

impl Source {
    /// All of `bytes`.
    ///
    /// # Errors
    /// When it is no JSON object, or of another format.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        let mut reader = serde_json::Deserializer::from_slice(bytes);
        let source = reader.deserialize_map(Object { bytes })?;
        reader.end()?;
        Ok(source)
    }
}

struct Object<'a> {
    bytes: &'a [u8],
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = Source;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON object of keys")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Source, A::Error> {
        let mut entries: HashMap<KeyId, Entry> = HashMap::new();
        let mut bad = Vec::new();
        let mut position = 0;
        // Lines are counted from the entry before, so that a long file is gone through once.
        let (mut line, mut counted) = (1, 0);
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            let value: &RawValue = map.next_value()?;
            let text = value.get();
            if name == HEADER {
                let format = serde_json::from_str::<Header>(text).map(|header| header.format);
                if format.as_ref().ok() != Some(&FORMAT) {
                    return Err(A::Error::custom(
                        "it is of a format that this version does not read",
                    ));
                }
                continue;
            }
            position += 1;
            let start = self.bytes.as_ptr().addr();
            let at = text.as_ptr().addr().saturating_sub(start);
            let between = self.bytes.get(counted..at).unwrap_or_default();
            line += memchr::memchr_iter(b'\n', between).count();
            counted = at;
            match entry(&name, text, position) {
                Ok((id, None)) => drop(entries.remove(&id)),
                Ok((id, Some(entry))) => drop(entries.insert(id, entry)),
                Err(reason) => bad.push(Bad {
                    position,
                    line,
                    reason,
                }),
            }
        }
        let mut entries: Vec<Entry> = entries.into_values().collect();
        entries.sort_by_key(|entry| entry.position);
        Ok(Source { entries, bad })
    }
}

/// The entry, or that its key is revoked.
fn entry(name: &str, value: &str, position: usize) -> Result<(KeyId, Option<Entry>), String> {
    let (id, key) = if let Some(id) = name.strip_prefix("sha256:") {
        let id = KeyId::parse(id).map_err(|_| "its name is no key id")?;
        (id, None)
    } else {
        let key = AccessKey::parse(name)
            .ok()
            .filter(|_| name.bytes().all(|byte| byte.is_ascii_alphanumeric()))
            .ok_or("its name is no key of 24 letters and digits")?;
        (key.id(), Some(key))
    };
    if value == "null" {
        return Ok((id, None));
    }
    let record = Record::parse(value.as_bytes(), |_| None, |by| by.into())
        .map_err(|error| error.to_string())?;
    if key.is_some() {
        serde_json::from_str::<Plain<'_>>(value)
            .map_err(|_| "it is not a dirname and a basename, and nothing else".to_owned())?;
    }
    let entry = Entry {
        position,
        id,
        key,
        record,
    };
    Ok((id, Some(entry)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "8oQNEvf7I3b1VOQg3Bi7yNQE";

    #[test]
    fn each_bad_entry_is_told_by_its_position_and_never_quoted() {
        let text = format!(
            r#"{{"{KEY}":{{"dirname":"\/srv","basename":"a"}},
"short":{{"dirname":"\/srv","basename":"a"}},
"8oQNEvf7I3b1VOQg3Bi7yNQ_":{{"dirname":"\/srv","basename":"a"}},
"8oQNEvf7I3b1VOQg3Bi7yNQF":{{"dirname":"\/srv\/..","basename":"a"}},

"8oQNEvf7I3b1VOQg3Bi7yNQG":{{"dirname":"\/srv","basename":"a","rights":"view"}},
"8oQNEvf7I3b1VOQg3Bi7yNQH":["\/srv","a"]}}"#
        );
        let source = Source::read(text.as_bytes()).expect("an object");
        assert_eq!(source.entries.len(), 1);
        let places: Vec<_> = source
            .bad
            .iter()
            .map(|bad| (bad.position, bad.line))
            .collect();
        assert_eq!(places, [(2, 2), (3, 3), (4, 4), (5, 6), (6, 7)]);
        assert!(source.bad.iter().all(|bad| !bad.reason.contains("8oQ")));
    }

    #[test]
    fn a_revoked_key_of_ours_is_not_brought_in() {
        let id = AccessKey::parse(KEY).expect("a key").id();
        let record = r#"{"dirname":"/srv","basename":"a","rights":"view"}"#;
        let live = format!("{{\n\"$editkey\": {{\"format\": 1}}\n,\"sha256:{id}\": {record}\n");
        let count = |text: String| {
            Source::read(text.as_bytes())
                .map(|source| source.entries.len())
                .ok()
        };
        assert_eq!(count(format!("{live}}}")), Some(1));
        assert_eq!(count(format!("{live},\"sha256:{id}\": null\n}}")), Some(0));
        assert_eq!(count("{\"$editkey\": {\"format\": 2}}".to_owned()), None);
        assert_eq!(count("[]".to_owned()), None);
        assert_eq!(count("{} x".to_owned()), None);
    }
}
