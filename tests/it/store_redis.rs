//! The program on a real Redis, from outside: it starts before its store is there, loses nothing when that dies, says truly
//! how it stands, and several nodes are one installation.

mod commands;
mod faults;
mod moved;
mod nodes;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::redis::Redis;
use crate::support::{Reply, TestApp, Tree, random_text};

/// Longest that recovery takes, once the server is back.
const BACK: Duration = Duration::from_secs(5);
/// A server that keeps what it acknowledged.
const KEEPS: &[&str] = &["--appendonly", "yes", "--appendfsync", "always"];

fn at(redis: &Redis) -> String {
    format!("redis://127.0.0.1:{}", redis.port)
}

/// A tree whose store is `redis`, with a secret already.
fn tree(redis: &Redis, change: impl FnOnce(&mut Value)) -> Arc<Tree> {
    let tree = Tree::with(|settings| {
        settings["store"] = json!(at(redis));
        settings["metrics_networks"] = json!(["127.0.0.0/8"]);
        change(settings);
    });
    secret(&tree.path.join("state/keys/secret"));
    Arc::new(tree)
}

/// One node on a tree of its own.
fn node(redis: &Redis) -> TestApp {
    TestApp::on(tree(redis, |_| ()))
}

/// A secret as editkey makes one.
fn secret(file: &Path) {
    fs::write(file, random_text(32)).expect("a secret");
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).expect("ours");
}

/// A refusal that says when to come back.
#[track_caller]
fn refused(reply: Reply) -> Reply {
    let reply = reply.expect(503);
    assert_eq!(reply.header("retry-after"), Some("1"), "{reply:?}");
    reply
}
