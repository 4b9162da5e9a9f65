//! `/redirect`: a grant becomes a bookmark.
//!
//! Only a person's own navigation mints. A navigation that another site caused shows one button before a new key is made.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, LOCATION, REFERRER_POLICY};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use subtle::ConstantTimeEq as _;

use super::answer::{ForPerson, html};
use super::assets::asset;
use super::directory::all_files_in;
use super::facts::{self, Head};
use super::in_hand::{chooser, new_passphrase, remember_unlocked};
use super::query::Query;
use super::shared::{Shared, moment};
use super::words::Words;
use super::{login, session, who};
use crate::access::{Asked, Fresh, Holder, Issued, Known, Moment, NO_GRANT};
use crate::error::{Kind, Refused};
use crate::mint::{AccessKey, Life};
use crate::names::{Basename, Dirname, Label, Scope, escaped_again};

/// Most bytes of the button's form.
const FORM_BYTES: u64 = 16 * 1024;

/// GET: the bookmark, or the button.
pub(super) async fn get(
    request: HttpRequest,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, ForPerson> {
    given(&request, &shared).await
}

/// The same to a request that met no router.
pub(super) async fn given(request: &impl Head, shared: &Shared) -> Result<HttpResponse, ForPerson> {
    match issued(request, shared).await {
        Ok(issued) => Ok(issued),
        Err(refused) => login::or_sign_in(request, shared, base(request, shared), refused).await,
    }
}

async fn issued(request: &impl Head, shared: &Shared) -> Result<HttpResponse, Refused> {
    if !facts::navigation(request) {
        return Err(Refused::new(Kind::Refused, "only a navigation mints"));
    }
    let now = moment();
    let query = Query::of(request)?;
    let asked = asked(&query, now)?;
    let holder = session::read(request, shared, now).await?;
    let known = who::known(request, shared, &holder, now).await;
    let nobody = |refused: &Refused| {
        if refused.kind == Kind::Refused {
            shared.refused(request, None, NO_GRANT);
        }
    };
    let known = known.inspect_err(nobody)?;
    let fresh = if facts::cross_site(request) {
        Fresh::No
    } else {
        Fresh::Allowed(&shared.new_keys)
    };
    match shared.access.issue(&known, asked, fresh, now).await? {
        Issued::Key(key) => Ok(bookmark(request, shared, StatusCode::FOUND, &key)),
        Issued::WouldBeNew => {
            let token = form_token(shared, &holder, &known);
            button(request, shared, &query, token, Wanted::Button)
        }
        Issued::WantsPassphrase => {
            let token = form_token(shared, &holder, &known);
            button(request, shared, &query, token, Wanted::Passphrase(""))
        }
    }
}

/// POST: the button was pressed.
pub(super) async fn confirm(
    request: HttpRequest,
    shared: web::Data<Shared>,
    payload: web::Payload,
) -> Result<HttpResponse, ForPerson> {
    let body = super::body::whole(payload, None, FORM_BYTES).await?;
    let now = moment();
    let form = Query::parse(std::str::from_utf8(&body).unwrap_or("%"))?;
    let holder = session::read(&request, &shared, now).await?;
    let token = form.needed("token", "the form's token is missing")?;
    let known = who::known(&request, &shared, &holder, now).await?;
    let ours = form_token(&shared, &holder, &known);
    if !facts::own_origin(&request, &shared) || !same(token, &ours) {
        return Err(Refused::new(Kind::Refused, "a form that this visitor was not given").into());
    }
    let fresh = || Fresh::Allowed(&shared.new_keys);
    let (access, asked) = (&shared.access, asked(&form, now)?);
    let nothing = || Refused::new(Kind::Refused, "nothing was issued");
    match access.issue(&known, asked.clone(), fresh(), now).await? {
        Issued::Key(key) => return Ok(bookmark(&request, &shared, StatusCode::SEE_OTHER, &key)),
        Issued::WantsPassphrase => {}
        Issued::WouldBeNew => return Err(nothing().into()),
    }
    let typed = form.value("passphrase").unwrap_or_default();
    let by = known.names().first().cloned().unwrap_or_default();
    let who = chooser(&request, &shared, &by);
    let hash = match new_passphrase(&shared, &who, typed).await {
        Ok(hash) => hash,
        Err(Refused {
            kind: Kind::Malformed(rule),
            ..
        }) => {
            let mut page = button(&request, &shared, &form, ours, Wanted::Passphrase(rule))?;
            *page.status_mut() = StatusCode::BAD_REQUEST;
            return Ok(page);
        }
        Err(refused) => return Err(refused.into()),
    };
    let asked = Asked {
        passphrase: Some(hash.clone()),
        ..asked
    };
    match access.issue(&known, asked, fresh(), now).await? {
        Issued::Key(key) => {
            let mut answer = bookmark(&request, &shared, StatusCode::SEE_OTHER, &key);
            remember_unlocked(&mut answer, &request, &shared, (key.id(), &hash), now)?;
            Ok(answer)
        }
        Issued::WouldBeNew | Issued::WantsPassphrase => Err(nothing().into()),
    }
}

fn asked(query: &Query, now: Moment) -> Result<Asked, Refused> {
    let basename = query.needed("basename", "the parameter basename is missing")?;
    let dirname = query.needed("dirname", "the parameter dirname is missing")?;
    if escaped_again(dirname) || escaped_again(basename) {
        let rule = "a path is percent-encoded once, not twice";
        return Err(Refused::new(Kind::Malformed(rule), rule));
    }
    Ok(Asked {
        dirname: Dirname::parse(dirname)?,
        basename: Basename::parse(basename)?,
        scope: scope(query)?,
        rights: query.value("rights").map(str::parse).transpose()?,
        life: query
            .value("expires")
            .map(|text| Life::parse(text, now.time))
            .transpose()?,
        label: query.value("label").map(Label::parse).transpose()?,
        passphrase: None,
    })
}

/// What is asked for: one file, unless it says otherwise.
fn scope(query: &Query) -> Result<Scope, Refused> {
    let scope = query.value("scope").map(str::parse).transpose()?;
    Ok(scope.unwrap_or_default())
}

/// The way from the request's path to the base path.
fn base(request: &impl Head, shared: &Shared) -> &'static str {
    let depth = |path: &str| memchr::memchr_iter(b'/', path.as_bytes()).count();
    if depth(request.path()) > depth(&shared.base_path) {
        "../"
    } else {
        "./"
    }
}

