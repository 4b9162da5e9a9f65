//! The key in a request: `Authorization: Bearer`, or `?accesskey=`.

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use super::query::Query;
use super::shared::Shared;
use super::who::Carried;
use super::{facts, session, who};
use crate::access::{Hands, Moment, Opened, Redeemed, Wants};
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

/// The request's key, and the file that it opens at this moment: one of a directory is an unknown key. Wrong keys count
/// against the network that they come from.
///
/// # Errors
/// As [`of`] and [`crate::access::Access::redeem`]; [`Kind::TooMany`] for a network that goes on trying.
pub(super) async fn redeemed(
    request: &HttpRequest,
    shared: &Shared,
    now: Moment,
) -> Result<(AccessKey, Redeemed), Refused> {
    let tried = async {
        let key = of(request)?;
        let redeemed = shared.access.redeem(&key, now).await?;
        allowed(request, shared, &redeemed.found, now).await?;
        Ok((key, redeemed))
    };
    tried
        .await
        .map_err(|refused| wrong(request, shared, refused))
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
    let tried = async {
        let key = of(request)?;
        let opened = shared.access.open(&key, now).await?;
        allowed(request, shared, opened.found(), now).await?;
        Ok((key, opened))
    };
    tried
        .await
        .map_err(|refused| wrong(request, shared, refused))
}

fn wrong(request: &HttpRequest, shared: &Shared, refused: Refused) -> Refused {
    shared.wrong_key(refused, &facts::network(facts::client(request, shared)))
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
    let tried = async {
        let key = AccessKey::parse(text).map_err(|error| Refused::new(Kind::Refused, error))?;
        let opened = shared.access.open(&key, now).await?;
        allowed(request, shared, opened.found(), now).await?;
        Ok(opened)
    };
    tried
        .await
        .map_err(|refused| wrong(request, shared, refused))
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
    let tried = async {
        let key = match text {
            Some(text) => {
                AccessKey::parse(text).map_err(|error| Refused::new(Kind::Refused, error))?
            }
            None => of(request)?,
        };
        let opened = shared.access.open(&key, now).await?;
        let found = opened.found();
        match hands(request, shared, found, now).await? {
            Hands::Good => {
                shared.access.used(found, now);
                Ok(Tried::Good(key, opened))
            }
            Hands::Want(wants) => Ok(Tried::Wants(key, opened, wants)),
            Hands::Others => Err(missing(found)),
        }
    };
    tried
        .await
        .map_err(|refused| wrong(request, shared, refused))
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

/// Whether the key is good in these hands, and that it was used.
///
/// # Errors
/// [`Kind::Refused`]; what the stores say.
async fn allowed(
    request: &HttpRequest,
    shared: &Shared,
    found: &Found,
    now: Moment,
) -> Result<(), Refused> {
    match hands(request, shared, found, now).await? {
        Hands::Good => {
            shared.access.used(found, now);
            Ok(())
        }
        Hands::Want(_) | Hands::Others => Err(missing(found)),
    }
}

/// Whose hands the key is in: where a lost grant takes its keys along, it must not be lost; where it is bound to its visitor,
/// they must be the ones who ask; and what else it asks for must have come along.
///
/// # Errors
/// [`Kind::Refused`]; what the stores say.
async fn hands(
    request: &HttpRequest,
    shared: &Shared,
    found: &Found,
    now: Moment,
) -> Result<Hands, Refused> {
    let (entry, access) = (&shared.entry, &shared.access);
    if entry.lost(found, &access.roots()) {
        access.keys.revoke(vec![found.id]).await?;
        let why = format_args!("{}: its visitor lost the grant: revoked", found.id);
        return Err(Refused::new(Kind::Refused, why));
    }
    if access.bound(found) {
        let holder = session::read(request, shared, now).await?;
        let known = who::known(request, shared, &holder, now).await?;
        if !known.is(&found.by) {
            let why = format_args!("{}: bound to another visitor", found.id);
            return Err(Refused::new(Kind::Refused, why));
        }
    }
    let carried = Carried { request, shared };
    Ok(entry.hands(found, &carried, &access.secrets, now.time))
}

fn missing(found: &Found) -> Refused {
    let why = format_args!("{}: its passphrase or its claim is missing", found.id);
    Refused::new(Kind::Refused, why)
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
