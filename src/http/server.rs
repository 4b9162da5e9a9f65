//! The server: its routes, its limits and its upkeep.

use std::io;
use std::mem::take;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use actix_web::http::Method;
use actix_web::{App, HttpServer, web};
use jiff::Timestamp;

use super::denied_image::DeniedImage;
use super::ending::Ending;
use super::fastcgi::Authorizers;
use super::methods::{Methods, any};
use super::shared::{Shared, moment};
use super::sockets::{Bound, Sockets};
use super::stored::Stored;
use super::tls::Tls;
use super::{
    answer, assets, enter, events, file, files_api, gate, guard, health, host_api, key_api,
    keys_api, login, manage, metrics, near, openapi, page, raw, redirect, session, sockets, unlock,
};
use crate::access::{Access, Entry};
use crate::settings::{Gate, Networks};
use crate::store::Member;

/// Longest wait for a request's headers.
const HEADERS_WITHIN: Duration = Duration::from_secs(5);
/// Longest wait for the next request of a connection.
const IDLE: Duration = Duration::from_secs(75);
/// How long a node has the turn for what is done each minute, and by one node alone.
const TURN: Duration = Duration::from_secs(55);
/// Longest wait for requests under way when the server ends, in seconds.
const ENDING_SECS: u64 = 10;

/// What the server is to do.
pub struct Config {
    /// Issuing and redeeming.
    pub access: Access,
    /// Hosts and sessions.
    pub entry: Entry,
    /// The path below which everything is served.
    pub base_path: String,
    /// The address that visitors type, with its base path, where it is known.
    pub public_url: Option<String>,
    /// Its origin.
    pub origin: Option<String>,
    /// Whose forwarding headers are believed.
    pub trusted_proxies: Networks,
    /// Who may see the numbers and details of health.
    pub metrics_networks: Networks,
    /// New keys a minute for a visitor; `None` sets no limit.
    pub new_keys_per_minute: Option<std::num::NonZeroU32>,
    /// How the gate answers.
    pub gate: Gate,
    /// The picture in place of one that is refused.
    pub denied_image: Option<DeniedImage>,
    /// TLS without a proxy.
    pub tls: Option<Tls>,
    /// How long it serves on once it is told to end, and says that it ends.
    pub drain: Option<Duration>,
    /// This node among those that share a store; none: files keep everything.
    pub store: Option<Arc<Member>>,
}

/// A server that is ready to run.
pub struct Server {
    bound: Bound,
    shared: Arc<Shared>,
    drain: Option<Duration>,
}

impl Server {
    /// The server of `config` at `bound`.
    #[must_use]
    pub fn new(bound: Bound, config: Config) -> Self {
        let port = bound.addresses().first().map_or(0, SocketAddr::port);
        let drain = config.drain;
        let shared = Shared::new(config, port);
        Self {
            bound,
            shared: Arc::new(shared),
            drain,
        }
    }

    /// Serves until it is told to end. `each_second` is called about once a second.
    ///
    /// # Errors
    /// When a socket fails.
    pub fn run(self, each_second: impl Fn(&Access, &Entry) + Send + 'static) -> io::Result<()> {
        actix_web::rt::System::new().block_on(async move {
            let Self {
                bound,
                shared,
                drain,
            } = self;
            let Bound {
                mut http,
                mut fastcgi,
            } = bound;
            let inherited = http.inherited || fastcgi.inherited;
            let doors = take(&mut http.doors).and(take(&mut fastcgi.doors));
            let authorizers = Authorizers::start(fastcgi, &shared)?;
            shared.access.audit.keep_writing(Timestamp::now)?;
            actix_web::rt::spawn(upkeep(Arc::clone(&shared), each_second));
            let server = serving(http, &shared)?;
            let ending = Ending {
                shared: Arc::clone(&shared),
                server: server.handle(),
                authorizers: authorizers.takes(),
                doors,
                inherited,
                drain,
            };
            let ending = actix_web::rt::spawn(ending.when_told());
            let outcome = server.await;
            authorizers.end(Duration::from_secs(ENDING_SECS)).await;
            ending.abort();
            if let Err(error) = shared.access.last_uses.flush().await {
                tracing::warn!("last uses were not written: {error}");
            }
            shared.access.audit.finish();
            outcome
        })
    }
}

/// The server at these sockets, which is at work once it is waited for.
fn serving(sockets: Sockets, shared: &Arc<Shared>) -> io::Result<actix_web::dev::Server> {
    let app = Arc::clone(shared);
    let mut server = HttpServer::new(move || {
        let shared = Arc::clone(&app);
        // Each worker has its own: a request takes it along for the price of a count that no other worker touches.
        let own = Rc::new(web::Data::from(Arc::clone(&app)));
        let routed = App::new().configure(move |config| routes(config, &shared));
        guard::guarded(routed, own)
    })
    .on_connect(sockets::mark)
    .client_request_timeout(HEADERS_WITHIN)
    .keep_alive(IDLE)
    .shutdown_timeout(ENDING_SECS)
    .disable_signals();
    for listener in sockets.tcp {
        server = match &shared.tls {
            Some(tls) => {
                let config = tls.config().map_err(io::Error::other)?;
                server.listen_rustls_0_23(listener, config)?
            }
            None => server.listen(listener)?,
        };
    }
    for listener in sockets.unix {
        server = server.listen_uds(listener)?;
    }
    Ok(server.run())
}

