//! Asking a store from a test as a server does: on a thread's own runtime, or from many threads at once.

use std::future::Future;
use std::thread;
use std::time::Duration;

use editkey::store::redis::{Link, LinkState};

use super::eventually;

/// Waits until the way to the server stands.
pub(crate) fn up(link: &Link) {
    eventually("the link is up", Duration::from_secs(10), || {
        link.state() == LinkState::Up
    });
}

/// Waits for an answer, as a server's thread does.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_time().build().expect("a runtime");
    runtime.block_on(future)
}

/// What `ask` gets `times` times at once, each on a thread of its own.
pub(crate) fn at_once<T: Send>(times: usize, ask: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let start = std::sync::Barrier::new(times);
    thread::scope(|scope| {
        let asking: Vec<_> = (0..times)
            .map(|number| {
                let (ask, start) = (&ask, &start);
                scope.spawn(move || {
                    start.wait();
                    ask(number)
                })
            })
            .collect();
        let told = asking.into_iter().map(|asked| asked.join().expect("told"));
        told.collect()
    })
}
