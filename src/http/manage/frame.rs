//! What all these pages have around them, and the headers that all of them go with.

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderValue};
use askama::Template;

use super::super::answer::html;
use super::super::assets::asset;
use super::super::login::sendable;
use super::super::shared::Shared;
use super::Asker;
use crate::error::Refused;

/// Our own script and style, and nothing else; no text becomes markup.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/// Around the page.
pub(in crate::http) struct Frame {
    /// The way to the base path.
    pub(in crate::http) base: &'static str,
    pub(in crate::http) style: String,
    pub(in crate::http) icon: String,
    pub(in crate::http) script: String,
    /// Which entry of the menu this is.
    pub(in crate::http) here: &'static str,
    pub(in crate::http) admin: bool,
    pub(in crate::http) signed_in: String,
    pub(in crate::http) may_sign_in: bool,
    /// What was done just now.
    pub(in crate::http) said: String,
    /// Why something was not done.
    pub(in crate::http) alert: String,
}

/// Which page it is: its entry in the menu, and the way from it to the base path.
#[derive(Clone, Copy)]
pub(in crate::http) struct Here(
    pub(in crate::http) &'static str,
    pub(in crate::http) &'static str,
);

impl Frame {
    /// Around a page for `asker`.
    pub(in crate::http) fn of(asker: &Asker, shared: &Shared, Here(here, base): Here) -> Self {
        Self {
            base,
            style: asset(base, "style.css"),
            icon: asset(base, "favicon.svg"),
            script: asset(base, "manage.js"),
            here,
            admin: asker.admin,
            signed_in: asker.signed_in.clone(),
            may_sign_in: shared.entry.users().is_some(),
            said: String::new(),
            alert: String::new(),
        }
    }

    /// The same, saying what was done.
    pub(in crate::http) fn saying(self, said: String) -> Self {
        Self { said, ..self }
    }

    /// The same, saying why something was not done.
    pub(in crate::http) fn alerting(self, mut alert: String) -> Self {
        if let Some(first) = alert.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        if !alert.is_empty() && !alert.ends_with('.') {
            alert.push('.');
        }
        Self { alert, ..self }
    }
}

/// 200 with a page of these.
///
/// # Errors
/// [`Kind::Unavailable`](crate::error::Kind::Unavailable) when it cannot be written out.
pub(in crate::http) fn page(page: &impl Template) -> Result<HttpResponse, Refused> {
    let mut answer = sendable(html(page)?);
    let policy = HeaderValue::from_static(POLICY);
    answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    Ok(answer)
}
