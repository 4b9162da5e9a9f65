//! The gate: which addresses of a proxy are files below a directory, who may pass at the others, and how it answers.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use url::Host;

use super::address::{Listen, listen_each};
use super::meaning::Reader;
use super::policy::Named;
use super::public_url::PublicUrl;
use super::raw::Texts;
use super::span;
use crate::gate::{Decides, Entry, Prefix, Table, Twice};
use crate::grants::Within;
use crate::names::Dirname;
use crate::store::picture_kind;

/// Most mounts' addresses and rules together.
const ENTRIES: usize = 1000;
/// Longest that a verdict may be kept: that long a revoked key goes on opening.
const LONGEST_VERDICT: Duration = Duration::from_secs(1);

/// The verdict for a reverse proxy that asks before it serves.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a section in braces")]
pub(super) struct RawGate {
    /// Which addresses are files below which directory.
    mounts: Option<Vec<Option<RawMount>>>,
    /// Who may pass at addresses that are no mount's; the most specific prefix decides.
    rules: Option<Vec<Option<RawRule>>>,
    /// How /raw hands a file's bytes over: `x-accel-redirect` (nginx) or `x-sendfile` (Apache, Caddy); by itself if absent.
    sendfile: Option<String>,
    /// A picture that is shown in place of a picture that is refused.
    denied_image: Option<String>,
    /// The domain at and below which the cookie of the gate goes; the one host that set it if absent.
    cookie_domain: Option<String>,
    /// How long a proxy may keep an allowed verdict, such as `10s`: that long a revocation may take; not at all if absent.
    verdict_max_age: Option<String>,
    /// Where FastCGI authorizers ask (Apache, lighttpd): `ADDRESS:PORT` or `unix:/path`.
    fastcgi_listen: Option<Texts>,
}

/// Addresses that are files below a directory.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a section in braces")]
struct RawMount {
    /// Prefixes of addresses: a path such as `/album`, or with its host, `https://files.example.org/album`. Needed.
    urls: Option<Texts>,
    /// The absolute directory, below a root. Needed.
    directory: Option<String>,
}

/// Who may pass below an address. Everything that is named must hold.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a section in braces")]
struct RawRule {
    /// The prefix: a path such as `/wiki`, or with its host, `https://wiki.example.org/`. Needed.
    url: Option<String>,
    /// Known by this source, as in `grants`.
    source: Option<String>,
    /// Of this name.
    user: Option<String>,
    /// Of this e-mail address.
    email: Option<String>,
    /// In this group.
    group: Option<String>,
    /// Of this level or a smaller one; 998 anyone signed in, 999 everyone.
    level: Option<u64>,
    /// Everyone, signed in or not.
    anyone: Option<bool>,
}

/// How `/raw` gives a file's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sendfile {
    /// By itself.
    #[default]
    Own,
    /// By a header that nginx takes for an internal address.
    XAccelRedirect,
    /// By a header that names the file as it is (Apache's module, Caddy's `handle_response`).
    XSendfile,
}

/// The gate.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Gate {
    /// Mounts and rules.
    pub table: Table,
    /// How `/raw` gives a file's bytes.
    pub sendfile: Sendfile,
    /// A picture in place of one that is refused.
    pub denied_image: Option<PathBuf>,
    /// The domain at and below which the cookie goes, in small letters and without a dot before it.
    pub cookie_domain: Option<String>,
    /// How long an allowed verdict may be kept; zero: not at all.
    pub verdict_max_age: Duration,
    /// Where FastCGI authorizers ask.
    pub fastcgi_listen: Vec<Listen>,
}

/// What the section says.
pub(super) fn gate(
    raw: Option<RawGate>,
    public_url: Option<&PublicUrl>,
    reader: &mut Reader<'_>,
) -> Gate {
    let raw = raw.unwrap_or_default();
    let mut entries = Vec::new();
    for (index, mount) in raw.mounts.unwrap_or_default().into_iter().enumerate() {
        mount_entries(index, mount, &mut entries, reader);
    }
    for (index, rule) in raw.rules.unwrap_or_default().into_iter().enumerate() {
        entries.extend(rule_entry(index, rule, reader));
    }
    if entries.len() > ENTRIES {
        reader.refuse(
            "gate",
            &"mounts and rules have at most 1000 addresses together",
        );
    }
    let names: Vec<String> = entries.iter().map(|entry| entry.setting.clone()).collect();
    let table = Table::new(entries).unwrap_or_else(|Twice(first, second)| {
        let name = |index: usize| names.get(index).map_or("", String::as_str);
        let why = format!(
            "the same addresses as {}: which of the two decides?",
            name(first)
        );
        reader.refuse(name(second), &why);
        Table::default()
    });
    let age = reader.optional(
        "gate.verdict_max_age",
        raw.verdict_max_age.as_deref(),
        max_age,
    );
    let domain = reader.optional("gate.cookie_domain", raw.cookie_domain.as_deref(), |text| {
        cookie_domain(text, public_url)
    });
    let listen = raw.fastcgi_listen.unwrap_or_default();
    Gate {
        table,
        sendfile: reader
            .optional("gate.sendfile", raw.sendfile.as_deref(), sendfile)
            .unwrap_or_default(),
        denied_image: denied_image(raw.denied_image.as_deref(), reader),
        cookie_domain: domain,
        verdict_max_age: age.unwrap_or_default(),
        fastcgi_listen: listen_each("gate.fastcgi_listen", listen, reader),
    }
}

