//! Who somebody is at the gate: by sessions, tokens and PHP's sessions; never by what a client's own headers say.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown};

use serde_json::json;

use super::{PROXIES, Scene, asked, passes_as};
use crate::support::token::now;
use crate::support::{Jar, Request};

#[test]
fn a_sign_ons_headers_name_nobody_at_the_gate() {
    let scene = Scene::with(|settings| {
        settings["trusted_headers"] = json!({"networks": ["127.0.0.1"]});
        settings["trusted_proxies"] = json!(["127.0.0.1"]);
        let root = settings["roots"][0].clone();
        settings["grants"] = json!([
            {"level": 998, "directories": [root]},
            {"source": "header", "user": "ann", "poweruser": true},
        ]);
        settings["gate"]["rules"][3]["source"] = json!("header");
    });
    let headers = [
        ("Remote-User", "ann"),
        ("Remote-Groups", "staff"),
        ("Remote-Email", "ann@example.org"),
    ];
    let forged = |request: Request| {
        headers.iter().fold(request, |request, (name, value)| {
            request.header(name, value)
        })
    };
    // Elsewhere they count: the settings are such.
    let redirect = scene.app.redirect_target("root/a", "doc.md", &[]);
    scene.app.send(&forged(Request::get(redirect))).expect(302);
    for proxy in PROXIES {
        for url in [
            "/album/doc.md",
            "/secret/s.md",
            "/wiki",
            "/diary",
            "/mail",
            "/in",
        ] {
            let nobody = scene.ask_by_nobody(proxy, url).expect(401).but_for_date();
            let reply = scene.app.send(&forged(asked(proxy, "GET", url)));
            assert_eq!(reply.but_for_date(), nobody, "{proxy} {url}");
        }
        passes_as(
            scene.app.send(&forged(asked(proxy, "GET", "/all"))),
            "",
            "",
            "",
        );
        let required = scene
            .app
            .send(&forged(asked(&format!("{proxy}/staff"), "GET", "/x")));
        assert_eq!(required.status, 401, "{proxy}");
        // Nor do they change who a token names.
        let bob = scene.cookie("bob", "User", 4);
        let reply = scene
            .app
            .send(&forged(asked(proxy, "GET", "/all")).header("Cookie", &bob));
        passes_as(reply, "bob", "bob@example.org", "User");
    }
    scene
        .app
        .send(&forged(Request::get("/auth-998")))
        .expect(401);
}

#[test]
fn a_link_from_the_command_line_counts_for_nothing_at_the_gate() {
    let scene = Scene::with(|settings| {
        settings["local_access"] = json!(true);
        settings["gate"]["rules"][3] = json!({"url": "/diary", "source": "local"});
    });
    let output = scene.app.cli(&["login", "--no-browser"], "");
    let link = String::from_utf8(output.stdout).expect("UTF-8");
    let (_, ticket) = link.trim().split_once("/enter").expect("a link");
    let entered = scene
        .app
        .send(&Request::get(format!("/enter{ticket}")))
        .expect(303);
    let mut local = Jar::default();
    local.absorb(&entered);
    // It counts where it should.
    let redirect = scene.app.redirect_target("root/b", "b.md", &[]);
    scene
        .app
        .send(&Request::get(redirect).jar(&local))
        .expect(302);
    let cookie = local.header().expect("a cookie");
    for proxy in PROXIES {
        for url in ["/album/doc.md", "/diary", "/in", "/secret/s.md"] {
            let reply = scene.ask(proxy, url, &cookie);
            assert_eq!(reply.status, 401, "{proxy} {url}");
        }
        passes_as(scene.ask(proxy, "/all", &cookie), "", "", "");
    }
    // Not even where the proxy hands on our own host.
    let own = asked(
        "nginx",
        "GET",
        &format!("https://{}/album/doc.md", scene.app.address),
    );
    scene.app.send(&own.header("Cookie", &cookie)).expect(401);
}

