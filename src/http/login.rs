//! `/login` and `/logout`: local users, by a name and a password.
//!
//! Without a users file there is no such page. A wrong password and an unknown name get one answer, after the same time;
//! a password is in the request's body and in memory, and nowhere else.

use std::sync::Arc;

use actix_session::SessionExt as _;
use actix_web::http::header::{
    CONTENT_SECURITY_POLICY, HeaderValue, LOCATION, REFERRER_POLICY, RETRY_AFTER,
};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use zeroize::Zeroizing;

use super::answer::{ForPerson, html};
use super::assets::asset;
use super::facts::Head;
use super::gate::back;
use super::methods::Methods;
use super::next::Next;
use super::onward::{self, Onward};
use super::query::Query;
use super::shared::{Shared, moment};
use super::words::Words;
use super::{facts, forms, session};
use crate::access::{Holder, LocalUsers, SignedIn};
use crate::error::{Kind, Refused};
use crate::mint::Password;

/// Most bytes of the form.
const FORM_BYTES: u64 = 4 * 1024;

/// The routes, where there are local users.
pub(super) fn routes(config: &mut web::ServiceConfig, shared: &Arc<Shared>) {
    if shared.entry.users().is_none() {
        return;
    }
    let at = |path: &str| format!("{}{path}", shared.base_path.trim_end_matches('/'));
    config
        .service(
            Methods::at(at("/login"))
                .on(Method::GET, get)
                .on(Method::POST, post)
                .resource()
                .wrap(session::middleware(shared)),
        )
        .service(
            Methods::at(at("/logout"))
                .on(Method::POST, logout)
                .resource()
                .wrap(session::middleware(shared)),
        );
}

#[derive(Template)]
#[template(path = "login.html")]
struct Login<'a> {
    words: Words,
    style: String,
    icon: String,
    action: String,
    token: String,
    alert: &'a str,
    name: &'a str,
}

#[derive(Template)]
#[template(path = "signed-in.html")]
struct SignedInPage<'a> {
    words: Words,
    style: String,
    icon: String,
    name: &'a str,
    token: String,
}

/// The refusal, or, where signing in could help, the way to do so.
pub(super) async fn or_sign_in(
    request: &impl Head,
    shared: &Shared,
    base: &str,
    refused: Refused,
) -> Result<HttpResponse, ForPerson> {
    let helps = refused.kind == Kind::Refused
        && shared.entry.users().is_some()
        && facts::navigation(request);
    if !helps || is_signed_in(request, shared).await? {
        return Err(refused.into());
    }
    tracing::debug!("{}", refused.cause);
    let next = Next::of(request, &shared.base_path);
    Ok(HttpResponse::SeeOther()
        .insert_header((LOCATION, Next::login(next.as_ref(), base)))
        .finish())
}

async fn is_signed_in(request: &impl Head, shared: &Shared) -> Result<bool, Refused> {
    let holder = session::read(request, shared, moment()).await?;
    Ok(shared.entry.signed_in(&holder)?.is_some())
}

/// GET: the form, or who is signed in.
async fn get(request: HttpRequest, shared: web::Data<Shared>) -> Result<HttpResponse, ForPerson> {
    let onward = Onward::asked(&request, &shared)?;
    let holder = session::holder(&request);
    if let Some(Onward::Gate(url)) = &onward
        && let Some(answer) = back::to_gate(&request, &shared, &holder, url)?
    {
        return Ok(answer);
    }
    if let Some((visitor, _)) = shared.entry.signed_in(&holder)? {
        let page = SignedInPage {
            words: Words::of(&request, &shared),
            style: asset("./", "style.css"),
            icon: asset("./", "favicon.svg"),
            name: visitor.name().unwrap_or_default(),
            token: forms::logout_token(&shared, &holder),
        };
        return Ok(sendable(html(&page)?));
    }
    Ok(form(&request, &shared, onward.as_ref(), Asked::first())?)
}

/// What the form is shown again for.
#[derive(Clone, Copy)]
struct Asked<'a> {
    status: StatusCode,
    alert: &'a str,
    name: &'a str,
}

impl Asked<'_> {
    fn first() -> Self {
        Self {
            status: StatusCode::OK,
            alert: "",
            name: "",
        }
    }
}

