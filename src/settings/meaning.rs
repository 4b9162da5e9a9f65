//! What was typed becomes what it means, every mistake noted on the way.
//!
//! Only from here do [`Settings`] come. Where a value was refused a harmless one stands in until the end, when the
//! settings as a whole are refused.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::address::{self, Networks};
use super::path::{self, NotPath};
use super::problem::{Findings, Place};
use super::public_url::{BasePath, PublicUrl};
use super::raw::{RawKeys, RawSettings, Texts};
use super::{HardLinks, Keys, OnGrantLost, Settings};
use super::{audit, environment, gate, host, php, policy, span, store, tls, trusted_headers};
use crate::mint::{Bind, Idle};
use crate::names::Rights;

/// The folders that relative paths start from.
#[derive(Debug, Clone)]
pub(super) struct Bases {
    /// The settings file's, or the working directory without one.
    pub(super) settings: PathBuf,
    /// The working directory, for what was typed on the command line.
    pub(super) working: PathBuf,
}

/// The files that are settled before the settings are.
pub(super) struct Whereabouts {
    pub(super) settings_file: Option<PathBuf>,
    pub(super) key_folder: PathBuf,
    pub(super) bases: Bases,
    pub(super) held: environment::Held,
}

/// What the settings mean. Valid only if nothing was found wrong.
pub(super) fn settings(
    raw: RawSettings,
    whereabouts: Whereabouts,
    findings: &mut Findings,
) -> Settings {
    let Whereabouts {
        settings_file,
        key_folder,
        bases,
        mut held,
    } = whereabouts;
    let mut reader = Reader { findings, bases };
    let base_path = reader.optional("base_path", raw.base_path.as_deref(), FromStr::from_str);
    // A bad base path would make the best address look wrong.
    let address = raw.public_url.as_deref().filter(|_| base_path.is_some());
    let base_path: BasePath = base_path.unwrap_or_default();
    let public_url = reader.optional("public_url", address, |text| {
        PublicUrl::parse(text, &base_path)
    });
    let addressed = raw.public_url.is_some();
    let with_hosts = raw.hosts.as_ref().is_some_and(|list| !list.is_empty());
    let access_key_file = reader.file("access_key_file", raw.access_key_file.as_deref());
    let secret_file = reader.file("secret_file", raw.secret_file.as_deref());
    let https = public_url.as_ref().map(PublicUrl::is_https);
    let audit = audit::audit(&raw.audit.unwrap_or_default(), &key_folder, &mut reader);
    let gate = gate::gate(raw.gate, public_url.as_ref(), &mut reader);
    let networks = raw.metrics_networks.unwrap_or_default();
    let stored = (raw.store.as_deref(), raw.redis.unwrap_or_default());
    let (store, redis) = store::store(stored, &mut held, &mut reader);
    let settings = Settings {
        settings_file,
        listen: address::listen(raw.listen.unwrap_or_default(), &mut reader),
        base_path,
        public_url,
        roots: reader.roots(raw.roots.unwrap_or_default()),
        access_key_file: access_key_file.unwrap_or_else(|| key_folder.join("accesskeys.json")),
        secret_file: secret_file.unwrap_or_else(|| key_folder.join("secret")),
        secret: held.secret,
        key_folder,
        store,
        redis,
        local_access: raw.local_access.unwrap_or(false),
        keys: reader.keys(&raw.keys.unwrap_or_default()),
        trusted_proxies: reader.proxies(raw.trusted_proxies.unwrap_or_default()),
        trusted_headers: raw
            .trusted_headers
            .map(|raw| trusted_headers::trusted_headers(raw, &mut reader)),
        hosts: host::hosts(raw.hosts.unwrap_or_default(), &mut reader),
        jwt: super::jwt::jwt(raw.jwt.unwrap_or_default(), &mut reader),
        grants: policy::policy(raw.grants.unwrap_or_default(), &mut reader),
        php_sessions: php::sessions(&raw.php_sessions.unwrap_or_default(), &mut reader),
        users_file: reader.file("users_file", raw.users_file.as_deref()),
        tls: tls::tls(&raw.tls.unwrap_or_default(), https, &mut reader),
        sessions: reader.sessions(&raw.sessions.unwrap_or_default()),
        gate,
        hard_links: reader.hard_links(raw.hard_links.as_deref()),
        limits: reader.limits(&raw.limits.unwrap_or_default()),
        audit,
        metrics_networks: Networks(reader.list("metrics_networks", networks, address::network)),
        prune: reader.prune(&raw.prune.unwrap_or_default()),
    };
    if !addressed {
        needs_address(&settings, with_hosts, &mut reader);
    }
    together(&settings, &mut reader);
    settings
}

