//! Where a request comes from and what caused it.
//!
//! Forwarding headers are believed from the networks in the settings only, and then the rightmost hop that is not one of
//! them counts; everything left of it is the client's own word.

use std::net::IpAddr;

use actix_http::Request;
use actix_web::dev::RequestHead;
use actix_web::http::header::{HOST, ORIGIN};
use actix_web::{HttpMessage, HttpRequest};
use url::Host;

use super::guard::valid_host;
use super::shared::Shared;
use super::sockets::UnixSocket;
use crate::visitor::Connection;

/// A request, before or after the router has made something of it.
pub(super) trait Head: HttpMessage {
    /// What stands before its body.
    fn head(&self) -> &RequestHead;
    /// Whether it came by a Unix socket of ours.
    fn by_unix_socket(&self) -> bool;

    /// Its address without the query, as it was asked for.
    fn path(&self) -> &str {
        self.head().uri.path()
    }

    /// What stands behind the `?` of its address; empty where there is none.
    fn query(&self) -> &str {
        self.head().uri.query().unwrap_or_default()
    }
}

impl Head for HttpRequest {
    fn head(&self) -> &RequestHead {
        self.head()
    }

    fn by_unix_socket(&self) -> bool {
        self.conn_data::<UnixSocket>().is_some()
    }
}

impl Head for Request {
    fn head(&self) -> &RequestHead {
        self.head()
    }

    fn by_unix_socket(&self) -> bool {
        self.conn_data::<UnixSocket>().is_some()
    }
}

/// The headers by which a proxy shows itself.
pub(super) const FORWARDING: [&str; 6] = [
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
    "via",
];

/// One header's value, where it is there and sayable.
pub(super) fn header<'a>(request: &'a impl Head, name: &'static str) -> Option<&'a str> {
    // There are few of them: to look at each costs less than to hash a name.
    let mut headers = request.headers().iter();
    let (_, value) = headers.find(|(known, _)| known.as_str() == name)?;
    value.to_str().ok()
}

/// Whether one of these headers is there.
fn any(request: &impl Head, names: &[&str]) -> bool {
    let mut headers = request.headers().iter();
    headers.any(|(known, _)| names.contains(&known.as_str()))
}

/// What the connection says, for the local visitor.
pub(super) fn connection<'a>(request: &'a impl Head, shared: &Shared) -> Connection<'a> {
    let head = request.head();
    Connection {
        peer: head.peer_addr.map(|peer| peer.ip()),
        host: head
            .headers()
            .get(HOST)
            .and_then(|host| host.to_str().ok())
            .unwrap_or(""),
        port: shared.port,
        forwarded: forwarded(request),
        site: header(request, "sec-fetch-site"),
    }
}

/// Whether any header says that somebody forwards.
fn forwarded(request: &impl Head) -> bool {
    any(request, &FORWARDING)
}

/// The client's address, where it is certain. A proxy that we do not trust, or one that does not say for whom it asks,
/// makes it uncertain; so does a `Host` that anybody's name server may point at us (DNS rebinding).
pub(super) fn certain_client(request: &impl Head, shared: &Shared) -> Option<IpAddr> {
    let peer = request.head().peer_addr?.ip().to_canonical();
    let client = client(request, shared)?;
    let certain = if shared.trusted_proxies.contain(peer) {
        !shared.trusted_proxies.contain(client)
    } else {
        !forwarded(request)
    };
    let host = request.headers().get(HOST);
    let host = host.and_then(|host| host.to_str().ok());
    (certain && names_us(host, shared)).then_some(client)
}

/// Whether `host`, with its port or without, is a literal address, or the name in `public_url`.
pub(super) fn names_us(host: Option<&str>, shared: &Shared) -> bool {
    let port = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let name = host.map(|host| match host.rsplit_once(':') {
        Some((name, after)) if port(after) => name,
        _ => host,
    });
    match name.and_then(|name| Host::parse(name).ok()) {
        Some(Host::Domain(name)) => shared.public_host.as_ref() == Some(&Host::Domain(name)),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
        None => false,
    }
}

