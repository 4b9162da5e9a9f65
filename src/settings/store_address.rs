//! The address of the Redis or Valkey that keeps everything.
//!
//! It may hold a password: no message repeats an address, and [`without_secret`] is all that is shown of one. A list of
//! hosts is taken apart into addresses of one host each, and every one of those must be one that the `url` crate knows.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use url::{Host, Url};
use zeroize::Zeroizing;

use crate::store::redis::{RedisPlace, StoreAddress, TlsFiles, Where};

/// Most hosts of one address.
const HOSTS: usize = 32;
/// Most characters of a group's name, and of a prefix.
pub(super) const NAME_CHARS: usize = 64;
/// Most characters of a host's name.
const HOST_CHARS: usize = 253;
/// Longest way to a socket, as for one of ours.
const SOCKET_BYTES: usize = 107;

/// What is wrong with an address. Nothing of it is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotStoreAddress {
    #[error(
        "this is 'json', or the address of a Redis or Valkey: redis://, rediss://, redis+unix://, redis+sentinel:// or redis+cluster:// (docs/redis.md)"
    )]
    Scheme,
    #[error(
        "a host and a port are written 'HOST:PORT'; what is no letter, digit or '-', '.', '_', '~' in a user or a password is written as '%' and two digits"
    )]
    Server,
    #[error("several servers are named with redis+sentinel:// or redis+cluster:// only")]
    Several,
    #[error("at most 32 hosts")]
    Many,
    #[error("behind the host stands '/' and the number of a database, from 0 to 65535, or nothing")]
    Database,
    #[error(
        "behind the sentinels stands '/' and the name of the group they watch: letters, digits, '.', '_', '-', at most 64"
    )]
    Group,
    #[error("a cluster has no numbered databases: nothing stands behind its hosts")]
    ClusterDatabase,
    #[error("a user stands before the host with a password, 'user:password@', or alone, 'user@'")]
    User,
    #[error(
        "a socket is 'redis+unix:///path', clean and of at most 107 bytes, and behind it at most '?db=NUMBER&user=NAME'; its password is in redis.password_file"
    )]
    Socket,
    #[error("nothing stands behind '?' or '#' here")]
    Behind,
}

/// How the server is found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Alone,
    Sentinel,
    Cluster,
}

/// An address as it may be shown: without its password.
pub(super) fn without_secret(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return text.to_owned();
    };
    let Some((who, behind)) = rest.rsplit_once('@') else {
        return text.to_owned();
    };
    match who.split_once(':') {
        Some((user, _)) => format!("{scheme}://{user}:…@{behind}"),
        None => format!("{scheme}://{who}@{behind}"),
    }
}

/// The address that `text` spells.
pub(super) fn store_address(text: &str) -> Result<StoreAddress, NotStoreAddress> {
    let (scheme, rest) = text.split_once("://").ok_or(NotStoreAddress::Scheme)?;
    // A line's end or a tab would be left out by the crate, not refused.
    let typed = text.bytes().all(|byte| byte.is_ascii_graphic());
    if scheme == "redis+unix" {
        return if typed {
            socket(text)
        } else {
            Err(NotStoreAddress::Socket)
        };
    }
    let (found, tls) = way(scheme)?;
    if !typed {
        return Err(NotStoreAddress::Server);
    }
    if rest.contains(['?', '#']) {
        return Err(NotStoreAddress::Behind);
    }
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (who, hosts) = match authority.rsplit_once('@') {
        Some((who, hosts)) => (Some(who), hosts),
        None => (None, authority),
    };
    let mut places = places(hosts, found)?;
    let (user, password) = who.map_or(Ok((None, None)), user_and_password)?;
    let (at, database) = match found {
        Found::Alone => {
            let (host, port) = places.pop().ok_or(NotStoreAddress::Server)?;
            (Where::Server(RedisPlace::Tcp(host, port)), database(path)?)
        }
        Found::Sentinel => {
            let (name, number) = path.split_once('/').unwrap_or((path, ""));
            if !is_name(name) {
                return Err(NotStoreAddress::Group);
            }
            let (name, sentinels) = (name.to_owned(), places);
            (Where::Sentinel { name, sentinels }, database(number)?)
        }
        Found::Cluster if path.is_empty() => (Where::Cluster(places), 0),
        Found::Cluster => return Err(NotStoreAddress::ClusterDatabase),
    };
    Ok(StoreAddress {
        at,
        tls: tls.then(TlsFiles::default),
        database,
        user,
        password,
        sentinel_password: None,
    })
}

/// What the scheme says: how the server is found, and whether over TLS.
fn way(scheme: &str) -> Result<(Found, bool), NotStoreAddress> {
    match scheme {
        "redis" => Ok((Found::Alone, false)),
        "rediss" => Ok((Found::Alone, true)),
        "redis+sentinel" => Ok((Found::Sentinel, false)),
        "rediss+sentinel" => Ok((Found::Sentinel, true)),
        "redis+cluster" => Ok((Found::Cluster, false)),
        "rediss+cluster" => Ok((Found::Cluster, true)),
        _ => Err(NotStoreAddress::Scheme),
    }
}

