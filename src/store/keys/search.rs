//! Finding keys among a million: by text, place, minter, rights and state, in an order, one page at a time.
//!
//! A page goes on behind the last key of the page before, by what that key is sorted by and then its id: keys that come
//! and go elsewhere make none appear twice and none be left out. It never shows a key, only what is known of it.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Keys;
use super::table::{Found, KeyTable};
use crate::mint::KeyId;
use crate::names::{Dirname, Rights, Scope};
use crate::store::{LastUses, StoreError, day};

/// Most bytes of a text that is looked for.
pub const QUERY_BYTES: usize = 256;
/// Most bytes of a cursor: the longest name there is, and an id.
const CURSOR_BYTES: usize = 1024;

/// Which keys, and in which order.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// With this in the path, in the label, or in whom they were minted for; capital or small is the same.
    pub text: Option<String>,
    /// Of files in this directory or below it, and of directories there.
    pub directory: Option<Dirname>,
    /// Minted for somebody whose name has this in it; capital or small is the same.
    pub by: Option<String>,
    /// Live, or not.
    pub state: Option<State>,
    /// With these rights.
    pub rights: Option<Rights>,
    /// Of this scope.
    pub scope: Option<Scope>,
    /// With a passphrase of their own, or without.
    pub passphrase: Option<bool>,
    /// That have to be claimed, or not.
    pub claimed: Option<bool>,
    /// By what they are sorted.
    pub sort: Sort,
    /// In which direction.
    pub order: Order,
    /// Behind this key of the same list.
    pub after: Option<Cursor>,
    /// At most so many.
    pub limit: usize,
}

/// Whose keys are looked through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// Everybody's.
    All,
    /// Those minted for one of these.
    Of(Vec<Arc<str>>),
}

/// By what keys are sorted; those that are equal in it, by their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    /// When they were minted; unknown is before all.
    #[default]
    Created,
    /// When they end; never is after all.
    Expires,
    /// When they were used last; never is before all.
    Used,
    /// How often they were used.
    Uses,
    /// The name of the file.
    Name,
    /// Whom they were minted for.
    By,
}

/// In which direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// The least first.
    Asc,
    /// The most first.
    #[default]
    Desc,
}

/// Whether a key opens anything, as far as records and last uses tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It has not ended, it was used in time, and so is all that it was derived from.
    Live,
    /// It has ended, was not used for too long, or what it was derived from is not live.
    Expired,
}

/// Why a word is none of [`Sort`], [`Order`], [`State`], or no cursor of this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotSearch(&'static str);

impl NotSearch {
    /// The rule, for an answer.
    #[must_use]
    pub fn rule(self) -> &'static str {
        self.0
    }
}

/// A place in a list, as opaque text. It says what the key there is sorted by, and its id; it is no secret and grants
/// nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(Mark);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mark {
    s: Sort,
    o: Order,
    v: Value,
    #[serde(with = "spelled")]
    id: KeyId,
}

/// What a key is sorted by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
enum Value {
    Number(u64),
    Text(String),
}

/// When a key was used last, and how often, where that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Uses {
    /// The day.
    pub day: Option<Date>,
    /// How often.
    pub count: u64,
}

/// One page of what was found.
#[derive(Debug, Clone)]
pub struct Hits {
    /// The keys, in order.
    pub keys: Vec<Hit>,
    /// How many there are on all pages.
    pub total: usize,
    /// Where the next page starts; nothing where this was the last.
    pub next: Option<Cursor>,
}

/// A key that was found.
#[derive(Debug, Clone)]
pub struct Hit {
    /// What is known of it.
    pub found: Found,
    /// When it was used.
    pub uses: Uses,
    /// Whether it opens anything.
    pub state: State,
}

impl FromStr for Sort {
    type Err = NotSearch;

