//! What the commands share: the settings in use, and the state in the key folder that goes with them.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};

use super::node::{self, Patience};
use super::own_state;
use crate::access::prune::Prunes;
use crate::access::{Access, Entry, KeyLimits, LocalUsers, PhpHost};
use crate::files::Saver;
use crate::mint::Secrets;
use crate::names::Dirname;
use crate::resolve::{HardLinks, Protected, Roots};
use crate::settings::{self, PhpSessions, Settings, Tls};
use crate::store::audit::AuditFile;
use crate::store::php::{PhpPlace, PhpStore};
use crate::store::{Audit, Keys, LastUses, Member, Sessions, Users};
use crate::visitor::{PhpSource, TrustedHeaders};

/// Settings and the state that goes with them.
pub struct Installation {
    /// The settings.
    pub settings: Settings,
    /// The keys of this installation.
    pub secrets: Secrets,
    /// The access keys.
    pub keys: Keys,
    /// Sessions, grants and tickets.
    pub sessions: Sessions,
    /// When keys were used last.
    pub last_uses: LastUses,
    /// What is told of it; what commands note is written when this goes.
    pub audit: Audit,
    /// This node among those that share a store; none: files keep everything.
    pub member: Option<Arc<Member>>,
    trusted_headers: Option<TrustedHeaders>,
}

impl Installation {
    /// What holds the keys, by name.
    #[must_use]
    pub fn store_name(&self) -> String {
        match self.keys.file() {
            Some(log) => log.path().display().to_string(),
            None => "the keys at the server".to_owned(),
        }
    }

    /// The installation of `settings`; its key folder and its secret are made if they are missing.
    ///
    /// # Errors
    /// Anything in the key folder that is not ours alone, with the command that mends it; a secret that is none, or another
    /// than that of the other nodes; a store that does not answer.
    pub fn open(settings: Settings) -> Result<Self> {
        Self::open_with(settings, Patience::Command)
    }

    /// The same for a server, which waits for a store that does not answer yet.
    ///
    /// # Errors
    /// As [`open`](Self::open), but for that store.
    pub fn open_serving(settings: Settings) -> Result<Self> {
        Self::open_with(settings, Patience::Server)
    }

    fn open_with(settings: Settings, patience: Patience) -> Result<Self> {
        let folder = &settings.key_folder;
        if !folder.exists() {
            make_folder(folder)?;
        }
        for (_, path) in own_state::files(&settings) {
            own_state::check(&path, folder)?;
        }
        let (secrets, member) = node::join(&settings, patience)?;
        let (keys, sessions, last_uses) = stores(&settings, &secrets, member.as_deref());
        Ok(Self {
            trusted_headers: trusted_headers(&settings)?,
            keys,
            sessions,
            last_uses,
            member,
            audit: settings.audit.clone().map(Audit::to).unwrap_or_default(),
            secrets,
            settings,
        })
    }

    /// What pruning needs.
    #[must_use]
    pub fn prunes(&self) -> Prunes {
        Prunes {
            keys: self.keys.clone(),
            last_uses: self.last_uses.clone(),
            audit: self.audit.clone(),
        }
    }

    /// The roots, opened, with editkey's own state kept out of them.
    ///
    /// # Errors
    /// A root that is none, or is editkey's own.
    pub fn roots(&self, paths: &[PathBuf]) -> Result<Roots> {
        roots(&self.settings, paths)
    }

    /// Everything that issuing and redeeming need, on these roots.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub fn access(self, roots: Roots) -> Result<(Access, Entry)> {
        let Self {
            settings,
            secrets,
            keys,
            sessions,
            last_uses,
            audit,
            trusted_headers,
            member: _,
        } = self;
        let body = settings.limits.body;
        let key_limits = KeyLimits {
            lifetime: settings.keys.lifetime,
            rights: settings.keys.rights,
            bind: settings.keys.bind,
            idle: settings.keys.idle,
            require_passphrase: settings.keys.require_passphrase,
        };
        let saver = Saver::new(body, Some(settings.key_folder));
        let users = settings.users_file.as_deref().map(Users::at);
        let entry = Entry::new(
            sessions,
            settings.hosts,
            settings.sessions.lifetime,
            settings.grants,
            settings.keys.on_grant_lost,
            &roots,
        )
        .trusting(trusted_headers)
        .with_php(settings.php_sessions.map(php_host))
        .with_tokens(settings.jwt)
        .with_gate(settings.gate.table.clone(), &roots)
        .with_users(users.map(LocalUsers::new).transpose()?);
        let access = Access::new(keys, last_uses, secrets, roots, saver, key_limits, body);
        Ok((access.audited(audit), entry))
    }
}

