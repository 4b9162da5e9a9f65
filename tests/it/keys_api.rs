//! `/api/keys`: who sees which keys, page by page, and what no answer ever holds.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::sign_in::{PASSWORD, add, add_ann, sign_in, with_ann};
use crate::support::{Jar, Reply, Request, TestApp, Tree, eventually, hash_text, keyfile};

/// A host that is an administrator, and its token.
pub(crate) fn with_admin_host(settings: &mut Value) -> String {
    let token = crate::support::random_text(32);
    let host = json!({"name": "desk", "token_sha256": hash_text(&token), "admin": true,
                      "ceiling": {"rights": "view"}});
    settings["hosts"].as_array_mut().expect("hosts").push(host);
    token
}

pub(crate) fn list(app: &TestApp, query: &str, jar: &Jar) -> Reply {
    app.send(&Request::get(format!("/api/keys{query}")).jar(jar))
}

/// The ids on a page.
pub(crate) fn ids(page: &Value) -> Vec<String> {
    let keys = page["keys"].as_array().expect("keys");
    let id = |key: &Value| key["id"].as_str().expect("an id").to_owned();
    keys.iter().map(id).collect()
}

fn set_of(keys: &[&str]) -> BTreeSet<String> {
    keys.iter().map(|key| hash_text(key)).collect()
}

pub(crate) fn seen(app: &TestApp, query: &str, jar: &Jar) -> BTreeSet<String> {
    ids(&list(app, query, jar).expect(200).json())
        .into_iter()
        .collect()
}

#[test]
fn a_visitor_sees_their_own_keys_and_nobody_elses_look_different_from_none() {
    let app = TestApp::start();
    let (ann, bob) = (app.editor("ann"), app.editor("bob"));
    let of_ann = app.mint("root/a", "doc.md", &ann);
    let of_bob = app.mint("root/a/deep", "x.md", &bob);
    assert_eq!(seen(&app, "", &ann), set_of(&[&of_ann]));
    assert_eq!(seen(&app, "", &bob), set_of(&[&of_bob]));
    let show = |id: &str, jar: &Jar| app.send(&Request::get(format!("/api/keys/{id}")).jar(jar));
    let own = show(&hash_text(&of_ann), &ann).expect(200).json();
    assert_eq!(own["dirname"], app.tree.at("root/a"));
    assert_eq!(own["by"], "host/cms:ann");
    assert_eq!(own["state"], "live");
    let theirs = show(&hash_text(&of_bob), &ann).expect(404);
    for other in [
        hash_text("no such key"),
        "x".to_owned(),
        "%00".to_owned(),
        "a".repeat(500),
    ] {
        let none = show(&other, &ann).expect(404);
        assert_eq!(none.but_for_date(), theirs.but_for_date(), "{other}");
    }
    assert_eq!(
        theirs.header("content-type"),
        Some("application/problem+json")
    );
    // Nobody, and whoever has only a key.
    list(&app, "", &Jar::default()).expect(403);
    app.send(&Request::get("/api/keys").bearer(&of_ann))
        .expect(401);
}

#[test]
fn browsers_without_a_name_see_their_own_and_anyone_changes_nothing() {
    let tree = Tree::with(|settings| {
        settings["grants"] = json!([{"anyone": true, "directories": [settings["roots"][2]]}]);
    });
    let app = TestApp::on(Arc::new(tree));
    let nameless = || app.session(&json!({"directories": [app.tree.at("root/a")]}));
    let (one, other) = (nameless(), nameless());
    let first = app.mint("root/a", "doc.md", &one);
    let second = app.mint("root/a", "doc.md", &other);
    let anyone = app.mint("root/b", "b.md", &Jar::default());
    assert_eq!(seen(&app, "", &one), set_of(&[&first, &anyone]));
    assert_eq!(seen(&app, "", &other), set_of(&[&second, &anyone]));
    assert_eq!(seen(&app, "", &Jar::default()), set_of(&[&anyone]));
    // A key of anyone's at a place that is granted no more is nobody's.
    let elsewhere = app
        .tree
        .hand_made("root/a", "doc.md", &json!({"by": "anyone"}));
    assert_eq!(seen(&app, "", &Jar::default()), set_of(&[&anyone]));
    let at = |key: &str| format!("/api/keys/{}", hash_text(key));
    let revoke = |key: &str, jar: &Jar| {
        let request = Request::new("DELETE", at(key)).header("Sec-Fetch-Site", "same-origin");
        app.send(&request.jar(jar)).status
    };
    for key in [&anyone, &elsewhere, &second] {
        assert_eq!(revoke(key, &one), 404);
        assert_eq!(revoke(key, &Jar::default()), 404);
    }
    assert_eq!(app.get_file(&anyone).status, 200);
    assert_eq!(revoke(&first, &one), 204);
    assert_eq!(app.get_file(&first).status, 403);
}

