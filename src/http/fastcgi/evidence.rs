//! What a request's variables prove: the client's headers as the web server passed them on, and what it says itself.
//!
//! Nothing here is believed that a client could have named: its headers stand below `HTTP_` alone.

use std::net::IpAddr;

use actix_web::cookie::Cookie;

use super::super::facts::{FORWARDING, names_us};
use super::super::shared::Shared;
use super::variables::Variables;
use crate::visitor::{Evidence, Said};

/// The variables of one request, and who sent them.
pub(super) struct Told<'a> {
    pub(super) variables: &'a Variables,
    /// The web server; none on a Unix socket.
    pub(super) peer: Option<IpAddr>,
    pub(super) shared: &'a Shared,
}

impl Told<'_> {
    /// The client's connection to the web server, which names it in one variable or the other.
    fn scheme(&self) -> Said<'_> {
        let says = |name: &str, wanted: &str| {
            let said = self.variables.said(name).once();
            said.is_some_and(|text| text.eq_ignore_ascii_case(wanted))
        };
        if says("REQUEST_SCHEME", "https") || says("HTTPS", "on") {
            Said::Once("https")
        } else {
            Said::Once("http")
        }
    }
}

impl Evidence for Told<'_> {
    fn peer(&self) -> Option<IpAddr> {
        self.peer
    }

    /// The web server's client. Not where that is a proxy, or shows itself as one, nor under a name that anybody may
    /// point at us.
    fn client(&self) -> Option<IpAddr> {
        let text = self.variables.said("REMOTE_ADDR").once()?;
        let client = text.parse::<IpAddr>().ok()?.to_canonical();
        let said = |name: &&str| self.variables.header(name) != Said::Nothing;
        let forwarded = FORWARDING.iter().any(said);
        let certain = !forwarded && !self.shared.trusted_proxies.contain(client);
        let host = self.variables.header("host").once();
        (certain && names_us(host, self.shared)).then_some(client)
    }

    /// The web server's client by its word, else the web server.
    fn guesser(&self) -> Option<IpAddr> {
        let text = self.variables.said("REMOTE_ADDR").once();
        let client = text.and_then(|text| text.parse::<IpAddr>().ok());
        client.map(|client| client.to_canonical()).or(self.peer)
    }

    fn at_gate(&self) -> bool {
        true
    }

    fn by_unix_socket(&self) -> bool {
        self.peer.is_none()
    }

    fn local(&self) -> bool {
        false
    }

    fn header(&self, name: &str) -> Said<'_> {
        if name == "x-forwarded-proto" {
            return self.scheme();
        }
        let said = self.variables.header(name);
        // Web servers join what came twice.
        if name == "authorization" && said.once().is_some_and(several_bearers) {
            return Said::Unclear;
        }
        said
    }

    /// A variable does not show how its header was spelled. At the gate no header names anybody.
    fn header_by_another_spelling(&self, _name: &str) -> bool {
        false
    }

    fn cookie(&self, name: &str) -> Said<'_> {
        let text = match self.variables.header("cookie") {
            Said::Once(text) => text,
            Said::Nothing => return Said::Nothing,
            Said::Unclear => return Said::Unclear,
        };
        let cookies = text
            .split(';')
            .filter_map(|one| Cookie::parse(one).ok())
            .filter(|cookie| cookie.name() == name);
        Said::of(cookies.map(|cookie| cookie.value_raw()))
    }
}

/// Whether `text` is a token with something joined to it: none holds a comma.
fn several_bearers(text: &str) -> bool {
    let scheme = text.split_once(' ').map(|(scheme, _)| scheme);
    text.contains(',') && scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer"))
}
