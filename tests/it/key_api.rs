//! `/api/key`: what a key is told to be, narrower keys derived from it, and who may end which.

use serde_json::{Value, json};

use crate::support::{Jar, Reply, Request, TestApp, hash_text, keyfile};

fn about(app: &TestApp, key: &str) -> Reply {
    app.send(&Request::get("/api/key").bearer(key))
}

fn derive(app: &TestApp, key: &str, wanted: &Value) -> Reply {
    let request = Request::new("POST", "/api/key/derive").bearer(key);
    app.send(&request.json(wanted))
}

/// The key of a derivation that has to succeed.
#[track_caller]
fn derived(app: &TestApp, key: &str, wanted: &Value) -> String {
    let answer = derive(app, key, wanted).expect(201).json();
    let url = answer["url"].as_str();
    let key = url.and_then(|url| url.strip_prefix("http://editkey.test/?accesskey="));
    let key = key.expect("the public address").to_owned();
    assert_eq!(answer["id"], json!(hash_text(&key)));
    key
}

fn end(app: &TestApp, target: &str, key: &str, jar: &Jar) -> Reply {
    let request = Request::new("DELETE", target).bearer(key).jar(jar);
    app.send(&request.header("Sec-Fetch-Site", "same-origin"))
}

/// Why it was refused.
#[track_caller]
fn refused(reply: &Reply, status: u16) -> String {
    let reply = reply.clone().expect(status);
    let kind = reply.header("content-type");
    assert_eq!(kind, Some("application/problem+json"));
    let said = reply.json();
    said["detail"].as_str().expect("a sentence").to_owned()
}

#[test]
fn a_derived_key_is_less_and_dies_with_its_parent() {
    let app = TestApp::start();
    let key = app.mint("root/a", "doc.md", &app.editor("ann"));
    let wanted = json!({"rights": "view", "expires": "1h", "idle": "7d", "label": "für Ben"});
    let child = derived(&app, &key, &wanted);
    let said = about(&app, &child).expect(200).json();
    assert_eq!(
        (&said["rights"], &said["idle"], &said["label"]),
        (&json!("view"), &json!("7d"), &json!("für Ben"))
    );
    assert_eq!(said["parent"], json!(hash_text(&key)));
    assert_eq!(said["passphrase"], json!(false));
    assert_eq!(about(&app, &key).json()["derived"], 1);
    let record = keyfile::record(&app.tree.keys(), &child);
    assert_eq!(record["by"], "host/cms:ann");
    let parent = keyfile::record(&app.tree.keys(), &key);
    assert!(record["expires"].as_str() < parent["expires"].as_str());
    // It opens, and does not save.
    let read = app.get_file(&child).expect(200);
    let etag = read.header("etag").expect("a revision").to_owned();
    app.save(&child, &etag, b"no").expect(403);
    // A plain child has all that its parent has, and a child of its own has no more than that.
    let grandchild = derived(&app, &child, &json!({}));
    let said = about(&app, &grandchild).json();
    assert_eq!(said["rights"], "view");
    assert_eq!(said["expires"], about(&app, &child).json()["expires"]);
    // Nothing that is printed holds a hash, and no key is in a log.
    let empty = Jar::default();
    assert_eq!(end(&app, "/api/key", &key, &empty).status, 403);
    assert_eq!(end(&app, "/api/key", &key, &app.editor("ann")).status, 204);
    for dead in [&key, &child, &grandchild] {
        app.get_file(dead).expect(403);
        assert!(keyfile::record(&app.tree.keys(), dead).is_null());
        assert!(!app.log().contains(dead.as_str()));
    }
}

#[test]
fn a_derivation_that_would_be_more_is_refused_with_the_rule() {
    let app = TestApp::with(|settings| settings["keys"]["idle"] = json!("30d"));
    let key = app.mint("root/a", "doc.md", &app.editor("ann"));
    assert_eq!(about(&app, &key).json()["idle"], "30d");
    let view = derived(&app, &key, &json!({"rights": "view", "expires": "1d"}));
    let far = "2100-01-01T00:00:00Z";
    for (status, wanted, rule) in [
        (403, json!({"rights": "edit"}), "more rights"),
        (403, json!({"expires": "2d"}), "ends later"),
        (403, json!({ "expires": far }), "ends later"),
        (403, json!({"idle": "31d"}), "unused"),
        (400, json!({"uses": 101}), "1 to 100"),
        (400, json!({"expires": null}), "each at most once"),
    ] {
        let reply = derive(&app, &view, &wanted);
        assert!(refused(&reply, status).contains(rule), "{wanted}");
    }
    // What only those who claimed it may use is not passed on.
    let claimed = derived(&app, &key, &json!({"uses": 1}));
    assert_eq!(derive(&app, &claimed, &json!({})).status, 403);
    // Four above one another, and no more.
    let mut last = key;
    for _ in 0..4 {
        last = derived(&app, &last, &json!({}));
    }
    let said = refused(&derive(&app, &last, &json!({})), 403);
    assert!(said.contains("At most 4 keys"), "{said}");
}

