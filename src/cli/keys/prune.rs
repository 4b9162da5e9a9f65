//! `editkey prune`, `editkey keys prune`: revokes the keys that nobody needs any more, all in one write.
//!
//! What was found due is looked at again under the lock: a key that changed or was used meanwhile stays.

use std::collections::HashMap;
use std::io::{IsTerminal as _, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use clap::{ArgGroup, Args};
use jiff::Timestamp;
use serde::Serialize;

use super::due::{Criteria, Reason};
use super::print::{Facts, Form, Rows, path};
use super::reach::Reach;
use crate::cli::installation::Installation;
use crate::mint::KeyId;
use crate::settings::span;
use crate::store::{Act, Event, Found};

/// How often progress is told on a terminal.
const TOLD_EVERY: Duration = Duration::from_millis(200);

/// Which keys to prune. Each of the criteria is enough; a directory narrows them all.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each stands for a flag that is there or not"
)]
#[command(group = ArgGroup::new("criterion")
    .args(["expired", "unused_for", "older_than", "missing_files"])
    .required(true)
    .multiple(true))]
pub struct Prune {
    /// Those that have expired.
    #[arg(long)]
    pub expired: bool,
    /// Those not used for so long, such as 90d; one that was never used counts from its minting.
    #[arg(long, value_name = "DURATION", value_parser = span::duration)]
    pub unused_for: Option<Duration>,
    /// Those minted so long ago, such as 365d.
    #[arg(long, value_name = "DURATION", value_parser = span::duration)]
    pub older_than: Option<Duration>,
    /// Those whose file or directory is gone from a root that is there.
    #[arg(long)]
    pub missing_files: bool,
    /// Only those of files in this directory or below it.
    #[arg(long, value_name = "DIR")]
    pub directory: Option<PathBuf>,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// A pruned key, as JSON.
#[derive(Serialize)]
struct Pruned<'a> {
    #[serde(flatten)]
    facts: Facts<'a>,
    reason: &'static str,
    why: String,
}

/// What was found.
struct Findings {
    due: Vec<(Found, Reason)>,
    all: usize,
}

