//! `editkey keys link`: a key's bookmark once more, where the secret that sealed it is still there.

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use super::bookmark::bookmark;
use super::named::{Name, Unknown};
use crate::cli::installation::Installation;
use crate::store::{Act, Event};

/// Which key.
#[derive(Debug, Args)]
pub struct Link {
    /// The key's id, or its first 8 or more characters ('sha256:' before one that begins with '-').
    pub id: String,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Prints the bookmark.
///
/// # Errors
/// No such key, an expired one, one that cannot be unsealed; what the store says.
pub fn run(
    link: &Link,
    installation: &Installation,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode> {
    let name = match Name::one(&link.id) {
        Ok(name) => name,
        Err(why) => {
            writeln!(err, "{why}")?;
            return Ok(super::usage());
        }
    };
    let keys = &installation.keys;
    let (found, key) = keys.look_blocking(&name.wanted(), |look| {
        let found = name.find(look.table)?;
        let key = keys.reveal(look, &found);
        Ok::<_, Unknown>((found, key))
    })??;
    let now = super::now()?;
    if let Some(end) = found.expires.filter(|_| found.expired(now)) {
        bail!("{}: this key expired at {end}", found.id);
    }
    let Some(key) = key else {
        bail!(
            "{}: this key cannot be shown again: it was made by another program, or sealed with another secret than {}",
            found.id,
            installation.settings.secret_file.display()
        );
    };
    let url = bookmark(&key, &installation.settings)?;
    let event = Event::of(Act::Link, found.id, Timestamp::now());
    installation.audit.note(event.by_operator());
    if link.json {
        let said = json!({"id": found.id.to_string(), "url": url});
        writeln!(out, "{}", serde_json::to_string_pretty(&said)?)?;
    } else {
        writeln!(out, "{url}")?;
    }
    Ok(ExitCode::SUCCESS)
}
