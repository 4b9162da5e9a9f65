//! What an import came to, as it is told: keys that are new, those that were there, and those that were skipped and why.

use std::collections::HashMap;
use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use super::prune::OPERATOR;
use super::source::Bad;
use crate::cli::counted;
use crate::cli::installation::Installation;
use crate::mint::KeyId;
use crate::store::{Act, Added, Event};

/// A new bookmark.
#[derive(Serialize)]
pub(super) struct New {
    pub(super) id: String,
    pub(super) path: String,
    pub(super) user: Option<String>,
    pub(super) expires: Option<Timestamp>,
    pub(super) url: String,
}

/// What was skipped.
#[derive(Serialize)]
pub(super) struct Skipped {
    pub(super) position: usize,
    pub(super) line: Option<usize>,
    pub(super) reason: String,
}

impl Skipped {
    pub(super) fn of(bad: Bad) -> Self {
        Self {
            position: bad.position,
            line: Some(bad.line),
            reason: bad.reason,
        }
    }
}

/// Those that the store did not take, by their positions.
pub(super) fn refused(added: &Added, positions: &HashMap<KeyId, usize>) -> Vec<Skipped> {
    let position = |id: &KeyId| positions.get(id).copied().unwrap_or(0);
    let gone = added.gone.iter().map(|(id, mark)| (id, mark.why()));
    let orphan = "the key it was derived from is not there";
    let orphans = added.orphans.iter().map(|id| (id, orphan));
    let skipped = gone.chain(orphans).map(|(id, why)| Skipped {
        position: position(id),
        line: None,
        reason: why.to_owned(),
    });
    let mut skipped: Vec<Skipped> = skipped.collect();
    skipped.sort_by_key(|skipped| skipped.position);
    skipped
}

/// Notes each new key in the audit log.
pub(super) fn note(installation: &Installation, added: &Added, now: Timestamp) {
    let audit = installation.prunes().audit;
    for id in &added.new {
        audit.note(Event {
            by: Some(OPERATOR.into()),
            ..Event::of(Act::Import, *id, now)
        });
    }
}

/// What an import came to.
pub(super) struct Outcome<'a> {
    pub(super) added: &'a Added,
    pub(super) new: &'a [New],
    pub(super) expired: usize,
    pub(super) warnings: &'a [String],
    pub(super) skipped: &'a [Skipped],
}

/// Tells it.
pub(super) fn print(
    json: bool,
    outcome: &Outcome<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode> {
    let Outcome {
        added,
        new,
        expired,
        warnings,
        skipped,
    } = outcome;
    let (count, there) = (added.new.len(), added.there.len());
    if json {
        let said = json!({
            "imported": count, "already_there": there, "expired": expired,
            "skipped": skipped, "warnings": warnings, "keys": new,
        });
        writeln!(out, "{}", serde_json::to_string_pretty(&said)?)?;
    } else {
        for warning in *warnings {
            writeln!(err, "{warning}")?;
        }
        for skipped in *skipped {
            let line = skipped.line.map(|line| format!(" (line {line})"));
            let (line, position) = (line.unwrap_or_default(), skipped.position);
            writeln!(err, "entry {position}{line}: skipped: {}", skipped.reason)?;
        }
        for New {
            path, user, url, ..
        } in *new
        {
            writeln!(out, "{path}\t{}\t{url}", user.as_deref().unwrap_or("-"))?;
        }
        let said = format!(
            "{} imported, {there} there already, {} skipped",
            counted::keys(count),
            skipped.len()
        );
        // Bookmarks go to standard output alone.
        if new.is_empty() && *expired == 0 {
            writeln!(out, "{said}")?;
        } else {
            writeln!(err, "{said}; {expired} sessions have expired")?;
        }
    }
    Ok(if skipped.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
