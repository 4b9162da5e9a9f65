//! One connection to one server: the way there, TLS, and who we are.

use std::path::Path;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::io::tcp::{TcpSettings, socket2::TcpKeepalive};
use redis::{
    AsyncConnectionConfig, Client, ClientTlsConfig, ConnectionAddr, IntoConnectionInfo as _,
    ProtocolVersion, RedisConnectionInfo, TlsCertificates,
};
use zeroize::Zeroizing;

use super::address::{RedisPlace, StoreAddress, TlsFiles};
use super::told::Trouble;

/// A silent connection is looked at so often, so that nothing between us and the server forgets it.
const KEEPALIVE: Duration = Duration::from_secs(5);
/// Most requests that wait in a connection for being sent.
pub(super) const QUEUED: usize = 1024;

/// Who we are to the servers, or to the sentinels.
pub(super) struct Reach {
    tls: Option<TlsFiles>,
    login: RedisConnectionInfo,
    limit: Duration,
}

impl Reach {
    /// To the servers; nothing takes longer than `limit`.
    pub(super) fn servers(address: &StoreAddress, limit: Duration) -> Self {
        let mut login = login(address.password.as_ref()).set_db(address.database);
        if let Some(user) = &address.user {
            login = login.set_username(user);
        }
        Self {
            tls: address.tls.clone(),
            login,
            limit,
        }
    }

    /// To the sentinels.
    pub(super) fn sentinels(address: &StoreAddress, limit: Duration) -> Self {
        Self {
            tls: address.tls.clone(),
            login: login(address.sentinel_password.as_ref()),
            limit,
        }
    }

    /// A connection to `place`, which hands what the server tells by itself to `hear`.
    pub(super) async fn connect(
        &self,
        place: &RedisPlace,
        hear: Option<impl Fn(redis::PushInfo) -> Result<(), ()> + Send + Sync + 'static>,
    ) -> Result<MultiplexedConnection, Trouble> {
        let mut config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.limit))
            .set_response_timeout(None)
            .set_pipeline_buffer_size(QUEUED);
        if let Some(hear) = hear {
            config = config.set_push_sender(hear);
        }
        let client = self.client(place)?;
        let made = client
            .get_multiplexed_async_connection_with_config(&config)
            .await;
        made.map_err(Trouble::from)
    }

    fn client(&self, place: &RedisPlace) -> Result<Client, Trouble> {
        let tcp = TcpSettings::default()
            .set_nodelay(true)
            .set_keepalive(
                TcpKeepalive::new()
                    .with_time(KEEPALIVE)
                    .with_interval(KEEPALIVE),
            )
            .set_user_timeout(self.limit * 2);
        let at = match place {
            RedisPlace::Unix(socket) => ConnectionAddr::Unix(socket.clone()),
            RedisPlace::Tcp(host, port) if self.tls.is_none() => {
                ConnectionAddr::Tcp(host.clone(), *port)
            }
            RedisPlace::Tcp(host, port) => ConnectionAddr::TcpTls {
                host: host.clone(),
                port: *port,
                insecure: false,
                tls_params: None,
            },
        };
        let info = at
            .into_connection_info()?
            .set_tcp_settings(tcp)
            .set_redis_settings(self.login.clone());
        let client = match (&self.tls, place) {
            (Some(files), RedisPlace::Tcp(..)) => {
                // The one provider of the whole program; it is no harm where somebody was earlier.
                let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
                Client::build_with_tls(info, certificates(files)?)
            }
            _ => Client::open(info),
        };
        client.map_err(Trouble::from)
    }
}

fn login(password: Option<&Zeroizing<String>>) -> RedisConnectionInfo {
    let login = RedisConnectionInfo::default()
        .set_protocol(ProtocolVersion::RESP3)
        .set_skip_set_lib_name();
    match password {
        Some(password) => login.set_password(password.as_str()),
        None => login,
    }
}

/// The files as they are now: who replaces a certificate need not start us again.
fn certificates(files: &TlsFiles) -> Result<TlsCertificates, Trouble> {
    let read = |path: &Path| {
        std::fs::read(path).map_err(|error| Trouble::look(format!("{}: {error}", path.display())))
    };
    let root_cert = files.authorities.as_deref().map(read).transpose()?;
    let client_tls = match &files.own {
        None => None,
        Some((certificate, key)) => Some(ClientTlsConfig {
            client_cert: read(certificate)?,
            client_key: read(key)?,
        }),
    };
    Ok(TlsCertificates {
        client_tls,
        root_cert,
    })
}
