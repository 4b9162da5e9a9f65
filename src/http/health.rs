//! `/healthz`, `/readyz` and `/robots.txt`.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};

use super::facts;
use super::shared::Shared;
use crate::store::KeysState;

/// The process answers.
pub(super) async fn live() -> HttpResponse {
    text("ok\n")
}

/// 503 when keys cannot be resolved; why is told to `metrics_networks` only.
pub(super) async fn ready(request: HttpRequest, shared: web::Data<Shared>) -> HttpResponse {
    let details = facts::client(&request, &shared)
        .is_some_and(|client| shared.metrics_networks.contain(client));
    match shared.access.keys.state().await {
        KeysState::ReadOnly(why) if details => text(&format!("degraded\n{why}\n")),
        KeysState::Good(_) if !shared.access.audit.trusted() && details => {
            text("degraded\nthe audit log is not written\n")
        }
        KeysState::ReadOnly(_) => text("degraded\n"),
        KeysState::Good(_) if !shared.access.audit.trusted() => text("degraded\n"),
        KeysState::Good(Some(count)) if details => text(&format!("ready\nkeys {count}\n")),
        KeysState::Good(_) => text("ready\n"),
        KeysState::Away(why) => {
            tracing::error!("not ready: {why}");
            let why = if details {
                format!("not ready: {why}\n")
            } else {
                "not ready\n".to_owned()
            };
            HttpResponse::ServiceUnavailable()
                .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
                .body(why)
        }
    }
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
