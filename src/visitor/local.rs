//! The local visitor: a browser on this machine that came by a link from the command line.
//!
//! Loopback proves nothing by itself: a proxy on the same host looks the same, so does every other account of the
//! machine. The cookie from the one-use link is the proof; what is looked at here is what must hold besides.

use std::net::IpAddr;

/// What a connection and its request say about where they come from.
#[derive(Debug, Clone, Copy)]
pub struct Connection<'a> {
    /// The TCP peer; `None` on a Unix socket.
    pub peer: Option<IpAddr>,
    /// The `Host` header.
    pub host: &'a str,
    /// The port we listen on.
    pub port: u16,
    /// Whether any header says that somebody forwards.
    pub forwarded: bool,
    /// `Sec-Fetch-Site`, where sent.
    pub site: Option<&'a str>,
}

impl Connection<'_> {
    /// Whether a local session counts on this connection: a loopback peer, a literal loopback `Host` with our port, no
    /// forwarding header, and a request that no other site caused.
    #[must_use]
    pub fn counts_as_local(&self) -> bool {
        let peer = self
            .peer
            .is_some_and(|peer| peer.to_canonical().is_loopback());
        let host = self.host.rsplit_once(':').is_some_and(|(name, port)| {
            matches!(name, "127.0.0.1" | "[::1]" | "localhost") && port == self.port.to_string()
        });
        let site = self
            .site
            .is_none_or(|site| matches!(site, "none" | "same-origin"));
        peer && host && !self.forwarded && site
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_another_name_or_another_site_is_not_local() {
        let good = Connection {
            peer: Some("127.0.0.1".parse().expect("an address")),
            host: "127.0.0.1:8181",
            port: 8181,
            forwarded: false,
            site: Some("none"),
        };
        assert!(good.counts_as_local());
        let peer = Some("192.0.2.1".parse().expect("an address"));
        for bad in [
            Connection { peer, ..good },
            Connection { peer: None, ..good },
            Connection {
                host: "evil.example:8181",
                ..good
            },
            Connection {
                host: "127.0.0.1",
                ..good
            },
            Connection {
                host: "127.0.0.1:80",
                ..good
            },
            Connection {
                host: "127.0.0.1.nip.io:8181",
                ..good
            },
            Connection {
                forwarded: true,
                ..good
            },
            Connection {
                site: Some("cross-site"),
                ..good
            },
            Connection {
                site: Some("same-site"),
                ..good
            },
        ] {
            assert!(!bad.counts_as_local(), "{bad:?}");
        }
    }
}
