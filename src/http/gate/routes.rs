//! The gate's addresses, and a request of a proxy held out as what it carries.

use std::net::IpAddr;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, COOKIE, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, guard, web};
use percent_encoding::percent_decode_str;

use super::super::answer::nowhere;
use super::super::facts::Head;
use super::super::methods::any;
use super::super::session;
use super::super::shared::Shared;
use super::super::who::Carried;
use super::{answer, may_ask};
use crate::gate::{Answer, Dialect, Request};
use crate::visitor::{Evidence, Said};

/// The addresses without a word of whom they ask for, which are asked about every request of others.
pub(in crate::http) fn plain_routes(config: &mut web::ServiceConfig, shared: &Arc<Shared>) {
    let base = shared.base_path.trim_end_matches('/');
    by_headers(config, |name| format!("{base}/auth/{name}"));
}

/// All others. Their patterns are dear to compare with, so they stand behind the rest.
pub(in crate::http) fn routes(config: &mut web::ServiceConfig, shared: &Arc<Shared>) {
    let base = shared.base_path.trim_end_matches('/');
    let at = |path: &str| format!("{base}{path}");
    by_headers(config, |name| format!("{base}/auth/{name}/{{required}}"));
    config
        .route(&at("/auth/envoy{behind:/.*}"), any(envoy))
        .route(&at("/auth/envoy-{required}{behind:/.*}"), any(envoy))
        .route(&at("/auth-{required}"), any(organizr))
        .route(&at("/api/v2/auth-{required}"), any(organizr))
        .route(&at("/api/v2/auth/{required}"), any(organizr))
        .service(
            web::resource([at("/api"), at("/api/")])
                .guard(guard::fn_guard(|context| is_v1(context.head().uri.query())))
                .route(any(organizr_v1)),
        );
}

/// The dialects that are told apart by the address alone.
const BY_HEADERS: [(&str, Dialect); 4] = [
    ("nginx", Dialect::Nginx),
    ("traefik", Dialect::Traefik),
    ("caddy", Dialect::Caddy),
    ("haproxy", Dialect::HaProxy),
];

/// Those, each at `path`.
fn by_headers(config: &mut web::ServiceConfig, path: impl Fn(&str) -> String) {
    for (name, dialect) in BY_HEADERS {
        let asked = move |request: HttpRequest, shared: web::Data<Shared>| async move {
            let required = required(&request);
            respond(&request, &shared, dialect, "", required.as_deref()).await
        };
        config.route(&path(name), any(asked));
    }
}

/// Whether this is the query of Organizr's first API, literally `v1/auth&group=N`.
fn is_v1(query: Option<&str>) -> bool {
    query.is_some_and(|query| query == "v1/auth" || query.starts_with("v1/auth&"))
}

/// Whom the address asks for. The router leaves `%2F`, `%25` and `%2B` encoded, so that no `%` in it is another's.
fn required(request: &HttpRequest) -> Option<String> {
    request.match_info().get("required").map(decoded)
}

/// The word that `text` spells; none at all where that is no text.
fn decoded(text: &str) -> String {
    let text = percent_decode_str(text).decode_utf8();
    text.map(Into::into).unwrap_or_default()
}

/// Envoy writes the path that it was asked for behind ours, as it stands.
async fn envoy(request: HttpRequest, shared: web::Data<Shared>) -> HttpResponse {
    let base = shared.base_path.trim_end_matches('/');
    let path_and_query = request.uri().path_and_query();
    let raw = path_and_query.map_or("", |target| target.as_str());
    // What the router decoded is not what was asked for: the raw text counts.
    let rest = raw.strip_prefix(&format!("{base}/auth/envoy"));
    let rest = rest.unwrap_or_default();
    let (required, behind) = match rest.strip_prefix('-') {
        Some(rest) => {
            let (word, behind) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            (Some(decoded(word)), behind)
        }
        None => (None, rest),
    };
    respond(
        &request,
        &shared,
        Dialect::Envoy,
        behind,
        required.as_deref(),
    )
    .await
}

async fn organizr(request: HttpRequest, shared: web::Data<Shared>) -> HttpResponse {
    let required = required(&request);
    respond(
        &request,
        &shared,
        Dialect::Organizr,
        "",
        required.as_deref(),
    )
    .await
}

/// Without a group it is Organizr's 0: administrators alone.
async fn organizr_v1(request: HttpRequest, shared: web::Data<Shared>) -> HttpResponse {
    let pairs = form_urlencoded::parse(request.query_string().as_bytes());
    let groups = pairs.filter(|(name, _)| name == "group");
    let groups: Vec<String> = groups.map(|(_, value)| value.into_owned()).collect();
    let required = match groups.as_slice() {
        [] => "0",
        [one] => one.as_str(),
        _ => "",
    };
    respond(&request, &shared, Dialect::Organizr, "", Some(required)).await
}

