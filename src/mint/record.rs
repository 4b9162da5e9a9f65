//! What is stored about a key, and its JSON.
//!
//! `docs/key-format.md` is the contract. A field this version does not know refuses the key alone: to ignore a
//! restriction would be to widen the key.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;

use super::entry::{Entry, NAME, time};
use super::limits::Limits;
use crate::names::{Basename, Dirname, Label, Place, Rights, Scope};

/// Most bytes of `by`.
pub(crate) const BY_BYTES: usize = 400;

/// A key under the sealing key: base64url of nonce and ciphertext. Opens nothing without `keys/secret`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed(pub(super) String);

impl Sealed {
    /// The text in the key file.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Who may use a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Bind {
    /// Whoever has it.
    #[default]
    Holder,
    /// Only the visitor it was minted for.
    Visitor,
}

/// What is known about one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The canonical place of the file or directory it opens.
    pub place: Place,
    /// A file, or a directory and all below it.
    pub scope: Scope,
    /// What it allows.
    pub rights: Rights,
    /// When it was minted; unknown for keys of other makers.
    pub created: Option<Timestamp>,
    /// When it ends.
    pub expires: Option<Timestamp>,
    /// Whom it was minted for; empty when unknown.
    pub by: Arc<str>,
    /// Its holder's note.
    pub label: Option<Label>,
    /// The key, for handing it out once more.
    pub sealed: Option<Sealed>,
    /// Who may use it.
    pub bind: Bind,
    /// What else narrows it.
    pub limits: Limits,
}

