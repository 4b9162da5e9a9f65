//! The editor's own files, embedded in the binary, compressed beforehand.
//!
//! Their names carry a hash of their content, so that they may be kept for ever. Nothing of a visitor's is among them.

use std::collections::HashMap;
use std::sync::OnceLock;

use actix_web::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, VARY,
};
use actix_web::{HttpRequest, HttpResponse, web};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "web/dist"]
struct Dist;

/// Logical name to file name, as the build wrote it.
fn manifest() -> &'static HashMap<String, String> {
    static MANIFEST: OnceLock<HashMap<String, String>> = OnceLock::new();
    MANIFEST.get_or_init(|| json("manifest.json").unwrap_or_default())
}

fn json<T: serde::de::DeserializeOwned>(name: &str) -> Option<T> {
    serde_json::from_slice(&Dist::get(name)?.data).ok()
}

/// The address of an asset, from a page whose way to the base path is `base`.
pub(super) fn asset(base: &str, name: &str) -> String {
    let file = manifest().get(name).map_or(name, String::as_str);
    format!("{base}assets/{file}")
}

/// What the editor's script imports at once, so that the browser fetches it along with the script.
pub(super) fn preload(base: &str) -> Vec<String> {
    static PRELOAD: OnceLock<Vec<String>> = OnceLock::new();
    let files = PRELOAD.get_or_init(|| json("preload.json").unwrap_or_default());
    files
        .iter()
        .map(|file| format!("{base}assets/{file}"))
        .collect()
}

/// Forms of an asset, best first.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

pub(super) async fn serve(request: HttpRequest, name: web::Path<String>) -> HttpResponse {
    let name = name.into_inner();
    let kind = match name.rsplit_once('.').map(|(_, end)| end) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("txt") => "text/plain; charset=utf-8",
        _ => return super::answer::nothing(),
    };
    let Some((file, encoding)) = best(&name, request.headers()) else {
        return super::answer::nothing();
    };
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((VARY, "Accept-Encoding"));
    if let Some(encoding) = encoding {
        response.insert_header((CONTENT_ENCODING, encoding));
    }
    match file.data {
        std::borrow::Cow::Borrowed(bytes) => response.body(bytes),
        std::borrow::Cow::Owned(bytes) => response.body(bytes),
    }
}

fn best(name: &str, headers: &HeaderMap) -> Option<(EmbeddedFile, Option<&'static str>)> {
    let plain = Dist::get(name)?;
    let accepted = headers
        .get(ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let accepts = |encoding: &str| {
        accepted.split(',').any(|one| {
            let (name, quality) = one.split_once(';').unwrap_or((one, ""));
            name.trim() == encoding
                && !quality
                    .trim()
                    .trim_start_matches("q=")
                    .trim_matches(['0', '.'])
                    .is_empty()
                || one.trim() == encoding
        })
    };
    for (encoding, ending) in ENCODINGS {
        if accepts(encoding)
            && let Some(file) = Dist::get(&format!("{name}{ending}"))
        {
            return Some((file, Some(encoding)));
        }
    }
    Some((plain, None))
}
