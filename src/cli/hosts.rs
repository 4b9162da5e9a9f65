//! `editkey hosts add|list|remove`: the host applications that may grant.
//!
//! A token is made here, shown once on standard output and kept nowhere: the settings get its SHA-256 only. It never
//! goes into an argument list or a log.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::{Args, Subcommand};
use comfy_table::{Table, presets};
use rand::TryRng as _;
use rand::rngs::SysRng;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::names::{Dirname, Rights};
use crate::settings::edit::{self, NewHost};
use crate::settings::{self, Ceiling, Host, HostName, Sources, TokenHash, span};

/// Random bytes of a token.
const TOKEN_BYTES: usize = 32;

/// What to do with the hosts.
#[derive(Debug, Subcommand)]
pub enum HostsCommand {
    /// Let a host application grant: make its token, show it once, keep its hash.
    Add(Add),
    /// List the hosts.
    List(List),
    /// Take a host out of the settings; what it granted is withdrawn when the server starts anew.
    Remove(Remove),
}

/// A host to add.
#[derive(Debug, Args)]
pub struct Add {
    /// Its name: small letters, digits and '-', at most 32.
    pub name: HostName,
    /// Let it grant everything below the roots.
    #[arg(long, conflicts_with = "directory")]
    pub poweruser: bool,
    /// Let it grant within this directory only; may be repeated. All roots if absent.
    #[arg(long, value_name = "DIR", value_parser = Dirname::parse)]
    pub directory: Vec<Dirname>,
    /// The most rights it may grant.
    #[arg(long, value_name = "view|edit", default_value = "edit")]
    pub rights: Rights,
    /// The longest life of what it grants, such as 8h.
    #[arg(long, value_parser = lifetime)]
    pub lifetime: Option<String>,
    /// Let it see and change all keys.
    #[arg(long)]
    pub admin: bool,
}

/// How to list.
#[derive(Debug, Args)]
pub struct List {
    /// Print JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// A host to remove.
#[derive(Debug, Args)]
pub struct Remove {
    /// Its name.
    pub name: HostName,
}

/// Runs one of them.
///
/// # Errors
/// `out` or `err` cannot be written to, or the system has no random numbers.
pub fn run(
    command: &HostsCommand,
    sources: &Sources,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode> {
    match command {
        HostsCommand::Add(host) => add(host, sources, out, err),
        HostsCommand::List(how) => list(how, sources, out, err),
        HostsCommand::Remove(host) => match edit::remove_host(sources, &host.name) {
            Ok(file) => {
                writeln!(err, "host '{}' is out of {}", host.name, file.display())?;
                Ok(ExitCode::SUCCESS)
            }
            Err(error) => refused(&error, err),
        },
    }
}

fn add(
    host: &Add,
    sources: &Sources,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode> {
    let token = new_token()?;
    let new = NewHost {
        name: host.name.clone(),
        token: TokenHash::of(&token),
        ceiling: Ceiling {
            poweruser: host.poweruser,
            directories: (!host.directory.is_empty()).then(|| host.directory.clone()),
            rights: host.rights,
            lifetime: None,
        },
        lifetime: host.lifetime.clone(),
        admin: host.admin,
    };
    let file: PathBuf = match edit::add_host(sources, &new) {
        Ok(file) => file,
        Err(error) => return refused(&error, err),
    };
    writeln!(
        err,
        "host '{}' is in {}; a running server takes it up when it starts anew.\n\
         This is its token, shown this once: give it to the host application, which sends it as\n\
         'Authorization: Bearer TOKEN' to POST /api/grants.",
        host.name,
        file.display()
    )?;
    err.flush()?;
    writeln!(out, "{}", token.as_str())?;
    Ok(ExitCode::SUCCESS)
}

fn list(
    how: &List,
    sources: &Sources,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode> {
    let hosts = match settings::load(sources) {
        Ok(settings) => settings.hosts,
        Err(problems) => return refused(&problems, err),
    };
    if how.json {
        let list: Vec<Value> = hosts.iter().map(as_json).collect();
        writeln!(out, "{}", serde_json::to_string_pretty(&list)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header([
        "name",
        "may grant",
        "rights",
        "lifetime",
        "admin",
    ]);
    for host in &hosts {
        table.add_row([
            host.name.to_string(),
            reach(host),
            host.ceiling.rights.as_str().to_owned(),
            host.ceiling
                .lifetime
                .map_or("session".to_owned(), span::spell),
            if host.admin { "yes" } else { "no" }.to_owned(),
        ]);
    }
    writeln!(out, "{}", table.trim_fmt())?;
    Ok(ExitCode::SUCCESS)
}

fn as_json(host: &Host) -> Value {
    let ceiling = &host.ceiling;
    let directories = ceiling
        .directories
        .as_ref()
        .map(|list| list.iter().map(Dirname::as_str).collect::<Vec<_>>());
    json!({
        "name": host.name.as_str(),
        "token_sha256": host.token.to_string(),
        "ceiling": {
            "poweruser": ceiling.poweruser,
            "directories": directories,
            "rights": ceiling.rights,
            "lifetime": ceiling.lifetime.map(span::spell),
        },
        "admin": host.admin,
    })
}

fn reach(host: &Host) -> String {
    match (&host.ceiling.directories, host.ceiling.poweruser) {
        (_, true) => "everything (poweruser)".to_owned(),
        (None, false) => "directories below all roots".to_owned(),
        (Some(list), false) => list
            .iter()
            .map(Dirname::as_str)
            .collect::<Vec<_>>()
            .join(", "),
    }
}

/// A new token: 32 bytes of the operating system's generator in 43 base64url characters.
fn new_token() -> Result<Zeroizing<String>> {
    let mut bytes = Zeroizing::new([0_u8; TOKEN_BYTES]);
    SysRng
        .try_fill_bytes(bytes.as_mut_slice())
        .context("the system has no random numbers")?;
    Ok(Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_slice())))
}

/// A lifetime as typed, once it is known to be one.
fn lifetime(text: &str) -> Result<String, span::NotDuration> {
    span::duration(text).map(|_| text.to_owned())
}

fn refused(error: &dyn std::error::Error, err: &mut dyn Write) -> Result<ExitCode> {
    writeln!(err, "{error}")?;
    Ok(ExitCode::FAILURE)
}
