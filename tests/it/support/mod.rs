//! What the tests stand on: a temporary tree, the real server on a free port in it, and a client that can say
//! anything. Nothing here knows the inside of editkey; it goes in through the program and comes out on the wire or
//! on the disk.

pub(crate) mod asking;
pub(crate) mod audit;
pub(crate) mod beside;
pub(crate) mod command;
#[allow(dead_code, reason = "a part of it is for the long runs only")]
pub(crate) mod fleet;
pub(crate) mod hostile_file;
mod jar;
pub(crate) mod keyfile;
pub(crate) mod line;
pub(crate) mod listener;
pub(crate) mod mount;
pub(crate) mod pruned;
pub(crate) mod redis;
pub(crate) mod redis_group;
pub(crate) mod rounds;
pub(crate) mod server;
pub(crate) mod sign_in;
pub(crate) mod sources;
pub(crate) mod tls;
pub(crate) mod token;
pub(crate) mod tree;
pub(crate) mod unlock;
pub(crate) mod wire;

pub(crate) use jar::Jar;
pub(crate) use server::TestApp;
pub(crate) use tree::Tree;
pub(crate) use wire::{Reply, Request};

use std::io::Read;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// Bytes nobody could have guessed, as base64url text.
pub(crate) fn random_text(bytes: usize) -> String {
    let mut raw = vec![0; bytes];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut raw))
        .expect("the kernel's generator");
    URL_SAFE_NO_PAD.encode(raw)
}

/// A key in the form that editkey makes: 18 bytes, 24 characters.
pub(crate) fn random_key() -> String {
    random_text(18)
}

/// SHA-256 as 43 base64url characters: the id of a key, the hash of a host's token.
pub(crate) fn hash_text(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()))
}

/// Waits until `is_so`, looking every few milliseconds, and fails after `patience` with `what`.
pub(crate) fn eventually(what: &str, patience: Duration, mut is_so: impl FnMut() -> bool) {
    let give_up = Instant::now() + patience;
    while !is_so() {
        assert!(
            Instant::now() < give_up,
            "still not after {patience:?}: {what}"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}
