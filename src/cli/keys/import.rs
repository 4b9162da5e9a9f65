//! `editkey keys import`: the keys of another program's file, added to ours. That file is never changed.

use std::fs::File;
use std::io::{Read as _, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use super::source::{Bad, Entry, Source};
use crate::access::prune::{Reach, Standing};
use crate::cli::installation::Installation;
use crate::cli::reach;
use crate::mint::{KeyId, Record};

/// Most bytes of a file to import.
const FILE_BYTES: u64 = 1 << 30;
/// Whom keys of other makers are said to be minted for.
const BY: &str = "import";

/// What to import.
#[derive(Debug, Args)]
pub struct Import {
    /// A key file of Open Guide Editor, or of another editkey.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// What came of it.
struct Outcome {
    new: usize,
    known: usize,
    warnings: Vec<String>,
    bad: Vec<Bad>,
}

/// Imports.
///
/// # Errors
/// A file that is no JSON object; what the store says. Nothing was imported then.
pub fn run(
    import: &Import,
    installation: &Installation,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode> {
    let name = || import.file.display().to_string();
    let mut bytes = Vec::new();
    let file = File::open(&import.file).with_context(name)?;
    file.take(FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .with_context(name)?;
    if bytes.len() as u64 > FILE_BYTES {
        bail!("{}: it has more than {FILE_BYTES} bytes", name());
    }
    let Source { entries, bad } = match Source::read(&bytes) {
        Ok(source) => source,
        // serde's own words may quote a key.
        Err(error) => bail!(
            "{}: line {}, column {}: this is no JSON object of keys in a form that this version reads",
            name(),
            error.line(),
            error.column()
        ),
    };
    let reach = reach::look(installation)?;
    let (count, now, at) = (entries.len(), super::now()?, Instant::now());
    let mut warnings = Vec::new();
    let mut records = Vec::with_capacity(count);
    for mut entry in entries {
        // Other makers follow links at each use; ours follow none, so the place behind them is what is kept.
        if entry.key.is_some()
            && matches!(
                reach.at(&entry.record.place, entry.record.scope, at),
                Standing::Refused(_)
            )
        {
            let place = reach.canonical(&entry.record.place, at);
            entry.record.place = place.unwrap_or(entry.record.place);
        }
        warnings.extend(warning(&entry, &reach));
        records.push(taken(entry, installation, now)?);
    }
    let added = installation.keys.add_blocking(records)?;
    let new = added.new.len();
    let outcome = Outcome {
        new,
        known: count - new,
        warnings,
        bad,
    };
    outcome.print(import, out, err)?;
    Ok(if outcome.bad.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The record as it is kept here: a key of another maker is sealed, an editkey's record stays what it was.
fn taken(entry: Entry, installation: &Installation, now: Timestamp) -> Result<(KeyId, Record)> {
    let mut record = entry.record;
    if let Some(key) = &entry.key {
        record.by = BY.into();
        record.created = Some(now);
        record.sealed = Some(installation.secrets.sealer().seal(key, &entry.id)?);
    }
    Ok((entry.id, record))
}

fn warning(entry: &Entry, reach: &Reach) -> Option<String> {
    let why = match reach.at(&entry.record.place, entry.record.scope, Instant::now()) {
        Standing::There | Standing::FileMissing => return None,
        Standing::DirectoryMissing => "its directory is not there".to_owned(),
        Standing::Away(why) => why,
        Standing::Refused(refusal) => refusal.to_string(),
    };
    Some(format!(
        "entry {}: {}: imported, but it opens nothing as things are: {why}",
        entry.position, entry.record.place
    ))
}

impl Outcome {
    fn print(&self, import: &Import, out: &mut dyn Write, err: &mut dyn Write) -> Result<()> {
        if import.json {
            let bad = |bad: &Bad| json!({"position": bad.position, "line": bad.line, "reason": bad.reason});
            let skipped: Vec<_> = self.bad.iter().map(bad).collect();
            let said = json!({
                "imported": self.new, "already_there": self.known,
                "skipped": skipped, "warnings": self.warnings,
            });
            writeln!(out, "{}", serde_json::to_string_pretty(&said)?)?;
            return Ok(());
        }
        for warning in &self.warnings {
            writeln!(err, "{warning}")?;
        }
        for bad in &self.bad {
            writeln!(
                err,
                "entry {} (line {}): skipped: {}",
                bad.position, bad.line, bad.reason
            )?;
        }
        writeln!(
            out,
            "{} keys imported, {} there already, {} skipped",
            self.new,
            self.known,
            self.bad.len()
        )?;
        Ok(())
    }
}
