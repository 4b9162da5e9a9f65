//! `editkey doctor`: everything that is looked at before a server serves, and around one that does, in one list.
//!
//! Nothing is mended, and no key folder, key file or secret is made. As by every command that looks for servers and reads
//! keys, the sign of a server that was killed is taken down, and a lock file made. Each line that is not `ok` says what to
//! do.

mod listening;
mod places;
mod state;

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use super::keys::print::{Form, Rows};
use crate::settings::{self, Problems, Sources};

/// How to tell.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    /// As it should be.
    Ok,
    /// It works, and may not for long, or not for all.
    Warning,
    /// Something does not work.
    Problem,
}

impl Verdict {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

/// What was looked at, and what is to be said of it.
#[derive(Serialize)]
struct Finding {
    verdict: Verdict,
    check: &'static str,
    says: String,
}

impl Finding {
    fn ok(check: &'static str, says: impl Into<String>) -> Self {
        Self::of(Verdict::Ok, check, says)
    }

    fn warning(check: &'static str, says: impl Into<String>) -> Self {
        Self::of(Verdict::Warning, check, says)
    }

    fn problem(check: &'static str, says: impl Into<String>) -> Self {
        Self::of(Verdict::Problem, check, says)
    }

    fn of(verdict: Verdict, check: &'static str, says: impl Into<String>) -> Self {
        let says = says.into();
        // One line each.
        let lines: Vec<&str> = says.lines().map(str::trim).collect();
        Self {
            verdict,
            check,
            says: lines.join(" "),
        }
    }
}

const HEADER: &[&str] = &["verdict", "check", "what"];

/// Prints what is found; a failure where there is a problem.
///
/// # Errors
/// `out` cannot be written to.
pub fn run(doctor: &Doctor, sources: &Sources, out: &mut dyn Write) -> Result<ExitCode> {
    let findings = look(sources);
    let mut rows = Rows::new(Form::suited(doctor.json), HEADER, out);
    for finding in &findings {
        let cells = [finding.verdict.as_str(), finding.check, &finding.says];
        rows.row(cells.map(str::to_owned).to_vec(), finding)?;
    }
    rows.end()?;
    let ill = |finding: &Finding| finding.verdict == Verdict::Problem;
    Ok(if findings.iter().any(ill) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn look(sources: &Sources) -> Vec<Finding> {
    let settings = match settings::load(sources) {
        Ok(settings) => settings,
        // Whatever else there is to look at, they would say.
        Err(problems) => return of_settings(&problems).collect(),
    };
    let file = settings.settings_file.as_ref();
    let file = file.map(|file| file.display().to_string());
    let mut findings = vec![Finding::ok(
        "settings",
        file.unwrap_or_else(|| "no file: the environment and the defaults alone".to_owned()),
    )];
    findings.extend(places::look(&settings));
    findings.extend(state::look(&settings));
    findings.extend(listening::look(&settings));
    findings
}

fn of_settings(problems: &Problems) -> impl Iterator<Item = Finding> {
    let file = problems.file.as_ref();
    let file = file.map_or(String::new(), |file| format!("{}: ", file.display()));
    let each = problems.list.iter();
    each.map(move |problem| Finding::problem("settings", format!("{file}{problem}")))
}
