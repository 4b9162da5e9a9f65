//! GET `/admin/visitor`: what somebody may do by the settings, and why.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::super::answer::ForPerson;
use super::super::login;
use super::super::query::Query;
use super::super::shared::{Shared, moment};
use super::super::words::Words;
use super::form::malformed;
use super::frame::Frame;
use super::{Asker, Here, Side, page};
use crate::access::{Gift, Given, Giver, Holds, Moment};
use crate::error::Refused;
use crate::store::Found;

/// Most bytes of a visitor's name with its source.
const NAME_BYTES: usize = 300;
const NAME: &str = "a visitor is a source and a name, such as users:ann, of at most 300 bytes";

/// One grant.
pub(super) struct Line {
    pub(super) giver: String,
    pub(super) gives: String,
    pub(super) holds: String,
}

#[derive(Template)]
#[template(path = "visitor.html")]
struct Explained {
    words: Words,
    frame: Frame,
    prefix: String,
    visitor: String,
    asked: bool,
    sum: Vec<String>,
    lines: Vec<Line>,
    /// The list of keys that were made for them.
    keys: String,
}

/// GET.
pub(super) async fn get(
    request: HttpRequest,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, ForPerson> {
    match explained(&request, &shared).await {
        Ok(page) => Ok(page),
        Err(refused) => login::or_sign_in(&request, &shared, "../", refused).await,
    }
}

async fn explained(request: &HttpRequest, shared: &Shared) -> Result<HttpResponse, Refused> {
    let now = moment();
    let asker = Asker::of(request, shared, Side::All, now).await?;
    let query = Query::of(request)?;
    let visitor = query.value("visitor").unwrap_or_default().trim().to_owned();
    if visitor.len() > NAME_BYTES {
        return Err(malformed(NAME));
    }
    let frame = Frame::of(&asker, shared, Here("visitor", "../"));
    let words = asker.words;
    let mut explained = Explained {
        prefix: format!("{}{}", frame.base, Side::All.prefix()),
        frame,
        asked: !visitor.is_empty(),
        sum: Vec::new(),
        lines: Vec::new(),
        keys: keys_of(&visitor),
        visitor,
        words: words.clone(),
    };
    if explained.asked {
        let grants = shared
            .entry
            .grants_of(&explained.visitor, &shared.access, now)
            .await?;
        let now = |given: &&Given| given.holds == Holds::Now;
        if grants.user_is_gone {
            explained.sum.push(words.say("visitor-gone"));
        }
        if grants.given.iter().filter(now).any(|given| given.admin) {
            explained.sum.push(words.say("visitor-admin"));
        }
        if !grants.given.iter().any(|given| given.holds == Holds::Now) {
            explained.sum.push(words.say("visitor-nothing"));
        }
        let lines = grants.given.iter().map(|given| line(given, &words));
        explained.lines = lines.collect();
    }
    page(&explained)
}

/// Who would give whoever the key was made for its place now.
///
/// # Errors
/// What the stores say.
pub(super) async fn of_key(
    shared: &Shared,
    found: &Found,
    now: Moment,
    words: &Words,
) -> Result<Vec<Line>, Refused> {
    let (entry, access) = (&shared.entry, &shared.access);
    let explanation = entry.granted_by(found, access, now).await?;
    let here = explanation
        .given
        .iter()
        .filter(|given| given.here.is_some());
    Ok(here.map(|given| line(given, words)).collect())
}

fn keys_of(visitor: &str) -> String {
    let start = "../admin?".to_owned();
    let behind = start.len();
    let mut query = form_urlencoded::Serializer::for_suffix(start, behind);
    query.append_pair("by", visitor).finish()
}

/// A grant in words.
fn line(given: &Given, words: &Words) -> Line {
    let lacks = |what: &str| words.known("lacks", what);
    Line {
        giver: giver(&given.giver, words),
        gives: given.gives.in_words(|gift| gift_in(gift, words)),
        holds: match &given.holds {
            Holds::Now => words.say("holds-now"),
            Holds::Perhaps(what) => words.with("holds-perhaps", &[("what", &lacks(what))]),
            Holds::Not(what) => words.with("holds-not", &[("what", &lacks(what))]),
        },
    }
}

/// Whose grant it is, in words.
fn giver(giver: &Giver, words: &Words) -> String {
    match giver {
        Giver::Users => words.say("giver-users"),
        Giver::Row(index, who) => words.with("giver-row", &[("index", index), ("who", who)]),
        Giver::Host(name) => words.with("giver-host", &[("name", name)]),
        Giver::Php => words.say("giver-php"),
        Giver::Local => words.say("giver-local"),
        Giver::Operator => words.say("giver-operator"),
    }
}

/// What is given, in words.
fn gift_in(gift: &Gift, words: &Words) -> String {
    match gift {
        Gift::Everything => words.say("gives-everything"),
        Gift::Directory(path) => path.clone(),
        Gift::View => words.say("gives-view"),
        Gift::Administration => words.say("gives-administration"),
        Gift::Session => words.say("gives-session"),
    }
}
