//! GET, POST `/admin/prune`: which keys a pruning would remove and why, and then, by its button, just those.
//!
//! What the button removes is what the page showed: where other keys are due by then, they are shown first.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::super::answer::ForPerson;
use super::super::login;
use super::super::prunes;
use super::super::query::Query;
use super::super::shared::{Shared, moment};
use super::super::words::Words;
use super::change::see_other;
use super::form::{Form, alert, malformed};
use super::frame::Frame;
use super::{Asker, Here, Row, Side, page};
use crate::access::prune::{Criteria, Preview, Prunes, Reason};
use crate::error::Refused;
use crate::settings::span;

/// Most keys that the page lists.
const LISTED: usize = 500;
const HERE: Here = Here("prune", "../");
const NOTHING: &str = "choose at least one rule";
const LENGTH: &str = "a length of time is one such as 180d or 12h";
const CHANGED: &str = "other keys are due than a moment ago: look again";

struct Due {
    row: Row,
    why: String,
}

#[derive(Template)]
#[template(path = "prune.html")]
struct Prune {
    words: Words,
    frame: Frame,
    prefix: String,
    token: String,
    unused_for: String,
    expired_for: String,
    missing_files: bool,
    previewed: bool,
    due: String,
    caption: String,
    /// How many would go.
    count: usize,
    /// The name of the file with what the last prune removed; empty where there is none.
    backup: String,
    /// What says that the same keys are meant.
    same: String,
    rows: Vec<Due>,
}

