//! `/api/file/events`: what becomes of a key is told within a second, whoever did it, and the stream ends with the key.

use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::proxy::programs::nginx_with;
use crate::support::beside::{Beside, free_address};
use crate::support::listener::Listener;
use crate::support::unlock::{PASSPHRASE, locked, unlock};
use crate::support::{Jar, Request, TestApp, hash_text, keyfile, random_key};

/// What the issue promises.
const BITES: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(8);

fn asked(key: &str) -> Request {
    Request::get("/api/file/events").bearer(key)
}

/// A stream of `key` on which its first event was heard.
#[track_caller]
fn listening(app: &TestApp, request: &Request) -> Listener {
    let mut listener = Listener::open(app.address, request);
    let head = listener.head();
    assert!(head.starts_with("http/1.1 200 "), "{head}");
    let (first, _) = listener.event(PATIENCE);
    assert_eq!(first["state"], "live", "{first}");
    listener
}

#[track_caller]
fn told_of_its_end(listener: &mut Listener, what: &str) {
    let (told, took) = listener.event(PATIENCE);
    assert_eq!(told, json!({"state": "revoked"}), "{what}");
    assert!(took < BITES, "{what}: {took:?}");
    assert!(listener.ends(Duration::from_secs(2)), "{what}: it goes on");
}

#[test]
fn a_stream_says_how_it_is_to_be_passed_on_and_begins_with_what_the_key_allows() {
    let app = TestApp::start();
    let end = "2099-01-01T00:00:00Z";
    let more = json!({"rights": "view", "expires": end});
    let key = app.tree.hand_made("root/a", "doc.md", &more);
    let mut listener = Listener::open(
        app.address,
        &asked(&key).header("Accept-Encoding", "gzip, br"),
    );
    let head = listener.head();
    for line in [
        "content-type: text/event-stream",
        "cache-control: no-store",
        "x-accel-buffering: no",
    ] {
        assert!(head.contains(line), "{line}: {head}");
    }
    assert!(!head.contains("content-encoding"), "{head}");
    let (first, _) = listener.event(PATIENCE);
    assert_eq!(
        first,
        json!({"state": "live", "rights": "view", "expires": end})
    );
}

#[test]
fn whatever_ends_a_key_is_told_within_a_second() {
    let app = TestApp::start();
    let hand = |more: Value| app.tree.hand_made("root/a", "doc.md", &more);

    let key = app.cli_mint("root/a/doc.md");
    let mut listener = listening(&app, &asked(&key));
    let revoked = app.cli(&["keys", "revoke", &hash_text(&key)], "");
    assert!(revoked.status.success(), "{revoked:?}");
    told_of_its_end(&mut listener, "revoked by another process");

    let parent = hand(json!({}));
    let child = hand(json!({"parent": keyfile::id(&parent)}));
    let mut listener = listening(&app, &asked(&child));
    keyfile::append(&app.tree.keys(), &keyfile::id(&parent), &Value::Null);
    told_of_its_end(&mut listener, "its parent revoked by hand");

    let end = crate::support::token::now() + 3;
    let end = jiff::Timestamp::from_second(end).expect("a time");
    let key = hand(json!({"expires": end.to_string()}));
    let mut listener = listening(&app, &asked(&key));
    let (told, _) = listener.event(PATIENCE);
    assert_eq!(told, json!({"state": "revoked"}), "expired");
    let late = jiff::Timestamp::now().duration_since(end);
    assert!(late < jiff::SignedDuration::from_secs(1), "{late}");

    let key = hand(json!({}));
    let mut listener = listening(&app, &asked(&key));
    std::fs::remove_file(app.tree.keys()).expect("the key file");
    told_of_its_end(&mut listener, "the key file removed");
}

#[test]
fn a_key_that_loses_its_passphrase_or_its_visitor_ends_in_these_hands() {
    let app = TestApp::start();
    let key = locked(&app);
    let mut jar = Jar::default();
    unlock(&app, &mut jar, &key, Some(PASSPHRASE)).expect(303);
    let mut listener = listening(&app, &asked(&key).jar(&jar));
    let mut record = keyfile::record(&app.tree.keys(), &key);
    record["passphrase"] = json!(crate::support::unlock::OTHER_HASH);
    keyfile::append(&app.tree.keys(), &keyfile::id(&key), &record);
    told_of_its_end(&mut listener, "another passphrase");

    let app = TestApp::with(|settings| settings["keys"] = json!({"bind": "visitor"}));
    let jar = app.editor("ann");
    let key = app.mint("root/a", "doc.md", &jar);
    let mut listener = listening(&app, &asked(&key).jar(&jar));
    let withdrawn = Request::new("DELETE", "/api/grants?user=ann").bearer(&app.tree.cms_token);
    app.send(&withdrawn).expect(204);
    told_of_its_end(&mut listener, "the grant withdrawn");
}

