//! `editkey open FILE…`: a server if none runs, a key, the bookmark, and the browser. No settings needed.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use super::installation::Installation;
use super::reread::Reread;
use super::running::{Running, servers};
use super::serve::Ready;
use super::{login, opened};
use crate::grants::Grants;
use crate::mint::{self, Life, Limits, Terms};
use crate::names::{Basename, Dirname, Rights, Scope};
use crate::settings::{self, Settings, Sources};
use crate::store::{Act, Event, TicketFile};
use crate::visitor::{Source, Visitor};

/// How long a running server may take to see a new folder.
const FOLLOWS_WITHIN: Duration = Duration::from_millis(1300);

/// What to open.
#[derive(Debug, Args)]
pub struct Open {
    /// The files; one that is not there yet is made by its first save.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Only view.
    #[arg(long)]
    pub view: bool,
    /// Only print the bookmarks; do not start a browser.
    #[arg(long)]
    pub no_browser: bool,
    /// Listen here instead of where the settings say.
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
}

/// A file to open, found.
pub(super) struct Target {
    folder: PathBuf,
    pub(super) dirname: Dirname,
    pub(super) basename: Basename,
}

/// Opens the files.
///
/// # Errors
/// A file that cannot be opened, and why; whatever keeps a server from starting.
pub fn run(
    open: &Open,
    mut sources: Sources,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode> {
    let targets: Vec<Target> = open
        .files
        .iter()
        .map(|file| target(file))
        .collect::<Result<_>>()?;
    for missing in open
        .files
        .iter()
        .filter(|file| !open.view && !file.exists())
    {
        writeln!(
            err,
            "{} is not there yet; its first save makes it.",
            missing.display()
        )?;
    }
    let folders: Vec<PathBuf> = targets.iter().map(|target| target.folder.clone()).collect();
    if let Some(listen) = &open.listen {
        sources.flags.insert("listen".to_owned(), json!([listen]));
    }
    sources.flags.insert("local_access".to_owned(), true.into());
    let plain = settings::load(&sources)?;
    let own_roots = plain.settings_file.is_none() && plain.roots.is_empty();
    let key_folder = plain.key_folder.clone();
    let serving = servers(&key_folder)
        .into_iter()
        .find(|server| server.local_access && (!own_roots || server.follows_open));
    if own_roots {
        let installation = Installation::open(plain.clone())?;
        let mut roots = opened::folders(&key_folder);
        roots.extend(folders.iter().cloned());
        installation.roots(&roots)?;
        let new = opened::remember(&key_folder, &folders)?;
        let settings = Settings::local(&roots, &sources)?;
        return match serving {
            Some(server) => {
                if new {
                    wait_for(Instant::now());
                }
                hand_out(
                    open,
                    &targets,
                    &Installation::open(settings)?,
                    &server.url,
                    out,
                )
            }
            None => start(open, &targets, &settings, true, &sources, out, err),
        };
    }
    settings::check_places(&plain)?;
    match serving {
        Some(Running { url, .. }) => {
            hand_out(open, &targets, &Installation::open(plain)?, &url, out)
        }
        None => start(open, &targets, &plain, false, &sources, out, err),
    }
}

/// Gives a running server the second in which it looks for new folders.
fn wait_for(start: Instant) {
    std::thread::sleep(FOLLOWS_WITHIN.saturating_sub(start.elapsed()));
}

/// The file as it is spelled once links are followed.
pub(super) fn target(file: &Path) -> Result<Target> {
    let absolute = std::path::absolute(file)?;
    let (Some(folder), Some(name)) = (absolute.parent(), absolute.file_name()) else {
        bail!("{} is no file", file.display());
    };
    let real = absolute.canonicalize();
    let (folder, name) = match &real {
        Ok(real) => (
            real.parent().unwrap_or(folder).to_owned(),
            real.file_name().unwrap_or(name),
        ),
        Err(_) => (
            folder
                .canonicalize()
                .with_context(|| folder.display().to_string())?,
            name,
        ),
    };
    if absolute.is_dir() {
        bail!("{} is a directory; name a file in it", file.display());
    }
    let (Some(dirname), Some(basename)) = (folder.to_str(), name.to_str()) else {
        bail!("{}: only names in UTF-8 can be opened", file.display());
    };
    Ok(Target {
        dirname: Dirname::parse(dirname).with_context(|| file.display().to_string())?,
        basename: Basename::parse(basename).with_context(|| file.display().to_string())?,
        folder,
    })
}

fn start(
    open: &Open,
    targets: &[Target],
    settings: &Settings,
    follows: bool,
    sources: &Sources,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode> {
    let ready = match Ready::new(settings.clone(), follows) {
        Err(error) if follows && open.listen.is_none() && in_use(&error) => {
            writeln!(
                err,
                "port 8181 is in use by another program: these bookmarks hold for another port. Choose one for good with --listen."
            )?;
            let mut sources = sources.clone();
            sources
                .flags
                .insert("listen".to_owned(), json!(["127.0.0.1:0"]));
            Ready::new(Settings::local(&settings.roots, &sources)?, follows)?
        }
        other => other?,
    };
    let url = ready.url();
    let links = links(open, targets, ready.installation(), &url)?;
    ready.serve(out, err, Reread::nothing(), |out| {
        for (bookmark, link) in &links {
            writeln!(out, "{bookmark}")?;
            if !open.no_browser {
                login::start_browser(link);
            }
        }
        writeln!(
            out,
            "Press Ctrl-C to end; the bookmarks open again whenever editkey runs."
        )?;
        Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
}

fn in_use(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(crate::http::NotBound::InUse(..)))
}

fn hand_out(
    open: &Open,
    targets: &[Target],
    installation: &Installation,
    url: &str,
    out: &mut dyn Write,
) -> Result<ExitCode> {
    for (bookmark, link) in links(open, targets, installation, url)? {
        writeln!(out, "{bookmark}")?;
        if !open.no_browser {
            login::start_browser(&link);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A bookmark for each file, and the link that starts the browser at it.
fn links(
    open: &Open,
    targets: &[Target],
    installation: &Installation,
    url: &str,
) -> Result<Vec<(String, String)>> {
    if installation.settings.keys.require_passphrase {
        bail!(
            "the setting keys.require_passphrase wants every new key to have a passphrase: make one with 'editkey keys mint --passphrase FILE'"
        );
    }
    let roots = installation.roots(&installation.settings.roots)?;
    let rights = if open.view {
        Rights::View
    } else {
        Rights::Edit
    };
    let now = Timestamp::from_second(Timestamp::now().as_second())?;
    let mut links = Vec::new();
    for target in targets {
        let name = || format!("{}/{}", target.dirname, target.basename);
        let located = roots
            .locate(&target.dirname, &target.basename, Instant::now())
            .with_context(name)?;
        if !located.existing && open.view {
            bail!("{} is not there", name());
        }
        let grants = Grants::everything(installation.settings.keys.rights);
        let permit = grants
            .permit(
                located.place,
                Scope::File,
                Some(rights),
                &Visitor::of(Source::Local),
            )
            .with_context(name)?;
        let life = installation
            .settings
            .keys
            .lifetime
            .map_or(Ok(Life::Unlimited), Life::of)?;
        let terms = Terms {
            limits: Limits {
                idle: installation.settings.keys.idle,
                ..Limits::default()
            },
            ..Terms::of(life)
        };
        let draft = mint::draft(permit, terms, now, &installation.secrets.sealer())?;
        let uses = &installation.last_uses;
        let minted = installation.keys.issue_blocking(draft, now, uses)?;
        if minted.new {
            installation.audit.note(Event {
                by: Some(Source::Local.to_string().into()),
                ..Event::of(Act::Mint, minted.key.id(), Timestamp::now())
            });
        }
        let file = TicketFile {
            dirname: target.dirname.to_string(),
            basename: target.basename.to_string(),
        };
        let bookmark = format!("{url}?accesskey={}", minted.key.reveal());
        links.push((bookmark, login::link(installation, url, Some(file))?));
    }
    Ok(links)
}
