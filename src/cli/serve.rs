//! `editkey serve`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::{Context as _, Result};
use clap::Args;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::announce::announce;
use super::installation::{self, Installation};
use super::reread::Reread;
use super::running::{Hung, Running};
use super::schedule::Schedule;
use super::{certificate, descriptors, node, opened, running, volumes};
use crate::access::{Access, Entry};
use crate::http::{self, Bound, Config, DeniedImage, Server, Tls};
use crate::settings::{self, PublicPicture, Settings, Sources};

/// How to serve.
#[derive(Debug, Args)]
pub struct Serve {
    /// Listen here instead of where the settings say; may be repeated.
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Vec<String>,
    /// Edit files below this directory; may be repeated.
    #[arg(long, value_name = "DIR")]
    pub root: Vec<PathBuf>,
    /// Take links from the command line (see 'editkey login').
    #[arg(long)]
    pub local_access: bool,
    /// Speak TLS with a certificate that editkey makes for itself.
    #[arg(long, value_name = "self-signed", value_parser = ["self-signed"])]
    pub tls: Option<String>,
    /// Check everything, say so, and do not serve.
    #[arg(long)]
    pub check: bool,
}

impl Serve {
    /// What was typed, by the settings' names.
    #[must_use]
    pub fn flags(&self) -> Map<String, Value> {
        let mut flags = Map::new();
        if !self.listen.is_empty() {
            flags.insert("listen".to_owned(), self.listen.clone().into());
        }
        if !self.root.is_empty() {
            let roots: Vec<String> = self
                .root
                .iter()
                .map(|root| root.to_string_lossy().into_owned())
                .collect();
            flags.insert("roots".to_owned(), roots.into());
        }
        if self.tls.is_some() {
            flags.insert("tls".to_owned(), json!({"self_signed": true}));
        }
        if self.local_access {
            flags.insert("local_access".to_owned(), true.into());
        }
        flags
    }
}

