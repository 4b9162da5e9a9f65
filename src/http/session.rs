//! Browser sessions: the cookie is a random id, everything else stands on our side.
//!
//! actix-session brings the signed cookie and the life cycle where sessions are made and ended; elsewhere [`read`] looks
//! at one. The state is kept by [`crate::store::Sessions`]. What a session says is read and written here alone, so that
//! no handler spells one of its names.

use std::collections::HashMap;
use std::sync::Arc;

use actix_session::config::{CookieContentSecurity, PersistentSession};
use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError};
use actix_session::{Session, SessionExt as _, SessionMiddleware};
use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, CookieJar, SameSite, time::Duration};
use actix_web::http::header::COOKIE;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};

use super::facts::Head;
use super::shared::Shared;
use crate::access::{Holder, Moment};
use crate::error::{Kind, Refused};
use crate::mint::random;
use crate::names::pieces;
use crate::store;

const HOLDER: &str = "holder";

/// What the browser's session says; nothing where there is none.
pub(super) fn holder(request: &HttpRequest) -> Holder {
    request
        .get_session()
        .get(HOLDER)
        .ok()
        .flatten()
        .unwrap_or_default()
}

/// The same on a route without the middleware, which makes sessions and is not needed to look at one. Where several cookies
/// have its name, the first counts, which is the one of the longest path.
///
/// # Errors
/// What the store says.
pub(super) async fn read(
    request: &impl Head,
    shared: &Shared,
    now: Moment,
) -> Result<Arc<Holder>, Refused> {
    let Some(text) = cookies(request, &shared.cookie).next() else {
        return Ok(Arc::default());
    };
    let holder = of_cookie(text, shared, now).await?;
    Ok(holder.unwrap_or_default())
}

/// The texts of the cookies of this name, as they stand in the request.
pub(super) fn cookies<'a>(request: &'a impl Head, name: &str) -> impl Iterator<Item = &'a str> {
    let headers = request.headers().get_all(COOKIE);
    let texts = headers.filter_map(|value| std::str::from_utf8(value.as_bytes()).ok());
    named(texts, name)
}

/// The same of the texts of all headers that hold cookies.
pub(super) fn named<'a>(
    texts: impl Iterator<Item = &'a str>,
    name: &str,
) -> impl Iterator<Item = &'a str> {
    // Most cookies are another application's, and need not be taken apart.
    let likely = move |one: &&str| one.trim_start().starts_with(name);
    let ours = texts.flat_map(move |text| pieces(text, b';').filter(likely));
    ours.filter_map(move |one| {
        let cookie = Cookie::parse(one).ok()?;
        (cookie.name() == name).then(|| cookie.value_raw())?
    })
}

/// The same by the text of the cookie, as it stands in the request.
///
/// # Errors
/// What the store says.
pub(super) async fn of_cookie(
    text: &str,
    shared: &Shared,
    now: Moment,
) -> Result<Option<Arc<Holder>>, Refused> {
    match stored_name(text, shared) {
        Some(name) => of_name(&name, shared, now).await,
        None => Ok(None),
    }
}

/// What the session that is stored under this name says.
///
/// # Errors
/// What the store says.
pub(super) async fn of_name(
    name: &str,
    shared: &Shared,
    now: Moment,
) -> Result<Option<Arc<Holder>>, Refused> {
    let holder = |session: &store::Session| -> Holder {
        let held = session.state.get(HOLDER);
        let held = held.and_then(|held| serde_json::from_str(held).ok());
        held.unwrap_or_default()
    };
    let sessions = &shared.entry.sessions;
    Ok(sessions.made(name, (now.time, now.instant), holder).await?)
}

/// The name under which the session of this cookie is stored, where we signed the cookie: by its text, as it stands in the
/// request.
pub(super) fn stored_name(text: &str, shared: &Shared) -> Option<Arc<str>> {
    if let Some(name) = shared.session_names.get(text) {
        return Some(name);
    }
    let cookie = Cookie::parse_encoded(format!("{}={text}", shared.cookie)).ok()?;
    let mut jar = CookieJar::new();
    jar.add_original(cookie);
    let signed = jar.signed(&shared.session_key).get(&shared.cookie)?;
    let name: Arc<str> = name_of(shared, signed.value()).into();
    shared
        .session_names
        .insert(text.to_owned(), Arc::clone(&name));
    Some(name)
}

