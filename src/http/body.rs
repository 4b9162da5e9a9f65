//! Request bodies: never more than the limit, never slower than a floor.

use std::time::{Duration, Instant};

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::web::{Bytes, BytesMut, Payload};
use futures_util::StreamExt as _;

use crate::error::{Kind, Refused};

/// The slowest a body may come, in bytes a second, after a start of [`GRACE`].
const FLOOR: u64 = 1024;
const GRACE: Duration = Duration::from_secs(10);

/// The whole body, which says that it is JSON.
///
/// # Errors
/// [`Kind::Malformed`] where it says nothing of the kind; else as [`whole`].
pub(super) async fn json(
    request: &HttpRequest,
    payload: Payload,
    limit: u64,
) -> Result<Bytes, Refused> {
    let header = |name| request.headers().get(name)?.to_str().ok();
    let kind = header(CONTENT_TYPE).and_then(|kind| kind.split(';').next());
    if kind.map(str::trim) != Some("application/json") {
        let rule = "Content-Type: application/json is needed";
        return Err(Refused::new(Kind::Malformed(rule), rule));
    }
    let declared = header(CONTENT_LENGTH).and_then(|length| length.parse().ok());
    whole(payload, declared, limit).await
}

/// The whole body.
///
/// # Errors
/// [`Kind::TooLarge`] as soon as it is known; [`Kind::TooSlow`]; [`Kind::Malformed`] when it breaks off.
pub(super) async fn whole(
    mut payload: Payload,
    declared: Option<u64>,
    limit: u64,
) -> Result<Bytes, Refused> {
    let too_large = || Refused::new(Kind::TooLarge, "a body above the limit");
    if declared.is_some_and(|declared| declared > limit) {
        return Err(too_large());
    }
    let start = Instant::now();
    let mut body = BytesMut::with_capacity(
        usize::try_from(declared.unwrap_or(0))
            .unwrap_or(0)
            .min(64 * 1024),
    );
    loop {
        let due = GRACE + Duration::from_millis(body.len() as u64 * 1000 / FLOOR);
        let left = due.saturating_sub(start.elapsed());
        match tokio::time::timeout(left, payload.next()).await {
            Err(_) => return Err(Refused::new(Kind::TooSlow, "a body that came too slowly")),
            Ok(None) => return Ok(body.freeze()),
            Ok(Some(Err(error))) => {
                let rule = "the body broke off";
                tracing::debug!("{error}");
                return Err(Refused::new(Kind::Malformed(rule), rule));
            }
            Ok(Some(Ok(piece))) => {
                if (body.len() + piece.len()) as u64 > limit {
                    return Err(too_large());
                }
                body.extend_from_slice(&piece);
            }
        }
    }
}
