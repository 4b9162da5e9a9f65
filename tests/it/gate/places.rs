//! Which file an address names, and what of the disk nobody gets by the gate, nor learns of it.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::{PROXIES, Scene, asked};
use crate::support::{TestApp, Tree, eventually};

#[track_caller]
fn hears(scene: &Scene, url: &str, cookie: &str, status: u16) {
    for proxy in PROXIES {
        let reply = scene.ask(proxy, url, cookie);
        assert_eq!(reply.status, status, "{proxy} {url}: {reply:?}");
    }
}

#[test]
fn a_link_leads_no_further_than_the_grant() {
    let scene = Scene::new();
    symlink("deep", scene.app.tree.path.join("root/a/shallow")).expect("a link");
    symlink("/", scene.app.tree.path.join("root/a/top")).expect("a link");
    symlink("../a", scene.app.tree.path.join("root/b/toa")).expect("a link");
    let ann = scene.cookie("ann", "x", 4);
    for url in [
        "/album/inner",
        "/album/shallow/x.md",
        "/album/shallow/",
        "/album/shallow",
    ] {
        hears(&scene, url, &ann, 200);
    }
    for url in [
        "/album/out",
        "/album/outdir",
        "/album/outdir/",
        "/album/outdir/canary.txt",
        "/album/dangling",
        "/album/tob",
        "/album/loop",
        "/album/loop/x",
        "/album/magic",
        "/album/magic/etc/passwd",
        "/album/top/etc/passwd",
        "/album/top/",
    ] {
        hears(&scene, url, &ann, 403);
        hears(&scene, url, "", 401);
    }
    // Who is granted both sides of a link gets what it leads to.
    let pat = scene.cookie("pat", "x", 4);
    hears(&scene, "/album/tob", &pat, 200);
    hears(&scene, "/album/inside/toa/doc.md", &pat, 200);
    for url in [
        "/album/out",
        "/album/outdir/canary.txt",
        "/album/top/etc/passwd",
        "/album/magic/etc/passwd",
    ] {
        hears(&scene, url, &pat, 403);
    }
}

#[test]
fn what_is_no_regular_file_is_nobodys() {
    let scene = Scene::new();
    let device = scene.app.tree.path.join("root/a/null");
    let made = Command::new("mknod")
        .arg(&device)
        .args(["c", "1", "3"])
        .status();
    assert!(made.expect("mknod").success(), "we are root");
    for who in [scene.cookie("ann", "x", 4), scene.cookie("pat", "x", 4)] {
        for url in [
            "/album/fifo",
            "/album/socket",
            "/album/null",
            "/album/hard.md",
            "/album/fifo/",
            "/album/fifo/x",
            "/album/doc.md/",
            "/album/doc.md/x",
        ] {
            hears(&scene, url, &who, 403);
        }
    }
}

#[test]
fn files_with_several_names_are_served_where_the_settings_say_so() {
    let scene = Scene::with(|settings| settings["hard_links"] = json!("write"));
    hears(&scene, "/album/hard.md", &scene.cookie("ann", "x", 4), 200);
    hears(&scene, "/album/hard.md", &scene.cookie("bob", "x", 4), 403);
}

#[test]
fn a_directory_needs_a_grant_that_covers_all_of_it() {
    let scene = Scene::with(|settings| {
        let a = settings["roots"][0].as_str().expect("a root").to_owned();
        settings["grants"] = json!([
            {"source": "jwt", "user": "ann", "directories": [a]},
            {"source": "jwt", "user": "dee", "directories": [format!("{a}/deep")]},
        ]);
    });
    let (ann, dee) = (scene.cookie("ann", "x", 4), scene.cookie("dee", "x", 4));
    for (url, anns, dees) in [
        ("/album/", 200, 403),
        ("/album", 200, 403),
        ("/album/sub", 200, 403),
        ("/album/sub/", 200, 403),
        ("/album/deep", 200, 200),
        ("/album/deep/", 200, 200),
        ("/album/deep/x.md", 200, 200),
        ("/album/deeper", 200, 403),
        ("/album/doc.md", 200, 403),
        ("/album/inside/", 403, 403),
        ("/", 403, 403),
    ] {
        hears(&scene, url, &ann, anns);
        hears(&scene, url, &dee, dees);
        hears(&scene, url, "", 401);
    }
}

#[test]
fn missing_and_forbidden_are_alike_to_whoever_has_no_grant() {
    let scene = Scene::new();
    let (bob, ann) = (scene.cookie("bob", "x", 4), scene.cookie("ann", "x", 4));
    for proxy in PROXIES {
        for cookie in [bob.as_str(), ""] {
            let there = scene.ask(proxy, "/album/doc.md", cookie).but_for_date();
            for url in [
                "/album/missing.md",
                "/album/no/such/folder.md",
                "/album/",
                "/album/missing/",
                "/album/out",
                "/album/dangling",
                "/album/fifo",
                "/secret/s.md",
                "/secret/missing",
                "/nowhere",
                "/album/hard.md",
                "/album/loop",
            ] {
                assert_eq!(
                    scene.ask(proxy, url, cookie).but_for_date(),
                    there,
                    "{proxy} {url}"
                );
            }
        }
        // Beyond the grant it is the same to ann.
        let beyond = scene.ask(proxy, "/secret/s.md", &ann).but_for_date();
        assert_eq!(
            scene.ask(proxy, "/secret/missing.md", &ann).but_for_date(),
            beyond
        );
        // Within it the proxy says what is not there.
        scene.ask(proxy, "/album/missing.md", &ann).expect(200);
    }
}

