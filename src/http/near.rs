//! `/api/file/near`: a picture beside the file behind a key, for the preview of that file.
//!
//! It must never give anything but a picture, by its name and by its bytes, nor tell why there is none; and never take a
//! key from an address, since what stands in a text may not make anybody ask with one.

use std::sync::OnceLock;

use actix_web::http::header::HeaderValue;
use actix_web::{HttpRequest, HttpResponse, web};
use regex::Regex;

use super::answer::ForProgram;
use super::content::{self, Says};
use super::query::Query;
use super::shared::{Shared, moment};
use super::{facts, key, raw, session, who};
use crate::access::{Known, Moment};
use crate::error::{Kind, Refused};
use crate::files::Read;
use crate::resolve::SafePath;
use crate::store::{Found, picture_kind};

/// Most bytes of a picture.
const PICTURE_BYTES: u64 = 16 << 20;
/// As much tells what kind of picture it is.
const HEAD_BYTES: usize = 4096;
/// The kind of drawings, which are text.
const DRAWING: &str = "image/svg+xml";

/// GET.
pub(super) async fn get(
    request: HttpRequest,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, ForProgram> {
    let now = moment();
    if key::bearer(&request)?.is_none() {
        let rule = "Authorization: Bearer and the key are needed";
        return Err(Refused::new(Kind::Malformed(rule), rule).into());
    }
    let query = Query::of(&request)?;
    query.only(&["path"], "path, and nothing else, is asked for")?;
    let path = query.needed("path", "path is missing")?;
    let (_, opened) = key::opened(&request, &shared, now).await?;
    let found = opened.found();
    let known = known(&request, &shared, now).await?;
    let picture = picture(&shared, found, known.as_ref(), path, now).await;
    let (read, kind) = picture.map_err(|refused| wrong(&request, &shared, found, refused))?;
    let by = known.and_then(|known| known.names().into_iter().next());
    shared.note(
        &request,
        crate::store::Act::Open,
        Some(found.id),
        by,
        Some("near".into()),
    );
    let says = |_| Says {
        kind: HeaderValue::from_static(kind),
        policy: const { HeaderValue::from_static(raw::POLICY) },
        disposition: None,
    };
    Ok(content::answer(&request, read, says))
}

/// Who asks; nobody is not refused here.
async fn known(
    request: &HttpRequest,
    shared: &Shared,
    now: Moment,
) -> Result<Option<Known>, Refused> {
    let holder = session::read(request, shared, now).await?;
    match who::known(request, shared, &holder, now).await {
        Ok(known) => Ok(Some(known)),
        Err(refused) if refused.kind == Kind::Refused => Ok(None),
        Err(refused) => Err(refused),
    }
}

async fn picture(
    shared: &web::Data<Shared>,
    found: &Found,
    known: Option<&Known>,
    path: &str,
    now: Moment,
) -> Result<(Read, &'static str), Refused> {
    let no = |cause: &'static str| Refused::new(Kind::Refused, cause).because("near");
    let path: SafePath = shared.access.near(found, known, path, now)?;
    let kind = picture_kind(path.basename().as_str().as_ref());
    let kind = kind.ok_or_else(|| no("no picture by its name"))?;
    if path.identity().size > PICTURE_BYTES {
        return Err(no("a picture above the limit"));
    }
    let read = content::read(shared, path, now).await?;
    let head = head(&read);
    if is(kind, &head) {
        Ok((read, kind))
    } else {
        Err(no("no picture by its bytes"))
    }
}

/// The beginning of what was read.
fn head(read: &Read) -> Vec<u8> {
    match read {
        Read::Whole(content) => content.bytes.iter().take(HEAD_BYTES).copied().collect(),
        Read::Large(large) => {
            let length = usize::try_from(large.size).unwrap_or(HEAD_BYTES);
            let head = large.read_range(0, length.min(HEAD_BYTES));
            head.map(|bytes| bytes.to_vec()).unwrap_or_default()
        }
    }
}

/// Whether bytes that begin with `head` are a picture of this kind.
fn is(kind: &str, head: &[u8]) -> bool {
    if kind == DRAWING {
        let text = String::from_utf8_lossy(head);
        return drawing().is_some_and(|drawing| drawing.is_match(&text));
    }
    infer::get(head).is_some_and(|known| known.mime_type() == kind)
}

/// A text whose first element is a drawing, after what may stand before an element.
fn drawing() -> Option<&'static Regex> {
    static DRAWING: OnceLock<Option<Regex>> = OnceLock::new();
    const BEGINS: &str = r"(?is)^\x{feff}?\s*(?:(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>)\s*)*<svg[\s/>]";
    DRAWING.get_or_init(|| Regex::new(BEGINS).ok()).as_ref()
}

/// A picture that is not shown: counted and noted as a wrong key, since it is a guess at what is there.
fn wrong(request: &HttpRequest, shared: &Shared, found: &Found, refused: Refused) -> Refused {
    if refused.kind != Kind::Refused {
        return refused;
    }
    let refused = shared.wrong_key(refused, &facts::network(facts::client(request, shared)));
    let key = (refused.kind == Kind::Refused).then_some(found.id);
    shared.refused(request, key, refused.why);
    refused
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_one_by_its_first_bytes() {
        let webp = b"RIFF\x10\0\0\0WEBPVP8 ";
        let avif = b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf";
        for (kind, head) in [
            ("image/png", &b"\x89PNG\r\n\x1a\n"[..]),
            ("image/jpeg", b"\xff\xd8\xff\xe0"),
            ("image/gif", b"GIF89a"),
            ("image/webp", webp),
            ("image/avif", avif),
            (DRAWING, b"\xef\xbb\xbf <?xml version='1.0'?>\n<svg/>"),
        ] {
            assert!(is(kind, head), "{kind}");
            for other in [
                "image/png",
                "image/jpeg",
                "image/gif",
                "image/webp",
                "image/avif",
                DRAWING,
            ] {
                assert_eq!(is(other, head), other == kind, "{kind} as {other}");
            }
        }
        for head in [
            &b""[..],
            b"svg",
            b"<html>",
            b"# text with <svg> in it",
            b"<html><svg>",
            b"<!-- <svg> --><p>",
            b"<svgx>",
            b"\0\0",
        ] {
            assert!(!is(DRAWING, head) && !is("image/png", head), "{head:?}");
        }
    }
}
