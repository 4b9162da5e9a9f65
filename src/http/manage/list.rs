//! GET `/admin` and `/keys`: a list of keys, searched, filtered, in an order, by pages.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::super::answer::ForPerson;
use super::super::login;
use super::super::query::Query;
use super::super::shared::{Shared, moment};
use super::super::words::Words;
use super::frame::Frame;
use super::wanted::{Choice, Column, Wanted};
use super::{Asker, Here, Row, Side, page};
use crate::error::Refused;

#[derive(Template)]
#[template(path = "keys.html")]
struct List {
    words: Words,
    frame: Frame,
    total: usize,
    caption: String,
    all: bool,
    home: String,
    prefix: String,
    token: String,
    q: String,
    by: String,
    dir: String,
    /// Whether anything but a text is asked for.
    filtered: bool,
    /// Whether anything at all is.
    asked: bool,
    choices: Vec<Choice>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    first: String,
    next: String,
}

/// GET.
pub(super) async fn get(
    request: HttpRequest,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, ForPerson> {
    match list(&request, &shared).await {
        Ok(list) => Ok(list),
        Err(refused) => login::or_sign_in(&request, &shared, "./", refused).await,
    }
}

async fn list(request: &HttpRequest, shared: &Shared) -> Result<HttpResponse, Refused> {
    let now = moment();
    let side = Side::of(request);
    let asker = Asker::of(request, shared, side, now).await?;
    let wanted = Wanted(Query::of(request)?);
    let search = wanted.search(side)?;
    let (sort, order) = (search.sort, search.order);
    let hits = shared.access.list(&asker.manager, search, now).await?;
    let words = asker.words.clone();
    let all = side == Side::All;
    let here = Here(side.list(), "./");
    let filtered = wanted.filters();
    let list = List {
        frame: Frame::of(&asker, shared, here).saying(wanted.done(&words)),
        total: hits.total,
        caption: wanted.caption(sort, order, &words),
        all,
        home: format!("./{}", side.list()),
        prefix: format!("./{}", side.prefix()),
        token: asker.token,
        q: wanted.text("q"),
        by: wanted.text("by"),
        dir: wanted.text("dir"),
        filtered: filtered || wanted.given("sort").is_some(),
        asked: filtered || wanted.given("q").is_some() || wanted.given("sort").is_some(),
        choices: wanted.choices(&words),
        columns: wanted.columns(side, sort, order, &words),
        rows: hits
            .keys
            .iter()
            .map(|hit| Row::of(hit, side, "./", &words))
            .collect(),
        first: match wanted.given("after") {
            Some(_) => wanted.href(side, &[("after", "")]),
            None => String::new(),
        },
        next: hits.next.map_or_else(String::new, |next| {
            wanted.href(side, &[("after", &next.to_string())])
        }),
        words,
    };
    page(&list)
}