/// On to the bookmark, by a relative address.
fn bookmark(
    request: &impl Head,
    shared: &Shared,
    status: StatusCode,
    key: &AccessKey,
) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((
            LOCATION,
            [base(request, shared), "?accesskey=", key.reveal()].concat(),
        ))
        .finish()
}

/// What the button's form must bring back: only a page of ours for this visitor, in this session if there is one, can
/// know it.
fn form_token(shared: &Shared, holder: &Holder, known: &Known) -> String {
    let parties = known.parties();
    let names: Vec<_> = parties.map(|party| party.visitor.by()).collect();
    let whom = format!("form {} {}", holder.browser, names.join("\n"));
    shared.access.secrets.ticket_name(&whom)
}

/// Compared in constant time: it is the one secret that is not looked up by a hash.
fn same(token: &str, ours: &str) -> bool {
    bool::from(token.as_bytes().ct_eq(ours.as_bytes()))
}

/// A hidden field of a form.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) value: String,
}

#[derive(Template)]
#[template(path = "mint.html")]
struct Button {
    words: Words,
    style: String,
    icon: String,
    /// What will be opened.
    what: String,
    why: String,
    passphrase: bool,
    alert: String,
    action: &'static str,
    fields: Vec<Field>,
}

/// What stands between an ask and a new key.
#[derive(Clone, Copy)]
enum Wanted {
    /// The button alone: another site caused the ask.
    Button,
    /// A passphrase for the key, and what was wrong with the last one.
    Passphrase(&'static str),
}

fn button(
    request: &impl Head,
    shared: &Shared,
    query: &Query,
    token: String,
    wanted: Wanted,
) -> Result<HttpResponse, Refused> {
    let given = ["dirname", "basename", "scope", "rights", "expires", "label"];
    let mut fields: Vec<Field> = given
        .into_iter()
        .filter_map(|name| {
            query.value(name).map(|value| Field {
                name,
                value: value.to_owned(),
            })
        })
        .collect();
    fields.push(Field {
        name: "token",
        value: token,
    });
    let base = base(request, shared);
    let basename = query.value("basename").unwrap_or_default();
    let words = Words::of(request, shared);
    let scope = scope(query)?;
    let what = match scope {
        Scope::File => basename.to_owned(),
        Scope::Directory => all_files_in(&words, basename),
    };
    let mut why = words.with("mint-why", &[("scope", &scope.as_str())]);
    if facts::cross_site(request) {
        why = format!("{} {why}", words.say("mint-other-site"));
    }
    let (passphrase, alert) = match wanted {
        Wanted::Button => (false, ""),
        Wanted::Passphrase(alert) => (true, alert),
    };
    let page = Button {
        style: asset(base, "style.css"),
        icon: asset(base, "favicon.svg"),
        what,
        why,
        passphrase,
        alert: words.known("rule", alert),
        action: if base == "./" {
            "redirect"
        } else {
            "redirect.php"
        },
        fields,
        words,
    };
    let mut answer = html(&page)?;
    // A form on plain http is known as our own by its Origin, which no page sends that forbids any referrer.
    let policy = HeaderValue::from_static("strict-origin");
    answer.headers_mut().insert(REFERRER_POLICY, policy);
    Ok(answer)
}
