//! A sign-on in front whose headers are believed: from whom, and how they are called. Without the section none is.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Settings;
use super::address::{self, NotNetwork};
use super::meaning::Reader;
use super::raw::Texts;
use crate::store::keyfile::{self, Secrecy};
use crate::visitor::{HeaderName, HeaderNames, NotHeaderName, Proxies, ProxySecret};

/// The word for our own Unix sockets among the networks.
const UNIX: &str = "unix";

/// A sign-on in front, whose proxy says in headers who somebody is.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a section in braces")]
pub(super) struct RawTrustedHeaders {
    /// Networks of the proxy itself; `unix`: whoever may connect to our Unix socket. Several may stand in one string,
    /// with commas between. Needed.
    networks: Option<Texts>,
    /// The header with the user's name; `Remote-User` if absent. An empty text: none is read, here and below.
    user: Option<String>,
    /// The header with the e-mail address, which is the name where no user is told; `Remote-Email` if absent.
    email: Option<String>,
    /// The header with the list of groups; `Remote-Groups` if absent.
    groups: Option<String>,
    /// The header with the name that is shown; `Remote-Name` if absent.
    name: Option<String>,
    /// What stands between two groups: `,` if absent, or `|`.
    group_separator: Option<String>,
    /// A header by which the proxy shows itself besides.
    secret_header: Option<RawSecretHeader>,
}

/// A header by which the proxy shows itself.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a section in braces")]
pub(super) struct RawSecretHeader {
    /// How the header is called. Needed.
    name: Option<String>,
    /// The file with the secret, of at least 16 characters. Needed.
    secret_file: Option<String>,
}

/// Whose headers are believed, and which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedHeaders {
    /// Who may send them.
    pub proxies: Proxies,
    /// How they are called.
    pub names: HeaderNames,
    /// The header that must come with them, and the file with what it must hold.
    pub secret: Option<(HeaderName, PathBuf)>,
}

impl TrustedHeaders {
    /// The secret that must come along, read from its file, which is ours and not for everybody to read.
    ///
    /// # Errors
    /// What is wrong, in a sentence.
    pub fn secret(&self) -> Result<Option<(HeaderName, ProxySecret)>, String> {
        let Some((name, file)) = &self.secret else {
            return Ok(None);
        };
        let bytes = keyfile::read(file, Secrecy::Secret).map_err(|error| error.to_string())?;
        let text = std::str::from_utf8(&bytes).unwrap_or_default().trim();
        let secret = ProxySecret::of(text);
        let secret = secret.map_err(|error| format!("'{}': {error}", file.display()))?;
        Ok(Some((name.clone(), secret)))
    }
}

/// What the section says.
pub(super) fn trusted_headers(raw: RawTrustedHeaders, reader: &mut Reader<'_>) -> TrustedHeaders {
    let proxies = proxies(raw.networks.unwrap_or_default(), reader);
    let mut header = |member: &str, text: Option<&str>, usual: &str| {
        let path = format!("trusted_headers.{member}");
        reader
            .optional(&path, text.or(Some(usual)), unless_empty)
            .flatten()
    };
    let names = HeaderNames {
        user: header("user", raw.user.as_deref(), "Remote-User"),
        email: header("email", raw.email.as_deref(), "Remote-Email"),
        groups: header("groups", raw.groups.as_deref(), "Remote-Groups"),
        name: header("name", raw.name.as_deref(), "Remote-Name"),
        separator: separator(raw.group_separator.as_deref(), reader),
    };
    let empty = |text: &Option<String>| text.as_deref() == Some("");
    if empty(&raw.user) && empty(&raw.email) {
        reader.refuse(
            "trusted_headers.user",
            &"this names nobody: a header with the user or one with the e-mail address is needed",
        );
    }
    let secret = raw.secret_header.and_then(|raw| secret(&raw, reader));
    each_has_its_own(&names, secret.as_ref().map(|(name, _)| name), reader);
    TrustedHeaders {
        proxies,
        names,
        secret,
    }
}

/// What the proxy is told must not be what editkey alone may know.
pub(super) fn secret_apart(settings: &Settings, reader: &mut Reader<'_>) {
    let trusted = settings.trusted_headers.as_ref();
    let own = [&settings.access_key_file, &settings.secret_file];
    if let Some((_, file)) = trusted.and_then(|trusted| trusted.secret.as_ref())
        && own.contains(&file)
    {
        reader.refuse(
            "trusted_headers.secret_header.secret_file",
            &"this file is editkey's own: what a proxy is told needs a file of its own",
        );
    }
}

fn proxies(texts: Texts, reader: &mut Reader<'_>) -> Proxies {
    let mut named = texts.0.iter();
    if !named.any(|text| text.as_deref().is_none_or(|text| parts(text).count() > 0)) {
        reader.refuse(
            "trusted_headers.networks",
            &"name the proxy's own address, or 'unix': headers of nobody would be believed",
        );
    }
    let networks = reader.list("trusted_headers.networks", texts, |text| {
        parts(text).map(network).collect::<Result<Vec<_>, _>>()
    });
    let networks: Vec<_> = networks.into_iter().flatten().collect();
    Proxies {
        unix: networks.contains(&None),
        networks: networks.into_iter().flatten().collect(),
    }
}

/// Several networks in one string.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ' ']).filter(|part| !part.is_empty())
}

/// A network; nothing for our own Unix sockets.
fn network(text: &str) -> Result<Option<ipnet::IpNet>, NotNetwork> {
    if text == UNIX {
        return Ok(None);
    }
    address::proxy(text).map(Some)
}

fn unless_empty(text: &str) -> Result<Option<HeaderName>, NotHeaderName> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some)
}

fn separator(text: Option<&str>, reader: &mut Reader<'_>) -> char {
    match text {
        None | Some(",") => ',',
        Some("|") => '|',
        Some(_) => {
            reader.refuse("trusted_headers.group_separator", &"this is ',' or '|'");
            ','
        }
    }
}

fn secret(raw: &RawSecretHeader, reader: &mut Reader<'_>) -> Option<(HeaderName, PathBuf)> {
    let at = |member| format!("trusted_headers.secret_header.{member}");
    let name = reader.needed(&at("name"), raw.name.as_deref());
    let path = at("secret_file");
    if raw.secret_file.is_none() {
        reader.refuse(&path, &"needed");
    }
    let file = reader.file(&path, raw.secret_file.as_deref());
    name.zip(file)
}

/// Two that are one header would say one thing as two.
fn each_has_its_own(names: &HeaderNames, secret: Option<&HeaderName>, reader: &mut Reader<'_>) {
    let named = [
        ("user", names.user.as_ref()),
        ("email", names.email.as_ref()),
        ("groups", names.groups.as_ref()),
        ("name", names.name.as_ref()),
        ("secret_header.name", secret),
    ];
    for (index, (member, name)) in named.iter().enumerate() {
        let mut before = named.iter().take(index);
        let other = before.find(|(_, other)| name.is_some() && other == name);
        if let Some((other, _)) = other {
            reader.refuse(
                &format!("trusted_headers.{member}"),
                &format!("this is the header of 'trusted_headers.{other}'"),
            );
        }
    }
}