/// Why an entry of a key file is no record. Says what is wrong and never quotes a key.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RecordError {
    /// Not the JSON of a record; an unknown or repeated field among them.
    #[error("{0}")]
    Json(String),
    /// A field's value breaks its rule.
    #[error("{0}: {1}")]
    Field(&'static str, String),
    /// A restriction that this version cannot enforce.
    #[error("{0}: this version cannot enforce it, so the key opens nothing")]
    Unenforced(&'static str),
}

impl Record {
    /// The record that `json` spells. `intern` gives the directory and the minter their shared form, so that a million
    /// records of a thousand directories hold a thousand.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn parse(
        json: &[u8],
        intern: impl FnOnce(&str) -> Option<Dirname>,
        by: impl FnOnce(&str) -> Arc<str>,
    ) -> Result<Self, RecordError> {
        // serde would take an array for the fields in their order.
        if json.trim_ascii_start().first() != Some(&b'{') {
            return Err(RecordError::Json("it is no object".to_owned()));
        }
        let entry: Entry<'_> =
            serde_json::from_slice(json).map_err(|error| RecordError::Json(error.to_string()))?;
        let malformed =
            |field| move |why: crate::names::Malformed| RecordError::Field(field, why.to_string());
        let dirname = match intern(&entry.dirname) {
            Some(dirname) => dirname,
            None => Dirname::parse(&entry.dirname).map_err(malformed("dirname"))?,
        };
        let named = entry.by.as_deref().unwrap_or_default();
        if named.len() > BY_BYTES || named.chars().any(char::is_control) {
            return Err(RecordError::Field(
                "by",
                "too long, or not sayable".to_owned(),
            ));
        }
        let created = time("created", entry.created.as_deref())?;
        let (bind, limits) = entry.narrowing(created)?;
        Ok(Self {
            place: Place {
                dirname,
                basename: Basename::parse(&entry.basename).map_err(malformed("basename"))?,
            },
            scope: entry.scope.unwrap_or_default(),
            rights: entry.rights.unwrap_or(Rights::Edit),
            created,
            expires: time("expires", entry.expires.as_deref())?,
            by: by(named),
            label: entry
                .label
                .as_deref()
                .map(Label::parse)
                .transpose()
                .map_err(malformed("label"))?,
            sealed: entry.sealed.map(|text| Sealed(text.into_owned())),
            bind,
            limits,
        })
    }

    /// The record's JSON, on one line.
    #[must_use]
    pub fn to_json(&self) -> String {
        let time = |time: Timestamp| Cow::Owned(time.to_string());
        let entry = Entry {
            dirname: self.place.dirname.as_str().into(),
            basename: self.place.basename.as_str().into(),
            scope: (self.scope != Scope::File).then_some(self.scope),
            rights: Some(self.rights),
            created: self.created.map(time),
            expires: self.expires.map(time),
            by: (!self.by.is_empty()).then(|| (*self.by).into()),
            label: self.label.as_ref().map(|label| label.as_str().into()),
            sealed: self.sealed.as_ref().map(|sealed| sealed.as_str().into()),
            bind: self.bind_text(),
            idle: self.limits.idle.map(|idle| idle.to_string().into()),
            uses: self.limits.claims.as_ref().map(|claims| claims.left),
            passphrase: self
                .limits
                .passphrase
                .as_ref()
                .map(|hash| hash.as_str().into()),
            parent: self
                .limits
                .parent
                .map(|parent| format!("{NAME}{parent}").into()),
        };
        serde_json::to_string(&entry).unwrap_or_default()
    }

    /// Whether the key has ended at `now`.
    #[must_use]
    pub fn expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|end| end <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<Record, RecordError> {
        Record::parse(json.as_bytes(), |_| None, |by| by.into())
    }

    #[test]
    fn what_open_guide_editor_wrote_is_read() {
        let record = parse(r#"{"dirname":"\/srv\/\u00fc","basename":"a.txt"}"#).expect("a record");
        assert_eq!(record.place.to_string(), "/srv/ü/a.txt");
        assert_eq!(record.rights, Rights::Edit);
        assert_eq!(record.created, None);
    }

    #[test]
    fn a_record_comes_back_as_it_went() {
        let text = r#"{"dirname":"/srv/a","basename":"x \"y\".md","rights":"view","created":"2026-11-21T19:20:25Z","expires":"2027-11-21T19:20:25Z","by":"host/cms:ann","label":"für Ann","sealed":"abc","bind":"visitor"}"#;
        let record = parse(text).expect("a record");
        assert_eq!(record.to_json(), text);
    }

    #[test]
    fn what_narrows_a_key_comes_back_as_it_went() {
        let text = r#"{"dirname":"/srv/a","basename":"x.md","rights":"view","created":"2026-11-21T19:20:25Z","bind":["visitor","ETP2Erl3KFHz-YwFt5OPHJoE-zm6KthopMeLyYdJDBI"],"idle":"30d","uses":0,"passphrase":"$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA","parent":"sha256:3v0lWdYBbJEWxFwR8OLQdNLjdGtNW_upx3YC3xyetXI"}"#;
        let record = parse(text).expect("a record");
        assert_eq!(record.to_json(), text);
        let claims = record.limits.claims.expect("claimed");
        assert_eq!((claims.left, claims.browsers.len()), (0, 1));
        assert_eq!(record.bind, Bind::Visitor);
        // Whoever claimed it holds it, whether or not it says how many more may.
        let text = r#"{"dirname":"/srv","basename":"a","bind":["ETP2Erl3KFHz-YwFt5OPHJoE-zm6KthopMeLyYdJDBI"]}"#;
        let claims = parse(text).expect("a record").limits.claims;
        assert_eq!(claims.map(|claims| claims.left), Some(0));
    }

    #[test]
    fn a_scope_is_read_and_written_and_a_file_where_none_is_said() {
        for (extra, scope) in [
            ("", Scope::File),
            (r#","scope":null"#, Scope::File),
            (r#","scope":"file""#, Scope::File),
            (r#","scope":"directory""#, Scope::Directory),
        ] {
            let text = format!(r#"{{"dirname":"/srv","basename":"a"{extra}}}"#);
            let record = parse(&text).expect("a record");
            assert_eq!(record.scope, scope, "{text}");
            assert_eq!(parse(&record.to_json()), Ok(record), "{text}");
        }
        let text = r#"{"dirname":"/srv","basename":"album","scope":"directory","rights":"view"}"#;
        assert_eq!(parse(text).expect("a record").to_json(), text);
    }

    #[test]
    fn what_cannot_be_enforced_opens_nothing() {
        for extra in [
            r#""passphrase":"x""#,
            r#""passphrase":7"#,
            r#""passphrase":"$argon2i$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA""#,
            r#""uses":-1"#,
            r#""uses":101"#,
            r#""uses":"1""#,
            r#""uses":1.5"#,
            r#""idle":"1d""#,
            r#""created":"2026-11-21T19:20:25Z","idle":"12h""#,
            r#""created":"2026-11-21T19:20:25Z","idle":"24h""#,
            r#""created":"2026-11-21T19:20:25Z","idle":"07d""#,
            r#""created":"2026-11-21T19:20:25Z","idle":0"#,
            r#""parent":"x""#,
            r#""parent":"ETP2Erl3KFHz-YwFt5OPHJoE-zm6KthopMeLyYdJDBI""#,
            r#""bind":["browser"]"#,
            r#""bind":[]"#,
            r#""bind":["ETP2Erl3KFHz-YwFt5OPHJoE-zm6KthopMeLyYdJDBI","visitor"]"#,
            r#""uses":100,"bind":["ETP2Erl3KFHz-YwFt5OPHJoE-zm6KthopMeLyYdJDBI"]"#,
            r#""bind":"browser""#,
            r#""bind":true"#,
            r#""scope":"tree""#,
            r#""scope":["directory"]"#,
            r#""color":"red""#,
            r#""rights":"admin""#,
            r#""rights":null"x"#,
            r#""basename":"b""#,
            r#""created":"yesterday""#,
            r#""label":"""#,
            r#""by":7"#,
        ] {
            let text = format!(r#"{{"dirname":"/srv","basename":"a",{extra}}}"#);
            assert!(parse(&text).is_err(), "{text}");
        }
        for bad in [
            r#"{"dirname":"/srv/../etc","basename":"a"}"#,
            r#"{"dirname":"/srv","basename":"../a"}"#,
            r#"{"dirname":"/srv"}"#,
            "[]",
            r#"["/srv","a"]"#,
            "7",
            "\"x\"",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