#[test]
fn what_is_editkeys_own_is_nobodys() {
    let scene = Scene::with(|settings| {
        let b = settings["roots"][2].as_str().expect("a root").to_owned();
        fs::create_dir(format!("{b}/keys")).expect("a folder");
        let private = fs::Permissions::from_mode(0o700);
        fs::set_permissions(format!("{b}/keys"), private).expect("its mode");
        settings["access_key_file"] = json!(format!("{b}/keys/accesskeys.json"));
        settings["secret_file"] = json!("../root/b/keys/secret");
        // Else a second name would do.
        settings["hard_links"] = json!("write");
    });
    let tree = &scene.app.tree;
    symlink("keys/secret", tree.path.join("root/b/link.md")).expect("a link");
    symlink("keys", tree.path.join("root/b/linked")).expect("a link");
    for (own, name) in [
        ("root/b/keys/secret", "hard"),
        ("state/settings.json", "settings.md"),
        ("state/token.key", "token.md"),
    ] {
        fs::hard_link(tree.path.join(own), tree.path.join("root/b").join(name))
            .expect("a second name");
    }
    scene.app.cli_mint("root/a/doc.md");
    let secret = tree.hand_made("root/b/keys", "secret", &json!({}));
    for who in [
        scene.cookie("pat", "x", 4),
        scene.app.poweruser().header().expect("a cookie"),
    ] {
        hears(&scene, "/album/inside/b.md", &who, 200);
        for name in [
            "keys/secret",
            "keys/accesskeys.json",
            "keys/accesskeys.json.lock",
            "keys/sessions.json",
            "keys/new.md",
            "keys/",
            "keys",
            "keys/new/x",
            "link.md",
            "linked",
            "linked/",
            "linked/secret",
            "hard",
            "settings.md",
            "token.md",
        ] {
            hears(&scene, &format!("/album/inside/{name}"), &who, 403);
            let by_key = asked("nginx", "GET", &format!("/album/inside/{name}")).bearer(&secret);
            scene.app.send(&by_key).expect(401);
        }
    }
}

#[test]
fn a_mount_is_a_directory_that_is_there_below_a_root() {
    for (directory, why) in [
        ("outside", "lies outside all roots"),
        ("root", "lies outside all roots"),
        ("root/a/none", "No such file"),
        ("root/a/doc.md", "irectory"),
    ] {
        let tree = Tree::with(|settings| {
            let a = settings["roots"][0].as_str().expect("a root");
            let directory = a.replace("root/a", directory);
            settings["gate"] = json!({"mounts": [{"urls": ["/m"], "directory": directory}]});
        });
        let said = TestApp::try_on(Arc::new(tree))
            .err()
            .expect("it does not start");
        assert!(
            said.contains("gate.mounts[0].directory") && said.contains(why),
            "{said}"
        );
    }
}

#[test]
fn a_directory_that_is_away_opens_nothing_until_it_is_back() {
    let scene = Scene::with(|settings| {
        let deep = format!("{}/deep", settings["roots"][0].as_str().expect("a root"));
        settings["gate"]["mounts"] = json!([{"urls": ["/deep"], "directory": deep}]);
    });
    let ann = scene.cookie("ann", "x", 4);
    let (there, away) = (
        scene.app.tree.path.join("root/a/deep"),
        scene.app.tree.path.join("away"),
    );
    hears(&scene, "/deep/x.md", &ann, 200);
    fs::rename(&there, &away).expect("moved");
    symlink(scene.app.tree.path.join("outside"), &there).expect("a link in its place");
    eventually("it is seen", Duration::from_secs(5), || {
        scene.ask("nginx", "/deep/canary.txt", &ann).status == 403
    });
    hears(&scene, "/deep/canary.txt", &ann, 403);
    hears(&scene, "/deep/", &ann, 403);
    fs::remove_file(&there).expect("removed");
    fs::rename(&away, &there).expect("moved back");
    eventually("it is back", Duration::from_secs(5), || {
        scene.ask("nginx", "/deep/x.md", &ann).status == 200
    });
}

#[test]
fn names_are_what_they_are_decoded_once() {
    let scene = Scene::new();
    let ann = scene.cookie("ann", "x", 4);
    for (name, spelled) in [
        ("a b.md", "a%20b.md"),
        ("100% sure.md", "100%25%20sure.md"),
        ("Übung \"eins\".md", "%C3%9Cbung%20%22eins%22.md"),
        ("a+b;c=d,e.md", "a+b;c=d,e.md"),
        ("it's (1) [2] {3}.md", "it's%20(1)%20[2]%20%7B3%7D.md"),
        ("?#.md", "%3F%23.md"),
        (".hidden", ".hidden"),
    ] {
        scene.app.tree.write(&format!("root/a/{name}"), "x");
        hears(&scene, &format!("/album/{spelled}"), &ann, 200);
        let put = asked("caddy", "PUT", &format!("/album/{spelled}")).header("Cookie", &ann);
        scene.app.send(&put).expect(200);
        hears(&scene, &format!("/secret/{spelled}"), &ann, 403);
    }
}