#[test]
fn at_most_a_hundred_keys_are_derived_from_one() {
    let app = TestApp::start();
    let key = app.mint("root/a", "doc.md", &app.editor("ann"));
    let first = derived(&app, &key, &json!({}));
    for _ in 1..100 {
        derived(&app, &key, &json!({}));
    }
    let said = refused(&derive(&app, &key, &json!({})), 403);
    assert!(said.contains("At most 100 keys"), "{said}");
    assert_eq!(about(&app, &key).json()["derived"], 100);
    let gone = format!("/api/key?derived={}", hash_text(&first));
    assert_eq!(end(&app, &gone, &key, &Jar::default()).status, 204);
    derived(&app, &key, &json!({}));
}

#[test]
fn whoever_derives_makes_no_more_new_keys_a_minute_by_deriving_from_what_was_derived() {
    let app = TestApp::with(|settings| settings["limits"]["new_keys_per_minute"] = json!(3));
    let key = app.mint("root/a", "doc.md", &app.editor("ann"));
    let one = derived(&app, &key, &json!({}));
    let two = derived(&app, &one, &json!({}));
    derived(&app, &two, &json!({}));
    for any in [&key, &one, &two] {
        assert_eq!(derive(&app, any, &json!({})).status, 429);
    }
    // The visitor's own asks are not held up by whoever has their key.
    app.mint("root/a", "new.md", &app.editor("ann"));
}

