//! What a refusal looks like: a page for a person, `application/problem+json` (RFC 9457) for a program.
//!
//! By kind alone. No cause, path or key is ever in it, and two refusals of one kind are equal to the byte, in one language.

use actix_web::body::BoxBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, RETRY_AFTER, VARY, WWW_AUTHENTICATE};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, ResponseError as _};
use askama::Template;

use super::assets::asset;
use super::facts::{Head, header};
use super::shared::Shared;
use super::words::Words;
use crate::error::{Kind, Refused};

const HTML: &str = "text/html; charset=utf-8";
/// What a page depends on besides its address.
const LANGUAGE: &str = "Accept-Language";

/// A refusal on its way to a page, which [`in_words`] writes.
#[derive(Debug)]
pub(super) struct ForPerson(pub(super) Refused);

/// A refusal on its way to a program.
#[derive(Debug)]
pub(super) struct ForProgram(pub(super) Refused);

macro_rules! refusal {
    ($name:ident, $respond:path) => {
        impl<E: Into<Refused>> From<E> for $name {
            fn from(error: E) -> Self {
                Self(error.into())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.0, out)
            }
        }

        impl actix_web::ResponseError for $name {
            fn status_code(&self) -> StatusCode {
                status(self.0.kind)
            }

            fn error_response(&self) -> HttpResponse {
                note(&self.0);
                $respond(self.0.kind)
            }
        }
    };
}

refusal!(ForPerson, wordless);
refusal!(ForProgram, problem);

/// Says in the log what happened, once, where it is handled.
fn note(refused: &Refused) {
    if matches!(refused.kind, Kind::Full | Kind::Unavailable) {
        tracing::error!("{}", refused.cause);
    } else if matches!(refused.kind, Kind::TooMany(_)) {
        tracing::warn!("{}", refused.cause);
    } else {
        tracing::debug!("{}", refused.cause);
    }
}

/// Kind to status: the one table.
fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Malformed(_) => StatusCode::BAD_REQUEST,
        Kind::Unauthorized => StatusCode::UNAUTHORIZED,
        Kind::Refused | Kind::Exceeds(_) => StatusCode::FORBIDDEN,
        Kind::Gone | Kind::NoKey => StatusCode::NOT_FOUND,
        Kind::Changed => StatusCode::PRECONDITION_FAILED,
        Kind::Unconditional => StatusCode::PRECONDITION_REQUIRED,
        Kind::TooLarge | Kind::FileTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::TooSlow => StatusCode::REQUEST_TIMEOUT,
        Kind::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
        Kind::Full => StatusCode::INSUFFICIENT_STORAGE,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// The sentence for a kind; it says what to do.
fn sentence(kind: Kind) -> &'static str {
    match kind {
        Kind::Malformed(rule) | Kind::Exceeds(rule) => rule,
        Kind::Unauthorized => "Authorization: Bearer and the token of a host are needed.",
        Kind::Refused => "This link does not open anything (any more).",
        Kind::NoKey => "There is no such key among those that you may see.",
        Kind::Gone => "The file is not there. Saving makes it.",
        Kind::Changed => {
            "The file has changed since it was read. Read it again and decide which text to keep."
        }
        Kind::Unconditional => {
            "Say what is replaced: If-Match with the ETag that was read, or If-None-Match: * for a new file."
        }
        Kind::TooLarge => "The body of the request is longer than this address takes.",
        Kind::FileTooLarge => "That is more than the limit (setting limits.body).",
        Kind::TooSlow => "The body came too slowly. Try again.",
        Kind::TooMany(_) => "Too many requests. Wait a little and try again.",
        Kind::Full => {
            "There is no room left on the server's disk. Keep your text and tell the administrator."
        }
        Kind::Unavailable => {
            "This does not work at the moment. Try again; if it stays so, tell the administrator."
        }
    }
}

fn retry(kind: Kind) -> Option<u32> {
    if let Kind::TooMany(secs) = kind {
        return Some(secs);
    }
    (kind == Kind::Unavailable).then_some(1)
}

#[derive(Template)]
#[template(path = "refused.html")]
struct RefusedPage {
    words: Words,
    style: String,
    icon: String,
}

#[derive(Template)]
#[template(path = "message.html")]
struct MessagePage {
    words: Words,
    style: String,
    icon: String,
    heading: String,
    text: String,
}

#[derive(Template)]
#[template(path = "nowhere.html")]
struct NowherePage<'a> {
    words: Words,
    style: String,
    icon: String,
    start: &'a str,
}

