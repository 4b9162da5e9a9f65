//! What all handlers share: access, hosts, who we are from outside, and the throttles.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use actix_web::cookie::Key;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use jiff::Timestamp;
use url::{Host, Url};

use super::browsing::Browsing;
use super::denied_image::DeniedImage;
use super::events::Streams;
use super::facts::{self, Head};
use super::metrics::Answers;
use super::openapi::Description;
use super::server::Config;
use super::tls::Tls;
use super::tries::Tries;
use super::words::Languages;
use crate::access::{Access, Entry, HandCookies, Moment, NewKeys};
use crate::cache::{Cache, cache};
use crate::error::{Kind, Refused};
use crate::gate::ReturnHosts;
use crate::mint::KeyId;
use crate::settings::{Gate, Networks};
use crate::store::{Act, Event, Found, Member};

/// Most cookies of sessions whose names are kept.
const SESSION_NAMES: usize = 4096;
/// Wrong keys a minute that a network may try before it is told to wait.
const WRONG_KEYS: u32 = 600;

/// What all handlers share.
pub(super) struct Shared {
    pub(super) access: Access,
    pub(super) entry: Entry,
    pub(super) base_path: String,
    pub(super) public_url: Option<String>,
    pub(super) origin: Option<String>,
    /// The host in it.
    pub(super) public_host: Option<Host>,
    pub(super) https: bool,
    /// Whether browsers may be told to come by https alone: the operator named an https address at the usual port, and
    /// somebody vouches for the certificate.
    pub(super) hsts: bool,
    /// How we ourselves are spoken to, as an address begins.
    pub(super) scheme: &'static str,
    pub(super) tls: Option<Tls>,
    pub(super) tries: Tries,
    pub(super) browsing: Browsing,
    pub(super) streams: Streams,
    /// Whether the server was told to end.
    ending: AtomicBool,
    pub(super) cookie: String,
    pub(super) session_key: Key,
    pub(super) port: u16,
    pub(super) trusted_proxies: Networks,
    pub(super) metrics_networks: Networks,
    /// When it was made.
    pub(super) started: Timestamp,
    pub(super) answers: Answers,
    /// What our pages speak.
    pub(super) languages: Languages,
    /// What can be asked of us.
    pub(super) description: Description,
    /// Under which name the session of a cookie is stored, of cookies that we signed: worked out once.
    pub(super) session_names: Cache<String, Arc<str>>,
    pub(super) gate: Gate,
    pub(super) denied_image: Option<DeniedImage>,
    /// Where a browser may be sent on to.
    pub(super) return_hosts: ReturnHosts,
    /// Where somebody could sign in, as the gate tells it.
    pub(super) sign_in: Option<String>,
    /// This node among those that share a store; none: files keep everything.
    pub(super) store: Option<Arc<Member>>,
    pub(super) new_keys: NewKeys,
    wrong_keys: DefaultKeyedRateLimiter<String>,
}

