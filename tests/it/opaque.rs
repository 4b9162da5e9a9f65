//! What a stranger can learn, and what the log keeps: nothing. Unknown, expired, revoked and outside look alike to the
//! byte; no secret is ever written to the log; every answer carries the fixed headers.

use serde_json::{Value, json};

use crate::support::wire::encode;
use crate::support::{Jar, Reply, Request, TestApp, keyfile, random_key};

/// A key for each way of not opening, with its name.
fn refused(app: &TestApp) -> Vec<(&'static str, String)> {
    let tree = &app.tree;
    let revoked = tree.hand_made("root/a", "doc.md", &json!({}));
    app.get_file(&revoked).expect(200);
    keyfile::append(&tree.keys(), &keyfile::id(&revoked), &Value::Null);
    vec![
        ("unknown", random_key()),
        ("revoked", revoked),
        (
            "expired",
            tree.hand_made(
                "root/a",
                "doc.md",
                &json!({"expires": "2026-01-02T00:00:00Z"}),
            ),
        ),
        (
            "outside",
            tree.hand_made("outside", "canary.txt", &json!({})),
        ),
        (
            "a link that leaves",
            tree.hand_made("root/a", "out", &json!({})),
        ),
        (
            "a link that stays",
            tree.hand_made("root/a", "inner", &json!({})),
        ),
        (
            "through a linked directory",
            tree.hand_made("root/a/outdir", "canary.txt", &json!({})),
        ),
        (
            "no plain file",
            tree.hand_made("root/a", "fifo", &json!({})),
        ),
        ("a directory", tree.hand_made("root/a", "sub", &json!({}))),
        (
            "several names",
            tree.hand_made("root/a", "hard.md", &json!({})),
        ),
        (
            "a directory's that is gone",
            tree.hand_made("root/a", "gone", &json!({"scope": "directory"})),
        ),
        (
            "a directory's that is a link",
            tree.hand_made("root/a", "outdir", &json!({"scope": "directory"})),
        ),
        (
            "our own directory's",
            tree.hand_made("state", "keys", &json!({"scope": "directory"})),
        ),
        (
            "our own",
            tree.hand_made("state/keys", "accesskeys.json", &json!({})),
        ),
    ]
}

/// How a key is tried.
type Ask = fn(&str) -> Request;

#[test]
fn refusals_are_equal_to_the_byte() {
    let app = TestApp::start();
    let keys = refused(&app);
    let asks: [(&str, Ask); 6] = [
        ("GET /?accesskey=", |key| {
            Request::get(format!("/?accesskey={}", encode(key)))
        }),
        ("HEAD /?accesskey=", |key| {
            Request::new("HEAD", format!("/?accesskey={}", encode(key)))
        }),
        ("GET /api/file?accesskey=", |key| {
            Request::get(format!("/api/file?accesskey={}", encode(key)))
        }),
        ("GET /api/file", |key| Request::get("/api/file").bearer(key)),
        ("HEAD /api/file", |key| {
            Request::new("HEAD", "/api/file").bearer(key)
        }),
        ("PUT /api/file", |key| {
            Request::new("PUT", "/api/file")
                .bearer(key)
                .header("If-Match", "\"x\"")
                .body("x")
        }),
    ];
    for (ask, request) in asks {
        let mut first: Option<Reply> = None;
        for (name, key) in &keys {
            let reply = app.send(&request(key));
            assert_eq!(reply.status, 403, "{ask} {name}: {reply:?}");
            let first = first.get_or_insert_with(|| reply.clone());
            assert_eq!(reply.but_for_date(), first.but_for_date(), "{ask} {name}");
        }
    }
}

#[test]
fn a_redirect_tells_no_more_than_a_key() {
    let app = TestApp::start();
    let jar = app.editor("ann");
    let mut first: Option<Reply> = None;
    for (folder, basename) in [
        ("root/b", "b.md"),
        ("root/b", "not-there.md"),
        ("root/nowhere", "x.md"),
        ("root/a-secret", "s.md"),
        ("outside", "canary.txt"),
        ("outside", "not-there.txt"),
        ("root/a", "out"),
        ("root/a", "dangling"),
        ("root/a/not-there", "x.md"),
        ("state/keys", "accesskeys.json"),
    ] {
        let reply = app.redirect(folder, basename, &[], &jar).expect(403);
        let first = first.get_or_insert_with(|| reply.clone());
        assert_eq!(
            reply.but_for_date(),
            first.but_for_date(),
            "{folder}/{basename}"
        );
    }
}

