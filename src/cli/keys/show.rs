//! `editkey keys show`: all that is known about one key. The operator may know why a key does not open.

use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;

use super::derive::idle;
use super::named::Name;
use super::print::{self, Facts, Form, Rows, or_dash, path};
use crate::access::prune::{Reach, Standing};
use crate::cli::installation::Installation;
use crate::cli::reach;
use crate::mint::Record;
use crate::names::{Rights, Scope};
use crate::store::{Found, Keys, LastUses, Used, Want};

/// Which key to show.
#[derive(Debug, Args)]
pub struct Show {
    /// The key's id, or its first 8 or more characters ('sha256:' before one that begins with '-'); '-' reads an id or
    /// a key from standard input.
    pub id: String,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// All about a key, as JSON.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    facts: Facts<'a>,
    /// How many keys were derived from it.
    derived: usize,
    /// Whether its bookmark can be shown again.
    sealed: bool,
    /// Whether it opens now.
    opens: bool,
    /// Why, or why not.
    state: &'a str,
}

/// What the file says about the key.
struct Known {
    found: Found,
    /// The key as it counts with those above it, where they stand.
    standing: Option<Found>,
    derived: usize,
    record: Option<Record>,
    sealed: bool,
}

/// Shows.
///
/// # Errors
/// What the store says; no such key.
pub fn run(
    show: &Show,
    installation: &Installation,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode> {
    let name = match Name::one(&show.id) {
        Ok(name) => name,
        Err(why) => {
            writeln!(err, "{why}")?;
            return Ok(super::usage());
        }
    };
    let keys = &installation.keys;
    let id = keys
        .look_blocking(&name.wanted(), |look| name.find(look.table))??
        .id;
    let known = keys.look_blocking(&Want::Family(id).into(), |look| {
        let found = Name::Whole(id).find(look.table)?;
        Ok::<_, super::named::Unknown>(Known {
            record: Keys::record(look, &found),
            sealed: keys.reveal(look, &found).is_some(),
            standing: look.table.standing(&found.id),
            derived: look.table.children(&found.id).len(),
            found,
        })
    })??;
    let (now, days) = (super::now()?, installation.last_uses.uses_blocking());
    let used = match days {
        Ok(days) => days.get(&known.found.id).copied(),
        Err(error) => {
            writeln!(err, "last uses are not known: {error}")?;
            None
        }
    };
    let reach = reach::look(installation)?;
    let (opens, state) = match standing(&known, &installation.last_uses, now)? {
        Err(why) => (false, why),
        Ok(found) => state(found, &reach),
    };
    print(
        &known,
        used,
        (opens, &state),
        now,
        Form::suited(show.json),
        out,
    )?;
    Ok(ExitCode::SUCCESS)
}

/// The key as it counts with those above it, or why it is dead.
fn standing<'a>(
    known: &'a Known,
    uses: &LastUses,
    now: Timestamp,
) -> Result<Result<&'a Found, String>> {
    let dead = |why: &str| Ok(Err(why.to_owned()));
    if known.found.expired(now) {
        let end = or_dash(known.found.expires);
        return Ok(Err(format!("it expired at {end}")));
    }
    let Some(standing) = &known.standing else {
        return dead("a key that it was derived from is gone");
    };
    if standing.expired(now) {
        return dead("a key that it was derived from has expired");
    }
    if idle(standing, uses, now)? {
        return dead("it, or a key that it was derived from, was not used for too long");
    }
    Ok(Ok(standing))
}

/// Whether the key opens its file now, and why or why not.
fn state(found: &Found, reach: &Reach) -> (bool, String) {
    match reach.opens(&found.place, found.scope, Instant::now()) {
        Standing::There => (
            true,
            match found.scope {
                Scope::File => "it opens its file".to_owned(),
                Scope::Directory => "it opens all files in its directory".to_owned(),
            },
        ),
        Standing::FileMissing if found.rights == Rights::Edit => (
            true,
            "its file is not there: it opens an empty editor, and saving makes the file".to_owned(),
        ),
        Standing::FileMissing => (false, "its file is not there".to_owned()),
        Standing::DirectoryMissing => (false, "its directory is not there".to_owned()),
        Standing::Away(why) => (false, why),
        Standing::Refused(refusal) => (false, refusal.to_string()),
    }
}

fn print(
    known: &Known,
    used: Option<Used>,
    (opens, state): (bool, &str),
    now: Timestamp,
    form: Form,
    out: &mut dyn Write,
) -> Result<()> {
    let found = &known.found;
    let label = known
        .record
        .as_ref()
        .and_then(|record| record.label.as_ref());
    if form == Form::Json {
        let shown = Shown {
            facts: Facts::of(found, used.map(|used| used.day), label, now)
                .counted(used.map_or(0, |used| used.count)),
            derived: known.derived,
            sealed: known.sealed,
            opens,
            state,
        };
        writeln!(out, "{}", serde_json::to_string_pretty(&shown)?)?;
        return Ok(());
    }
    let limits = found.limits();
    let claims = limits.and_then(|limits| limits.claims.as_ref());
    let yes = |is| if is { "yes" } else { "no" }.to_owned();
    let lines = [
        ("id", found.id.to_string()),
        ("file", path(found)),
        ("scope", found.scope.as_str().to_owned()),
        ("rights", found.rights.as_str().to_owned()),
        ("created", or_dash(found.created)),
        ("expires", or_dash(found.expires)),
        ("last used", or_dash(used.map(|used| used.day))),
        ("uses", used.map_or(0, |used| used.count).to_string()),
        ("by", or_dash((!found.by.is_empty()).then_some(&*found.by))),
        ("label", or_dash(label.map(crate::names::Label::as_str))),
        ("idle", or_dash(print::idle(found))),
        ("uses left", or_dash(claims.map(|claims| claims.left))),
        (
            "claimed by",
            or_dash(claims.map(|claims| claims.browsers.len())),
        ),
        (
            "passphrase",
            yes(limits.is_some_and(|limits| limits.passphrase.is_some())),
        ),
        (
            "parent",
            or_dash(found.parent().map(|parent| form.id(&parent))),
        ),
        ("derived", known.derived.to_string()),
        ("can be shown again", yes(known.sealed)),
        ("opens", yes(opens)),
        ("state", state.to_owned()),
    ];
    let mut rows = Rows::new(form, &["field", "value"], out);
    for (field, value) in lines {
        rows.row(vec![field.to_owned(), value], &())?;
    }
    Ok(rows.end()?)
}
