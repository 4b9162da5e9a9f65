//! `editkey keys mint`: the operator's own word is the permit, within the roots and the ceilings of the settings.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;

use super::bookmark::bookmark;
use crate::cli::installation::Installation;
use crate::cli::open;
use crate::cli::reach::root_paths;
use crate::grants::Permit;
use crate::mint::{self, Life, Terms};
use crate::names::{Label, Place, Rights, Scope};
use crate::resolve::Roots;
use crate::settings::{Keys as Ceiling, span};
use crate::store::{Act, Event};

/// What to mint.
#[derive(Debug, Args)]
pub struct Mint {
    /// The file; one that is not there yet is made by its first save.
    #[arg(
        value_name = "FILE",
        required_unless_present = "directory",
        conflicts_with = "directory"
    )]
    pub file: Option<PathBuf>,
    /// Instead of a file: this directory, and everything in it and below.
    #[arg(long, value_name = "DIR")]
    pub directory: Option<PathBuf>,
    /// What the key allows; as much as the settings do if absent.
    #[arg(long, value_name = "view|edit")]
    pub rights: Option<Rights>,
    /// How long it lives, such as 90d, or until when; as long as the settings say if absent.
    #[arg(long, value_name = "90d|TIME")]
    pub expires: Option<String>,
    /// A note on it.
    #[arg(long, value_name = "TEXT", value_parser = Label::parse)]
    pub label: Option<Label>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// A minted key, as JSON: the only JSON with a key in it, since it was asked for.
#[derive(Serialize)]
struct Minted<'a> {
    url: &'a str,
    id: String,
    dirname: &'a str,
    basename: &'a str,
    scope: Scope,
    rights: Rights,
    expires: Option<Timestamp>,
    new: bool,
}

/// Mints, and prints the bookmark.
///
/// # Errors
/// A file outside the roots, more than the settings allow; what the store says.
pub fn run(mint: &Mint, installation: &Installation, out: &mut dyn Write) -> Result<ExitCode> {
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
        ..Terms::of(life)
    };
    let draft = mint::draft(permit, terms, now, &sealer)?;
    let minted = installation.keys.mint_blocking(draft, now)?;
    let id = minted.key.id();
    if minted.new {
        let event = Event::of(Act::Mint, id, Timestamp::now());
        installation.audit.note(event.by_operator());
    }
    let url = bookmark(&minted.key, &installation.settings)?;
    if !mint.json {
        writeln!(out, "{url}")?;
        return Ok(ExitCode::SUCCESS);
    }
    let expires = installation
        .keys
        .log()
        .look_blocking(|look| look.table.find(&id).and_then(|found| found.expires))?;
    let said = Minted {
        url: &url,
        id: id.to_string(),
        dirname: place.dirname.as_str(),
        basename: place.basename.as_str(),
        scope,
        rights,
        expires,
        new: minted.new,
    };
    writeln!(out, "{}", serde_json::to_string_pretty(&said)?)?;
    Ok(ExitCode::SUCCESS)
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
            bind: crate::mint::Bind::Holder,
            on_grant_lost: OnGrantLost::Keep,
        };
        assert!(rights(Some(Rights::Edit), &ceiling).is_err());
        assert_eq!(rights(None, &ceiling).ok(), Some(Rights::View));
        assert!(life(Some("2h"), &ceiling, now).is_err());
        assert!(life(Some("soon"), &ceiling, now).is_err());
        assert_eq!(life(None, &ceiling, now).ok(), Some(Life::For(3600)));
        assert_eq!(life(Some("1m"), &ceiling, now).ok(), Some(Life::For(60)));
    }
}