impl Shared {
    /// What a server of `config` on `port` shares.
    pub(super) fn new(config: Config, port: u16) -> Self {
        let origin = config.origin.as_deref();
        let own = config.tls.is_some();
        let https = own || origin.is_some_and(|origin| origin.starts_with("https:"));
        let public = origin.and_then(|origin| Url::parse(origin).ok());
        let vouched = config.tls.as_ref().is_some_and(|tls| !tls.is_self_signed());
        let usual = public.as_ref().is_some_and(|url| url.port().is_none());
        let per_minute = |count| RateLimiter::keyed(Quota::per_minute(count));
        // The port is in the name: cookies are of a host, whatever its ports. It is the one that visitors type, where that is
        // known: several nodes behind one address share their sessions.
        let typed = public.as_ref().and_then(Url::port_or_known_default);
        let cookie = if https {
            "__Host-editkey".to_owned()
        } else {
            format!("editkey-{}", typed.unwrap_or(port))
        };
        let link = config.entry.sessions.link().cloned();
        let wrong = std::num::NonZeroU32::new(WRONG_KEYS).map(per_minute);
        Self {
            https,
            hsts: vouched && usual,
            public_host: public.as_ref().and_then(|url| Some(url.host()?.to_owned())),
            scheme: if own { "https://" } else { "http://" },
            tls: config.tls,
            store: config.store,
            tries: Tries::new(link.as_ref()),
            browsing: Browsing::new(),
            streams: Streams::default(),
            ending: AtomicBool::new(false),
            port,
            session_key: Key::from(config.access.secrets.session()),
            sign_in: config
                .public_url
                .as_ref()
                .filter(|_| config.entry.users().is_some())
                .map(|url| format!("{url}login")),
            return_hosts: ReturnHosts::of(
                public.as_ref().and_then(|url| Some(url.host()?.to_owned())),
                config.gate.cookie_domain.clone(),
                https,
            ),
            gate: config.gate,
            denied_image: config.denied_image,
            access: config.access,
            entry: config.entry.with_hand_cookies(HandCookies::beside(&cookie)),
            cookie,
            description: Description::below(&config.base_path),
            base_path: config.base_path,
            public_url: config.public_url,
            origin: config.origin,
            trusted_proxies: config.trusted_proxies,
            metrics_networks: config.metrics_networks,
            started: Timestamp::now(),
            answers: Answers::default(),
            languages: Languages::embedded(),
            session_names: cache(SESSION_NAMES),
            new_keys: NewKeys::per_minute(config.new_keys_per_minute, link.as_ref()),
            wrong_keys: wrong.unwrap_or_else(|| per_minute(std::num::NonZeroU32::MIN)),
        }
    }

    /// Whether the server was told to end: who only waits for news is let go.
    pub(super) fn ending(&self) -> bool {
        self.ending.load(Ordering::Relaxed)
    }

    /// The server was told to end.
    pub(super) fn end(&self) {
        self.ending.store(true, Ordering::Relaxed);
    }

    /// The address that bookmarks and tickets begin with: as visitors type it where that is known, else on this machine.
    pub(super) fn address(&self) -> String {
        self.public_url.clone().unwrap_or_else(|| {
            let (scheme, port) = (self.scheme, self.port);
            format!("{scheme}127.0.0.1:{port}{}", self.base_path)
        })
    }

    /// A refusal for a wrong key: after too many of one network, that network waits. Right keys never come here.
    pub(super) fn wrong_key(&self, refused: Refused, network: &String) -> Refused {
        if refused.kind == Kind::Refused && self.wrong_keys.check_key(network).is_err() {
            return Refused::new(
                Kind::TooMany(10),
                format_args!("{network}: too many wrong keys"),
            )
            .because("too many");
        }
        refused
    }

    /// Notes in the audit log what this request did: to which key, and as whom where that is known.
    pub(super) fn note(
        &self,
        request: &impl Head,
        act: Act,
        key: Option<KeyId>,
        by: Option<Arc<str>>,
        why: Option<Cow<'static, str>>,
    ) {
        self.access.audit.note(Event {
            time: Timestamp::now(),
            act,
            key,
            by,
            from: facts::client(request, self),
            why,
        });
    }

    /// Notes that the key opened something, by this way.
    pub(super) fn opened(&self, request: &impl Head, found: &Found, way: &'static str) {
        self.note_of(request, Act::Open, found, way);
    }

    /// Notes what was done by a key, by this way. Where the key is good for its visitor alone, it was they.
    pub(super) fn note_of(&self, request: &impl Head, act: Act, found: &Found, way: &'static str) {
        let by = self.access.bound(found).then(|| Arc::clone(&found.by));
        self.note(request, act, Some(found.id), by, Some(Cow::Borrowed(way)));
    }

    /// Notes a refusal; `why` is one of a few words.
    pub(super) fn refused(&self, request: &impl Head, key: Option<KeyId>, why: &'static str) {
        self.note(request, Act::Refuse, key, None, Some(Cow::Borrowed(why)));
    }

    /// Forgets who has not come for a while.
    pub(super) fn forget_throttles(&self) {
        self.wrong_keys.retain_recent();
        self.tries.forget();
        self.browsing.forget();
        self.new_keys.forget();
    }
}

/// This moment, by both clocks.
pub(super) fn moment() -> Moment {
    let now = Timestamp::now();
    Moment {
        time: Timestamp::from_second(now.as_second()).unwrap_or(now),
        instant: Instant::now(),
    }
}