    fn from_str(text: &str) -> Result<Self, NotSearch> {
        Ok(match text {
            "created" => Self::Created,
            "expires" => Self::Expires,
            "used" => Self::Used,
            "uses" => Self::Uses,
            "name" => Self::Name,
            "by" => Self::By,
            _ => {
                return Err(NotSearch(
                    "sort is 'created', 'expires', 'used', 'uses', 'name' or 'by'",
                ));
            }
        })
    }
}

impl FromStr for Order {
    type Err = NotSearch;

    fn from_str(text: &str) -> Result<Self, NotSearch> {
        match text {
            "asc" => Ok(Self::Asc),
            "desc" => Ok(Self::Desc),
            _ => Err(NotSearch("order is 'asc' or 'desc'")),
        }
    }
}

impl FromStr for State {
    type Err = NotSearch;

    fn from_str(text: &str) -> Result<Self, NotSearch> {
        match text {
            "live" => Ok(Self::Live),
            "expired" => Ok(Self::Expired),
            _ => Err(NotSearch("state is 'live' or 'expired'")),
        }
    }
}

impl FromStr for Cursor {
    type Err = NotSearch;

    fn from_str(text: &str) -> Result<Self, NotSearch> {
        let wrong = || NotSearch("after is what 'next' said on the page before, of the same list");
        if text.len() > CURSOR_BYTES {
            return Err(wrong());
        }
        let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| wrong())?;
        serde_json::from_slice(&json).map(Self).map_err(|_| wrong())
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = serde_json::to_vec(&self.0).map_err(|_| fmt::Error)?;
        out.write_str(&URL_SAFE_NO_PAD.encode(json))
    }
}

impl Keys {
    /// The page of `whose` keys that `search` asks for, of those that `mine` says yes to. Blocks.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`].
    pub fn search_blocking(
        &self,
        whose: &Whose,
        search: &Search,
        mine: &dyn Fn(&Found) -> bool,
        last_uses: &LastUses,
        now: Timestamp,
    ) -> Result<Hits, StoreError> {
        last_uses.read_blocking(|uses| {
            self.log()
                .look_blocking(|look| look.table.search(whose, search, mine, uses, now))
        })?
    }

    /// The key, with those that it was derived from, and those that were derived from it. Blocks.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`].
    pub fn see_blocking(
        &self,
        id: &KeyId,
        last_uses: &LastUses,
        now: Timestamp,
    ) -> Result<Option<(Hit, Vec<Hit>)>, StoreError> {
        last_uses.read_blocking(|uses| {
            self.log().look_blocking(|look| {
                let found = look.table.find(id)?;
                let mut children: Vec<Hit> = look
                    .table
                    .children(id)
                    .iter()
                    .filter_map(|child| Some(look.table.hit(look.table.find(child)?, uses, now)))
                    .collect();
                children.sort_by_key(|hit| hit.found.id);
                let mut hit = look.table.hit(found, uses, now);
                if let Some(standing) = look.table.standing(id) {
                    hit.found.above = standing.above;
                }
                Some((hit, children))
            })
        })?
    }
}

impl KeyTable {
    fn search(
        &self,
        whose: &Whose,
        search: &Search,
        mine: &dyn Fn(&Found) -> bool,
        uses: &dyn Fn(&KeyId) -> Uses,
        now: Timestamp,
    ) -> Hits {
        let mut hits: Vec<(Value, Hit)> = self
            .each()
            .filter(|found| match whose {
                Whose::All => true,
                Whose::Of(names) => names.contains(&found.by),
            })
            .filter(|found| mine(found))
            .map(|found| self.hit(found, uses, now))
            .filter(|hit| search.wants(hit))
            .map(|hit| (search.sort.value(&hit), hit))
            .collect();
        let total = hits.len();
        hits.sort_by(|one, other| {
            search.compare((&one.0, &one.1.found.id), (&other.0, &other.1.found.id))
        });
        if let Some(Cursor(mark)) = &search.after {
            hits.retain(|(value, hit)| {
                search
                    .compare((value, &hit.found.id), (&mark.v, &mark.id))
                    .is_gt()
            });
        }
        let more = hits.len() > search.limit;
        hits.truncate(search.limit);
        let last = hits.last().filter(|_| more);
        Hits {
            total,
            next: last.map(|(value, hit)| {
                Cursor(Mark {
                    s: search.sort,
                    o: search.order,
                    v: value.clone(),
                    id: hit.found.id,
                })
            }),
            keys: hits.into_iter().map(|(_, hit)| hit).collect(),
        }
    }

