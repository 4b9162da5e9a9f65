//! What the forms of signing in and out bring back, and the two cookies beside the session's.
//!
//! A token is bound to a cookie that only this browser has, or to its session: no other site can know it. None of these
//! cookies says who somebody is.

use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;

use super::shared::Shared;
use crate::access::Holder;
use crate::error::{Kind, Refused};
use crate::mint::random;

/// Days that a browser is known as one that signed in.
const DEVICE_DAYS: i64 = 365;
/// Characters of the form's cookie.
const FORM_CHARS: usize = 24;

/// What a sign-in form is given.
pub(super) struct Given {
    /// What it must bring back.
    pub(super) token: String,
    /// The cookie that goes with it, where the browser has none yet.
    pub(super) cookie: Option<Cookie<'static>>,
}

/// A token for the sign-in form.
pub(super) fn given(request: &HttpRequest, shared: &Shared) -> Result<Given, Refused> {
    let known = request.cookie(&form_cookie(shared));
    let known = known.filter(|cookie| cookie.value().len() == FORM_CHARS);
    if let Some(known) = known {
        return Ok(Given {
            token: form_token(shared, known.value()),
            cookie: None,
        });
    }
    let value = URL_SAFE_NO_PAD.encode(random::<18>()?);
    Ok(Given {
        token: form_token(shared, &value),
        cookie: Some(cookie(shared, form_cookie(shared), value)),
    })
}

/// Whether the sign-in form brought back what this browser was given.
pub(super) fn is_login_token(request: &HttpRequest, shared: &Shared, token: &str) -> bool {
    let known = request.cookie(&form_cookie(shared));
    known.is_some_and(|known| same(token, &form_token(shared, known.value())))
}

/// What the form of signing out must bring back.
pub(super) fn logout_token(shared: &Shared, holder: &Holder) -> String {
    let secrets = &shared.access.secrets;
    secrets.ticket_name(&format!("logout {}", holder.browser))
}

/// Whether it did.
pub(super) fn is_logout_token(shared: &Shared, holder: &Holder, token: &str) -> bool {
    same(token, &logout_token(shared, holder))
}

/// Compared in constant time: these are secrets that are not looked up by a hash.
fn same(one: &str, other: &str) -> bool {
    bool::from(one.as_bytes().ct_eq(other.as_bytes()))
}

fn form_cookie(shared: &Shared) -> String {
    format!("{}-form", shared.cookie)
}

fn form_token(shared: &Shared, value: &str) -> String {
    let secrets = &shared.access.secrets;
    secrets.ticket_name(&format!("login {value}"))
}

fn device_cookie(shared: &Shared) -> String {
    format!("{}-device", shared.cookie)
}

/// The random name of a browser that signed in as `name` before; our own signature says so.
pub(super) fn device(request: &HttpRequest, shared: &Shared, name: &str) -> Option<String> {
    let cookie = request.cookie(&device_cookie(shared))?;
    let (device, signature) = cookie.value().split_once('.')?;
    let ours = device_signature(shared, name, device);
    same(signature, &ours).then(|| device.to_owned())
}

fn device_signature(shared: &Shared, name: &str, device: &str) -> String {
    let secrets = &shared.access.secrets;
    secrets.ticket_name(&format!("device {device} {name}"))
}

/// Gives the browser what says that it signed in as `name`.
pub(super) fn remember_device(
    answer: &mut HttpResponse,
    shared: &Shared,
    name: &str,
) -> Result<(), Refused> {
    let device = URL_SAFE_NO_PAD.encode(random::<12>()?);
    let signature = device_signature(shared, name, &device);
    let value = format!("{device}.{signature}");
    let mut cookie = cookie(shared, device_cookie(shared), value);
    cookie.set_max_age(Duration::days(DEVICE_DAYS));
    set(answer, &cookie)
}

fn cookie(shared: &Shared, name: String, value: String) -> Cookie<'static> {
    let path = if shared.https { "/" } else { &shared.base_path };
    Cookie::build(name, value)
        .http_only(true)
        .secure(shared.https)
        .same_site(SameSite::Lax)
        .path(path.to_owned())
        .finish()
}

/// Adds a cookie to an answer.
pub(super) fn set(answer: &mut HttpResponse, cookie: &Cookie<'_>) -> Result<(), Refused> {
    let added = answer.add_cookie(cookie);
    added.map_err(|error| Refused::new(Kind::Unavailable, error))
}
