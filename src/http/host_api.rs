//! `/api/grants`: a host application in any language grants and withdraws.

use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};

use super::answer::ForProgram;
use super::key::bearer;
use super::query::Query;
use super::shared::{Shared, moment};
use crate::access::GrantRequest;
use crate::error::{Kind, Refused};
use crate::settings::Host;
use crate::store::Act;

/// Most bytes of a host's request: a thousand directories and room to spare.
const BODY_BYTES: u64 = 1024 * 1024;

/// POST: 201 with the grant's id and the address to send the browser to.
pub(super) async fn grant(
    request: HttpRequest,
    shared: web::Data<Shared>,
    payload: web::Payload,
) -> Result<HttpResponse, ForProgram> {
    let host = shared.entry.host(bearer(&request)?)?;
    let json = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    if !json.is_some_and(|kind| {
        kind.split(';')
            .next()
            .is_some_and(|kind| kind.trim() == "application/json")
    }) {
        return Err(malformed("Content-Type: application/json is needed").into());
    }
    let declared = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok());
    let body = super::body::whole(payload, declared, BODY_BYTES).await?;
    let asked: GrantRequest = serde_json::from_slice(&body).map_err(|error| {
        tracing::debug!("a host's grant: {error}");
        malformed("the body is not a grant: {user?, poweruser?, directories?, lifetime?, file?}, each at most once, and nothing else")
    })?;
    let roots = shared.access.roots();
    let granted = shared
        .entry
        .grant(host, asked, &roots, &shared.access.secrets, moment().time)
        .await?;
    let base = shared.public_url.clone().unwrap_or_else(|| {
        let (scheme, port) = (shared.scheme, shared.port);
        format!("{scheme}127.0.0.1:{port}{}", shared.base_path)
    });
    Ok(HttpResponse::Created().json(serde_json::json!({
        "id": granted.id,
        "url": format!("{base}enter?ticket={}", granted.ticket),
        "expires": granted.expires,
    })))
}

/// DELETE `/api/grants/{id}`: 204; 404 when this host has no such grant.
pub(super) async fn withdraw(
    request: HttpRequest,
    shared: web::Data<Shared>,
    id: web::Path<String>,
) -> Result<HttpResponse, ForProgram> {
    let host = shared.entry.host(bearer(&request)?)?;
    let (entry, access) = (&shared.entry, &shared.access);
    let withdrawn = entry.withdraw(host, id.into_inner(), access, moment());
    if withdrawn.await? == 0 {
        return Ok(super::answer::no_route().await);
    }
    note_withdrawn(&request, &shared, host);
    Ok(HttpResponse::NoContent().finish())
}

/// DELETE `/api/grants?user=`: 204, whether there were any or not.
pub(super) async fn withdraw_user(
    request: HttpRequest,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, ForProgram> {
    let host = shared.entry.host(bearer(&request)?)?;
    let query = Query::of(&request)?;
    let user = query.needed("user", "the parameter user is missing")?;
    let (entry, access) = (&shared.entry, &shared.access);
    if entry.withdraw_user(host, user, access, moment()).await? > 0 {
        note_withdrawn(&request, &shared, host);
    }
    Ok(HttpResponse::NoContent().finish())
}

/// Notes that the host withdrew what it had granted.
fn note_withdrawn(request: &HttpRequest, shared: &Shared, host: &Host) {
    let by = format!("host/{}", host.name).into();
    shared.note(request, Act::Revoke, None, Some(by), Some("grant".into()));
}

fn malformed(rule: &'static str) -> Refused {
    Refused::new(Kind::Malformed(rule), rule)
}
