//! `/enter?accesskey=`: a key becomes the gate's cookie, so that a whole album opens by one bookmark.
//!
//! By one button: a link alone, which a preview or another site may follow, sets nothing. The cookie covers what the key
//! covers and lives as long as the key.

use actix_web::cookie::Cookie;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderValue, LOCATION, REFERRER_POLICY};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use url::Url;

use super::super::answer::{ForPerson, html};
use super::super::assets::asset;
use super::super::key::Tried;
use super::super::query::Query;
use super::super::redirect::Field;
use super::super::shared::{Shared, moment};
use super::super::unlock::{self, Locked, Onward};
use super::super::words::Words;
use super::super::{body, facts, forms, key, onward};
use super::cookie::{self, Carried};
use crate::error::{Kind, Refused};
use crate::mint::AccessKey;
use crate::names::Scope;
use crate::store::Found;

/// Most bytes of the form.
const FORM_BYTES: u64 = 8 * 1024;

#[derive(Template)]
#[template(path = "enter.html")]
struct Page<'a> {
    words: Words,
    style: String,
    icon: String,
    name: &'a str,
    rights: &'static str,
    scope: &'static str,
    host: &'a str,
    fields: Vec<Field>,
}

/// The button between a key and the cookie.
pub(in crate::http) struct Button {
    to: Url,
    fields: Vec<Field>,
    cookie: Option<Cookie<'static>>,
}

impl Button {
    /// The button that leads to `rd`, else to where a mount serves what the key opens.
    ///
    /// # Errors
    /// [`Kind::Malformed`] where that is nowhere.
    pub(in crate::http) fn of(
        request: &HttpRequest,
        shared: &Shared,
        key: &AccessKey,
        found: &Found,
        rd: Option<&str>,
    ) -> Result<Self, Refused> {
        let to = target(shared, found, rd)?;
        let given = forms::given(request, shared)?;
        let field = |name, value: &str| Field {
            name,
            value: value.to_owned(),
        };
        let fields = vec![
            field("accesskey", key.reveal()),
            field("rd", to.as_str()),
            field("token", &given.token),
        ];
        Ok(Self {
            to,
            fields,
            cookie: given.cookie,
        })
    }

    /// The hidden fields of its form.
    pub(in crate::http) fn take_fields(&mut self) -> Vec<Field> {
        std::mem::take(&mut self.fields)
    }

    /// Lets the form on the page of `answer` be sent, and lead to where it leads.
    pub(in crate::http) fn allow(self, answer: &mut HttpResponse) -> Result<(), Refused> {
        let policy = HeaderValue::try_from(onward::policy(&self.to));
        let policy = policy.map_err(|error| Refused::new(Kind::Unavailable, error))?;
        let headers = answer.headers_mut();
        headers.insert(CONTENT_SECURITY_POLICY, policy);
        // A form on plain http is known as our own by its Origin, which no page sends that forbids any referrer.
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        match &self.cookie {
            Some(cookie) => forms::set(answer, cookie),
            None => Ok(()),
        }
    }
}

/// GET with a key: the button.
pub(in crate::http) async fn page(
    request: &HttpRequest,
    shared: &Shared,
) -> Result<HttpResponse, Refused> {
    let query = Query::of(request)?;
    let (key, opened) = match key::tried(request, shared, None, moment()).await? {
        Tried::Good(key, opened) => (key, opened),
        Tried::Wants(key, _, wants) => {
            let onward = Onward::Enter(query.value("rd"));
            let key = &key;
            return unlock::page(request, shared, &Locked { key, wants, onward });
        }
    };
    let found = opened.found();
    let mut button = Button::of(request, shared, &key, found, query.value("rd"))?;
    let fields = button.take_fields();
    let mut answer = html(&Page {
        words: Words::of(request, shared),
        style: asset("./", "style.css"),
        icon: asset("./", "favicon.svg"),
        name: found.place.basename.as_str(),
        rights: found.rights.as_str(),
        scope: found.scope.as_str(),
        host: button.to.host_str().unwrap_or_default(),
        fields,
    })?;
    button.allow(&mut answer)?;
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
    let now = moment();
    let opened = key::opened_text(&request, &shared, text, now).await?;
    let found = opened.found();
    shared.opened(&request, found, "enter");
    let carried = if found.asks() {
        let secrets = &shared.access.secrets;
        Carried::InHand(shared.entry.vouch(found, secrets, now.time)?)
    } else {
        Carried::Key(found.id)
    };
    let to = target(&shared, found, form.value("rd"))?;
    let mut answer = HttpResponse::SeeOther()
        .insert_header((LOCATION, to.as_str()))
        .finish();
    let before = request.cookie(cookie::NAME);
    let before = before.as_ref().map(Cookie::value);
    cookie::add(&mut answer, &shared, before, carried)?;
    Ok(answer)
}

/// Where the button leads.
fn target(shared: &Shared, found: &Found, rd: Option<&str>) -> Result<Url, Refused> {
    if let Some(text) = rd {
        return onward::gate(text, shared);
    }
    let malformed = |rule| Refused::new(Kind::Malformed(rule), rule);
    let nowhere =
        "no mount of the gate serves what this key opens: see gate.mounts in the settings";
    let table = shared.entry.gate();
    let address = table.address(&found.place, found.scope == Scope::Directory);
    let (host, path) = address.ok_or_else(|| malformed(nowhere))?;
    let unknown = "public_url is not set: without it no address behind the gate is known";
    let ours = shared.origin.as_deref().ok_or_else(|| malformed(unknown))?;
    let mut url = Url::parse(ours).map_err(|_| malformed(unknown))?;
    if let Some(host) = host.map(ToString::to_string)
        && url.host_str() != Some(&host)
    {
        let _ = url.set_port(None);
        url.set_host(Some(&host)).map_err(|_| malformed(nowhere))?;
    }
    url.set_path(&path);
    onward::gate(url.as_str(), shared)
}
