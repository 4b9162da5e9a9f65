//! A slow wire: what goes through it arrives later, in order, and nothing else changes.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// The wire's near end; it is cut when the value goes.
pub(crate) struct Relay {
    pub(crate) address: SocketAddr,
    delay: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
}

impl Relay {
    /// To a server, without delay for now.
    pub(crate) fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let relay = Self {
            address: listener.local_addr().expect("its address"),
            delay: Arc::default(),
            over: Arc::default(),
        };
        let (delay, over) = (Arc::clone(&relay.delay), Arc::clone(&relay.over));
        thread::spawn(move || {
            for near in listener.incoming() {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let (Ok(near), Ok(far)) = (near, TcpStream::connect(server)) else {
                    continue;
                };
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let (Ok(from), Ok(to)) = (from.try_clone(), to.try_clone()) else {
                        continue;
                    };
                    carry(from, to, &delay, &over);
                }
            }
        });
        relay
    }

    /// From now on each way takes so long.
    pub(crate) fn slow(&self, delay: Duration) {
        let millis = u64::try_from(delay.as_millis()).expect("short");
        self.delay.store(millis, Ordering::Relaxed);
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(self.address));
    }
}

/// One way of one connection: what was heard waits its time in a queue.
fn carry(mut from: TcpStream, mut to: TcpStream, delay: &Arc<AtomicU64>, over: &Arc<AtomicBool>) {
    let (sender, queue) = mpsc::channel::<(Instant, Vec<u8>)>();
    let delay = Arc::clone(delay);
    thread::spawn(move || {
        let mut piece = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from.read(&mut piece) {
            let due = Instant::now() + Duration::from_millis(delay.load(Ordering::Relaxed));
            if sender.send((due, piece[..count].to_vec())).is_err() {
                return;
            }
        }
    });
    let over = Arc::clone(over);
    thread::spawn(move || {
        for (due, bytes) in queue {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if over.load(Ordering::Relaxed) || to.write_all(&bytes).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    });
}
