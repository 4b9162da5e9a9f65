//! A sign-on behind nginx's `auth_request` and Caddy's `forward_auth`: whom it names may ask for files, nobody else
//! may, whatever they write into their headers, and signing out there ends it here.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use super::programs;
use super::scene::Scene;
use crate::support::Reply;
use crate::support::beside::free_address;
use crate::support::keyfile;
use crate::support::wire::encode;

/// In the sign-on's log, to show that it was asked and what it was told.
const ASKED: &str = "sign-on.log";

#[test]
fn nginx_with_a_sign_on_names_the_visitor() {
    let sign_on = free_address();
    story(&Scene::new(
        "/edit/",
        believing,
        |tree, address, editkey| {
            let log = tree.at("log");
            let beside = format!(
                "map $cookie_portal $who {{ default ''; ann-is-in ann; bob-is-in bob; guest-is-in guest; }}\n\
             map $who $named {{ default $who; guest ''; }}\n\
             map $who $their_groups {{ default ''; ann 'staff,writers'; }}\n\
             log_format all '$request $http_x_original_url $http_cookie $http_authorization $http_referer';\n\
             server {{ listen {sign_on}; access_log {log}/{ASKED} all;\n\
             location / {{ add_header Location https://portal.example/ always;\n\
             if ($who = '') {{ return 401; }}\n\
             add_header Remote-User $named; add_header Remote-Groups $their_groups; return 200; }} }}"
            );
            let asks = ("http://127.0.0.1:9091/", format!("http://{sign_on}/"));
            let file = "examples/proxy/nginx-sign-on.conf";
            programs::nginx(tree, address, editkey, file, &[asks], &beside)
        },
    ));
}

#[test]
fn caddy_with_a_sign_on_names_the_visitor() {
    let sign_on = free_address();
    story(&Scene::new("/", believing, |tree, address, editkey| {
        let log = tree.at("log");
        let beside = format!(
            "http://:{} {{\n\tbind 127.0.0.1\n\tlog {{\n\t\toutput file {log}/{ASKED}\n\t}}\n\
             \t@ann header Cookie *portal=ann-is-in*\n\t@bob header Cookie *portal=bob-is-in*\n\
             \t@guest header Cookie *portal=guest-is-in*\n\
             \theader @ann Remote-User ann\n\theader @ann Remote-Groups staff,writers\n\
             \theader @bob Remote-User bob\n\theader @bob Remote-Groups \"\"\n\
             \theader @ann Remote-Email \"\"\n\theader @bob Remote-Email \"\"\n\
             \theader @ann Remote-Name \"\"\n\theader @bob Remote-Name \"\"\n\
             \trespond @ann 200\n\trespond @bob 200\n\trespond @guest 200\n\
             \theader ?Location https://portal.example/\n\trespond 302\n}}\n",
            sign_on.port()
        );
        let asks = (
            "forward_auth @asks 127.0.0.1:9091",
            format!("forward_auth @asks {sign_on}"),
        );
        let file = "examples/proxy/Caddyfile.sign-on";
        programs::caddy(tree, address, editkey, file, &[asks], &beside)
    }));
}

/// Whoever has a name may edit `root/a`, and staff `root/b`.
fn believing(settings: &mut Value) {
    settings["trusted_headers"] = json!({"networks": ["127.0.0.1"]});
    let (a, b) = (settings["roots"][0].clone(), settings["roots"][2].clone());
    settings["grants"] = json!([
        {"level": 998, "directories": [a]},
        {"group": "staff", "directories": [b]},
        {"user": "root", "poweruser": true},
        {"group": "admins", "poweruser": true},
        {"email": "root@example.org", "poweruser": true},
    ]);
}

fn ask(scene: &Scene, folder: &str, basename: &str, headers: &[&str]) -> Reply {
    let dirname = encode(&scene.app.tree.at(folder));
    scene.ask(
        "GET",
        &format!("redirect?dirname={dirname}&basename={basename}"),
        headers,
        None,
    )
}

