//! `/api/grants`: a host application in any language grants and withdraws.

use actix_web::{HttpRequest, HttpResponse, web};

use super::answer::ForProgram;
use super::key::bearer;
use super::query::Query;
use super::shared::{Shared, moment};
use crate::access::GrantRequest;
use crate::settings::Host;
use crate::store::Act;

/// What a body breaks that is none.
const RULE: &str = "the body is not a grant: {user?, poweruser?, directories?, lifetime?, file?}, each at most once, and nothing else";

/// Most bytes of a host's request: a thousand directories and room to spare.
const BODY_BYTES: u64 = 1024 * 1024;

/// POST: 201 with the grant's id and the address to send the browser to.
pub(super) async fn grant(
    request: HttpRequest,
    shared: web::Data<Shared>,
    payload: web::Payload,
) -> Result<HttpResponse, ForProgram> {
    let host = shared.entry.host(bearer(&request)?)?;
    let asked: GrantRequest = super::body::json(&request, payload, BODY_BYTES, RULE).await?;
    let roots = shared.access.roots();
    let granted = shared
        .entry
        .grant(host, asked, &roots, &shared.access.secrets, moment().time)
        .await?;
    let base = shared.address();
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
        return Ok(super::answer::nothing());
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
    query.only(&["user"], "the parameter is user")?;
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
