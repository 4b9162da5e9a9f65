//! What a client asked the proxy for: scheme, host, path and query, of which only the path is judged.

use url::{Host, Url};

use super::path::{NotPlain, UrlPath};
use crate::names::all_bytes;

/// The address that a client asked for.
#[derive(Debug, Clone)]
pub struct Target<'a> {
    /// As the proxy said it.
    scheme: Scheme,
    /// With its port, as the client said it.
    authority: &'a str,
    /// Raw: path and query.
    raw: &'a str,
    /// Where the query starts, behind its `?`.
    query: Option<usize>,
    /// The path.
    pub path: UrlPath<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

/// Why an address is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotTarget {
    /// Another scheme than http and https.
    #[error("a scheme that is neither http nor https")]
    Scheme,
    /// No host, or none that is one.
    #[error("no host")]
    Host,
    /// Its path.
    #[error(transparent)]
    Path(#[from] NotPlain),
}

impl<'a> Target<'a> {
    /// What was asked for in these words.
    ///
    /// # Errors
    /// [`NotTarget`].
    pub fn parse(scheme: &str, authority: &'a str, raw: &'a str) -> Result<Self, NotTarget> {
        let scheme = if scheme.eq_ignore_ascii_case("https") {
            Scheme::Https
        } else if scheme.eq_ignore_ascii_case("http") {
            Scheme::Http
        } else {
            return Err(NotTarget::Scheme);
        };
        let delimits = |byte: u8| matches!(byte, b'/' | b'\\' | b'?' | b'#' | b'@' | b' ' | b',');
        let unfit = |byte: u8| !byte.is_ascii_graphic() || delimits(byte);
        if authority.is_empty()
            || authority.len() > 255
            || !all_bytes(authority, |byte| !unfit(byte))
        {
            return Err(NotTarget::Host);
        }
        if !all_bytes(raw, |byte| byte.is_ascii_graphic()) {
            return Err(NotPlain::Unencoded.into());
        }
        let (path, query) = match raw.split_once('?') {
            Some((path, _)) => (path, Some(path.len() + 1)),
            None => (raw, None),
        };
        Ok(Self {
            scheme,
            authority,
            raw,
            query,
            path: UrlPath::parse(path)?,
        })
    }

    /// What the one address `url` says.
    ///
    /// # Errors
    /// [`NotTarget`].
    pub fn parse_url(url: &'a str) -> Result<Self, NotTarget> {
        let (scheme, rest) = url.split_once("://").ok_or(NotTarget::Scheme)?;
        let at = rest.find('/').ok_or(NotTarget::Host)?;
        let (authority, raw) = rest.split_at_checked(at).ok_or(NotTarget::Host)?;
        Self::parse(scheme, authority, raw)
    }

    /// The query, raw.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.raw.get(self.query?..)
    }

    /// The host as all write it, without the port; nothing where it is none, where it is spelled in another way, and where
    /// it ends with a dot, which some leave out.
    #[must_use]
    pub fn host(&self) -> Option<Host> {
        let name = match self.authority.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => self.authority,
        };
        let host = Host::parse(name).ok()?;
        // Another spelling of it is another host to some: no server of the proxy's may be taken for one of another name.
        let same = host.to_string().eq_ignore_ascii_case(name);
        (same && !name.ends_with('.')).then_some(host)
    }

    /// The whole address, to come back to; without the query where that holds a key.
    #[must_use]
    pub fn to_return_to(&self) -> Option<Url> {
        let keyed = self.query().is_some_and(|query| {
            let mut names = form_urlencoded::parse(query.as_bytes());
            names.any(|(name, _)| name == "accesskey")
        });
        let raw = match self.query {
            Some(at) if keyed => self.raw.get(..at - 1)?,
            _ => self.raw,
        };
        let scheme = match self.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        Url::parse(&format!("{scheme}://{}{raw}", self.authority)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart_without_being_changed() {
        let target = Target::parse_url("https://Files.example.org:8443/a%20b?x=1").expect("one");
        assert_eq!(target.path.as_str(), "a b");
        assert_eq!(target.query(), Some("x=1"));
        assert_eq!(target.host(), Host::parse("files.example.org").ok());
        let back = target.to_return_to().map(String::from);
        assert_eq!(
            back.as_deref(),
            Some("https://files.example.org:8443/a%20b?x=1")
        );
        let keyed = Target::parse_url("https://h/a?b=1&accesskey=SECRET").expect("one");
        assert_eq!(
            keyed.to_return_to().map(String::from).as_deref(),
            Some("https://h/a")
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in [
            "",
            "/a",
            "ftp://h/a",
            "https:///a",
            "https://h",
            "https://h?x",
            "https://u@h/a",
            "https://h\\@x/a",
            "https://h/a/../b",
            "https://h h/a",
            "https://h,x/a",
            "http//h/a",
            "https://h/a?b c",
            "https://h/a?ü",
            "https://h/a?b\tc",
        ] {
            assert!(Target::parse_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_host_that_could_be_another_is_none() {
        for (url, host) in [
            ("https://h/a", Some("h")),
            ("https://H.Example:8443/a", Some("h.example")),
            ("https://[::1]:80/a", Some("[::1]")),
            ("https://127.0.0.1:80/a", Some("127.0.0.1")),
            (
                "https://xn--bcher-kva.example/a",
                Some("xn--bcher-kva.example"),
            ),
            ("https://h./a", None),
            ("https://h.:80/a", None),
            ("https://h:80x/a", None),
            ("https://h:80:80/a", None),
            ("https://%68/a", None),
            ("https://127.1/a", None),
            ("https://0x7f000001/a", None),
            ("https://[0::1]/a", None),
            ("https://a..b./a", None),
        ] {
            let target = Target::parse_url(url).expect("one");
            assert_eq!(
                target.host().map(|host| host.to_string()).as_deref(),
                host,
                "{url}"
            );
        }
    }
}
