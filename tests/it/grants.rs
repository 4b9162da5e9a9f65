//! A host application grants, a browser enters, the host takes it back.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Jar, Request, TestApp, eventually, keyfile};

fn withdraw(app: &TestApp, token: &str, which: &str) -> u16 {
    app.send(&Request::new("DELETE", format!("/api/grants{which}")).bearer(token))
        .status
}

#[test]
fn a_grant_becomes_a_session() {
    let app = TestApp::start();
    let grant = json!({"user": "ann", "directories": [app.tree.at("root/a")], "lifetime": "1h"});
    let reply = app.host_grant(&grant).expect(201);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let granted = reply.json();
    assert!(
        granted["id"].is_string() && granted["expires"].is_string(),
        "{granted}"
    );
    let url = granted["url"].as_str().expect("a url");
    assert!(
        url.starts_with("http://editkey.test/enter?ticket="),
        "{url}"
    );
    let (jar, entered) = app.enter(url);
    assert!(matches!(entered.status, 302 | 303), "{entered:?}");
    let cookie = entered.header("set-cookie").expect("a cookie");
    for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    app.mint("root/a", "doc.md", &jar);
}

#[test]
fn a_grant_with_a_file_goes_on_to_its_bookmark() {
    let app = TestApp::start();
    let file = json!({"dirname": app.tree.at("root/a"), "basename": "doc.md"});
    let grant = json!({"user": "ann", "directories": [app.tree.at("root/a")], "file": file});
    let url = app.host_grant(&grant).expect(201).json()["url"]
        .as_str()
        .map(str::to_owned);
    let (jar, reply) = app.enter(&url.expect("a url"));
    let key = reply
        .key()
        .unwrap_or_else(|| panic!("no bookmark: {reply:?}"));
    assert_eq!(app.get_file(&key).expect(200).body, b"# A document\n");
    assert_eq!(key, app.mint("root/a", "doc.md", &jar));
}

#[test]
fn a_ticket_admits_once() {
    let app = TestApp::start();
    let granted = app
        .host_grant(&json!({"user": "ann", "poweruser": true}))
        .expect(201)
        .json();
    let url = granted["url"].as_str().expect("a url");
    let (first, _) = app.enter(url);
    let (second, reply) = app.enter(url);
    assert_eq!(reply.status, 403);
    assert!(second.header().is_none(), "a used ticket set a cookie");
    app.redirect("root/a", "doc.md", &[], &second).expect(403);
    app.mint("root/a", "doc.md", &first);
    for wrong in ["/enter?ticket=", "/enter?ticket=nonsense", "/enter?x=y"] {
        let (jar, reply) = app.enter(wrong);
        assert!(
            matches!(reply.status, 400 | 403) && jar.header().is_none(),
            "{wrong}: {reply:?}"
        );
    }
}

#[test]
fn entering_takes_the_place_of_another_users_grants() {
    let app = TestApp::start();
    let url = |grant: Value| {
        app.host_grant(&grant).expect(201).json()["url"]
            .as_str()
            .map(str::to_owned)
    };
    let (mut jar, _) = app.enter(&url(json!({"user": "ann", "poweruser": true})).expect("a url"));
    let before = jar.header();
    app.mint("root/b", "b.md", &jar);
    let directories = json!([app.tree.at("root/a")]);
    let next = url(json!({"user": "bob", "directories": directories})).expect("a url");
    let at = next.find("/enter?").expect("a ticket");
    let reply = app.send(&Request::get(&next[at..]).jar(&jar));
    let mut old = jar.clone();
    jar.absorb(&reply);
    assert_ne!(jar.header(), before, "the session id stayed");
    app.redirect("root/b", "b.md", &[], &jar).expect(403);
    app.mint("root/a", "doc.md", &jar);
    old.absorb(&app.redirect("root/b", "b.md", &[], &old).expect(403));
}

