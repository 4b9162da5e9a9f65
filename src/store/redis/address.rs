//! Where the server is, and how the one that takes writes at this moment is found.

use std::fmt;
use std::path::PathBuf;

use zeroize::Zeroizing;

/// A server's own address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RedisPlace {
    /// A host and a port.
    Tcp(String, u16),
    /// A socket.
    Unix(PathBuf),
}

/// How the server that takes writes is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Where {
    /// It is this one.
    Server(RedisPlace),
    /// Sentinels know it by this name; a majority of them must say the same.
    Sentinel {
        /// The name of the group.
        name: String,
        /// The sentinels.
        sentinels: Vec<(String, u16)>,
    },
    /// One of these nodes knows which of them holds our slot.
    Cluster(Vec<(String, u16)>),
}

/// What TLS needs besides the machine's own certificates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsFiles {
    /// The authorities that are believed, PEM, in place of the machine's.
    pub authorities: Option<PathBuf>,
    /// Our own certificate and its key, PEM.
    pub own: Option<(PathBuf, PathBuf)>,
}

/// An installation's store: where, and who we are to it.
#[derive(Clone, PartialEq, Eq)]
pub struct StoreAddress {
    /// Where.
    pub at: Where,
    /// Over TLS.
    pub tls: Option<TlsFiles>,
    /// The number of the database; 0 in a cluster.
    pub database: i64,
    /// Who we are.
    pub user: Option<String>,
    /// What we say to be let in.
    pub password: Option<Zeroizing<String>>,
    /// The same to sentinels, where they ask.
    pub sentinel_password: Option<Zeroizing<String>>,
}

impl fmt::Debug for StoreAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("StoreAddress")
            .field("at", &self.at)
            .field("tls", &self.tls)
            .field("database", &self.database)
            .finish_non_exhaustive()
    }
}
