//! Where we listen, which networks are meant, and how we are called from outside.
//!
//! No name is ever looked up here. Spellings that a browser would repair are refused, with the right one beside.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use ipnet::IpNet;
use url::Url;

/// Most bytes of a Unix socket's path, as the kernel counts them.
const SOCKET_PATH_BYTES: usize = 107;
/// Most bytes of `base_path`.
const BASE_PATH_BYTES: usize = 1024;
/// What `base_path` may consist of besides letters and digits: what a path may hold without escapes.
const PATH_SIGNS: &str = "/-._~!$&'()*+,;=:@";

/// A place to listen at.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Listen {
    /// An address and a port; port 0 is any free one.
    Tcp(SocketAddr),
    /// A Unix socket at an absolute path.
    Unix(PathBuf),
}

/// Why a text is no place to listen at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotListen {
    /// Neither form.
    #[error(
        "this is an address and a port, such as '127.0.0.1:8181' or '[::1]:8181', or 'unix:/path'; names are not looked up"
    )]
    Spelling,
    /// A bad socket path.
    #[error("a socket's path is absolute, clean and at most 107 bytes long")]
    SocketPath,
}

impl FromStr for Listen {
    type Err = NotListen;

    fn from_str(text: &str) -> Result<Self, NotListen> {
        let Some(path) = text.strip_prefix("unix:") else {
            return text.parse().map(Self::Tcp).map_err(|_| NotListen::Spelling);
        };
        let clean = path.starts_with('/')
            && path != "/"
            && path.len() <= SOCKET_PATH_BYTES
            && !path.chars().any(char::is_control)
            && path_clean::clean(path).as_os_str() == path;
        if clean {
            Ok(Self::Unix(PathBuf::from(path)))
        } else {
            Err(NotListen::SocketPath)
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(out),
            Self::Unix(path) => write!(out, "unix:{}", path.display()),
        }
    }
}

/// Some networks, maybe none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(pub(super) Vec<IpNet>);

impl Networks {
    /// Whether the address lies in one of them; an IPv4 address in IPv6 clothes counts as IPv4.
    #[must_use]
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Why a text is no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotNetwork {
    /// Not the spelling of one.
    #[error("this is no network: write it as '10.0.0.0/8', 'fd00::/8' or a single address")]
    Spelling,
    /// Bits set beyond the prefix.
    #[error("this address is inside the network '{0}': write that, or the address alone")]
    Inside(IpNet),
    /// An IPv4 network in IPv6 clothes.
    #[error("write this as an IPv4 network")]
    Mapped,
    /// Every address there is, where that would believe anybody.
    #[error("this believes everybody: name the proxies' own networks")]
    Everybody,
}

/// The network that `text` spells; an address alone is a network of one.
pub(super) fn network(text: &str) -> Result<IpNet, NotNetwork> {
    let network = match text.parse::<IpAddr>() {
        Ok(address) => IpNet::from(address),
        Err(_) => text.parse().map_err(|_| NotNetwork::Spelling)?,
    };
    let mapped = matches!(network, IpNet::V6(six) if six.addr().to_ipv4_mapped().is_some());
    if mapped {
        Err(NotNetwork::Mapped)
    } else if network.trunc() != network {
        Err(NotNetwork::Inside(network.trunc()))
    } else {
        Ok(network)
    }
}

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
    fn listening_needs_an_address_and_a_port_or_a_socket() {
        for text in [
            "127.0.0.1:8181",
            "[::1]:0",
            "0.0.0.0:80",
            "unix:/run/editkey/http.sock",
        ] {
            assert_eq!(
                text.parse::<Listen>()
                    .map(|listen| listen.to_string())
                    .as_deref(),
                Ok(text)
            );
        }
        for text in [
            "localhost:80",
            "127.0.0.1",
            ":80",
            "127.0.0.1:65536",
            "",
            "::1:80",
        ] {
            assert_eq!(text.parse::<Listen>(), Err(NotListen::Spelling), "{text}");
        }
        for text in ["unix:", "unix:a", "unix:/a/../b", "unix:/"] {
            assert_eq!(text.parse::<Listen>(), Err(NotListen::SocketPath), "{text}");
        }
    }

    #[test]
    fn networks_are_spelled_by_their_first_address() {
        let networks = Networks(
            ["10.0.0.0/8", "fd00::/8", "::1"]
                .map(|text| network(text).expect(text))
                .to_vec(),
        );
        for (address, inside) in [
            ("10.9.9.9", true),
            ("::ffff:10.0.0.1", true),
            ("11.0.0.1", false),
            ("fd12::1", true),
            ("::1", true),
            ("::2", false),
        ] {
            assert_eq!(
                networks.contain(address.parse().expect("an address")),
                inside,
                "{address}"
            );
        }
        for text in ["", "10.0.0.0/33", "example.org", "10.0.0/8", "10.0.0.0/08x"] {
            assert_eq!(network(text), Err(NotNetwork::Spelling), "{text}");
        }
        assert!(
            network("10.1.0.0/8")
                .expect_err("inside")
                .to_string()
                .contains("'10.0.0.0/8'")
        );
        assert_eq!(network("::ffff:10.0.0.0/104"), Err(NotNetwork::Mapped));
    }

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
