//! What `/api/keys` is asked and answers, as JSON and as a query. It spells neither a key nor the hash of a passphrase.

use std::str::FromStr;

use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::query::Query;
use crate::access::{Explanation, Manager, Moment, Seen};
use crate::error::{Kind, Refused};
use crate::mint::{Bind, Idle, KeyId, Life, MOST_USES, Narrowing};
use crate::names::{Dirname, Label, Malformed, Rights};
use crate::store::{Cursor, Found, Hit, Hits, Search, Sort, State};

/// Keys on a page where nothing else is asked.
const PAGE: usize = 50;
/// What the body of a change is.
pub(super) const CHANGE_RULE: &str = "the body is {rights?, expires?, idle?, uses?, passphrase?, label?}, each at most once, and nothing else";
const PARAMETERS: &[&str] = &[
    "limit",
    "after",
    "q",
    "sort",
    "order",
    "state",
    "by",
    "directory",
    "rights",
    "scope",
    "passphrase",
    "claimed",
];

/// What a key is to become; what is absent stays as it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    #[serde(default, deserialize_with = "said")]
    rights: Option<Rights>,
    #[serde(default, deserialize_with = "said")]
    expires: Option<String>,
    #[serde(default, deserialize_with = "said")]
    idle: Option<String>,
    #[serde(default, deserialize_with = "said")]
    uses: Option<u8>,
    #[serde(default, deserialize_with = "said")]
    passphrase: Option<String>,
    #[serde(default)]
    label: AskedLabel,
}

/// A member that is there says something: `null` is no wish, and never one to take away what narrows a key.
fn said<'de, D, T>(from: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(from).map(Some)
}

/// What becomes of the label.
#[derive(Default, Deserialize)]
#[serde(from = "Option<String>")]
enum AskedLabel {
    /// Nothing was said of it.
    #[default]
    Stays,
    /// `null` takes it away.
    Goes,
    Is(String),
}

impl From<Option<String>> for AskedLabel {
    fn from(given: Option<String>) -> Self {
        given.map_or(Self::Goes, Self::Is)
    }
}

impl Asked {
    /// What is asked for, and the passphrase, which is not hashed yet.
    ///
    /// # Errors
    /// [`Kind::Malformed`].
    pub(super) fn narrowing(
        self,
        now: Moment,
    ) -> Result<(Narrowing, Option<Zeroizing<String>>), Refused> {
        let passphrase = self.passphrase.map(Zeroizing::new);
        let life = self.expires.as_deref();
        if self
            .uses
            .is_some_and(|uses| !(1..=MOST_USES).contains(&uses))
        {
            const RULE: &str = "uses is a number from 1 to 100";
            return Err(Refused::new(Kind::Malformed(RULE), RULE));
        }
        let narrowing = Narrowing {
            rights: self.rights,
            life: life.map(|text| Life::parse(text, now.time)).transpose()?,
            idle: self.idle.as_deref().map(Idle::parse).transpose()?,
            uses: self.uses,
            passphrase: None,
            label: match &self.label {
                AskedLabel::Stays => None,
                AskedLabel::Goes => Some(None),
                AskedLabel::Is(text) => Some(Some(Label::parse(text)?)),
            },
        };
        Ok((narrowing, passphrase))
    }
}

/// Which keys a query asks for.
///
/// # Errors
/// [`Kind::Malformed`], also for a parameter that there is not.
pub(super) fn search(query: &Query) -> Result<Search, Refused> {
    query.only(PARAMETERS, "a parameter that /api/keys does not have")?;
    let text = |name| query.value(name).filter(|text| !text.is_empty());
    let sort = word::<Sort>(query, "sort")?.unwrap_or_default();
    Ok(Search {
        text: text("q").map(ToOwned::to_owned),
        directory: text("directory").map(Dirname::parse).transpose()?,
        by: text("by").map(ToOwned::to_owned),
        state: word::<State>(query, "state")?,
        rights: text("rights").map(str::parse).transpose().map_err(rule)?,
        scope: text("scope").map(str::parse).transpose().map_err(rule)?,
        passphrase: yes(query, "passphrase")?,
        claimed: yes(query, "claimed")?,
        sort,
        order: word(query, "order")?.unwrap_or(sort.usual()),
        after: word::<Cursor>(query, "after")?,
        limit: match text("limit") {
            None => PAGE,
            // Zero is refused with all else that is no number of keys.
            Some(text) => text.parse().unwrap_or(0),
        },
    })
}

fn rule(why: Malformed) -> Refused {
    why.into()
}

fn word<T>(query: &Query, name: &str) -> Result<Option<T>, Refused>
where
    T: FromStr,
    Refused: From<T::Err>,
{
    let text = query.value(name).filter(|text| !text.is_empty());
    Ok(text.map(str::parse).transpose()?)
}

fn yes(query: &Query, name: &str) -> Result<Option<bool>, Refused> {
    const RULE: &str = "passphrase and claimed are 'true' or 'false'";
    match query.value(name) {
        None | Some("") => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(Refused::new(Kind::Malformed(RULE), RULE)),
    }
}

/// A page.
pub(super) fn page(hits: &Hits, manager: &Manager) -> Value {
    let keys = hits.keys.iter().map(|hit| row(hit, manager));
    json!({
        "keys": keys.collect::<Vec<_>>(),
        "total": hits.total,
        "next": hits.next.as_ref().map(Cursor::to_string),
    })
}

/// One key, with those above it and those below.
pub(super) fn one(seen: &Seen, manager: &Manager) -> Value {
    let mut key = row(&seen.key, manager);
    let rows = |hits: &[Hit]| -> Value { hits.iter().map(|hit| row(hit, manager)).collect() };
    if let Some(fields) = key.as_object_mut() {
        fields.insert("above".to_owned(), rows(&seen.above));
        fields.insert("children".to_owned(), rows(&seen.children));
    }
    key
}

fn row(hit: &Hit, manager: &Manager) -> Value {
    let Hit { found, uses, state } = hit;
    let limits = found.limits();
    let claims = limits.and_then(|limits| limits.claims.as_ref());
    json!({
        "id": found.id.to_string(),
        "dirname": found.place.dirname.as_str(),
        "basename": found.place.basename.as_str(),
        "scope": found.scope,
        "rights": found.rights,
        "created": found.created,
        "expires": found.expires,
        "idle": limits.and_then(|limits| limits.idle).map(|idle| idle.to_string()),
        "uses": claims.map(|claims| claims.left),
        "claimed": claims.map(|claims| claims.browsers.len()),
        "passphrase": limits.is_some_and(|limits| limits.passphrase.is_some()),
        "bind": bind(found),
        "by": (!found.by.is_empty()).then_some(&*found.by),
        "label": found.label().map(Label::as_str),
        "parent": found.parent().as_ref().map(KeyId::to_string),
        "state": state,
        "last_used": uses.day,
        "used": uses.count,
        "yours_to_change": manager.changes(found),
    })
}

/// Who may use a key: whoever has it, or the visitor alone that it was minted for.
pub(super) fn bind(found: &Found) -> &'static str {
    match found.bind {
        Bind::Holder => "holder",
        Bind::Visitor => "visitor",
    }
}

/// Who would give a key's place now.
pub(super) fn granted(explanation: &Explanation) -> Value {
    json!({"given": explanation.given, "user_is_gone": explanation.user_is_gone})
}