/// The hosts of the list, each once.
fn places(list: &str, found: Found) -> Result<Vec<(String, u16)>, NotStoreAddress> {
    let hosts: Vec<&str> = list.split(',').collect();
    if found == Found::Alone && hosts.len() > 1 {
        return Err(NotStoreAddress::Several);
    }
    if hosts.len() > HOSTS {
        return Err(NotStoreAddress::Many);
    }
    let usual = if found == Found::Sentinel {
        26379
    } else {
        6379
    };
    let mut places = Vec::with_capacity(hosts.len());
    for named in hosts {
        let place = host_and_port(named, usual)?;
        if places.contains(&place) {
            return Err(NotStoreAddress::Server);
        }
        places.push(place);
    }
    Ok(places)
}

/// Whether `text` is a name as sentinels have them; a prefix is one too.
pub(super) fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    !text.is_empty() && text.len() <= NAME_CHARS && text.bytes().all(plain)
}

/// One host of the list, and its port.
fn host_and_port(named: &str, usual: u16) -> Result<(String, u16), NotStoreAddress> {
    if named.contains(['/', '@', '\\']) {
        return Err(NotStoreAddress::Server);
    }
    let url = Url::parse(&format!("redis://{named}")).map_err(|_| NotStoreAddress::Server)?;
    let host = match url.host() {
        Some(Host::Domain(name)) => {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
            if name.is_empty() || name.len() > HOST_CHARS || !name.bytes().all(plain) {
                return Err(NotStoreAddress::Server);
            }
            name.to_owned()
        }
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => address.to_string(),
        None => return Err(NotStoreAddress::Server),
    };
    match url.port() {
        Some(0) => Err(NotStoreAddress::Server),
        // What the crate takes for no port at all, such as 'host:', is a slip of the pen.
        None if named.ends_with(':') => Err(NotStoreAddress::Server),
        port => Ok((host, port.unwrap_or(usual))),
    }
}

type Known = (Option<String>, Option<Zeroizing<String>>);

/// Who we are to the server: what stands before the last '@'.
fn user_and_password(who: &str) -> Result<Known, NotStoreAddress> {
    if who.contains(['@', ',']) {
        return Err(NotStoreAddress::Server);
    }
    let (user, password) = match who.split_once(':') {
        Some((user, password)) => (user, Some(password)),
        None => (who, None),
    };
    let user = decoded(user)?;
    let password = password.map(decoded).transpose()?;
    let named = !user.is_empty();
    match &password {
        None if !named => Err(NotStoreAddress::User),
        Some(password) if password.is_empty() => Err(NotStoreAddress::User),
        _ => Ok((named.then(|| user.to_string()), password)),
    }
}

/// Percent-encoded text in the clear.
fn decoded(text: &str) -> Result<Zeroizing<String>, NotStoreAddress> {
    let known = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte);
    let mut rest = text.split('%').skip(1);
    let encoded = rest.all(|after| {
        let digits = after.get(..2).unwrap_or_default();
        digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    });
    if !encoded || !text.bytes().all(known) {
        return Err(NotStoreAddress::Server);
    }
    let plain = percent_decode_str(text).decode_utf8();
    let plain = plain.map_err(|_| NotStoreAddress::Server)?;
    if plain.chars().any(char::is_control) {
        return Err(NotStoreAddress::Server);
    }
    Ok(Zeroizing::new(plain.into_owned()))
}

/// The number of a database; nothing is 0.
fn database(text: &str) -> Result<i64, NotStoreAddress> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match text {
        "" => Ok(0),
        _ if digits => text
            .parse::<u16>()
            .map(i64::from)
            .map_err(|_| NotStoreAddress::Database),
        _ => Err(NotStoreAddress::Database),
    }
}

/// A server at a socket of this machine.
fn socket(text: &str) -> Result<StoreAddress, NotStoreAddress> {
    let url = Url::parse(text).map_err(|_| NotStoreAddress::Socket)?;
    let local = url.host_str().is_none_or(str::is_empty) && url.username().is_empty();
    let path = percent_decode_str(url.path()).decode_utf8();
    let path = path.map_err(|_| NotStoreAddress::Socket)?;
    let clean = path.len() > 1
        && path.starts_with('/')
        && path.len() <= SOCKET_BYTES
        && !path.chars().any(char::is_control)
        && path_clean::clean(&*path).as_os_str() == &*path
        // The crate cleans what was typed; what was not clean is refused, not mended.
        && text.starts_with(&format!("redis+unix://{}", url.path()));
    if !local || url.password().is_some() || url.fragment().is_some() || !clean {
        return Err(NotStoreAddress::Socket);
    }
    let mut address = StoreAddress {
        at: Where::Server(RedisPlace::Unix(PathBuf::from(&*path))),
        tls: None,
        database: 0,
        user: None,
        password: None,
        sentinel_password: None,
    };
    let mut seen = Vec::new();
    for (name, value) in url.query_pairs() {
        if seen.contains(&name) || value.is_empty() {
            return Err(NotStoreAddress::Socket);
        }
        match &*name {
            "db" => address.database = database(&value)?,
            "user" => address.user = Some(value.into_owned()),
            _ => return Err(NotStoreAddress::Socket),
        }
        seen.push(name);
    }
    Ok(address)
}

#[cfg(test)]
mod tests;
