//! `/unlock`: what a key asks for besides itself is given: its passphrase, or a browser's claim.
//!
//! Only the button of a page of ours claims: a preview, which looks at a link, leaves it as it was. The page says neither
//! what the key opens nor where that is. A passphrase is in the request's body and in memory, and nowhere else.

use std::borrow::Cow;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, LOCATION, REFERRER_POLICY, RETRY_AFTER};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use zeroize::Zeroizing;

use super::answer::{ForPerson, html};
use super::assets::asset;
use super::in_hand::{is_passphrase, remember_browser, remember_unlocked};
use super::key::{Tried, tried};
use super::query::Query;
use super::redirect::Field;
use super::shared::{Shared, moment};
use super::who::Carried;
use super::words::Words;
use super::{body, facts, forms};
use crate::access::{Moment, Wants};
use crate::error::{Kind, Refused};
use crate::mint::AccessKey;
use crate::store::{Act, Claimed, Found};

/// Most bytes of the form.
const FORM_BYTES: u64 = 16 * 1024;

#[derive(Template)]
#[template(path = "unlock.html")]
struct Page<'a> {
    words: Words,
    style: String,
    icon: String,
    alert: &'a str,
    wants: Wants,
    fields: Vec<Field>,
}

/// A key that asks for more than itself, and where its browser wants to go with it.
pub(super) struct Locked<'a> {
    /// The key.
    pub(super) key: &'a AccessKey,
    /// What it asks for.
    pub(super) wants: Wants,
    /// Where it goes on to.
    pub(super) onward: Onward<'a>,
}

/// Where a browser goes on to once the key is unlocked.
#[derive(Clone, Copy)]
pub(super) enum Onward<'a> {
    /// To the bookmark.
    Bookmark,
    /// To the button of the gate, and by that to an address behind it.
    Enter(Option<&'a str>),
}

impl<'a> Onward<'a> {
    fn of(form: &'a Query) -> Self {
        match form.value("enter") {
            Some(_) => Self::Enter(form.value("rd")),
            None => Self::Bookmark,
        }
    }

    fn fields(self) -> Vec<Field> {
        let field = |name, value: &str| Field {
            name,
            value: value.to_owned(),
        };
        match self {
            Self::Bookmark => Vec::new(),
            Self::Enter(rd) => std::iter::once(field("enter", "yes"))
                .chain(rd.map(|rd| field("rd", rd)))
                .collect(),
        }
    }

    fn location(self, key: &AccessKey) -> String {
        let to = match self {
            Self::Bookmark => "./?",
            Self::Enter(_) => "./enter?",
        };
        let mut query = form_urlencoded::Serializer::for_suffix(to.to_owned(), to.len());
        query.append_pair("accesskey", key.reveal());
        if let Self::Enter(Some(rd)) = self {
            query.append_pair("rd", rd);
        }
        query.finish()
    }
}

/// The page between such a key and what it opens. Nothing is claimed by it.
pub(super) fn page(
    request: &HttpRequest,
    shared: &Shared,
    locked: &Locked<'_>,
) -> Result<HttpResponse, Refused> {
    again(request, shared, locked, StatusCode::OK, "")
}

fn again(
    request: &HttpRequest,
    shared: &Shared,
    locked: &Locked<'_>,
    status: StatusCode,
    alert: &str,
) -> Result<HttpResponse, Refused> {
    let given = forms::given(request, shared)?;
    let mut fields = vec![
        Field {
            name: "accesskey",
            value: locked.key.reveal().to_owned(),
        },
        Field {
            name: "token",
            value: given.token,
        },
    ];
    fields.extend(locked.onward.fields());
    let mut answer = html(&Page {
        words: Words::of(request, shared),
        style: asset("./", "style.css"),
        icon: asset("./", "favicon.svg"),
        alert,
        wants: locked.wants,
        fields,
    })?;
    *answer.status_mut() = status;
    // The form's Origin goes along, the address with the key in it does not.
    let policy = HeaderValue::from_static("strict-origin");
    answer.headers_mut().insert(REFERRER_POLICY, policy);
    if let Some(cookie) = given.cookie {
        forms::set(&mut answer, &cookie)?;
    }
    // Here already, so that two windows of one browser claim as one.
    let browser = shared.entry.browser(&Carried { request, shared });
    if locked.wants.claim && browser.is_none() {
        remember_browser(&mut answer, shared, &AccessKey::generate()?)?;
    }
    Ok(answer)
}

