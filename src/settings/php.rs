//! Sessions of PHP applications that grant: where they are, whose they are, and for how long they count.

use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::de::Visitor;
use serde::{Deserialize, Deserializer};

use super::meaning::Reader;
use super::save_path::save_path;
use super::span;
use crate::store::php::PhpPlace;

/// Most characters of a cookie's name, and of a variable's.
const NAME_CHARS: usize = 128;
/// Sessions of PHP applications that grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhpSessions {
    /// Where they are kept.
    pub place: PhpPlace,
    /// The cookie that names a browser's session.
    pub cookie: String,
    /// How long after its last change a session in a file counts.
    pub lifetime: Duration,
    /// The variable that names the person; none: the browser is the visitor.
    pub user: Option<String>,
}

/// Sessions of PHP applications that grant, as Open Guide Editor's hosts do.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a section in braces")]
pub(super) struct RawPhpSessions {
    /// Where PHP keeps them, as its `session.save_path` says: `/path`, `N;/path`, `N;MODE;/path`, or for Redis
    /// `tcp://HOST:PORT?auth=…&database=…&prefix=…` and `unix:///path?…`. May hold a password. If absent: none are read.
    save_path: Option<String>,
    /// The cookie that names a browser's session: PHP's `session.name`.
    cookie: Option<String>,
    /// The account that PHP runs as, by name or number. Needed with files.
    owner: Option<Owner>,
    /// How long after its last change a session in a file counts: PHP's `session.gc_maxlifetime`.
    lifetime: Option<String>,
    /// The session variable that names the person; without it the browser is the visitor.
    user: Option<String>,
}

/// A user's name or number, as typed.
#[derive(Debug, Clone)]
struct Owner(String);

/// What `raw` means; nothing where it is switched off.
pub(super) fn sessions(raw: &RawPhpSessions, reader: &mut Reader<'_>) -> Option<PhpSessions> {
    let cookie = reader.optional("php_sessions.cookie", raw.cookie.as_deref(), cookie_name);
    let user = reader.optional("php_sessions.user", raw.user.as_deref(), variable_name);
    let lifetime = reader.optional(
        "php_sessions.lifetime",
        raw.lifetime.as_deref(),
        span::duration,
    );
    let owner = raw.owner.as_ref().map(|Owner(text)| text.as_str());
    let owner = reader.optional("php_sessions.owner", owner, user_number);
    let Some(text) = raw.save_path.as_deref() else {
        if owner.is_some() || user.is_some() {
            reader.refuse(
                "php_sessions.save_path",
                &"needed: where PHP keeps its sessions",
            );
        }
        return None;
    };
    let place = reader.optional("php_sessions.save_path", Some(text), |text| {
        save_path(text, owner.unwrap_or(0))
    })?;
    match (&place, &raw.owner) {
        (PhpPlace::Files { .. }, None) => reader.refuse(
            "php_sessions.owner",
            &"needed with files: the account that PHP runs as, such as 'www-data'",
        ),
        (PhpPlace::Redis(_), Some(_)) => reader.refuse(
            "php_sessions.owner",
            &"sessions in Redis have no owner: leave this out",
        ),
        _ => {}
    }
    Some(PhpSessions {
        place,
        cookie: cookie?,
        lifetime: lifetime?,
        user,
    })
}

/// The number of the user that `text` names.
fn user_number(text: &str) -> Result<u32, &'static str> {
    if let Ok(number) = text.parse() {
        return Ok(number);
    }
    let user = uzers::get_user_by_name(text).ok_or("there is no such user on this machine")?;
    Ok(user.uid())
}

fn cookie_name(text: &str) -> Result<String, &'static str> {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if (1..=NAME_CHARS).contains(&text.len()) && text.bytes().all(token) {
        Ok(text.to_owned())
    } else {
        Err("this is the name of a cookie, such as 'PHPSESSID'")
    }
}

fn variable_name(text: &str) -> Result<String, &'static str> {
    let plain = |character: char| !character.is_control() && character != '|';
    if (1..=NAME_CHARS).contains(&text.chars().count()) && text.chars().all(plain) {
        Ok(text.to_owned())
    } else {
        Err("this is the name of a session variable, such as 'user'")
    }
}

impl<'de> Deserialize<'de> for Owner {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameOrNumber;

        impl Visitor<'_> for NameOrNumber {
            type Value = Owner;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a user's name or number")
            }

            fn visit_str<E>(self, text: &str) -> Result<Owner, E> {
                Ok(Owner(text.to_owned()))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Owner, E> {
                Ok(Owner(number.to_string()))
            }
        }

        deserializer.deserialize_any(NameOrNumber)
    }
}

impl JsonSchema for Owner {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Owner".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": ["string", "integer"]})
    }
}
