//! Where PHP keeps its sessions, in the words of PHP's own `session.save_path`.
//!
//! The address of a Redis server may hold its password: no message repeats a `save_path`, and [`without_secret`] is all
//! that is shown of one.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use url::Url;
use zeroize::Zeroizing;

use crate::names::Dirname;
use crate::store::php::{PhpPlace, RedisAddress};

/// What an id's first characters may name at most: PHP's shortest id has 22.
const LEVELS: usize = 16;
/// What phpredis writes before an id, unless it is told another prefix.
const PREFIX: &str = "PHPREDIS_SESSION:";
/// What phpredis may be told and what makes no difference to whoever only reads.
const INDIFFERENT: [&str; 7] = [
    "weight",
    "timeout",
    "read_timeout",
    "persistent",
    "persistent_id",
    "retry_interval",
    "failover",
];

/// What is wrong with a `save_path`. Nothing of it is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotSavePath {
    #[error(
        "this is a path as in PHP's session.save_path ('/path', 'N;/path' or 'N;MODE;/path', clean and absolute), or the address of a Redis server ('tcp://HOST:PORT?…')"
    )]
    Form,
    #[error("the number of levels before ';' is from 0 to 16")]
    Levels,
    #[error("the mode before ';' is octal, and lets nobody but the owner write: '0600'")]
    Mode,
    #[error("several servers are not read: name one")]
    Several,
    #[error("a Redis server is reached by 'tcp://' or 'unix://'")]
    Scheme,
    #[error(
        "the address of a Redis server is 'tcp://HOST:PORT', and its user and password are in 'auth='"
    )]
    Server,
    #[error(
        "known behind '?' are auth, database, prefix, and what phpredis takes for its connections"
    )]
    Parameter,
}

/// A `save_path` as it may be shown: without what `auth` says.
pub(super) fn without_secret(text: &str) -> String {
    let Some((server, query)) = text.split_once('?') else {
        return text.to_owned();
    };
    let parts: Vec<&str> = query
        .split('&')
        .map(|part| {
            let name = part.split('=').next().unwrap_or_default();
            let plain = name == "database" || name == "prefix" || INDIFFERENT.contains(&name);
            if plain { part } else { "auth=…" }
        })
        .collect();
    format!("{server}?{}", parts.join("&"))
}

/// The place that `text` names, whose sessions in files are those of `owner`.
pub(super) fn save_path(text: &str, owner: u32) -> Result<PhpPlace, NotSavePath> {
    if text.contains("://") {
        return redis(text).map(PhpPlace::Redis);
    }
    let mut parts = text.splitn(3, ';');
    let (levels, mode, folder) = match (parts.next(), parts.next(), parts.next()) {
        (Some(folder), None, None) => (None, None, folder),
        (Some(levels), Some(folder), None) => (Some(levels), None, folder),
        (Some(levels), Some(mode), Some(folder)) => (Some(levels), Some(mode), folder),
        _ => return Err(NotSavePath::Form),
    };
    let digits = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let levels = match levels {
        None => 0,
        Some(text) => Some(text)
            .filter(digits)
            .and_then(|text| text.parse().ok())
            .filter(|levels| *levels <= LEVELS)
            .ok_or(NotSavePath::Levels)?,
    };
    let mode = mode.map(|text| u32::from_str_radix(text, 8).map(|mode| mode & !0o7755));
    if mode.is_some_and(|others| others != Ok(0)) {
        return Err(NotSavePath::Mode);
    }
    let folder = Dirname::parse(folder).map_err(|_| NotSavePath::Form)?;
    if folder.as_str() == "/" {
        return Err(NotSavePath::Form);
    }
    Ok(PhpPlace::Files {
        folder: folder.as_path().to_owned(),
        levels,
        owner,
    })
}

