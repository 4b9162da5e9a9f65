//! What a browser carries to the gate: a key's or a session's name in a cookie that is good there and nowhere else.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::support::sign_in::{PASSWORD, add_ann, own, sign_in_at, sign_out, token, with_ann};
use crate::support::wire::encode;
use crate::support::{Jar, Reply, Request, TestApp, Tree};

const FILES: &str = "http://files.editkey.test/album/doc.md";

fn behind(settings: &mut Value) {
    with_ann(settings);
    settings["public_url"] = json!("http://edit.editkey.test");
    settings["gate"] = json!({
        "mounts": [
            {"urls": ["http://files.editkey.test/album"], "directory": settings["roots"][0]},
            {"urls": ["/b"], "directory": settings["roots"][2]},
        ],
        "cookie_domain": "editkey.test",
    });
}

fn app() -> TestApp {
    let tree = Arc::new(Tree::with(behind));
    add_ann(&tree);
    TestApp::on(tree)
}

/// What the gate says of `url` to a browser with these cookies that goes there.
fn asked(app: &TestApp, url: &str, cookies: Option<&str>) -> Reply {
    let mut request = Request::get("/auth/nginx")
        .header("X-Original-URL", url)
        .header("X-Original-Method", "GET")
        .header("Accept", "text/html")
        .header("Sec-Fetch-Mode", "navigate");
    if let Some(cookies) = cookies {
        request = request.header("Cookie", cookies);
    }
    app.send(&request)
}

/// The gate's cookie alone, as another host of the domain would send it on.
fn gate_cookie(jar: &Jar) -> Option<String> {
    let cookies = jar.header()?;
    let mut cookies = cookies.split("; ");
    let cookie = cookies.find(|cookie| cookie.starts_with("editkey_gate="))?;
    Some(cookie.to_owned())
}

/// A person opens the page for `key` and presses its button.
#[track_caller]
fn press(app: &TestApp, jar: &mut Jar, key: &str, more: &str) -> Reply {
    let target = format!("/enter?accesskey={key}{more}");
    let page = app.send(&own("GET", &target, jar)).expect(200);
    jar.absorb(&page);
    let text = page.text();
    let rd = text
        .split_once("name=\"rd\" value=\"")
        .expect("an address")
        .1;
    let rd = rd.split('"').next().expect("its end").to_owned();
    let body = format!("accesskey={key}&token={}&rd={}", token(&page), encode(&rd));
    let reply = app.send(&own("POST", "/enter", jar).body(body));
    jar.absorb(&reply);
    reply
}

#[test]
fn a_key_becomes_a_cookie_by_one_button() {
    let app = app();
    let key = app.cli_mint("root/a/doc.md");
    let mut jar = Jar::default();
    let page = app
        .send(&own("GET", &format!("/enter?accesskey={key}"), &jar))
        .expect(200);
    assert!(
        page.header("set-cookie")
            .is_none_or(|cookie| !cookie.contains("editkey_gate"))
    );
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(
        policy.contains("form-action 'self' http://files.editkey.test;"),
        "{policy}"
    );
    let gone = press(&app, &mut jar, &key, "").expect(303);
    assert_eq!(gone.header("location"), Some(FILES));
    let cookie = gone.header("set-cookie").expect("a cookie").to_owned();
    for part in [
        "editkey_gate=",
        "; HttpOnly",
        "; SameSite=Lax",
        "; Path=/",
        "; Domain=editkey.test",
    ] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
    let cookie = gate_cookie(&jar).expect("the gate's cookie");
    assert!(
        !cookie.contains(&key),
        "the key itself is carried to other applications"
    );
    asked(&app, FILES, Some(&cookie)).expect(200);
    asked(
        &app,
        "http://files.editkey.test/album/deep/x.md",
        Some(&cookie),
    )
    .expect(401);
    asked(&app, "http://files.editkey.test/album/", Some(&cookie)).expect(401);
    asked(&app, FILES, None).expect(401);
}

#[test]
fn the_cookie_is_good_at_the_gate_alone_and_only_as_it_was_made() {
    let app = app();
    let key = app.cli_mint("root/a/doc.md");
    let mut jar = Jar::default();
    press(&app, &mut jar, &key, "").expect(303);
    let cookie = gate_cookie(&jar).expect("the gate's cookie");
    let value = cookie.strip_prefix("editkey_gate=").expect("its value");
    app.get_file(value).expect(403);
    app.send(&Request::get("/").header("Cookie", &cookie))
        .expect(303);
    let (kind, rest) = value.split_at(1);
    let (name, signature) = rest.split_at(43);
    let other = app.cli(&["keys", "list", "--json"], "");
    assert!(other.status.success());
    for forged in [
        format!("s{rest}"),
        format!("{kind}{name}{name}"),
        format!("{kind}{signature}{signature}"),
        format!("{kind}{name}{}", &signature[..42]),
        format!("{kind}{name}"),
        name.to_owned(),
        key.clone(),
        format!("K{rest}"),
        String::new(),
    ] {
        let cookie = format!("editkey_gate={forged}");
        asked(&app, FILES, Some(&cookie)).expect(401);
    }
    // Two cookies of the name could be anybody's.
    asked(&app, FILES, Some(&format!("{cookie}; editkey_gate=x"))).expect(401);
}

