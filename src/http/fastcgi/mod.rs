//! The FastCGI authorizer: Apache and lighttpd ask here before they serve.
//!
//! Answered for whoever may ask the gate by HTTP, and for no other role; by a node that takes no part in the store that it
//! shares, for nobody. No sender may hold memory, time or connections beyond the limits below.

mod evidence;
mod record;
mod reply;
mod variables;

use std::io;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use actix_web::rt::net::{TcpListener, UnixListener};
use futures_util::future::{Either, select};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, timeout, timeout_at};

use super::gate;
use super::shared::Shared;
use super::sockets::Sockets;
use super::stored;
use crate::gate::{Answer, Dialect, Request};
use crate::visitor::Said;
use evidence::Told;

pub use record::{Asked, Broken, CONNECTIONS, Decoder, Event, VARIABLES, answered};
pub use variables::Variables;

/// The variable by which the web server's configuration names whom it asks for. Clients name none.
const REQUIRE: &str = "EDITKEY_REQUIRE";
/// Longest wait from a request's first byte to its last, and for an answer to be taken.
const WITHIN: Duration = Duration::from_secs(5);
/// Longest wait for the next request of a connection.
const IDLE: Duration = Duration::from_secs(75);
/// Wait after a connection could not be taken, as when descriptors ran out.
const PAUSE: Duration = Duration::from_millis(100);
/// Bytes that are read at once.
const READ: usize = 16 * 1024;

/// What is still taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Takes {
    /// New connections.
    Connections,
    /// Requests, of connections that stand.
    Requests,
    /// Nothing.
    Nothing,
}

/// The listeners at work.
pub(super) struct Authorizers {
    takes: watch::Sender<Takes>,
    connections: Arc<Semaphore>,
}

impl Authorizers {
    /// Answers at `bound` from now on.
    ///
    /// # Errors
    /// When a socket cannot be waited for.
    pub(super) fn start(bound: Sockets, shared: &Arc<Shared>) -> io::Result<Self> {
        let (takes, _) = watch::channel(Takes::Connections);
        let connections = Arc::new(Semaphore::new(CONNECTIONS));
        let door = || Door {
            shared: Arc::clone(shared),
            takes: takes.subscribe(),
            connections: Arc::clone(&connections),
        };
        for listener in bound.tcp {
            listener.set_nonblocking(true)?;
            let listener = TcpListener::from_std(listener)?;
            actix_web::rt::spawn(by_tcp(listener, door()));
        }
        for listener in bound.unix {
            listener.set_nonblocking(true)?;
            let listener = UnixListener::from_std(listener)?;
            actix_web::rt::spawn(by_unix_socket(listener, door()));
        }
        Ok(Self { takes, connections })
    }

    /// By which they are told to take less.
    pub(super) fn takes(&self) -> watch::Sender<Takes> {
        self.takes.clone()
    }

    /// Takes no more requests, and waits for the answers under way, so long at most.
    pub(super) async fn end(self, within: Duration) {
        self.takes.send_replace(Takes::Nothing);
        let all = u32::try_from(CONNECTIONS).unwrap_or(u32::MAX);
        let _ = timeout(within, self.connections.acquire_many(all)).await;
    }
}

/// What a listener hands to its connections.
struct Door {
    shared: Arc<Shared>,
    takes: watch::Receiver<Takes>,
    connections: Arc<Semaphore>,
}

impl Door {
    /// A place for one more connection; nothing once we end.
    async fn place(&mut self) -> Option<OwnedSemaphorePermit> {
        let place = pin!(Arc::clone(&self.connections).acquire_owned());
        match select(
            pin!(self.takes.wait_for(|takes| *takes > Takes::Connections)),
            place,
        )
        .await
        {
            Either::Left(_) => None,
            Either::Right((place, _)) => place.ok(),
        }
    }

    /// What `accepting` comes to; nothing once we end.
    async fn next<T>(&mut self, accepting: impl Future<Output = T>) -> Option<T> {
        match select(
            pin!(self.takes.wait_for(|takes| *takes > Takes::Connections)),
            pin!(accepting),
        )
        .await
        {
            Either::Left(_) => None,
            Either::Right((accepted, _)) => Some(accepted),
        }
    }

    fn connection(&self, peer: Option<IpAddr>, place: OwnedSemaphorePermit) -> Connection {
        Connection {
            shared: Arc::clone(&self.shared),
            takes: self.takes.clone(),
            peer,
            _place: place,
        }
    }
}

