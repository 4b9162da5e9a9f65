//! The policy table: who gets what. A row that names nobody, or gives nothing, is a mistake.

use schemars::JsonSchema;
use serde::Deserialize;

use super::address;
use super::meaning::Reader;
use super::raw::Texts;
use crate::grants::{DIRECTORIES, Policy, Row, What, Who, Within};
use crate::names::Rights;
use crate::visitor::{Level, User};

/// Most rows.
const ROWS: usize = 1000;

/// A row of the policy: for whom it holds (everything named must), and what it gives.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a section in braces")]
pub(super) struct RawRow {
    /// Known by this source: `header`, `jwt`, `users`, `php`, `local` or `host/NAME`. If absent: by any of the first three.
    source: Option<String>,
    /// Of this name.
    user: Option<String>,
    /// Of this e-mail address; capital ASCII letters are as good as small ones.
    email: Option<String>,
    /// In this group.
    group: Option<String>,
    /// Of this level or a smaller one, as Organizr counts: 0 Admin … 4 User; 998 anyone signed in, 999 everyone.
    level: Option<u64>,
    /// Everyone, signed in or not.
    anyone: Option<bool>,
    /// From these networks only. Where nobody else is named: everyone there, without signing in.
    network: Option<Texts>,
    /// Everything below the roots.
    poweruser: Option<bool>,
    /// Absolute directories, with all below them; `{user}` stands for the visitor's name.
    directories: Option<Texts>,
    /// `view` or `edit`; `edit` if absent.
    rights: Option<String>,
    /// Whether they see and change all keys.
    admin: Option<bool>,
}

/// The policy that `rows` say.
pub(super) fn policy(rows: Vec<Option<RawRow>>, reader: &mut Reader<'_>) -> Policy {
    if rows.len() > ROWS {
        reader.refuse("grants", &"a policy has at most 1000 rows");
    }
    let rows = rows.into_iter().enumerate().filter_map(|(index, raw)| {
        let path = format!("grants[{index}]");
        let Some(raw) = raw else {
            reader.refuse(&path, &"a row is a section in braces");
            return None;
        };
        Some(row(raw, &path, reader))
    });
    Policy::new(rows.collect())
}

fn row(raw: RawRow, path: &str, reader: &mut Reader<'_>) -> Row {
    let who = who(&raw, path, reader);
    let poweruser = raw.poweruser.unwrap_or(false);
    let admin = raw.admin.unwrap_or(false);
    let at = format!("{path}.directories");
    let directories = raw
        .directories
        .map(|texts| reader.list(&at, texts, str::parse));
    let what = match directories {
        Some(_) if poweruser => {
            reader.refuse(
                &at,
                &"a poweruser may edit below all roots: leave out one of the two",
            );
            What::Nothing
        }
        Some(directories) if directories.len() > DIRECTORIES => {
            reader.refuse(&at, &"a row has at most 1000 directories");
            What::Nothing
        }
        Some(directories) => What::Directories(directories),
        None if poweruser => What::Everything,
        None => {
            if !admin {
                reader.refuse(
                    path,
                    &"this row gives nothing: name directories, or poweruser, or admin",
                );
            }
            What::Nothing
        }
    };
    let rights = format!("{path}.rights");
    Row {
        who,
        what,
        rights: reader
            .optional(&rights, raw.rights.as_deref(), str::parse)
            .unwrap_or(Rights::Edit),
        admin,
    }
}

fn who(raw: &RawRow, path: &str, reader: &mut Reader<'_>) -> Who {
    let at = format!("{path}.network");
    let network = raw.network.clone().unwrap_or_default();
    let network = reader.list(&at, network, |text| {
        let network = address::network(text).map_err(|error| error.to_string())?;
        Within::check(network).map_err(|error| error.to_string())
    });
    let named = Named {
        source: raw.source.as_deref(),
        user: raw.user.as_deref(),
        email: raw.email.as_deref(),
        group: raw.group.as_deref(),
        level: raw.level,
        anyone: raw.anyone,
    };
    let networks = raw.network.as_ref().is_some_and(|list| !list.0.is_empty());
    if named.nobody() && !networks {
        reader.refuse(
            path,
            &"this row names nobody: name a source, user, email, group, level or network, or anyone",
        );
    }
    named.read(Within::of(network), path, reader)
}

/// Whom a row names, as it was typed.
pub(super) struct Named<'a> {
    pub(super) source: Option<&'a str>,
    pub(super) user: Option<&'a str>,
    pub(super) email: Option<&'a str>,
    pub(super) group: Option<&'a str>,
    pub(super) level: Option<u64>,
    pub(super) anyone: Option<bool>,
}

impl Named<'_> {
    /// Whether it names nobody, where no network is named either.
    pub(super) fn nobody(&self) -> bool {
        !self.anyone.unwrap_or(false) && !self.somebody()
    }

    fn somebody(&self) -> bool {
        let named = [self.source, self.user, self.email, self.group];
        named.into_iter().any(|text| text.is_some()) || self.level.is_some()
    }

    /// Whom that means.
    pub(super) fn read(&self, network: Within, path: &str, reader: &mut Reader<'_>) -> Who {
        let at = |name| format!("{path}.{name}");
        let level = self.level.map(Level::try_from);
        let level = level.and_then(|level| match level {
            Ok(level) => Some(level),
            Err(error) => {
                reader.refuse(&at("level"), &error);
                None
            }
        });
        let user = |text: &str| {
            User::parse(text).map_err(|_| "a user's name has 1 to 128 characters, no control character, and no space at either end")
        };
        let who = Who {
            source: reader.optional(&at("source"), self.source, str::parse),
            user: reader.optional(&at("user"), self.user, user),
            email: reader.optional(&at("email"), self.email, str::parse),
            group: reader.optional(&at("group"), self.group, str::parse),
            level,
            anyone: self.anyone.unwrap_or(false),
            network,
        };
        if who.anyone && self.somebody() {
            reader.refuse(
                &at("anyone"),
                &"this row is for everyone: leave out whom else it names",
            );
        }
        who
    }
}
