//! `editkey keys mint --from`: a key that is narrower than the one it is derived from.
//!
//! It never gives more than that key, or than the settings, allow.

use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use super::mint::{self, Mint};
use super::named::{Name, Unknown};
use crate::access::Moment;
use crate::cli::installation::Installation;
use crate::cli::password;
use crate::cli::reach::root_paths;
use crate::mint::{Cost, Life, Narrowing, PasswordHash};
use crate::store::Found;
use crate::store::{Act, Event, LastUses, Minted};

/// Derives, and prints the bookmark.
///
/// # Errors
/// No such key, one that is dead, more than it or the settings allow; what the store says.
pub(super) fn run(
    mint: &Mint,
    from: &str,
    installation: Installation,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode> {
    if from == "-" && mint.passphrase {
        writeln!(
            err,
            "standard input is either the key's or the passphrase's: name the key by its id"
        )?;
        return Ok(super::usage());
    }
    let name = match Name::one(from) {
        Ok(name) => name,
        Err(why) => {
            writeln!(err, "{why}")?;
            return Ok(super::usage());
        }
    };
    let time = super::now()?;
    let parent = live(&name, &installation, time)?;
    let life = mint.expires.as_deref().map(|text| Life::parse(text, time));
    let narrowing = Narrowing {
        rights: mint.rights,
        life: life.transpose().context("--expires")?,
        idle: mint.idle,
        uses: mint.uses,
        passphrase: mint.passphrase.then(new_passphrase).transpose()?,
        label: mint.label.clone().map(Some),
    };
    let settings = installation.settings.clone();
    let roots = installation.roots(&root_paths(&installation))?;
    let (access, _) = installation.access(roots)?;
    let now = Moment {
        time,
        instant: Instant::now(),
    };
    let key = access.derive_blocking(&parent, &narrowing, now)?;
    access.audit.note(Event {
        by: Some("operator".into()),
        why: Some(format!("from {}", parent.id).into()),
        ..Event::of(Act::Derive, key.id(), time)
    });
    let minted = Minted { key, new: true };
    mint::print(mint, &minted, &access.keys, &settings, out)
}

/// The key of this name, which is live.
fn live(name: &Name, installation: &Installation, now: jiff::Timestamp) -> Result<Found> {
    let (own, standing) = installation.keys.look_blocking(&name.wanted(), |look| {
        let own = name.find(look.table)?;
        let standing = look.table.standing(&own.id);
        Ok::<_, Unknown>((own, standing))
    })??;
    let Some(standing) = standing else {
        bail!("{}: a key that it was derived from is not live", own.id);
    };
    if standing.expired(now) {
        bail!("{}: this key, or one above it, has expired", own.id);
    }
    if idle(&standing, &installation.last_uses, now)? {
        bail!(
            "{}: this key, or one above it, was not used for too long",
            own.id
        );
    }
    Ok(standing)
}

/// Whether the key, or one that it was derived from, was not used for longer than it may be.
pub(super) fn idle(found: &Found, uses: &LastUses, now: jiff::Timestamp) -> Result<bool> {
    for key in found.line() {
        if key.unused(None, now) && key.unused(uses.last_blocking(&key.id)?, now) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The hash of a new passphrase, typed or read from standard input.
pub(super) fn new_passphrase() -> Result<PasswordHash> {
    Ok(PasswordHash::of(
        &password::new_passphrase()?,
        &Cost::default(),
    )?)
}
