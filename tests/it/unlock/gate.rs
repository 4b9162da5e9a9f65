//! Links that ask for more at the gate: by the browser's own cookies where those come along, by the gate's where not.

use serde_json::json;

use crate::gate_cookie::{FILES, app, asked, gate_cookie};
use crate::support::sign_in::{own, token};
use crate::support::unlock::{OTHER_HASH, PASSPHRASE, claimable, claims, locked, unlock};
use crate::support::wire::encode;
use crate::support::{Jar, Reply, Request, TestApp, keyfile};

/// A browser goes to `/enter` with the key and presses each button it is shown, until it is sent to the gate.
#[track_caller]
fn enter(app: &TestApp, jar: &mut Jar, key: &str, passphrase: &str) -> Reply {
    let mut target = format!("/enter?accesskey={key}&rd={}", encode(FILES));
    for _ in 0..3 {
        let page = app.send(&own("GET", &target, jar)).expect(200);
        jar.absorb(&page);
        let text = page.text();
        let to = if text.contains(r#"action="./unlock""#) {
            "/unlock"
        } else {
            "/enter"
        };
        if to == "/unlock" {
            assert!(!text.contains("this file"), "{text}");
        }
        let body = format!(
            "accesskey={key}&token={}&rd={}&enter=yes&passphrase={}",
            token(&page),
            encode(FILES),
            encode(passphrase)
        );
        let reply = app.send(&own("POST", to, jar).body(body)).expect(303);
        jar.absorb(&reply);
        let location = reply.header("location").expect("a place").to_owned();
        match location.strip_prefix('.') {
            Some(on) => on.clone_into(&mut target),
            None => return reply,
        }
    }
    panic!("never sent to the gate");
}

#[test]
fn at_the_gate_a_key_that_asks_is_good_in_the_browser_that_gave_it() {
    let app = app();
    for key in [locked(&app), claimable(&app, 1)] {
        let by_key = |cookies: Option<&str>| {
            let url = format!("{FILES}?accesskey={key}");
            asked(&app, &url, cookies).status
        };
        assert_eq!(by_key(None), 401);
        let mut jar = Jar::default();
        unlock(&app, &mut jar, &key, Some(PASSPHRASE)).expect(303);
        assert_eq!(by_key(jar.header().as_deref()), 200);
        assert_eq!(by_key(None), 401, "elsewhere it asks still");
        assert_eq!(
            asked(&app, FILES, jar.header().as_deref()).status,
            401,
            "and needs the key"
        );
    }
}

#[test]
fn the_gates_cookie_says_that_a_key_was_unlocked_until_it_asks_for_something_else() {
    let app = app();
    let (with_passphrase, with_claim) = (locked(&app), claimable(&app, 1));
    for key in [&with_passphrase, &with_claim] {
        let mut jar = Jar::default();
        let reply = enter(&app, &mut jar, key, PASSPHRASE);
        assert_eq!(reply.header("location"), Some(FILES));
        let cookie = gate_cookie(&jar).expect("the gate's cookie");
        asked(&app, FILES, Some(&cookie)).expect(200);
        asked(
            &app,
            "http://files.editkey.test/album/deep/x.md",
            Some(&cookie),
        )
        .expect(401);
        // At our own pages it is worth nothing.
        let own_pages = Request::get("/api/file")
            .bearer(key)
            .header("Cookie", &cookie);
        app.send(&own_pages).expect(403);
        // Nor is it once the key asks for more than it did.
        let mut record = keyfile::record(&app.tree.keys(), key);
        record["passphrase"] = json!(OTHER_HASH);
        keyfile::append(&app.tree.keys(), &keyfile::id(key), &record);
        asked(&app, FILES, Some(&cookie)).expect(401);
    }
    assert_eq!(
        claims(&keyfile::record(&app.tree.keys(), &with_claim)),
        (0, 1)
    );
}
