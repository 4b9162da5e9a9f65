//! Sessions in a real Redis, written by phpredis.

use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::time::Duration;

use serde_json::json;

use super::scene::{Pool, Scene, tree};
use super::{grants_and_takes_back, put, scene};
use crate::support::beside::{Beside, free_address};
use crate::support::{Jar, Tree, eventually, server};

const PASSWORD: &str = "a-password-of-redis";

/// A server at this port, for as long as the value lives.
fn start(tree: &Tree, address: SocketAddr, more: &[&str]) -> Beside {
    let mut command = Command::new("redis-server");
    command
        .args([
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--port",
        ])
        .arg(address.port().to_string())
        .args(["--dir", &tree.at("run")])
        .args(more);
    let started = Beside::start(&mut command, address, &tree.path.join("log/redis-said"));
    // It listens at its socket after it does at its port.
    if let Some(socket) = more
        .iter()
        .skip_while(|word| **word != "--unixsocket")
        .nth(1)
    {
        eventually("Redis has its socket", Duration::from_secs(10), || {
            UnixStream::connect(socket).is_ok()
        });
    }
    started
}

#[test]
fn a_session_that_phpredis_wrote_grants() {
    let tree = tree();
    let address = free_address();
    let _redis = start(&tree, address, &[]);
    let save_path = format!("tcp://{address}");
    let pool = Pool {
        handler: "redis",
        save_path: &save_path,
        serializer: "php",
    };
    grants_and_takes_back(&scene(tree, &pool, &save_path, false));
}

#[test]
fn a_redis_with_a_password_a_database_and_a_prefix() {
    let tree = tree();
    let address = free_address();
    let socket = tree.at("run/redis.sock");
    let redis = start(&tree, address, &with(PASSWORD, &socket));
    let query = format!("?auth={PASSWORD}&database=2&prefix=my%3A&timeout=2");
    let pool = Pool {
        handler: "redis",
        save_path: &format!("tcp://{address}{query}"),
        serializer: "php_serialize",
    };
    let scene = scene(tree, &pool, &format!("unix://{socket}{query}"), false);
    grants_and_takes_back(&scene);

    away_and_back(&scene, redis, address, &socket);
    the_password_is_nowhere(&scene);
}

/// Away: not now, and neither yes nor no. Back, without the session: no.
fn away_and_back(scene: &Scene, redis: Beside, address: SocketAddr, socket: &str) {
    let again = |password| {
        let _ = std::fs::remove_file(socket);
        let more = with(password, socket);
        start(&scene.app.tree, address, &more)
    };
    let mut jar = Jar::default();
    put(
        scene,
        &mut jar,
        &json!({"open-guide-editor-poweruser": true}),
    );
    scene.redirect("root/a", "doc.md", &jar).expect(302);
    drop(redis);
    scene.redirect("root/a", "doc.md", &jar).expect(503);
    let redis = again("another");
    scene.redirect("root/a", "doc.md", &jar).expect(503);
    drop(redis);
    let _redis = again(PASSWORD);
    scene.redirect("root/a", "doc.md", &jar).expect(403);
    put(
        scene,
        &mut jar,
        &json!({"open-guide-editor-poweruser": true}),
    );
    scene.redirect("root/a", "doc.md", &jar).expect(302);
}

fn the_password_is_nowhere(scene: &Scene) {
    for shown in [&["config", "show"][..], &["config", "show", "--json"]] {
        let output = server::cli(&scene.app.tree, shown, "");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        assert!(text.contains("database=2&prefix=my%3A"), "{text}");
        assert!(!text.contains(PASSWORD), "{text}");
    }
    let log = scene.app.log();
    assert!(log.contains("the sessions of PHP in Redis") && !log.contains(PASSWORD));
}

fn with<'a>(password: &'a str, socket: &'a str) -> [&'a str; 6] {
    let socket = ["--unixsocket", socket, "--unixsocketperm", "777"];
    [
        "--requirepass",
        password,
        socket[0],
        socket[1],
        socket[2],
        socket[3],
    ]
}
