//! The link to Redis, with real servers: what it promises while all is well, and while it is not.

mod changes;
mod failover;
mod faults;
mod kept;
mod news;
mod reached;

use std::sync::Arc;

use editkey::store::StoreError;
use editkey::store::redis::{Change, Link, Outcome};

/// Whatever `future` comes to, in a thread without a runtime.
fn wait<T>(future: impl Future<Output = T>) -> T {
    pollster::block_on(future)
}

/// The name of a key of ours.
fn key(name: &str) -> Vec<u8> {
    format!("{{editkey}}:{name}").into_bytes()
}

/// Sets a key to a text, whatever stood there.
fn set(link: &Link, name: &str, text: &str) -> Result<Outcome, StoreError> {
    let mut change = Change::default();
    change.set(&key(name), text, None);
    wait(link.commit(change))
}

/// Reads a key's text so that it is remembered.
fn read(link: &Link, name: &str) -> Result<Option<Arc<String>>, StoreError> {
    wait(link.read(&key(name), |bytes| {
        let text = String::from_utf8(bytes).ok()?;
        let bytes = text.capacity();
        Some((text, bytes))
    }))
}

/// What is remembered of a key.
fn remembered(link: &Link, name: &str) -> Option<Arc<String>> {
    link.remembered::<String>(&key(name))
}

/// The text that stands at a key, as the server says.
fn get(link: &Link, name: &str) -> Result<Option<String>, StoreError> {
    let mut pipe = redis::pipe();
    pipe.cmd("GET").arg(key(name));
    wait(link.ask::<(Option<String>,)>(pipe)).map(|(text,)| text)
}
