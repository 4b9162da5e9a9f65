//! Sockets that whoever started us listens at already and keeps open when we end: nobody is refused while one process
//! gives way to the next (`LISTEN_FDS`, systemd's socket units).
//!
//! Each must be at a place that the settings name. One that is elsewhere is an error, never a further place to listen at.

use std::io;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;

use listenfd::ListenFd;
use rustix::net::sockopt::socket_acceptconn;

use super::sockets::NotBound;
use crate::settings::Listen;

/// Those that nobody has taken yet.
pub(super) struct Inherited(Vec<(Listen, Listener)>);

/// One of them.
pub(super) enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Inherited {
    /// Those that were handed to this process.
    ///
    /// # Errors
    /// [`NotBound::Handed`] for one that is no listener at an address or a path.
    pub(super) fn take() -> Result<Self, NotBound> {
        let mut handed = ListenFd::from_env();
        let mut found = Vec::with_capacity(handed.len());
        for index in 0..handed.len() {
            let what = |error: io::Error| NotBound::Handed(index, error.to_string());
            let listener = match handed.take_unix_listener(index) {
                Ok(Some(listener)) => Listener::Unix(listener),
                Ok(None) => continue,
                Err(_) => match handed.take_tcp_listener(index).map_err(what)? {
                    Some(listener) => Listener::Tcp(listener),
                    None => continue,
                },
            };
            let place = listener.place().map_err(what)?;
            found.push((place, listener));
        }
        Ok(Self(found))
    }

    /// The one at this place.
    pub(super) fn at(&mut self, place: &Listen) -> Option<Listener> {
        let index = self.0.iter().position(|(at, _)| at == place)?;
        Some(self.0.swap_remove(index).1)
    }

    /// # Errors
    /// [`NotBound::Unasked`] where one is left, which no setting names.
    pub(super) fn none_left(self) -> Result<(), NotBound> {
        match self.0.first() {
            Some((place, _)) => Err(NotBound::Unasked(place.to_string())),
            None => Ok(()),
        }
    }
}

impl Listener {
    fn place(&self) -> io::Result<Listen> {
        let listens = match self {
            Self::Tcp(listener) => socket_acceptconn(listener)?,
            Self::Unix(listener) => socket_acceptconn(listener)?,
        };
        if !listens {
            return Err(io::Error::other(
                "a connection, where a socket that listens was expected (Accept=no)",
            ));
        }
        match self {
            Self::Tcp(listener) => listener.local_addr().map(Listen::Tcp),
            Self::Unix(listener) => {
                let address = listener.local_addr()?;
                let path = address.as_pathname();
                path.map(|path| Listen::Unix(path.to_owned()))
                    .ok_or_else(|| io::Error::other("a Unix socket without a path"))
            }
        }
    }
}
