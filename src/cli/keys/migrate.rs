//! `editkey keys migrate`: everything from one store to another, while a server runs, until nothing differs.
//!
//! The side to move from is never changed. Run again it goes on: what is equal is only compared.

use std::cell::Cell;
use std::io::{IsTerminal as _, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;

use crate::cli::node::Goes;
use crate::settings::{self, Sources};
use crate::store::moving::{Carried, Extra, Kind, Side, Way, carry};
use named::Named;

mod named;

/// How often a store that changes meanwhile is gone through again.
const PASSES: u32 = 5;
/// How often progress is told on a terminal.
const TOLD_EVERY: Duration = Duration::from_millis(200);

/// What to move.
#[derive(Debug, Args)]
pub struct Migrate {
    /// Where everything is: 'settings' (what 'store' says), 'json' (the files of the key folder), 'json:KEYFILE', or the
    /// address of a Redis as in the settings, but without a password.
    #[arg(long, value_name = "STORE")]
    pub from: String,
    /// Where it is to be; spelled likewise.
    #[arg(long, value_name = "STORE")]
    pub to: String,
    /// Remove keys that only the store to move to has.
    #[arg(long)]
    pub replace: bool,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// What a run came to, for programs.
#[derive(Serialize)]
struct Outcome {
    /// Whether both sides are equal now, every entry compared.
    equal: bool,
    passes: u32,
    kinds: Vec<OfKind>,
}

#[derive(Serialize)]
struct OfKind {
    what: &'static str,
    entries: u64,
    /// Set or removed, in all passes.
    changed: u64,
    /// The SHA-256 of what was moved.
    digest: String,
}

/// Moves.
///
/// # Errors
/// A store that cannot be read or written; keys that only the side to move to has.
pub fn run(
    migrate: &Migrate,
    sources: &Sources,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode> {
    let settings = settings::load(sources)?;
    let (from, to) = (
        Named::parse(&migrate.from, &settings).context("--from")?,
        Named::parse(&migrate.to, &settings).context("--to")?,
    );
    if from.is(&to) {
        bail!("--from and --to are the same store");
    }
    let goes = if migrate.dry_run {
        Goes::Nowhere
    } else {
        Goes::To
    };
    let (from, to) = (
        from.source(&settings).context("--from")?,
        to.side(&settings, goes).context("--to")?,
    );
    let mut outcome = Outcome {
        equal: false,
        passes: 0,
        kinds: Vec::new(),
    };
    while outcome.passes < PASSES && !outcome.equal {
        outcome.passes += 1;
        let changed = pass((&*from, &*to), migrate, &mut outcome, err)?;
        outcome.equal = changed == 0;
        if migrate.dry_run {
            break;
        }
    }
    outcome.tell(migrate, out)?;
    Ok(if outcome.equal || migrate.dry_run {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Goes through everything once. Returns how much differed.
fn pass(
    sides: (&dyn Side, &dyn Side),
    migrate: &Migrate,
    outcome: &mut Outcome,
    err: &mut dyn Write,
) -> Result<u64> {
    let way = Way {
        extra: if migrate.replace {
            Extra::Replace
        } else {
            Extra::Refuse
        },
        writes: !migrate.dry_run,
        now: Timestamp::now(),
    };
    let mut differed = 0;
    for (at, kind) in Kind::ALL.into_iter().enumerate() {
        let all = sides.0.count(kind)?;
        let progress = Progress::of(kind, outcome.passes, all);
        let carried = carry(sides, kind, way, &|done| progress.told(done))?;
        progress.end(err)?;
        let Carried {
            entries,
            changed,
            digest,
        } = carried;
        differed += changed;
        let digest = URL_SAFE_NO_PAD.encode(digest);
        match outcome.kinds.get_mut(at) {
            Some(known) => {
                known.entries = entries;
                known.changed += changed;
                known.digest = digest;
            }
            None => outcome.kinds.push(OfKind {
                what: kind.word(),
                entries,
                changed,
                digest,
            }),
        }
    }
    Ok(differed)
}

impl Outcome {
    fn tell(&self, migrate: &Migrate, out: &mut dyn Write) -> Result<()> {
        if migrate.json {
            writeln!(out, "{}", serde_json::to_string_pretty(self)?)?;
            return Ok(());
        }
        let done = if migrate.dry_run { "differ" } else { "moved" };
        for kind in &self.kinds {
            writeln!(
                out,
                "{}: {} compared, {} {done}, sha256 {}",
                kind.what, kind.entries, kind.changed, kind.digest
            )?;
        }
        match (self.equal, migrate.dry_run) {
            (true, _) => writeln!(out, "both stores are equal: every entry was compared")?,
            (false, true) => writeln!(out, "nothing was changed (--dry-run)")?,
            (false, false) => writeln!(
                out,
                "the store changes meanwhile, after {} passes still: run it again",
                self.passes
            )?,
        }
        Ok(())
    }
}

/// Progress on a terminal, on one line that is written over.
struct Progress {
    kind: Kind,
    pass: u32,
    all: u64,
    told: Cell<Option<Instant>>,
    terminal: bool,
}

impl Progress {
    fn of(kind: Kind, pass: u32, all: u64) -> Self {
        Self {
            kind,
            pass,
            all,
            told: Cell::new(None),
            terminal: std::io::stderr().is_terminal(),
        }
    }

    fn told(&self, done: u64) {
        let last = self.told.get();
        if self.terminal && last.is_none_or(|told| told.elapsed() >= TOLD_EVERY) {
            self.told.set(Some(Instant::now()));
            let (what, all, pass) = (self.kind.word(), self.all.max(done), self.pass);
            let text = format!("\r\u{1b}[Kpass {pass}: {what} {done} of {all}");
            let _ = std::io::stderr().write_all(text.as_bytes());
        }
    }

    fn end(&self, err: &mut dyn Write) -> Result<()> {
        if self.told.get().is_some() {
            write!(err, "\r\u{1b}[K")?;
        }
        Ok(())
    }
}