#[test]
fn what_is_withdrawn_is_gone_at_the_next_request() {
    let app = TestApp::start();
    let granted = app
        .host_grant(&json!({"user": "ann", "poweruser": true}))
        .expect(201)
        .json();
    let (ann, _) = app.enter(granted["url"].as_str().expect("a url"));
    let (bob, other_bob) = (app.editor("bob"), app.editor("bob"));
    let key = app.mint("root/a", "doc.md", &ann);
    app.mint("root/a", "doc.md", &bob);
    let one = format!("/{}", granted["id"].as_str().expect("an id"));
    assert!(
        matches!(withdraw(&app, &app.tree.narrow_token, &one), 403 | 404),
        "another host's grant"
    );
    app.mint("root/a", "doc.md", &ann);
    assert_eq!(withdraw(&app, "wrong", &one), 401);
    assert_eq!(withdraw(&app, &app.tree.cms_token, &one), 204);
    app.redirect("root/a", "doc.md", &[], &ann).expect(403);
    assert_eq!(withdraw(&app, &app.tree.cms_token, "?user=bob"), 204);
    app.redirect("root/a", "doc.md", &[], &bob).expect(403);
    app.redirect("root/a", "doc.md", &[], &other_bob)
        .expect(403);
    // The bookmark is authority of its own (`on_grant_lost` is "keep").
    app.get_file(&key).expect(200);
}

#[test]
fn a_withdrawn_grant_admits_nobody_by_its_ticket() {
    let app = TestApp::start();
    let granted = app
        .host_grant(&json!({"user": "ann", "poweruser": true}))
        .expect(201)
        .json();
    let id = granted["id"].as_str().expect("an id");
    assert_eq!(withdraw(&app, &app.tree.cms_token, &format!("/{id}")), 204);
    let (jar, reply) = app.enter(granted["url"].as_str().expect("a url"));
    assert_eq!(reply.status, 403);
    app.redirect("root/a", "doc.md", &[], &jar).expect(403);
}

#[test]
fn a_grant_ends_with_its_lifetime() {
    let app = TestApp::start();
    let jar = app.session(&json!({"user": "ann", "poweruser": true, "lifetime": "3s"}));
    // It ends in whole seconds, never later than asked for: of a single one there may be nothing left to enter by.
    app.mint("root/a", "doc.md", &jar);
    eventually("the grant ends", Duration::from_secs(10), || {
        app.redirect("root/a", "doc.md", &[], &jar).status == 403
    });
}

#[test]
fn a_session_survives_a_restart() {
    let app = TestApp::start();
    let jar = app.editor("ann");
    let key = app.mint("root/a", "doc.md", &jar);
    let app = app.restart();
    assert_eq!(
        key,
        app.mint("root/a", "doc.md", &jar),
        "another key for the same ask"
    );
    app.mint("root/a/deep", "x.md", &jar);
    app.redirect("root/b", "b.md", &[], &jar).expect(403);
    assert_eq!(withdraw(&app, &app.tree.cms_token, "?user=ann"), 204);
    let app = app.restart();
    app.redirect("root/a", "doc.md", &[], &jar).expect(403);
}

#[test]
fn what_stands_at_rest_opens_no_session() {
    let app = TestApp::start();
    let jar = app.editor("ann");
    let sessions = String::from_utf8(app.tree.read("state/keys/sessions.json")).expect("UTF-8");
    for secret in jar.secrets() {
        assert!(!sessions.contains(&secret), "a cookie is at rest as it is");
    }
    let names = app.tree.path.join("state/keys");
    for name in crate::support::tree::names(&names) {
        let mode = std::fs::metadata(names.join(&name))
            .expect("a file")
            .permissions();
        let mode = std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777;
        assert_eq!(mode & 0o077, 0, "{name} has mode {mode:o}");
    }
}

#[test]
fn a_nameless_grant_is_a_visitor_of_its_own() {
    let app = TestApp::start();
    let grant = json!({"directories": [app.tree.at("root/a")]});
    let (one, two) = (app.session(&grant), app.session(&grant));
    let key = app.mint("root/a", "doc.md", &one);
    assert_eq!(key, app.mint("root/a", "doc.md", &one));
    assert_ne!(key, app.mint("root/a", "doc.md", &two));
    assert!(keyfile::record(&app.tree.keys(), &key)["by"].is_string());
    app.redirect("root/a", "doc.md", &[], &Jar::default())
        .expect(403);
}
