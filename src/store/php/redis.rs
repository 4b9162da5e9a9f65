//! Sessions in Redis, as phpredis writes them: a string under `PHPREDIS_SESSION:ID`, whose end is Redis' own matter.
//!
//! One connection for all requests, made at the first and again when it breaks. The password is nowhere repeated.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, Cmd, ConnectionAddr, IntoConnectionInfo as _, RedisConnectionInfo};
use redis::{RedisError, RedisResult};
use zeroize::Zeroizing;

use super::{PhpSessionId, SESSION_BYTES};
use crate::store::StoreError;

/// Longest wait for an answer, a new connection included.
const WITHIN: Duration = Duration::from_secs(1);

/// A Redis server, and where in it sessions stand.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisAddress {
    /// Where it listens: a host and a port, or a socket.
    pub server: Result<(String, u16), PathBuf>,
    /// The number of the database.
    pub database: i64,
    /// Who we are to it.
    pub user: Option<String>,
    /// What we say to be let in.
    pub password: Option<Zeroizing<String>>,
    /// What stands before a session's id.
    pub prefix: String,
}

impl fmt::Debug for RedisAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("RedisAddress")
            .field("server", &self.server)
            .field("database", &self.database)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

/// Sessions in one server.
pub(super) struct PhpRedis {
    address: RedisAddress,
    /// Made by the first request, since it needs a runtime; all requests share what it connects.
    connection: Mutex<Option<ConnectionManager>>,
}

impl PhpRedis {
    pub(super) fn at(address: RedisAddress) -> Self {
        Self {
            address,
            connection: Mutex::new(None),
        }
    }

    /// As [`super::PhpStore::session`].
    pub(super) async fn session(
        &self,
        id: &PhpSessionId<'_>,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let mut ask = redis::cmd("GETRANGE");
        ask.arg(format!("{}{}", self.address.prefix, id.reveal()))
            .arg(0)
            .arg(SESSION_BYTES);
        let answer = tokio::time::timeout(WITHIN, self.asked(&ask)).await;
        match answer {
            // An entry that is not there is an empty one, and either says nothing.
            Ok(Ok(bytes)) => Ok((1..=SESSION_BYTES).contains(&bytes.len()).then_some(bytes)),
            Ok(Err(error)) if is_other(&error) => {
                tracing::debug!("php: what stands in Redis under a session's name is none");
                Ok(None)
            }
            Ok(Err(error)) => Err(unanswered(error.category())),
            Err(_) => Err(unanswered("no answer in time")),
        }
    }

    /// The answer to `ask`. What the connection at hand says of a server that was away, or did not let us in, may be of
    /// a while ago: then a new one is asked, and a new one next time where that fails too.
    async fn asked(&self, ask: &Cmd) -> RedisResult<Vec<u8>> {
        let failed = |answer: &RedisResult<Vec<u8>>| {
            let error = answer.as_ref().err();
            error.is_some_and(|error| !is_other(error))
        };
        let known = self.slot().clone();
        if let Some(mut connection) = known {
            let answer = ask.query_async(&mut connection).await;
            if !failed(&answer) {
                return answer;
            }
        }
        let mut connection = connect(&self.address)?;
        let answer = ask.query_async(&mut connection).await;
        *self.slot() = (!failed(&answer)).then_some(connection);
        answer
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Option<ConnectionManager>> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the server says that what stands there is no text: that is an answer.
fn is_other(error: &RedisError) -> bool {
    error.code() == Some("WRONGTYPE")
}

/// A connection that is made when it is first used.
fn connect(address: &RedisAddress) -> RedisResult<ConnectionManager> {
    let mut login = RedisConnectionInfo::default()
        .set_db(address.database)
        .set_skip_set_lib_name();
    if let Some(user) = &address.user {
        login = login.set_username(user);
    }
    if let Some(password) = &address.password {
        login = login.set_password(password.as_str());
    }
    let server = match &address.server {
        Ok((host, port)) => ConnectionAddr::Tcp(host.clone(), *port),
        Err(socket) => ConnectionAddr::Unix(socket.clone()),
    };
    let client = Client::open(server.into_connection_info()?.set_redis_settings(login))?;
    let config = ConnectionManagerConfig::new()
        .set_number_of_retries(0)
        .set_connection_timeout(Some(WITHIN))
        .set_response_timeout(Some(WITHIN));
    ConnectionManager::new_lazy_with_config(client, config)
}

/// What went wrong, by its kind: the server's own words are nobody's business.
fn unanswered(why: &str) -> StoreError {
    StoreError::Unwritable(format!("the sessions of PHP in Redis: {why}").into())
}