fn redis(text: &str) -> Result<RedisAddress, NotSavePath> {
    if text.contains([',', ' ', '\t']) {
        return Err(NotSavePath::Several);
    }
    let url = Url::parse(text).map_err(|_| NotSavePath::Server)?;
    let server = match url.scheme() {
        "tcp" => {
            let host = url.host_str().filter(|host| !host.is_empty());
            let host = host.ok_or(NotSavePath::Server)?;
            let host = host.trim_start_matches('[').trim_end_matches(']');
            if !matches!(url.path(), "" | "/") {
                return Err(NotSavePath::Server);
            }
            Ok((host.to_owned(), url.port().unwrap_or(6379)))
        }
        "unix" => {
            let path = percent_decode_str(url.path()).decode_utf8().ok();
            let path =
                path.filter(|path| path.len() > 1 && url.host_str().is_none_or(str::is_empty));
            Err(PathBuf::from(&*path.ok_or(NotSavePath::Server)?))
        }
        _ => return Err(NotSavePath::Scheme),
    };
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(NotSavePath::Server);
    }
    let mut address = RedisAddress {
        server,
        database: 0,
        user: None,
        password: None,
        prefix: PREFIX.to_owned(),
    };
    for (name, value) in url.query_pairs() {
        let secret = || Some(Zeroizing::new(value.clone().into_owned()));
        match &*name {
            "auth" | "auth[pass]" | "auth[1]" => address.password = secret(),
            "auth[user]" | "auth[0]" => address.user = Some(value.into_owned()),
            // phpredis counts them: the first is the user, where there are two.
            "auth[]" => {
                address.user = address.password.take().map(|first| first.to_string());
                address.password = secret();
            }
            "database" => {
                let number = value.parse::<u16>().map_err(|_| NotSavePath::Parameter)?;
                address.database = number.into();
            }
            "prefix" => address.prefix = value.into_owned(),
            name if INDIFFERENT.contains(&name) => {}
            _ => return Err(NotSavePath::Parameter),
        }
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_as_php_names_them() {
        let files = |text: &str| match save_path(text, 33) {
            Ok(PhpPlace::Files {
                folder,
                levels,
                owner: 33,
            }) => Ok((folder, levels)),
            Ok(other) => panic!("{text}: {other:?}"),
            Err(error) => Err(error),
        };
        let at = |levels| Ok((PathBuf::from("/var/lib/php/sessions"), levels));
        assert_eq!(files("/var/lib/php/sessions"), at(0));
        assert_eq!(files("/var/lib/php/sessions/"), at(0));
        assert_eq!(files("2;/var/lib/php/sessions"), at(2));
        assert_eq!(files("1;0600;/var/lib/php/sessions"), at(1));
        for (bad, why) in [
            ("", NotSavePath::Form),
            ("sessions", NotSavePath::Form),
            ("/", NotSavePath::Form),
            ("/a/../b", NotSavePath::Form),
            ("1;a", NotSavePath::Form),
            ("1;0600;/a;/b/./c", NotSavePath::Form),
            (";/a", NotSavePath::Levels),
            ("-1;/a", NotSavePath::Levels),
            ("17;/a", NotSavePath::Levels),
            ("1;0660;/a", NotSavePath::Mode),
            ("1;rw;/a", NotSavePath::Mode),
        ] {
            assert_eq!(files(bad), Err(why), "{bad}");
        }
    }

    #[test]
    fn redis_is_named_as_phpredis_names_it() {
        let read = |text: &str| redis(text).expect(text);
        let plain = read("tcp://127.0.0.1:6380");
        assert_eq!(plain.server, Ok(("127.0.0.1".to_owned(), 6380)));
        assert_eq!(
            (plain.database, plain.prefix.as_str()),
            (0, "PHPREDIS_SESSION:")
        );
        assert_eq!(read("tcp://[::1]").server, Ok(("::1".to_owned(), 6379)));
        let full = read("tcp://cache:1?weight=1&timeout=2.5&database=3&prefix=x%3A&auth=a+b%26c");
        assert_eq!((full.database, full.prefix.as_str()), (3, "x:"));
        assert_eq!(
            full.password.as_ref().map(|word| word.as_str()),
            Some("a b&c")
        );
        for both in [
            "auth[]=ann&auth[]=word",
            "auth[user]=ann&auth[pass]=word",
            "auth%5B%5D=ann&auth%5B%5D=word",
        ] {
            let socket = read(&format!("unix:///run/redis/redis.sock?{both}"));
            assert_eq!(socket.server, Err(PathBuf::from("/run/redis/redis.sock")));
            assert_eq!(socket.user.as_deref(), Some("ann"));
            assert_eq!(
                socket.password.as_ref().map(|word| word.as_str()),
                Some("word")
            );
            assert!(!format!("{socket:?}").contains("word"));
        }
        for (bad, why) in [
            ("tcp://a:1, tcp://b:1", NotSavePath::Several),
            ("tls://a:1", NotSavePath::Scheme),
            ("redis://a:1", NotSavePath::Scheme),
            ("tcp://", NotSavePath::Server),
            ("tcp://a:1/0", NotSavePath::Server),
            ("tcp://me:word@a:1", NotSavePath::Server),
            ("tcp://a:99999", NotSavePath::Server),
            ("unix://", NotSavePath::Server),
            ("tcp://a?db=1", NotSavePath::Parameter),
            ("tcp://a?database=x", NotSavePath::Parameter),
        ] {
            assert_eq!(redis(bad).expect_err(bad), why, "{bad}");
        }
    }

    #[test]
    fn what_is_shown_holds_no_password() {
        for (text, shown) in [
            ("/var/lib/php", "/var/lib/php"),
            (
                "tcp://a:1?database=2&auth=word&prefix=x",
                "tcp://a:1?database=2&auth=…&prefix=x",
            ),
            (
                "tcp://a:1?auth[]=ann&auth%5B%5D=word",
                "tcp://a:1?auth=…&auth=…",
            ),
            ("tcp://a:1?%61uth=word", "tcp://a:1?auth=…"),
        ] {
            assert_eq!(without_secret(text), shown);
        }
    }
}
