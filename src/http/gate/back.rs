//! `/login?rd=`: whoever has a session gets the gate's cookie for it and goes back to the address behind the gate.

use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse};
use url::Url;

use super::super::shared::Shared;
use super::super::{facts, session};
use super::cookie::{self, Carried};
use crate::access::Holder;
use crate::error::Refused;

/// Back to the address behind the gate, with the gate's cookie, for whoever has a session. Who has that cookie already
/// and was sent here again would be so for ever: they are told who they are.
pub(in crate::http) fn to_gate(
    request: &HttpRequest,
    shared: &Shared,
    holder: &Holder,
    url: &Url,
) -> Result<Option<HttpResponse>, Refused> {
    let session = session::cookies(request, &shared.cookie).next();
    let name = session.and_then(|text| session::stored_name(text, shared));
    let Some(name) = name.filter(|_| *holder != Holder::default() && facts::navigation(request))
    else {
        return Ok(None);
    };
    let before = request.cookie(cookie::NAME);
    let before = before.as_ref().map(actix_web::cookie::Cookie::value);
    if cookie::has_session(before, shared, &name) {
        return Ok(None);
    }
    let mut answer = HttpResponse::SeeOther()
        .insert_header((LOCATION, url.as_str()))
        .finish();
    cookie::add(
        &mut answer,
        shared,
        before,
        Carried::Session(name.to_string()),
    )?;
    Ok(Some(answer))
}
