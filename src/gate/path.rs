//! The path of an address, read so strictly that every proxy reads it alike.
//!
//! Proxies decode, merge and resolve before they choose a file (seed 000 decided on the raw path while nginx served the
//! normalized one). So what they would change is refused, and what is left is decoded exactly once.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::names::{Basename, PATH_BYTES, all_bytes, pieces};

/// A path that all proxies read alike.
///
/// **Invariant:** it started with `/`; each component is a [`Basename`], does not end with a dot and holds no escape; a
/// slash behind the last makes it a directory's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlPath<'a> {
    /// Decoded, the components with a slash between two.
    decoded: Cow<'a, str>,
    directory: bool,
}

/// Why a path is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotPlain {
    /// It is no path at all, or too long.
    #[error("no path, or one that is too long")]
    NotPath,
    /// A character that no address holds unencoded, or that ends the path for some.
    #[error("a character that must be encoded")]
    Unencoded,
    /// `%` without two hexadecimal digits, or bytes that are no UTF-8.
    #[error("an escape that means nothing")]
    Escape,
    /// Decoded once it still holds an escape.
    #[error("it is encoded twice")]
    Twice,
    /// An empty component, `.`, `..`, an encoded slash, a backslash, a control character, a name that is too long.
    #[error("a component that some proxies resolve")]
    Component,
    /// A component that ends with a dot, which some systems leave out.
    #[error("a component that ends with a dot")]
    Dot,
}

impl<'a> UrlPath<'a> {
    /// The path that `raw` spells, as it stands in a request's first line, without the query.
    ///
    /// # Errors
    /// [`NotPlain`].
    pub fn parse(raw: &'a str) -> Result<Self, NotPlain> {
        let below = raw.strip_prefix('/').ok_or(NotPlain::NotPath)?;
        if raw.len() > PATH_BYTES {
            return Err(NotPlain::NotPath);
        }
        let fit = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'#' | b'?' | b'\\');
        if !all_bytes(below, fit) {
            return Err(NotPlain::Unencoded);
        }
        let (below, directory) = match below.strip_suffix('/') {
            Some(below) => (below, true),
            None => (below, below.is_empty()),
        };
        let path = |decoded| Self { decoded, directory };
        if below.is_empty() {
            // "//" has an empty component; "/" has none.
            let root = raw == "/";
            return root.then(|| path("".into())).ok_or(NotPlain::Component);
        }
        if memchr::memchr(b'%', below.as_bytes()).is_none() {
            for component in pieces(below, b'/') {
                plain(component)?;
            }
            return Ok(path(below.into()));
        }
        let mut decoded = String::with_capacity(below.len());
        for component in pieces(below, b'/') {
            if !decoded.is_empty() {
                decoded.push('/');
            }
            decoded.push_str(plain(&once(component)?)?);
        }
        Ok(path(decoded.into()))
    }

    /// The decoded components, with a slash between two.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.decoded
    }

    /// Whether it ends with a slash, and so is a directory's.
    #[must_use]
    pub fn is_directory(&self) -> bool {
        self.directory
    }

    /// What is left of it below `prefix`, by whole components.
    #[must_use]
    pub fn below(&self, prefix: &str) -> Option<&str> {
        if prefix.is_empty() {
            return Some(&self.decoded);
        }
        match self.decoded.strip_prefix(prefix)? {
            "" => Some(""),
            rest => rest.strip_prefix('/'),
        }
    }
}

/// A component, decoded once.
fn once(raw: &str) -> Result<Cow<'_, str>, NotPlain> {
    if escapes(raw) != raw.bytes().filter(|byte| *byte == b'%').count() {
        return Err(NotPlain::Escape);
    }
    let decoded = percent_decode_str(raw).decode_utf8();
    let decoded = decoded.map_err(|_| NotPlain::Escape)?;
    if escapes(&decoded) == 0 {
        Ok(decoded)
    } else {
        Err(NotPlain::Twice)
    }
}

/// The component, if no proxy would make another of it.
fn plain(component: &str) -> Result<&str, NotPlain> {
    if !Basename::is(component) {
        Err(NotPlain::Component)
    } else if component.ends_with('.') {
        Err(NotPlain::Dot)
    } else {
        Ok(component)
    }
}

/// How many escapes stand in `text`: `%` and two hexadecimal digits.
fn escapes(text: &str) -> usize {
    let after = text.split('%').skip(1);
    let digits = |rest: &&str| {
        let two = rest.as_bytes().first_chunk::<2>();
        two.is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit))
    };
    after.filter(digits).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_every_proxy_reads_alike_is_read() {
        for (raw, decoded, directory) in [
            ("/", "", true),
            ("/a", "a", false),
            ("/a/", "a", true),
            ("/a%20b/100%25.txt/%C3%BC;v=1", "a b/100%.txt/ü;v=1", false),
            ("/it's/%22q%22+1", "it's/\"q\"+1", false),
            ("/.hidden/a..b/...c", ".hidden/a..b/...c", false),
        ] {
            let path = UrlPath::parse(raw).expect(raw);
            assert_eq!(path.as_str(), decoded, "{raw}");
            assert_eq!(path.is_directory(), directory, "{raw}");
        }
    }

    #[test]
    fn what_is_below_goes_by_whole_components() {
        let path = UrlPath::parse("/a/bc/d").expect("a path");
        for (prefix, rest) in [
            ("", Some("a/bc/d")),
            ("a", Some("bc/d")),
            ("a/bc", Some("d")),
            ("a/bc/d", Some("")),
            ("a/b", None),
            ("a/bc/d/e", None),
        ] {
            assert_eq!(path.below(prefix), rest, "{prefix}");
        }
    }

    #[test]
    fn what_some_proxy_would_change_is_refused() {
        for raw in [
            "",
            "a",
            "*",
            "//",
            "//a",
            "/a//",
            "/a//b",
            "/.",
            "/..",
            "/a/.",
            "/a/./b",
            "/a/../b",
            "/a/%2e%2e/b",
            "/a/%2E./b",
            "/a/.%2e",
            "/a/..%2fb",
            "/a%2fb",
            "/a%2Fb",
            "/a%5cb",
            "/a\\b",
            "/a%00",
            "/a%0a",
            "/a%7f",
            "/a%",
            "/a%2",
            "/a%zz",
            "/a%252e",
            "/a%25%32%65",
            "/a%255cb",
            "/a%c0%af",
            "/a%ff",
            "/a.",
            "/a./b",
            "/a%2e",
            "/a#b",
            "/a?b",
            "/a b",
            "/ü",
            "/a\tb",
            "http://x/a",
            "/a%c0%80",
            "/%2e",
            "/%2e%2e",
        ] {
            assert!(UrlPath::parse(raw).is_err(), "{raw}");
        }
        assert!(UrlPath::parse(&format!("/{}", "a".repeat(256))).is_err());
        assert!(UrlPath::parse(&"/a".repeat(2048)).is_err());
    }
}
