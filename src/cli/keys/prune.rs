//! `editkey prune`, `editkey keys prune`: revokes the keys that nobody needs any more.

use std::cell::RefCell;
use std::io::{IsTerminal as _, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use clap::{ArgGroup, Args};
use jiff::Timestamp;
use serde::Serialize;

use super::print::{Facts, Form, Rows, path};
use crate::access::Moment;
use crate::access::prune::{Criteria, Due, Pruned, Watch};
use crate::cli::installation::Installation;
use crate::cli::{reach, schedule};
use crate::settings::span;

/// How often progress is told on a terminal.
const TOLD_EVERY: Duration = Duration::from_millis(200);
/// How the operator is named.
pub(super) const OPERATOR: &str = "operator";

/// Which keys to prune. Each of the criteria is enough; a directory narrows them all. Without one, those of the settings
/// count (section prune).
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each stands for a flag that is there or not"
)]
#[command(group = ArgGroup::new("criterion")
    .args(["expired", "expired_for", "unused_for", "older_than", "missing_files"])
    .multiple(true)
    .conflicts_with("undo"))]
pub struct Prune {
    /// Those that are dead: expired, unused for longer than they may be, or derived from a key that is gone.
    #[arg(long, conflicts_with = "expired_for")]
    pub expired: bool,
    /// Those that have been dead for so long, such as 30d.
    #[arg(long, value_name = "DURATION", value_parser = span::duration)]
    pub expired_for: Option<Duration>,
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
    #[arg(long, value_name = "DIR", conflicts_with = "undo")]
    pub directory: Option<PathBuf>,
    /// Bring back what the last prune removed, but for what was revoked or minted since; once more: the one before.
    #[arg(long, conflicts_with = "dry_run")]
    pub undo: bool,
    /// Say what would be done and why, and do nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// A pruned key, as JSON.
#[derive(Serialize)]
struct Said<'a> {
    #[serde(flatten)]
    facts: Facts<'a>,
    reason: &'static str,
    why: String,
}

/// Prunes.
///
/// # Errors
/// What the store says.
pub fn run(
    prune: &Prune,
    installation: &Installation,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode> {
    if prune.undo {
        return super::undo::run(prune.json, installation, out, err);
    }
    let Some(criteria) = criteria(prune, installation)? else {
        writeln!(
            err,
            "say which keys: --expired, --expired-for, --unused-for, --older-than or --missing-files, or set the section prune"
        )?;
        return Ok(super::usage());
    };
    let prunes = installation.prunes();
    let progress = Progress::new(err);
    let look = || reach::look(installation).map_err(|error| format!("{error:#}"));
    let preview = prunes.preview(&criteria, &look, &progress)?;
    let (all, held, away) = (preview.all, preview.held, preview.away.clone());
    let pruned = if prune.dry_run {
        Ok(Pruned {
            gone: preview.due,
            ..Pruned::default()
        })
    } else {
        prunes.run(preview, &criteria, &OPERATOR.into(), &progress)
    };
    progress.end();
    let pruned = pruned.context("nothing was pruned")?;
    for why in &away {
        writeln!(err, "no key was judged by its missing file here: {why}")?;
    }
    for warning in &pruned.warnings {
        writeln!(err, "{warning}")?;
    }
    print(prune, &pruned.gone, all, out, err)?;
    if held > 0 {
        writeln!(err, "{held} stay for what was derived from them")?;
    }
    if let Some(error) = &pruned.failed {
        writeln!(err, "the rest stays: {error}")?;
    }
    Ok(if away.is_empty() && pruned.failed.is_none() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What was asked for, or what the settings say where nothing was.
fn criteria(prune: &Prune, installation: &Installation) -> Result<Option<Criteria>> {
    let asked = Criteria {
        expired_for: prune
            .expired
            .then_some(Duration::ZERO)
            .or(prune.expired_for),
        unused_for: prune.unused_for,
        older_than: prune.older_than,
        missing_files: prune.missing_files,
        ..Criteria::default()
    };
    let criteria = if asked.is_nothing() {
        schedule::criteria(&installation.settings.prune)
    } else {
        asked
    };
    let directory = prune.directory.as_deref();
    let directory = directory.map(super::directory).transpose()?;
    Ok((!criteria.is_nothing()).then_some(Criteria {
        directory,
        ..criteria
    }))
}

fn print(
    prune: &Prune,
    done: &[Due],
    all: usize,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<()> {
    let (form, now) = (Form::suited(prune.json), super::now()?);
    let (count, kept) = (done.len(), all.saturating_sub(done.len()));
    if form == Form::Json {
        let dry_run = prune.dry_run;
        write!(
            out,
            "{{\"dry_run\": {dry_run}, \"pruned\": {count}, \"kept\": {kept}, \"keys\": "
        )?;
    }
    let mut rows = Rows::new(form, &["id", "file", "why"], out);
    for Due { found, reason } in done {
        rows.row(
            vec![form.id(&found.id), path(found), reason.text()],
            &Said {
                facts: Facts::of(found, None, None, now),
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
    Ok(())
}

/// How far the work has come, on a terminal.
pub(super) struct Progress<'a> {
    err: RefCell<&'a mut dyn Write>,
    terminal: bool,
    told: RefCell<Option<Instant>>,
}

impl<'a> Progress<'a> {
    pub(super) fn new(err: &'a mut dyn Write) -> Self {
        Self {
            err: RefCell::new(err),
            terminal: std::io::stderr().is_terminal(),
            told: RefCell::new(None),
        }
    }

    pub(super) fn end(self) {
        if self.told.borrow().is_some() {
            let _ = write!(self.err.borrow_mut(), "\r\u{1b}[K");
        }
    }
}

impl Watch for Progress<'_> {
    fn now(&self) -> Moment {
        let now = Timestamp::now();
        Moment {
            time: Timestamp::from_second(now.as_second()).unwrap_or(now),
            instant: Instant::now(),
        }
    }

    fn told(&self, done: usize, all: usize) -> bool {
        let mut told = self.told.borrow_mut();
        if self.terminal && told.is_none_or(|told| told.elapsed() >= TOLD_EVERY) {
            *told = Some(Instant::now());
            let mut err = self.err.borrow_mut();
            let _ = write!(err, "\r{done} of {all} keys");
            let _ = err.flush();
        }
        true
    }
}
