//! Passphrases: asked for on a page that tells nothing, kept by nobody, and good for one key, one passphrase and a time.

use serde_json::{Value, json};

use crate::support::sign_in::{add, with_ann};
use crate::support::unlock::{HASH, OTHER_HASH, PASSPHRASE, locked, unlock, visit};
use crate::support::wire::encode;
use crate::support::{Jar, Request, TestApp, Tree, keyfile, random_key};

fn file(app: &TestApp, key: &str, jar: &Jar) -> u16 {
    app.send(&Request::get("/api/file").bearer(key).jar(jar))
        .status
}

#[test]
fn a_passphrase_opens_a_key_in_the_browser_that_gave_it() {
    let app = TestApp::start();
    let key = locked(&app);
    let mut jar = Jar::default();
    let page = visit(&app, &mut jar, &key).expect(200);
    assert!(page.text().contains(r#"name="passphrase" type="password""#));
    assert!(!page.text().contains("doc.md"), "{}", page.text());
    assert_eq!(file(&app, &key, &jar), 403);
    let again = unlock(&app, &mut jar, &key, Some("wrong horse battery")).expect(403);
    assert!(
        again
            .text()
            .contains("That is not the passphrase of this link.")
    );
    assert!(again.text().contains(r#"name="passphrase""#));
    assert!(!again.text().contains("wrong horse"), "never shown again");
    assert_eq!(file(&app, &key, &jar), 403);
    unlock(&app, &mut jar, &key, Some(PASSPHRASE)).expect(303);
    assert!(
        visit(&app, &mut jar, &key)
            .expect(200)
            .text()
            .contains("doc.md")
    );
    assert_eq!(file(&app, &key, &jar), 200);
    let etag = app.send(&Request::get("/api/file").bearer(&key).jar(&jar));
    let etag = etag.header("etag").expect("a revision").to_owned();
    let save = Request::new("PUT", "/api/file")
        .bearer(&key)
        .header("If-Match", &etag);
    app.send(&save.clone().body("x")).expect(403);
    app.send(&save.jar(&jar).body("x")).expect(204);
    let raw = Request::get(format!("/raw/doc.md?accesskey={key}"));
    app.send(&raw.clone().jar(&jar)).expect(200);
    app.send(&raw).expect(403);
    app.send(&Request::get("/api/key").bearer(&key)).expect(403);
    app.send(&Request::get("/api/key").bearer(&key).jar(&jar))
        .expect(200);
    // Good for this key alone, and in this browser.
    assert_eq!(file(&app, &locked(&app), &jar), 403);
    assert_eq!(file(&app, &key, &Jar::default()), 403);
    let log = app.log();
    for secret in [
        PASSPHRASE,
        "wrong horse battery",
        &encode(PASSPHRASE),
        &key,
        HASH,
    ] {
        assert!(!log.contains(secret), "the log holds a secret");
    }
}

#[test]
fn another_passphrase_ends_what_the_earlier_one_opened() {
    let app = TestApp::start();
    let key = locked(&app);
    let mut jar = Jar::default();
    unlock(&app, &mut jar, &key, Some(PASSPHRASE)).expect(303);
    assert_eq!(file(&app, &key, &jar), 200);
    let mut record = keyfile::record(&app.tree.keys(), &key);
    record["passphrase"] = json!(OTHER_HASH);
    keyfile::append(&app.tree.keys(), &keyfile::id(&key), &record);
    assert_eq!(file(&app, &key, &jar), 403);
    unlock(&app, &mut jar, &key, Some(PASSPHRASE)).expect(403);
    unlock(&app, &mut jar, &key, Some("another horse battery")).expect(303);
    assert_eq!(file(&app, &key, &jar), 200);
}

#[test]
fn a_childs_browser_gives_the_passphrase_of_the_nearest_key_above() {
    let app = TestApp::start();
    let parent = locked(&app);
    let child = |more: Value| {
        let mut more = more;
        more["parent"] = json!(keyfile::id(&parent));
        app.tree.hand_made("root/a", "doc.md", &more)
    };
    let (plain, own) = (child(json!({})), child(json!({"passphrase": OTHER_HASH})));
    let mut jar = Jar::default();
    for key in [&plain, &own] {
        assert_eq!(file(&app, key, &jar), 403);
    }
    unlock(&app, &mut jar, &plain, Some(PASSPHRASE)).expect(303);
    for (key, status) in [(&plain, 200), (&parent, 200), (&own, 403)] {
        assert_eq!(file(&app, key, &jar), status);
    }
    unlock(&app, &mut jar, &own, Some(PASSPHRASE)).expect(403);
    unlock(&app, &mut jar, &own, Some("another horse battery")).expect(303);
    assert_eq!(file(&app, &own, &jar), 200);
}

#[test]
fn a_passphrase_is_asked_for_again_when_a_session_would_have_ended() {
    let app = TestApp::with(|settings| settings["sessions"] = json!({"lifetime": "3s"}));
    let key = locked(&app);
    let mut jar = Jar::default();
    unlock(&app, &mut jar, &key, Some(PASSPHRASE)).expect(303);
    assert_eq!(file(&app, &key, &jar), 200);
    crate::support::eventually("it ended", std::time::Duration::from_secs(10), || {
        file(&app, &key, &jar) == 403
    });
    visit(&app, &mut jar, &key).expect(200);
    unlock(&app, &mut jar, &key, Some(PASSPHRASE)).expect(303);
    assert_eq!(file(&app, &key, &jar), 200);
}

#[test]
fn a_dead_key_that_asked_for_a_passphrase_is_refused_as_any_other() {
    let app = TestApp::start();
    let unknown = app.open(&random_key()).expect(403);
    let hand = |more: Value| app.tree.hand_made("root/a", "doc.md", &more);
    let revoked = locked(&app);
    visit(&app, &mut Jar::default(), &revoked).expect(200);
    keyfile::append(&app.tree.keys(), &keyfile::id(&revoked), &Value::Null);
    let expired = hand(json!({"passphrase": HASH, "expires": "2026-01-02T00:00:00Z"}));
    let outside = app
        .tree
        .hand_made("outside", "canary.txt", &json!({"passphrase": HASH}));
    let orphan = hand(json!({"passphrase": HASH, "parent": keyfile::id(&random_key())}));
    let taken =
        hand(json!({"passphrase": HASH, "uses": 0, "bind": [crate::support::hash_text("x")]}));
    let other = locked(&app);
    for (what, key) in [
        ("revoked", revoked),
        ("expired", expired),
        ("outside", outside),
        ("orphan", orphan),
        ("taken", taken),
    ] {
        assert_eq!(
            app.open(&key).but_for_date(),
            unknown.but_for_date(),
            "{what}"
        );
        let mut jar = Jar::default();
        let page = visit(&app, &mut jar, &other);
        let posted = crate::support::unlock::press(&app, &mut jar, &key, &page, Some(PASSPHRASE));
        assert_eq!(posted.but_for_date(), unknown.but_for_date(), "{what}");
    }
}

#[test]
fn a_users_own_hash_is_no_less_good_than_one_from_elsewhere() {
    // What our own program makes of a password, at its full cost.
    let tree = std::sync::Arc::new(Tree::with(with_ann));
    add(&tree, "ann", PASSPHRASE);
    let users: Value = serde_json::from_slice(&tree.read("state/keys/users.json")).expect("JSON");
    let hash = users.to_string();
    let at = hash.find("$argon2id$").expect("a hash");
    let hash = hash[at..].split('"').next().expect("its end").to_owned();
    let app = TestApp::on(tree);
    let key = app
        .tree
        .hand_made("root/a", "doc.md", &json!({"passphrase": hash}));
    let mut jar = Jar::default();
    unlock(&app, &mut jar, &key, Some(PASSPHRASE)).expect(303);
    assert_eq!(file(&app, &key, &jar), 200);
}
