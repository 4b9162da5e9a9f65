//! `editkey keys revoke`: the bookmarks of these keys open nothing from the next request on.
//!
//! What can be named is revoked even where something else that was named cannot: to revoke too little is worse.

use std::collections::HashSet;
use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use super::named::{self, Name, Unknown};
use super::print::{Form, Rows};
use crate::cli::installation::Installation;
use crate::mint::KeyId;
use crate::store::{Act, Event, Found};

/// Which keys to revoke.
#[derive(Debug, Args)]
pub struct Revoke {
    /// The keys' ids, or their first 8 or more characters ('sha256:' before one that begins with '-'); '-' reads ids
    /// or keys from standard input, one a line.
    #[arg(required = true, value_name = "ID|-")]
    pub ids: Vec<String>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Revokes.
///
/// # Errors
/// What the store says; nothing was revoked then.
pub fn run(
    revoke: &Revoke,
    installation: &Installation,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode> {
    let (mut names, mut problems) = (Vec::new(), Vec::new());
    for argument in revoke.ids.iter().filter(|argument| *argument != "-") {
        match Name::argument(argument) {
            Ok(name) => names.push(name),
            Err(why) => {
                writeln!(err, "{why}")?;
                return Ok(super::usage());
            }
        }
    }
    if revoke.ids.iter().any(|argument| argument == "-") {
        for (line, name) in named::input()? {
            match name {
                Ok(name) => names.push(name),
                Err(why) => problems.push(format!("standard input, line {line}: {why}")),
            }
        }
    }
    let found = installation
        .keys
        .look_blocking(&named::wanted(&names), |look| {
            named::find_all(&names, look.table)
        })?;
    let (mut keys, mut pruned, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for (found, name) in found.into_iter().zip(&names) {
        match found {
            Ok(found) if seen.insert(found.id) => keys.push(found),
            Ok(_) => {}
            Err(why) => match pruned_key(&why, name, installation)? {
                Some(id) if seen.insert(id) => pruned.push(id),
                Some(_) => {}
                None => problems.push(why.to_string()),
            },
        }
    }
    let mut ids: Vec<_> = keys.iter().map(|found| found.id).collect();
    let there = ids.len();
    ids.extend(&pruned);
    let revoked = installation.keys.revoke_blocking(ids.clone())?;
    for id in &ids {
        let event = Event::of(Act::Revoke, *id, Timestamp::now());
        installation.audit.note(event.by_operator());
    }
    if revoked < there {
        let others = there - revoked;
        problems.push(format!(
            "{others} of them were revoked by somebody else meanwhile"
        ));
    }
    if let Err(error) = installation.last_uses.forget_blocking(ids) {
        writeln!(err, "their last uses are still remembered: {error}")?;
    }
    print(
        (&keys, &pruned),
        &problems,
        Form::suited(revoke.json),
        out,
        err,
    )
}

/// The key that was pruned and goes by this name: revoked, it stays away whatever is undone.
fn pruned_key(why: &Unknown, name: &Name, installation: &Installation) -> Result<Option<KeyId>> {
    let (Unknown::None(_), keys) = (why, &installation.keys) else {
        return Ok(None);
    };
    let beginning = match name {
        Name::Whole(id) => id.to_string(),
        Name::Beginning(beginning) => beginning.clone(),
    };
    let ids = keys.pruned_blocking(&beginning)?;
    Ok(ids.first().copied().filter(|_| ids.len() == 1))
}

fn print(
    (keys, pruned): (&[Found], &[KeyId]),
    problems: &[String],
    form: Form,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode> {
    if form == Form::Json {
        let key = |found: &Found| {
            json!({
                "id": found.id.to_string(),
                "dirname": found.place.dirname.as_str(),
                "basename": found.place.basename.as_str(),
            })
        };
        let keys: Vec<_> = keys.iter().map(key).collect();
        let pruned: Vec<_> = pruned.iter().map(KeyId::to_string).collect();
        let said = json!({"revoked": keys, "pruned_before": pruned, "problems": problems});
        writeln!(out, "{}", serde_json::to_string_pretty(&said)?)?;
    } else {
        let mut rows = Rows::new(form, &["revoked", "file"], out);
        for found in keys {
            rows.row(vec![form.id(&found.id), found.place.to_string()], &())?;
        }
        for id in pruned {
            let said = "(it was pruned before, and cannot be brought back now)";
            rows.row(vec![form.id(id), said.to_owned()], &())?;
        }
        rows.end()?;
        for problem in problems {
            writeln!(err, "{problem}")?;
        }
    }
    Ok(if problems.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
