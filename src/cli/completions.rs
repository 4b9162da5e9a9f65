//! `editkey completions SHELL`: what a shell needs to complete editkey's commands and options. It needs no settings.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::Arguments;

/// For which shell.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell that is to complete.
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

/// Prints the script, which speaks of the very commands and options of this program.
///
/// # Errors
/// `out` cannot be written to.
pub fn run(completions: &Completions, out: &mut dyn Write) -> Result<ExitCode> {
    // The generator panics where it cannot write, such as into a closed pipe: it gets memory.
    let mut script = Vec::new();
    let mut command = Arguments::command();
    clap_complete::generate(completions.shell, &mut command, "editkey", &mut script);
    out.write_all(&script)?;
    Ok(ExitCode::SUCCESS)
}
