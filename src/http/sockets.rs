//! The sockets: bound, or taken over from whoever started us, before anything is served, so that a port in use is said at
//! once.

use std::any::Any;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixListener;

use actix_web::dev::Extensions;

use super::doors::Doors;
use super::inherited::{Inherited, Listener};
use crate::settings::Listen;

/// Sockets that are bound and not served yet.
pub struct Bound {
    pub(super) http: Sockets,
    pub(super) fastcgi: Sockets,
}

/// Those of one protocol.
#[derive(Default)]
pub(super) struct Sockets {
    pub(super) tcp: Vec<TcpListener>,
    pub(super) unix: Vec<UnixListener>,
    /// The ways in by those that are ours alone.
    pub(super) doors: Doors,
    /// Whether any of them outlives us: who comes to it waits for the next process.
    pub(super) inherited: bool,
}

/// On a connection: it came by one of our Unix sockets.
pub(super) struct UnixSocket;

/// Notes on a new connection what its requests cannot show: one whose peer is gone again has no address either.
pub(super) fn mark(connection: &dyn Any, data: &mut Extensions) {
    if connection.is::<actix_web::rt::net::UnixStream>() {
        data.insert(UnixSocket);
    }
}

/// Why a place cannot be listened at, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum NotBound {
    /// Another program has it.
    #[error(
        "{0} is in use by another program; end it, or choose another address with --listen, such as --listen {1}"
    )]
    InUse(String, String),
    /// Another program has the one where FastCGI authorizers would ask.
    #[error(
        "{0} is in use by another program; end it, or choose another address in gate.fastcgi_listen"
    )]
    FastCgiInUse(String),
    /// A socket was handed to us where the settings name no place.
    #[error(
        "a socket at {0} was handed to editkey (LISTEN_FDS), and neither listen nor gate.fastcgi_listen names that place; write it there as it stands here, or leave it out of the socket unit"
    )]
    Unasked(String),
    /// What was handed to us is nothing to listen at.
    #[error("number {0} of what was handed to editkey (LISTEN_FDS): {1}")]
    Handed(usize, String),
    /// We may not.
    #[error("{0}: {1}")]
    Other(String, io::Error),
}

/// Binds all places, those for browsers and those for FastCGI authorizers; takes over those that are bound for us.
///
/// # Errors
/// [`NotBound`], for the first that fails.
pub fn bind(listen: &[Listen], fastcgi_listen: &[Listen]) -> Result<Bound, NotBound> {
    let fastcgi = |error| match error {
        NotBound::InUse(name, _) => NotBound::FastCgiInUse(name),
        other @ (NotBound::FastCgiInUse(_)
        | NotBound::Unasked(_)
        | NotBound::Handed(..)
        | NotBound::Other(..)) => other,
    };
    let mut inherited = Inherited::take()?;
    let bound = Bound {
        http: sockets(listen, &mut inherited)?,
        fastcgi: sockets(fastcgi_listen, &mut inherited).map_err(fastcgi)?,
    };
    inherited.none_left()?;
    Ok(bound)
}

fn sockets(places: &[Listen], inherited: &mut Inherited) -> Result<Sockets, NotBound> {
    let mut sockets = Sockets::default();
    for place in places {
        match inherited.at(place) {
            Some(Listener::Tcp(listener)) => sockets.tcp.push(listener),
            Some(Listener::Unix(listener)) => sockets.unix.push(listener),
            None => {
                sockets
                    .bind(place)
                    .map_err(|error| not_bound(place.to_string(), error))?;
                continue;
            }
        }
        sockets.inherited = true;
    }
    Ok(sockets)
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
    /// The TCP addresses for browsers, with the ports that were chosen.
    #[must_use]
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.http.addresses().collect()
    }

    /// Where FastCGI authorizers may ask, as the settings spell it.
    #[must_use]
    pub fn for_fastcgi(&self) -> Vec<Listen> {
        let tcp = self.fastcgi.addresses().map(Listen::Tcp);
        let unix = self.fastcgi.unix.iter().filter_map(|listener| {
            let address = listener.local_addr().ok()?;
            Some(Listen::Unix(address.as_pathname()?.to_owned()))
        });
        tcp.chain(unix).collect()
    }
}

impl Sockets {
    fn bind(&mut self, place: &Listen) -> io::Result<()> {
        match place {
            Listen::Tcp(address) => {
                let listener = TcpListener::bind(address)?;
                self.doors.port(&listener)?;
                self.tcp.push(listener);
            }
            Listen::Unix(path) => {
                // A socket file that nobody listens at is left over from a server that was killed.
                if std::os::unix::net::UnixStream::connect(path).is_err() {
                    let _ = std::fs::remove_file(path);
                }
                let listener = UnixListener::bind(path)?;
                self.doors.file(path)?;
                self.unix.push(listener);
            }
        }
        Ok(())
    }

    fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.tcp
            .iter()
            .filter_map(|listener| listener.local_addr().ok())
    }
}
