//! `editkey man`: the manual pages, made of what `--help` says. It needs no settings.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::{Args, CommandFactory as _};

use super::Arguments;

/// Where to.
#[derive(Debug, Args)]
pub struct Man {
    /// Write a page for every command into this directory, which is there.
    #[arg(long, value_name = "DIR")]
    pub to: Option<PathBuf>,
}

/// Prints editkey(1), or writes all pages: editkey.1, editkey-keys.1, editkey-keys-mint.1…
///
/// # Errors
/// No directory to write to; `out` cannot be written to.
pub fn run(man: &Man, out: &mut dyn Write) -> Result<ExitCode> {
    let command = Arguments::command().disable_help_subcommand(true);
    let Some(folder) = &man.to else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page)?;
        out.write_all(&page)?;
        return Ok(ExitCode::SUCCESS);
    };
    if !folder.is_dir() {
        bail!(
            "{} is no directory: make it first, as in 'mkdir -p {0}'",
            folder.display()
        );
    }
    clap_mangen::generate_to(command, folder)
        .with_context(|| format!("the pages cannot be written to {}", folder.display()))?;
    Ok(ExitCode::SUCCESS)
}
