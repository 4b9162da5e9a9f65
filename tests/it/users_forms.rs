//! The forms of signing in and out: no other site sends them, they lead nowhere else, and whoever guesses is told to wait
//! without keeping the owner out.

use std::sync::Arc;

use serde_json::json;

use crate::support::hostile_file;
use crate::support::sign_in::{PASSWORD, add_ann, ann, form, own, sign_in, token, with_ann};
use crate::support::wire::encode;
use crate::support::{Jar, Reply, Request, TestApp, Tree};

fn app() -> TestApp {
    // Behind a proxy, so that clients may have addresses of their own.
    let tree = Arc::new(Tree::with(|settings| {
        with_ann(settings);
        settings["trusted_proxies"] = json!(["127.0.0.1"]);
    }));
    add_ann(&tree);
    TestApp::on(tree)
}

#[test]
fn a_form_of_another_site_signs_nobody_in() {
    let app = app();
    let mut jar = Jar::default();
    let page = app.send(&own("GET", "/login", &jar)).expect(200);
    jar.absorb(&page);
    let good = form("ann", PASSWORD, &token(&page));
    let post = |jar: &Jar, headers: &[(&str, &str)], body: &str| {
        let mut request = Request::new("POST", "/login").jar(jar).body(body);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        app.send(&request)
    };
    let same: &[(&str, &str)] = &[("Sec-Fetch-Site", "same-origin")];
    for headers in [
        &[("Sec-Fetch-Site", "cross-site")][..],
        &[("Sec-Fetch-Site", "same-site")],
        &[("Sec-Fetch-Site", "none")],
        &[
            ("Sec-Fetch-Site", "cross-site"),
            ("Origin", "http://editkey.test"),
        ],
        &[("Origin", "https://evil.example")],
        &[("Origin", "null")],
        &[("Origin", "http://editkey.test.evil.example")],
        &[],
    ] {
        post(&jar, headers, &good).expect(403);
    }
    post(&Jar::default(), same, &good).expect(403);
    let mut other = Jar::default();
    let page = app.send(&own("GET", "/login", &other)).expect(200);
    other.absorb(&page);
    post(&jar, same, &form("ann", PASSWORD, &token(&page))).expect(403);
    post(&jar, same, &form("ann", PASSWORD, "x")).expect(403);
    post(&jar, same, "user=ann&password=x").expect(400);
    post(&jar, same, &format!("{good}&user=bob")).expect(400);
    post(&jar, same, &"x".repeat(5000)).expect(413);
    let long = form("ann", &"x".repeat(1025), &token(&page));
    post(&other, same, &long).expect(400);
    let long = form(&"x".repeat(65), "x", &token(&page));
    post(&other, same, &long).expect(400);
    post(&jar, same, &good).expect(303);
    post(&jar, &[("Origin", "http://editkey.test")], &good).expect(303);
}

#[test]
fn a_form_of_another_site_signs_nobody_out() {
    let app = app();
    let jar = ann(&app);
    let page = app.send(&own("GET", "/login", &jar)).expect(200);
    let good = format!("token={}&everywhere=yes", token(&page));
    let logout = |jar: &Jar, site: &str, body: &str| {
        let request = Request::new("POST", "/logout").header("Sec-Fetch-Site", site);
        app.send(&request.jar(jar).body(body))
    };
    logout(&jar, "cross-site", &good).expect(403);
    logout(&jar, "same-origin", "token=x").expect(403);
    logout(&jar, "same-origin", "").expect(400);
    logout(&ann(&app), "same-origin", &good).expect(403);
    app.send(&Request::get("/logout").jar(&jar));
    app.redirect("root/a", "doc.md", &[], &jar).expect(302);
    logout(&jar, "same-origin", &good).expect(303);
    app.redirect("root/a", "doc.md", &[], &jar).expect(303);
}

