//! `editkey login`: a link that makes a browser on this machine the local visitor, once.

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Args;
use jiff::Timestamp;

use super::installation::Installation;
use super::running::servers;
use crate::mint::random;
use crate::settings::{self, Sources};
use crate::store::{Ticket, TicketFile, ticket_end};

/// How to sign in.
#[derive(Debug, Args)]
pub struct Login {
    /// Only print the link; do not start a browser.
    #[arg(long)]
    pub no_browser: bool,
}

/// Prints the link, and starts the browser with it.
///
/// # Errors
/// When no server runs that takes it.
pub fn run(login: &Login, sources: &Sources, out: &mut dyn Write) -> Result<ExitCode> {
    let settings = settings::load(sources)?;
    let running = servers(&settings.key_folder)
        .into_iter()
        .find(|server| server.local_access);
    let Some(server) = running else {
        bail!(
            "no server runs on {} that takes local links; start one with 'editkey serve --local-access'",
            settings.key_folder.display()
        );
    };
    let link = link(&Installation::open(settings)?, &server.url, None)?;
    writeln!(out, "{link}")?;
    if !login.no_browser {
        start_browser(&link);
    }
    Ok(ExitCode::SUCCESS)
}

/// A one-use link of two minutes to the server at `url`, which leads on to `file`.
///
/// # Errors
/// When the ticket cannot be kept.
pub fn link(installation: &Installation, url: &str, file: Option<TicketFile>) -> Result<String> {
    let ticket = URL_SAFE_NO_PAD.encode(random::<24>()?);
    let kept = Ticket {
        grant: None,
        file,
        expires: ticket_end(Timestamp::now()),
    };
    installation
        .sessions
        .ticket_blocking(installation.secrets.ticket_name(&ticket), &kept)?;
    Ok(format!("{url}enter?ticket={ticket}"))
}

/// Starts the browser with a ticket; a key never gets into an argument list. A machine without a browser is no error.
pub fn start_browser(link: &str) {
    if let Err(error) = open::that_detached(link) {
        tracing::debug!("no browser was started: {error}");
    }
}
