//! How we are called from outside: the path below which everything is served, and the address that visitors type.
//!
//! Spellings that a browser would repair are refused, with the right one beside.

use std::str::FromStr;

use url::{Host, Url};

/// Most bytes of `base_path`.
const BASE_PATH_BYTES: usize = 1024;
/// What `base_path` may consist of besides letters and digits: what a path may hold without escapes.
const PATH_SIGNS: &str = "/-._~!$&'()*+,;=:@";

/// The path below which everything is served.
///
/// **Invariant:** starts and ends with `/`, has no empty, `.` or `..` component, and needs no escapes in a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BasePath(String);

/// Why a text is no base path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this path starts and ends with '/', such as '/edit/', without '//', '.', '..' or anything to be escaped"
)]
pub struct NotBasePath;

impl FromStr for BasePath {
    type Err = NotBasePath;

    fn from_str(text: &str) -> Result<Self, NotBasePath> {
        let plain =
            |character: char| character.is_ascii_alphanumeric() || PATH_SIGNS.contains(character);
        let bare = text.strip_suffix('/').ok_or(NotBasePath)?;
        let clean = text.len() <= BASE_PATH_BYTES
            && text.chars().all(plain)
            && (bare.is_empty() || bare.starts_with('/'))
            && bare
                .split('/')
                .skip(1)
                .all(|component| !matches!(component, "" | "." | ".."));
        if clean {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotBasePath)
        }
    }
}

impl BasePath {
    /// The path, with both slashes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for BasePath {
    fn default() -> Self {
        Self("/".to_owned())
    }
}

/// The address that visitors type.
///
/// **Invariant:** http or https, with a host, without user, password, query or fragment; ends with `/`; in the one
/// spelling that browsers use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(Url);

/// Why a text is no public URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotPublicUrl {
    /// Not the spelling of one.
    #[error("this is no address: write it as 'https://edit.example.org/'")]
    Spelling,
    /// Another scheme.
    #[error("this starts with 'https://' or 'http://'")]
    Scheme,
    /// With a user or a password.
    #[error("this has no user and no password")]
    User,
    /// With a query or a fragment.
    #[error("this has no '?' and no '#'")]
    Query,
    /// Another path than the base path.
    #[error("its path '{0}' is not base_path '{1}'")]
    Path(String, String),
    /// Another spelling of a good address.
    #[error("write this as '{0}'")]
    Unclean(String),
}

impl PublicUrl {
    /// The address that `text` spells, with `base` as its path; a missing `/` after the host is all that is forgiven.
    ///
    /// # Errors
    /// [`NotPublicUrl`].
    pub fn parse(text: &str, base: &BasePath) -> Result<Self, NotPublicUrl> {
        let url = Url::parse(text).map_err(|_| NotPublicUrl::Spelling)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(NotPublicUrl::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(NotPublicUrl::User);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(NotPublicUrl::Query);
        }
        if url.path() != base.as_str() {
            let path = url.path().to_owned();
            return Err(NotPublicUrl::Path(path, base.as_str().to_owned()));
        }
        if url.as_str().trim_end_matches('/') != text.trim_end_matches('/') {
            return Err(NotPublicUrl::Unclean(url.into()));
        }
        Ok(Self(url))
    }

    /// The whole, with `/` at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Scheme, host and a port that is not the usual one, as browsers send it in `Origin`.
    #[must_use]
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// The host: a name, or an address without brackets.
    #[must_use]
    pub fn host(&self) -> Option<String> {
        Some(match self.0.host()? {
            Host::Domain(name) => name.to_owned(),
            Host::Ipv4(four) => four.to_string(),
            Host::Ipv6(six) => six.to_string(),
        })
    }

    /// Whether browsers come by https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_path_has_both_slashes_and_no_surprise() {
        for text in ["/", "/edit/", "/a/b-c/~d/"] {
            assert_eq!(
                text.parse::<BasePath>().map(|path| path.0).as_deref(),
                Ok(text)
            );
        }
        for text in [
            "", "edit", "/edit", "edit/", "//", "/a//b/", "/./", "/a/../", "/ü/", "/a b/", "/%2e/",
            "/a?/", "/\\/",
        ] {
            assert_eq!(text.parse::<BasePath>(), Err(NotBasePath), "{text}");
        }
    }

    #[test]
    fn the_public_url_is_what_browsers_make_of_it() {
        let root = BasePath::default();
        let below: BasePath = "/edit/".parse().expect("clean");
        let url = PublicUrl::parse("https://example.org:8443", &root).expect("good");
        assert_eq!(
            (url.as_str(), url.origin().as_str(), url.is_https()),
            (
                "https://example.org:8443/",
                "https://example.org:8443",
                true
            )
        );
        assert!(PublicUrl::parse("http://[::1]:81/edit/", &below).is_ok());
        for (text, error) in [
            ("", NotPublicUrl::Spelling),
            ("example.org", NotPublicUrl::Spelling),
            ("ftp://example.org/", NotPublicUrl::Scheme),
            ("https://ann@example.org/", NotPublicUrl::User),
            ("https://example.org/?a", NotPublicUrl::Query),
            ("https://example.org/#", NotPublicUrl::Query),
            (
                "https://example.org/edit",
                NotPublicUrl::Path("/edit".to_owned(), "/".to_owned()),
            ),
            (
                "https://Example.org",
                NotPublicUrl::Unclean("https://example.org/".to_owned()),
            ),
            (
                "https://example.org:443/",
                NotPublicUrl::Unclean("https://example.org/".to_owned()),
            ),
            (
                "https:\\\\example.org/",
                NotPublicUrl::Unclean("https://example.org/".to_owned()),
            ),
        ] {
            assert_eq!(PublicUrl::parse(text, &root), Err(error), "{text}");
        }
        assert!(PublicUrl::parse("https://example.org/", &below).is_err());
    }
}