/// GET: the rules.
pub(super) async fn get(
    request: HttpRequest,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, ForPerson> {
    match Asker::of(&request, &shared, Side::All, moment()).await {
        Ok(asker) => {
            let said = Query::of(&request)?;
            let said: Option<usize> = said.value("n").and_then(|count| count.parse().ok());
            let words = &asker.words;
            let said = said.map(|n| words.with("prune-done", &[("count", &n)]));
            let said = said.unwrap_or_default();
            let frame = Frame::of(&asker, &shared, HERE).saying(said);
            let last = shared.access.prunes();
            let form = Prune {
                // What nobody can use any more.
                expired_for: "1d".to_owned(),
                backup: prunes::blocking(move || Ok(backup(&last))).await?,
                ..of(frame, &asker)
            };
            Ok(page(&form)?)
        }
        Err(refused) => login::or_sign_in(&request, &shared, "../", refused).await,
    }
}

/// POST: what would go; with the button of that page, it goes.
pub(super) async fn post(
    request: HttpRequest,
    shared: web::Data<Shared>,
    payload: web::Payload,
) -> Result<HttpResponse, ForPerson> {
    let now = moment();
    let form = Form::of(&request, &shared, payload, now).await?;
    let criteria = match criteria(&form) {
        Ok(criteria) => criteria,
        Err(refused) => return Ok(again(&shared, &form, &refused)?),
    };
    let preview = prunes::preview(&shared, &criteria, now).await?;
    let same = same(&shared, &preview);
    if !form.has("confirm") {
        return Ok(shown(&shared, &form, &preview, same, "")?);
    }
    if form.typed("same") != same {
        return Ok(shown(&shared, &form, &preview, same, CHANGED)?);
    }
    let by = Arc::clone(form.asker.manager.by());
    let pruned = prunes::run(&shared, preview, criteria, by, now).await?;
    let count = pruned.gone.len();
    Ok(see_other(format!("../admin/prune?n={count}")))
}

fn backup(prunes: &Prunes) -> String {
    let name = prunes.last_backup_blocking().unwrap_or_default();
    let last = name.rsplit_once('/').map(|(_, last)| last.to_owned());
    last.unwrap_or(name)
}

fn criteria(form: &Form) -> Result<Criteria, Refused> {
    let length = |name: &str| -> Result<Option<Duration>, Refused> {
        let given = form.given(name).map(span::duration).transpose();
        given.map_err(|_| malformed(LENGTH))
    };
    let criteria = Criteria {
        unused_for: length("unused_for")?,
        expired_for: length("expired_for")?,
        missing_files: form.has("missing_files"),
        ..Criteria::default()
    };
    if criteria.is_nothing() {
        return Err(malformed(NOTHING));
    }
    Ok(criteria)
}

/// Says that just these keys were shown; nobody else can say so.
fn same(shared: &Shared, preview: &Preview) -> String {
    let mut ids: Vec<String> = preview
        .due
        .iter()
        .map(|due| due.found.id.to_string())
        .collect();
    ids.sort_unstable();
    let text = format!("prune {}", ids.join(" "));
    shared.access.secrets.ticket_name(&text)
}

fn of(frame: Frame, asker: &Asker) -> Prune {
    Prune {
        prefix: format!("{}{}", frame.base, Side::All.prefix()),
        frame,
        words: asker.words.clone(),
        token: asker.token.clone(),
        unused_for: String::new(),
        expired_for: String::new(),
        missing_files: false,
        previewed: false,
        due: String::new(),
        caption: String::new(),
        count: 0,
        backup: String::new(),
        same: String::new(),
        rows: Vec::new(),
    }
}

/// The form as it was sent.
fn sent(shared: &Shared, form: &Form, alert: String) -> Prune {
    let frame = Frame::of(&form.asker, shared, HERE).alerting(alert);
    Prune {
        unused_for: form.typed("unused_for").to_owned(),
        expired_for: form.typed("expired_for").to_owned(),
        missing_files: form.has("missing_files"),
        ..of(frame, &form.asker)
    }
}

fn again(shared: &Shared, form: &Form, refused: &Refused) -> Result<HttpResponse, Refused> {
    let alert = alert(refused, &form.asker.words).unwrap_or_default();
    let mut answer = page(&sent(shared, form, alert))?;
    *answer.status_mut() = StatusCode::BAD_REQUEST;
    Ok(answer)
}

fn shown(
    shared: &Shared,
    form: &Form,
    preview: &Preview,
    same: String,
    alert: &str,
) -> Result<HttpResponse, Refused> {
    let words = &form.asker.words;
    let count = preview.due.len();
    let rows = preview.due.iter().take(LISTED).map(|due| Due {
        row: Row::plain(&due.found, Side::All, "../", words),
        why: why(due.reason, words),
    });
    let all = &preview.all;
    let shown = Prune {
        previewed: true,
        due: match count {
            0 => words.with("prune-none", &[("count", all)]),
            _ => words.with("prune-due", &[("due", &count), ("count", all)]),
        },
        caption: caption(preview, words),
        count,
        same,
        rows: rows.collect(),
        ..sent(shared, form, words.known("rule", alert))
    };
    page(&shown)
}

/// What is said of those that are not listed.
fn caption(preview: &Preview, words: &Words) -> String {
    let mut all = Vec::new();
    let more = preview.due.len().saturating_sub(LISTED);
    if more > 0 {
        all.push(words.with("prune-listed", &[("listed", &LISTED), ("more", &more)]));
    }
    if preview.held > 0 {
        all.push(words.with("prune-held", &[("count", &preview.held)]));
    }
    let away = preview.away.iter();
    all.extend(away.map(|why| words.with("prune-away", &[("why", why)])));
    all.join(" ")
}

/// Why a key would go.
fn why(reason: Reason, words: &Words) -> String {
    let at = |id, when: &dyn ToString| words.with(id, &[("when", &when.to_string())]);
    match reason {
        Reason::Expired(end) => at("due-expired", &end),
        Reason::Idle(end) => at("due-idle", &end),
        Reason::Orphaned => words.say("due-orphaned"),
        Reason::Unused(Some(day)) => at("due-unused", &day),
        Reason::Unused(None) => words.say("due-never-used"),
        Reason::Old(created) => at("due-old", &created),
        Reason::FileMissing => words.say("due-file-missing"),
        Reason::DirectoryMissing => words.say("due-directory-missing"),
    }
}
