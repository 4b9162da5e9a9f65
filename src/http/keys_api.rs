//! `/api/keys`: a visitor's own keys, and all of them for administrators.
//!
//! No answer ever holds a key, but for the bookmark that `link` is asked for. A change that rests on a cookie, or on
//! whatever else a browser brings along by itself, needs our own origin; a host comes with its token.

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroizing;

use super::answer::ForProgram;
use super::in_hand::{chooser, new_passphrase};
use super::key::bearer;
use super::keys_json::{self, Asked};
use super::methods::Methods;
use super::query::Query;
use super::shared::{Shared, moment};
use super::{body, facts, keys_prune, session, who};
use crate::access::{Manager, Moment};
use crate::error::{Kind, Refused};
use crate::mint::{AccessKey, KeyId, Narrowing, PasswordHash};
use crate::store::Act;

/// Most bytes of what a key is to become.
const CHANGE_BYTES: u64 = 16 * 1024;
/// Most keys that are revoked at once.
const IDS: usize = 1000;
/// Most bytes of their ids.
const IDS_BYTES: u64 = 64 * 1024;

/// The addresses, below `base`.
pub(super) fn routes(config: &mut web::ServiceConfig, base: &str) {
    let at = |path: &str| format!("{base}{path}");
    config
        .service(Methods::at(at("/api/keys")).on(Method::GET, list))
        .service(Methods::at(at("/api/keys/revoke")).on(Method::POST, revoke))
        .service(Methods::at(at("/api/keys/prune")).on(Method::POST, keys_prune::post))
        .service(Methods::at(at("/api/keys/{id}/link")).on(Method::POST, link))
        .service(
            Methods::at(at("/api/keys/{id}"))
                .on(Method::GET, show)
                .on(Method::PATCH, set)
                .on(Method::DELETE, revoke_one),
        );
}

/// Whose keys the request may see: by the token of a host that is an administrator, else by who asks.
///
/// # Errors
/// [`Kind::Unauthorized`], [`Kind::Refused`]; what the stores say.
pub(super) async fn manager(
    request: &HttpRequest,
    shared: &Shared,
    now: Moment,
) -> Result<Manager, Refused> {
    let token = bearer(request)?;
    let host = match shared.entry.host_manager(token) {
        // A token may be one that says who a visitor is.
        Err(refused) if refused.kind == Kind::Unauthorized => refused,
        host => return host,
    };
    let holder = session::read(request, shared, now).await?;
    match who::known(request, shared, &holder, now).await {
        Ok(known) => Ok(shared.access.manager(&known)),
        Err(refused) if refused.kind == Kind::Refused && token.is_some() => Err(host),
        Err(refused) => Err(refused),
    }
}

/// Whose keys it may change: as [`manager`], and whoever brings no token of a host comes from a page of ours.
pub(super) async fn changing(
    request: &HttpRequest,
    shared: &Shared,
    now: Moment,
) -> Result<Manager, Refused> {
    let manager = manager(request, shared, now).await?;
    let by_host = shared.entry.host(bearer(request)?).is_ok();
    if !by_host && !facts::own_origin(request, shared) {
        return Err(Refused::new(Kind::Refused, "a change from another origin"));
    }
    Ok(manager)
}

/// GET `/api/keys`: a page of them.
async fn list(request: HttpRequest, shared: web::Data<Shared>) -> Result<HttpResponse, ForProgram> {
    let now = moment();
    let manager = manager(&request, &shared, now).await?;
    let search = keys_json::search(&Query::of(&request)?)?;
    let hits = shared.access.list(&manager, search, now).await?;
    Ok(HttpResponse::Ok().json(keys_json::page(&hits, &manager)))
}

/// GET `/api/keys/{id}`: one of them, with its line.
async fn show(
    request: HttpRequest,
    shared: web::Data<Shared>,
    id: web::Path<String>,
) -> Result<HttpResponse, ForProgram> {
    let now = moment();
    let manager = manager(&request, &shared, now).await?;
    let seen = shared.access.see(&manager, &known_id(&id)?, now).await?;
    let mut key = keys_json::one(&seen, &manager);
    // The policy is no visitor's matter.
    if let Some(fields) = key.as_object_mut().filter(|_| manager.sees_all()) {
        let (entry, access) = (&shared.entry, &shared.access);
        let granted = entry.granted_by(&seen.key.found, access, now).await?;
        fields.insert("granted".to_owned(), keys_json::granted(&granted));
    }
    Ok(HttpResponse::Ok().json(key))
}

