//! What holds for every request and every answer, before and after any handler.

use std::cell::RefCell;
use std::rc::Rc;

use actix_http::Request;
use actix_service::{IntoServiceFactory, ServiceFactory, apply_fn_factory};
use actix_web::body::BoxBody;
use actix_web::dev::{AppConfig, RequestHead, Response, Service as _, ServiceResponse};
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
    REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::http::{ConnectionType, StatusCode, uri::Authority};
use actix_web::web::Data;
use actix_web::{Error, HttpResponse};
use url::Host;

use super::answer::{in_words, plain_problem, unavailable};
use super::shared::Shared;
use super::{plain, stored};

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
/// What stands in every allowed verdict of the gate and nowhere else.
const VERDICT: HeaderName = HeaderName::from_static("remote-user");
/// Longest target of a request, in bytes.
const TARGET_BYTES: usize = 8 * 1024;
/// Most bytes of a request's headers.
const HEADER_BYTES: usize = 16 * 1024;
/// Tells browsers to come by https alone from now on, for a year.
const ONLY_HTTPS: &str = "max-age=31536000";
/// The policy of every answer that has none of its own: nothing at all may be loaded or run.
const CLOSED: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// `app` behind the guard, which refuses what no handler should see, gives each answer the headers that all have, and counts
/// it. It stands around the application and not in it, so that what is plain needs no router.
pub(super) fn guarded<A, S>(
    app: A,
    shared: Rc<Data<Shared>>,
) -> impl ServiceFactory<
    Request,
    Config = AppConfig,
    Response = Response<BoxBody>,
    Error = Error,
    InitError = (),
>
where
    A: IntoServiceFactory<S, Request>,
    S: ServiceFactory<
            Request,
            Config = AppConfig,
            Response = ServiceResponse,
            Error = Error,
            InitError = (),
        >,
{
    apply_fn_factory(app, move |request: Request, app: &S::Service| {
        let met = meet(request, &shared, |request| app.call(request));
        let shared = Rc::clone(&shared);
        async move {
            let mut answer = match met {
                Met::Refused(answer) => answer,
                Met::Plain(answer) => answer.await,
                Met::Router(answer) => routed(answer.await),
            };
            // An allowed verdict is read by a proxy alone.
            if !answer.headers().contains_key(VERDICT) {
                finish(answer.headers_mut(), &shared);
            }
            leave(&mut answer, &shared);
            Ok(answer.into())
        }
    })
}

/// Who answers a request.
enum Met<A> {
    /// The guard: it is refused.
    Refused(HttpResponse),
    /// Who needs no router to be found.
    Plain(plain::Answer),
    /// Whom the router finds.
    Router(A),
}

fn meet<A>(request: Request, shared: &Data<Shared>, app: impl FnOnce(Request) -> A) -> Met<A> {
    if let Some((status, detail)) = refusal(request.head()) {
        return Met::Refused(plain_problem(status, detail));
    }
    if let Some(answer) = stored::refusal(request.path(), shared) {
        return Met::Refused(answer);
    }
    match plain::answer(request, shared) {
        Ok(answer) => Met::Plain(answer),
        Err(request) => Met::Router(app(request)),
    }
}

/// What the router's handler answered, the page of a refusal written out.
fn routed(answer: Result<ServiceResponse, Error>) -> HttpResponse {
    match answer {
        Ok(answer) => match in_words(&answer) {
            Some(page) => HttpResponse::from(answer).set_body(BoxBody::new(page)),
            None => answer.into(),
        },
        // Sessions that cannot be read are the one cause so far.
        Err(error) => {
            tracing::error!("no handler was reached: {error}");
            unavailable()
        }
    }
}

/// Counts an answer that is about to leave. Once the server is told to end, each is the last of its connection and says so:
/// the client sends nothing more into one that is about to close.
fn leave(answer: &mut HttpResponse, shared: &Shared) {
    shared.answers.count(answer.status());
    if shared.ending() {
        let head = answer.head_mut();
        head.set_connection_type(ConnectionType::Close);
    }
}

fn refusal(request: &RequestHead) -> Option<(StatusCode, &'static str)> {
    let uri = &request.uri;
    let target = uri.path().len() + uri.query().map_or(0, |query| query.len() + 1);
    if target > TARGET_BYTES {
        return Some((
            StatusCode::URI_TOO_LONG,
            "The address is longer than 8 KiB.",
        ));
    }
    let (mut hosts, mut known, mut worker, mut bytes) = (0, false, false, 0);
    for (name, value) in request.headers() {
        bytes += name.as_str().len() + value.len() + 4;
        match name.as_str() {
            "host" => {
                hosts += 1;
                known = known_host(value);
            }
            "service-worker" => worker = true,
            _ => {}
        }
    }
    if hosts != 1 || !known || uri.authority().is_some() {
        return Some((
            StatusCode::BAD_REQUEST,
            "Exactly one valid Host header is needed.",
        ));
    }
    if bytes > HEADER_BYTES {
        return Some((
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "The headers have more than 16 KiB.",
        ));
    }
    if worker {
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

fn finish(headers: &mut HeaderMap, shared: &Shared) {
    // Constants, since each byte of a value that is made at run time is looked at again for each answer.
    if !headers.contains_key(REFERRER_POLICY) {
        headers.append(
            REFERRER_POLICY,
            const { HeaderValue::from_static("no-referrer") },
        );
    }
    headers.insert(
        X_CONTENT_TYPE_OPTIONS,
        const { HeaderValue::from_static("nosniff") },
    );
    headers.insert(
        RESOURCE_POLICY,
        const { HeaderValue::from_static("same-origin") },
    );
    if headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
    {
        headers.insert(
            OPENER_POLICY,
            const { HeaderValue::from_static("same-origin") },
        );
    }
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        headers.append(
            CONTENT_SECURITY_POLICY,
            const { HeaderValue::from_static(CLOSED) },
        );
    }
    if !headers.contains_key(CACHE_CONTROL) {
        headers.append(
            CACHE_CONTROL,
            const { HeaderValue::from_static("no-store") },
        );
    }
    if shared.hsts {
        headers.insert(
            STRICT_TRANSPORT_SECURITY,
            const { HeaderValue::from_static(ONLY_HTTPS) },
        );
    }
}