    fn hit(&self, found: Found, uses: &dyn Fn(&KeyId) -> Uses, now: Timestamp) -> Hit {
        let idle = |key: &Found| {
            let Some(idle) = key.limits().and_then(|limits| limits.idle) else {
                return false;
            };
            let since = uses(&key.id).day.or_else(|| key.created.map(day));
            since.is_none_or(|since| idle.end(since) <= now)
        };
        let standing = self.standing(&found.id);
        let live = standing.is_some_and(|key| !key.expired(now) && !key.line().any(idle));
        Hit {
            uses: uses(&found.id),
            state: if live { State::Live } else { State::Expired },
            found,
        }
    }
}

impl Search {
    fn wants(&self, hit: &Hit) -> bool {
        let Hit { found, .. } = hit;
        let limits = found.limits();
        let has = |text: &str, part: &str| text.to_lowercase().contains(&part.to_lowercase());
        let text = |part: &str| {
            has(&found.place.to_string(), part)
                || has(&found.by, part)
                || found.label().is_some_and(|label| has(label.as_str(), part))
        };
        let passphrase = limits.is_some_and(|limits| limits.passphrase.is_some());
        let claimed = limits.is_some_and(|limits| limits.claims.is_some());
        let directory = self.directory.as_ref();
        self.text.as_deref().is_none_or(text)
            && directory.is_none_or(|above| found.lies_below(above))
            && self.by.as_deref().is_none_or(|by| has(&found.by, by))
            && self.state.is_none_or(|state| state == hit.state)
            && self.rights.is_none_or(|rights| rights == found.rights)
            && self.scope.is_none_or(|scope| scope == found.scope)
            && self.passphrase.is_none_or(|wanted| wanted == passphrase)
            && self.claimed.is_none_or(|wanted| wanted == claimed)
    }

    fn compare(&self, one: (&Value, &KeyId), other: (&Value, &KeyId)) -> Ordering {
        match self.order {
            Order::Asc => one.cmp(&other),
            Order::Desc => other.cmp(&one),
        }
    }
}

impl Sort {
    fn value(self, hit: &Hit) -> Value {
        let Hit { found, uses, .. } = hit;
        let secs = |time: Option<Timestamp>, none| {
            time.map_or(none, |time| u64::try_from(time.as_second()).unwrap_or(0))
        };
        let day = |day: Date| u64::try_from(day.duration_since(Date::ZERO).as_hours() / 24);
        match self {
            Self::Created => Value::Number(secs(found.created, 0)),
            Self::Expires => Value::Number(secs(found.expires, u64::MAX)),
            Self::Used => Value::Number(uses.day.map_or(0, |it| day(it).unwrap_or(0))),
            Self::Uses => Value::Number(uses.count),
            Self::Name => Value::Text(found.place.basename.as_str().to_owned()),
            Self::By => Value::Text(found.by.to_string()),
        }
    }
}

/// An id as text.
mod spelled {
    use serde::{Deserialize as _, Deserializer, Serializer, de};

    use crate::mint::KeyId;

    pub(super) fn serialize<S: Serializer>(id: &KeyId, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(id)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<KeyId, D::Error> {
        let text = String::deserialize(from)?;
        KeyId::parse(&text).map_err(|_| de::Error::custom("no key id"))
    }
}
