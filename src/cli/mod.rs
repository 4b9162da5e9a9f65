//! The commands: arguments in, text and an exit code out.
//!
//! A command writes to what it is given, never to the program's own output directly, so that a test can read it.

mod announce;
mod asked;
pub mod audit;
mod certificate;
pub mod completions;
pub mod config;
mod counted;
mod descriptors;
pub mod doctor;
mod explain;
pub mod health;
pub mod hosts;
pub mod installation;
pub mod keys;
pub mod login;
pub mod man;
mod node;
pub mod open;
pub mod opened;
mod own_state;
mod password;
mod pinned;
mod reach;
mod reread;
pub mod running;
mod schedule;
pub mod serve;
pub mod users;
mod volumes;

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::mint::KeyId;
use crate::settings::Sources;

/// Capability access keys for editing files: a grant becomes a bookmark, a bookmark becomes a file.
#[derive(Debug, Parser)]
#[command(name = "editkey", version, about, max_term_width = 100)]
pub struct Arguments {
    /// The settings file.
    #[arg(short, long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

impl Arguments {
    /// What the program was started with; on what is no command it ends with a message.
    ///
    /// One key id in 64 begins with a hyphen. A whole one (43 characters) is taken for an id, wherever it stands before
    /// `--`, and never for an option.
    #[must_use]
    pub fn read(typed: impl Iterator<Item = OsString>) -> Self {
        let mut options_ended = false;
        Self::parse_from(typed.map(|word| {
            options_ended |= word == "--";
            match word.to_str() {
                Some(id) if !options_ended && id.starts_with('-') && KeyId::parse(id).is_ok() => {
                    format!("sha256:{id}").into()
                }
                _ => word,
            }
        }))
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open files in the browser: starts a server if none runs, prints the bookmarks.
    Open(open::Open),
    /// Run the server.
    Serve(serve::Serve),
    /// Print a link that signs a browser on this machine in, once.
    Login(login::Login),
    /// The access keys: list, show, mint, revoke…
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Revoke the keys that nobody needs any more; the same as 'keys prune'.
    Prune(keys::prune::Prune),
    /// The host applications that may grant.
    #[command(subcommand)]
    Hosts(hosts::HostsCommand),
    /// The local users, who sign in by a password.
    #[command(subcommand)]
    Users(users::UsersCommand),
    /// Who did what to which key: the audit log.
    Audit(audit::Audit),
    /// Check and show the settings.
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Look for what is wrong, and say what to do about it.
    Doctor(doctor::Doctor),
    /// Ask the server of these settings whether it serves.
    Health(health::Health),
    /// Print what a shell needs to complete commands and options.
    Completions(completions::Completions),
    /// Print the manual page, or write one for every command.
    Man(man::Man),
}

/// Runs the command.
///
/// # Errors
/// What went wrong, in a sentence that says what to do.
pub fn run(
    arguments: &Arguments,
    sources: Sources,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode> {
    match &arguments.command {
        Command::Open(open) => open::run(open, sources, out, err),
        Command::Serve(serve) => serve::run(serve, sources, out, err),
        Command::Login(login) => login::run(login, &sources, out),
        Command::Keys(command) => keys::run(command, &sources, out, err),
        Command::Prune(prune) => keys::run_prune(prune, &sources, out, err),
        Command::Hosts(command) => hosts::run(command, &sources, out, err),
        Command::Users(command) => users::run(command, &sources, out, err),
        Command::Audit(audit) => audit::run(audit, &sources, out, err),
        Command::Config(command) => config::run(command, &sources, out, err),
        Command::Doctor(doctor) => doctor::run(doctor, &sources, out),
        Command::Health(health) => health::run(health, &sources, out),
        Command::Completions(completions) => completions::run(completions, out),
        Command::Man(man) => man::run(man, out),
    }
}
