//! What editkey keeps: whose it is, whether there is room for more, whether it can be read and written.

use std::fs::{File, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use rustix::fs::{Access, access};

use super::{Finding, Verdict};
use crate::cli::installation::Installation;
use crate::cli::keys::verify;
use crate::cli::{node, own_state};
use crate::settings::{Settings, Store};
use crate::store::{Users, existing_secrets};

/// Less free space than this is soon none.
const LITTLE: u64 = 100 << 20;
/// With less than this nothing is written.
const NONE: u64 = 1 << 20;
/// A lock that is held at every look for so long is stuck: a write takes it for some milliseconds.
const STUCK: Duration = Duration::from_secs(2);
/// Time between two looks at it.
const EVERY: Duration = Duration::from_millis(7);

pub(super) fn look(settings: &Settings) -> Vec<Finding> {
    let folder = &settings.key_folder;
    if !folder.exists() {
        let says = format!(
            "{} is not there yet: the first start makes it",
            folder.display()
        );
        let mut findings = vec![Finding::ok("key folder", says)];
        findings.extend(store(settings));
        return findings;
    }
    let mut findings = vec![folder_of_keys(folder)];
    let mut ours = true;
    for (what, path) in own_state::files(settings) {
        if let Err(error) = own_state::check(&path, folder) {
            ours = false;
            findings.push(Finding::problem(what, error.to_string()));
        } else if let Ok(found) = path.metadata() {
            findings.push(file(what, &path, &found));
        }
    }
    findings.push(room(folder));
    let secret = settings.secret.is_some() || settings.secret_file.exists();
    if settings.secret.is_none()
        && let Err(error) = existing_secrets(&settings.secret_file)
    {
        findings.push(Finding::problem("secret", error.to_string()));
    } else if ours && secret && settings.store == Store::Json {
        findings.extend(keys(settings));
    }
    if let Some(Err(error)) = settings
        .users_file
        .as_deref()
        .map(|file| Users::at(file).look())
    {
        findings.push(Finding::problem("users file", error.to_string()));
    }
    findings.extend(audit(settings));
    findings.extend(store(settings));
    findings
}

fn folder_of_keys(folder: &Path) -> Finding {
    let name = folder.display();
    match access(folder, Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) => Finding::ok("key folder", name.to_string()),
        Err(error) => Finding::problem(
            "key folder",
            format!(
                "{name} cannot be written to ({error}): no key can be made; see whose it is, and whether the disk is read-only"
            ),
        ),
    }
}

fn file(what: &'static str, path: &Path, found: &Metadata) -> Finding {
    let (name, mode) = (path.display(), found.mode() & 0o7777);
    if mode & 0o007 != 0 {
        return Finding::warning(
            what,
            format!("{name} is for everybody's eyes (mode {mode:04o}): chmod o= '{name}'"),
        );
    }
    Finding::ok(what, name.to_string())
}

fn room(folder: &Path) -> Finding {
    const CHECK: &str = "free space";
    let free = match fs2::available_space(folder) {
        Ok(free) => free,
        Err(error) => return Finding::problem(CHECK, format!("{}: {error}", folder.display())),
    };
    let says = format!("{} MiB where the key folder is", free >> 20);
    if free < NONE {
        Finding::problem(CHECK, format!("{says}: make room, nothing can be written"))
    } else if free < LITTLE {
        Finding::warning(CHECK, format!("{says}: make room"))
    } else {
        Finding::ok(CHECK, says)
    }
}

/// The lock of the key file, and the file as `keys verify` reads it, which waits for the lock where the file has changed.
fn keys(settings: &Settings) -> Vec<Finding> {
    const CHECK: &str = "keys";
    let installation = match Installation::open(settings.clone()) {
        Ok(installation) => installation,
        Err(error) => return vec![Finding::problem(CHECK, format!("{error:#}"))],
    };
    let lock = lock(&installation);
    if let Some(Finding { verdict, .. }) = &lock
        && *verdict == Verdict::Problem
    {
        return lock.into_iter().collect();
    }
    let said = || -> Result<_> {
        let verdict = verify::verdict(&installation)?;
        let mut said = Vec::new();
        verdict.print(&mut said)?;
        Ok((verdict, String::from_utf8_lossy(&said).into_owned()))
    };
    let keys = match said() {
        Err(error) => Finding::problem(CHECK, format!("{error:#}")),
        Ok((verdict, said)) if verdict.is_good() => Finding::ok(CHECK, said),
        Ok((verdict, said)) if verdict.is_broken() => Finding::problem(CHECK, said),
        Ok((_, said)) => {
            let first = said.lines().next().unwrap_or_default();
            Finding::warning(
                CHECK,
                format!("{first}; all of it says 'editkey keys verify'"),
            )
        }
    };
    lock.into_iter().chain([keys]).collect()
}

fn lock(installation: &Installation) -> Option<Finding> {
    const CHECK: &str = "lock";
    let log = installation.keys.file()?;
    let end = Instant::now() + STUCK;
    while log.locked() {
        if Instant::now() >= end {
            let lock = format!("{}.lock", log.path().display());
            return Some(Finding::problem(
                CHECK,
                format!(
                    "{lock} is held by a process that does not let go: nothing can be written; 'fuser -v {lock}' names it, end it"
                ),
            ));
        }
        std::thread::sleep(EVERY);
    }
    Some(Finding::ok(CHECK, "nobody keeps it"))
}

fn audit(settings: &Settings) -> Option<Finding> {
    const CHECK: &str = "audit log";
    let path = &settings.audit.as_ref()?.path;
    let written = if path.exists() {
        File::options().append(true).open(path).map(drop)
    } else {
        let folder = path.parent().unwrap_or(&settings.key_folder);
        access(folder, Access::WRITE_OK | Access::EXEC_OK).map_err(Into::into)
    };
    let error = written.err()?;
    Some(Finding::problem(
        CHECK,
        format!(
            "{} cannot be written ({error}): what is done is not noted; mend that, or move it with audit.file",
            path.display()
        ),
    ))
}

/// The server that nodes share, as `config check` asks it.
fn store(settings: &Settings) -> Vec<Finding> {
    const CHECK: &str = "store";
    let link = match node::link(settings) {
        Ok(Some(link)) => link,
        Ok(None) => return Vec::new(),
        Err(error) => return vec![Finding::problem(CHECK, format!("{error:#}"))],
    };
    match node::warnings(&link, settings.redis.options.within) {
        Ok(Ok(warnings)) if warnings.is_empty() => vec![Finding::ok(CHECK, "it answers")],
        Ok(Ok(warnings)) => {
            let each = warnings.into_iter();
            each.map(|warning| Finding::warning(CHECK, warning))
                .collect()
        }
        Ok(Err(error)) => vec![Finding::problem(
            CHECK,
            format!("it does not answer: {error}; start it, or mend 'store' (docs/redis.md)"),
        )],
        Err(error) => vec![Finding::problem(CHECK, format!("{error:#}"))],
    }
}
