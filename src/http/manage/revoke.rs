//! POST `revoke`: first a page that lists what would go, then, by its button, all of that goes at once.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::super::answer::ForPerson;
use super::super::shared::{Shared, moment};
use super::super::words::Words;
use super::change::{note, see_other};
use super::form::{Form, malformed};
use super::frame::Frame;
use super::{Here, Row, Side, page};
use crate::access::{Family, Moment};
use crate::error::Refused;
use crate::store::Act;

/// Most keys that the page lists.
const LISTED: usize = 500;

struct Going {
    row: Row,
    /// How far below one that was chosen it stands.
    depth: usize,
}

#[derive(Template)]
#[template(path = "revoke.html")]
struct Revoke {
    words: Words,
    frame: Frame,
    all: bool,
    /// How many go.
    count: usize,
    rows: Vec<Going>,
    /// How many are not listed.
    more: String,
    ids: Vec<String>,
    list: String,
    prefix: String,
    token: String,
}

/// POST.
pub(super) async fn post(
    request: HttpRequest,
    shared: web::Data<Shared>,
    payload: web::Payload,
) -> Result<HttpResponse, ForPerson> {
    let now = moment();
    let form = Form::of(&request, &shared, payload, now).await?;
    if form.ids.is_empty() {
        return Err(malformed("no key was chosen").into());
    }
    let side = Side::of(&request);
    let manager = &form.asker.manager;
    let family = shared.access.family(manager, &form.ids, LISTED).await?;
    if !form.has("confirm") {
        return Ok(confirm(&shared, side, &form, &family, now)?);
    }
    let revoked = shared.access.revoke_as(manager, form.ids.clone()).await?;
    for id in revoked {
        note(&request, &shared, Act::Revoke, id, &form);
    }
    let count = family.total;
    Ok(see_other(format!(
        "../{}?done=revoked&n={count}",
        side.list()
    )))
}

fn confirm(
    shared: &Shared,
    side: Side,
    form: &Form,
    family: &Family,
    now: Moment,
) -> Result<HttpResponse, Refused> {
    let base = "../";
    let here = Here("", base);
    let frame = Frame::of(&form.asker, shared, here);
    let words = form.asker.words.clone();
    let shown = family.keys.len();
    let confirm = Revoke {
        // Those that are gone already, or not theirs, are not spoken of.
        frame: if family.total == 0 {
            frame.alerting(words.say("revoke-none"))
        } else {
            frame
        },
        all: side == Side::All,
        count: family.total,
        more: match family.total - shown {
            0 => String::new(),
            more => words.with("revoke-more", &[("count", &more)]),
        },
        rows: family
            .keys
            .iter()
            .map(|(found, depth)| Going {
                row: Row {
                    state: if found.expired(now.time) {
                        "ended"
                    } else {
                        "live"
                    },
                    ..Row::plain(found, side, base, &words)
                },
                depth: (*depth).min(4),
            })
            .collect(),
        ids: form.ids.iter().map(ToString::to_string).collect(),
        list: format!("{base}{}", side.list()),
        prefix: format!("{base}{}", side.prefix()),
        token: form.asker.token.clone(),
        words,
    };
    page(&confirm)
}
