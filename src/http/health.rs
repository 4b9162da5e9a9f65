//! `/healthz`, `/readyz` and `/robots.txt`.

use std::sync::Arc;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};

use super::facts;
use super::shared::Shared;
use super::stored::{self, Stands};
use crate::store::KeysState;

/// How keys stand: what `/readyz` says in words, and `/metrics` in numbers.
#[derive(Debug)]
pub(super) enum Standing {
    /// They can be resolved and written; how many there are, where that is known.
    Good(Option<usize>),
    /// They can be resolved; why nothing can be written.
    ReadOnly(Arc<str>),
    /// They cannot: why the store that nodes share is away for this one.
    StoreAway(String),
    /// They cannot; why.
    Away(Arc<str>),
}

impl Standing {
    /// How they stand at this moment.
    pub(super) async fn of(shared: &Shared) -> Self {
        match shared.store.as_deref().map(Stands::of) {
            Some(Stands::Away(why)) => return Self::StoreAway(why),
            Some(Stands::ReadOnly(why)) => return Self::ReadOnly(why.into()),
            Some(Stands::Well) | None => {}
        }
        match shared.access.keys.state().await {
            KeysState::Good(count) => Self::Good(count),
            KeysState::ReadOnly(why) => Self::ReadOnly(why),
            KeysState::Away(why) => Self::Away(why),
        }
    }
}

/// The process answers.
pub(super) async fn live() -> HttpResponse {
    text("ok\n")
}

/// 503 when keys cannot be resolved, and once the server was told to end; `degraded` when they can but nothing can be
/// written; why is told to `metrics_networks` only.
pub(super) async fn ready(request: HttpRequest, shared: web::Data<Shared>) -> HttpResponse {
    if shared.ending() {
        return unready("draining\n".to_owned());
    }
    let details = facts::in_metrics_networks(&request, &shared);
    let degraded = |why: &str| {
        if details {
            text(&format!("degraded\n{why}\n"))
        } else {
            text("degraded\n")
        }
    };
    match Standing::of(&shared).await {
        Standing::StoreAway(why) => {
            let mut answer = not_ready(&why, details);
            stored::again(&mut answer);
            answer
        }
        Standing::ReadOnly(why) => degraded(&why),
        Standing::Good(_) if !shared.access.audit.trusted() => {
            degraded("the audit log is not written")
        }
        Standing::Good(Some(count)) if details => text(&format!("ready\nkeys {count}\n")),
        Standing::Good(_) => text("ready\n"),
        Standing::Away(why) => {
            tracing::error!("not ready: {why}");
            not_ready(&why, details)
        }
    }
}

fn not_ready(why: &str, details: bool) -> HttpResponse {
    unready(if details {
        format!("not ready: {why}\n")
    } else {
        "not ready\n".to_owned()
    })
}

fn unready(why: String) -> HttpResponse {
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
