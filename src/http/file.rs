//! `/api/file`: the bytes behind a key.

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};

use super::answer::ForProgram;
use super::conditions::precondition;
use super::content::{self, Says};
use super::facts::Head;
use super::shared::{Shared, moment};
use super::{body, key};
use crate::access::Redeemed;
use crate::error::{Kind, Refused};
use crate::names::Rights;
use crate::store::Act;

/// Whatever an author wrote stays harmless on our origin.
const SANDBOX: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";

/// GET and HEAD.
pub(super) async fn get(
    request: HttpRequest,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, ForProgram> {
    shown(&request, &shared).await
}

/// The same of a request that met no router.
pub(super) async fn shown(
    request: &impl Head,
    shared: &web::Data<Shared>,
) -> Result<HttpResponse, ForProgram> {
    let now = moment();
    let redeemed = key::redeemed(request, shared, now).await?;
    let (found, path) = redeemed.existing()?;
    let read = content::read(shared, path, now).await?;
    shared.opened(request, &found, "file");
    Ok(content::answer(request, read, says))
}

/// As text or as octets, whatever it is called: programs read here, and nothing is shown.
fn says(utf8: bool) -> Says {
    let kind = if utf8 {
        const { HeaderValue::from_static("text/plain; charset=utf-8") }
    } else {
        const { HeaderValue::from_static("application/octet-stream") }
    };
    Says {
        kind,
        policy: const { HeaderValue::from_static(SANDBOX) },
        disposition: None,
    }
}

/// PUT: 204 with the new revision.
pub(super) async fn put(
    request: HttpRequest,
    shared: web::Data<Shared>,
    payload: web::Payload,
) -> Result<HttpResponse, ForProgram> {
    let Redeemed { found, path } = key::checked(&request, &shared, moment()).await?;
    if found.rights < Rights::Edit {
        shared.refused(&request, Some(found.id), "view only");
        return Err(Refused::new(Kind::Refused, "a key that may only view").into());
    }
    if request.headers().contains_key(CONTENT_ENCODING)
        || request.headers().contains_key(CONTENT_RANGE)
    {
        let rule = "the body is the whole file, without Content-Encoding and Content-Range";
        return Err(Refused::new(Kind::Malformed(rule), rule).into());
    }
    let declared = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok());
    let limit = shared.access.body_limit;
    let too_large = || Refused::new(Kind::FileTooLarge, "a file above the limit");
    if declared.is_some_and(|declared| declared > limit) {
        return Err(too_large().into());
    }
    let precondition = precondition(&request, path.as_ref(), &shared)?;
    let bytes = body::whole(payload, declared, limit).await;
    let bytes = bytes.map_err(|refused| {
        if refused.kind == Kind::TooLarge {
            too_large()
        } else {
            refused
        }
    })?;
    // The body may have taken its time: the key must be good at this moment too.
    let Redeemed { found, .. } = key::redeemed(&request, &shared, moment()).await?;
    let (saving, place) = (shared.clone(), found.place.clone());
    let saved = web::block(move || saving.access.save(&place, &precondition, &bytes, moment()));
    let revision = saved
        .await
        .map_err(|error| Refused::new(Kind::Unavailable, error))??;
    shared.note_of(&request, Act::Save, &found, "file");
    Ok(HttpResponse::NoContent()
        .insert_header((ETAG, revision.to_string()))
        .finish())
}
