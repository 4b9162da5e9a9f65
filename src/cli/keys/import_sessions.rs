//! `editkey keys import DIR`: a new key for each file of each session of Open Guide Editor in JavaScript.
//!
//! There a session opened a whole directory; here each key opens the one file, until the session would have ended. The same
//! session's file gives the same key again, so that a second import adds nothing and revives nothing.

use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};

use super::bookmark::{address, spelled};
use super::import::{BY, Import};
use super::import_said::{New, Outcome, Skipped, note, print, refused};
use super::sessions::{Folder, Open};
use crate::cli::installation::Installation;
use crate::cli::reach;
use crate::mint::{Bind, KeyId, Limits, Record};
use crate::names::Scope;
use crate::settings;

/// Imports.
///
/// # Errors
/// A folder that cannot be read; what the store says. Nothing was imported then.
pub(super) fn run(
    import: &Import,
    installation: &Installation,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode> {
    let (reach, now) = (reach::look(installation)?, super::now()?);
    let folder = Folder::read(&import.file, &reach, now)?;
    let (mut keys, mut records) = (Vec::new(), Vec::new());
    let sealer = installation.secrets.sealer();
    let mut positions = HashMap::new();
    for open in folder.open {
        let path = open.place.to_string();
        let key = installation.secrets.imported(&open.session, &path)?;
        let id = key.id();
        if positions.insert(id, open.position).is_some() {
            continue;
        }
        let mut record = record(&open, &installation.settings.keys, now);
        record.sealed = Some(sealer.seal(&key, &id)?);
        let expires = record.expires;
        records.push((id, record));
        keys.push((id, key, path, open.user, expires));
    }
    // Known before anything is written: without it nobody could be told a bookmark.
    let address = address(&installation.settings)?;
    let added = installation.keys.add_blocking(records)?;
    note(installation, &added, now);
    let fresh: HashSet<&KeyId> = added.new.iter().collect();
    let new: Vec<New> = keys
        .into_iter()
        .filter(|(id, ..)| fresh.contains(id))
        .map(|(id, key, path, user, expires)| New {
            id: id.to_string(),
            path,
            user,
            expires,
            url: spelled(&key, &address),
        })
        .collect();
    let bad = folder.bad.into_iter().map(|(position, reason)| Skipped {
        position,
        line: None,
        reason,
    });
    let mut skipped: Vec<Skipped> = bad.collect();
    skipped.extend(refused(&added, &positions));
    let outcome = Outcome {
        added: &added,
        new: &new,
        expired: folder.expired,
        warnings: &[],
        skipped: &skipped,
    };
    print(import.json, &outcome, out, err)
}

/// The record of a session's file, within what the settings allow.
fn record(open: &Open, ceiling: &settings::Keys, now: Timestamp) -> Record {
    let longest = ceiling.lifetime.and_then(|longest| {
        let longest = SignedDuration::try_from(longest).ok()?;
        now.checked_add(longest).ok()
    });
    let expires = match (open.expires, longest) {
        (Some(end), Some(longest)) => Some(end.min(longest)),
        (end, longest) => end.or(longest),
    };
    Record {
        place: open.place.clone(),
        scope: Scope::File,
        rights: ceiling.rights,
        created: Some(now),
        expires,
        by: BY.into(),
        label: open.label.clone(),
        sealed: None,
        bind: Bind::Holder,
        limits: Limits {
            idle: ceiling.idle,
            ..Limits::default()
        },
    }
}
