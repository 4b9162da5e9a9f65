//! `editkey keys mint`: the operator's own word is the permit, within the roots and the ceilings of the settings.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;

use super::bookmark::bookmark;
use super::reach::root_paths;
use crate::cli::installation::Installation;
use crate::cli::open;
use crate::grants::Permit;
use crate::mint::{self, Bind, Life};
use crate::names::{Label, Rights};
use crate::settings::{Keys as Ceiling, span};

/// What to mint.
#[derive(Debug, Args)]
pub struct Mint {
    /// The file; one that is not there yet is made by its first save.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
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
    let target = open::target(&mint.file)?;
    let name = || mint.file.display().to_string();
    let roots = installation.roots(&root_paths(installation))?;
    let located = roots
        .locate(&target.dirname, &target.basename, Instant::now())
        .with_context(name)?;
    if !located.existing && rights == Rights::View {
        bail!("{} is not there, so that there is nothing to view", name());
    }
    let place = located.place.clone();
    let permit = Permit::operator(located.place, rights);
    let sealer = installation.secrets.sealer();
    let draft = mint::draft(permit, life, mint.label.clone(), Bind::Holder, now, &sealer)?;
    let minted = installation.keys.mint_blocking(draft, now)?;
    let id = minted.key.id();
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
        rights,
        expires,
        new: minted.new,
    };
    writeln!(out, "{}", serde_json::to_string_pretty(&said)?)?;
    Ok(ExitCode::SUCCESS)
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
            bind: Bind::Holder,
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
