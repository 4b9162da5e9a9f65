//! The bookmark of a key, as the operator is shown it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use anyhow::{Result, bail};

use crate::cli::running::servers;
use crate::mint::AccessKey;
use crate::settings::{Listen, Settings};

/// The bookmark that opens `key`'s file: at the public address, else at the server that runs, else where one will.
///
/// # Errors
/// When no address is known.
pub(super) fn bookmark(key: &AccessKey, settings: &Settings) -> Result<String> {
    Ok(spelled(key, &address(settings)?))
}

/// The same at an address that is known.
pub(super) fn spelled(key: &AccessKey, address: &str) -> String {
    format!("{address}?accesskey={}", key.reveal())
}

/// Where bookmarks lead.
///
/// # Errors
/// When no address is known.
pub(super) fn address(settings: &Settings) -> Result<String> {
    if let Some(url) = &settings.public_url {
        return Ok(url.as_str().to_owned());
    }
    if let Some(server) = servers(&settings.key_folder).into_iter().next() {
        return Ok(server.url);
    }
    let mut listening = settings.listen.iter().filter_map(|place| match place {
        Listen::Tcp(address) if address.port() != 0 => Some(*address),
        Listen::Tcp(_) | Listen::Unix(_) => None,
    });
    match listening.next() {
        Some(address) => Ok(format!(
            "{}://{}{}",
            if settings.tls.is_some() {
                "https"
            } else {
                "http"
            },
            reachable(address),
            settings.base_path.as_str()
        )),
        None => {
            bail!("no address is known for bookmarks: set public_url, or start the server first")
        }
    }
}

/// An address of this machine for one that stands for all of them.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(four) if four.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(six) if six.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        IpAddr::V4(_) | IpAddr::V6(_) => address.ip(),
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_addresses_are_reached_by_the_loopback() {
        for (listening, reached) in [
            ("0.0.0.0:80", "127.0.0.1:80"),
            ("[::]:81", "[::1]:81"),
            ("10.0.0.1:82", "10.0.0.1:82"),
        ] {
            let address = listening.parse().expect("an address");
            assert_eq!(reachable(address).to_string(), reached);
        }
    }
}
