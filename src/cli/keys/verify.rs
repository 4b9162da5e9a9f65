//! `editkey keys verify`: reads the key file anew and says what is wrong with it. Changes nothing in it.

use std::fs::File;
use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::cli::counted;
use crate::cli::installation::Installation;
use crate::names::Scope;
use crate::store::{Keys, NotEdited, Pass, StoreError};

/// How to verify.
#[derive(Debug, Args)]
pub struct Verify {
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Most problems that are told of keys at a server.
const PROBLEMS: usize = 100;

/// What was found.
#[derive(Serialize, Default)]
pub(in crate::cli) struct Verdict {
    file: String,
    good: bool,
    keys: usize,
    expired: usize,
    /// Keys of whole directories.
    directories: usize,
    /// Keys that this installation's secret does not unseal: they open, but cannot be shown again.
    other_secret: usize,
    /// Keys that were never sealed, of another maker.
    not_sealed: usize,
    /// Where an interrupted write stands.
    torn: Option<String>,
    /// Why nothing is served.
    broken: Option<String>,
    /// Entries that open nothing, at most the first hundred.
    problems: Vec<Problem>,
}

#[derive(Serialize)]
struct Problem {
    /// Where it stands in a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    /// Which key it is of, at a server.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    reason: String,
}

/// Verifies.
///
/// # Errors
/// When the file cannot be read at all.
pub fn run(verify: &Verify, installation: &Installation, out: &mut dyn Write) -> Result<ExitCode> {
    let verdict = verdict(installation)?;
    if verify.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&verdict)?)?;
    } else {
        verdict.print(out)?;
    }
    Ok(if verdict.good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What is found.
///
/// # Errors
/// As [`run`].
pub(in crate::cli) fn verdict(installation: &Installation) -> Result<Verdict> {
    let mut verdict = count(installation)?;
    verdict.file = installation.store_name();
    verdict.good =
        verdict.broken.is_none() && verdict.torn.is_none() && verdict.problems.is_empty();
    Ok(verdict)
}

fn count(installation: &Installation) -> Result<Verdict> {
    let now = super::now()?;
    let keys = &installation.keys;
    let (mut pass, mut verdict) = (Pass::default(), Verdict::default());
    let mut some = || {
        keys.some_blocking(&mut pass, |look, some| {
            for found in some {
                verdict.keys += 1;
                verdict.expired += usize::from(found.expired(now));
                verdict.directories += usize::from(found.scope == Scope::Directory);
                let record = Keys::record(look, &found);
                let sealed = record.is_some_and(|record| record.sealed.is_some());
                verdict.not_sealed += usize::from(!sealed);
                let unseals = sealed && keys.reveal(look, &found).is_some();
                verdict.other_secret += usize::from(sealed && !unseals);
            }
        })
    };
    let counted = loop {
        match some() {
            Ok(Some(())) => {}
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    match counted {
        Ok(()) => {}
        Err(StoreError::Broken(why)) => {
            return Ok(Verdict {
                broken: Some(why.to_string()),
                ..Verdict::default()
            });
        }
        Err(error) => return Err(error.into()),
    }
    let (problems, torn) = keys.problems();
    let in_file = problems.into_iter().map(|problem| Problem {
        line: Some(problem.line),
        key: None,
        reason: problem.reason,
    });
    let at_server = keys.refused_blocking()?.into_iter().take(PROBLEMS);
    let at_server = at_server.map(|(id, reason)| Problem {
        line: None,
        key: Some(format!("sha256:{id}")),
        reason,
    });
    verdict.problems = in_file.chain(at_server).collect();
    if let Some(log) = keys.file().filter(|_| torn) {
        verdict.torn = Some(match log.check(&File::open(log.path())?) {
            Err(NotEdited::Broken(place)) => place,
            _ => "at its end".to_owned(),
        });
    }
    Ok(verdict)
}

impl Verdict {
    /// Whether nothing is wrong.
    pub(in crate::cli) fn is_good(&self) -> bool {
        self.good
    }

    /// Whether no key opens.
    pub(in crate::cli) fn is_broken(&self) -> bool {
        self.broken.is_some()
    }

    /// Says it in lines.
    pub(in crate::cli) fn print(&self, out: &mut dyn Write) -> Result<()> {
        let file = &self.file;
        if let Some(why) = &self.broken {
            writeln!(out, "{why}")?;
            writeln!(
                out,
                "it is broken: no key opens and none is minted until it is mended ('editkey keys edit')"
            )?;
            return Ok(());
        }
        if let Some(place) = &self.torn {
            writeln!(
                out,
                "{file}: an interrupted write stands at its end ({place}); the next write sets it aside, the rest is served"
            )?;
        }
        for Problem { line, key, reason } in &self.problems {
            let line = line.map(|line| format!("line {line}"));
            let place = line.or_else(|| key.clone()).unwrap_or_default();
            writeln!(out, "{file}: {place}: refused, opens nothing: {reason}")?;
        }
        writeln!(
            out,
            "{}, {} of them expired, {} of whole directories; {} sealed with another secret and {} never sealed, which cannot be shown again",
            counted::keys(self.keys),
            self.expired,
            self.directories,
            self.other_secret,
            self.not_sealed
        )?;
        Ok(())
    }
}
