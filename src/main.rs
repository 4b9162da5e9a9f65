//! The program: arguments in, exit code out.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use editkey::cli::{self, Arguments};
use editkey::settings::Sources;
use tracing_subscriber::EnvFilter;

#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::read(std::env::args_os());
    let environment: BTreeMap<String, String> = std::env::vars().collect();
    log_as(environment.get("EDITKEY_LOG").map(String::as_str));
    let (mut out, mut err) = (io::stdout(), io::stderr());
    let outcome = std::env::current_dir()
        .map_err(Into::into)
        .and_then(|working_directory| {
            let sources = Sources {
                explicit: arguments.config.clone(),
                environment,
                working_directory,
                flags: serde_json::Map::new(),
            };
            cli::run(&arguments, sources, &mut out, &mut err)
        });
    match outcome {
        Ok(code) => code,
        // Whoever reads our output has seen enough.
        Err(error) if broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(err, "editkey: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// The log goes to standard error: warnings, or what `EDITKEY_LOG` says (`debug`, `editkey=trace`…).
fn log_as(filter: Option<&str>) {
    let filter =
        EnvFilter::try_new(filter.unwrap_or("warn")).unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .init();
}