/// Where keys, sessions and last uses stand: in files of the key folder, or at the server that the nodes share. The one
/// place that chooses.
fn stores(
    settings: &Settings,
    secrets: &Secrets,
    member: Option<&Member>,
) -> (Keys, Sessions, LastUses) {
    let folder = &settings.key_folder;
    let max = settings.sessions.max;
    if let Some(member) = member {
        let link = || member.link().clone();
        return (
            Keys::over(link(), secrets.sealer()),
            Sessions::over(link(), max),
            LastUses::over(link()),
        );
    }
    (
        Keys::at(&settings.access_key_file, secrets.sealer()),
        Sessions::at(&folder.join("sessions.json"), max),
        LastUses::at(&folder.join("lastused.json")),
    )
}

/// The roots, opened, with editkey's own state kept out of them.
///
/// # Errors
/// A root that is none, or is editkey's own. Nothing is made.
pub fn roots(settings: &Settings, paths: &[PathBuf]) -> Result<Roots> {
    let mut directories = Vec::with_capacity(paths.len());
    for path in paths {
        let canonical = path
            .canonicalize()
            .with_context(|| format!("the root {}", path.display()))?;
        let Some(text) = canonical.to_str() else {
            bail!("the root {} has a name that is not UTF-8", path.display());
        };
        directories
            .push(Dirname::parse(text).with_context(|| format!("the root {}", path.display()))?);
    }
    let hard_links = match settings.hard_links {
        settings::HardLinks::Refuse => HardLinks::Refuse,
        settings::HardLinks::Write => HardLinks::Write,
    };
    let own = own(settings, &directories)?;
    Ok(Roots::open(directories, hard_links, Protected::new(own))?)
}

/// All that is editkey's own: the key folder, and whatever lies elsewhere with the folder that is for it, since
/// files that do not exist yet will appear there.
fn own(settings: &Settings, roots: &[Dirname]) -> Result<Vec<PathBuf>> {
    let mut own = vec![settings.key_folder.clone()];
    own.extend(php_folder(settings, roots)?);
    own.extend(settings.settings_file.clone());
    own.extend(settings.audit.iter().flat_map(AuditFile::older));
    let mut files = settings.secret_files();
    if let Some(Tls::Files { key, .. }) = &settings.tls {
        files.push(key);
        // The key may stand behind a link.
        own.extend(key.canonicalize());
    }
    for path in files {
        own.push(path.clone());
        let Some(folder) = path.parent().and_then(|folder| folder.canonicalize().ok()) else {
            continue;
        };
        if roots.iter().any(|root| root.as_path() == folder) {
            bail!(
                "{} lies in a root itself; give it a folder of its own",
                path.display()
            );
        }
        if !roots.iter().any(|root| root.as_path().starts_with(&folder)) {
            own.push(folder);
        } else if *path == settings.access_key_file
            && roots.iter().any(|root| folder.starts_with(root.as_path()))
        {
            // Marks and backups stand beside it, and the folder cannot be kept out of reach as a whole.
            bail!(
                "{} lies between two roots; give it a folder of its own",
                path.display()
            );
        }
    }
    Ok(own)
}

fn trusted_headers(settings: &Settings) -> Result<Option<TrustedHeaders>> {
    let Some(trusted) = settings.trusted_headers.clone() else {
        return Ok(None);
    };
    let secret = trusted.secret().map_err(anyhow::Error::msg)?;
    Ok(Some(TrustedHeaders {
        proxies: trusted.proxies,
        names: trusted.names,
        secret,
    }))
}

fn php_host(sessions: PhpSessions) -> PhpHost {
    PhpHost::new(
        PhpSource::new(sessions.cookie, sessions.user),
        PhpStore::at(sessions.place, sessions.lifetime),
    )
}

/// The folder of PHP's sessions, which is out of reach like our own: whoever edits a session is whom they like.
fn php_folder(settings: &Settings, roots: &[Dirname]) -> Result<Option<PathBuf>> {
    let place = settings.php_sessions.as_ref().map(|php| &php.place);
    let Some(PhpPlace::Files { folder, .. }) = place else {
        return Ok(None);
    };
    let canonical = folder.canonicalize().unwrap_or_else(|_| folder.clone());
    if let Some(root) = roots
        .iter()
        .find(|root| root.as_path().starts_with(&canonical))
    {
        bail!(
            "the root {root} lies in {}, where PHP keeps its sessions: give those a folder of their own",
            folder.display()
        );
    }
    Ok(Some(folder.clone()))
}

fn make_folder(folder: &std::path::Path) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("the key folder {}", folder.display()))?;
    Ok(())
}
