//! The server: sockets, routes and what handlers share.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use jiff::Timestamp;

use super::{answer, assets, enter, file, guard, health, host_api, page, redirect, session};
use crate::access::{Access, Entry, Moment};
use crate::error::{Kind, Refused};
use crate::settings::{Listen, Networks};

/// Longest wait for a request's headers.
const HEADERS_WITHIN: Duration = Duration::from_secs(5);
/// Longest wait for the next request of a connection.
const IDLE: Duration = Duration::from_secs(75);
/// Longest wait for requests under way when the server ends, in seconds.
const ENDING_SECS: u64 = 10;
/// Wrong keys a minute that a network may try before it is told to wait.
const WRONG_KEYS: u32 = 600;

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
    /// Who may see details of health.
    pub metrics_networks: Networks,
    /// New keys a minute for a visitor; `None` sets no limit.
    pub new_keys_per_minute: Option<std::num::NonZeroU32>,
}

/// What all handlers share.
pub(super) struct Shared {
    pub(super) access: Access,
    pub(super) entry: Entry,
    pub(super) base_path: String,
    pub(super) public_url: Option<String>,
    pub(super) origin: Option<String>,
    pub(super) https: bool,
    pub(super) cookie: String,
    pub(super) port: u16,
    pub(super) trusted_proxies: Networks,
    pub(super) metrics_networks: Networks,
    new_keys: Option<DefaultKeyedRateLimiter<String>>,
    wrong_keys: DefaultKeyedRateLimiter<String>,
}

impl Shared {
    /// Whether a visitor may get one more new key.
    pub(super) fn new_key(&self, by: &str) -> Result<(), Refused> {
        match &self.new_keys {
            Some(limit) if limit.check_key(&by.to_owned()).is_err() => Err(Refused::new(
                Kind::TooMany(60),
                format_args!("{by}: more new keys than limits.new_keys_per_minute"),
            )),
            _ => Ok(()),
        }
    }

    /// A refusal for a wrong key: after too many of one network, that network waits. Right keys never come here.
    pub(super) fn wrong_key(&self, refused: Refused, network: String) -> Refused {
        if refused.kind == Kind::Refused && self.wrong_keys.check_key(&network).is_err() {
            return Refused::new(
                Kind::TooMany(10),
                format_args!("{network}: too many wrong keys"),
            );
        }
        refused
    }

    fn forget_throttles(&self) {
        self.wrong_keys.retain_recent();
        if let Some(limit) = &self.new_keys {
            limit.retain_recent();
        }
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

/// Sockets that are bound and not served yet.
pub struct Bound {
    tcp: Vec<TcpListener>,
    unix: Vec<(PathBuf, UnixListener)>,
}

/// Why a place cannot be listened at, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum NotBound {
    /// Another program has it.
    #[error(
        "{0} is in use by another program; end it, or choose another address with --listen, such as --listen {1}"
    )]
    InUse(String, String),
    /// We may not.
    #[error("{0}: {1}")]
    Other(String, io::Error),
}

/// Binds all places.
///
/// # Errors
/// [`NotBound`], for the first that fails.
pub fn bind(places: &[Listen]) -> Result<Bound, NotBound> {
    let mut bound = Bound {
        tcp: Vec::new(),
        unix: Vec::new(),
    };
    for place in places {
        let name = place.to_string();
        match place {
            Listen::Tcp(address) => {
                let listener =
                    TcpListener::bind(address).map_err(|error| not_bound(name, error))?;
                bound.tcp.push(listener);
            }
            Listen::Unix(path) => {
                // A socket file that nobody listens at is left over from a server that was killed.
                if std::os::unix::net::UnixStream::connect(path).is_err() {
                    let _ = std::fs::remove_file(path);
                }
                let listener = UnixListener::bind(path).map_err(|error| not_bound(name, error))?;
                bound.unix.push((path.clone(), listener));
            }
        }
    }
    Ok(bound)
}

fn not_bound(name: String, error: io::Error) -> NotBound {
    if error.kind() == io::ErrorKind::AddrInUse {
        let other = name
            .rsplit_once(':')
            .map_or("127.0.0.1:0".to_owned(), |(host, _)| format!("{host}:0"));
        NotBound::InUse(name, other)
    } else {
        NotBound::Other(name, error)
    }
}

impl Bound {
    /// The TCP addresses, with the ports that were chosen.
    #[must_use]
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.tcp
            .iter()
            .filter_map(|listener| listener.local_addr().ok())
            .collect()
    }
}

/// A server that is ready to run.
pub struct Server {
    bound: Bound,
    shared: Arc<Shared>,
}

