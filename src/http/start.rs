//! A visitor's own start page: their keys, and a form to open a file.
//!
//! No key stands in it: the way to a file is the ask that its key answered, which leads to the same key again.

use actix_web::http::header::{HeaderValue, REFERRER_POLICY};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::manage::{self, Asker, Frame, Here, Row, Side};
use super::shared::{Shared, moment};
use crate::error::Refused;
use crate::mint::Limits;
use crate::names::Scope;
use crate::store::{Found, Search, State};

/// Most keys on the page.
const KEYS: usize = 50;
/// More than so many are searched.
const FEW: usize = 8;

/// One of the visitor's keys.
struct Own {
    row: Row,
    /// The ask that it answered; empty where there is none that leads to it.
    ask: String,
}

#[derive(Template)]
#[template(path = "start.html")]
struct Start {
    frame: Frame,
    many: bool,
    files: Vec<Own>,
}

/// The page.
///
/// # Errors
/// [`Kind::Refused`](crate::error::Kind::Refused) for nobody; what the stores say.
pub(super) async fn page(request: &HttpRequest, shared: &Shared) -> Result<HttpResponse, Refused> {
    let now = moment();
    let asker = Asker::of(request, shared, Side::Own, now).await?;
    let search = Search {
        state: Some(State::Live),
        limit: KEYS,
        ..Search::default()
    };
    let own = shared.access.list(&asker.manager, search, now).await?;
    let start = Start {
        frame: Frame::of(&asker, shared, Here("start", "./")),
        many: own.total > FEW,
        files: own
            .keys
            .iter()
            .map(|hit| {
                let apart = hit.found.limits().is_some_and(Limits::is_apart);
                Own {
                    row: Row::of(hit, Side::Own, "./"),
                    ask: if apart {
                        String::new()
                    } else {
                        ask(&hit.found, "./")
                    },
                }
            })
            .collect(),
    };
    let mut answer = manage::page(&start)?;
    // No form here changes anything: nobody has to learn where it came from.
    let policy = HeaderValue::from_static("no-referrer");
    answer.headers_mut().insert(REFERRER_POLICY, policy);
    Ok(answer)
}

/// The ask that a key answered, from a page whose way to the base path is `base`.
pub(super) fn ask(found: &Found, base: &str) -> String {
    let start = format!("{base}redirect?");
    let behind = start.len();
    let mut query = form_urlencoded::Serializer::for_suffix(start, behind);
    query
        .append_pair("dirname", found.place.dirname.as_str())
        .append_pair("basename", found.place.basename.as_str())
        .append_pair("rights", found.rights.as_str());
    if found.scope != Scope::File {
        query.append_pair("scope", found.scope.as_str());
    }
    if let Some(end) = found.expires {
        query.append_pair("expires", &end.to_string());
    }
    query.finish()
}
