//! `/`: the editor behind a key, or a visitor's own start page.

use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::answer::{ForPerson, html};
use super::assets::{asset, preload};
use super::key::Tried;
use super::shared::{Shared, moment};
use super::unlock::{self, Locked, Onward};
use super::who::Carried;
use super::{directory, in_hand, key, login, session, who};
use crate::access::{Known, Moment, Opened};
use crate::error::{Kind, Refused};
use crate::mint::random;
use crate::names::Scope;
use crate::store::Found;

/// Most keys on the start page.
const OWN_KEYS: usize = 50;

#[derive(Template)]
#[template(path = "editor.html")]
struct Editor<'a> {
    basename: &'a str,
    title: &'a str,
    nonce: &'a str,
    rights: &'static str,
    base: &'static str,
    script: String,
    style: String,
    icon: String,
    key_id: String,
    /// The same for every key of the file; it says nothing of where that is.
    file_id: String,
    body_limit: u64,
    preload: Vec<String>,
}

struct Own {
    name: String,
    /// The ask that the key answered: it leads to the same key again, which so needs not stand in the page.
    ask: String,
    label: String,
    rights: &'static str,
    created: String,
    key_id: String,
}

#[derive(Template)]
#[template(path = "start.html")]
struct Start<'a> {
    style: String,
    icon: String,
    base: &'static str,
    /// The local user, or nobody.
    signed_in: &'a str,
    may_sign_in: bool,
    files: Vec<Own>,
}

/// GET `/`.
pub(super) async fn get(
    request: HttpRequest,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, ForPerson> {
    if request.query_string().is_empty() {
        return match start(&request, &shared).await {
            Ok(start) => Ok(start),
            Err(refused) => login::or_sign_in(&request, &shared, "./", refused).await,
        };
    }
    let now = moment();
    let (key, opened) = match key::tried(&request, &shared, None, now).await? {
        Tried::Good(key, opened) => (key, opened),
        Tried::Wants(key, _, wants) => {
            let onward = Onward::Bookmark;
            let key = &key;
            let locked = Locked { key, wants, onward };
            return Ok(unlock::page(&request, &shared, &locked)?);
        }
    };
    let mut answer = match &opened {
        Opened::File(redeemed) => editor(&request, &shared, &redeemed.found, now).await?,
        Opened::Directory(found) => directory::page(&request, &shared, &key, found)?,
    };
    if opened.found().claims().next().is_some()
        && let Some(browser) = shared.entry.browser(&Carried {
            request: &request,
            shared: &shared,
        })
    {
        // A browser that comes back keeps what it claimed.
        in_hand::remember_browser(&mut answer, &shared, &browser)?;
    }
    Ok(answer)
}

async fn editor(
    request: &HttpRequest,
    shared: &Shared,
    found: &Found,
    now: Moment,
) -> Result<HttpResponse, Refused> {
    let project = who::project(request, shared, now).await;
    let nonce = URL_SAFE_NO_PAD.encode(random::<18>()?);
    let basename = found.place.basename.as_str();
    let title = match &project {
        Some(project) => format!("{basename} – {}", project.as_str()),
        None => basename.to_owned(),
    };
    let page = Editor {
        basename,
        title: &title,
        nonce: &nonce,
        rights: found.rights.as_str(),
        base: "./",
        script: asset("./", "editor.js"),
        style: asset("./", "style.css"),
        icon: asset("./", "favicon.svg"),
        key_id: found.id.to_string(),
        file_id: file_id(shared, found),
        body_limit: shared.access.body_limit,
        preload: preload("./"),
    };
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    );
    let policy =
        HeaderValue::try_from(policy).map_err(|error| Refused::new(Kind::Unavailable, error))?;
    let mut answer = html(&page)?;
    answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    Ok(answer)
}

fn file_id(shared: &Shared, found: &Found) -> String {
    let place = found.place.to_string();
    shared.access.secrets.ticket_name(&format!("file {place}"))
}

async fn start(request: &HttpRequest, shared: &Shared) -> Result<HttpResponse, Refused> {
    let now = moment();
    let holder = session::read(request, shared, now).await?;
    let signed_in = shared.entry.signed_in(&holder)?;
    let signed_in = signed_in.as_ref().and_then(|(visitor, _)| visitor.name());
    let known = match who::known(request, shared, &holder, now).await {
        // Whoever is signed in and may do nothing learns so, and can sign out.
        Err(refused) if refused.kind == Kind::Refused && signed_in.is_some() => Known::default(),
        known => known?,
    };
    let own = shared.access.own_keys(&known, OWN_KEYS, now).await?;
    let page = Start {
        style: asset("./", "style.css"),
        icon: asset("./", "favicon.svg"),
        base: "./",
        signed_in: signed_in.unwrap_or_default(),
        may_sign_in: shared.entry.users().is_some(),
        files: own
            .into_iter()
            .map(|(found, label)| row(&found, label.as_ref().map_or("", |label| label.as_str())))
            .collect(),
    };
    html(&page)
}

fn row(found: &Found, label: &str) -> Own {
    Own {
        name: match found.scope {
            Scope::File => found.place.basename.to_string(),
            Scope::Directory => directory::all_files_in(found.place.basename.as_str()),
        },
        ask: ask(found),
        label: label.to_owned(),
        rights: found.rights.as_str(),
        created: found
            .created
            .map(|time| crate::store::day(time).to_string())
            .unwrap_or_default(),
        key_id: found.id.to_string().chars().take(8).collect(),
    }
}

fn ask(found: &Found) -> String {
    let start = "./redirect?".to_owned();
    let behind = start.len();
    let mut query = form_urlencoded::Serializer::for_suffix(start, behind);
    query
        .append_pair("dirname", found.place.dirname.as_str())
        .append_pair("basename", found.place.basename.as_str())
        .append_pair("rights", found.rights.as_str());
    if found.scope != Scope::File {
        query.append_pair("scope", found.scope.as_str());
    }
    if let Some(end) = found.expires {
        query.append_pair("expires", &end.to_string());
    }
    query.finish()
}
