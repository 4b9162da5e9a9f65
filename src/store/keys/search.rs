//! Finding keys among a million: by text, place, minter, rights and state, in an order, one page at a time.
//!
//! A page goes on behind the last key of the page before, by what that key is sorted by and then its id: keys that come
//! and go elsewhere make none appear twice and none be left out. It never shows a key, only what is known of it.

use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::cursor::{CURSOR_RULE, Cursor};
use super::table::Found;
use super::uses::Uses;
use crate::names::{Dirname, Rights, Scope};

/// Most bytes of a text that is looked for.
pub const QUERY_BYTES: usize = 256;
/// Most keys of a page.
pub const PAGE_KEYS: usize = 500;

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
pub struct NotSearch(pub(super) &'static str);

impl NotSearch {
    /// The rule, for an answer.
    #[must_use]
    pub fn rule(self) -> &'static str {
        self.0
    }
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

impl Sort {
    /// The order in which people expect it where they say nothing.
    #[must_use]
    pub fn usual(self) -> Order {
        match self {
            Self::Created | Self::Used | Self::Uses => Order::Desc,
            Self::Expires | Self::Name | Self::By => Order::Asc,
        }
    }
}

impl Search {
    /// The search, if it is one that strangers may ask for: a page of bounded size, bounded texts, a cursor of this list.
    ///
    /// # Errors
    /// [`NotSearch`].
    pub fn bounded(self) -> Result<Self, NotSearch> {
        let long = |text: &Option<String>| text.as_ref().is_some_and(|it| it.len() > QUERY_BYTES);
        if !(1..=PAGE_KEYS).contains(&self.limit) {
            return Err(NotSearch("limit is 1 to 500"));
        }
        if long(&self.text) || long(&self.by) {
            return Err(NotSearch("a text to look for has at most 256 bytes"));
        }
        let after = self.after.as_ref();
        if after.is_some_and(|after| !after.is_of(self.sort, self.order)) {
            return Err(NotSearch(CURSOR_RULE));
        }
        Ok(self)
    }
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

/// One key, and those around it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The key.
    pub key: Hit,
    /// Those that it was derived from, nearest first.
    pub above: Vec<Hit>,
    /// Those that were derived from it itself, in the order of their ids.
    pub children: Vec<Hit>,
}
