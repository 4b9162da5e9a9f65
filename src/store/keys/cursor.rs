//! Where a page of a list goes on: what its last key is sorted by, and that key's id, as opaque text.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::search::{NotSearch, Order, Sort};
use crate::mint::KeyId;

/// Most bytes of a cursor: the longest name there is, and an id.
const CURSOR_BYTES: usize = 1024;
/// What a cursor has to be.
pub(super) const CURSOR_RULE: &str =
    "after is what 'next' said on the page before, of a list in the same order";

/// A place in a list, as opaque text. It says what the key there is sorted by, and its id; it is no secret and grants
/// nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(pub(super) Mark);

impl Cursor {
    /// Whether it is of a list with this order.
    #[must_use]
    pub fn is_of(&self, sort: Sort, order: Order) -> bool {
        (self.0.sort, self.0.order) == (sort, order)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mark {
    #[serde(rename = "s")]
    pub(super) sort: Sort,
    #[serde(rename = "o")]
    pub(super) order: Order,
    #[serde(rename = "v")]
    pub(super) value: Value<'static>,
    #[serde(with = "spelled")]
    pub(super) id: KeyId,
}

/// What a key is sorted by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Value<'a> {
    Number(u64),
    Text(Cow<'a, str>),
}

impl FromStr for Cursor {
    type Err = NotSearch;

    fn from_str(text: &str) -> Result<Self, NotSearch> {
        let wrong = || NotSearch(CURSOR_RULE);
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
