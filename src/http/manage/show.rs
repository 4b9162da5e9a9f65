//! GET `/admin/keys/{id}` and `/keys/{id}`: all that is known of one key, and the forms for what may be done with it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::super::answer::ForPerson;
use super::super::login;
use super::super::query::Query;
use super::super::shared::{Shared, moment};
use super::super::words::Words;
use super::form::Form;
use super::frame::Frame;
use super::wanted::{Choosable, rights};
use super::{Asker, Here, Row, Side, known, page, trace, visitor};
use crate::access::Moment;
use crate::error::{Kind, Refused};
use crate::mint::KeyId;
use crate::names::Rights;
use crate::store::{Found, Hit, State};

/// The fields that limit a key, as they were typed.
#[derive(Default)]
pub(super) struct LimitFields {
    pub(super) prefix: &'static str,
    pub(super) rights: Vec<Choosable>,
    pub(super) expires: String,
    pub(super) idle: String,
    pub(super) uses: String,
    pub(super) label: String,
    pub(super) passphrase_hint: String,
}

#[derive(Template)]
#[template(path = "key.html")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each shows one form or hides it"
)]
struct Key {
    words: Words,
    frame: Frame,
    all: bool,
    list: String,
    prefix: String,
    token: String,
    row: Row,
    facts: Vec<known::Fact>,
    /// Whether it is theirs to open: no claim is made by the way.
    may_open: bool,
    above: Vec<Row>,
    children: Vec<Row>,
    may_link: bool,
    may_change: bool,
    may_derive: bool,
    narrow: LimitFields,
    derive: LimitFields,
    /// Which form stands open.
    opened: &'static str,
    /// Whose grants hold its place now, for an administrator.
    granted: Vec<visitor::Line>,
    trace: Vec<trace::Line>,
    no_trace: String,
}

/// What was sent and not taken.
pub(super) struct NotTaken<'a> {
    pub(super) form: &'a Form,
    pub(super) which: &'static str,
    pub(super) alert: String,
    pub(super) status: StatusCode,
}

/// GET.
pub(super) async fn get(
    request: HttpRequest,
    shared: web::Data<Shared>,
    id: web::Path<String>,
) -> Result<HttpResponse, ForPerson> {
    match show(&request, &shared, &id).await {
        Ok(page) => Ok(page),
        Err(refused) => {
            let base = base(Side::of(&request));
            login::or_sign_in(&request, &shared, base, refused).await
        }
    }
}

/// The way from a key's page to the base path.
fn base(side: Side) -> &'static str {
    match side {
        Side::All => "../../",
        Side::Own => "../",
    }
}

async fn show(request: &HttpRequest, shared: &Shared, id: &str) -> Result<HttpResponse, Refused> {
    let now = moment();
    let side = Side::of(request);
    let asker = Asker::of(request, shared, side, now).await?;
    // No id is like one that nobody has.
    let id = KeyId::parse(id).map_err(|error| Refused::new(Kind::Refused, error))?;
    let query = Query::of(request)?;
    let said = match query.value("done") {
        Some("narrowed") => asker.words.say("show-narrowed"),
        Some("existing") => asker.words.say("show-existing"),
        _ => String::new(),
    };
    let here = Here("", base(side));
    let frame = Frame::of(&asker, shared, here).saying(said);
    let page = of(shared, &asker, side, here, frame, &id, None, now).await?;
    super::page(&page)
}

/// The page of the key once more, saying why what was sent was not taken.
///
/// # Errors
/// As seeing it.
pub(super) async fn again(
    shared: &Shared,
    side: Side,
    id: &KeyId,
    mut not: NotTaken<'_>,
    now: Moment,
) -> Result<HttpResponse, Refused> {
    let asker = &not.form.asker;
    let here = Here("", "../");
    let frame = Frame::of(asker, shared, here).alerting(std::mem::take(&mut not.alert));
    let status = not.status;
    let again = of(shared, asker, side, here, frame, id, Some(not), now).await?;
    let mut answer = page(&again)?;
    *answer.status_mut() = status;
    Ok(answer)
}