/// Prunes.
///
/// # Errors
/// What the store says; nothing was pruned then.
pub fn run(
    prune: &Prune,
    installation: &Installation,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode> {
    let criteria = Criteria {
        directory: prune
            .directory
            .as_deref()
            .map(super::directory)
            .transpose()?,
        expired: prune.expired,
        unused_for: prune.unused_for,
        older_than: prune.older_than,
        now: super::now()?,
    };
    let look = || prune.missing_files.then(|| Reach::look(installation));
    let reach = look().transpose()?;
    let Findings { mut due, all } = find(&criteria, reach.as_ref(), installation, err)?;
    // Once more: a root that went away while we looked has made its files look missing.
    let Some(reach) = look().transpose()? else {
        return finish(prune, &criteria, due, all, installation, out, err);
    };
    due.retain(|(found, reason)| {
        !reason.missing() || reach.is_away(&found.place, found.scope).is_none()
    });
    for away in reach.away() {
        writeln!(
            err,
            "no key was judged by its missing file here: {}",
            away.why
        )?;
    }
    let code = finish(prune, &criteria, due, all, installation, out, err)?;
    Ok(if reach.away().is_empty() {
        code
    } else {
        ExitCode::FAILURE
    })
}

/// The keys that are due.
fn find(
    criteria: &Criteria,
    reach: Option<&Reach>,
    installation: &Installation,
    err: &mut dyn Write,
) -> Result<Findings> {
    let days = match criteria.unused_for {
        Some(_) => installation
            .last_uses
            .days_blocking()
            .context("last uses")?,
        None => HashMap::new(),
    };
    let mut progress = Progress::new(err);
    let findings = installation.keys.log().look_blocking(|look| {
        let (mut due, all) = (Vec::new(), look.table.len());
        for (at, found) in look.table.each().enumerate() {
            progress.tell(at, all);
            if !criteria.within(&found) {
                continue;
            }
            let by_place = || Reason::by_place(&found, reach?, Instant::now());
            if let Some(reason) = criteria.by_record(&found, &days).or_else(by_place) {
                due.push((found, reason));
            }
        }
        Findings { due, all }
    })?;
    progress.end();
    Ok(findings)
}

/// Removes what is due, unless it is only asked, and says so.
fn finish(
    prune: &Prune,
    criteria: &Criteria,
    due: Vec<(Found, Reason)>,
    all: usize,
    installation: &Installation,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode> {
    let reasons: HashMap<KeyId, Reason> = due
        .iter()
        .map(|(found, reason)| (found.id, *reason))
        .collect();
    let mut keys: Vec<Found> = due.into_iter().map(|(found, _)| found).collect();
    if !prune.dry_run && !keys.is_empty() {
        keys = remove(keys, criteria, reasons.clone(), installation)?;
        for found in &keys {
            let event = Event::of(Act::Prune, found.id, Timestamp::now()).by_operator();
            let why = reasons.get(&found.id).map_or("", |reason| reason.word());
            installation.audit.note(event.because(why));
        }
        let ids = keys.iter().map(|found| found.id).collect();
        if let Err(error) = installation.last_uses.forget_blocking(ids) {
            writeln!(err, "their last uses are still remembered: {error}")?;
        }
    }
    let form = Form::suited(prune.json);
    let (count, kept) = (keys.len(), all.saturating_sub(keys.len()));
    if form == Form::Json {
        let dry_run = prune.dry_run;
        write!(
            out,
            "{{\"dry_run\": {dry_run}, \"pruned\": {count}, \"kept\": {kept}, \"keys\": "
        )?;
    }
    let mut rows = Rows::new(form, &["id", "file", "why"], out);
    for found in &keys {
        let Some(reason) = reasons.get(&found.id) else {
            continue;
        };
        rows.row(
            vec![form.id(&found.id), path(found), reason.text()],
            &Pruned {
                facts: Facts::of(found, None, None, criteria.now),
                reason: reason.word(),
                why: reason.text(),
            },
        )?;
    }
    rows.end()?;
    if form == Form::Json {
        writeln!(out, "}}")?;
    } else {
        let done = if prune.dry_run {
            "would be pruned"
        } else {
            "pruned"
        };
        writeln!(err, "{count} {done}, {kept} kept")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn remove(
    keys: Vec<Found>,
    criteria: &Criteria,
    reasons: HashMap<KeyId, Reason>,
    installation: &Installation,
) -> Result<Vec<Found>> {
    let (criteria, last_uses) = (criteria.clone(), installation.last_uses.clone());
    let still = move |keys: &[Found]| {
        let days = match criteria.unused_for {
            Some(_) => last_uses.days_blocking()?,
            None => HashMap::new(),
        };
        let due = |found: &Found| {
            let missing = reasons
                .get(&found.id)
                .is_some_and(|reason| reason.missing());
            missing || criteria.by_record(found, &days).is_some()
        };
        Ok(keys.iter().map(due).collect())
    };
    Ok(installation.keys.prune_blocking(keys, still)?)
}

/// How far the work has come, on a terminal.
struct Progress<'a> {
    err: &'a mut dyn Write,
    told: Option<Instant>,
    shown: bool,
}

impl<'a> Progress<'a> {
    fn new(err: &'a mut dyn Write) -> Self {
        Self {
            err,
            told: std::io::stderr().is_terminal().then(Instant::now),
            shown: false,
        }
    }

    fn tell(&mut self, at: usize, all: usize) {
        let Some(told) = self.told.filter(|_| at.is_multiple_of(256)) else {
            return;
        };
        if told.elapsed() >= TOLD_EVERY {
            self.told = Some(Instant::now());
            self.shown = true;
            let _ = write!(self.err, "\r{at} of {all} keys");
            let _ = self.err.flush();
        }
    }

    fn end(self) {
        if self.shown {
            let _ = write!(self.err, "\r\u{1b}[K");
        }
    }
}
