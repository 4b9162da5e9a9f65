//! `/healthz`, `/readyz` and `/robots.txt`.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};

use super::facts;
use super::shared::Shared;
use super::stored::{self, Stands};

/// The process answers.
pub(super) async fn live() -> HttpResponse {
    text("ok\n")
}

/// 503 when keys cannot be resolved, `degraded` when they can but nothing can be written; why is told to
/// `metrics_networks` only.
pub(super) async fn ready(request: HttpRequest, shared: web::Data<Shared>) -> HttpResponse {
    let details = facts::client(&request, &shared)
        .is_some_and(|client| shared.metrics_networks.contain(client));
    match shared.store.as_deref().map(Stands::of) {
        Some(Stands::Away(why)) => {
            let mut answer = not_ready(&why, details);
            stored::again(&mut answer);
            return answer;
        }
        Some(Stands::ReadOnly(why)) if details => return text(&format!("degraded\n{why}\n")),
        Some(Stands::ReadOnly(_)) => return text("degraded\n"),
        Some(Stands::Well) | None => {}
    }
    match shared
        .access
        .keys
        .log()
        .look_fresh(|look| look.table.len())
        .await
    {
        Ok(_) if !shared.access.keys.log().trusted() => text("degraded\n"),
        Ok(_) if !shared.access.audit.trusted() && details => {
            text("degraded\nthe audit log is not written\n")
        }
        Ok(_) if !shared.access.audit.trusted() => text("degraded\n"),
        Ok(count) if details => text(&format!("ready\nkeys {count}\n")),
        Ok(_) => text("ready\n"),
        Err(error) => {
            tracing::error!("not ready: {error}");
            not_ready(&error.to_string(), details)
        }
    }
}

fn not_ready(why: &str, details: bool) -> HttpResponse {
    let why = if details {
        format!("not ready: {why}\n")
    } else {
        "not ready\n".to_owned()
    };
    HttpResponse::ServiceUnavailable()
        .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
        .body(why)
}

/// No key's page is for a search engine.
pub(super) async fn robots() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "public, max-age=86400"))
        .body("User-agent: *\nDisallow: /\n")
}

fn text(text: &str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
        .body(text.to_owned())
}
