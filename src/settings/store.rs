//! Where keys, sessions and what goes with them are kept, and how a server that keeps them is spoken to.
//!
//! Passwords come by the address, a file or the environment, one of them; what holds one cannot be printed.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::environment::Held;
use super::meaning::Reader;
use super::store_address::{self, store_address};
use super::{Settings, span};
use crate::store::keyfile::{self, Secrecy};
use crate::store::redis::{Options, StoreAddress, TlsFiles, Where};

/// The bounds of `redis.stale`, and of `redis.within`.
const STALE: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(60));
const WITHIN: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(30));
/// The bounds of `redis.cache`.
const CACHE: (u64, u64) = (1 << 20, 64 << 30);
/// Most replicas that are waited for.
const REPLICAS: u64 = 16;
/// Most bytes of a password.
const PASSWORD_BYTES: usize = 4096;

/// How a Redis or Valkey that keeps everything is spoken to; used where `store` names one.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a section in braces")]
pub(super) struct RawRedis {
    /// What all our keys at the server begin with, in braces; two installations at one server have two.
    prefix: Option<String>,
    /// The file with the password, where the address holds none.
    password_file: Option<String>,
    /// The file with the password of the sentinels, where they ask for one.
    sentinel_password_file: Option<String>,
    /// The authorities that are believed with `rediss://`, PEM; the machine's own if absent.
    authorities: Option<String>,
    /// The file of our own certificate for `rediss://`, PEM. Needs `key`.
    certificate: Option<String>,
    /// The file of its private key, PEM.
    key: Option<String>,
    /// How long what was read counts without a sign of life from the server: a node that hears nothing for so long refuses.
    stale: Option<String>,
    /// The longest wait for an answer.
    within: Option<String>,
    /// The memory that a node may take, most of it for what was read of the server.
    cache: Option<String>,
    /// How many replicas must have a change before it is acknowledged.
    replicas: Option<u64>,
}

/// Where keys are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Store {
    /// The key file.
    Json,
    /// A Redis or Valkey, at this address as typed.
    Redis(StoreAddress),
}

/// How a Redis or Valkey is spoken to.
#[derive(Clone, PartialEq, Eq)]
pub struct Redis {
    /// The bounds, and the prefix.
    pub options: Options,
    tls: TlsFiles,
    password: Option<Password>,
    sentinel_password: Option<Password>,
}

/// A password, or the file that holds it.
#[derive(Clone, PartialEq, Eq)]
enum Password {
    Given(Zeroizing<String>),
    File(PathBuf),
}

impl fmt::Debug for Redis {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Redis")
            .field("options", &self.options)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// The server that keeps everything, with the passwords that go with it; none: files do.
    ///
    /// # Errors
    /// A file that cannot be read, by its setting.
    pub fn store_address(&self) -> Result<Option<StoreAddress>, (&'static str, String)> {
        match &self.store {
            Store::Json => Ok(None),
            Store::Redis(address) => self.redis.complete(address.clone()).map(Some),
        }
    }

    /// What `text` means on the command line: an address without a password, which goes with those of the settings.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence that repeats nothing of it.
    pub fn store_named(&self, text: &str) -> Result<StoreAddress, String> {
        let address = store_address(text).map_err(|error| error.to_string())?;
        if address.password.is_some() {
            return Err("a password on the command line is seen by everybody here: it belongs into redis.password_file or EDITKEY_REDIS__PASSWORD".to_owned());
        }
        let complete = self.redis.complete(address);
        complete.map_err(|(setting, message)| format!("{setting}: {message}"))
    }
}

impl Redis {
    fn complete(&self, mut address: StoreAddress) -> Result<StoreAddress, (&'static str, String)> {
        if address.tls.is_some() {
            address.tls = Some(self.tls.clone());
            for (setting, file, secrecy) in self.tls_files() {
                let read = keyfile::read(file, secrecy);
                read.map_err(|error| (setting, error.to_string()))?;
            }
        }
        if address.password.is_none() {
            let read = self.password.as_ref().map(Password::read).transpose();
            address.password = read.map_err(|error| ("redis.password_file", error))?;
        }
        if matches!(address.at, Where::Sentinel { .. }) {
            let password = self.sentinel_password.as_ref();
            let read = password.map(Password::read).transpose();
            address.sentinel_password =
                read.map_err(|error| ("redis.sentinel_password_file", error))?;
        }
        Ok(address)
    }

    fn tls_files(&self) -> impl Iterator<Item = (&'static str, &Path, Secrecy)> {
        let authorities = self.tls.authorities.as_deref();
        let own = self.tls.own.as_ref();
        let all = [
            ("redis.authorities", authorities, Secrecy::Public),
            (
                "redis.certificate",
                own.map(|(certificate, _)| certificate.as_path()),
                Secrecy::Public,
            ),
            (
                "redis.key",
                own.map(|(_, key)| key.as_path()),
                Secrecy::Secret,
            ),
        ];
        all.into_iter()
            .filter_map(|(setting, file, secrecy)| Some((setting, file?, secrecy)))
    }

