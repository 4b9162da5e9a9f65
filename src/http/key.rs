//! The key in a request: `Authorization: Bearer`, or `?accesskey=`.

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use super::query::Query;
use super::shared::Shared;
use super::who::Carried;
use super::{facts, session, who};
use crate::access::{LOST, Moment, Opened, Redeemed};
use crate::error::{Kind, Refused};
use crate::mint::AccessKey;
use crate::store::Found;

/// The key that the request carries, by header or by query.
///
/// # Errors
/// [`Kind::Malformed`] when both say different things, or one says something twice; [`Kind::Refused`] for no key, or a
/// text that is none: it looks like an unknown key.
fn of(request: &HttpRequest) -> Result<AccessKey, Refused> {
    let header = bearer(request)?;
    let query = if request.query_string().is_empty() {
        None
    } else {
        Query::of(request)?
            .value("accesskey")
            .map(ToOwned::to_owned)
    };
    let text = match (header, query.as_deref()) {
        (Some(header), Some(query)) if header != query => {
            return Err(Refused::new(
                Kind::Malformed("two different keys"),
                "two different keys",
            ));
        }
        (Some(text), _) | (None, Some(text)) => text,
        (None, None) => return Err(Refused::new(Kind::Refused, "no key")),
    };
    AccessKey::parse(text).map_err(|error| Refused::new(Kind::Refused, error))
}

/// The file that the request's key opens at this moment: one of a directory is an unknown key. Wrong keys count
/// against the network that they come from.
///
/// # Errors
/// As [`of`] and [`crate::access::Access::redeem`]; [`Kind::TooMany`] for a network that goes on trying.
pub(super) async fn redeemed(
    request: &HttpRequest,
    shared: &Shared,
    now: Moment,
) -> Result<Redeemed, Refused> {
    let redeemed = checked(request, shared, now).await?;
    shared.access.used(&redeemed.found, now);
    Ok(redeemed)
}

/// The same, and it counts as no use yet.
///
/// # Errors
/// As [`redeemed`].
pub(super) async fn checked(
    request: &HttpRequest,
    shared: &Shared,
    now: Moment,
) -> Result<Redeemed, Refused> {
    let key = carried(request, shared)?;
    let tried = async {
        let redeemed = shared.access.redeem(&key, now).await?;
        allowed(request, shared, &redeemed.found, now).await?;
        Ok(redeemed)
    };
    let redeemed = tried.await;
    redeemed.map_err(|refused| wrong(request, shared, Some(&key), refused))
}

/// What the request's key opens at this moment, be it a file or a directory. Wrong keys count as they do there.
///
/// # Errors
/// As [`of`] and [`crate::access::Access::open`]; [`Kind::TooMany`] for a network that goes on trying.
pub(super) async fn opened(
    request: &HttpRequest,
    shared: &Shared,
    now: Moment,
) -> Result<(AccessKey, Opened), Refused> {
    let key = carried(request, shared)?;
    match opened_by(request, shared, &key, now).await {
        Ok(opened) => Ok((key, opened)),
        Err(refused) => Err(wrong(request, shared, Some(&key), refused)),
    }
}

async fn opened_by(
    request: &HttpRequest,
    shared: &Shared,
    key: &AccessKey,
    now: Moment,
) -> Result<Opened, Refused> {
    let opened = shared.access.open(key, now).await?;
    allowed(request, shared, opened.found(), now).await?;
    shared.access.used(opened.found(), now);
    Ok(opened)
}

/// The key that the request carries; none counts as a wrong one.
fn carried(request: &HttpRequest, shared: &Shared) -> Result<AccessKey, Refused> {
    of(request).map_err(|refused| wrong(request, shared, None, refused.because("no key")))
}

/// A refusal of a key, counted and noted.
fn wrong(
    request: &HttpRequest,
    shared: &Shared,
    key: Option<&AccessKey>,
    refused: Refused,
) -> Refused {
    let wrong = refused.kind == Kind::Refused;
    let refused = shared.wrong_key(refused, &facts::network(facts::client(request, shared)));
    if wrong {
        // Who guesses on and on is one line, whatever they guess.
        let key = key.filter(|_| refused.kind == Kind::Refused);
        shared.refused(request, key.map(AccessKey::id), refused.why);
    }
    refused
}

/// The same for a key that came in a form.
///
/// # Errors
/// As [`opened`].
pub(super) async fn opened_text(
    request: &HttpRequest,
    shared: &Shared,
    text: &str,
    now: Moment,
) -> Result<Opened, Refused> {
    let none = |error| Refused::new(Kind::Refused, error).because("no key");
    let key = AccessKey::parse(text).map_err(none);
    let key = key.map_err(|refused| wrong(request, shared, None, refused))?;
    let opened = opened_by(request, shared, &key, now).await;
    opened.map_err(|refused| wrong(request, shared, Some(&key), refused))
}

/// Whether the key is good in these hands: where it is bound to its visitor, they must be the ones who ask; where a lost
/// grant takes its keys along, it must not be lost.
///
/// # Errors
/// [`Kind::Refused`]; what the stores say.
async fn allowed(
    request: &HttpRequest,
    shared: &Shared,
    found: &Found,
    now: Moment,
) -> Result<(), Refused> {
    let (entry, access) = (&shared.entry, &shared.access);
    if !entry.good_in_hand(found, &Carried { request, shared }) {
        let why = format_args!("{}: its passphrase or its claim is missing", found.id);
        return Err(Refused::new(Kind::Refused, why).because("not in hand"));
    }
    if entry.lost(found, &access.roots()) {
        access.revoke_lost(found.id, now).await?;
        let why = format_args!("{}: its visitor lost the grant: revoked", found.id);
        return Err(Refused::new(Kind::Refused, why).because(LOST));
    }
    if access.bound(found) {
        let holder = session::read(request, shared, now).await?;
        let known = who::known(request, shared, &holder, now).await?;
        if !known.is(&found.by) {
            let why = format_args!("{}: bound to another visitor", found.id);
            return Err(Refused::new(Kind::Refused, why).because("other visitor"));
        }
    }
    Ok(())
}

/// The bearer token of the request.
///
/// # Errors
/// [`Kind::Malformed`] for several `Authorization` headers.
pub(super) fn bearer(request: &HttpRequest) -> Result<Option<&str>, Refused> {
    let mut headers = request.headers().get_all(AUTHORIZATION);
    let first = headers.next();
    if headers.next().is_some() {
        return Err(Refused::new(
            Kind::Malformed("several Authorization headers"),
            "several Authorization headers",
        ));
    }
    let text = first.and_then(|value| value.to_str().ok());
    Ok(text.and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token)
    }))
}