/// The client's address, for throttles.
pub(super) fn client(request: &impl Head, shared: &Shared) -> Option<IpAddr> {
    let peer = request.head().peer_addr?.ip().to_canonical();
    if !shared.trusted_proxies.contain(peer) {
        return Some(peer);
    }
    let hops = request
        .headers()
        .get_all("x-forwarded-for")
        .filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = hops
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    let mut client = peer;
    for hop in hops.into_iter().rev() {
        let Ok(address) = hop.parse::<IpAddr>() else {
            break;
        };
        client = address.to_canonical();
        if !shared.trusted_proxies.contain(client) {
            break;
        }
    }
    Some(client)
}

/// Whether the client is in `metrics_networks`, and so may see how the server stands.
pub(super) fn in_metrics_networks(request: &HttpRequest, shared: &Shared) -> bool {
    client(request, shared).is_some_and(|client| shared.metrics_networks.contain(client))
}

/// The network of an address, by which strangers are throttled: /24 of IPv4, /56 of IPv6.
pub(super) fn network(address: Option<IpAddr>) -> String {
    match address {
        Some(IpAddr::V4(v4)) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}")
        }
        Some(IpAddr::V6(v6)) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{:x}", d & 0xff00)
        }
        None => "unix".to_owned(),
    }
}

/// Whether a person went there: where sent, `Sec-Fetch-Mode` and `-Dest` say so, and nothing was fetched ahead.
pub(super) fn navigation(request: &impl Head) -> bool {
    let mut headers = request.headers().iter();
    headers.all(|(name, value)| match name.as_str() {
        "sec-fetch-mode" => value == "navigate",
        "sec-fetch-dest" => value == "document",
        "sec-purpose" | "purpose" | "x-moz" => false,
        _ => true,
    })
}

/// Whether another site caused the request.
pub(super) fn cross_site(request: &impl Head) -> bool {
    header(request, "sec-fetch-site") == Some("cross-site")
}

/// Whether a change may rest on the cookie: our own page asked for it.
pub(super) fn own_origin(request: &HttpRequest, shared: &Shared) -> bool {
    if let Some(site) = header(request, "sec-fetch-site") {
        return site == "same-origin";
    }
    let origin = request.headers().get(ORIGIN);
    origin.is_some_and(|origin| match &shared.origin {
        Some(ours) => origin == ours.as_str(),
        None => seen(request, shared).is_some_and(|ours| origin == ours.as_str()),
    })
}

/// Our own address, with the base path, as whoever asks can use it.
pub(super) fn address(request: &HttpRequest, shared: &Shared) -> String {
    let seen = || {
        let origin = seen(request, shared)?;
        Some(format!("{origin}{}", shared.base_path))
    };
    let known = shared.public_url.clone().or_else(seen);
    known.unwrap_or_else(|| shared.base_path.clone())
}

/// Our origin as the browser saw it: by the word of a trusted proxy where that is one word that can be, else as we are
/// seen.
pub(super) fn seen(request: &HttpRequest, shared: &Shared) -> Option<String> {
    let headers = request.headers();
    let peer = request.peer_addr();
    let trusted = peer.is_some_and(|peer| shared.trusted_proxies.contain(peer.ip()));
    let told = |name: &str| {
        let mut values = headers.get_all(name).filter(|_| trusted);
        values.next().filter(|_| values.next().is_none())
    };
    let https = told("x-forwarded-proto").is_some_and(|scheme| scheme == "https");
    let host = told("x-forwarded-host").filter(|host| valid_host(host));
    let host = host.or_else(|| headers.get(HOST))?.to_str().ok()?;
    let scheme = if https { "https://" } else { shared.scheme };
    Some(format!("{scheme}{host}"))
}
