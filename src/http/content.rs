//! A file's bytes on their way to a client: all of them, one range, or the word that it has them already.
//!
//! What a file is called and what it is shown as is its caller's to say; nothing is sent without a policy that keeps
//! whatever an author wrote from running on our origin.

use std::sync::Arc;

use actix_web::body::SizedStream;
use actix_web::http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    HeaderValue, LAST_MODIFIED,
};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Bytes;
use actix_web::{HttpResponse, HttpResponseBuilder, web};
use futures_util::stream;

use super::answer::plain_problem;
use super::conditions::{Wanted, unchanged, wanted};
use super::facts::Head;
use super::shared::Shared;
use super::validators::Validators;
use crate::access::Moment;
use crate::error::{Kind, Refused};
use crate::files::{Large, Read};
use crate::resolve::SafePath;

/// Largest file that is read without leaving the thread: to hop costs more than to read.
const AT_ONCE: u64 = 64 * 1024;
/// Read at a time of a file above the limit.
const PIECE: u64 = 256 * 1024;

/// Most bytes that are given to a connection at a time: it keeps a copy of as many.
const STEP: u64 = 64 * 1024;

/// What is said of the bytes.
pub(super) struct Says {
    pub(super) kind: HeaderValue,
    pub(super) policy: HeaderValue,
    pub(super) disposition: Option<HeaderValue>,
}

/// What stands at `path`; off the async threads where that takes a while.
///
/// # Errors
/// As [`crate::access::Access::read`].
pub(super) async fn read(
    shared: &web::Data<Shared>,
    path: SafePath,
    now: Moment,
) -> Result<Read, Refused> {
    if path.identity().size <= AT_ONCE {
        return shared.access.read(&path, now);
    }
    if let Some(content) = shared.access.remembered(&path) {
        return Ok(Read::Whole(content));
    }
    let reading = shared.clone();
    let read = web::block(move || reading.access.read(&path, now)).await;
    read.map_err(|error| Refused::new(Kind::Unavailable, error))?
}

/// Whether the file at `path`, which somebody else is to send, is UTF-8.
///
/// # Errors
/// As [`read`].
pub(super) async fn utf8(
    shared: &web::Data<Shared>,
    path: SafePath,
    now: Moment,
) -> Result<bool, Refused> {
    Ok(match read(shared, path, now).await? {
        Read::Whole(content) => content.utf8,
        Read::Large(_) => false,
    })
}

/// What `request` gets of `read`; `says` is told whether the bytes are known to be UTF-8.
pub(super) fn answer(
    request: &impl Head,
    read: Read,
    says: impl FnOnce(bool) -> Says,
) -> HttpResponse {
    let (revision, modified, utf8, size) = match &read {
        Read::Whole(content) => (
            content.revision,
            content.modified,
            content.utf8,
            content.bytes.len() as u64,
        ),
        Read::Large(large) => (large.revision, large.modified, false, large.size),
    };
    let says = says(utf8);
    let spell = || Validators::of(&revision, modified);
    let validators = match &read {
        Read::Whole(content) => content.made.by(spell),
        Read::Large(_) => Arc::new(spell()),
    };
    if unchanged(request, &revision, modified) {
        let mut response = HttpResponse::NotModified();
        common(&mut response, &validators, says.policy);
        return response.finish();
    }
    let part_wanted = wanted(request, &revision, modified, size);
    if matches!(part_wanted, Wanted::Unsatisfiable) {
        return unsatisfiable(&validators, size);
    }
    let mut response = HttpResponse::Ok();
    common(&mut response, &validators, says.policy);
    response
        .insert_header((CONTENT_TYPE, says.kind))
        .insert_header((ACCEPT_RANGES, const { HeaderValue::from_static("bytes") }));
    if let Some(disposition) = says.disposition {
        response.insert_header((CONTENT_DISPOSITION, disposition));
    }
    let (from, length) = match part_wanted {
        Wanted::Part(from, to) => {
            response.status(StatusCode::PARTIAL_CONTENT);
            response.insert_header((CONTENT_RANGE, format!("bytes {from}-{to}/{size}")));
            (from, to - from + 1)
        }
        Wanted::All | Wanted::Unsatisfiable => (0, size),
    };
    match read {
        Read::Whole(content) => {
            let bytes = part(&content.bytes, from, length);
            if length <= STEP {
                return response.body(bytes);
            }
            response.body(SizedStream::new(length, stream::iter(steps(bytes))))
        }
        // A length alone, so that nothing is read for it.
        Read::Large(_) if request.head().method == Method::HEAD => {
            let nothing = stream::empty::<Result<Bytes, std::io::Error>>();
            response.body(SizedStream::new(length, nothing))
        }
        Read::Large(large) => response.body(SizedStream::new(
            length,
            Box::pin(pieces(large, from, length)),
        )),
    }
}

/// No part of a file of that size.
fn unsatisfiable(validators: &Validators, size: u64) -> HttpResponse {
    let detail = "The range begins behind the end of the file.";
    let mut refused = plain_problem(StatusCode::RANGE_NOT_SATISFIABLE, detail);
    let headers = refused.headers_mut();
    headers.insert(ETAG, validators.tag.clone());
    if let Ok(length) = HeaderValue::try_from(format!("bytes */{size}")) {
        headers.insert(CONTENT_RANGE, length);
    }
    refused
}

fn common(response: &mut HttpResponseBuilder, validators: &Validators, policy: HeaderValue) {
    response
        .insert_header((ETAG, validators.tag.clone()))
        .insert_header((LAST_MODIFIED, validators.modified.clone()))
        .insert_header((CONTENT_SECURITY_POLICY, policy));
}

fn part(bytes: &Bytes, from: u64, length: u64) -> Bytes {
    let from = usize::try_from(from).unwrap_or(usize::MAX).min(bytes.len());
    let to = from
        .saturating_add(usize::try_from(length).unwrap_or(usize::MAX))
        .min(bytes.len());
    bytes.slice(from..to)
}

/// The bytes in turn, without copying them.
fn steps(mut bytes: Bytes) -> impl Iterator<Item = Result<Bytes, std::io::Error>> {
    let step = usize::try_from(STEP).unwrap_or(usize::MAX);
    std::iter::from_fn(move || {
        let next = bytes.split_to(step.min(bytes.len()));
        (!next.is_empty()).then_some(Ok(next))
    })
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