#[test]
fn a_session_of_a_php_application_counts() {
    let scene = Scene::with(|settings| {
        let root = settings["roots"][0].as_str().expect("a root").to_owned();
        let sessions = root.replace("/root/a", "/state/php");
        fs::create_dir(&sessions).expect("a folder");
        settings["php_sessions"] = json!({"save_path": sessions, "owner": 33, "user": "user"});
        settings["gate"]["rules"][3]["source"] = json!("php");
    });
    let tree = &scene.app.tree;
    let session = |id: &str, text: String| {
        let path = tree.path.join(format!("state/php/sess_{id}"));
        fs::write(&path, text).expect("written");
        fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("its mode");
        chown(&path, Some(33), None).expect("we are root");
        format!("PHPSESSID={id}")
    };
    let a = tree.at("root/a");
    let text = format!(
        "user|s:3:\"ann\";open-guide-editor-access|a:1:{{i:0;s:{}:\"{a}\";}}",
        a.len()
    );
    let ann = session("aaaaaaaaaaaaaaaaaaaaaaaaaa", text);
    let power = session(
        "bbbbbbbbbbbbbbbbbbbbbbbbbb",
        "open-guide-editor-poweruser|b:1;".to_owned(),
    );
    let empty = session("cccccccccccccccccccccccccc", String::new());
    for proxy in PROXIES {
        let status =
            |url: &str| [&ann, &power, &empty].map(|cookie| scene.ask(proxy, url, cookie).status);
        assert_eq!(status("/album/doc.md"), [200, 200, 401], "{proxy}");
        assert_eq!(status("/secret/s.md"), [403, 200, 401], "{proxy}");
        assert_eq!(status("/album/inside/b.md"), [403, 200, 401], "{proxy}");
        assert_eq!(status("/diary"), [200, 403, 401], "{proxy}");
        passes_as(scene.ask(proxy, "/album/doc.md", &ann), "ann", "", "");
    }
    fs::remove_file(tree.path.join("state/php/sess_aaaaaaaaaaaaaaaaaaaaaaaaaa")).expect("removed");
    assert_eq!(
        scene.ask("nginx", "/album/doc.md", &ann).status,
        401,
        "at the next question"
    );
}

#[test]
fn a_token_counts_as_long_as_it_is_good() {
    let scene = Scene::new();
    let token =
        |claims: serde_json::Value| format!("{}={}", super::TOKEN, scene.signer.token(&claims));
    for (what, cookie, status) in [
        (
            "good",
            token(json!({"username": "ann", "exp": now() + 60})),
            200,
        ),
        (
            "ended",
            token(json!({"username": "ann", "exp": now() - 120})),
            401,
        ),
        (
            "too early",
            token(json!({"username": "ann", "nbf": now() + 600, "exp": now() + 900})),
            401,
        ),
        ("without an end", token(json!({"username": "ann"})), 401),
        ("of nobody", token(json!({"exp": now() + 60})), 401),
        (
            "of another",
            token(json!({"username": "bob", "exp": now() + 60})),
            403,
        ),
        (
            "by another cookie",
            token(json!({"username": "ann", "exp": now() + 60})).replace("organizr", "Organizr"),
            401,
        ),
    ] {
        for proxy in PROXIES {
            let reply = scene.ask(proxy, "/album/doc.md", &cookie);
            assert_eq!(reply.status, status, "{proxy} {what}");
        }
    }
}

#[test]
fn sources_add_up_and_whoever_has_the_grant_is_named() {
    let scene = Scene::new();
    let editor = scene.app.editor("ed").header().expect("a cookie");
    let bob = scene.cookie("bob", "staff", 4);
    let both = format!("{editor}; {bob}");
    for proxy in PROXIES {
        passes_as(scene.ask(proxy, "/album/doc.md", &both), "ed", "", "");
        passes_as(
            scene.ask(proxy, "/wiki", &both),
            "bob",
            "bob@example.org",
            "staff",
        );
        assert_eq!(scene.ask(proxy, "/secret/s.md", &both).status, 403);
    }
}