#[test]
fn a_body_is_strict_json_and_a_refusal_repeats_nothing_of_it() {
    let app = TestApp::start();
    let key = app.mint("root/a", "doc.md", &app.editor("ann"));
    let secret = "a-canary-passphrase";
    let post = |body: &str, kind: &str| {
        let request = Request::new("POST", "/api/key/derive").bearer(&key);
        app.send(&request.header("Content-Type", kind).body(body))
    };
    for bad in [
        "",
        "[]",
        "7",
        "null",
        "{",
        r#"["view"]"#,
        r#"{"rights":"admin"}"#,
        r#"{"rights":7}"#,
        r#"{"right":"view"}"#,
        r#"{"rights":"view","rights":"view"}"#,
        r#"{"expires":"yesterday"}"#,
        r#"{"expires":"2019-01-01T00:00:00Z"}"#,
        r#"{"idle":"12h"}"#,
        r#"{"uses":-1}"#,
        r#"{"uses":300}"#,
        r#"{"uses":"1"}"#,
        r#"{"uses":1.5}"#,
        r#"{"label":""}"#,
        r#"{"passphrase":"short"}"#,
        r#"{"passphrase":"with\na line"}"#,
        r#"{"passphrase":7}"#,
        r#"{"passphrase":"a-canary-passphrase","x":1}"#,
        r#"{"passphrase":["a-canary-passphrase"]}"#,
        "{} x",
    ] {
        let reply = post(bad, "application/json");
        refused(&reply, 400);
        assert!(!reply.text().contains("canary"), "{bad}");
    }
    let long = format!(r#"{{"passphrase":"{}"}}"#, "x".repeat(1025));
    assert!(refused(&post(&long, "application/json"), 400).contains("1024"));
    let huge = format!(r#"{{"label":"{}"}}"#, "x".repeat(20_000));
    refused(&post(&huge, "application/json"), 413);
    for kind in ["text/plain", "application/x-www-form-urlencoded"] {
        refused(&post("{}", kind), 400);
    }
    // A key in the address alone changes nothing: other sites can send a browser there.
    let target = format!("/api/key/derive?accesskey={key}");
    let by_address = Request::new("POST", target).json(&json!({}));
    refused(&app.send(&by_address), 400);
    assert_eq!(keyfile::live(&app.tree.keys()).len(), 1);
    // A good one is hashed, and told to nobody.
    let child = derived(&app, &key, &json!({"passphrase": secret}));
    let record = keyfile::record(&app.tree.keys(), &child);
    let hash = record["passphrase"].as_str().expect("a hash");
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    app.get_file(&child).expect(403);
    assert!(!app.log().contains(secret) && !app.log().contains(hash));
}

#[test]
fn a_key_that_opens_nothing_derives_nothing_and_looks_like_any_other() {
    let app = TestApp::start();
    let dead = app.tree.hand_made(
        "root/a",
        "doc.md",
        &json!({"expires": "2026-01-02T00:00:00Z"}),
    );
    let unused = app
        .tree
        .hand_made("root/a", "doc.md", &json!({"idle": "1d"}));
    let outside = app.tree.hand_made("outside", "canary.txt", &json!({}));
    let orphan = app.tree.hand_made(
        "root/a",
        "doc.md",
        &json!({"parent": keyfile::id("AAAAAAAAAAAAAAAAAAAAAAAA")}),
    );
    let unknown = "BBBBBBBBBBBBBBBBBBBBBBBB".to_owned();
    let refusal = |key: &str| derive(&app, key, &json!({})).expect(403).but_for_date();
    let first = refusal(&unknown);
    for key in [&dead, &unused, &outside, &orphan] {
        assert_eq!(refusal(key), first);
        assert_eq!(
            end(&app, "/api/key", key, &app.editor("ann")).but_for_date(),
            first
        );
    }
}

#[test]
fn a_key_alone_ends_only_what_was_derived_from_it() {
    let app = TestApp::start();
    let jar = app.editor("ann");
    let key = app.mint("root/a", "doc.md", &jar);
    let other = app.mint("root/a", "new.md", &jar);
    let child = derived(&app, &key, &json!({}));
    let grandchild = derived(&app, &child, &json!({}));
    let nobody = Jar::default();
    let at = |key: &str| format!("/api/key?derived={}", hash_text(key));
    // Neither itself, nor what is above it, nor what is elsewhere, nor what is not there.
    for (target, with) in [
        (at(&key), &key),
        (at(&key), &child),
        (at(&child), &grandchild),
        (at(&other), &key),
        (at("CCCCCCCCCCCCCCCCCCCCCCCC"), &key),
    ] {
        end(&app, &target, with, &nobody).expect(403);
    }
    for mistyped in ["/api/key?derived=x", "/api/key?derive=x"] {
        refused(&end(&app, mistyped, &key, &nobody), 400);
    }
    for live in [&key, &other, &child, &grandchild] {
        about(&app, live).expect(200);
    }
    end(&app, &at(&grandchild), &key, &nobody).expect(204);
    about(&app, &grandchild).expect(403);
    about(&app, &child).expect(200);
    // Itself: its own visitor, on a page of ours, and nobody else.
    let ben = app.editor("ben");
    assert!(refused(&end(&app, "/api/key", &key, &ben), 403).contains("visitor"));
    let elsewhere = Request::new("DELETE", "/api/key").bearer(&key).jar(&jar);
    for site in ["cross-site", "same-site", "none"] {
        let request = elsewhere.clone().header("Sec-Fetch-Site", site);
        refused(&app.send(&request), 403);
    }
    refused(&app.send(&elsewhere), 403);
    about(&app, &key).expect(200);
    end(&app, "/api/key", &key, &jar).expect(204);
    for dead in [&key, &child] {
        about(&app, dead).expect(403);
    }
    about(&app, &other).expect(200);
}

#[test]
fn an_administrator_ends_any_key() {
    let app = TestApp::with(|settings| {
        settings["hosts"][0]["admin"] = json!(true);
    });
    let key = app.tree.hand_made("root/b", "b.md", &json!({}));
    assert_eq!(end(&app, "/api/key", &key, &Jar::default()).status, 403);
    assert_eq!(end(&app, "/api/key", &key, &app.editor("ann")).status, 204);
    about(&app, &key).expect(403);
}

#[test]
fn whoever_lost_the_grant_ends_their_key_by_either_address() {
    let app = TestApp::start();
    let mut keys = Vec::new();
    for name in ["doc.md", "new.md"] {
        keys.push(app.mint("root/a", name, &app.editor("ann")));
    }
    let elsewhere = app.session(&json!({"user": "ann", "directories": [app.tree.at("root/b")]}));
    let id = hash_text(&keys[1]);
    end(&app, "/api/key", &keys[0], &elsewhere).expect(204);
    end(&app, &format!("/api/keys/{id}"), &keys[1], &elsewhere).expect(204);
    for key in &keys {
        about(&app, key).expect(403);
    }
}
