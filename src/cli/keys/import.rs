//! `editkey keys import`: the keys of another program's file, or the sessions of its folder, added to ours. That is never
//! changed. What was revoked or pruned here does not come back this way.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read as _, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use jiff::Timestamp;

use super::import_said::{Outcome, Skipped, note, print, refused};
use super::import_sessions;
use super::source::{Entry, Source};
use crate::access::prune::{Reach, Standing};
use crate::cli::installation::Installation;
use crate::cli::reach;
use crate::mint::{KeyId, Record};

/// Most bytes of a file to import.
const FILE_BYTES: u64 = 1 << 30;
/// Whom keys of other makers are said to be minted for.
pub(super) const BY: &str = "import";

/// What to import.
#[derive(Debug, Args)]
pub struct Import {
    /// A key file of Open Guide Editor or of another editkey, or the session folder of Open Guide Editor in JavaScript: a
    /// new key for each file of each session, whose bookmarks are printed.
    #[arg(value_name = "FILE|DIR")]
    pub file: PathBuf,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
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
    if import.file.is_dir() {
        return import_sessions::run(import, installation, out, err);
    }
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
    let (now, at) = (super::now()?, Instant::now());
    let (mut warnings, mut positions) = (Vec::new(), Vec::new());
    let mut records = Vec::with_capacity(entries.len());
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
        positions.push((entry.id, entry.position));
        records.push(taken(entry, installation, now)?);
    }
    let positions: HashMap<KeyId, usize> = positions.into_iter().collect();
    let added = installation.keys.add_blocking(records)?;
    note(installation, &added, now);
    let mut skipped: Vec<Skipped> = bad.into_iter().map(Skipped::of).collect();
    skipped.extend(refused(&added, &positions));
    let outcome = Outcome {
        added: &added,
        new: &[],
        expired: 0,
        warnings: &warnings,
        skipped: &skipped,
    };
    print(import.json, &outcome, out, err)
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
