//! `/api/key`: what a key is, narrower keys made from it, and its end.
//!
//! It never tells a passphrase or a hash, and never gives more than the key in the request allows.

use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::Serialize;

use super::answer::ForProgram;
use super::in_hand::chooser;
use super::keys_api::hashed;
use super::keys_json::{self, Asked};
use super::query::Query;
use super::shared::{Shared, moment};
use super::{body, facts, key, session, who};
use crate::access::Moment;
use crate::error::{Kind, Refused};
use crate::mint::{KeyId, Narrowing};
use crate::names::{Label, Rights, Scope};
use crate::store::{Act, Found};

/// Most bytes of what is asked for: a passphrase of 1024 bytes, each escaped, and room to spare.
const BODY_BYTES: u64 = 16 * 1024;

/// GET: what this key is. The directory is told to visitors with a grant there only.
pub(super) async fn about(
    request: HttpRequest,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, ForProgram> {
    let now = moment();
    let (_, opened) = key::opened(&request, &shared, now).await?;
    let found = opened.found();
    let holder = session::read(&request, &shared, now).await?;
    let granted = match who::known(&request, &shared, &holder, now).await {
        Ok(known) => shared.access.granted(&known, found),
        Err(_) => false,
    };
    Ok(HttpResponse::Ok().json(Said {
        derived: Some(shared.access.derived_from(&found.id).await?),
        dirname: granted.then(|| found.place.dirname.as_str()),
        ..Said::of(found)
    }))
}

/// POST `/api/key/derive`: 201 with the bookmark of a key that is narrower than this one.
pub(super) async fn derive(
    request: HttpRequest,
    shared: web::Data<Shared>,
    payload: web::Payload,
) -> Result<HttpResponse, ForProgram> {
    let now = moment();
    let parent = by_header(&request, &shared, now).await?;
    let asked = body::json(&request, payload, BODY_BYTES, keys_json::CHANGE_RULE).await?;
    let narrowing = narrowing(&request, &shared, &parent, asked, now).await?;
    let key = shared.access.derive(&parent, &narrowing, now).await?;
    let id = key.id();
    let why = format!("from {}", parent.id).into();
    shared.note(&request, Act::Derive, Some(id), None, Some(why));
    let gone = || Refused::new(Kind::Refused, "revoked as soon as it was derived");
    let found = shared
        .access
        .keys
        .standing(&id)
        .await
        .map_err(Refused::from)?;
    Ok(HttpResponse::Created().json(Said {
        url: Some(format!("{}?accesskey={}", shared.address(), key.reveal())),
        ..Said::of(&found.ok_or_else(gone)?)
    }))
}

/// DELETE: 204. `?derived=ID` ends a key that was derived from this one; this key itself only its own visitor and an
/// administrator end, from a page of ours.
pub(super) async fn revoke(
    request: HttpRequest,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, ForProgram> {
    let now = moment();
    let found = by_header(&request, &shared, now).await?;
    let query = Query::of(&request)?;
    // One that is mistyped would end the key itself in place of a derived one.
    query.only(
        &["derived", "accesskey"],
        "the parameters are derived and accesskey",
    )?;
    let (id, by) = match query.value("derived") {
        Some(derived) => (child(&shared, derived, &found).await?, None),
        None => (found.id, Some(owner(&request, &shared, &found, now).await?)),
    };
    shared
        .access
        .keys
        .revoke(vec![id])
        .await
        .map_err(Refused::from)?;
    shared.note(&request, Act::Revoke, Some(id), by, None);
    Ok(HttpResponse::NoContent().finish())
}

/// The key in the request's header, which is good. One in the address does not change anything: other sites can send a
/// browser there.
async fn by_header(request: &HttpRequest, shared: &Shared, now: Moment) -> Result<Found, Refused> {
    if key::bearer(request)?.is_none() {
        return Err(malformed("Authorization: Bearer and the key are needed"));
    }
    let (_, opened) = key::opened(request, shared, now).await?;
    Ok(opened.found().clone())
}

/// The key that `text` names, if it was derived from this one, or from one that was.
async fn child(shared: &Shared, text: &str, from: &Found) -> Result<KeyId, Refused> {
    let bare = text.strip_prefix("sha256:").unwrap_or(text);
    let id = KeyId::parse(bare).map_err(|_| malformed("derived is the id of a key"))?;
    if !shared.access.descends(&id, &from.id).await? {
        let why = format_args!("{}: {id} was not derived from it", from.id);
        return Err(Refused::new(Kind::Refused, why));
    }
    Ok(id)
}

/// Who asks, if they are the key's own visitor or an administrator, on a page of ours.
async fn owner(
    request: &HttpRequest,
    shared: &Shared,
    found: &Found,
    now: Moment,
) -> Result<std::sync::Arc<str>, Refused> {
    let rule = "Only the visitor whose key this is, or an administrator, ends it. With the key alone: ?derived=ID, for a key that was derived from it.";
    let no = || Refused::new(Kind::Exceeds(rule), rule);
    if !facts::own_origin(request, shared) {
        return Err(no());
    }
    let holder = session::read(request, shared, now).await?;
    let known = who::known(request, shared, &holder, now).await;
    let known = known.map_err(|refused| {
        if refused.kind == Kind::Refused {
            no()
        } else {
            refused
        }
    })?;
    let manager = shared.access.manager(&known);
    let theirs = manager.changes(found);
    theirs.then(|| manager.by().clone()).ok_or_else(no)
}

/// What is told of a key to whoever has it.
#[derive(Serialize)]
struct Said<'a> {
    id: String,
    basename: &'a str,
    scope: Scope,
    rights: Rights,
    created: Option<Timestamp>,
    expires: Option<Timestamp>,
    idle: Option<String>,
    uses_left: Option<u8>,
    passphrase: bool,
    bind: &'static str,
    parent: Option<String>,
    label: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    derived: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dirname: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

impl<'a> Said<'a> {
    fn of(found: &'a Found) -> Self {
        let limits = found.limits();
        let claims = limits.and_then(|limits| limits.claims.as_ref());
        let idle = limits.and_then(|limits| limits.idle);
        Self {
            id: found.id.to_string(),
            basename: found.place.basename.as_str(),
            scope: found.scope,
            rights: found.rights,
            created: found.created,
            expires: found.expires,
            idle: idle.map(|idle| idle.to_string()),
            uses_left: claims.map(|claims| claims.left),
            passphrase: found.passphrase().is_some(),
            bind: keys_json::bind(found),
            parent: found.parent().map(|parent| parent.to_string()),
            label: found.label().map(Label::as_str),
            derived: None,
            dirname: None,
            url: None,
        }
    }
}

async fn narrowing(
    request: &HttpRequest,
    shared: &Shared,
    parent: &Found,
    asked: Asked,
    now: Moment,
) -> Result<Narrowing, Refused> {
    let (narrowing, passphrase) = asked.narrowing(now)?;
    // Counted by the first key of the line, so that whoever has one makes no more by deriving from what was derived.
    let first = parent.line().last().map_or(parent.id, |first| first.id);
    let first = format!("sha256:{first}");
    shared.new_keys.one_more(&first).await?;
    let who = chooser(request, shared, &first);
    Ok(Narrowing {
        passphrase: hashed(shared, &who, passphrase).await?,
        ..narrowing
    })
}

fn malformed(rule: &'static str) -> Refused {
    Refused::new(Kind::Malformed(rule), rule)
}
