//! What was typed: the sections and their members, as serde and the JSON Schema see them, and every default.
//!
//! A value of these types may still be wrong in any way; only [`super::meaning`] turns it into settings. The doc
//! comments are the descriptions in `editkey config schema`.

use std::fmt;

use schemars::JsonSchema;
use serde::de::{SeqAccess, Visitor, value::SeqAccessDeserializer};
use serde::{Deserialize, Deserializer};

use super::audit::RawAudit;
use super::gate::RawGate;
use super::jwt::RawJwt;
use super::php::RawPhpSessions;
use super::policy::RawRow;
use super::prune::RawPrune;
use super::store::RawRedis;
use super::tls::RawTls;
use super::trusted_headers::RawTrustedHeaders;

/// The lowest layer: every setting that has a default, and `null` for those that have none.
pub(super) const DEFAULTS: &str = r#"{
    "listen": ["127.0.0.1:8181"],
    "base_path": "/",
    "public_url": null,
    "roots": [],
    "access_key_file": null,
    "secret_file": null,
    "store": "json",
    "redis": {
        "prefix": "editkey",
        "password_file": null,
        "sentinel_password_file": null,
        "authorities": null,
        "certificate": null,
        "key": null,
        "stale": "1s",
        "within": "2s",
        "cache": "64MiB",
        "replicas": 0
    },
    "local_access": false,
    "keys": {
        "lifetime": null,
        "idle": null,
        "rights": "edit",
        "require_passphrase": false,
        "bind": "holder",
        "on_grant_lost": "keep"
    },
    "trusted_proxies": [],
    "trusted_headers": null,
    "hosts": [],
    "jwt": [],
    "grants": [],
    "php_sessions": {"save_path": null, "cookie": "PHPSESSID", "owner": null, "lifetime": "1440s", "user": null},
    "users_file": null,
    "tls": {"certificate": null, "key": null, "self_signed": false},
    "sessions": {"lifetime": "30d", "max": 10000},
    "gate": {
        "mounts": [],
        "rules": [],
        "sendfile": null,
        "denied_image": null,
        "cookie_domain": null,
        "verdict_max_age": null,
        "fastcgi_listen": []
    },
    "hard_links": "refuse",
    "limits": {"body": "16MiB", "new_keys_per_minute": 60, "drain": null},
    "audit": {"file": null, "address": "truncated", "size": "16MiB", "keep": 8},
    "metrics_networks": [],
    "prune": {"unused_for": null, "expired_for": null, "missing_files": false, "every": "1h"}
}"#;

/// The settings of editkey: JSON, with comments and trailing commas allowed.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a section in braces")]
pub(super) struct RawSettings {
    /// Where to listen: `ADDRESS:PORT` (port 0: any free one) or `unix:/path/to/socket`.
    pub(super) listen: Option<Texts>,
    /// The path below which everything is served; starts and ends with '/'. A proxy does not strip it.
    pub(super) base_path: Option<String>,
    /// The address that visitors type, http or https; its path is `base_path`. Needed with `hosts` and `php_sessions`.
    pub(super) public_url: Option<String>,
    /// Directories below which editkey may touch files at all; `serve` needs at least one.
    pub(super) roots: Option<Texts>,
    /// The key file; `accesskeys.json` in the key folder if absent. Also spelled `accesskeyfile`.
    pub(super) access_key_file: Option<String>,
    /// The file of the secret that seals keys; `secret` in the key folder if absent.
    pub(super) secret_file: Option<String>,
    /// Where keys and sessions are kept: `json`, files in the key folder; or the address of a Redis or Valkey that several
    /// nodes share: `redis://[USER:PASSWORD@]HOST[:PORT][/DB]`, `redis+unix:///PATH`, `redis+sentinel://H1,H2,H3/NAME`,
    /// `redis+cluster://H1,H2`, with TLS `rediss…`.
    pub(super) store: Option<String>,
    /// How that server is spoken to.
    pub(super) redis: Option<RawRedis>,
    /// Whether someone at this machine may sign in by a one-use link that `editkey login` makes.
    pub(super) local_access: Option<bool>,
    /// What holds for every new key. `key_lifetime` at the top is another spelling of `keys.lifetime`.
    pub(super) keys: Option<RawKeys>,
    /// Networks whose X-Forwarded-For, -Proto and -Host are believed.
    pub(super) trusted_proxies: Option<Texts>,
    /// A sign-on in front, whose headers say who somebody is; off if absent.
    pub(super) trusted_headers: Option<RawTrustedHeaders>,
    /// Host applications that may grant; `editkey hosts add` writes an entry.
    pub(super) hosts: Option<Vec<Option<RawHost>>>,
    /// JSON Web Tokens that say who somebody is, by cookie or header; at most 8 kinds.
    pub(super) jwt: Option<Vec<Option<RawJwt>>>,
    /// The policy: who gets what. Rows add up.
    pub(super) grants: Option<Vec<Option<RawRow>>>,
    /// Sessions of PHP applications that grant, as Open Guide Editor's hosts do; off without `save_path`.
    pub(super) php_sessions: Option<RawPhpSessions>,
    /// Local users, who sign in by a password: the file that `editkey users` writes. Nobody can if absent.
    pub(super) users_file: Option<String>,
    /// TLS without a proxy.
    pub(super) tls: Option<RawTls>,
    /// Browser sessions.
    pub(super) sessions: Option<RawSessions>,
    /// The verdict for a reverse proxy that asks before it serves.
    pub(super) gate: Option<RawGate>,
    /// Files with several hard links: `refuse`, or `write` all names of the file at once.
    pub(super) hard_links: Option<String>,
    /// Bounds on what is taken in.
    pub(super) limits: Option<RawLimits>,
    /// The audit log: who did what to which key.
    pub(super) audit: Option<RawAudit>,
    /// Networks that may read /metrics and the details of /readyz.
    pub(super) metrics_networks: Option<Texts>,
    /// Keys that nobody needs any more: which the server prunes, and how often.
    pub(super) prune: Option<RawPrune>,
}