impl Server {
    /// The server of `config` at `bound`.
    #[must_use]
    pub fn new(bound: Bound, config: Config) -> Self {
        let port = bound.addresses().first().map_or(0, SocketAddr::port);
        let https = config
            .origin
            .as_deref()
            .is_some_and(|origin| origin.starts_with("https:"));
        let per_minute = |count| RateLimiter::keyed(Quota::per_minute(count));
        let wrong = std::num::NonZeroU32::new(WRONG_KEYS).map(per_minute);
        let shared = Shared {
            https,
            // The port is in the name: cookies are of a host, whatever its ports.
            cookie: if https {
                "__Host-editkey".to_owned()
            } else {
                format!("editkey-{port}")
            },
            port,
            access: config.access,
            entry: config.entry,
            base_path: config.base_path,
            public_url: config.public_url,
            origin: config.origin,
            trusted_proxies: config.trusted_proxies,
            metrics_networks: config.metrics_networks,
            new_keys: config.new_keys_per_minute.map(per_minute),
            wrong_keys: wrong.unwrap_or_else(|| per_minute(std::num::NonZeroU32::MIN)),
        };
        Self {
            bound,
            shared: Arc::new(shared),
        }
    }

    /// Serves until it is told to end. `each_second` is called with the access about once a second.
    ///
    /// # Errors
    /// When a socket fails.
    pub fn run(self, each_second: impl Fn(&Access) + Send + 'static) -> io::Result<()> {
        actix_web::rt::System::new().block_on(async move {
            let Self { bound, shared } = self;
            actix_web::rt::spawn(upkeep(Arc::clone(&shared), each_second));
            let app = Arc::clone(&shared);
            let mut server = HttpServer::new(move || {
                let shared = Arc::clone(&app);
                App::new()
                    .wrap(from_fn(guard::guard))
                    .configure(move |config| routes(config, &shared))
            })
            .client_request_timeout(HEADERS_WITHIN)
            .keep_alive(IDLE)
            .shutdown_timeout(ENDING_SECS);
            for listener in bound.tcp {
                server = server.listen(listener)?;
            }
            let mut sockets = Vec::new();
            for (path, listener) in bound.unix {
                server = server.listen_uds(listener)?;
                sockets.push(path);
            }
            let served = server.run().await;
            for path in sockets {
                let _ = std::fs::remove_file(path);
            }
            if let Err(error) = shared.access.last_uses.flush().await {
                tracing::warn!("last uses were not written: {error}");
            }
            served
        })
    }
}

fn routes(config: &mut web::ServiceConfig, shared: &Arc<Shared>) {
    let base = shared.base_path.trim_end_matches('/');
    let at = |path: &str| format!("{base}{path}");
    let sessions = || session::middleware(shared);
    config
        .app_data(web::Data::from(Arc::clone(shared)))
        .service(
            web::resource(at("/api/file"))
                .route(web::get().to(file::get))
                .route(web::head().to(file::get))
                .route(web::put().to(file::put)),
        )
        .service(redirecting(at("/redirect")).wrap(sessions()))
        .service(redirecting(at("/php/redirect.php")).wrap(sessions()))
        .service(
            web::resource(at("/"))
                .wrap(sessions())
                .route(web::get().to(page::get))
                .route(web::head().to(page::get)),
        )
        .service(
            web::resource(at("/enter"))
                .wrap(sessions())
                .route(web::get().to(enter::get)),
        )
        .service(
            web::resource(at("/api/grants"))
                .route(web::post().to(host_api::grant))
                .route(web::delete().to(host_api::withdraw_user)),
        )
        .route(
            &at("/api/grants/{id}"),
            web::delete().to(host_api::withdraw),
        )
        .service(
            web::resource(at("/api/key"))
                .wrap(sessions())
                .route(web::get().to(page::about)),
        )
        .route(&at("/assets/{name}"), web::get().to(assets::serve))
        .route(&at("/healthz"), web::get().to(health::live))
        .route(&at("/readyz"), web::get().to(health::ready))
        .route(&at("/robots.txt"), web::get().to(health::robots))
        .default_service(web::to(answer::no_route));
}

/// A resource of its own for each address: several in one are told apart by a regular expression.
fn redirecting(path: String) -> actix_web::Resource {
    web::resource(path)
        .route(web::get().to(redirect::get))
        .route(web::post().to(redirect::confirm))
}

/// What is done beside the requests.
async fn upkeep(shared: Arc<Shared>, each_second: impl Fn(&Access)) {
    let mut second = tokio::time::interval(Duration::from_secs(1));
    let mut seconds = 0_u64;
    loop {
        second.tick().await;
        each_second(&shared.access);
        seconds += 1;
        if seconds.is_multiple_of(60) {
            shared.forget_throttles();
            let written = shared.access.last_uses.flush().await;
            let swept = shared.entry.sessions.sweep(moment().time).await;
            for error in [written.err(), swept.err()].into_iter().flatten() {
                tracing::warn!("upkeep: {error}");
            }
        }
    }
}
