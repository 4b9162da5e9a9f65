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
use super::words::Words;
use super::{directory, folder, in_hand, key, login, start, who};
use crate::access::{Moment, Opened};
use crate::error::{Kind, Refused};
use crate::mint::random;
use crate::names::Place;
use crate::store::Found;

#[derive(Template)]
#[template(path = "editor.html")]
struct Editor<'a> {
    words: Words,
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
    /// What `.editorconfig` says of the file, as JSON.
    style_of_file: String,
}

/// One of the visitor's keys.
/// GET `/`.
pub(super) async fn get(
    request: HttpRequest,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, ForPerson> {
    if request.query_string().is_empty() || folder::is_asked(&request) {
        return match start::page(&request, &shared).await {
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
    shared.opened(&request, opened.found(), "page");
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
    shared: &web::Data<Shared>,
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
        words: Words::of(request, shared),
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
        style_of_file: style_of(shared, &found.place, now).await?,
    };
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types editkey"
    );
    let policy =
        HeaderValue::try_from(policy).map_err(|error| Refused::new(Kind::Unavailable, error))?;
    let mut answer = html(&page)?;
    answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    Ok(answer)
}

/// Empty where nothing is said.
async fn style_of(
    shared: &web::Data<Shared>,
    place: &Place,
    now: Moment,
) -> Result<String, Refused> {
    let speak = shared.access.editor_configs(place, now);
    if speak.is_empty() {
        return Ok(String::new());
    }
    let reading = shared.clone();
    let said = web::block(move || reading.access.editor_config(&speak, now)).await;
    let said = said.map_err(|error| Refused::new(Kind::Unavailable, error))?;
    serde_json::to_string(&said).map_err(|error| Refused::new(Kind::Unavailable, error))
}

fn file_id(shared: &Shared, found: &Found) -> String {
    let place = found.place.to_string();
    shared.access.secrets.ticket_name(&format!("file {place}"))
}