/// The form. Its token is bound to a cookie that only this browser has: nobody can sign somebody else in as themselves.
fn form(
    request: &HttpRequest,
    shared: &Shared,
    onward: Option<&Onward>,
    asked: Asked<'_>,
) -> Result<HttpResponse, Refused> {
    let given = forms::given(request, shared)?;
    let page = Login {
        words: Words::of(request, shared),
        style: asset("./", "style.css"),
        icon: asset("./", "favicon.svg"),
        action: Onward::login(onward),
        token: given.token,
        alert: asked.alert,
        name: asked.name,
    };
    let mut answer = sendable(html(&page)?);
    *answer.status_mut() = asked.status;
    if let Some(Onward::Gate(url)) = onward {
        let policy = HeaderValue::try_from(onward::policy(url));
        let policy = policy.map_err(|error| Refused::new(Kind::Unavailable, error))?;
        answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    if let Some(cookie) = given.cookie {
        forms::set(&mut answer, &cookie)?;
    }
    Ok(answer)
}

/// A form on plain http is known as our own by its `Origin`, which a browser sends from no page that forbids any referrer.
pub(super) fn sendable(mut answer: HttpResponse) -> HttpResponse {
    let policy = HeaderValue::from_static("same-origin");
    answer.headers_mut().insert(REFERRER_POLICY, policy);
    answer
}

/// POST: somebody signs in.
async fn post(
    request: HttpRequest,
    shared: web::Data<Shared>,
    payload: web::Payload,
) -> Result<HttpResponse, ForPerson> {
    let onward = Onward::asked(&request, &shared)?;
    let body = super::body::whole(payload, None, FORM_BYTES).await?;
    let fields = Query::parse(std::str::from_utf8(&body).unwrap_or("%"))?;
    let token = fields.needed("token", "the form's token is missing")?;
    let name = fields.needed("user", "the name is missing")?;
    let password = fields.needed("password", "the password is missing")?;
    if !facts::own_origin(&request, &shared) || !forms::is_login_token(&request, &shared, token) {
        return Err(Refused::new(Kind::Refused, "a form that this browser was not given").into());
    }
    let network = facts::network(facts::client(&request, &shared));
    let signed_in = signed_in(&request, &shared, name, password, &network).await;
    let words = Words::of(&request, &shared);
    let again = |status, alert: &str| {
        let asked = Asked {
            status,
            alert,
            name,
        };
        form(&request, &shared, onward.as_ref(), asked)
    };
    match signed_in {
        Ok(Some(signed_in)) => {
            shared.tries.signed_in(name, &network).await;
            let holder = Holder::of(signed_in)?;
            session::hold(&request.get_session(), &holder)?;
            let location = Onward::signed_in(onward.as_ref());
            let mut answer = HttpResponse::SeeOther()
                .insert_header((LOCATION, location))
                .finish();
            forms::remember_device(&mut answer, &shared, name)?;
            Ok(answer)
        }
        Ok(None) => {
            tracing::info!(%network, "somebody gave a wrong name or password");
            // To an unknown name the same.
            Ok(again(StatusCode::FORBIDDEN, &words.say("login-wrong"))?)
        }
        Err(Refused {
            kind: Kind::TooMany(secs),
            cause,
            ..
        }) => {
            tracing::warn!(%network, "{cause}");
            let alert = words.with("too-many-tries", &[("secs", &u64::from(secs))]);
            let mut answer = again(StatusCode::TOO_MANY_REQUESTS, &alert)?;
            answer.headers_mut().insert(RETRY_AFTER, secs.into());
            Ok(answer)
        }
        Err(refused) => Err(refused.into()),
    }
}

/// Whom these words sign in, hashed off the threads that serve.
async fn signed_in(
    request: &HttpRequest,
    shared: &Shared,
    name: &str,
    password: &str,
    network: &str,
) -> Result<Option<SignedIn>, Refused> {
    let Some(users) = shared.entry.users().map(Arc::clone) else {
        return Ok(None);
    };
    // No name is that long: what is counted and shown again has the length of one.
    if name.chars().count() > crate::store::USER_NAME_CHARS {
        let rule = "a name has at most 64 characters";
        return Err(Refused::new(Kind::Malformed(rule), rule));
    }
    let password = Password::typed(Zeroizing::new(password.to_owned()));
    let Ok(password) = password else {
        let rule = "a password has at most 1024 bytes";
        return Err(Refused::new(Kind::Malformed(rule), rule));
    };
    let device = forms::device(request, shared, name);
    shared.tries.count(name, network, device.as_deref()).await?;
    let turn = shared.tries.turn().await?;
    let name = name.to_owned();
    let hashed = web::block(move || {
        let _turn = turn;
        LocalUsers::sign_in(&users, &name, &password)
    });
    let lost = |error| Refused::new(Kind::Unavailable, error);
    hashed.await.map_err(lost)?
}

/// POST `/logout`: this session ends, or all of this user.
async fn logout(
    request: HttpRequest,
    shared: web::Data<Shared>,
    payload: web::Payload,
) -> Result<HttpResponse, ForPerson> {
    let body = super::body::whole(payload, None, FORM_BYTES).await?;
    let fields = Query::parse(std::str::from_utf8(&body).unwrap_or("%"))?;
    let token = fields.needed("token", "the form's token is missing")?;
    let holder = session::holder(&request);
    let same = forms::is_logout_token(&shared, &holder, token);
    if !facts::own_origin(&request, &shared) || !same {
        return Err(Refused::new(Kind::Refused, "a form that this session was not given").into());
    }
    let users = shared.entry.users().map(Arc::clone);
    if let (Some(_), Some((users, signed_in))) =
        (fields.value("everywhere"), users.zip(holder.user.clone()))
    {
        let ended = web::block(move || users.end_sessions(&signed_in));
        let lost = |error| Refused::new(Kind::Unavailable, error);
        ended.await.map_err(lost)??;
    }
    request.get_session().purge();
    Ok(HttpResponse::SeeOther()
        .insert_header((LOCATION, "./login"))
        .finish())
}
