//! What is done with one key: narrowed, derived from, its bookmark shown again.

use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, web};

use super::super::answer::ForPerson;
use super::super::shared::{Shared, moment};
use super::form::{self, Form, alert};
use super::show::{NotTaken, again};
use super::{Side, bookmark};
use crate::access::Moment;
use crate::error::{Kind, Refused};
use crate::mint::{KeyId, Narrowing};
use crate::store::{Act, Found};

/// POST `narrow`: less than before, or a refusal with the rule.
pub(super) async fn narrow(
    request: HttpRequest,
    shared: web::Data<Shared>,
    payload: web::Payload,
) -> Result<HttpResponse, ForPerson> {
    let now = moment();
    let form = Form::of(&request, &shared, payload, now).await?;
    let id = form.id()?;
    let side = Side::of(&request);
    match narrowed(&shared, &form, id, now).await {
        Ok(()) => {
            note(&request, &shared, Act::Set, id, &form);
            let location = format!("../{}{id}?done=narrowed", side.one());
            Ok(see_other(location))
        }
        Err(refused) => not_taken(&shared, side, &form, "narrow", &id, refused, now).await,
    }
}

async fn narrowed(shared: &Shared, form: &Form, id: KeyId, now: Moment) -> Result<(), Refused> {
    let access = &shared.access;
    // Nobody hashes for what is not theirs.
    access.theirs(&form.asker.manager, &id).await?;
    let by = form.narrowing(shared, now).await?;
    access.set_as(&form.asker.manager, id, by, now).await?;
    Ok(())
}

/// POST `derive`: a narrower key of its own, whose bookmark is shown.
pub(super) async fn derive(
    request: HttpRequest,
    shared: web::Data<Shared>,
    payload: web::Payload,
) -> Result<HttpResponse, ForPerson> {
    let now = moment();
    let form = Form::of(&request, &shared, payload, now).await?;
    let id = form.id()?;
    let asker = &form.asker;
    let derived = async {
        shared.access.theirs(&asker.manager, &id).await?;
        shared.new_keys.one_more(asker.manager.by()).await?;
        let by = form.narrowing(&shared, now).await?;
        // A label that was left empty is none, and not the parent's.
        let by = Narrowing {
            label: by.label.flatten().map(Some),
            ..by
        };
        let access = &shared.access;
        access.derive_as(&asker.manager, &id, &by, now).await
    };
    match derived.await {
        Ok(key) => {
            note(&request, &shared, Act::Derive, key.id(), &form);
            let found = standing(&shared, &key.id()).await?;
            Ok(bookmark::shown(&request, &shared, asker, &key, &found)?)
        }
        Err(refused) => {
            let side = Side::of(&request);
            not_taken(&shared, side, &form, "derive", &id, refused, now).await
        }
    }
}

/// POST `link`: the bookmark, once more, to be seen or, with `open`, to be followed.
pub(super) async fn link(
    request: HttpRequest,
    shared: web::Data<Shared>,
    payload: web::Payload,
) -> Result<HttpResponse, ForPerson> {
    let now = moment();
    let form = Form::of(&request, &shared, payload, now).await?;
    let id = form.id()?;
    let asker = &form.asker;
    let key = match shared.access.link_as(&asker.manager, &id).await {
        Ok(key) => key,
        Err(refused) => {
            let side = Side::of(&request);
            return not_taken(&shared, side, &form, "", &id, refused, now).await;
        }
    };
    note(&request, &shared, Act::Link, id, &form);
    if form.has("open") {
        return Ok(see_other(format!("../?accesskey={}", key.reveal())));
    }
    let found = standing(&shared, &id).await?;
    Ok(bookmark::shown(&request, &shared, asker, &key, &found)?)
}

/// The key as it counts.
pub(super) async fn standing(shared: &Shared, id: &KeyId) -> Result<Found, Refused> {
    let found = shared.access.keys.standing(id).await?;
    found.ok_or_else(|| Refused::new(Kind::Refused, "a key that died just now"))
}

/// Notes what was done.
pub(super) fn note(request: &HttpRequest, shared: &Shared, act: Act, id: KeyId, form: &Form) {
    let by = form.asker.manager.by();
    shared.note(request, act, Some(id), Some(by.clone()), None);
}

/// On to another page of ours, by a relative address.
pub(super) fn see_other(location: String) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, location))
        .finish()
}

/// The key's page with the rule that was broken; any other refusal as it is.
async fn not_taken(
    shared: &Shared,
    side: Side,
    form: &Form,
    which: &'static str,
    id: &KeyId,
    refused: Refused,
    now: Moment,
) -> Result<HttpResponse, ForPerson> {
    let Some(alert) = alert(&refused, &form.asker.words) else {
        return Err(refused.into());
    };
    tracing::debug!(key = %id, "{}", refused.cause);
    let status = form::status(&refused);
    let not = NotTaken {
        form,
        which,
        alert,
        status,
    };
    Ok(again(shared, side, id, not, now).await?)
}