/// PATCH `/api/keys/{id}`: it becomes narrower.
async fn set(
    request: HttpRequest,
    shared: web::Data<Shared>,
    id: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, ForProgram> {
    let now = moment();
    let manager = changing(&request, &shared, now).await?;
    let id = known_id(&id)?;
    let asked: Asked = body::json(&request, payload, CHANGE_BYTES, keys_json::CHANGE_RULE).await?;
    let (narrowing, passphrase) = asked.narrowing(now)?;
    // Nobody hashes for what is not theirs.
    shared.access.theirs(&manager, &id).await?;
    let who = chooser(&request, &shared, manager.by());
    let narrowing = Narrowing {
        passphrase: hashed(&shared, &who, passphrase).await?,
        ..narrowing
    };
    shared.access.set_as(&manager, id, narrowing, now).await?;
    note(&request, &shared, Act::Set, id, &manager);
    let seen = shared.access.see(&manager, &id, now).await?;
    Ok(HttpResponse::Ok().json(keys_json::one(&seen, &manager)))
}

/// DELETE `/api/keys/{id}`: 204, and it opens nothing any more.
async fn revoke_one(
    request: HttpRequest,
    shared: web::Data<Shared>,
    id: web::Path<String>,
) -> Result<HttpResponse, ForProgram> {
    let manager = changing(&request, &shared, moment()).await?;
    let id = known_id(&id)?;
    let revoked = revoked(&request, &shared, &manager, vec![id]).await?;
    if revoked.is_empty() {
        return Err(no_key().into());
    }
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ids {
    ids: Vec<String>,
}

/// POST `/api/keys/revoke`: many of them at once. Those that are not there, or not theirs, are left out of the answer.
async fn revoke(
    request: HttpRequest,
    shared: web::Data<Shared>,
    payload: web::Payload,
) -> Result<HttpResponse, ForProgram> {
    const RULE: &str = "the body is {\"ids\": [at most 1000 ids of keys]}";
    let manager = changing(&request, &shared, moment()).await?;
    let Ids { ids } = body::json(&request, payload, IDS_BYTES, RULE).await?;
    let ids: Result<Vec<KeyId>, _> = ids.iter().map(|id| KeyId::parse(id)).collect();
    let ids = ids.ok().filter(|ids| ids.len() <= IDS);
    let ids = ids.ok_or_else(|| Refused::new(Kind::Malformed(RULE), RULE))?;
    let revoked = revoked(&request, &shared, &manager, ids).await?;
    let revoked: Vec<String> = revoked.iter().map(KeyId::to_string).collect();
    Ok(HttpResponse::Ok().json(json!({ "revoked": revoked })))
}

async fn revoked(
    request: &HttpRequest,
    shared: &Shared,
    manager: &Manager,
    ids: Vec<KeyId>,
) -> Result<Vec<KeyId>, Refused> {
    let revoked = shared.access.revoke_as(manager, ids).await?;
    for id in &revoked {
        note(request, shared, Act::Revoke, *id, manager);
    }
    Ok(revoked)
}

/// POST `/api/keys/{id}/link`: its bookmark once more.
async fn link(
    request: HttpRequest,
    shared: web::Data<Shared>,
    id: web::Path<String>,
) -> Result<HttpResponse, ForProgram> {
    let manager = changing(&request, &shared, moment()).await?;
    let id = known_id(&id)?;
    let key = shared.access.link_as(&manager, &id).await?;
    note(&request, &shared, Act::Link, id, &manager);
    Ok(HttpResponse::Ok().json(json!({"url": bookmark(&request, &shared, &key)})))
}

/// The address that opens what the key does.
pub(super) fn bookmark(request: &HttpRequest, shared: &Shared, key: &AccessKey) -> String {
    let base = shared.public_url.clone().unwrap_or_else(|| {
        let origin = facts::seen(request, shared).unwrap_or_default();
        format!("{origin}{}", shared.base_path)
    });
    format!("{base}?accesskey={}", key.reveal())
}

/// A passphrase, which `who` chose, is hashed when its turn comes, off the async threads.
pub(super) async fn hashed(
    shared: &Shared,
    who: &str,
    passphrase: Option<Zeroizing<String>>,
) -> Result<Option<PasswordHash>, Refused> {
    let Some(passphrase) = passphrase else {
        return Ok(None);
    };
    new_passphrase(shared, who, &passphrase).await.map(Some)
}

/// What is no id names no key.
fn known_id(text: &str) -> Result<KeyId, Refused> {
    KeyId::parse(text).map_err(|_| no_key())
}

fn no_key() -> Refused {
    Refused::new(Kind::NoKey, "no such key, or not theirs")
}

fn note(request: &HttpRequest, shared: &Shared, act: Act, id: KeyId, manager: &Manager) {
    shared.note(request, act, Some(id), Some(manager.by().clone()), None);
}