/// Serves until it is told to end.
///
/// # Errors
/// Settings, state or sockets that are not as they should be; each says what to do.
pub fn run(
    serve: &Serve,
    mut sources: Sources,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode> {
    sources.flags.extend(serve.flags());
    let settings = settings::load(&sources)?;
    certificate::check_places(&settings)?;
    match &settings.settings_file {
        Some(file) => writeln!(err, "settings: {}", file.display())?,
        None => writeln!(
            err,
            "settings: none, only the command line and the environment"
        )?,
    }
    let policy = Reread::of(&settings, sources);
    let ready = Ready::new(settings, false)?;
    if serve.check {
        writeln!(out, "editkey is ready to serve")?;
        return Ok(ExitCode::SUCCESS);
    }
    ready.serve(out, err, policy, |_| Ok(()))?;
    Ok(ExitCode::SUCCESS)
}

/// A server whose state and sockets are in order.
pub struct Ready {
    installation: Installation,
    roots: Vec<PathBuf>,
    bound: Bound,
    tls: Option<Tls>,
    denied_image: Option<DeniedImage>,
    follows_open: bool,
}

impl Ready {
    /// Reads the keys, opens the roots and binds the sockets of `settings`. `follows_open` adds the folders that `open`
    /// remembers, now and while it runs.
    ///
    /// # Errors
    /// A key file that is broken, named with line and column; a root that is none; an address in use.
    pub fn new(settings: Settings, follows_open: bool) -> Result<Self> {
        descriptors::raise();
        let bound = http::bind(&settings.listen, &settings.gate.fastcgi_listen)?;
        let roots = settings.roots.clone();
        let installation = Installation::open_serving(settings)?;
        volumes::alone(&installation.settings)?;
        node::warn(&installation)?;
        installation.keys.open_blocking()?;
        installation.roots(&roots)?;
        let tls = certificate::tls(&installation.settings, Timestamp::now())?;
        let picture = PublicPicture::of(&installation.settings).map(DeniedImage::new);
        let denied_image = picture.transpose().map_err(anyhow::Error::msg);
        let denied_image = denied_image.context("gate.denied_image")?;
        Ok(Self {
            installation,
            roots,
            bound,
            tls,
            denied_image,
            follows_open,
        })
    }

    /// The address on this machine.
    #[must_use]
    pub fn url(&self) -> String {
        let base = self.installation.settings.base_path.as_str();
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        match self.bound.addresses().first() {
            Some(address) if address.ip().is_unspecified() => {
                format!("{scheme}://127.0.0.1:{}{base}", address.port())
            }
            Some(address) => format!("{scheme}://{address}{base}"),
            None => format!("{scheme}://localhost{base}"),
        }
    }

    /// The state, for commands that go before serving.
    #[must_use]
    pub fn installation(&self) -> &Installation {
        &self.installation
    }

    /// Serves. `started` is called once the address is known and said; `policy` is looked at while it runs.
    ///
    /// # Errors
    /// When a socket fails, or `started` does.
    pub fn serve(
        self,
        out: &mut dyn Write,
        err: &mut dyn Write,
        policy: Reread,
        started: impl FnOnce(&mut dyn Write) -> Result<()>,
    ) -> Result<()> {
        let url = self.url();
        let roots = self.installation.roots(&self.roots)?;
        let Self {
            installation,
            roots: paths,
            bound,
            tls,
            denied_image,
            follows_open,
        } = self;
        let settings = &installation.settings;
        let folder = settings.key_folder.clone();
        let running = Running {
            url: url.clone(),
            local_access: settings.local_access,
            follows_open,
            roots: paths.clone(),
            machine: running::machine(),
        };
        let port = bound
            .addresses()
            .first()
            .map_or(0, std::net::SocketAddr::port);
        let sign = Hung::up(folder, port, running);
        announce(
            &installation,
            &bound,
            tls.as_ref(),
            &url,
            follows_open,
            out,
            err,
        )?;
        out.flush()?;
        started(out)?;
        out.flush()?;
        let kept = installation.settings.clone();
        let follow = Follow::new(follows_open, kept.clone(), paths);
        let schedule = Schedule::of(kept.prune.clone());
        let member = installation.member.clone();
        let (access, entry) = installation.access(roots)?;
        let mut config = config(access, entry, kept, tls);
        config.denied_image = denied_image;
        config.store = member;
        Server::new(bound, config)
            .run(move |access, entry| {
                follow.look(access);
                policy.look(access, entry);
                schedule.look(access);
                sign.look();
            })
            .context("serving")?;
        Ok(())
    }
}

/// What the server is told.
fn config(access: Access, entry: Entry, settings: Settings, tls: Option<Tls>) -> Config {
    Config {
        access,
        entry,
        base_path: settings.base_path.as_str().to_owned(),
        public_url: settings
            .public_url
            .as_ref()
            .map(|url| url.as_str().to_owned()),
        origin: settings
            .public_url
            .as_ref()
            .map(settings::PublicUrl::origin),
        trusted_proxies: settings.trusted_proxies,
        metrics_networks: settings.metrics_networks,
        new_keys_per_minute: settings.limits.new_keys_per_minute,
        gate: settings.gate,
        denied_image: None,
        tls,
        drain: settings.limits.drain,
        store: None,
    }
}

/// Takes up the folders that `open` adds while the server runs.
struct Follow {
    settings: Option<Settings>,
    paths: Vec<PathBuf>,
    seen: std::cell::Cell<Option<SystemTime>>,
}

impl Follow {
    fn new(follows: bool, settings: Settings, paths: Vec<PathBuf>) -> Self {
        let seen = changed(&settings.key_folder);
        Self {
            settings: follows.then_some(settings),
            paths,
            seen: std::cell::Cell::new(seen),
        }
    }

    fn look(&self, access: &Access) {
        let Some(settings) = &self.settings else {
            return;
        };
        let now = changed(&settings.key_folder);
        if now == self.seen.get() {
            return;
        }
        self.seen.set(now);
        let mut paths = self.paths.clone();
        paths.extend(opened::folders(&settings.key_folder));
        match installation::roots(settings, &paths) {
            Ok(roots) => access.replace_roots(roots),
            Err(error) => tracing::warn!("the folders that 'editkey open' added: {error:#}"),
        }
    }
}

fn changed(key_folder: &Path) -> Option<SystemTime> {
    std::fs::metadata(opened::path(key_folder))
        .ok()?
        .modified()
        .ok()
}