/// Says what two settings cannot be together.
fn together(settings: &Settings, reader: &mut Reader<'_>) {
    if settings.access_key_file == settings.secret_file {
        reader.refuse(
            "secret_file",
            &"this is the key file: the secret needs a file of its own",
        );
    }
    trusted_headers::secret_apart(settings, reader);
}

/// Says what cannot be without an address that visitors type.
fn needs_address(settings: &Settings, with_hosts: bool, reader: &mut Reader<'_>) {
    let with_php = settings.php_sessions.is_some();
    for (there, name) in [(with_hosts, "hosts"), (with_php, "php_sessions")] {
        if there {
            let why = format!("needed with {name}: the address that their visitors are sent to");
            reader.refuse("public_url", &why);
        }
    }
}

/// One of two words.
enum Choice {
    First,
    Second,
}

/// Reads values and notes what is wrong with them.
pub(super) struct Reader<'a> {
    findings: &'a mut Findings,
    bases: Bases,
}

impl Reader<'_> {
    pub(super) fn refuse(&mut self, path: &str, message: &dyn fmt::Display) {
        self.findings.refuse(path, message);
    }

    /// A value that must be there.
    pub(super) fn needed<T: FromStr<Err: fmt::Display>>(
        &mut self,
        path: &str,
        text: Option<&str>,
    ) -> Option<T> {
        if text.is_none() {
            self.refuse(path, &"needed");
        }
        self.optional(path, text, FromStr::from_str)
    }

    /// A value that may be absent.
    pub(super) fn optional<T, E: fmt::Display>(
        &mut self,
        path: &str,
        text: Option<&str>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let value = parse(text?);
        self.findings.keep(path, value)
    }

    /// The good ones of a list.
    pub(super) fn list<T, E: fmt::Display>(
        &mut self,
        path: &str,
        texts: Texts,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Vec<T> {
        let mut values = Vec::new();
        for (index, text) in texts.0.into_iter().enumerate() {
            let path = format!("{path}[{index}]");
            match text {
                Some(text) => values.extend(self.findings.keep(&path, parse(&text))),
                None => self.refuse(&path, &"this is null, expected a string"),
            }
        }
        values
    }

    fn roots(&mut self, texts: Texts) -> Vec<PathBuf> {
        let base = self.base("roots");
        self.list("roots", texts, |text| path::resolve(text, &base))
    }

    pub(super) fn file(&mut self, path: &str, text: Option<&str>) -> Option<PathBuf> {
        let base = self.base(path);
        self.optional(path, text, |text| match text.strip_suffix('/') {
            Some(_) => Err(NotPath),
            None => path::resolve(text, &base),
        })
    }

    /// Where a relative path at this setting starts from.
    fn base(&self, path: &str) -> PathBuf {
        match self.findings.place(path) {
            Place::Flag => self.bases.working.clone(),
            Place::Default | Place::Text { .. } | Place::Variable(_) => self.bases.settings.clone(),
        }
    }

    fn keys(&mut self, raw: &RawKeys) -> Keys {
        let bind = self.either("keys.bind", raw.bind.as_deref(), ["holder", "visitor"]);
        let lost = self.either(
            "keys.on_grant_lost",
            raw.on_grant_lost.as_deref(),
            ["keep", "revoke"],
        );
        Keys {
            lifetime: self.optional("keys.lifetime", raw.lifetime.as_deref(), span::duration),
            idle: self.optional("keys.idle", raw.idle.as_deref(), Idle::parse),
            require_passphrase: raw.require_passphrase.unwrap_or(false),
            rights: self
                .optional("keys.rights", raw.rights.as_deref(), Rights::from_str)
                .unwrap_or(Rights::View),
            bind: match bind {
                Choice::First => Bind::Holder,
                Choice::Second => Bind::Visitor,
            },
            on_grant_lost: match lost {
                Choice::First => OnGrantLost::Keep,
                Choice::Second => OnGrantLost::Revoke,
            },
        }
    }

    /// A choice of two words, the first where there is none.
    fn either(&mut self, path: &str, text: Option<&str>, [first, second]: [&str; 2]) -> Choice {
        match text {
            None => Choice::First,
            Some(text) if text == first => Choice::First,
            Some(text) if text == second => Choice::Second,
            Some(_) => {
                self.refuse(path, &format!("this is '{first}' or '{second}'"));
                Choice::First
            }
        }
    }

    fn proxies(&mut self, texts: Texts) -> Networks {
        Networks(self.list("trusted_proxies", texts, address::proxy))
    }

    fn hard_links(&mut self, text: Option<&str>) -> HardLinks {
        match text {
            None | Some("refuse") => HardLinks::Refuse,
            Some("write") => HardLinks::Write,
            Some(_) => {
                self.refuse("hard_links", &"this is 'refuse' or 'write'");
                HardLinks::Refuse
            }
        }
    }
}
