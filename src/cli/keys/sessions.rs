//! The session folder of Open Guide Editor in JavaScript: `<id>.json`, each with a directory and the files that are open
//! in it.
//!
//! An id opens the whole directory there, so it is a secret: sessions are told by their position, never by their name.
//! Whatever somebody put into the folder is read within bounds, and no link is followed.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;
use rustix::fs::OFlags;
use serde::Deserialize;

use crate::access::prune::Reach;
use crate::names::{Basename, Dirname, Label, Place};

/// Most entries of a folder.
const ENTRIES: usize = 100_000;
/// Most bytes of a session.
const SESSION_BYTES: u64 = 64 * 1024;
/// Most files of a session.
const FILES: usize = 1000;
/// Most keys of a folder.
const KEYS: usize = 100_000;
/// Longest id.
const ID_BYTES: usize = 200;

/// A file of a session that counts still.
pub(super) struct Open {
    /// Which session, from 1, in the order of their names.
    pub(super) position: usize,
    /// Its id: a secret.
    pub(super) session: String,
    pub(super) place: Place,
    pub(super) expires: Option<Timestamp>,
    pub(super) user: Option<String>,
    pub(super) label: Option<Label>,
}

/// What a folder holds.
#[derive(Default)]
pub(super) struct Folder {
    pub(super) open: Vec<Open>,
    /// Sessions that have ended.
    pub(super) expired: usize,
    /// What was skipped, by position, and why.
    pub(super) bad: Vec<(usize, String)>,
}

/// A session as it is written. What else stands in it is of the editor there.
#[derive(Deserialize)]
struct Session {
    dir: String,
    expires: serde_json::Number,
    #[serde(default)]
    sessionid: Option<String>,
    #[serde(default)]
    files: Vec<String>,
    #[serde(default)]
    user: Option<String>,
}

impl Folder {
    /// All sessions in `folder`.
    ///
    /// # Errors
    /// A folder that cannot be read or holds more than anybody has; nothing is taken of it then.
    pub(super) fn read(folder: &Path, reach: &Reach, now: Timestamp) -> Result<Self> {
        let mut all = Self::default();
        for (at, name) in names(folder)?.iter().enumerate() {
            let position = at + 1;
            match session(folder, name, now) {
                Ok(None) => all.expired += 1,
                Ok(Some((id, session, expires))) => {
                    all.take(position, &id, &session, expires, reach);
                }
                Err(why) => all.bad.push((position, why)),
            }
            if all.open.len() > KEYS {
                bail!(
                    "{}: its sessions have more than {KEYS} files",
                    folder.display()
                );
            }
        }
        Ok(all)
    }

    fn take(
        &mut self,
        position: usize,
        id: &str,
        session: &Session,
        expires: Option<Timestamp>,
        reach: &Reach,
    ) {
        let Some(directory) = Dirname::parse(session.dir.trim_end_matches('/'))
            .ok()
            .and_then(|directory| reach.directory(&directory))
        else {
            let why = "its directory is not there, or outside the roots";
            self.bad.push((position, why.to_owned()));
            return;
        };
        let files: BTreeSet<&String> = session.files.iter().collect();
        if session.files.len() > FILES {
            self.bad
                .push((position, format!("it has more than {FILES} files")));
            return;
        }
        // A name of somebody that is no label is left out.
        let user = session.user.clone().filter(|user| !user.is_empty());
        let label = user.as_deref().and_then(|user| Label::parse(user).ok());
        for (at, file) in files.into_iter().enumerate() {
            match place(&directory, file, reach) {
                Some(place) => self.open.push(Open {
                    position,
                    session: id.to_owned(),
                    place,
                    expires,
                    user: label.as_ref().map(|label| label.as_str().to_owned()),
                    label: label.clone(),
                }),
                None => self.bad.push((
                    position,
                    format!("file {}: not there, or outside its directory", at + 1),
                )),
            }
        }
    }
}

/// The names of what may be sessions, in their order.
fn names(folder: &Path) -> Result<BTreeSet<OsString>> {
    let told = || folder.display().to_string();
    let mut names = BTreeSet::new();
    for (at, entry) in std::fs::read_dir(folder).with_context(told)?.enumerate() {
        if at == ENTRIES {
            bail!("{}: it has more than {ENTRIES} entries", told());
        }
        let name = entry.with_context(told)?.file_name();
        if Path::new(&name)
            .extension()
            .is_some_and(|end| end == "json")
        {
            names.insert(name);
        }
    }
    Ok(names)
}

/// The session of this name; nothing where it has ended.
fn session(
    folder: &Path,
    name: &OsString,
    now: Timestamp,
) -> Result<Option<(String, Session, Option<Timestamp>)>, String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let id = name
        .to_str()
        .and_then(|name| name.strip_suffix(".json"))
        .filter(|id| (1..=ID_BYTES).contains(&id.len()) && id.bytes().all(allowed))
        .ok_or("its name is no session's")?;
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = File::options()
        .read(true)
        .custom_flags(i32::try_from(flags.bits()).unwrap_or(0))
        .open(folder.join(name))
        .map_err(|_| "it cannot be opened, or is a link")?;
    if !file.metadata().is_ok_and(|found| found.is_file()) {
        return Err("it is no plain file".to_owned());
    }
    let mut bytes = Vec::new();
    file.take(SESSION_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|_| "it cannot be read")?;
    if bytes.len() as u64 > SESSION_BYTES {
        return Err(format!("it has more than {SESSION_BYTES} bytes"));
    }
    let session: Session = serde_json::from_slice(&bytes)
        .map_err(|_| "it is no session: dir, expires in milliseconds, files")?;
    if session.sessionid.as_ref().is_some_and(|own| own != id) {
        return Err("it says that it is another session".to_owned());
    }
    let expires = ends(&session.expires).ok_or("its expires is no time")?;
    if expires.is_some_and(|end| end <= now) {
        return Ok(None);
    }
    Ok(Some((id.to_owned(), session, expires)))
}

/// When a session ends, in whole seconds; 0 is never.
#[expect(clippy::option_option, reason = "no time at all, and no end")]
fn ends(millis: &serde_json::Number) -> Option<Option<Timestamp>> {
    match millis.as_i64()? {
        0 => Some(None),
        millis => {
            let end = Timestamp::from_millisecond(millis).ok()?;
            Timestamp::from_second(end.as_second()).ok().map(Some)
        }
    }
}

/// The canonical place of a file that is there, in this directory or below it.
fn place(directory: &Dirname, file: &str, reach: &Reach) -> Option<Place> {
    let (below, name) = match file.rsplit_once('/') {
        Some((below, name)) => (Some(below), name),
        None => (None, file),
    };
    let dirname = match below {
        Some(below) => Dirname::parse(&format!("{directory}/{below}")).ok()?,
        None => directory.clone(),
    };
    let place = Place {
        dirname,
        basename: Basename::parse(name).ok()?,
    };
    let place = reach.existing(&place, Instant::now())?;
    place.dirname.below(directory).is_some().then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_in_milliseconds_and_0_is_never() {
        let end = |text: &str| ends(&serde_json::from_str(text).expect("a number"));
        assert_eq!(end("0"), Some(None));
        let time = "2025-06-01T00:00:00Z".parse().expect("a time");
        assert_eq!(
            end("1748736000999"),
            Some(Some(time)),
            "whole seconds, never later"
        );
        assert_eq!(end("1e400".replace("e400", ".5").as_str()), None);
        assert_eq!(end("9223372036854775807"), None);
    }
}
