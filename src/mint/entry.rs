//! The JSON of one key in the key file, member by member.
//!
//! It never lets a restriction go unread: what it cannot spell out refuses the key.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::limits::{Browser, Claims, Idle, Limits, MOST_USES};
use super::record::{Bind, Record, RecordError};
use super::{KeyId, PasswordHash};
use crate::names::{Rights, Scope};

/// What stands before a key's id in the file.
pub(super) const NAME: &str = "sha256:";
/// How a key is bound to the visitor that it was minted for.
const VISITOR: &str = "visitor";

/// The entry as it stands in the file.
#[derive(Deserialize, Serialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry<'a> {
    #[serde(borrow)]
    pub(super) dirname: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) basename: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) scope: Option<Scope>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rights: Option<Rights>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) created: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) expires: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) by: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) label: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) sealed: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) bind: Option<OneOrMore<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) idle: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) uses: Option<u8>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) passphrase: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) parent: Option<Cow<'a, str>>,
}

/// `"visitor"`, or a list with the browsers that claimed the key.
#[derive(Deserialize, Serialize)]
#[serde(untagged)]
pub(super) enum OneOrMore<'a> {
    One(#[serde(borrow)] Cow<'a, str>),
    More(#[serde(borrow)] Vec<Cow<'a, str>>),
}

impl Record {
    /// What `bind` is to say.
    pub(super) fn bind_text(&self) -> Option<OneOrMore<'_>> {
        let visitor = self.bind == Bind::Visitor;
        let claims = self.limits.claims.as_ref();
        let browsers = claims
            .map(|claims| &claims.browsers)
            .filter(|all| !all.is_empty());
        match browsers {
            None => visitor.then(|| OneOrMore::One(VISITOR.into())),
            Some(browsers) => {
                let texts = visitor.then(|| VISITOR.into()).into_iter();
                let browsers = browsers.iter().map(|one| one.to_string().into());
                Some(OneOrMore::More(texts.chain(browsers).collect()))
            }
        }
    }
}

impl Entry<'_> {
    /// Who may use the key, and what else narrows it.
    ///
    /// # Errors
    /// [`RecordError`].
    pub(super) fn narrowing(
        &self,
        created: Option<Timestamp>,
    ) -> Result<(Bind, Limits), RecordError> {
        let wrong = |field, why: &str| RecordError::Field(field, why.to_owned());
        // One spelling, so that every reader counts the same days.
        let spelled = |text: &str| {
            Idle::parse(text)
                .ok()
                .filter(|idle| idle.to_string() == text)
        };
        let idle = self.idle.as_deref().map(|text| {
            spelled(text)
                .ok_or_else(|| wrong("idle", "not whole days, such as '30d', from 1 to 36500"))
        });
        let idle = idle.transpose()?;
        if idle.is_some() && created.is_none() {
            return Err(wrong("idle", "it needs a time of minting to count from"));
        }
        let hash = self.passphrase.as_deref().map(PasswordHash::parse);
        let passphrase = hash.transpose();
        let parent = self.parent.as_deref().map(|name| {
            let id = name.strip_prefix(NAME).map(KeyId::parse);
            id.and_then(Result::ok)
                .ok_or_else(|| wrong("parent", "not 'sha256:' and the id of a key"))
        });
        let (bind, browsers) = self
            .bind
            .as_ref()
            .map_or(Ok((Bind::Holder, Vec::new())), bound)?;
        let claims = match self.uses {
            None if browsers.is_empty() => None,
            // Claimed, and nobody else may.
            uses => Some(Claims {
                left: uses.unwrap_or(0),
                browsers,
            }),
        };
        let most = |claims: &Claims| usize::from(claims.left) + claims.browsers.len();
        if claims
            .as_ref()
            .is_some_and(|claims| most(claims) > usize::from(MOST_USES))
        {
            return Err(wrong(
                "uses",
                "at most 100 browsers, claimed or to be claimed",
            ));
        }
        Ok((
            bind,
            Limits {
                idle,
                claims,
                passphrase: passphrase.map_err(|why| wrong("passphrase", &why.to_string()))?,
                parent: parent.transpose()?,
            },
        ))
    }
}

/// What `bind` says.
fn bound(text: &OneOrMore<'_>) -> Result<(Bind, Vec<Browser>), RecordError> {
    let wrong = || RecordError::Unenforced("bind");
    match text {
        OneOrMore::One(text) if text == "holder" => Ok((Bind::Holder, Vec::new())),
        OneOrMore::One(text) if text == VISITOR => Ok((Bind::Visitor, Vec::new())),
        OneOrMore::One(_) => Err(wrong()),
        OneOrMore::More(texts) if texts.is_empty() => Err(wrong()),
        OneOrMore::More(texts) => {
            let visitor = texts.first().is_some_and(|text| text == VISITOR);
            let browsers = texts.iter().skip(usize::from(visitor));
            let browsers = browsers.map(|text| Browser::parse(text).map_err(|_| wrong()));
            let bind = if visitor { Bind::Visitor } else { Bind::Holder };
            Ok((bind, browsers.collect::<Result<_, _>>()?))
        }
    }
}

pub(super) fn time(
    field: &'static str,
    text: Option<&str>,
) -> Result<Option<Timestamp>, RecordError> {
    text.map(|text| {
        text.parse()
            .map_err(|_| RecordError::Field(field, "not an RFC 3339 time".to_owned()))
    })
    .transpose()
}
