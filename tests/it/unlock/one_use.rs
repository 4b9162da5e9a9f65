//! One-use links: looking claims nothing, one button does, and no more browsers get in than may.

use std::sync::Arc;
use std::thread;

use serde_json::json;

use crate::support::sign_in::{own, token};
use crate::support::unlock::{HASH, PASSPHRASE, claimable, claims, press, unlock, visit};
use crate::support::{Jar, Request, TestApp, keyfile, random_key};

#[test]
fn looking_at_a_one_use_link_claims_nothing() {
    let app = TestApp::start();
    let key = claimable(&app, 1);
    let before = keyfile::read(&app.tree.keys());
    let target = format!("/?accesskey={key}");
    for request in [
        Request::get(&target),
        Request::new("HEAD", &target),
        Request::get(&target).header("Sec-Purpose", "prefetch;prerender"),
        Request::get(&target).header("User-Agent", "Slackbot-LinkExpanding 1.0"),
        own("GET", &target, &Jar::default()),
    ] {
        let page = app.send(&request).expect(200);
        let text = page.text();
        for told in ["doc.md", "root/a", &app.tree.at("root")] {
            assert!(!text.contains(told), "{told}: {text}");
        }
        assert_eq!(page.header("referrer-policy"), Some("strict-origin"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
    }
    app.get_file(&key).expect(403);
    app.send(&Request::get(format!("/raw/doc.md?accesskey={key}")))
        .expect(403);
    app.send(&Request::get("/unlock")).expect(405);
    assert_eq!(keyfile::read(&app.tree.keys()), before);
}

#[test]
fn the_browser_that_claims_a_link_goes_on_and_no_other_gets_in() {
    let app = TestApp::start();
    let key = claimable(&app, 1);
    let (mut first, mut second) = (Jar::default(), Jar::default());
    let seen_by_second = visit(&app, &mut second, &key).expect(200);
    let gone = unlock(&app, &mut first, &key, None).expect(303);
    assert_eq!(
        gone.header("location"),
        Some(&*format!("./?accesskey={key}"))
    );
    let cookies = gone
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
    for (_, cookie) in cookies {
        for part in ["; HttpOnly", "; SameSite=Lax", "; Path=/"] {
            assert!(cookie.contains(part), "{part}: {cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
    for _ in 0..2 {
        let page = visit(&app, &mut first, &key).expect(200);
        assert!(page.text().contains("doc.md"));
        app.send(&Request::get("/api/file").bearer(&key).jar(&first))
            .expect(200);
    }
    let raw = Request::get(format!("/raw/doc.md?accesskey={key}"));
    app.send(&raw.clone().jar(&first)).expect(200);
    assert_eq!(claims(&keyfile::record(&app.tree.keys(), &key)), (0, 1));
    let known = keyfile::record(&app.tree.keys(), &key).to_string();
    for secret in first.secrets() {
        assert!(!known.contains(&secret), "the file holds what opens it");
    }

    // To all others it is dead, in the very words of one that never was.
    let unknown = app.open(&random_key()).expect(403);
    for jar in [&second, &Jar::default()] {
        let page = app.send(&Request::get(format!("/?accesskey={key}")).jar(jar));
        assert_eq!(page.but_for_date(), unknown.but_for_date());
        app.send(&raw.clone().jar(jar)).expect(403);
    }
    let late = press(&app, &mut second, &key, &seen_by_second, None).expect(403);
    assert_eq!(late.but_for_date(), unknown.but_for_date());
    // Nor is a browser's name good for another key.
    let other = claimable(&app, 1);
    app.send(&Request::get("/api/file").bearer(&other).jar(&first))
        .expect(403);
    unlock(&app, &mut first, &other, None).expect(303);
    let record = keyfile::record(&app.tree.keys(), &other);
    let of_first = keyfile::record(&app.tree.keys(), &key);
    assert_ne!(
        record["bind"], of_first["bind"],
        "two keys show one browser"
    );
}

#[test]
fn exactly_as_many_browsers_claim_a_link_as_may_across_two_servers() {
    let one = TestApp::start();
    let two = TestApp::on(Arc::clone(&one.tree));
    for uses in [1, 3] {
        let key = claimable(&one, uses);
        let apps = [&one, &two].into_iter().cycle();
        let browsers: Vec<_> = apps
            .take(12)
            .map(|app| {
                let mut jar = Jar::default();
                let page = visit(app, &mut jar, &key).expect(200);
                (app, jar, page)
            })
            .collect();
        let statuses: Vec<u16> = thread::scope(|scope| {
            let key = &key;
            let pressed: Vec<_> = browsers
                .into_iter()
                .map(|(app, mut jar, page)| {
                    scope.spawn(move || press(app, &mut jar, key, &page, None).status)
                })
                .collect();
            let answers = pressed.into_iter().map(thread::ScopedJoinHandle::join);
            answers.map(|status| status.expect("an answer")).collect()
        });
        let winners = statuses.iter().filter(|status| **status == 303).count();
        assert_eq!(winners, usize::from(uses), "{statuses:?}");
        let record = keyfile::record(&one.tree.keys(), &key);
        assert_eq!(claims(&record), (0, usize::from(uses)));
    }
}

#[test]
fn two_windows_of_a_browser_claim_once() {
    let app = TestApp::start();
    let key = claimable(&app, 2);
    let mut jar = Jar::default();
    let (one, other) = (visit(&app, &mut jar, &key), visit(&app, &mut jar, &key));
    press(&app, &mut jar, &key, &one, None).expect(303);
    press(&app, &mut jar, &key, &other, None).expect(303);
    assert_eq!(claims(&keyfile::record(&app.tree.keys(), &key)), (1, 1));
}

#[test]
fn a_claim_needs_our_own_page_in_this_very_browser() {
    let app = TestApp::start();
    let key = claimable(&app, 1);
    let (mut jar, mut stranger) = (Jar::default(), Jar::default());
    let page = visit(&app, &mut jar, &key);
    let theirs = visit(&app, &mut stranger, &key);
    let body = |token: &str| format!("accesskey={key}&token={token}");
    let post = |site: &str| {
        Request::new("POST", "/unlock")
            .header("Sec-Fetch-Site", site)
            .jar(&jar)
    };
    for refused in [
        post("cross-site").body(body(&token(&page))),
        post("none").body(body(&token(&page))),
        post("same-site").body(body(&token(&page))),
        Request::new("POST", "/unlock")
            .jar(&jar)
            .body(body(&token(&page))),
        Request::new("POST", "/unlock")
            .header("Origin", "null")
            .jar(&jar)
            .body(body(&token(&page))),
        post("same-origin").body(body(&token(&theirs))),
        post("same-origin").body(body("")),
    ] {
        app.send(&refused).expect(403);
    }
    app.send(&post("same-origin").body(format!("accesskey={key}")))
        .expect(400);
    assert_eq!(claims(&keyfile::record(&app.tree.keys(), &key)), (1, 0));
    press(&app, &mut jar, &key, &page, None).expect(303);
}

#[test]
fn a_child_of_a_claimed_key_is_good_where_all_of_its_line_was_claimed() {
    let app = TestApp::start();
    let parent = claimable(&app, 1);
    let more = json!({"parent": keyfile::id(&parent), "uses": 1, "rights": "view"});
    let child = app.tree.hand_made("root/a", "doc.md", &more);
    let mut jar = Jar::default();
    unlock(&app, &mut jar, &child, None).expect(303);
    for key in [&parent, &child] {
        assert_eq!(claims(&keyfile::record(&app.tree.keys(), key)), (0, 1));
        app.send(&Request::get("/api/file").bearer(key).jar(&jar))
            .expect(200);
    }
    // Where one of the line is taken, nothing of it is claimed.
    let parent = claimable(&app, 1);
    let more = json!({"parent": keyfile::id(&parent), "uses": 1});
    let child = app.tree.hand_made("root/a", "doc.md", &more);
    let mut other = Jar::default();
    let page = visit(&app, &mut other, &child).expect(200);
    unlock(&app, &mut jar, &parent, None).expect(303);
    press(&app, &mut other, &child, &page, None).expect(403);
    assert_eq!(claims(&keyfile::record(&app.tree.keys(), &child)), (1, 0));
}

#[test]
fn nothing_is_claimed_when_the_passphrase_was_wrong() {
    let app = TestApp::start();
    let more = json!({"uses": 1, "passphrase": HASH});
    let key = app.tree.hand_made("root/a", "doc.md", &more);
    let mut jar = Jar::default();
    unlock(&app, &mut jar, &key, Some("wrong horse battery")).expect(403);
    let page = visit(&app, &mut jar, &key).expect(200);
    press(&app, &mut jar, &key, &page, None).expect(400);
    assert_eq!(claims(&keyfile::record(&app.tree.keys(), &key)), (1, 0));
    unlock(&app, &mut jar, &key, Some(PASSPHRASE)).expect(303);
    assert_eq!(claims(&keyfile::record(&app.tree.keys(), &key)), (0, 1));
    app.send(&Request::get("/api/file").bearer(&key).jar(&jar))
        .expect(200);
}
