//! What is asked for so often that it is answered before the router: verdicts of the gate, the bytes behind a key, and the
//! way from a grant to a bookmark.
//!
//! It must never answer otherwise than the router's handlers would: both call the same functions. Only addresses spelled as
//! everybody spells them are known here, and asked in the usual way; all else goes on to the router.

use std::pin::Pin;

use actix_http::Request;
use actix_web::http::Method;
use actix_web::web::Data;
use actix_web::{HttpResponse, ResponseError as _};

use super::answer::in_words_of;
use super::shared::Shared;
use super::{file, gate, redirect};
use crate::gate::Dialect;

/// An answer on its way.
pub(super) type Answer = Pin<Box<dyn Future<Output = HttpResponse>>>;

enum Plain {
    Verdict(Dialect),
    File,
    Redirect,
}

/// The answer to a request that is plain; else the request again.
pub(super) fn answer(request: Request, shared: &Data<Shared>) -> Result<Answer, Request> {
    let Some(plain) = plain(&request, shared) else {
        return Err(request);
    };
    let shared = Data::clone(shared);
    Ok(match plain {
        Plain::Verdict(dialect) => {
            Box::pin(async move { gate::verdict(&request, &shared, dialect, "", None).await })
        }
        Plain::File => Box::pin(async move {
            let shown = file::shown(&request, &shared).await;
            shown.unwrap_or_else(|refused| refused.error_response())
        }),
        Plain::Redirect => Box::pin(async move {
            let given = redirect::given(&request, &shared).await;
            given.unwrap_or_else(|refused| in_words_of(&refused, &request, &shared))
        }),
    })
}

fn plain(request: &Request, shared: &Shared) -> Option<Plain> {
    let below = request.path().strip_prefix(&shared.base_path)?;
    if let Some(dialect) = below.strip_prefix("auth/") {
        return gate::named(dialect)
            .filter(|_| gate::asked_by_proxy(request, shared))
            .map(Plain::Verdict);
    }
    match (&request.head().method, below) {
        (&Method::GET | &Method::HEAD, "api/file") => Some(Plain::File),
        (&Method::GET, "redirect" | "php/redirect.php") => Some(Plain::Redirect),
        _ => None,
    }
}
