//! A bookmark, shown because somebody asked for it: the one page of these that holds a key.
//!
//! It is the answer to a form and stands at no address, so that neither a history nor a reload without asking brings it
//! back.

use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::super::facts;
use super::super::shared::Shared;
use super::super::words::Words;
use super::frame::Frame;
use super::{Asker, Here, Side, page};
use crate::error::Refused;
use crate::mint::AccessKey;
use crate::store::Found;

#[derive(Template)]
#[template(path = "bookmark.html")]
struct Bookmark {
    words: Words,
    frame: Frame,
    name: String,
    may: String,
    url: String,
    /// The same, from this page.
    open: String,
    /// The key's own page.
    back: String,
}

/// The page with the bookmark of `key`, at an address one below the base path.
///
/// # Errors
/// When it cannot be written out.
pub(super) fn shown(
    request: &HttpRequest,
    shared: &Shared,
    asker: &Asker,
    key: &AccessKey,
    found: &Found,
) -> Result<HttpResponse, Refused> {
    let base = "../";
    let asks = match (found.passphrase().is_some(), found.claims().next()) {
        (true, Some(_)) => "both",
        (true, None) => "passphrase",
        (false, Some((_, claims))) if claims.left == 1 => "first",
        (false, Some(_)) => "firsts",
        (false, None) => "nothing",
    };
    let words = asker.words.clone();
    let (rights, scope) = (found.rights.as_str(), found.scope.as_str());
    let shown = Bookmark {
        frame: Frame::of(asker, shared, Here("", base)),
        name: found.place.basename.to_string(),
        may: words.with(
            "bookmark-may",
            &[("rights", &rights), ("scope", &scope), ("asks", &asks)],
        ),
        words,
        url: format!(
            "{}?accesskey={}",
            facts::address(request, shared),
            key.reveal()
        ),
        open: format!("{base}?accesskey={}", key.reveal()),
        back: format!("{base}{}{}", Side::of(request).one(), found.id),
    };
    page(&shown)
}
