//! `editkey health`: does the server of these settings serve? For a container's HEALTHCHECK, and for cron.
//!
//! It asks over the wire, as a browser would, and says nothing that the server did not say.

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use serde::Serialize;

use super::asked::{self, Door, State};
use crate::settings::{self, Sources};

/// How to tell.
#[derive(Debug, Args)]
pub struct Health {
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// What is printed as JSON.
#[derive(Serialize)]
struct Told<'a> {
    address: String,
    state: State,
    details: &'a [String],
}

/// Prints what the server answers; success is what serves, also where it is degraded.
///
/// # Errors
/// Settings that are not as they should be; nobody who listens, or none who answers as editkey does.
pub fn run(health: &Health, sources: &Sources, out: &mut dyn Write) -> Result<ExitCode> {
    let settings = settings::load(sources)?;
    let Some(door) = Door::of(&settings)? else {
        bail!(
            "no server runs on {}: start it with 'editkey serve'",
            settings.key_folder.display()
        );
    };
    let Some(answer) = asked::readiness(&door)? else {
        bail!("nobody listens at {door}: start the server with 'editkey serve'");
    };
    if health.json {
        let told = Told {
            address: door.to_string(),
            state: answer.state,
            details: &answer.details,
        };
        writeln!(out, "{}", serde_json::to_string_pretty(&told)?)?;
    } else {
        writeln!(out, "{}", answer.state.as_str())?;
        for line in &answer.details {
            writeln!(out, "{line}")?;
        }
    }
    Ok(if answer.state.serves() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
