//! `editkey health`: what a server answers, by each way in, and what is said where none does.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Output;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::audit::path;
use crate::support::beside::free_address;
use crate::support::command::{json_of, printed, refused};
use crate::support::server::cli;
use crate::support::{Request, TestApp, Tree, eventually};

/// Longer than it may ask, and how long a start may take.
const PATIENCE: Duration = Duration::from_secs(15);

fn health(tree: &Tree) -> Output {
    cli(tree, &["health"], "")
}

/// Somebody else at the tree's address, who says these bytes to whoever asks, and then stays or goes.
fn stranger(tree: &Tree, says: &'static str, stays: Duration) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    tree.set("listen", &json!([address.to_string()]));
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("somebody");
        let mut asked = [0; 1024];
        let _ = stream.read(&mut asked);
        let _ = stream.write_all(says.as_bytes());
        thread::sleep(stays);
    });
}

#[test]
fn a_server_that_serves_is_healthy_by_tcp_at_any_port() {
    let app = TestApp::with(|settings| settings["metrics_networks"] = json!(["127.0.0.1"]));
    app.cli_mint("root/a/doc.md");
    // The settings say port 0: the server's own sign in the key folder says which it became.
    assert_eq!(printed(&health(&app.tree)), "ready\nkeys 1\n");
    let told = json_of(&app.cli(&["health", "--json"], ""));
    let address = format!("http://{}/", app.address);
    assert_eq!(
        told,
        json!({"address": address, "state": "ready", "details": ["keys 1"]})
    );
}

#[test]
fn below_a_base_path_and_on_all_addresses() {
    let address = free_address();
    let everywhere = format!("0.0.0.0:{}", address.port());
    let app = TestApp::with(|settings| {
        settings["listen"] = json!([everywhere]);
        settings["base_path"] = json!("/edit/");
        settings["public_url"] = json!("http://editkey.test/edit/");
    });
    assert_eq!(printed(&health(&app.tree)), "ready\n");
    let told = json_of(&app.cli(&["health", "--json"], ""));
    assert_eq!(told["address"], json!(format!("http://{address}/edit/")));
    // A server that was started with other settings is not taken for a good one.
    app.tree.set("base_path", &json!("/other/"));
    app.tree
        .set("public_url", &json!("http://editkey.test/other/"));
    let why = refused(&health(&app.tree), 1);
    assert!(
        why.contains("answers 404") && why.contains("base_path"),
        "{why}"
    );
}

#[test]
fn by_a_unix_socket() {
    let tree = Arc::new(Tree::new());
    let socket = format!("unix:{}", tree.at("http.sock"));
    tree.set("listen", &json!([socket, "127.0.0.1:0"]));
    let why = refused(&health(&tree), 1);
    assert!(why.contains("nobody listens at unix:"), "{why}");
    let mut app = TestApp::on(Arc::clone(&tree));
    assert_eq!(printed(&health(&tree)), "ready\n");
    app.kill();
    // The socket's file is still there.
    let why = refused(&health(&tree), 1);
    assert!(why.contains("editkey serve"), "{why}");
}

#[test]
fn over_tls_only_the_certificate_in_its_file_is_believed() {
    let with_tls = |settings: &mut Value| {
        settings["public_url"] = json!("https://editkey.test/");
        settings["tls"] = json!({"self_signed": true});
    };
    let (app, mut other) = (TestApp::with(with_tls), TestApp::with(with_tls));
    let told = json_of(&app.cli(&["health", "--json"], ""));
    let address = format!("https://{}/", app.address);
    assert_eq!(
        (&told["state"], &told["address"]),
        (&json!("ready"), &json!(address))
    );
    other.kill();
    // Another server where this one listened.
    other.tree.set("listen", &json!([app.address.to_string()]));
    let why = refused(&health(&other.tree), 1);
    assert!(why.contains("another certificate"), "{why}");
}

#[test]
fn nobody_who_listens_is_told_with_what_to_do() {
    let tree = Tree::new();
    let why = refused(&health(&tree), 1);
    assert!(
        why.contains("no server runs on") && why.contains("editkey serve"),
        "{why}"
    );
    let address = free_address();
    tree.set("listen", &json!([address.to_string()]));
    let output = health(&tree);
    let why = refused(&output, 1);
    let told =
        format!("nobody listens at http://{address}/: start the server with 'editkey serve'");
    assert!(why.contains(&told) && output.stdout.is_empty(), "{why}");
}

#[test]
fn a_broken_key_file_is_not_ready_and_a_lost_audit_log_degraded() {
    let app = TestApp::with(|settings| settings["metrics_networks"] = json!(["127.0.0.1"]));
    app.cli_mint("root/a/doc.md");
    let good = app.tree.read("state/keys/accesskeys.json");
    app.tree.write("state/keys/accesskeys.json", "{ broken");
    let output = health(&app.tree);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8(output.stdout).expect("text");
    assert!(said.starts_with("not ready\n"), "{said}");
    assert!(said.contains("line 1"), "{said}");
    app.tree.write("state/keys/accesskeys.json", good);
    eventually("it serves again", PATIENCE, || app.ready() == 200);
    assert_eq!(printed(&health(&app.tree)), "ready\nkeys 1\n");
    std::fs::remove_file(path(&app.tree)).expect("there");
    std::fs::create_dir(path(&app.tree)).expect("something in its place");
    app.open("no key at all").expect(403);
    eventually("it is said", PATIENCE, || {
        printed(&health(&app.tree)) == "degraded\nthe audit log is not written\n"
    });
}

#[test]
fn a_server_that_ends_says_draining() {
    let app = TestApp::with(|settings| settings["limits"]["drain"] = json!("30s"));
    // Once it answers, it hears signals.
    assert_eq!(app.ready(), 200);
    let told = std::process::Command::new("kill")
        .arg(app.id().to_string())
        .status();
    assert!(told.expect("kill").success());
    eventually("it is told", PATIENCE, || {
        app.send(&Request::get("/readyz")).status == 503
    });
    let output = health(&app.tree);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(output.stdout, b"draining\n");
}

#[test]
fn whoever_is_no_editkey_is_not_healthy() {
    let tree = Tree::new();
    for says in [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 503 Busy\r\n\r\nready\n",
        "SSH-2.0-OpenSSH_9.2\r\n",
        "",
    ] {
        stranger(&tree, says, Duration::ZERO);
        let why = refused(&health(&tree), 1);
        assert!(
            why.contains("another program") || why.contains("cannot be asked"),
            "{says:?}: {why}"
        );
    }
}

#[test]
fn a_server_that_does_not_answer_is_waited_for_some_seconds_and_no_longer() {
    let tree = Tree::new();
    stranger(&tree, "HTTP/1.1 200 OK\r\n", Duration::from_secs(60));
    let start = Instant::now();
    let why = refused(&health(&tree), 1);
    let took = start.elapsed();
    assert!(why.contains("did not answer within 5 seconds"), "{why}");
    assert!(took > Duration::from_secs(4) && took < PATIENCE, "{took:?}");
}
