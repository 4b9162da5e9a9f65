//! Which file an address names, and what of the disk nobody gets by the gate, nor learns of it.

use std::os::unix::fs::symlink;
use std::process::Command;

use serde_json::json;

use super::{PROXIES, Scene, asked};

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
        let whole = settings["roots"][0].as_str().expect("a root").to_owned();
        let whole = whole.strip_suffix("/root/a").expect("a tree").to_owned();
        settings["roots"] = json!([whole]);
        settings["gate"]["mounts"] = json!([{"urls": ["/whole"], "directory": whole}]);
    });
    for who in [
        scene.cookie("pat", "x", 4),
        scene.app.poweruser().header().expect("a cookie"),
    ] {
        hears(&scene, "/whole/root/a/doc.md", &who, 200);
        hears(&scene, "/whole/outside/canary.txt", &who, 200);
        scene.app.cli_mint("root/a/doc.md");
        for name in [
            "secret",
            "accesskeys.json",
            "accesskeys.json.lock",
            "sessions.json",
            "",
            "new.txt",
            "lastused.json",
        ] {
            hears(&scene, &format!("/whole/state/keys/{name}"), &who, 403);
        }
        for url in [
            "/whole/state/keys",
            "/whole/state/settings.json",
            "/whole/state/token.key",
        ] {
            hears(&scene, url, &who, 403);
        }
    }
}

#[test]
fn a_mount_below_no_root_opens_nothing() {
    let scene = Scene::with(|settings| {
        let a = settings["roots"][0].as_str().expect("a root").to_owned();
        let outside = a.replace("/root/a", "/outside");
        settings["gate"]["mounts"] = json!([
            {"urls": ["/out"], "directory": outside},
            {"urls": ["/none"], "directory": format!("{a}/not-there-yet")},
        ]);
    });
    let pat = scene.cookie("pat", "x", 4);
    for url in ["/out/canary.txt", "/out/", "/none/x", "/none/"] {
        hears(&scene, url, &pat, 403);
    }
    std::fs::create_dir(scene.app.tree.path.join("root/a/not-there-yet")).expect("made");
    hears(&scene, "/none/x", &pat, 200);
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
