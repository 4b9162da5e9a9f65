//! `gate.denied_image`: what is shown in place of a picture that is refused, by `/raw` and by the gate; the status stays, and
//! nothing that is editkey's own ever becomes that picture.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use crate::support::server::cli;
use crate::support::{Reply, Request, TestApp, Tree, eventually, random_key};

const PICTURE: &[u8] = b"\x89PNG denied";

/// A tree whose picture is `name`, as the settings spell it.
fn tree(name: &str) -> Tree {
    let tree = Tree::with(|settings| {
        settings["gate"] = json!({"denied_image": name, "rules": [{"url": "/", "level": 0}]});
    });
    tree.write("state/denied.png", PICTURE);
    tree
}

fn app() -> TestApp {
    TestApp::on(Arc::new(tree("denied.png")))
}

fn is_the_picture(reply: &Reply, status: u16) {
    assert_eq!(
        (reply.status, reply.body.as_slice()),
        (status, PICTURE),
        "{reply:?}"
    );
    assert_eq!(reply.header("content-type"), Some("image/png"));
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let policy = reply.header("content-security-policy");
    assert!(policy.is_some_and(|policy| policy.contains("sandbox")));
}

#[test]
fn a_refused_picture_is_shown_as_another_one_and_stays_refused() {
    let app = app();
    let target = format!("/raw/a.png?accesskey={}", random_key());
    let ask = |name, value| app.send(&Request::get(&target).header(name, value));
    is_the_picture(&ask("Sec-Fetch-Dest", "image"), 403);
    is_the_picture(&ask("Accept", "image/avif,image/webp,*/*;q=0.8"), 403);
    for (name, value) in [
        ("Sec-Fetch-Dest", "document"),
        ("Accept", "text/html,image/png"),
        ("X", "y"),
    ] {
        let reply = ask(name, value).expect(403);
        assert_eq!(
            reply.header("content-type"),
            Some("application/problem+json"),
            "{value}"
        );
    }
    let both = Request::get(&target)
        .header("Sec-Fetch-Dest", "document")
        .header("Accept", "image/png");
    assert_ne!(app.send(&both).expect(403).body, PICTURE);
    // Each refusal shows the same one; what is no refusal shows none.
    let key = app.mint("root/a", "doc.md", &app.editor("ann"));
    let image = |target: String| app.send(&Request::get(target).header("Sec-Fetch-Dest", "image"));
    let wrong_name = image(format!("/raw/a.png?accesskey={key}"));
    assert_eq!(
        wrong_name.but_for_date(),
        ask("Sec-Fetch-Dest", "image").but_for_date()
    );
    assert_eq!(
        image(format!("/raw/doc.md?accesskey={key}"))
            .expect(200)
            .body,
        b"# A document\n"
    );
    let gone = app.tree.hand_made("root/a", "gone.png", &json!({}));
    assert_ne!(
        image(format!("/raw/gone.png?accesskey={gone}"))
            .expect(404)
            .body,
        PICTURE
    );
}

#[test]
fn only_a_proxy_that_passes_it_on_is_given_the_picture() {
    let app = app();
    let asked = |path: &str, dest: &str| {
        let request = Request::get(path)
            .header("X-Original-URI", "/a.png")
            .header("X-Original-Method", "GET")
            .header("X-Forwarded-Proto", "https")
            .header("X-Forwarded-Host", "files.example.org")
            .header("X-Forwarded-Method", "GET")
            .header("X-Forwarded-Uri", "/a.png");
        app.send(&request.header("Sec-Fetch-Dest", dest))
    };
    for path in [
        "/auth/traefik",
        "/auth/caddy",
        "/auth/envoy/a.png",
        "/auth/traefik/0",
    ] {
        is_the_picture(&asked(path, "image"), 401);
        let reply = asked(path, "script").expect(401);
        assert!(reply.body.is_empty(), "{path}");
    }
    for path in [
        "/auth/nginx",
        "/auth/haproxy",
        "/auth-0",
        "/api/?v1/auth&group=0",
        "/api/v2/auth/0",
    ] {
        let reply = asked(path, "image").expect(401);
        assert!(reply.body.is_empty(), "{path}: {reply:?}");
    }
}

#[test]
fn a_changed_picture_is_taken_up_and_a_bad_one_is_not() {
    let app = app();
    let target = format!("/raw/a.png?accesskey={}", random_key());
    let shown = || {
        app.send(&Request::get(&target).header("Sec-Fetch-Dest", "image"))
            .expect(403)
            .body
    };
    assert_eq!(shown(), PICTURE);
    app.tree.write("state/denied.png", "other");
    eventually("the new picture", Duration::from_secs(5), || {
        shown() == b"other"
    });
    // A link to the secret, a picture that is too long, and none at all.
    let path = app.tree.path.join("state/denied.png");
    for bad in 0..3 {
        fs::remove_file(&path).expect("removed");
        match bad {
            0 => symlink("keys/secret", &path).expect("a link"),
            1 => fs::write(&path, vec![b'x'; (1 << 20) + 1]).expect("a long one"),
            _ => symlink("nowhere", &path).expect("a link"),
        }
        let before = app.log().matches("stays the one before").count();
        eventually("it was looked at", Duration::from_secs(5), || {
            app.log().matches("stays the one before").count() > before
        });
        assert_eq!(shown(), b"other", "{bad}");
    }
}

#[test]
fn what_cannot_be_shown_to_everybody_is_told_at_the_start() {
    for (name, says) in [
        ("nowhere.png", "cannot read"),
        ("denied.bmp", "ends in .png"),
        ("keys", "ends in .png"),
        ("folder.png", "no plain file"),
        ("long.png", "more than 1 MiB"),
        ("keys/inside.png", "belongs to editkey itself"),
        ("settings.png", "belongs to editkey itself"),
        ("hard.png", "belongs to editkey itself"),
        ("open.png", "writable by others"),
    ] {
        let tree = tree(name);
        tree.write("state/keys/inside.png", "x");
        tree.write("state/keys/secret-of-mine", "x");
        tree.write("state/long.png", vec![b'x'; (1 << 20) + 1]);
        tree.write("state/open.png", "x");
        let at = |name: &str| tree.path.join("state").join(name);
        fs::create_dir(at("folder.png")).expect("a folder");
        symlink("settings.json", at("settings.png")).expect("a link");
        fs::hard_link(at("keys/secret-of-mine"), at("hard.png")).expect("a link");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o666);
        fs::set_permissions(at("open.png"), mode).expect("its mode");
        for command in [&["config", "check"][..], &["serve", "--check"]] {
            let output = cli(&tree, command, "");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!output.status.success(), "{name} {command:?}");
            assert!(
                said.contains("gate.denied_image") && said.contains(says),
                "{name} {command:?}: {said}"
            );
        }
    }
    let output = cli(&tree("denied.png"), &["config", "check"], "");
    assert!(output.status.success(), "{output:?}");
}
