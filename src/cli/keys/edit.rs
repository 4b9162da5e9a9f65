//! `editkey keys edit`: a copy in the operator's editor, a check, and the copy in the key file's place, as visudo does.
//!
//! What is appended meanwhile, revocations above all, is carried over; after any other change the edit is kept beside
//! and nothing is replaced.

use std::fs::{self, File};
use std::io::{self, BufRead as _, IsTerminal as _, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::cli::counted;
use crate::cli::installation::Installation;
use crate::settings::Sources;
use crate::store::{Base, KeyTable, Log, NotEdited, StoreError, ownership};

/// Editors that are tried when neither VISUAL nor EDITOR says one.
const EDITORS: &[&str] = &["editor", "vi"];
/// Most copies that are kept beside; whoever has more should look at them.
const COPIES: usize = 100;

/// How to edit.
#[derive(Debug, Args)]
pub struct Edit {}

/// What to do with an edit that cannot be taken.
enum Next {
    Again,
    Discard,
}

/// Edits.
///
/// # Errors
/// No key file, no editor; a key file that was changed otherwise meanwhile; what the store says.
pub fn run(
    _edit: &Edit,
    sources: &Sources,
    installation: &Installation,
    err: &mut dyn Write,
) -> Result<ExitCode> {
    let Some(log) = installation.keys.file() else {
        bail!(
            "keys at a server are not edited as a file: use 'editkey keys set' and 'editkey keys revoke'"
        );
    };
    let Some(base) = log.base()? else {
        bail!("{}: there is no key file yet", log.path().display());
    };
    let copy = copy(log.path(), &base.text())?;
    loop {
        if let Err(error) = edit_in(sources, &copy) {
            fs::remove_file(&copy)?;
            return Err(error);
        }
        let edited = fs::read(&copy).with_context(|| copy.display().to_string())?;
        if edited == base.text() {
            fs::remove_file(&copy)?;
            writeln!(err, "nothing was changed")?;
            return Ok(ExitCode::SUCCESS);
        }
        match log.check(&File::open(&copy)?) {
            Ok(()) => return put(&base, &edited, &copy, log, err),
            Err(NotEdited::Broken(why)) => writeln!(err, "{}: {why}", copy.display())?,
            Err(NotEdited::Refused(problems)) => {
                for problem in problems {
                    let (line, reason) = (problem.line, problem.reason);
                    writeln!(err, "{}: line {line}: {reason}", copy.display())?;
                }
            }
            Err(error @ (NotEdited::Changed | NotEdited::Store(_))) => return Err(error.into()),
        }
        if let Next::Discard = ask(err)? {
            fs::remove_file(&copy)?;
            writeln!(err, "the edit was discarded; the key file is as it was")?;
            return Ok(ExitCode::FAILURE);
        }
    }
}

/// Puts the checked edit in place.
fn put(
    base: &Base,
    edited: &[u8],
    copy: &Path,
    log: &Log<KeyTable>,
    err: &mut dyn Write,
) -> Result<ExitCode> {
    match log.replace_edited(base, edited) {
        Ok(carried) => {
            fs::remove_file(copy)?;
            let keys = log.look_blocking(|look| look.table.len())?;
            write!(err, "{}: {}", log.path().display(), counted::keys(keys))?;
            if carried > 0 {
                write!(
                    err,
                    "; {carried} entries written meanwhile were carried over"
                )?;
            }
            writeln!(err)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            writeln!(
                err,
                "{}: {error}; nothing was replaced, and your edit is kept in {}",
                log.path().display(),
                copy.display()
            )?;
            Ok(ExitCode::FAILURE)
        }
    }
}

/// A copy of the key file beside it, for our user alone.
fn copy(file: &Path, text: &[u8]) -> Result<PathBuf> {
    for number in 1..=COPIES {
        let mut path = file.as_os_str().to_owned();
        path.push(format!(".edit-{number}.json"));
        let path = PathBuf::from(path);
        let made = File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path);
        match made {
            Ok(mut copy) => {
                ownership::like_folder(&path, &copy)?;
                copy.write_all(text)
                    .map_err(|error| StoreError::from_io(&path, &error))?;
                return Ok(path);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        }
    }
    bail!(
        "{}: {COPIES} edits are kept beside it already; remove those that nobody needs",
        file.display()
    )
}

/// Runs the editor on `copy` until it ends.
fn edit_in(sources: &Sources, copy: &Path) -> Result<()> {
    let set = |name: &str| {
        let value = sources.environment.get(name)?;
        (!value.trim().is_empty()).then_some(value)
    };
    let status = match set("VISUAL").or_else(|| set("EDITOR")) {
        // An editor may be set with arguments, as in 'code --wait': the shell takes them apart.
        Some(editor) => Command::new("/bin/sh")
            .arg("-c")
            .arg(format!("{editor} \"$1\""))
            .arg("sh")
            .arg(copy)
            .status()
            .context("/bin/sh")?,
        None => usual_editor(copy)?,
    };
    if !status.success() {
        bail!("the editor ended with {status}; the key file is as it was");
    }
    Ok(())
}

fn usual_editor(copy: &Path) -> Result<std::process::ExitStatus> {
    for editor in EDITORS {
        match Command::new(editor).arg(copy).status() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            other => return other.with_context(|| (*editor).to_owned()),
        }
    }
    bail!("no editor was found: set EDITOR")
}

/// What to do with an edit that cannot be taken; where nobody can be asked, it is discarded.
fn ask(err: &mut dyn Write) -> Result<Next> {
    if !io::stdin().is_terminal() {
        return Ok(Next::Discard);
    }
    loop {
        write!(err, "(e)dit again, or (d)iscard? ")?;
        err.flush()?;
        let mut answer = String::new();
        if io::stdin().lock().read_line(&mut answer)? == 0 {
            return Ok(Next::Discard);
        }
        match answer.trim() {
            "e" => return Ok(Next::Again),
            "d" => return Ok(Next::Discard),
            _ => {}
        }
    }
}
