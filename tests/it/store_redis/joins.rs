//! Before a node has joined the others: Redis away at the start, and another secret than theirs.

use std::time::Instant;

use serde_json::json;

use super::{BACK, KEEPS, STALE, node, refused, tree};
use crate::gate_fastcgi::authorizer::{ask, gate};
use crate::support::redis::Redis;
use crate::support::{Request, TestApp, eventually, hash_text, random_key};

#[test]
fn a_node_starts_while_redis_is_away_and_joins_when_it_comes() {
    let mut redis = Redis::start();
    redis.kill();
    let app = node(&redis);
    let redirect = app.redirect_target("root/a", "doc.md", &[]);
    for target in [
        "/",
        "/api/file",
        "/api/keys",
        "/login",
        "/enter?ticket=abc",
        "/auth",
        "/metrics",
        "/nowhere",
        &redirect,
    ] {
        refused(app.send(&Request::get(target)));
        refused(app.send(&Request::new("POST", target)));
    }
    refused(app.open(&random_key()));
    refused(app.send(&Request::get("/readyz")));
    app.send(&Request::get("/healthz")).expect(200);
    app.send(&Request::get("/robots.txt")).expect(200);
    let style = app.send(&Request::get("/assets/none.css"));
    assert_eq!(style.status, 404, "{style:?}");
    let said = app.log();
    assert!(said.contains("the store does not answer yet"), "{said}");

    redis.start_again();
    let begun = Instant::now();
    eventually("it joins", BACK, || app.ready() == 200);
    println!("joined after {:?}", begun.elapsed());
    let ready = app.send(&Request::get("/readyz")).expect(200);
    assert_eq!(ready.text(), "ready\n");
    let key = app.mint("root/a", "doc.md", &app.poweruser());
    app.get_file(&key).expect(200);
    assert!(app.log().contains("this node has joined the others"));
}

#[test]
fn a_node_of_another_secret_refuses_to_start_and_one_that_waited_serves_nothing() {
    let mut redis = Redis::with(KEEPS);
    let first = node(&redis);
    let key = first.mint("root/a", "doc.md", &first.poweruser());
    first.get_file(&key).expect(200);
    let stranger = tree(&redis, |_| ());
    let said = TestApp::try_on(stranger.clone()).err().expect("refused");
    assert!(
        said.contains("the other nodes at this Redis have another secret"),
        "{said}"
    );
    // What it could not ask at the start it learns later.
    redis.kill();
    let waited = TestApp::on(stranger);
    redis.start_again();
    eventually("it learns so", BACK, || {
        waited.log().contains("nothing is served: the other nodes")
    });
    refused(waited.get_file(&key));
    refused(waited.send(&Request::get("/readyz")));
    first.get_file(&key).expect(200);
}

#[test]
fn an_authorizer_answers_for_nobody_before_its_node_has_joined() {
    let mut redis = Redis::with(KEEPS);
    redis.run(&["SET", "{editkey}:format", "1"]);
    redis.run(&["SET", "{editkey}:secret", "somebody-else"]);
    redis.kill();
    let tree = tree(&redis, gate);
    std::fs::create_dir_all(tree.path.join("root/a/album")).expect("a folder");
    tree.write("root/a/album/allowed.txt", "allowed\n");
    let app = TestApp::on(tree);
    let key = random_key();
    let uri = format!("/album/allowed.txt?accesskey={key}");
    let away = ask(&app, &uri, &[]);
    assert_eq!(
        (away.status, away.headers["retry-after"].as_str()),
        (503, "1")
    );
    redis.start_again();
    let record = json!({
        "dirname": app.tree.at("root/a/album"), "basename": "allowed.txt", "rights": "view",
        "created": "2026-01-01T00:00:00Z",
    });
    let name = format!("{{editkey}}:k:{}", hash_text(&key));
    assert_eq!(redis.run(&["SET", &name, &record.to_string()]), "OK");
    eventually("it learns that it may not", BACK, || {
        app.log().contains("nothing is served: the other nodes")
    });
    assert_eq!(ask(&app, &uri, &[]).status, 503, "the key is there");
    redis.run(&["DEL", "{editkey}:secret"]);
    eventually("it joins", BACK, || app.ready() == 200);
    assert_eq!(ask(&app, &uri, &[]).status, 200);
    redis.pause();
    eventually("nor while Redis is silent", STALE + BACK, || {
        ask(&app, &uri, &[]).status == 503
    });
    redis.resume();
}