fn story(scene: &Scene) {
    let by = |key: &str| keyfile::record(&scene.app.tree.keys(), key)["by"].clone();
    let (ann, bob) = ("Cookie: portal=ann-is-in", "Cookie: portal=bob-is-in");
    let key = ask(scene, "root/b", "b.md", &[ann])
        .expect(302)
        .key()
        .expect("a key");
    assert_eq!(by(&key), "header:ann");
    ask(scene, "root/b", "b.md", &[bob]).expect(403);
    let bobs = ask(scene, "root/a", "doc.md", &[bob])
        .expect(302)
        .key()
        .expect("a key");
    assert_eq!(by(&bobs), "header:bob");
    assert!(
        scene
            .ask("GET", "", &[ann], None)
            .expect(200)
            .text()
            .contains("b.md")
    );

    // Who did not sign on, or has signed out, is sent there and gets nothing.
    for cookie in ["X: y", "Cookie: portal=", "Cookie: portal=ann-was-in"] {
        for reply in [
            ask(scene, "root/a", "doc.md", &[cookie]),
            scene.ask("GET", "", &[cookie], None),
        ] {
            let to = reply.expect(302).header("location").map(str::to_owned);
            assert_eq!(to.as_deref(), Some("https://portal.example/"), "{cookie}");
        }
    }
    forged(scene, ann, bob);

    // A bookmark needs no sign-on, and the sign-on sees none.
    let page = scene
        .ask("GET", &format!("?accesskey={key}"), &[ann], None)
        .expect(200);
    assert!(page.text().contains("b.md"));
    let bearer = format!("Authorization: Bearer {key}");
    scene
        .ask("GET", "api/file", &[&bearer, "Remote-User: root"], None)
        .expect(200);
    let asked = fs::read_to_string(scene.app.tree.path.join("log").join(ASKED)).expect("a log");
    assert!(
        asked.lines().count() > 5,
        "the sign-on was not asked: {asked}"
    );
    for secret in [&key, &bobs] {
        assert!(!asked.contains(secret.as_str()), "{asked}");
    }
    for log in &scene.logs {
        let said = fs::read_to_string(log).unwrap_or_default();
        assert!(
            !said.contains(&key) && !said.contains("ann-is-in"),
            "{}",
            log.display()
        );
    }
    past_the_proxy(scene);
}

/// What a client writes into these headers is not passed on, signed on or not, on any way.
fn forged(scene: &Scene, ann: &str, bob: &str) {
    let guest = "Cookie: portal=guest-is-in";
    for lie in [
        "Remote-User: root",
        "remote-user: root",
        "Remote_User: root",
        "Remote-Groups: staff,admins",
        "Remote_Groups: admins",
        "Remote-Email: root@example.org",
        "Remote_Email: root@example.org",
        "Remote-Name: root",
        "X-Forwarded-User: root",
        "X-Original-User: root",
        "Connection: close, Remote-User",
        "Connection: Remote-User\r\nRemote-User: root",
    ] {
        let lies: Vec<&str> = lie.split("\r\n").collect();
        let with = |cookie| [&[cookie], &lies[..]].concat();
        // bob stays bob; or is nobody, where he had Caddy drop what the sign-on said of him.
        let reply = ask(scene, "root/a", "doc.md", &with(bob));
        if let Some(key) = reply.key() {
            let record = keyfile::record(&scene.app.tree.keys(), &key);
            assert_eq!(record["by"], "header:bob", "{lie}");
        } else {
            assert!(lie.starts_with("Connection"), "{lie}: {reply:?}");
            reply.expect(403);
        }
        ask(scene, "root/b", "b.md", &with(bob)).expect(403);
        ask(scene, "root/a-secret", "s.md", &with(ann)).expect(403);
        // Signed on without a name: nobody, and not the name that the client would like.
        ask(scene, "root/a", "doc.md", &with(guest)).expect(403);
        // Not signed on, and where nobody has to.
        let unsigned = ask(scene, "root/a", "doc.md", &with("X: y")).expect(302);
        assert_eq!(unsigned.header("location"), Some("https://portal.example/"));
        for odd in [
            "%72edirect",
            "./redirect",
            "php/../redirect",
            "redirect/",
            "php//redirect.php",
            "REDIRECT",
        ] {
            let dirname = encode(&scene.app.tree.at("root/a"));
            let target = format!("{odd}?dirname={dirname}&basename=doc.md");
            let reply = scene.ask("GET", &target, &with("X: y"), None);
            assert!(
                reply.key().is_none() && reply.status != 200,
                "{lie} at {odd}: {reply:?}"
            );
        }
    }
}

/// Who reaches editkey past the proxy comes from another address; here that is told by settings that believe another one.
fn past_the_proxy(scene: &Scene) {
    let target = scene.app.redirect_target("root/a", "doc.md", &[]);
    let target = format!(
        "http://{}{}{}",
        scene.app.address,
        scene.base.trim_end_matches('/'),
        target
    );
    let from = |address: &str| {
        let output = Command::new("curl")
            .args([
                "--silent",
                "--include",
                "--interface",
                address,
                "--header",
                "Remote-User: root",
            ])
            .arg(&target)
            .output()
            .expect("curl");
        Reply::parse(&output.stdout, false, true)
            .expect("an answer")
            .status
    };
    assert_eq!((from("127.0.0.9"), from("127.0.0.1")), (403, 302));
}