#[test]
fn where_to_go_on_is_never_another_site() {
    let app = app();
    let mut jar = Jar::default();
    let page = app.send(&own("GET", "/login", &jar)).expect(200);
    jar.absorb(&page);
    let body = form("ann", PASSWORD, &token(&page));
    let attacks = hostile_file::read("next.txt", include_str!("../hostile/next.txt"), &[]);
    assert!(attacks.len() >= 60, "{}", attacks.len());
    for attack in attacks {
        let raw = attack.bytes.iter().fold(String::new(), |text, byte| {
            text + &encode(&char::from(*byte).to_string()).replace("%C2", "")
        });
        // As a browser sends what was typed, and as it stands.
        for next in [raw, String::from_utf8_lossy(&attack.bytes).into_owned()] {
            let plain = next.bytes().all(|byte| byte.is_ascii_graphic());
            if !plain || next.contains(['&', '#']) {
                continue;
            }
            let target = format!("/login?next={next}");
            let name = format!("{} {target}", attack.name);
            for request in [
                own("GET", &target, &jar),
                own("POST", &target, &jar).body(body.clone()),
            ] {
                let reply = app.send(&request);
                assert_eq!(reply.status, 400, "{name}: {reply:?}");
                assert!(reply.header("location").is_none(), "{name}");
            }
        }
    }
    for good in [
        "/",
        "/redirect?dirname=%2Fsrv&basename=x.md",
        "/php/redirect.php?a=b",
    ] {
        let target = format!("/login?next={}", encode(good));
        let reply = app
            .send(&own("POST", &target, &jar).body(body.clone()))
            .expect(303);
        assert_eq!(reply.header("location"), Some(good));
    }
}

/// A try from `client`, with what a browser has.
fn attempt(app: &TestApp, client: &str, jar: &Jar, password: &str) -> Reply {
    let mut jar = jar.clone();
    let page = app.send(&own("GET", "/login", &jar));
    if page.text().contains("Signed in as") {
        return page;
    }
    jar.absorb(&page);
    let post = own("POST", "/login", &jar).header("X-Forwarded-For", client);
    app.send(&post.body(form("ann", password, &token(&page))))
}

#[test]
fn who_guesses_is_told_to_wait_and_the_owner_is_not_locked_out() {
    let app = app();
    // The owner was here before: with this browser, and from this network.
    let mut device = Jar::default();
    sign_in(&app, &mut device, "ann", PASSWORD).expect(303);
    let page = app.send(&own("GET", "/login", &device)).expect(200);
    let out = format!("token={}", token(&page));
    device.absorb(&app.send(&own("POST", "/logout", &device).body(out)));
    attempt(&app, "192.0.2.7", &Jar::default(), PASSWORD).expect(303);

    let stranger = Jar::default();
    for _ in 0..10 {
        attempt(&app, "198.51.100.5", &stranger, "a guess at it").expect(403);
    }
    let told = attempt(&app, "198.51.100.6", &stranger, "a guess at it").expect(429);
    assert!(told.header("retry-after").is_some_and(|secs| {
        secs.parse::<u32>()
            .is_ok_and(|secs| (1..=61).contains(&secs))
    }));
    assert!(told.text().contains("role=\"alert\""), "{}", told.text());
    // Not even the right one tells more.
    let right = attempt(&app, "198.51.100.5", &stranger, PASSWORD).expect(429);
    assert!(
        right
            .header("set-cookie")
            .is_none_or(|cookie| cookie.contains("-form="))
    );

    // Nor does a forged sign of having been here.
    let forged = {
        let cookies = device.header().expect("cookies");
        let device = cookies
            .split("; ")
            .find(|cookie| cookie.contains("-device="));
        let cookie = device.expect("a device").replace('.', ".x");
        let mut jar = Jar::default();
        let (name, value) = cookie.split_once('=').expect("a pair");
        jar.absorb(&Reply {
            status: 200,
            headers: vec![("Set-Cookie".to_owned(), format!("{name}={value}"))],
            body: Vec::new(),
        });
        jar
    };
    attempt(&app, "198.51.100.5", &forged, PASSWORD).expect(429);
    attempt(&app, "198.51.100.5", &device, PASSWORD).expect(303);
    attempt(&app, "192.0.2.8", &Jar::default(), PASSWORD).expect(303);
    attempt(&app, "203.0.113.1", &Jar::default(), PASSWORD).expect(303);
    // A browser that was here before guesses no longer than others do.
    let mut wrong = 0;
    while attempt(&app, "198.51.100.5", &device, "a guess at it").status == 403 {
        wrong += 1;
    }
    assert!((5..=10).contains(&wrong), "{wrong}");
    attempt(&app, "192.0.2.8", &Jar::default(), PASSWORD).expect(303);
}