    /// The files that hold secrets.
    pub(super) fn secret_files(&self) -> impl Iterator<Item = &PathBuf> {
        let passwords = [&self.password, &self.sentinel_password];
        let files = passwords.into_iter().filter_map(|password| match password {
            Some(Password::File(file)) => Some(file),
            Some(Password::Given(_)) | None => None,
        });
        files.chain(self.tls.own.as_ref().map(|(_, key)| key))
    }
}

impl Password {
    fn read(&self) -> Result<Zeroizing<String>, String> {
        let file = match self {
            Self::Given(word) => return Ok(word.clone()),
            Self::File(file) => file,
        };
        let bytes = keyfile::read(file, Secrecy::Secret).map_err(|error| error.to_string())?;
        let text = std::str::from_utf8(&bytes).unwrap_or_default();
        let text = text.trim_end_matches(['\r', '\n']);
        let plain =
            !text.is_empty() && text.len() <= PASSWORD_BYTES && !text.chars().any(char::is_control);
        plain
            .then(|| Zeroizing::new(text.to_owned()))
            .ok_or_else(|| {
                format!(
                    "'{}' holds no password: one line of at most {PASSWORD_BYTES} bytes in UTF-8",
                    file.display()
                )
            })
    }
}

/// Where keys are kept, and what the section says of it.
pub(super) fn store(
    (text, raw): (Option<&str>, RawRedis),
    held: &mut Held,
    reader: &mut Reader<'_>,
) -> (Store, Redis) {
    let text = text.filter(|text| *text != "json");
    let address = reader.optional("store", text, store_address);
    let store = address.map_or(Store::Json, Store::Redis);
    let redis = redis(&raw, &store, held, reader);
    (store, redis)
}

/// What the section says, beside what the environment alone may hold.
fn redis(raw: &RawRedis, store: &Store, held: &mut Held, reader: &mut Reader<'_>) -> Redis {
    let prefix = raw.prefix.clone().unwrap_or_default();
    if !store_address::is_name(&prefix) {
        reader.refuse(
            "redis.prefix",
            &"these are 1 to 64 letters, digits, '.', '_' or '-'",
        );
    }
    let duration = |reader: &mut Reader<'_>, path: &str, text: Option<&str>, (least, most)| {
        let read = reader.optional(path, text, |text| span::between(text, least, most));
        read.unwrap_or(least)
    };
    let stale = duration(reader, "redis.stale", raw.stale.as_deref(), STALE);
    let within = duration(reader, "redis.within", raw.within.as_deref(), WITHIN);
    let cache = reader.optional("redis.cache", raw.cache.as_deref(), |text| {
        span::size_between(text, CACHE, "this size is from 1MiB to 64GiB")
    });
    let replicas = raw.replicas.unwrap_or(0);
    if replicas > REPLICAS {
        reader.refuse("redis.replicas", &"this is from 0 to 16");
    }
    let options = Options {
        prefix,
        stale,
        within,
        cache: cache.unwrap_or(CACHE.0),
        replicas: u32::try_from(replicas).unwrap_or(0),
    };
    let tls = tls(raw, store, reader);
    let in_address = matches!(store, Store::Redis(address) if address.password.is_some());
    let file = reader.file("redis.password_file", raw.password_file.as_deref());
    if in_address && (file.is_some() || held.password.is_some()) {
        reader.refuse("store", &"this address holds a password, and there is another in redis.password_file or EDITKEY_REDIS__PASSWORD: keep one");
    }
    let password = one_of("redis.password_file", file, held.password.take(), reader);
    let path = "redis.sentinel_password_file";
    let file = reader.file(path, raw.sentinel_password_file.as_deref());
    let sentinel_password = one_of(path, file, held.sentinel_password.take(), reader);
    Redis {
        options,
        tls,
        password,
        sentinel_password,
    }
}

fn one_of(
    path: &str,
    file: Option<PathBuf>,
    given: Option<Zeroizing<String>>,
    reader: &mut Reader<'_>,
) -> Option<Password> {
    match (file, given) {
        (Some(_), Some(_)) => {
            reader.refuse(path, &"the environment holds the same password: keep one");
            None
        }
        (file, given) => file.map(Password::File).or(given.map(Password::Given)),
    }
}

fn tls(raw: &RawRedis, store: &Store, reader: &mut Reader<'_>) -> TlsFiles {
    let certificate = reader.file("redis.certificate", raw.certificate.as_deref());
    let key = reader.file("redis.key", raw.key.as_deref());
    let with = [&raw.authorities, &raw.certificate, &raw.key].map(Option::is_some);
    match with {
        [_, true, false] => {
            reader.refuse("redis.certificate", &"its key is needed beside: redis.key");
        }
        [_, false, true] => {
            reader.refuse(
                "redis.key",
                &"its certificate is needed beside: redis.certificate",
            );
        }
        _ => {}
    }
    if matches!(store, Store::Redis(address) if address.tls.is_none()) {
        let names = ["redis.authorities", "redis.certificate", "redis.key"];
        for (name, _) in names.iter().zip(with).filter(|(_, with)| *with) {
            reader.refuse(
                name,
                &"this is for TLS, but the address in 'store' is not rediss://: nothing would be sealed",
            );
        }
    }
    TlsFiles {
        authorities: reader.file("redis.authorities", raw.authorities.as_deref()),
        own: certificate.zip(key),
    }
}
