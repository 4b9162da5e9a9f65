//! Where we listen, and which networks are meant.
//!
//! No name is ever looked up here.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use ipnet::IpNet;

use super::meaning::Reader;
use super::raw::Texts;

/// Most bytes of a Unix socket's path, as the kernel counts them.
const SOCKET_PATH_BYTES: usize = 107;

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

/// The places in `texts`: at least one, and each once.
pub(super) fn listen(texts: Texts, reader: &mut Reader<'_>) -> Vec<Listen> {
    if texts.0.is_empty() {
        reader.refuse("listen", &"name at least one address to listen at");
    }
    listen_each("listen", texts, reader)
}

/// The places in `texts`, each once; maybe none.
pub(super) fn listen_each(path: &str, texts: Texts, reader: &mut Reader<'_>) -> Vec<Listen> {
    let listen: Vec<Listen> = reader.list(path, texts, FromStr::from_str);
    let any_port = |listen: &Listen| matches!(listen, Listen::Tcp(address) if address.port() == 0);
    for (index, this) in listen.iter().enumerate() {
        if !any_port(this) && listen.iter().take(index).any(|other| other == this) {
            reader.refuse(path, &format!("{this} is named twice"));
        }
    }
    listen
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

/// The network of a proxy: any but all addresses.
pub(super) fn proxy(text: &str) -> Result<IpNet, NotNetwork> {
    match network(text)? {
        everybody if everybody.prefix_len() == 0 => Err(NotNetwork::Everybody),
        network => Ok(network),
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
}
