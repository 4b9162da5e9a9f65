//! A file server that died, in front of a directory or of the link to it: what cannot be looked at is neither refused for
//! good nor lost.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;

use super::{Scene, asked};
use crate::support::mount::Served;
use crate::support::{Jar, Request, eventually, random_key};

/// More than a network may guess wrong within a minute.
const GUESSES: usize = 700;
const SOON: Duration = Duration::from_secs(10);

/// A server whose policy leads by a link on another's file system, `away/NAME`, to what is granted.
fn by_link() -> (Scene, PathBuf) {
    let scene = Scene::with(|settings| {
        let root = PathBuf::from(settings["roots"][0].as_str().expect("a root"));
        let tree = root.parent().and_then(|above| above.parent());
        let away = tree.expect("the tree").join("away/{user}");
        settings["keys"]["on_grant_lost"] = json!("revoke");
        settings["grants"] = json!([{"source": "jwt", "level": 998, "directories": [away]}]);
    });
    let away = scene.app.tree.path.join("away");
    fs::create_dir(&away).expect("a directory");
    symlink(scene.app.tree.at("root/a"), away.join("ann")).expect("a link");
    (scene, away)
}

fn opens(scene: &Scene, key: &str) -> u16 {
    scene.app.get_file(key).status
}

#[test]
fn no_key_is_lost_with_a_grant_that_cannot_be_looked_at() {
    let (scene, away) = by_link();
    let mut server = Served::start(&away);
    let tree = &scene.app.tree;
    let by = |name: &str| tree.hand_made("root/a", "doc.md", &json!({"by": format!("jwt:{name}")}));
    let (anns, bobs) = (by("ann"), by("bob"));
    assert_eq!(opens(&scene, &anns), 200);
    // Whoever was granted nothing there has lost what they had.
    assert_eq!(opens(&scene, &bobs), 403);
    server.die();
    for _ in 0..20 {
        assert_eq!(opens(&scene, &anns), 200);
    }
    drop(server);
    assert_eq!(opens(&scene, &anns), 200);
    fs::remove_file(away.join("ann")).expect("removed");
    assert_eq!(opens(&scene, &anns), 403, "now it is lost");
}

#[test]
fn a_grant_that_cannot_be_looked_at_is_answered_with_not_now() {
    let (scene, away) = by_link();
    let cookie = scene.cookie("ann", "x", 4);
    let redirect = |name: &str| {
        let query = format!("dirname={}&basename={name}", scene.app.tree.at("root/a"));
        let request = Request::get(format!("/redirect?{query}"));
        scene.app.send(&request.header("Cookie", &cookie)).status
    };
    let mut server = Served::start(&away);
    let gate = |proxy: &str| scene.ask(proxy, "/album/doc.md", &cookie).status;
    assert_eq!((gate("caddy"), redirect("doc.md")), (200, 302));
    server.die();
    for proxy in ["caddy", "traefik", "envoy"] {
        assert_eq!(gate(proxy), 503, "{proxy}");
    }
    // It knows three answers, and this is none of those that send somebody to sign in.
    assert_eq!(gate("nginx"), 403);
    assert_eq!((redirect("doc.md"), redirect("new.md")), (503, 503));
    assert_eq!(scene.ask_by_nobody("caddy", "/album/doc.md").status, 401);
    drop(server);
    assert_eq!((gate("caddy"), redirect("doc.md")), (200, 302));
}

#[test]
fn a_root_on_a_server_that_died_opens_again_and_no_key_was_a_guess() {
    let scene = Scene::new();
    let tree = &scene.app.tree;
    tree.write("root/b/far.md", "far\n");
    let mut server = Served::start(&tree.path.join("root/b"));
    let key = tree.hand_made("root/b", "far.md", &json!({}));
    let gate = || {
        scene
            .app
            .send(&asked("caddy", "GET", "/album/inside/far.md").bearer(&key))
            .status
    };
    // The roots are looked at each second.
    eventually("it is found there", SOON, || {
        (opens(&scene, &key), gate()) == (200, 200)
    });
    server.die();
    eventually("it is missed", SOON, || {
        (opens(&scene, &key), gate()) == (503, 503)
    });
    let save = || {
        scene
            .app
            .send(
                &Request::new("PUT", "/api/file")
                    .bearer(&key)
                    .header("If-Match", "*")
                    .body("new\n"),
            )
            .status
    };
    for _ in 0..GUESSES / 2 {
        assert_eq!((opens(&scene, &key), gate(), save()), (503, 503, 503));
    }
    let nobody = scene.ask_by_nobody("caddy", "/album/inside/far.md");
    assert_eq!(nobody.status, 401, "whoever was granted nothing signs in");
    drop(server);
    eventually("it is there again", SOON, || {
        (opens(&scene, &key), gate()) == (200, 200)
    });
    assert_eq!(opens(&scene, &random_key()), 403, "none of it was a guess");
    assert_eq!(tree.read("root/b/far.md"), b"far\n");
}

#[test]
fn a_withdrawal_waits_for_no_file_server() {
    let (scene, away) = by_link();
    let app = &scene.app;
    let grant = |directory: &str| json!({"user": "ann", "directories": [app.tree.at(directory)]});
    let ann: Jar = app.session(&grant("root/a"));
    let key = app.mint("root/a", "doc.md", &ann);
    let mut server = Served::start(&away);
    app.host_grant(&grant("away/ann")).expect(201);
    let kept = app.host_grant(&grant("root/a/deep")).expect(201).json();
    server.die();
    assert_eq!(
        app.host_grant(&grant("away/ann")).status,
        503,
        "not above the ceiling, nor within it"
    );
    assert!(kept["id"].is_string());
    let withdraw = Request::new("DELETE", "/api/grants?user=ann").bearer(&app.tree.cms_token);
    assert_eq!(app.send(&withdraw).status, 204);
    assert_eq!(opens(&scene, &key), 403);
}
