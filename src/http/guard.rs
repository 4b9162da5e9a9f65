//! What holds for every request and every answer, before and after any handler.

use std::cell::RefCell;
use std::rc::Rc;

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue,
    REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::http::{ConnectionType, StatusCode, uri::Authority};
use actix_web::middleware::{DefaultHeaders, Next};
use actix_web::web::Data;
use url::Host;

use super::answer::{in_words, plain_problem, unavailable};
use super::shared::Shared;
use super::stored;

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
/// What stands in every allowed verdict of the gate and nowhere else.
const VERDICT: HeaderName = HeaderName::from_static("remote-user");
/// Longest target of a request, in bytes.
const TARGET_BYTES: usize = 8 * 1024;
/// Most bytes of a request's headers.
const HEADER_BYTES: usize = 16 * 1024;
/// The policy of every answer that has none of its own: nothing at all may be loaded or run.
const CLOSED: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Refuses what no handler should see, gives each answer the headers that all have, and counts it.
pub(super) async fn guard<B: MessageBody>(
    shared: Rc<Data<Shared>>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    if let Some((status, detail)) = refusal(&request) {
        let mut answer = request
            .into_response(plain_problem(status, detail))
            .map_into_right_body();
        finish(answer.headers_mut());
        leave(&mut answer, &shared);
        return Ok(answer);
    }
    if let Some(answer) = stored::refusal(&request, &shared) {
        let mut answer = request.into_response(answer).map_into_right_body();
        finish(answer.headers_mut());
        leave(&mut answer, &shared);
        return Ok(answer);
    }
    let answer = next
        .call(request)
        .await
        .map_err(|error| broken(&error, &shared))?;
    let mut answer = match in_words(&answer) {
        Some(page) => answer.map_body(|_, _| EitherBody::right(BoxBody::new(page))),
        None => answer.map_into_left_body(),
    };
    // An allowed verdict is read by a proxy alone.
    if !answer.headers().contains_key(VERDICT) {
        finish(answer.headers_mut());
    }
    leave(&mut answer, &shared);
    Ok(answer)
}

/// What whoever asked is told when no handler could answer: sessions that cannot be read are the one cause so far.
fn broken(error: &actix_web::Error, shared: &Shared) -> actix_web::Error {
    tracing::error!("no handler was reached: {error}");
    let mut answer = unavailable();
    finish(answer.headers_mut());
    shared.answers.count(answer.status());
    InternalError::from_response("no handler was reached", answer).into()
}

/// Counts an answer that is about to leave. Once the server is told to end, each is the last of its connection and says so:
/// the client sends nothing more into one that is about to close.
fn leave<B>(answer: &mut ServiceResponse<B>, shared: &Shared) {
    shared.answers.count(answer.status());
    if shared.ending() {
        let head = answer.response_mut().head_mut();
        head.set_connection_type(ConnectionType::Close);
    }
}

fn refusal(request: &ServiceRequest) -> Option<(StatusCode, &'static str)> {
    let uri = request.uri();
    let target = uri.path().len() + uri.query().map_or(0, |query| query.len() + 1);
    if target > TARGET_BYTES {
        return Some((
            StatusCode::URI_TOO_LONG,
            "The address is longer than 8 KiB.",
        ));
    }
    let headers = request.headers();
    let mut hosts = headers.get_all(HOST);
    let one = hosts.next().is_some_and(known_host) && hosts.next().is_none();
    if !one || uri.authority().is_some() {
        return Some((
            StatusCode::BAD_REQUEST,
            "Exactly one valid Host header is needed.",
        ));
    }
    let bytes: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum();
    if bytes > HEADER_BYTES {
        return Some((
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "The headers have more than 16 KiB.",
        ));
    }
    if headers.contains_key("service-worker") {
        return Some((StatusCode::FORBIDDEN, "No service worker runs here."));
    }
    None
}

thread_local! {
    /// The last good Host: most requests of a server name the same one.
    static GOOD: RefCell<Option<HeaderValue>> = const { RefCell::new(None) };
}

/// Whether the host is valid; the one that was found so last is not taken apart again.
fn known_host(value: &HeaderValue) -> bool {
    GOOD.with_borrow_mut(|good| {
        if good.as_ref() == Some(value) {
            return true;
        }
        let valid = valid_host(value);
        if valid {
            *good = Some(value.clone());
        }
        valid
    })
}

/// A name or an address, and a port that is one: what a URL may hold there, without a user.
pub(super) fn valid_host(value: &HeaderValue) -> bool {
    let Ok(text) = value.to_str() else {
        return false;
    };
    let Ok(authority) = text.parse::<Authority>() else {
        return false;
    };
    let port = text
        .strip_prefix(authority.host())
        .and_then(|rest| rest.strip_prefix(':'));
    let labels = authority.host().trim_end_matches('.').split('.');
    text.len() <= 255
        && !text.contains('@')
        && port.is_none_or(|port| {
            port.parse::<u16>().is_ok() && port.bytes().all(|byte| byte.is_ascii_digit())
        })
        && (port.is_some() || text == authority.host())
        && labels.into_iter().all(|label| !label.is_empty())
        && Host::parse(authority.host()).is_ok()
}

fn finish(headers: &mut HeaderMap) {
    if !headers.contains_key(REFERRER_POLICY) {
        set(headers, REFERRER_POLICY, "no-referrer");
    }
    set(headers, X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(headers, RESOURCE_POLICY, "same-origin");
    if headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
    {
        set(headers, OPENER_POLICY, "same-origin");
    }
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        set(headers, CONTENT_SECURITY_POLICY, CLOSED);
    }
    if !headers.contains_key(CACHE_CONTROL) {
        set(headers, CACHE_CONTROL, "no-store");
    }
}

/// Tells browsers to come by https alone from now on.
pub(super) fn only_https() -> DefaultHeaders {
    DefaultHeaders::new().add((STRICT_TRANSPORT_SECURITY, "max-age=31536000"))
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}
