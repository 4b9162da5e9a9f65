//! A line between a browser and a server that is cut at the moment that hurts: when a save has arrived and its answer has not.
//!
//! It must never change a byte of what it passes on, nor cut anything by the clock.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;

/// A browser's save begins so.
const SAVE: &[u8] = b"PUT ";

/// The line. What goes over it ends when the value does.
pub(crate) struct Line {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The answer to the next save is held.
    holds: bool,
    /// How many are held.
    held: usize,
    /// Nothing comes through, and nobody.
    cut: bool,
    /// Both ends of each connection.
    open: Vec<TcpStream>,
}

impl Line {
    /// From where `listener` listens to `server`.
    pub(crate) fn start(listener: TcpListener, server: SocketAddr) -> Self {
        let address = listener.local_addr().expect("its address");
        let shared = Arc::new(Shared::default());
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                accepting.connect(client, server);
            }
        });
        Self { address, shared }
    }

    /// From now on a save goes through, and its answer is held.
    pub(crate) fn hold(&self) {
        self.shared.state().holds = true;
    }

    /// Waits until a save has been answered.
    pub(crate) fn arrived(&self) {
        let mut state = self.shared.state();
        while state.held == 0 {
            state = self.shared.changed.wait(state).expect("a lock");
        }
    }

    /// Breaks each connection; others come through, and their saves are answered.
    pub(crate) fn drop_connections(&self) {
        let mut state = self.shared.state();
        state.holds = false;
        state.end();
    }

    /// The same, and none comes through until it is mended.
    pub(crate) fn cut(&self) {
        self.shared.state().cut = true;
        self.drop_connections();
    }

    pub(crate) fn mend(&self) {
        self.shared.state().cut = false;
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.cut();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("a lock")
    }

    fn connect(self: &Arc<Self>, client: TcpStream, server: SocketAddr) {
        let mut state = self.state();
        if state.cut {
            return;
        }
        let Ok(server) = TcpStream::connect(server) else {
            return;
        };
        let copy = |stream: &TcpStream| stream.try_clone().expect("one more handle");
        state.open.extend([copy(&client), copy(&server)]);
        let saves = Arc::new(AtomicBool::new(false));
        let ways = [
            (copy(&client), copy(&server), true),
            (server, client, false),
        ];
        for (from, to, asks) in ways {
            let (shared, saves) = (Arc::clone(self), Arc::clone(&saves));
            thread::spawn(move || shared.pass(from, to, asks, &saves));
        }
    }

    /// Passes on what one end says, until there is no more, or an answer that is held.
    fn pass(&self, mut from: TcpStream, mut to: TcpStream, asks: bool, saves: &AtomicBool) {
        let mut words = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from.read(&mut words) {
            let said = words.get(..count).unwrap_or_default();
            if asks && said.starts_with(SAVE) {
                saves.store(self.state().holds, Ordering::SeqCst);
            }
            if !asks && saves.load(Ordering::SeqCst) {
                self.state().held += 1;
                self.changed.notify_all();
                return;
            }
            if to.write_all(said).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    }
}

impl State {
    fn end(&mut self) {
        for stream in self.open.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}
