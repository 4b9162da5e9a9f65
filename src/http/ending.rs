//! How a server ends: it says so, serves who has come, leaves who comes now to the next process, and waits for the answers
//! under way.
//!
//! It must never drop a connection that was accepted, nor close a listener while somebody stands in its queue.

use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use sd_notify::NotifyState;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::sleep;

use super::doors::Doors;
use super::fastcgi::Takes;
use super::shared::Shared;

/// How long who has come already, and has not asked yet, is given: handshakes end, queues are emptied, requests arrive.
const SETTLING: Duration = Duration::from_millis(250);

/// What ends, and how.
pub(super) struct Ending {
    pub(super) shared: Arc<Shared>,
    pub(super) server: ServerHandle,
    pub(super) authorizers: watch::Sender<Takes>,
    pub(super) doors: Doors,
    /// Whether a listener outlives us.
    pub(super) inherited: bool,
    pub(super) drain: Option<Duration>,
}

/// Tells the service manager, if there is one.
fn tell(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!("the service manager was not told: {error}");
    }
}

impl Ending {
    /// Waits until the process is told to end, and ends the server: in order by SIGTERM, at once by SIGINT or SIGQUIT.
    pub(super) async fn when_told(mut self) {
        let mut told = match Told::listen() {
            Ok(told) => told,
            Err(error) => {
                tracing::error!("signals end the server at once: {error}");
                return;
            }
        };
        tell(NotifyState::Ready);
        let mut in_order = told.in_order().await;
        self.shared.end();
        tell(NotifyState::Stopping);
        if in_order && let Some(drain) = self.drain {
            tokio::select! {
                () = sleep(drain) => {}
                again = told.in_order() => in_order = again,
            }
        }
        if in_order {
            self.settle().await;
        }
        self.doors.close();
        self.server.stop(in_order).await;
    }

    /// Lets nobody in any more, and gives those a moment who are in.
    async fn settle(&mut self) {
        if !self.doors.is_empty() {
            self.doors.close();
            sleep(SETTLING).await;
        }
        // Who comes to a listener that outlives us waits in its queue, for the next process.
        if self.inherited {
            self.server.pause().await;
            self.authorizers.send_replace(Takes::Requests);
            sleep(SETTLING).await;
        }
    }
}

/// The signals that end a process.
struct Told {
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
}

impl Told {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
        })
    }

    /// Whether to end in order, once it is told to end.
    async fn in_order(&mut self) -> bool {
        tokio::select! {
            _ = self.terminate.recv() => true,
            _ = self.interrupt.recv() => false,
            _ = self.quit.recv() => false,
        }
    }
}