/// POST: the button was pressed.
pub(super) async fn post(
    request: HttpRequest,
    shared: web::Data<Shared>,
    payload: web::Payload,
) -> Result<HttpResponse, ForPerson> {
    let body = Zeroizing::new(body::whole(payload, None, FORM_BYTES).await?.to_vec());
    let form = Query::parse(std::str::from_utf8(&body).unwrap_or("%"))?;
    let token = form.needed("token", "the form's token is missing")?;
    let text = form.needed("accesskey", "the key is missing")?;
    if !facts::own_origin(&request, &shared) {
        return Err(Refused::new(Kind::Refused, "a form that this browser was not given").into());
    }
    let now = moment();
    let onward = Onward::of(&form);
    let (key, opened, wants) = match tried(&request, &shared, Some(text), now).await? {
        Tried::Good(key, _) => return Ok(on(onward, &key)),
        Tried::Wants(key, opened, wants) => (key, opened, wants),
    };
    let locked = Locked {
        key: &key,
        wants,
        onward,
    };
    let words = Words::of(&request, &shared);
    let forbidden = |alert: &str| again(&request, &shared, &locked, StatusCode::FORBIDDEN, alert);
    if !forms::is_login_token(&request, &shared, token) {
        return Ok(forbidden(&words.say("unlock-old"))?);
    }
    match unlock(&request, &shared, &locked, opened.found(), &form, now).await {
        Ok(Some(answer)) => Ok(answer),
        Ok(None) => Ok(forbidden(&words.say("unlock-wrong"))?),
        Err(Refused {
            kind: Kind::TooMany(secs),
            cause,
            ..
        }) => {
            tracing::warn!("{cause}");
            let alert = words.with("too-many-tries", &[("secs", &u64::from(secs))]);
            let status = StatusCode::TOO_MANY_REQUESTS;
            let mut answer = again(&request, &shared, &locked, status, &alert)?;
            answer.headers_mut().insert(RETRY_AFTER, secs.into());
            Ok(answer)
        }
        Err(refused) => Err(refused.into()),
    }
}

/// Checks, then claims; nothing where the passphrase is wrong, and nothing is claimed then.
async fn unlock(
    request: &HttpRequest,
    shared: &Shared,
    locked: &Locked<'_>,
    found: &Found,
    form: &Query,
    now: Moment,
) -> Result<Option<HttpResponse>, Refused> {
    let mut answer = on(locked.onward, locked.key);
    if let Some((id, hash)) = found.passphrase().filter(|_| locked.wants.passphrase) {
        let typed = form.needed("passphrase", "the passphrase is missing")?;
        if !is_passphrase(request, shared, (id, hash), typed).await? {
            let why = Some(Cow::Borrowed("a wrong passphrase"));
            shared.note(request, Act::Refuse, Some(found.id), None, why);
            return Ok(None);
        }
        remember_unlocked(&mut answer, request, shared, (id, hash), now)?;
    }
    if locked.wants.claim {
        let browser = shared.entry.browser(&Carried { request, shared });
        let browser = browser.map_or_else(AccessKey::generate, Ok)?;
        match shared.access.claim(found, &browser, now).await? {
            Claimed::Yes => {}
            // Another passphrase by now: asked for anew.
            Claimed::Changed => return Ok(Some(on(locked.onward, locked.key))),
            Claimed::Unknown | Claimed::Taken => {
                let why = format_args!("{}: other browsers claimed it", found.id);
                return Err(Refused::new(Kind::Refused, why));
            }
        }
        shared.note(request, Act::Claim, Some(found.id), None, None);
        remember_browser(&mut answer, shared, &browser)?;
    }
    if locked.wants.passphrase {
        shared.note(request, Act::Unlock, Some(found.id), None, None);
    }
    Ok(Some(answer))
}

/// On to what was asked for.
fn on(onward: Onward<'_>, key: &AccessKey) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, onward.location(key)))
        .finish()
}
