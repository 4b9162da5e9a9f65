//! GET `/admin/visitor`: what somebody may do by the settings, and why.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::super::answer::ForPerson;
use super::super::login;
use super::super::query::Query;
use super::super::shared::{Shared, moment};
use super::form::malformed;
use super::frame::Frame;
use super::{Asker, Here, Side, page};
use crate::access::{Given, Giver, Holds, Moment};
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
    frame: Frame,
    prefix: String,
    visitor: String,
    asked: bool,
    sum: Vec<&'static str>,
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
    let mut explained = Explained {
        prefix: format!("{}{}", frame.base, Side::All.prefix()),
        frame,
        asked: !visitor.is_empty(),
        sum: Vec::new(),
        lines: Vec::new(),
        keys: keys_of(&visitor),
        visitor,
    };
    if explained.asked {
        let grants = shared
            .entry
            .grants_of(&explained.visitor, &shared.access, now)
            .await?;
        let now = |given: &&Given| given.holds == Holds::Now;
        if grants.user_is_gone {
            explained.sum.push("There is no such user any more.");
        }
        if grants.given.iter().filter(now).any(|given| given.admin) {
            explained.sum.push("Sees and changes all keys.");
        }
        if !grants.given.iter().any(|given| given.holds == Holds::Now) {
            explained.sum.push("Has no grant that certainly holds now.");
        }
        explained.lines = grants.given.iter().map(line).collect();
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
) -> Result<Vec<Line>, Refused> {
    let (entry, access) = (&shared.entry, &shared.access);
    let explanation = entry.granted_by(found, access, now).await?;
    let here = explanation
        .given
        .iter()
        .filter(|given| given.here.is_some());
    Ok(here.map(line).collect())
}

fn keys_of(visitor: &str) -> String {
    let start = "../admin?".to_owned();
    let behind = start.len();
    let mut query = form_urlencoded::Serializer::for_suffix(start, behind);
    query.append_pair("by", visitor).finish()
}

/// A grant in words.
pub(super) fn line(given: &Given) -> Line {
    Line {
        giver: giver(&given.giver),
        gives: given.gives.clone(),
        holds: match &given.holds {
            Holds::Now => "holds".to_owned(),
            Holds::Perhaps(what) => format!("perhaps: {what}"),
            Holds::Not(what) => format!("not: {what}"),
        },
    }
}

/// Whose grant it is, in words.
pub(super) fn giver(giver: &Giver) -> String {
    match giver {
        Giver::Users => "the file of local users".to_owned(),
        Giver::Row(index, who) => format!("grants[{index}], for {who}"),
        Giver::Host(name) => format!("the host {name}"),
        Giver::Php => "a PHP session".to_owned(),
        Giver::Local => "a link from the command line".to_owned(),
        Giver::Operator => "the operator".to_owned(),
    }
}