#[test]
fn no_secret_reaches_the_log() {
    let app = TestApp::start();
    let granted = app
        .host_grant(&json!({"user": "ann", "poweruser": true}))
        .expect(201)
        .json();
    let url = granted["url"].as_str().expect("a url").to_owned();
    let (jar, _) = app.enter(&url);
    let key = app.mint("root/a", "doc.md", &jar);
    let etag = app
        .get_file(&key)
        .expect(200)
        .header("etag")
        .map(str::to_owned);
    app.open(&key).expect(200);
    app.save(&key, &etag.expect("an entity tag"), b"said in confidence\n")
        .expect(204);
    app.save(&key, "\"no\"", b"x").expect(412);
    app.save(&key, "\"no\"", &vec![b'x'; 100_000]).expect(413);
    for target in [
        format!("/nowhere?accesskey={key}"),
        format!("/api/file?accesskey={key}&accesskey={key}"),
        format!("/api/key?accesskey={key}"),
        format!("/raw/doc.md?accesskey={key}"),
        format!("/?accesskey={key}%00"),
        format!("/healthz?accesskey={key}"),
    ] {
        app.send(&Request::get(target));
    }
    let refused = random_key();
    app.get_file(&refused).expect(403);
    app.enter(&url);
    let wrong_token = random_key();
    app.host_grant_as(&wrong_token, &json!({"poweruser": true}))
        .expect(401);
    app.cli(&["keys", "revoke", "-"], &key);
    app.get_file(&key).expect(403);

    let log = app.log();
    assert!(
        log.len() > 500,
        "the log at the level trace is suspiciously short: {log}"
    );
    let ticket = url.split_once("ticket=").expect("a ticket").1.to_owned();
    let mut secrets = vec![
        key,
        refused,
        wrong_token,
        ticket,
        app.tree.cms_token.clone(),
    ];
    secrets.extend(jar.secrets());
    secrets.push("said in confidence".to_owned());
    for secret in secrets {
        let found = log.lines().find(|line| line.contains(&secret));
        assert!(found.is_none(), "in the log: {}", found.unwrap_or_default());
    }
}

#[test]
fn every_answer_carries_the_fixed_headers() {
    let app = TestApp::start();
    let jar = app.poweruser();
    let key = app.mint("root/a", "doc.md", &jar);
    let mut asks = vec![
        Request::get("/"),
        Request::get("/").jar(&jar),
        Request::get(format!("/?accesskey={key}")),
        Request::get("/?accesskey=nonsense"),
        Request::get("/redirect"),
        Request::get(app.redirect_target("root/a", "doc.md", &[])).jar(&jar),
        Request::get(app.redirect_target("outside", "canary.txt", &[])).jar(&jar),
        Request::get("/enter?ticket=nonsense"),
        Request::get("/nowhere"),
        Request::get("/api/nowhere"),
        Request::new("PUT", "/redirect"),
        Request::new("POST", "/api/grants").body("{"),
    ];
    for target in ["/api/file", "/api/key", "/api/keys"] {
        asks.push(Request::get(target));
        asks.push(Request::get(target).bearer(&key));
        asks.push(Request::new("PUT", target).bearer(&key));
    }
    for target in [
        "/healthz",
        "/readyz",
        "/robots.txt",
        "/metrics",
        "/openapi.json",
    ] {
        asks.push(Request::get(target));
    }
    for request in asks {
        let reply = app.send(&request);
        let shown = String::from_utf8_lossy(&request.bytes(app.address)).into_owned();
        let is = |name, value: &str| reply.header(name) == Some(value);
        assert!(is("referrer-policy", "no-referrer"), "{shown}{reply:?}");
        assert!(is("x-content-type-options", "nosniff"), "{shown}{reply:?}");
        let policy = reply.header("content-security-policy").unwrap_or_default();
        assert!(policy.contains("default-src 'none'"), "{shown}{reply:?}");
        assert!(
            !policy.contains("unsafe") && !policy.contains("http"),
            "{shown}{reply:?}"
        );
        assert!(
            reply.header("access-control-allow-origin").is_none(),
            "{shown}{reply:?}"
        );
        assert!(reply.header("server").is_none(), "{shown}{reply:?}");
        if shown.contains(&key) {
            assert!(is("cache-control", "no-store"), "{shown}{reply:?}");
            assert!(
                reply.header("content-encoding").is_none(),
                "{shown}{reply:?}"
            );
        }
    }
}

#[test]
fn the_page_holds_no_key() {
    let app = TestApp::start();
    let jar = app.poweruser();
    let key = app.mint("root/a", "doc.md", &jar);
    for jar in [&jar, &Jar::default()] {
        let page = app
            .send(&Request::get(format!("/?accesskey={key}")).jar(jar))
            .expect(200);
        assert!(!page.text().contains(&key), "the page repeats its own key");
        assert!(
            page.header("set-cookie").is_none(),
            "a key opens no session: {page:?}"
        );
    }
}