#[test]
fn narrowing_is_told_with_what_is_left() {
    let app = TestApp::start();
    let key = app.tree.hand_made("root/a", "doc.md", &json!({}));
    let mut listener = listening(&app, &asked(&key));
    let mut record = keyfile::record(&app.tree.keys(), &key);
    record["rights"] = json!("view");
    keyfile::append(&app.tree.keys(), &keyfile::id(&key), &record);
    let (told, took) = listener.event(PATIENCE);
    assert_eq!(
        told,
        json!({"state": "changed", "rights": "view", "expires": null})
    );
    assert!(took < BITES, "{took:?}");
    record["expires"] = json!("2099-01-01T00:00:00Z");
    keyfile::append_by_rename(&app.tree.keys(), &keyfile::id(&key), &record);
    let (told, took) = listener.event(PATIENCE);
    assert_eq!(told["expires"], "2099-01-01T00:00:00Z");
    assert!(took < BITES, "{took:?}");
    keyfile::append(&app.tree.keys(), &keyfile::id(&key), &Value::Null);
    told_of_its_end(&mut listener, "revoked");
}

#[test]
fn a_dead_key_gets_no_stream_but_the_one_refusal() {
    let app = TestApp::start();
    let unknown = app.send(&asked(&random_key())).expect(403);
    let directory = app
        .tree
        .hand_made("root/a", "sub", &json!({"scope": "directory"}));
    let expired = json!({"expires": "2026-01-02T00:00:00Z"});
    for key in [
        directory,
        app.tree.hand_made("root/a", "doc.md", &expired),
        locked(&app),
    ] {
        let refused = app.send(&asked(&key));
        assert_eq!(refused.but_for_date(), unknown.but_for_date());
    }
}

#[test]
fn a_key_holds_only_so_many_streams_and_gives_them_back() {
    let app = TestApp::start();
    let key = app.tree.hand_made("root/a", "doc.md", &json!({}));
    let mut open: Vec<Listener> = (0..50).map(|_| listening(&app, &asked(&key))).collect();
    let told = app.send(&asked(&key)).expect(429);
    assert!(told.header("retry-after").is_some());
    app.get_file(&key).expect(200);
    drop(open.pop());
    crate::support::eventually("a place is free", Duration::from_secs(40), || {
        let mut listener = Listener::open(app.address, &asked(&key));
        listener.head().starts_with("http/1.1 200 ")
    });
}

#[test]
fn open_streams_do_not_hold_up_the_end_of_the_server() {
    let app = TestApp::start();
    let key = app.tree.hand_made("root/a", "doc.md", &json!({}));
    let mut listener = listening(&app, &asked(&key));
    let told = Command::new("kill").arg(app.id().to_string()).status();
    assert!(told.expect("kill").success());
    assert!(listener.ends(Duration::from_secs(3)), "it waits");
}

#[test]
fn a_stream_passes_through_nginx_as_it_comes() {
    let address = free_address();
    let app = TestApp::with(|settings| settings["trusted_proxies"] = json!(["127.0.0.1"]));
    // As nginx is without a word on streams: it would hold an answer back.
    let http = format!(
        "server {{ listen {address}; gzip on; gzip_types text/event-stream;\n\
         location / {{ proxy_pass http://{}; proxy_http_version 1.1; proxy_set_header Connection \"\"; }} }}",
        app.address
    );
    let mut command = nginx_with(&app.tree, &http);
    let said = app.tree.path.join("log/nginx-said");
    let nginx = Beside::start(&mut command, address, &said);
    let key = app.tree.hand_made("root/a", "doc.md", &json!({}));
    let mut listener = Listener::open(nginx.address, &asked(&key));
    let (first, took) = listener.event(PATIENCE);
    assert_eq!(first["state"], "live");
    assert!(took < BITES, "{took:?}");
    keyfile::append(&app.tree.keys(), &keyfile::id(&key), &Value::Null);
    told_of_its_end(&mut listener, "revoked");
}
