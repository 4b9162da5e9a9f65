//! A visitor's own start page: their keys, and a form to open a file.
//!
//! No key stands in it: the way to a file is the ask that its key answered, which leads to the same key again. One with a
//! passphrase answers no ask without it: a button of a form opens it.

use actix_web::http::header::{HeaderValue, REFERRER_POLICY};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::manage::{self, Asker, Frame, Here, Row, Side};
use super::shared::{Shared, moment};
use crate::error::Refused;
use crate::names::Scope;
use crate::store::{Found, Search, State};

/// Most keys on the page.
const KEYS: usize = 50;
/// More than so many are searched.
const FEW: usize = 8;

/// One of the visitor's keys.
struct Own {
    row: Row,
    /// How its name leads to it.
    way: Way,
}

/// The way to a file.
enum Way {
    /// The ask that the key answered.
    Ask(String),
    /// A form that opens the key itself.
    Form,
    /// The key's page alone: it was made for somebody else's hands.
    About,
}

#[derive(Template)]
#[template(path = "start.html")]
struct Start {
    frame: Frame,
    token: String,
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
        token: asker.token.clone(),
        files: own
            .keys
            .iter()
            .map(|hit| Own {
                row: Row::of(hit, Side::Own, "./"),
                way: way(&hit.found),
            })
            .collect(),
    };
    let mut answer = manage::page(&start)?;
    let policy = HeaderValue::from_static(start.referrer());
    answer.headers_mut().insert(REFERRER_POLICY, policy);
    Ok(answer)
}

impl Start {
    /// Where a form opens a key, it has to say where it comes from; else nobody needs to know.
    fn referrer(&self) -> &'static str {
        if self.files.iter().any(|own| matches!(own.way, Way::Form)) {
            "same-origin"
        } else {
            "no-referrer"
        }
    }
}

fn way(found: &Found) -> Way {
    match found.limits() {
        Some(limits) if limits.is_apart() => Way::About,
        Some(limits) if limits.is_new() => Way::Form,
        _ => Way::Ask(ask(found)),
    }
}

/// The ask that a key answered, from the base path.
fn ask(found: &Found) -> String {
    let start = "./redirect?";
    let mut query = form_urlencoded::Serializer::for_suffix(start.to_owned(), start.len());
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