async fn by_tcp(listener: TcpListener, mut door: Door) {
    while let Some(place) = door.place().await {
        let Some(accepted) = door.next(listener.accept()).await else {
            return;
        };
        match accepted {
            Ok((stream, peer)) => {
                let peer = peer.ip().to_canonical();
                if gate::may_ask(&door.shared, Some(peer), false) {
                    let _ = stream.set_nodelay(true);
                    actix_web::rt::spawn(door.connection(Some(peer), place).run(stream));
                } else {
                    tracing::debug!("the gate was asked by somebody who is no trusted proxy");
                }
            }
            Err(error) => not_accepted(&error).await,
        }
    }
}

async fn by_unix_socket(listener: UnixListener, mut door: Door) {
    while let Some(place) = door.place().await {
        let Some(accepted) = door.next(listener.accept()).await else {
            return;
        };
        match accepted {
            Ok((stream, _)) => {
                actix_web::rt::spawn(door.connection(None, place).run(stream));
            }
            Err(error) => not_accepted(&error).await,
        }
    }
}

async fn not_accepted(error: &io::Error) {
    tracing::warn!("a FastCGI connection could not be taken: {error}");
    tokio::time::sleep(PAUSE).await;
}

/// One connection of a web server.
struct Connection {
    shared: Arc<Shared>,
    takes: watch::Receiver<Takes>,
    peer: Option<IpAddr>,
    /// Given back with the connection.
    _place: OwnedSemaphorePermit,
}

impl Connection {
    async fn run(mut self, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
        let mut decoder = Decoder::default();
        let mut buffer = vec![0; READ];
        let mut until = Instant::now() + IDLE;
        loop {
            let read = self.read(&mut stream, &mut buffer, until, decoder.is_idle());
            let Some(bytes) = read.await else { return };
            if decoder.is_idle() {
                until = Instant::now() + WITHIN;
            }
            decoder.feed(bytes);
            loop {
                let (bytes, ends) = match decoder.event() {
                    Ok(None) => break,
                    Ok(Some(Event::Send(bytes))) => (bytes, false),
                    Ok(Some(Event::SendAndEnd(bytes))) => (bytes, true),
                    Ok(Some(Event::Asked(asked))) => {
                        let text = reply::text(&self.answer(&asked).await);
                        until = Instant::now() + WITHIN;
                        (answered(asked.id, text.as_bytes()), !asked.keeps)
                    }
                    Err(broken) => {
                        tracing::debug!("a FastCGI connection was broken off: {broken}");
                        return;
                    }
                };
                let sent = timeout(WITHIN, stream.write_all(&bytes)).await;
                if !matches!(sent, Ok(Ok(()))) {
                    return;
                }
                if ends {
                    let _ = timeout(WITHIN, stream.shutdown()).await;
                    return;
                }
            }
            if decoder.is_idle() {
                until = Instant::now() + IDLE;
            }
        }
    }

    /// What comes next; nothing at the end, when it comes too late, and once we end and nothing has begun.
    async fn read<'b>(
        &mut self,
        stream: &mut (impl AsyncRead + Unpin),
        buffer: &'b mut [u8],
        until: Instant,
        idle: bool,
    ) -> Option<&'b [u8]> {
        let reading = pin!(timeout_at(until, stream.read(buffer)));
        let read = if idle {
            let nothing = pin!(self.takes.wait_for(|takes| *takes == Takes::Nothing));
            match select(nothing, reading).await {
                Either::Left(_) => return None,
                Either::Right((read, _)) => read,
            }
        } else {
            reading.await
        };
        let count = read.ok()?.ok()?;
        buffer.get(..count).filter(|bytes| !bytes.is_empty())
    }

    async fn answer(&self, asked: &Asked) -> Answer {
        // As by HTTP: who has not joined may have another secret than the others.
        if !stored::takes_part(&self.shared) {
            return gate::unavailable();
        }
        let Some(variables) = &asked.variables else {
            tracing::debug!("the gate: more variables than are read");
            return Answer::bare(403);
        };
        let told = Told {
            variables,
            peer: self.peer,
            shared: &self.shared,
        };
        let required = match variables.said(REQUIRE) {
            Said::Nothing => None,
            Said::Once(word) => Some(word),
            // Names nobody.
            Said::Unclear => Some(""),
        };
        let text = |name: &str| variables.said(name).once().filter(|text| !text.is_empty());
        let asked = text("REQUEST_METHOD").zip(text("REQUEST_URI"));
        let Some((method, behind)) = asked else {
            tracing::warn!("the gate: the web server says no REQUEST_METHOD or no REQUEST_URI");
            return Answer::bare(403);
        };
        let request = Request {
            method,
            behind,
            evidence: &told,
        };
        gate::answer(&self.shared, Dialect::FastCgi, &request, required)
            .await
            .0
    }
}
