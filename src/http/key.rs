//! The key in a request: `Authorization: Bearer`, or `?accesskey=`.

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use super::query::Query;
use crate::error::{Kind, Refused};
use crate::mint::AccessKey;

/// The key that the request carries, by header or by query.
///
/// # Errors
/// [`Kind::Malformed`] when both say different things, or one says something twice; [`Kind::Refused`] for no key, or a
/// text that is none: it looks like an unknown key.
pub(super) fn of(request: &HttpRequest) -> Result<AccessKey, Refused> {
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
