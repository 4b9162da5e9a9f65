//! `editkey prune`, `editkey keys prune`: revokes the keys that nobody needs any more.

use std::cell::RefCell;
use std::io::{IsTerminal as _, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::{ArgGroup, Args};
use jiff::Timestamp;
use serde::Serialize;

use super::print::{Facts, Form, Rows, path};
use crate::access::Moment;
use crate::access::prune::{Criteria, Due, Prunes, Watch};
use crate::cli::installation::Installation;
use crate::cli::reach;
use crate::settings::span;

/// How often progress is told on a terminal.
const TOLD_EVERY: Duration = Duration::from_millis(200);
/// How the operator is named.
const OPERATOR: &str = "operator";

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
    /// Those that are dead: expired, unused for longer than they may be, or derived from a key that is gone.
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
    let directory = prune.directory.as_deref();
    let criteria = Criteria {
        directory: directory.map(super::directory).transpose()?,
        expired_for: prune.expired.then_some(Duration::ZERO),
        unused_for: prune.unused_for,
        older_than: prune.older_than,
        missing_files: prune.missing_files,
        by: None,
    };
    let prunes = Prunes {
        keys: installation.keys.clone(),
        last_uses: installation.last_uses.clone(),
        audit: crate::store::Audit::default(),
    };
    let progress = Progress::new(err);
    let look = || reach::look(installation).map_err(|error| format!("{error:#}"));
    let preview = prunes.preview(&criteria, &look, &progress)?;
    let (all, held, away) = (preview.all, preview.held, preview.away.clone());
    let (done, warnings) = if prune.dry_run {
        (preview.due, Vec::new())
    } else {
        let pruned = prunes.run(preview, &criteria, &OPERATOR.into(), &progress)?;
        (pruned.gone, pruned.warnings)
    };
    progress.end();
    for why in &away {
        writeln!(err, "no key was judged by its missing file here: {why}")?;
    }
    for warning in warnings {
        writeln!(err, "{warning}")?;
    }
    print(prune, &done, all, out, err)?;
    if held > 0 {
        writeln!(err, "{held} stay for what was derived from them")?;
    }
    Ok(if away.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
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
            &Pruned {
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
