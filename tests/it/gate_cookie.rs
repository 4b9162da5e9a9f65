//! What a browser carries to the gate: a key's or a session's name in a cookie that is good there and nowhere else.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::support::sign_in::{add_ann, own, token, with_ann};
use crate::support::wire::encode;
use crate::support::{Jar, Reply, Request, TestApp, Tree};

pub(crate) const FILES: &str = "http://files.editkey.test/album/doc.md";

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

pub(crate) fn app() -> TestApp {
    let tree = Arc::new(Tree::with(behind));
    add_ann(&tree);
    TestApp::on(tree)
}

/// What the gate says of `url` to a browser with these cookies that goes there.
pub(crate) fn asked(app: &TestApp, url: &str, cookies: Option<&str>) -> Reply {
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
pub(crate) fn gate_cookie(jar: &Jar) -> Option<String> {
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

/// A directory's link opens a page whose button leads to where the gate serves it, and from there all below it opens.
#[test]
fn a_directorys_link_opens_all_below_it_by_one_button() {
    let app = app();
    let folder = app.tree.at("root/a/deep");
    let minted = app.cli(&["keys", "mint", "--directory", &folder], "");
    let link = String::from_utf8_lossy(&minted.stdout).into_owned();
    let key = link.trim().rsplit_once('=').expect("a link").1.to_owned();
    let mut jar = Jar::default();
    let page = app
        .send(&own("GET", &format!("/?accesskey={key}"), &jar))
        .expect(200);
    assert!(page.text().contains("All files in deep"));
    assert!(page.text().contains("action=\"./enter\""));
    let gone = press(&app, &mut jar, &key, "").expect(303);
    let folder = "http://files.editkey.test/album/deep/";
    assert_eq!(gone.header("location"), Some(folder));
    let cookie = gate_cookie(&jar).expect("the gate's cookie");
    for (url, status) in [
        (folder, 200),
        ("http://files.editkey.test/album/deep", 200),
        ("http://files.editkey.test/album/deep/x.md", 200),
        ("http://files.editkey.test/album/deep/missing.md", 200),
        ("http://files.editkey.test/album/deep/no/x.md", 401),
        ("http://files.editkey.test/album/", 401),
        (FILES, 401),
        ("http://files.editkey.test/album/deeper", 401),
        ("http://files.editkey.test/album/deep/../doc.md", 403),
    ] {
        assert_eq!(asked(&app, url, Some(&cookie)).status, status, "{url}");
    }
    // The mount's own directory is one as well.
    let all = app.cli(&["keys", "mint", "--directory", &app.tree.at("root/a")], "");
    let link = String::from_utf8_lossy(&all.stdout).into_owned();
    let all = link.trim().rsplit_once('=').expect("a link").1.to_owned();
    let gone = press(&app, &mut jar, &all, "").expect(303);
    assert_eq!(
        gone.header("location"),
        Some("http://files.editkey.test/album/")
    );
    // A link that leads out of the directory opens nothing, nor does the directory once it is a link itself.
    std::os::unix::fs::symlink("../doc.md", app.tree.path.join("root/a/deep/out")).expect("a link");
    asked(
        &app,
        "http://files.editkey.test/album/deep/out",
        Some(&cookie),
    )
    .expect(401);
    let deep = app.tree.path.join("root/a/deep");
    std::fs::rename(&deep, app.tree.path.join("root/a/moved")).expect("a move");
    std::os::unix::fs::symlink("moved", &deep).expect("a link");
    asked(
        &app,
        "http://files.editkey.test/album/deep/x.md",
        Some(&cookie),
    )
    .expect(401);
}
