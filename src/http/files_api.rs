//! GET `/api/files`: what a visitor may open, directory by directory, and names searched below one.
//!
//! It holds no key, and opens nothing: to open a file is to ask for its bookmark, at `/redirect`. What is not granted, not
//! there or no directory is one answer.

use actix_web::http::header::ORIGIN;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::answer::ForProgram;
use super::in_hand::chooser;
use super::query::Query;
use super::shared::{Shared, moment};
use super::{facts, session, who};
use crate::access::browse::{After, Entry, PAGE_ENTRIES, Page, Wanted, kind_word};
use crate::access::{Known, Moment};
use crate::error::{Kind, Refused};
use crate::names::Dirname;

/// Entries on a page where nothing else is asked.
pub(super) const PAGE: usize = 200;
const PARAMETERS: &[&str] = &["dirname", "after", "limit", "q"];

/// What is asked for.
struct Asked {
    dirname: Option<Dirname>,
    after: Option<After>,
    limit: usize,
    wanted: Option<Wanted>,
}

/// GET.
pub(super) async fn get(
    request: HttpRequest,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, ForProgram> {
    let now = moment();
    let known = asker(&request, &shared, now).await?;
    let asked = Asked::of(&Query::of(&request)?)?;
    let page = match asked.wanted {
        None => {
            let at = (asked.after, asked.limit);
            listed(&request, &shared, &known, asked.dirname, at).await?
        }
        Some(wanted) => {
            let turn = shared
                .browsing
                .search(&whom(&request, &shared, &known))
                .await?;
            let go_on = move || turn.goes_on();
            let access = &shared.access;
            access
                .search_names(&known, asked.dirname, wanted, go_on, now)
                .await?
        }
    };
    Ok(HttpResponse::Ok().json(told(&page)))
}

/// A page of a directory, or of those that are granted, for whom `known` is.
///
/// # Errors
/// [`Kind::Refused`], [`Kind::TooMany`], [`Kind::Unavailable`].
pub(super) async fn listed(
    request: &HttpRequest,
    shared: &Shared,
    known: &Known,
    dirname: Option<Dirname>,
    at: (Option<After>, usize),
) -> Result<Page, Refused> {
    let turn = shared.browsing.list(&whom(request, shared, known)).await?;
    shared
        .access
        .browse(known, dirname, at, turn, moment())
        .await
}

/// Who asks. Whatever a browser brings along by itself counts for a page of ours alone: another site's gets the answer of
/// nobody.
async fn asker(request: &HttpRequest, shared: &Shared, now: Moment) -> Result<Known, Refused> {
    let site = facts::header(request, "sec-fetch-site");
    let own = match site {
        Some(site) => site == "same-origin",
        None => !request.headers().contains_key(ORIGIN) || facts::own_origin(request, shared),
    };
    if !own {
        return Err(Refused::new(Kind::Refused, "asked by another origin"));
    }
    let holder = session::read(request, shared, now).await?;
    who::known(request, shared, &holder, now).await
}

/// As whom they are throttled: those who share a name are told apart by their networks.
fn whom(request: &HttpRequest, shared: &Shared, known: &Known) -> String {
    let by = known.names().into_iter().next();
    chooser(request, shared, by.as_deref().unwrap_or("anyone"))
}

impl Asked {
    fn of(query: &Query) -> Result<Self, Refused> {
        query.only(PARAMETERS, "a parameter that /api/files does not have")?;
        let text = |name| query.value(name).filter(|text| !text.is_empty());
        let limit = text("limit").map_or(Some(PAGE), |text| text.parse().ok());
        let limit = limit.filter(|limit| (1..=PAGE_ENTRIES).contains(limit));
        let limit = limit.ok_or_else(|| malformed("limit is 1 to 1000"))?;
        let after = text("after").map(str::parse::<After>).transpose();
        let wanted = text("q").map(|text| {
            let wanted = Wanted::of(text, limit);
            wanted.ok_or_else(|| malformed("a text to look for has at most 256 bytes"))
        });
        let asked = Self {
            dirname: text("dirname").map(Dirname::parse).transpose()?,
            after: after.map_err(|_| malformed("after is what 'next' said"))?,
            limit,
            wanted: wanted.transpose()?,
        };
        if asked.after.is_some() && asked.wanted.is_some() {
            return Err(malformed("a search has one page"));
        }
        Ok(asked)
    }
}

fn malformed(rule: &'static str) -> Refused {
    Refused::new(Kind::Malformed(rule), rule)
}

fn told(page: &Page) -> Value {
    let entries = page.entries.iter();
    json!({
        "rights": page.rights,
        "entries": entries.map(entry).collect::<Vec<_>>(),
        "next": page.next.as_ref().map(After::to_string),
        "bounded": page.bounded,
    })
}

fn entry(entry: &Entry) -> Value {
    let mut told = json!({
        "kind": kind_word(entry.kind),
        "name": entry.name,
        "dirname": entry.dirname.as_str(),
        "rights": entry.rights,
    });
    if let Some(fields) = told.as_object_mut() {
        let modified = entry.modified.map(|time| time.to_string());
        fields.extend(entry.size.map(|size| ("size".to_owned(), json!(size))));
        fields.extend(modified.map(|time| ("modified".to_owned(), json!(time))));
    }
    told
}
