//! `editkey keys mint`: the operator's own word is the permit, within the roots and the ceilings of the settings.
//!
//! It never makes a key that the settings do not allow.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use clap::{Args, value_parser};
use jiff::Timestamp;
use serde::Serialize;

use super::bookmark::bookmark;
use super::derive;
use crate::cli::installation::Installation;
use crate::cli::open;
use crate::cli::reach::root_paths;
use crate::grants::Permit;
use crate::mint::{self, Claims, Idle, Life, Limits, MOST_USES, PasswordHash, Terms};
use crate::names::{Label, Place, Rights, Scope};
use crate::resolve::Roots;
use crate::settings::{Keys as Ceiling, Settings, span};
use crate::store::{Act, Event, Keys, Minted, Want};

/// What to mint.
#[derive(Debug, Args)]
pub struct Mint {
    /// The file; one that is not there yet is made by its first save.
    #[arg(
        value_name = "FILE",
        required_unless_present_any = ["directory", "from"],
        conflicts_with_all = ["directory", "from"]
    )]
    pub file: Option<PathBuf>,
    /// Instead of a file: this directory, and everything in it and below.
    #[arg(long, value_name = "DIR", conflicts_with = "from")]
    pub directory: Option<PathBuf>,
    /// Instead of a file: derive a key from this one, which allows no more than that and dies with it; named by its id,
    /// or its first 8 or more characters ('sha256:' before one that begins with '-'); '-' reads an id or a key from
    /// standard input.
    #[arg(long, value_name = "ID|-")]
    pub from: Option<String>,
    /// What the key allows; as much as the settings do if absent.
    #[arg(long, value_name = "view|edit")]
    pub rights: Option<Rights>,
    /// How long it lives, such as 90d, or until when; as long as the settings say if absent.
    #[arg(long, value_name = "90d|TIME")]
    pub expires: Option<String>,
    /// How many days it may stay unused, such as 30d; as long as the settings say if absent.
    #[arg(long, value_name = "30d", value_parser = Idle::parse)]
    pub idle: Option<Idle>,
    /// For so many browsers alone: each has to claim it first, by a button.
    #[arg(long, value_name = "1-100", value_parser = value_parser!(u8).range(1..=i64::from(MOST_USES)))]
    pub uses: Option<u8>,
    /// Ask for a passphrase that whoever uses it must know, on the terminal, or read it from standard input.
    #[arg(long)]
    pub passphrase: bool,
    /// A note on it.
    #[arg(long, value_name = "TEXT", value_parser = Label::parse)]
    pub label: Option<Label>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// A minted key, as JSON: the only JSON with a key in it, since it was asked for.
#[derive(Serialize)]
struct Shown<'a> {
    url: &'a str,
    id: String,
    dirname: &'a str,
    basename: &'a str,
    scope: Scope,
    rights: Rights,
    expires: Option<Timestamp>,
    idle: Option<String>,
    uses_left: Option<u8>,
    passphrase: bool,
    parent: Option<String>,
    new: bool,
}