/// What holds for every new key.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a section in braces")]
pub(super) struct RawKeys {
    /// The longest life of a new key, such as `90d`; for ever if absent.
    pub(super) lifetime: Option<String>,
    /// How many days a new key may stay unused at most, such as `30d`; for ever if absent.
    pub(super) idle: Option<String>,
    /// The most that a new key may do: `view` or `edit`.
    pub(super) rights: Option<String>,
    /// Whether every new key needs a passphrase.
    pub(super) require_passphrase: Option<bool>,
    /// Who may use a key: `holder`, whoever has it, or `visitor`, only the one it was minted for.
    pub(super) bind: Option<String>,
    /// What becomes of a key whose visitor lost the grant, where that can be seen: `keep` or `revoke`.
    pub(super) on_grant_lost: Option<String>,
}

/// A host application that may grant.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a section in braces")]
pub(super) struct RawHost {
    /// Small letters, digits and '-', at most 32; unique. Needed.
    pub(super) name: Option<String>,
    /// The SHA-256 of the host's token in 43 base64url characters, as `editkey hosts add` writes it. Needed.
    pub(super) token_sha256: Option<String>,
    /// What this host can grant at most.
    pub(super) ceiling: Option<RawCeiling>,
    /// Whether the host sees and changes all keys.
    pub(super) admin: Option<bool>,
}

/// What a host can grant at most.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a section in braces")]
pub(super) struct RawCeiling {
    /// Whether the host may grant everything below the roots.
    pub(super) poweruser: Option<bool>,
    /// Absolute directories within which the host may grant; all roots if absent.
    pub(super) directories: Option<Texts>,
    /// `view` or `edit`; `edit` if absent.
    pub(super) rights: Option<String>,
    /// The longest life of a grant, such as `8h`; that of the session if absent.
    pub(super) lifetime: Option<String>,
}

/// Browser sessions.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a section in braces")]
pub(super) struct RawSessions {
    /// How long a session lives, such as `30d`.
    pub(super) lifetime: Option<String>,
    /// How many sessions are kept at most.
    pub(super) max: Option<u64>,
}

/// Bounds on what is taken in, and for how long.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a section in braces")]
pub(super) struct RawLimits {
    /// The largest body of a request, and so the largest file that can be saved.
    pub(super) body: Option<String>,
    /// How many new keys a visitor gets in a minute; 0: no limit.
    pub(super) new_keys_per_minute: Option<u64>,
    /// How long the server serves on once it is told to end, and says so at `/readyz`, such as `10s`; at once if absent.
    pub(super) drain: Option<String>,
}

/// A list of texts; a single one may be written without brackets. A `null` in the list is kept, so that it can be
/// refused by its place.
#[derive(Debug, Clone, Default)]
pub(super) struct Texts(pub(super) Vec<Option<String>>);

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Texts;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a list of strings")
            }

            fn visit_str<E>(self, text: &str) -> Result<Texts, E> {
                Ok(Texts(vec![Some(text.to_owned())]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Texts, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(list)).map(Texts)
            }
        }

        deserializer.deserialize_any(Reader)
    }
}

impl JsonSchema for Texts {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Texts".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": ["array", "string"], "items": {"type": "string"}})
    }
}
