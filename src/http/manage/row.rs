//! How a key is shown in a list: everything that is known of it at a glance, and never the key.

use jiff::Timestamp;
use jiff::civil::Date;

use super::super::directory::all_files_in;
use super::super::words::Words;
use super::Side;
use crate::names::Scope;
use crate::store::{Found, Hit, State};

/// Characters of an id that tell keys apart in a list, as the command line takes them.
const SHORT: usize = 8;

/// A moment, for a person and for a script.
#[derive(Default)]
pub(in crate::http) struct When {
    /// RFC 3339.
    pub(in crate::http) machine: String,
    /// The same to the minute; empty where there is none.
    pub(in crate::http) text: String,
}

impl When {
    pub(in crate::http) fn at(time: Option<Timestamp>) -> Self {
        time.map_or_else(Self::default, |time| Self {
            machine: time.to_string(),
            text: time.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        })
    }

    pub(in crate::http) fn on(day: Option<Date>) -> Self {
        day.map_or_else(Self::default, |day| Self {
            machine: day.to_string(),
            text: day.to_string(),
        })
    }
}

/// One key.
pub(in crate::http) struct Row {
    pub(in crate::http) id: String,
    pub(in crate::http) short: String,
    /// Its page.
    pub(in crate::http) href: String,
    pub(in crate::http) name: String,
    pub(in crate::http) dirname: String,
    pub(in crate::http) scope: &'static str,
    pub(in crate::http) label: String,
    pub(in crate::http) rights: &'static str,
    pub(in crate::http) state: &'static str,
    pub(in crate::http) by: String,
    pub(in crate::http) created: When,
    pub(in crate::http) expires: When,
    pub(in crate::http) used: When,
    pub(in crate::http) uses: u64,
    pub(in crate::http) asks_passphrase: bool,
    pub(in crate::http) asks_claim: bool,
    pub(in crate::http) derived: bool,
}

impl Row {
    /// A key that was found, on a page whose way to the base path is `base`.
    pub(in crate::http) fn of(hit: &Hit, side: Side, base: &str, words: &Words) -> Self {
        Self {
            state: match hit.state {
                State::Live => "live",
                State::Expired => "ended",
            },
            used: When::on(hit.uses.day),
            uses: hit.uses.count,
            ..Self::plain(&hit.found, side, base, words)
        }
    }

    /// The same where nothing is known of its uses, nor of those it was derived from.
    pub(in crate::http) fn plain(found: &Found, side: Side, base: &str, words: &Words) -> Self {
        let id = found.id.to_string();
        let limits = found.limits();
        let name = found.place.basename.as_str();
        Self {
            short: id.chars().take(SHORT).collect(),
            href: format!("{base}{}{id}", side.one()),
            name: match found.scope {
                Scope::File => name.to_owned(),
                Scope::Directory => all_files_in(words, name),
            },
            dirname: found.place.dirname.to_string(),
            scope: found.scope.as_str(),
            label: found
                .label()
                .map_or_else(String::new, |label| label.as_str().to_owned()),
            rights: found.rights.as_str(),
            state: "live",
            by: found.by.to_string(),
            created: When::at(found.created),
            expires: When::at(found.expires),
            used: When::default(),
            uses: 0,
            asks_passphrase: limits.is_some_and(|limits| limits.passphrase.is_some()),
            asks_claim: limits.is_some_and(|limits| limits.claims.is_some()),
            derived: found.parent().is_some(),
            id,
        }
    }
}