fn routes(config: &mut web::ServiceConfig, shared: &Arc<Shared>) {
    let base = shared.base_path.trim_end_matches('/');
    let at = |path: &str| format!("{base}{path}");
    config
        .app_data(web::Data::from(Arc::clone(shared)))
        .service(
            Methods::at(at("/api/file"))
                .shown_by(file::get)
                .on(Method::PUT, file::put),
        )
        .service(Methods::at(at("/api/file/events")).on(Method::GET, events::get))
        .service(Methods::at(at("/api/files")).on(Method::GET, files_api::get))
        .service(Methods::at(at("/api/file/near")).on(Method::GET, near::get))
        .configure(|config| gate::plain_routes(config, shared))
        // A pattern for the name would be compared with each request that comes to it, at the price of a look among a
        // million keys.
        .service(web::scope(&at("/raw")).default_service(any(raw::below)))
        .service(redirecting(at("/redirect")))
        .service(redirecting(at("/php/redirect.php")))
        .service(Methods::at(at("/")).shown_by(page::get))
        .service(
            Methods::at(at("/enter"))
                .on(Method::GET, enter::get)
                .on(Method::POST, gate::enter::post)
                .resource()
                .wrap(session::middleware(shared)),
        )
        .service(Methods::at(at("/unlock")).on(Method::POST, unlock::post))
        .configure(|config| login::routes(config, shared))
        .configure(|config| manage::routes(config, shared))
        .service(
            Methods::at(at("/api/grants"))
                .on(Method::POST, host_api::grant)
                .on(Method::DELETE, host_api::withdraw_user),
        )
        .service(Methods::at(at("/api/grants/{id}")).on(Method::DELETE, host_api::withdraw))
        .service(
            Methods::at(at("/api/key"))
                .on(Method::GET, key_api::about)
                .on(Method::DELETE, key_api::revoke),
        )
        .service(Methods::at(at("/api/key/derive")).on(Method::POST, key_api::derive))
        .configure(|config| keys_api::routes(config, base))
        .service(Methods::at(at("/assets/{name}")).shown_by(assets::serve))
        // A refusal at /php/redirect.php is the same page, whose way to its style starts there.
        .service(Methods::at(at("/php/assets/{name}")).shown_by(assets::serve))
        .service(Methods::at(at("/healthz")).shown_by(health::live))
        .service(Methods::at(at("/readyz")).shown_by(health::ready))
        .route(&at("/metrics"), any(metrics::get))
        .service(Methods::at(at("/robots.txt")).shown_by(health::robots))
        .configure(|config| openapi::routes(config, base))
        .configure(|config| gate::routes(config, shared))
        .default_service(any(answer::no_route));
}

/// A resource of its own for each address: several in one are told apart by a regular expression.
fn redirecting(path: String) -> Methods {
    Methods::at(path)
        .on(Method::GET, redirect::get)
        .on(Method::POST, redirect::confirm)
}

/// Revokes what was lost, off the async threads: a million keys take a moment.
async fn revoke_lost(shared: &Arc<Shared>) {
    if !shared.access.keys.turn("lost", TURN).await {
        return;
    }
    let shared = Arc::clone(shared);
    let revoked = web::block(move || shared.entry.revoke_lost(&shared.access, moment())).await;
    if let Ok(Err(error)) = revoked {
        tracing::warn!("keys of lost grants: {}", error.cause);
    }
}

/// What is done beside the requests.
async fn upkeep(shared: Arc<Shared>, each_second: impl Fn(&Access, &Entry)) {
    revoke_lost(&shared).await;
    let mut second = tokio::time::interval(Duration::from_secs(1));
    let mut seconds = 0_u64;
    let mut stored = Stored::default();
    loop {
        second.tick().await;
        each_second(&shared.access, &shared.entry);
        shared.access.roots().let_go_at(SystemTime::now());
        let now = Timestamp::now();
        shared.access.keys.look_at_folder(now);
        shared.entry.each_second(now);
        if let Some(tls) = &shared.tls {
            tls.look();
        }
        if let Some(image) = &shared.denied_image {
            image.look();
        }
        stored.look(&shared).await;
        seconds += 1;
        if seconds.is_multiple_of(60) {
            shared.forget_throttles();
            revoke_lost(&shared).await;
            let over = if shared.access.keys.turn("sweep", TURN).await {
                shared.access.keys.sweep(moment().time).await
            } else {
                Ok(0)
            };
            let written = shared.access.last_uses.flush_due(moment().time).await;
            let swept = shared.entry.sessions.sweep(moment().time).await;
            let failed = [written.err(), swept.err(), over.err()];
            for error in failed.into_iter().flatten() {
                tracing::warn!("upkeep: {error}");
            }
        }
    }
}