fn mount_entries(
    index: usize,
    raw: Option<RawMount>,
    entries: &mut Vec<Entry>,
    reader: &mut Reader<'_>,
) {
    let path = format!("gate.mounts[{index}]");
    let Some(raw) = raw else {
        return reader.refuse(&path, &"a mount is a section in braces");
    };
    let at = format!("{path}.directory");
    if raw.directory.is_none() {
        reader.refuse(&at, &"needed");
    }
    let directory = reader.optional(&at, raw.directory.as_deref(), Dirname::parse);
    let at = format!("{path}.urls");
    let urls = raw.urls.unwrap_or_default();
    if urls.0.is_empty() {
        reader.refuse(&at, &"name at least one address, such as '/album'");
    }
    let prefixes: Vec<Prefix> = reader.list(&at, urls, str::parse);
    let Some(directory) = directory else { return };
    for (index, prefix) in prefixes.into_iter().enumerate() {
        entries.push(Entry {
            prefix,
            decides: Decides::Mount(directory.clone()),
            setting: format!("{at}[{index}]"),
        });
    }
}

fn rule_entry(index: usize, raw: Option<RawRule>, reader: &mut Reader<'_>) -> Option<Entry> {
    let path = format!("gate.rules[{index}]");
    let Some(raw) = raw else {
        reader.refuse(&path, &"a rule is a section in braces");
        return None;
    };
    let named = Named {
        source: raw.source.as_deref(),
        user: raw.user.as_deref(),
        email: raw.email.as_deref(),
        group: raw.group.as_deref(),
        level: raw.level,
        anyone: raw.anyone,
    };
    if named.nobody() {
        reader.refuse(
            &path,
            &"this rule names nobody: name a level, group or user, or anyone",
        );
    }
    let who = named.read(Within::default(), &path, reader);
    let prefix = reader.needed(&format!("{path}.url"), raw.url.as_deref());
    Some(Entry {
        prefix: prefix?,
        decides: Decides::Rule(who),
        setting: format!("{path}.url"),
    })
}

fn sendfile(text: &str) -> Result<Sendfile, &'static str> {
    match text {
        "x-accel-redirect" => Ok(Sendfile::XAccelRedirect),
        "x-sendfile" => Ok(Sendfile::XSendfile),
        _ => Err("this is 'x-accel-redirect' or 'x-sendfile', or left out"),
    }
}

fn denied_image(text: Option<&str>, reader: &mut Reader<'_>) -> Option<PathBuf> {
    let path = reader.file("gate.denied_image", text)?;
    if picture_kind(&path).is_none() {
        reader.refuse(
            "gate.denied_image",
            &"the name of a picture ends in .png, .jpg, .jpeg, .gif, .webp, .avif or .svg",
        );
    }
    Some(path)
}

fn max_age(text: &str) -> Result<Duration, String> {
    let age = span::duration(text).map_err(|error| error.to_string())?;
    if age > LONGEST_VERDICT {
        return Err("at most '1s': a revocation bites everywhere within a second".to_owned());
    }
    Ok(age)
}

/// A domain with a dot inside that browsers would take from our public host.
fn cookie_domain(text: &str, public_url: Option<&PublicUrl>) -> Result<String, &'static str> {
    let Ok(Host::Domain(domain)) = Host::parse(text) else {
        return Err("this is a domain, such as 'example.org'");
    };
    if domain != text
        || !domain.trim_matches('.').contains('.')
        || domain.starts_with('.')
        || domain.ends_with('.')
    {
        return Err(
            "this is a domain in small letters with a dot inside only, such as 'example.org'",
        );
    }
    let within = public_url.and_then(PublicUrl::host).is_some_and(|host| {
        let above = host.strip_suffix(domain.as_str());
        above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
    });
    if within {
        Ok(domain)
    } else {
        Err("the host of public_url lies at or below this domain, or no browser takes the cookie")
    }
}
