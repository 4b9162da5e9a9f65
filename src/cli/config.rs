//! `editkey config check|show|schema|explain`: are the settings good, what are they, what could they be, whom do they let
//! do what.
//!
//! Nothing is changed here, and no secret is shown: settings hold the hashes of tokens only.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};
use comfy_table::{Table, presets};
use jiff::Timestamp;
use serde_json::Value;

use super::explain::{self, Explain};
use super::{certificate, node};
use crate::settings::{self, Effective, Sources};

/// What to do with the settings.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Say whether the settings are good; all problems at once if they are not.
    Check,
    /// Show every setting in effect, and where it was set.
    Show(Show),
    /// Print the JSON Schema of the settings file.
    Schema,
    /// Show what a visitor would get by the policy, and why.
    Explain(Explain),
}

/// How to show the settings.
#[derive(Debug, Args)]
pub struct Show {
    /// Print JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// Runs one of them.
///
/// # Errors
/// `out` or `err` cannot be written to.
pub fn run(
    command: &ConfigCommand,
    sources: &Sources,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode> {
    match command {
        ConfigCommand::Check => check(sources, out, err),
        ConfigCommand::Show(how) => show(how, sources, out, err),
        ConfigCommand::Explain(whose) => explain::run(whose, sources, out, err),
        ConfigCommand::Schema => {
            writeln!(
                out,
                "{}",
                serde_json::to_string_pretty(&settings::schema())?
            )?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn check(sources: &Sources, out: &mut dyn Write, err: &mut dyn Write) -> Result<ExitCode> {
    let settings = match settings::load(sources) {
        Ok(settings) => settings,
        Err(problems) => return refused(&problems, err),
    };
    if let Err(problems) = certificate::check(&settings, Timestamp::now()) {
        return refused(&problems, err);
    }
    match &settings.settings_file {
        Some(file) => writeln!(out, "settings are good: {}", file.display())?,
        None => writeln!(
            out,
            "settings are good: no file, environment and defaults alone"
        )?,
    }
    if let Err(error) = node::tell(&settings, out, err) {
        writeln!(err, "store: {error:#}")?;
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

fn show(
    how: &Show,
    sources: &Sources,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode> {
    let effective = match settings::effective(sources) {
        Ok(effective) => effective,
        Err(problems) => return refused(&problems, err),
    };
    if how.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&effective)?)?;
    } else {
        table(&effective, out)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn table(effective: &Effective, out: &mut dyn Write) -> Result<()> {
    match &effective.settings_file {
        Some(file) => writeln!(out, "settings file: {}", file.display())?,
        None => writeln!(out, "settings file: none")?,
    }
    writeln!(out, "key folder: {}\n", effective.key_folder.display())?;
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_header(["setting", "value", "from"]);
    for line in &effective.settings {
        let value = match &line.value {
            Value::Null => "-".to_owned(),
            Value::String(text) => text.clone(),
            value @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                value.to_string()
            }
        };
        let from = match &line.place {
            Some(place) => format!("{} {place}", line.origin),
            None => line.origin.to_owned(),
        };
        table.add_row([line.path.clone(), value, from]);
    }
    writeln!(out, "{}", table.trim_fmt())?;
    Ok(())
}

fn refused(problems: &settings::Problems, err: &mut dyn Write) -> Result<ExitCode> {
    writeln!(err, "{problems}")?;
    Ok(ExitCode::FAILURE)
}
