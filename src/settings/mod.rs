//! What was typed becomes what it means: flag over environment over file over default, all problems told at once.
//!
//! The stages, in the order of the flow: `find` (which file), `text` and `environment` (what it says, and where),
//! `layer` (which one counts), `shape` (known names, right types), `meaning` (values that cannot be wrong). Settings
//! are read once and passed on as values; nothing here is global and the environment is an argument.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

mod address;
mod audit;
mod bounds;
mod denied_image;
pub mod edit;
mod environment;
mod find;
mod gate;
mod host;
mod jwt;
mod layer;
mod meaning;
mod path;
mod php;
mod places;
mod policy;
mod problem;
mod prune;
mod public_url;
mod raw;
mod reading;
mod save_path;
mod shape;
mod show;
pub mod span;
mod store;
mod store_address;
mod text;
mod tls;
mod trusted_headers;

pub use crate::visitor::{HostName, NotHostName};
pub use address::{Listen, Networks, NotListen, NotNetwork};
pub use denied_image::PublicPicture;
pub use environment::CONFIG;
pub use find::usual_places;
pub use gate::{Gate, Sendfile};
pub use host::{Ceiling, Host, NotTokenHash, TokenHash};
pub use jwt::Jwt;
pub use php::PhpSessions;
pub use places::check_places;
pub use problem::{MOST_PROBLEMS, Place, Problem, Problems};
pub use prune::Prune;
pub use public_url::{BasePath, NotBasePath, NotPublicUrl, PublicUrl};
pub use reading::{Sources, load};
pub use shape::schema;
pub use show::{Effective, effective};
pub use store::{Redis, Store};
pub use tls::{SELF_SIGNED, Tls};
pub use trusted_headers::TrustedHeaders;

use crate::grants::Policy;
use crate::mint::{Bind, Idle, Secret};
use crate::names::Rights;
use crate::store::AuditFile;

/// All settings. Nothing in it can be wrong in itself; what only the disk knows, [`check_places`] looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The file in use, as an absolute path; none: flags, environment and defaults alone.
    pub settings_file: Option<PathBuf>,
    /// Where to listen; at least one place.
    pub listen: Vec<Listen>,
    /// The path below which everything is served.
    pub base_path: BasePath,
    /// The address that visitors type; there whenever there are hosts. Its path is `base_path`.
    pub public_url: Option<PublicUrl>,
    /// Directories below which files may be touched at all, as absolute paths that still may contain links and a `..`.
    pub roots: Vec<PathBuf>,
    /// Where editkey keeps its own files.
    pub key_folder: PathBuf,
    /// The key file.
    pub access_key_file: PathBuf,
    /// The file of the secret that seals keys.
    pub secret_file: PathBuf,
    /// That secret, where the environment holds it; the file is not looked at then.
    pub secret: Option<Secret>,
    /// Where keys are kept.
    pub store: Store,
    /// How a server that keeps them is spoken to.
    pub redis: Redis,
    /// Whether someone at this machine may sign in by a one-use link.
    pub local_access: bool,
    /// What holds for every new key.
    pub keys: Keys,
    /// Whose X-Forwarded-For, -Proto and -Host are believed.
    pub trusted_proxies: Networks,
    /// The sign-on in front whose headers are believed, if any.
    pub trusted_headers: Option<TrustedHeaders>,
    /// The host applications that may grant.
    pub hosts: Vec<Host>,
    /// The tokens that say who somebody is.
    pub jwt: Vec<Jwt>,
    /// Who gets what.
    pub grants: Policy,
    /// Sessions of PHP applications that grant; none: they are not read.
    pub php_sessions: Option<PhpSessions>,
    /// The file of local users, if there are any.
    pub users_file: Option<PathBuf>,
    /// TLS without a proxy.
    pub tls: Option<Tls>,
    /// Browser sessions.
    pub sessions: Sessions,
    /// The verdict for a reverse proxy that asks.
    pub gate: Gate,
    /// What is done with a file of several hard links.
    pub hard_links: HardLinks,
    /// Bounds on what is taken in, and for how long.
    pub limits: Limits,
    /// The audit log; none: nothing is written.
    pub audit: Option<AuditFile>,
    /// Who may read /metrics and the details of /readyz.
    pub metrics_networks: Networks,
    /// Which keys the server prunes.
    pub prune: Prune,
}

impl Settings {
    /// The files of keys and secrets, and of what is told of them, but for that of TLS.
    #[must_use]
    pub fn secret_files(&self) -> Vec<&PathBuf> {
        let mut files = vec![&self.access_key_file, &self.secret_file];
        files.extend(&self.users_file);
        let trusted = self.trusted_headers.as_ref();
        let secret = trusted.and_then(|trusted| trusted.secret.as_ref());
        files.extend(secret.map(|(_, file)| file));
        files.extend(self.jwt.iter().map(|jwt| &jwt.key_file));
        files.extend(self.audit.as_ref().map(|audit| &audit.path));
        files.extend(self.redis.secret_files());
        files
    }
}

/// What holds for every new key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// The longest life of a new key; none: for ever.
    pub lifetime: Option<Duration>,
    /// The longest that a new key may stay unused; none: for ever.
    pub idle: Option<Idle>,
    /// Whether every new key needs a passphrase.
    pub require_passphrase: bool,
    /// The most that a new key may do.
    pub rights: Rights,
    /// Who may use a key.
    pub bind: Bind,
    /// What becomes of a key whose visitor lost the grant.
    pub on_grant_lost: OnGrantLost,
}

/// What becomes of a key whose visitor lost the grant, where that can be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnGrantLost {
    /// It stays as it is.
    Keep,
    /// It is revoked.
    Revoke,
}

/// Browser sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sessions {
    /// How long one lives.
    pub lifetime: Duration,
    /// How many are kept, at least 1.
    pub max: usize,
}

/// What is done with a file of several hard links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HardLinks {
    /// It is not opened.
    Refuse,
    /// It is written in place, under all its names at once.
    Write,
}

/// Bounds on what is taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of a request's body, and of a file that can be saved.
    pub body: u64,
    /// How many new keys a visitor gets in a minute; none: no limit.
    pub new_keys_per_minute: Option<NonZeroU32>,
    /// How long the server serves on once it is told to end; none: not at all.
    pub drain: Option<Duration>,
}