/// Mints, and prints the bookmark.
///
/// # Errors
/// A file outside the roots, more than the settings allow; what the store says.
pub fn run(
    mint: &Mint,
    installation: Installation,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode> {
    match &mint.from {
        Some(from) => derive::run(mint, from, installation, out, err),
        None => fresh(mint, &installation, out),
    }
}

fn fresh(mint: &Mint, installation: &Installation, out: &mut dyn Write) -> Result<ExitCode> {
    let now = super::now()?;
    let ceiling = &installation.settings.keys;
    let rights = rights(mint.rights, ceiling)?;
    let life = life(mint.expires.as_deref(), ceiling, now)?;
    let roots = installation.roots(&root_paths(installation))?;
    let (place, scope) = match (&mint.directory, &mint.file) {
        (Some(directory), _) => (directory_place(directory, &roots)?, Scope::Directory),
        (None, Some(file)) => (file_place(file, rights, &roots)?, Scope::File),
        (None, None) => bail!("neither a file nor a directory was named"),
    };
    let permit = Permit::operator(place.clone(), scope, rights);
    let sealer = installation.secrets.sealer();
    let terms = Terms {
        label: mint.label.clone(),
        limits: limits(mint, ceiling)?,
        ..Terms::of(life)
    };
    let draft = mint::draft(permit, terms, now, &sealer)?;
    let uses = &installation.last_uses;
    let minted = installation.keys.issue_blocking(draft, now, uses)?;
    if minted.new {
        let event = Event::of(Act::Mint, minted.key.id(), Timestamp::now());
        installation.audit.note(event.by_operator());
    }
    print(
        mint,
        &minted,
        &installation.keys,
        &installation.settings,
        out,
    )
}

/// Prints the bookmark, or all about the key.
pub(super) fn print(
    mint: &Mint,
    minted: &Minted,
    keys: &Keys,
    settings: &Settings,
    out: &mut dyn Write,
) -> Result<ExitCode> {
    let url = bookmark(&minted.key, settings)?;
    if !mint.json {
        writeln!(out, "{url}")?;
        return Ok(ExitCode::SUCCESS);
    }
    let id = minted.key.id();
    let found = keys
        .look_blocking(&Want::Key(id).into(), |look| look.table.standing(&id))?
        .context("somebody revoked the key meanwhile")?;
    let limits = found.limits();
    let said = Shown {
        url: &url,
        id: id.to_string(),
        dirname: found.place.dirname.as_str(),
        basename: found.place.basename.as_str(),
        scope: found.scope,
        rights: found.rights,
        expires: found.expires,
        idle: limits
            .and_then(|limits| limits.idle)
            .map(|idle| idle.to_string()),
        uses_left: limits
            .and_then(|limits| limits.claims.as_ref())
            .map(|claims| claims.left),
        passphrase: found.passphrase().is_some(),
        parent: found.parent().map(|parent| parent.to_string()),
        new: minted.new,
    };
    writeln!(out, "{}", serde_json::to_string_pretty(&said)?)?;
    Ok(ExitCode::SUCCESS)
}

/// What narrows the key beyond rights and end, within what the settings allow.
fn limits(mint: &Mint, ceiling: &Ceiling) -> Result<Limits> {
    Ok(Limits {
        idle: idle(mint.idle, ceiling)?,
        claims: mint.uses.map(|left| Claims {
            left,
            browsers: Vec::new(),
        }),
        passphrase: passphrase(mint.passphrase, ceiling)?,
        parent: None,
    })
}

fn idle(asked: Option<Idle>, ceiling: &Ceiling) -> Result<Option<Idle>> {
    match (asked, ceiling.idle) {
        (Some(idle), Some(most)) if idle > most => {
            bail!("the setting keys.idle allows {most} at most")
        }
        (asked, most) => Ok(asked.or(most)),
    }
}

/// The hash of the passphrase that is typed, where one is wanted.
fn passphrase(wanted: bool, ceiling: &Ceiling) -> Result<Option<PasswordHash>> {
    if !wanted && ceiling.require_passphrase {
        bail!("the setting keys.require_passphrase wants a passphrase: add --passphrase");
    }
    wanted.then(super::derive::new_passphrase).transpose()
}

fn file_place(file: &Path, rights: Rights, roots: &Roots) -> Result<Place> {
    let name = || file.display().to_string();
    if file.is_dir() {
        bail!(
            "{} is a directory; name a file in it, or make a key for all files in it: --directory {}",
            name(),
            name()
        );
    }
    let target = open::target(file)?;
    let located = roots
        .locate(&target.dirname, &target.basename, Instant::now())
        .with_context(name)?;
    if !located.existing && rights == Rights::View {
        bail!("{} is not there, so that there is nothing to view", name());
    }
    Ok(located.place)
}

fn directory_place(directory: &Path, roots: &Roots) -> Result<Place> {
    let name = || directory.display().to_string();
    if !directory.is_dir() {
        bail!("{} is no directory", name());
    }
    let spelled = super::directory(directory)?;
    let place = roots.locate_directory(&spelled, Instant::now());
    place.with_context(name)
}

fn rights(asked: Option<Rights>, ceiling: &Ceiling) -> Result<Rights> {
    let rights = asked.unwrap_or(ceiling.rights);
    if rights > ceiling.rights {
        bail!(
            "the setting keys.rights allows '{}' at most",
            ceiling.rights.as_str()
        );
    }
    Ok(rights)
}

fn life(asked: Option<&str>, ceiling: &Ceiling, now: Timestamp) -> Result<Life> {
    let asked = asked.map(|text| Life::parse(text, now)).transpose();
    let asked = asked.context("--expires")?;
    match (asked, ceiling.lifetime) {
        (Some(life), Some(longest)) if life.exceeds(longest, now) => bail!(
            "the setting keys.lifetime allows {} at most",
            span::spell(longest)
        ),
        (Some(life), _) => Ok(life),
        (None, Some(longest)) => Ok(Life::of(longest)?),
        (None, None) => Ok(Life::Unlimited),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::settings::OnGrantLost;

    #[test]
    fn the_settings_are_the_ceiling() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().expect("a time");
        let ceiling = Ceiling {
            lifetime: Some(Duration::from_secs(3600)),
            rights: Rights::View,
            idle: Idle::days(30).ok(),
            require_passphrase: true,
            bind: crate::mint::Bind::Holder,
            on_grant_lost: OnGrantLost::Keep,
        };
        assert!(rights(Some(Rights::Edit), &ceiling).is_err());
        assert_eq!(rights(None, &ceiling).ok(), Some(Rights::View));
        assert!(life(Some("2h"), &ceiling, now).is_err());
        assert!(life(Some("soon"), &ceiling, now).is_err());
        assert_eq!(life(None, &ceiling, now).ok(), Some(Life::For(3600)));
        assert_eq!(life(Some("1m"), &ceiling, now).ok(), Some(Life::For(60)));
        let days = |days| Idle::days(days).ok();
        assert_eq!(idle(None, &ceiling).ok(), Some(days(30)));
        assert_eq!(idle(days(7), &ceiling).ok(), Some(days(7)));
        assert!(idle(days(31), &ceiling).is_err());
        assert!(passphrase(false, &ceiling).is_err());
    }
}
