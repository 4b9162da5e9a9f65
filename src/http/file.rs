//! `/api/file`: the bytes behind a key.

use actix_web::http::header::{
    ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETAG, HeaderValue, LAST_MODIFIED,
};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use futures_util::stream;

use super::answer::ForProgram;
use super::conditions::{Wanted, precondition, unchanged, wanted};
use super::shared::{Shared, moment};
use super::validators::Validators;
use super::{body, key};
use crate::access::Redeemed;
use crate::error::{Kind, Refused};
use crate::files::{Large, Read};
use crate::names::Rights;

/// Whatever an author wrote stays harmless on our origin.
const SANDBOX: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";
/// Largest file that is read without leaving the thread: to hop costs more than to read.
const AT_ONCE: u64 = 64 * 1024;
/// Read at a time of a file above the limit.
const PIECE: u64 = 256 * 1024;

/// GET and HEAD.
pub(super) async fn get(
    request: HttpRequest,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, ForProgram> {
    let now = moment();
    let (_, redeemed) = key::redeemed(&request, &shared, now).await?;
    let path = redeemed.path;
    let path =
        path.ok_or_else(|| Refused::new(Kind::Gone, "a good edit key whose file is not there"))?;
    let read = if path.identity().size <= AT_ONCE {
        shared.access.read(&path, now)
    } else {
        let reading = shared.clone();
        let read = web::block(move || reading.access.read(&path, now)).await;
        read.map_err(|error| Refused::new(Kind::Unavailable, error))?
    };
    Ok(answer(&request, &shared, read?))
}

fn answer(request: &HttpRequest, shared: &Shared, read: Read) -> HttpResponse {
    let (revision, modified, kind, size) = match &read {
        Read::Whole(content) => {
            let kind = if content.utf8 {
                HeaderValue::from_static("text/plain; charset=utf-8")
            } else {
                HeaderValue::from_static("application/octet-stream")
            };
            (
                content.revision,
                content.modified,
                kind,
                content.bytes.len() as u64,
            )
        }
        Read::Large(large) => (
            large.revision,
            large.modified,
            HeaderValue::from_static("application/octet-stream"),
            large.size,
        ),
    };
    let validators = shared.validators.of(&revision, modified);
    let mut response = if unchanged(request, &revision, modified) {
        let mut response = HttpResponse::NotModified();
        common(&mut response, validators);
        return response.finish();
    } else {
        HttpResponse::Ok()
    };
    common(&mut response, validators);
    response
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((ACCEPT_RANGES, HeaderValue::from_static("bytes")));
    let range = wanted(request, &revision, modified, size);
    let (from, length) = match range {
        Wanted::All => (0, size),
        Wanted::Part(from, to) => {
            response.status(StatusCode::PARTIAL_CONTENT);
            response.insert_header((CONTENT_RANGE, format!("bytes {from}-{to}/{size}")));
            (from, to - from + 1)
        }
        Wanted::Unsatisfiable => {
            response.status(StatusCode::RANGE_NOT_SATISFIABLE);
            response.insert_header((CONTENT_RANGE, format!("bytes */{size}")));
            return response.finish();
        }
    };
    match read {
        Read::Whole(content) => response.body(part(&content.bytes, from, length)),
        Read::Large(_) if request.method() == Method::HEAD => response.no_chunking(length).finish(),
        Read::Large(large) => response
            .no_chunking(length)
            .streaming(pieces(large, from, length)),
    }
}

fn common(response: &mut HttpResponseBuilder, validators: Validators) {
    response
        .insert_header((ETAG, validators.tag))
        .insert_header((LAST_MODIFIED, validators.modified))
        .insert_header((CONTENT_SECURITY_POLICY, HeaderValue::from_static(SANDBOX)));
}

fn part(bytes: &Bytes, from: u64, length: u64) -> Bytes {
    let from = usize::try_from(from).unwrap_or(usize::MAX).min(bytes.len());
    let to = from
        .saturating_add(usize::try_from(length).unwrap_or(usize::MAX))
        .min(bytes.len());
    bytes.slice(from..to)
}

/// A large file in pieces, each read off the async threads.
fn pieces(
    large: Large,
    from: u64,
    length: u64,
) -> impl stream::Stream<Item = Result<Bytes, std::io::Error>> {
    let large = std::sync::Arc::new(large);
    stream::unfold((large, from, length), |(large, at, left)| async move {
        if left == 0 {
            return None;
        }
        let length = usize::try_from(left.min(PIECE)).unwrap_or(0);
        let reading = std::sync::Arc::clone(&large);
        let read = web::block(move || reading.read_range(at, length)).await;
        match read {
            Ok(Ok(bytes)) if bytes.len() == length => {
                let next = (large, at + length as u64, left - length as u64);
                Some((Ok(bytes), next))
            }
            // The length was announced: a file that shrank breaks the answer off.
            _ => Some((
                Err(std::io::ErrorKind::UnexpectedEof.into()),
                (large, at, 0),
            )),
        }
    })
}

/// PUT: 204 with the new revision.
pub(super) async fn put(
    request: HttpRequest,
    shared: web::Data<Shared>,
    payload: web::Payload,
) -> Result<HttpResponse, ForProgram> {
    let (_, Redeemed { found, path }) = key::redeemed(&request, &shared, moment()).await?;
    if found.rights < Rights::Edit {
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
    if declared.is_some_and(|declared| declared > shared.access.body_limit) {
        return Err(Refused::new(Kind::TooLarge, "a body above the limit").into());
    }
    let precondition = precondition(&request, path.as_ref(), &shared)?;
    let bytes = body::whole(payload, declared, shared.access.body_limit).await?;
    // The body may have taken its time: the key must be good at this moment too.
    let (_, Redeemed { found, .. }) = key::redeemed(&request, &shared, moment()).await?;
    let saving = shared.clone();
    let saved = web::block(move || {
        saving
            .access
            .save(&found.place, &precondition, &bytes, moment())
    });
    let revision = saved
        .await
        .map_err(|error| Refused::new(Kind::Unavailable, error))??;
    Ok(HttpResponse::NoContent()
        .insert_header((ETAG, revision.to_string()))
        .finish())
}