#[expect(
    clippy::too_many_arguments,
    reason = "they are what the page consists of"
)]
async fn of(
    shared: &Shared,
    asker: &Asker,
    side: Side,
    Here(_, base): Here,
    frame: Frame,
    id: &KeyId,
    not: Option<NotTaken<'_>>,
    now: Moment,
) -> Result<Key, Refused> {
    let words = &asker.words;
    let seen = shared.access.see(&asker.manager, id, now).await?;
    let may_change = asker.manager.changes(&seen.key.found);
    // Who else uses what anyone may is nobody's matter.
    let (trace, no_trace) = if may_change {
        trace::of(shared, id, words).await
    } else {
        (Vec::new(), words.say("trace-not-theirs"))
    };
    // With those above it: it counts only as far as they do.
    let found = &Found {
        above: seen.above.iter().map(|hit| hit.found.clone()).collect(),
        ..seen.key.found.clone()
    };
    let granted_by = match side {
        Side::All => visitor::of_key(shared, found, now, words).await?,
        Side::Own => Vec::new(),
    };
    let live = seen.key.state == State::Live;
    let claimed = found.claims().next().is_some();
    let typed = |which| Some(not.as_ref().filter(|not| not.which == which)?.form);
    Ok(Key {
        words: words.clone(),
        frame,
        all: side == Side::All,
        list: format!("{base}{}", side.list()),
        prefix: format!("{base}{}", side.prefix()),
        token: asker.token.clone(),
        row: Row::of(&seen.key, side, base, words),
        facts: known::facts(&seen.key, found, side, base, words),
        may_open: side == Side::Own && live && !claimed,
        above: seen
            .above
            .iter()
            .map(|hit| above(hit, asker, side, base))
            .collect(),
        children: seen
            .children
            .iter()
            .map(|hit| Row::of(hit, side, base, words))
            .collect(),
        may_link: may_change && live,
        may_change,
        may_derive: may_change && live && !claimed,
        narrow: fields("narrow-", found, typed("narrow"), words),
        derive: fields("derive-", found, typed("derive"), words),
        opened: not.as_ref().map_or("", |not| not.which),
        granted: granted_by,
        trace,
        no_trace,
    })
}

/// One that it was derived from; without a way to it where it is not theirs.
fn above(hit: &Hit, asker: &Asker, side: Side, base: &str) -> Row {
    let mut row = Row::of(hit, side, base, &asker.words);
    if !asker.manager.sees(&hit.found) {
        row.href.clear();
    }
    row
}

fn fields(prefix: &'static str, found: &Found, typed: Option<&Form>, words: &Words) -> LimitFields {
    let narrows = prefix == "narrow-";
    let text = |name: &str| typed.map_or_else(String::new, |form| form.typed(name).to_owned());
    let chosen = typed.map_or("", |form| form.typed("rights"));
    let own = rights(words, found.rights);
    let same = if narrows {
        words.with("narrow-as-is-rights", &[("rights", &own)])
    } else {
        words.with("derive-as-this-rights", &[("rights", &own)])
    };
    let mut options = vec![("", same)];
    if found.rights == Rights::Edit {
        options.push(("view", rights(words, Rights::View)));
    }
    let options = options.into_iter().map(|(value, text)| Choosable {
        value,
        text,
        chosen: value == chosen,
    });
    let label = found.label().filter(|_| narrows);
    let label = label.map_or_else(String::new, |label| label.as_str().to_owned());
    let has = found.passphrase().is_some();
    LimitFields {
        prefix,
        rights: options.collect(),
        expires: text("expires"),
        idle: text("idle"),
        uses: text("uses"),
        label: if typed.is_some() {
            text("label")
        } else {
            label
        },
        passphrase_hint: if has && narrows {
            words.say("limit-passphrase-instead")
        } else {
            words.say("limit-passphrase-hint")
        },
    }
}