#[test]
fn several_keys_add_up_and_what_is_revoked_is_dead_at_once() {
    let app = app();
    let (one, other) = (app.cli_mint("root/a/doc.md"), app.cli_mint("root/b/b.md"));
    let mut jar = Jar::default();
    press(&app, &mut jar, &one, "").expect(303);
    let gone = press(&app, &mut jar, &other, "").expect(303);
    assert_eq!(
        gone.header("location"),
        Some("http://edit.editkey.test/b/b.md")
    );
    let cookie = gate_cookie(&jar).expect("the gate's cookie");
    asked(&app, FILES, Some(&cookie)).expect(200);
    asked(&app, "http://edit.editkey.test/b/b.md", Some(&cookie)).expect(200);
    let revoked = app.cli(&["keys", "revoke", "-"], &format!("{one}\n"));
    assert!(revoked.status.success(), "{revoked:?}");
    asked(&app, FILES, Some(&cookie)).expect(401);
    asked(&app, "http://edit.editkey.test/b/b.md", Some(&cookie)).expect(200);
}

#[test]
fn a_form_of_another_site_and_a_wrong_key_set_nothing() {
    let app = app();
    let key = app.cli_mint("root/a/doc.md");
    let mut jar = Jar::default();
    let page = app
        .send(&own("GET", &format!("/enter?accesskey={key}"), &jar))
        .expect(200);
    jar.absorb(&page);
    let body =
        |token: &str, key: &str| format!("accesskey={key}&token={token}&rd={}", encode(FILES));
    let good = token(&page);
    let cross = Request::new("POST", "/enter")
        .header("Sec-Fetch-Site", "cross-site")
        .header("Origin", "http://evil.example")
        .jar(&jar)
        .body(body(&good, &key));
    app.send(&cross).expect(403);
    app.send(&own("POST", "/enter", &jar).body(body("wrong", &key)))
        .expect(403);
    app.send(&own("POST", "/enter", &Jar::default()).body(body(&good, &key)))
        .expect(403);
    let unknown = crate::support::random_key();
    app.send(&own("POST", "/enter", &jar).body(body(&good, &unknown)))
        .expect(403);
    let refused = app
        .send(&own("GET", &format!("/enter?accesskey={unknown}"), &jar))
        .expect(403);
    assert_eq!(refused.but_for_date(), app.open(&unknown).but_for_date());
}

#[test]
fn nobody_is_sent_to_a_host_that_the_cookie_does_not_reach() {
    let app = app();
    let key = app.cli_mint("root/a/doc.md");
    for bad in [
        "http://evil.example/",
        "http://editkey.test.evil.example/",
        "http://edit.editkey.test@evil.example/",
        "//evil.example/",
        "javascript:alert(1)",
        "/album/",
        "",
    ] {
        let target = format!("/enter?accesskey={key}&rd={}", encode(bad));
        app.send(&own("GET", &target, &Jar::default())).expect(400);
        let target = format!("/login?rd={}", encode(bad));
        app.send(&own("GET", &target, &Jar::default())).expect(400);
    }
    let both = format!("/login?next=%2F&rd={}", encode(FILES));
    app.send(&own("GET", &both, &Jar::default())).expect(400);
}

#[test]
fn whoever_signs_in_comes_back_with_the_cookie_of_their_session() {
    let app = app();
    let refused = asked(&app, FILES, None).expect(401);
    let login = refused.header("location").expect("where to sign in");
    let target = login
        .strip_prefix("http://edit.editkey.test")
        .expect("our address");
    assert_eq!(target, format!("/login?rd={}", encode(FILES)));
    let mut jar = Jar::default();
    let signed_in = sign_in_at(&app, target, &mut jar, "ann", PASSWORD).expect(303);
    let back = signed_in.header("location").expect("a way").to_owned();
    let back = app
        .send(&own("GET", back.strip_prefix('.').expect("ours"), &jar))
        .expect(303);
    jar.absorb(&back);
    assert_eq!(back.header("location"), Some(FILES));
    let cookie = gate_cookie(&jar).expect("the gate's cookie");
    let allowed = asked(&app, FILES, Some(&cookie)).expect(200);
    assert_eq!(allowed.header("remote-user"), Some("ann"));
    asked(&app, "http://edit.editkey.test/b/b.md", Some(&cookie)).expect(403);
    // Sent here again although the browser has the cookie: it is told so instead of being sent round for ever.
    let again = app.send(&own("GET", target, &jar)).expect(200);
    assert!(again.text().contains("Signed in as"));
    // The session's own cookie is not the gate's, nor the other way round.
    app.send(&Request::get("/").header("Cookie", &cookie))
        .expect(303);
    sign_out(&app, &mut jar, false).expect(303);
    asked(&app, FILES, Some(&cookie)).expect(401);
}

#[test]
fn a_session_on_our_own_host_is_known_at_the_gate() {
    let app = app();
    let jar = app.editor("ann");
    let url = "http://edit.editkey.test/b/b.md";
    let cookies = jar.header().expect("a session");
    asked(&app, url, Some(&cookies)).expect(403);
    let allowed = asked(&app, FILES, Some(&cookies)).expect(200);
    assert_eq!(allowed.header("remote-user"), Some("ann"));
}