async fn respond(
    request: &HttpRequest,
    shared: &web::Data<Shared>,
    dialect: Dialect,
    behind: &str,
    required: Option<&str>,
) -> HttpResponse {
    if !asked_by_proxy(request, shared) {
        tracing::debug!("the gate was asked by somebody who is no trusted proxy");
        return nowhere(request, shared);
    }
    verdict(request, shared, dialect, behind, required).await
}

/// The dialect that is told apart by this address alone.
pub(in crate::http) fn named(name: &str) -> Option<Dialect> {
    let mut known = BY_HEADERS.into_iter();
    known.find_map(|(known, dialect)| (known == name).then_some(dialect))
}

/// Whether somebody asks who may.
pub(in crate::http) fn asked_by_proxy(request: &impl Head, shared: &Shared) -> bool {
    let peer = request.head().peer_addr.map(|peer| peer.ip());
    may_ask(shared, peer, request.by_unix_socket())
}

/// The answer to somebody who may ask.
pub(in crate::http) async fn verdict(
    request: &impl Head,
    shared: &Shared,
    dialect: Dialect,
    behind: &str,
    required: Option<&str>,
) -> HttpResponse {
    let evidence = AtGate::of(request, shared);
    let asked = Request {
        method: request.head().method.as_str(),
        behind,
        evidence: &evidence,
    };
    let (answer, question) = answer(shared, dialect, &asked, required).await;
    let response = response(&answer);
    let shown = || question.is_some_and(|question| question.waits(&evidence).picture);
    let refused = matches!(answer.status, 401 | 403) && dialect.passes_bodies_on();
    match &shared.denied_image {
        Some(image) if refused && shown() => image.in_place_of(response),
        _ => response,
    }
}

fn response(answer: &Answer) -> HttpResponse {
    const NOTHING: HeaderValue = HeaderValue::from_static("");
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::FORBIDDEN);
    let mut response = HttpResponse::new(status);
    let headers = response.headers_mut();
    let mut kept = false;
    for (name, value) in &answer.headers {
        // Names are UTF-8, which a header may carry; one that cannot be said is said to be unknown.
        let value = if value.is_empty() {
            NOTHING
        } else {
            HeaderValue::from_bytes(value.as_bytes()).unwrap_or(NOTHING)
        };
        kept |= *name == "cache-control";
        headers.append(header_name(name), value);
    }
    if !kept {
        headers.append(
            CACHE_CONTROL,
            const { HeaderValue::from_static("no-store") },
        );
    }
    response
}

/// The name, spelled once for those that are in every answer.
fn header_name(name: &'static str) -> HeaderName {
    const USER: HeaderName = HeaderName::from_static("remote-user");
    const EMAIL: HeaderName = HeaderName::from_static("remote-email");
    const GROUPS: HeaderName = HeaderName::from_static("remote-groups");
    const NAME: HeaderName = HeaderName::from_static("remote-name");
    match name {
        "remote-user" => USER,
        "remote-email" => EMAIL,
        "remote-groups" => GROUPS,
        "remote-name" => NAME,
        other => HeaderName::from_static(other),
    }
}

/// What a request carries that a proxy makes on somebody's behalf.
struct AtGate<'a, R> {
    carried: Carried<'a, R>,
    /// Its headers in a row: a verdict looks at many of them.
    headers: Vec<(&'a str, &'a HeaderValue)>,
    /// The texts of those that hold cookies.
    cookies: Vec<&'a str>,
}

impl<'a, R: Head> AtGate<'a, R> {
    fn of(request: &'a R, shared: &'a Shared) -> Self {
        let mut headers = Vec::with_capacity(request.headers().len_keys());
        let mut cookies = Vec::new();
        for (name, value) in request.headers() {
            if *name == COOKIE {
                cookies.extend(std::str::from_utf8(value.as_bytes()));
            }
            headers.push((name.as_str(), value));
        }
        Self {
            carried: Carried { request, shared },
            headers,
            cookies,
        }
    }
}

impl<R: Head> Evidence for AtGate<'_, R> {
    fn peer(&self) -> Option<IpAddr> {
        self.carried.peer()
    }

    fn client(&self) -> Option<IpAddr> {
        self.carried.client()
    }

    fn guesser(&self) -> Option<IpAddr> {
        self.carried.guesser()
    }

    fn at_gate(&self) -> bool {
        true
    }

    fn by_unix_socket(&self) -> bool {
        self.carried.by_unix_socket()
    }

    fn local(&self) -> bool {
        false
    }

    fn header(&self, name: &str) -> Said<'_> {
        let mut values = self.headers.iter().filter(|(known, _)| *known == name);
        match (values.next(), values.next()) {
            (None, _) => Said::Nothing,
            (Some((_, value)), None) => match std::str::from_utf8(value.as_bytes()) {
                Ok(text) => Said::Once(text),
                Err(_) => Said::Unclear,
            },
            (Some(_), Some(_)) => Said::Unclear,
        }
    }

    fn header_by_another_spelling(&self, name: &str) -> bool {
        self.carried.header_by_another_spelling(name)
    }

    fn cookie(&self, name: &str) -> Said<'_> {
        let texts = self.cookies.iter().copied();
        Said::of(session::named(texts, name).map(Some))
    }
}
