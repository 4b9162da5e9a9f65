//! The key in a request: `Authorization: Bearer`, or `?accesskey=`.

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use super::facts::Head;
use super::query::Query;
use super::shared::Shared;
use super::who::Carried;
use super::{facts, session, who};
use crate::access::{Hands, LOST, Moment, Opened, Redeemed, Wants};
use crate::error::{Kind, Refused};
use crate::mint::AccessKey;
use crate::store::Found;

/// What the audit log says of a key that is bound to somebody else.
const OTHER: &str = "other visitor";

/// The key that the request carries, by header or by query.
///
/// # Errors
/// [`Kind::Malformed`] when both say different things, or one says something twice; [`Kind::Refused`] for no key, or a
/// text that is none: it looks like an unknown key.
fn of(request: &impl Head) -> Result<AccessKey, Refused> {
    let header = bearer(request)?;
    let query = if request.query().is_empty() {
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
    request: &impl Head,
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
    request: &impl Head,
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
///
/// # Errors
/// As [`of`]; [`Kind::TooMany`].
pub(super) fn carried(request: &impl Head, shared: &Shared) -> Result<AccessKey, Refused> {
    of(request).map_err(|refused| wrong(request, shared, None, refused.because("no key")))
}

/// A refusal of a key, counted and noted.
fn wrong(
    request: &impl Head,
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

/// A live key, and what it is in the hands that it came in.
pub(super) enum Tried {
    /// Good.
    Good(AccessKey, Opened),
    /// Good once what is missing was given.
    Wants(AccessKey, Opened, Wants),
}

/// What the request's key is, or the one in a form. Wrong keys count as they do in [`opened`]; one that asks for more is not
/// wrong.
///
/// # Errors
/// As [`opened`], also for a key that only other browsers can use.
pub(super) async fn tried(
    request: &HttpRequest,
    shared: &Shared,
    text: Option<&str>,
    now: Moment,
) -> Result<Tried, Refused> {
    let key = match text {
        None => carried(request, shared)?,
        Some(text) => {
            let none = |error| Refused::new(Kind::Refused, error).because("no key");
            let key = AccessKey::parse(text).map_err(none);
            key.map_err(|refused| wrong(request, shared, None, refused))?
        }
    };
    let tried = async {
        let opened = shared.access.open(&key, now).await?;
        let found = opened.found();
        match hands(request, shared, found, now).await? {
            Hands::Good => {
                shared.access.used(found, now);
                Ok((opened, None))
            }
            Hands::Want(wants) => Ok((opened, Some(wants))),
            Hands::Others => Err(missing(found)),
        }
    };
    match tried.await {
        Ok((opened, None)) => Ok(Tried::Good(key, opened)),
        Ok((opened, Some(wants))) => Ok(Tried::Wants(key, opened, wants)),
        Err(refused) => Err(wrong(request, shared, Some(&key), refused)),
    }
}

/// What the key of this name allows at this moment, for a page that is open already: nothing counts as a use or as a try.
///
/// # Errors
/// As [`opened`].
pub(super) async fn still(
    request: &HttpRequest,
    shared: &Shared,
    key: &AccessKey,
    now: Moment,
) -> Result<Found, Refused> {
    let found = shared.access.live(&key.id(), now).await?;
    match hands(request, shared, &found, now).await? {
        Hands::Good => Ok(found),
        Hands::Want(_) | Hands::Others => Err(missing(&found)),
    }
}

/// Whether the key is good in these hands.
///
/// # Errors
/// [`Kind::Refused`]; what the stores say.
async fn allowed(
    request: &impl Head,
    shared: &Shared,
    found: &Found,
    now: Moment,
) -> Result<(), Refused> {
    match hands(request, shared, found, now).await? {
        Hands::Good => Ok(()),
        Hands::Want(_) | Hands::Others => Err(missing(found)),
    }
}

/// Whose hands the key is in: where a lost grant takes its keys along, it must not be lost; where it is bound to its visitor,
/// they must be the ones who ask; and what else it asks for must have come along.
///
/// # Errors
/// [`Kind::Refused`]; what the stores say.
async fn hands(
    request: &impl Head,
    shared: &Shared,
    found: &Found,
    now: Moment,
) -> Result<Hands, Refused> {
    let (entry, access) = (&shared.entry, &shared.access);
    if entry.lost(found, access) {
        Box::pin(access.revoke_lost(found.id, now)).await?;
        let why = format_args!("{}: its visitor lost the grant: revoked", found.id);
        return Err(Refused::new(Kind::Refused, why).because(LOST));
    }
    if access.bound(found) {
        let holder = session::read(request, shared, now).await?;
        let known = who::known(request, shared, &holder, now).await;
        if !known
            .map_err(|refused| refused.because(OTHER))?
            .is(&found.by)
        {
            let why = format_args!("{}: bound to another visitor", found.id);
            return Err(Refused::new(Kind::Refused, why).because(OTHER));
        }
    }
    let carried = Carried { request, shared };
    Ok(entry.hands(found, &carried, &access.secrets, now.time))
}

fn missing(found: &Found) -> Refused {
    let why = format_args!("{}: its passphrase or its claim is missing", found.id);
    Refused::new(Kind::Refused, why).because("not in hand")
}

/// The bearer token of the request.
///
/// # Errors
/// [`Kind::Malformed`] for several `Authorization` headers.
pub(super) fn bearer(request: &impl Head) -> Result<Option<&str>, Refused> {
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