/// A refusal to a person, but for its page: here nobody knows what language they read.
fn wordless(kind: Kind) -> HttpResponse {
    with_retry(status(kind), kind)
        .insert_header((CONTENT_TYPE, HTML))
        .insert_header((VARY, LANGUAGE))
        .finish()
}

/// A refusal to a person, with its page.
pub(super) fn in_words_of(
    refused: &ForPerson,
    request: &impl Head,
    shared: &Shared,
) -> HttpResponse {
    let words = Words::of(request, shared);
    let page = page(refused.0.kind, words).unwrap_or_default();
    refused.error_response().set_body(BoxBody::new(page))
}

/// The page of a refusal to a person; nothing for any other answer.
pub(super) fn in_words<B>(answer: &ServiceResponse<B>) -> Option<String> {
    let refused = answer.response().error()?.as_error::<ForPerson>()?;
    let shared = answer.request().app_data::<Data<Shared>>()?;
    let words = Words::of(answer.request(), shared);
    Some(page(refused.0.kind, words).unwrap_or_default())
}

fn page(kind: Kind, words: Words) -> askama::Result<String> {
    let (style, icon) = (asset("./", "style.css"), asset("./", "favicon.svg"));
    if kind == Kind::Refused {
        return RefusedPage { words, style, icon }.render();
    }
    let heading = status(kind).canonical_reason().unwrap_or("Not now");
    let page = MessagePage {
        style,
        icon,
        heading: words.known("status", heading),
        text: words.known("rule", sentence(kind)),
        words,
    };
    page.render()
}

fn problem(kind: Kind) -> HttpResponse {
    let status = status(kind);
    let body = serde_json::json!({
        "type": "about:blank",
        "title": status.canonical_reason(),
        "status": status.as_u16(),
        "detail": sentence(kind),
    });
    with_retry(status, kind)
        .insert_header((CONTENT_TYPE, "application/problem+json"))
        .body(body.to_string())
}

fn with_retry(status: StatusCode, kind: Kind) -> actix_web::HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    if let Some(secs) = retry(kind) {
        response.insert_header((RETRY_AFTER, secs));
    }
    if kind == Kind::Unauthorized {
        response.insert_header((WWW_AUTHENTICATE, "Bearer"));
    }
    response
}

/// 200 with a page, in the language of whoever asked.
///
/// # Errors
/// [`Kind::Unavailable`] when it cannot be written out.
pub(super) fn html(page: &impl Template) -> Result<HttpResponse, Refused> {
    let text = page
        .render()
        .map_err(|error| Refused::new(Kind::Unavailable, error))?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, HTML))
        .insert_header((VARY, LANGUAGE))
        .body(text))
}

/// A problem without a cause of ours: what the guard refuses.
pub(super) fn plain_problem(status: StatusCode, detail: &str) -> HttpResponse {
    let body = serde_json::json!({
        "type": "about:blank",
        "title": status.canonical_reason(),
        "status": status.as_u16(),
        "detail": detail,
    });
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, "application/problem+json"))
        .body(body.to_string())
}

/// 503 for whoever asked, where nothing more is known of them.
pub(super) fn unavailable() -> HttpResponse {
    problem(Kind::Unavailable)
}

/// 404 for a program.
pub(super) fn nothing() -> HttpResponse {
    plain_problem(StatusCode::NOT_FOUND, "There is nothing at this address.")
}

/// 404 for a path that is no route of ours: a page where one is asked for.
pub(super) async fn no_route(request: HttpRequest, shared: Data<Shared>) -> HttpResponse {
    nowhere(&request, &shared)
}

/// Whether a page is asked for, as people's browsers do.
pub(super) fn wants_page(request: &HttpRequest) -> bool {
    header(request, "accept").is_some_and(|wanted| wanted.contains("text/html"))
}

/// The same, where something of ours is not for whoever asks.
pub(super) fn nowhere(request: &HttpRequest, shared: &Shared) -> HttpResponse {
    if !wants_page(request) {
        return nothing();
    }
    let page = NowherePage {
        words: Words::of(request, shared),
        style: asset(&shared.base_path, "style.css"),
        icon: asset(&shared.base_path, "favicon.svg"),
        start: &shared.base_path,
    };
    HttpResponse::NotFound()
        .insert_header((CONTENT_TYPE, HTML))
        .insert_header((VARY, "Accept, Accept-Language"))
        .body(page.render().unwrap_or_default())
}