#[test]
fn an_administrator_sees_all_keys_until_the_next_request_after_losing_that() {
    let tree = Arc::new(Tree::with(|settings| {
        with_ann(settings);
        let rows = settings["grants"].as_array_mut().expect("rows");
        rows.push(json!({"source": "users", "user": "ann", "admin": true}));
    }));
    add_ann(&tree);
    let app = TestApp::on(tree);
    let host = app.editor("carl");
    let key = app.mint("root/a", "doc.md", &host);
    let mut ann = Jar::default();
    sign_in(&app, &mut ann, "ann", PASSWORD).expect(303);
    assert_eq!(seen(&app, "", &ann), set_of(&[&key]));
    let mut settings: Value =
        serde_json::from_slice(&app.tree.read("state/settings.json")).expect("JSON");
    settings["grants"].as_array_mut().expect("rows").pop();
    app.tree.write_settings(&settings);
    eventually("the policy is read anew", Duration::from_secs(10), || {
        seen(&app, "", &ann).is_empty()
    });
    let request = Request::new("DELETE", format!("/api/keys/{}", hash_text(&key)));
    let request = request.header("Sec-Fetch-Site", "same-origin").jar(&ann);
    app.send(&request).expect(404);
    assert_eq!(app.get_file(&key).status, 200);
}

#[test]
fn a_user_who_is_an_administrator_sees_all_keys_and_one_who_is_not_does_not() {
    let tree = Arc::new(Tree::with(with_ann));
    let added = crate::support::server::cli(
        &tree,
        &["users", "add", "ann", "--admin"],
        &format!("{PASSWORD}\n"),
    );
    assert!(added.status.success());
    add(&tree, "bob", PASSWORD);
    let app = TestApp::on(tree);
    let key = app.mint("root/a", "doc.md", &app.editor("carl"));
    let browser = |name| {
        let mut jar = Jar::default();
        sign_in(&app, &mut jar, name, PASSWORD).expect(303);
        jar
    };
    assert_eq!(seen(&app, "", &browser("ann")), set_of(&[&key]));
    assert_eq!(seen(&app, "", &browser("bob")), BTreeSet::new());
}

#[test]
fn a_host_sees_all_keys_by_its_token_where_it_is_an_administrator() {
    let mut token = String::new();
    let app = TestApp::with(|settings| token = with_admin_host(settings));
    let key = app.mint("root/a", "doc.md", &app.editor("ann"));
    let by = |token: &str| app.send(&Request::get("/api/keys").bearer(token));
    assert_eq!(ids(&by(&token).expect(200).json()), [hash_text(&key)]);
    by(&app.tree.cms_token).expect(403);
    by("no token").expect(401);
    // A poweruser is no administrator, and the visitors of a host that is one are: the host says who they are.
    assert_eq!(seen(&app, "", &app.poweruser()), BTreeSet::new());
}

#[test]
fn no_list_holds_a_key_a_sealed_text_or_a_hash() {
    let mut token = String::new();
    let app = TestApp::with(|settings| token = with_admin_host(settings));
    let key = app.mint("root/a", "doc.md", &app.editor("ann"));
    let hash = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$KDsrtTtMb2mXxDVyNQqeCpRBbqZrOy3mGGCA6X9kGXA";
    let browser = hash_text("a browser");
    let locked = app.tree.hand_made(
        "root/a",
        "doc.md",
        &json!({"by": "host/cms:ann", "passphrase": hash, "uses": 2, "bind": [browser]}),
    );
    let sealed = keyfile::record(&app.tree.keys(), &key)["sealed"].clone();
    let sealed = sealed.as_str().expect("sealed").to_owned();
    for target in [
        "/api/keys".to_owned(),
        format!("/api/keys/{}", hash_text(&locked)),
    ] {
        let reply = app.send(&Request::get(&target).bearer(&token)).expect(200);
        let text = reply.text();
        for secret in [
            &key,
            &locked,
            &sealed,
            &hash.to_owned(),
            &browser,
            &app.tree.cms_token,
        ] {
            assert!(!text.contains(secret.as_str()), "{target}: {text}");
        }
        assert_eq!(reply.header("cache-control"), Some("no-store"));
    }
    let shown = app.send(&Request::get(format!("/api/keys/{}", hash_text(&locked))).bearer(&token));
    let shown = shown.json();
    assert_eq!(
        (&shown["passphrase"], &shown["uses"], &shown["claimed"]),
        (&json!(true), &json!(2), &json!(1))
    );
}