fn name_of(shared: &Shared, id: &str) -> String {
    shared.access.secrets.ticket_name(&format!("session {id}"))
}

/// A fresh session that says this, in place of any other.
pub(super) fn hold(session: &Session, holder: &Holder) -> Result<(), Refused> {
    session.renew();
    session.clear();
    session.insert(HOLDER, holder).map_err(|error| {
        Refused::new(
            Kind::Unavailable,
            format_args!("a session could not be kept: {error}"),
        )
    })
}

/// The middleware for the routes that look at sessions.
pub(super) fn middleware(shared: &Arc<Shared>) -> SessionMiddleware<Kept> {
    let lifetime = i64::try_from(shared.entry.lifetime().as_secs()).unwrap_or(i64::MAX);
    SessionMiddleware::builder(Kept(Arc::clone(shared)), shared.session_key.clone())
        .cookie_name(shared.cookie.clone())
        .cookie_secure(shared.https)
        .cookie_http_only(true)
        .cookie_same_site(SameSite::Lax)
        .cookie_path(path(shared).to_owned())
        .cookie_content_security(CookieContentSecurity::Signed)
        .session_lifecycle(PersistentSession::default().session_ttl(Duration::seconds(lifetime)))
        .build()
}

/// The path of the session's cookie, and of those that a key asks for. The gate is asked about addresses beside ours.
pub(super) fn path(shared: &Shared) -> &str {
    if shared.https || !shared.entry.gate().entries().is_empty() {
        "/"
    } else {
        &shared.base_path
    }
}

/// Sessions in our store.
pub(super) struct Kept(Arc<Shared>);

impl Kept {
    fn name(&self, key: &SessionKey) -> String {
        name_of(&self.0, key.as_ref())
    }

    async fn keep(
        &self,
        key: &SessionKey,
        state: HashMap<String, String>,
        ttl: &Duration,
    ) -> anyhow::Result<()> {
        let now = super::shared::moment().time;
        let session = store::Session {
            state,
            created: now,
            made: crate::cache::Made::default(),
            expires: now
                .checked_add(SignedDuration::from_secs(ttl.whole_seconds()))
                .unwrap_or(Timestamp::MAX),
        };
        Ok(self.0.entry.sessions.keep(self.name(key), session).await?)
    }
}

impl SessionStore for Kept {
    async fn load(&self, key: &SessionKey) -> Result<Option<HashMap<String, String>>, LoadError> {
        let now = super::shared::moment().time;
        let session = self.0.entry.sessions.session(&self.name(key), now).await;
        session
            .map(|found| found.map(|session| session.state))
            .map_err(|error| LoadError::Other(error.into()))
    }

    async fn save(
        &self,
        state: HashMap<String, String>,
        ttl: &Duration,
    ) -> Result<SessionKey, SaveError> {
        let bytes = random::<24>().map_err(|error| SaveError::Other(error.into()))?;
        let key = SessionKey::try_from(URL_SAFE_NO_PAD.encode(bytes))
            .map_err(|error| SaveError::Other(error.into()))?;
        self.keep(&key, state, ttl)
            .await
            .map_err(SaveError::Other)?;
        Ok(key)
    }

    async fn update(
        &self,
        key: SessionKey,
        state: HashMap<String, String>,
        ttl: &Duration,
    ) -> Result<SessionKey, UpdateError> {
        self.keep(&key, state, ttl)
            .await
            .map_err(UpdateError::Other)?;
        Ok(key)
    }

    async fn update_ttl(&self, _key: &SessionKey, _ttl: &Duration) -> anyhow::Result<()> {
        // A session ends when it was said to end; looking at it does not write.
        Ok(())
    }

    async fn delete(&self, key: &SessionKey) -> anyhow::Result<()> {
        Ok(self.0.entry.sessions.end(self.name(key)).await?)
    }
}
