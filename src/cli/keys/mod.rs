//! `editkey keys …`: the keys, for whoever may read the key folder.
//!
//! Every command works while a server runs, which sees what was done at its next request. A key itself is printed by
//! `mint` and `link` alone, as part of its bookmark, and read from standard input alone.

mod bookmark;
mod derive;
pub mod edit;
pub mod export;
pub mod import;
mod import_said;
mod import_sessions;
pub mod link;
pub mod list;
pub mod migrate;
pub mod mint;
pub(super) mod named;
pub(super) mod print;
pub mod prune;
pub mod revoke;
mod sessions;
pub mod set;
pub mod show;
mod source;
mod undo;
pub mod verify;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::Subcommand;
use jiff::Timestamp;

use super::installation::Installation;
use crate::names::Dirname;
use crate::settings::{self, Sources};

/// What to do with the keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// List the keys, never the secrets themselves.
    List(list::List),
    /// Show all that is known about one key, and whether it opens its file now.
    Show(show::Show),
    /// Make a key for a file, or from another key, and print its bookmark.
    Mint(mint::Mint),
    /// Narrow a key: it is never widened.
    Set(set::Set),
    /// Revoke keys: their bookmarks open nothing from the next request on.
    Revoke(revoke::Revoke),
    /// Print a key's bookmark once more.
    Link(link::Link),
    /// Revoke the keys that nobody needs any more.
    Prune(prune::Prune),
    /// Edit the key file safely, in your editor, also while a server runs.
    Edit(edit::Edit),
    /// Add the keys of another program's key file or session folder.
    Import(import::Import),
    /// Print what is known of all keys as JSON or CSV, never the secrets themselves.
    Export(export::Export),
    /// Read the key file anew and list what is wrong with it.
    Verify(verify::Verify),
    /// Move everything from one store to another, also while a server runs.
    Migrate(migrate::Migrate),
}

/// Runs one of them.
///
/// # Errors
/// Settings or state that are not as they should be; whatever the command says.
pub fn run(
    command: &KeysCommand,
    sources: &Sources,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode> {
    if let KeysCommand::Migrate(migrate) = command {
        return migrate::run(migrate, sources, out, err);
    }
    let installation = open(sources)?;
    match command {
        KeysCommand::List(list) => list::run(list, &installation, out, err),
        KeysCommand::Show(show) => show::run(show, &installation, out, err),
        KeysCommand::Mint(mint) => mint::run(mint, installation, out, err),
        KeysCommand::Set(set) => set::run(set, &installation, out, err),
        KeysCommand::Revoke(revoke) => revoke::run(revoke, &installation, out, err),
        KeysCommand::Link(link) => link::run(link, &installation, out, err),
        KeysCommand::Prune(prune) => prune::run(prune, &installation, out, err),
        KeysCommand::Edit(edit) => edit::run(edit, sources, &installation, err),
        KeysCommand::Import(import) => import::run(import, &installation, out, err),
        KeysCommand::Export(export) => export::run(export, &installation, out, err),
        KeysCommand::Verify(verify) => verify::run(verify, &installation, out),
        KeysCommand::Migrate(migrate) => migrate::run(migrate, sources, out, err),
    }
}

/// `editkey prune`.
///
/// # Errors
/// As [`run`].
pub fn run_prune(
    prune: &prune::Prune,
    sources: &Sources,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode> {
    prune::run(prune, &open(sources)?, out, err)
}

fn open(sources: &Sources) -> Result<Installation> {
    Installation::open(settings::load(sources)?)
}

/// Now, in the whole seconds in which keys are counted.
fn now() -> Result<Timestamp> {
    Ok(Timestamp::from_second(Timestamp::now().as_second())?)
}

/// The directory that was typed, in the spelling that keys have; one that is gone is taken as it is spelled.
fn directory(typed: &Path) -> Result<Dirname> {
    let absolute = std::path::absolute(typed)?;
    let place = absolute.canonicalize().unwrap_or(absolute);
    let Some(text) = place.to_str() else {
        bail!("{}: only names in UTF-8 can be opened", typed.display());
    };
    Dirname::parse(text).with_context(|| typed.display().to_string())
}

/// The exit code for what was typed wrongly.
fn usage() -> ExitCode {
    ExitCode::from(2)
}
