//! `/enter?accesskey=`: a key becomes the gate's cookie, so that a whole album opens by one bookmark.
//!
//! By one button: a link alone, which a preview or another site may follow, sets nothing. The cookie covers what the key
//! covers and lives as long as the key.

use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderValue, LOCATION, REFERRER_POLICY};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use url::Url;

use super::super::answer::{ForPerson, html};
use super::super::assets::asset;
use super::super::query::Query;
use super::super::shared::{Shared, moment};
use super::super::{body, facts, forms, key, onward};
use super::cookie::{self, Carried};
use crate::access::Redeemed;
use crate::error::{Kind, Refused};

/// Most bytes of the form.
const FORM_BYTES: u64 = 8 * 1024;

#[derive(Template)]
#[template(path = "enter.html")]
struct Page<'a> {
    style: String,
    icon: String,
    name: &'a str,
    rights: &'static str,
    host: String,
    key: &'a str,
    rd: &'a str,
    token: String,
}

/// GET with a key: the button.
pub(in crate::http) async fn page(
    request: &HttpRequest,
    shared: &Shared,
) -> Result<HttpResponse, Refused> {
    let now = moment();
    let (key, redeemed) = key::redeemed(request, shared, now).await?;
    let query = Query::of(request)?;
    let rd = target(shared, &redeemed, query.value("rd"))?;
    let given = forms::given(request, shared)?;
    let page = Page {
        style: asset("./", "style.css"),
        icon: asset("./", "favicon.svg"),
        name: redeemed.found.place.basename.as_str(),
        rights: redeemed.found.rights.as_str(),
        host: rd.host_str().unwrap_or_default().to_owned(),
        key: key.reveal(),
        rd: rd.as_str(),
        token: given.token,
    };
    let mut answer = html(&page)?;
    let headers = answer.headers_mut();
    let policy = HeaderValue::try_from(onward::policy(&rd));
    let policy = policy.map_err(|error| Refused::new(Kind::Unavailable, error))?;
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    // A form on plain http is known as our own by its Origin, which no page sends that forbids any referrer.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    if let Some(cookie) = given.cookie {
        forms::set(&mut answer, &cookie)?;
    }
    Ok(answer)
}

/// POST: the button was pressed.
pub(in crate::http) async fn post(
    request: HttpRequest,
    shared: web::Data<Shared>,
    payload: web::Payload,
) -> Result<HttpResponse, ForPerson> {
    let body = body::whole(payload, None, FORM_BYTES).await?;
    let form = Query::parse(std::str::from_utf8(&body).unwrap_or("%"))?;
    let token = form.needed("token", "the form's token is missing")?;
    if !facts::own_origin(&request, &shared) || !forms::is_login_token(&request, &shared, token) {
        return Err(Refused::new(Kind::Refused, "a form that this browser was not given").into());
    }
    let text = form.needed("accesskey", "the key is missing")?;
    let redeemed = key::redeemed_text(&request, &shared, text, moment()).await?;
    let rd = target(&shared, &redeemed, form.value("rd"))?;
    let mut answer = HttpResponse::SeeOther()
        .insert_header((LOCATION, rd.as_str()))
        .finish();
    let before = request.cookie(cookie::NAME);
    let before = before.as_ref().map(actix_web::cookie::Cookie::value);
    let carried = Carried::Key(redeemed.found.id);
    cookie::add(&mut answer, &shared, before, carried)?;
    Ok(answer)
}

/// Where the button leads: to `rd`, else to where a mount serves what the key opens.
fn target(shared: &Shared, redeemed: &Redeemed, rd: Option<&str>) -> Result<Url, Refused> {
    if let Some(text) = rd {
        return onward::gate(text, shared);
    }
    let rule = "no mount of the gate serves what this key opens: see gate.mounts in the settings";
    let nowhere = || Refused::new(Kind::Malformed(rule), rule);
    let table = shared.entry.gate();
    let address = table.address(&redeemed.found.place, false);
    let (host, path) = address.ok_or_else(nowhere)?;
    let ours = shared.origin.as_deref().ok_or_else(|| {
        let rule = "public_url is not set: without it no address behind the gate is known";
        Refused::new(Kind::Malformed(rule), rule)
    })?;
    let mut url = Url::parse(ours).map_err(|_| nowhere())?;
    if let Some(host) = host {
        let host = host.to_string();
        if url.host_str() != Some(&host) {
            let _ = url.set_port(None);
            url.set_host(Some(&host)).map_err(|_| nowhere())?;
        }
    }
    url.set_path(&path);
    onward::gate(url.as_str(), shared)
}
