//! `GET /api/file/near`: pictures beside the file of a key, where the visitor's own grants hold them; all else is one answer.

use std::os::unix::fs::symlink;

use serde_json::json;

use crate::support::audit::told;
use crate::support::keyfile::id;
use crate::support::wire::encode;
use crate::support::{Jar, Reply, Request, TestApp, random_key};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n-and-more";
const SVG: &[u8] = b"<svg xmlns='http://www.w3.org/2000/svg' onload='1'/>";

fn near(path: &str, key: &str) -> Request {
    Request::get(format!("/api/file/near?path={}", encode(path))).bearer(key)
}

fn app() -> TestApp {
    let app = TestApp::start();
    let tree = &app.tree;
    std::fs::create_dir_all(tree.path.join("root/a/img")).expect("a folder");
    for (name, bytes) in [
        ("root/a/a.png", PNG),
        ("root/a/img/ü b.png", PNG),
        ("root/a/deep/d.png", PNG),
        ("root/a/logo.svg", SVG),
        ("root/b/b.png", PNG),
        ("root/a-secret/s.png", PNG),
        ("outside/o.png", PNG),
        ("root/a/text.png", b"secret text\n"),
        ("root/a/page.svg", b"<html><svg-not"),
        ("root/a/jpeg.png", b"\xff\xd8\xff\xe0"),
        ("root/a/photo.txt", PNG),
        ("root/a/empty.png", b""),
        ("state/keys/k.png", PNG),
    ] {
        tree.write(name, bytes);
    }
    app
}

fn refused(app: &TestApp) -> Reply {
    app.get_file(&random_key()).expect(403)
}

#[test]
fn a_picture_that_the_visitors_grants_hold_is_given_and_stays_harmless() {
    let app = app();
    let ann = app.editor("ann");
    let key = app.mint("root/a", "doc.md", &ann);
    for (path, bytes, kind) in [
        ("a.png", PNG, "image/png"),
        ("img/ü b.png", PNG, "image/png"),
        ("deep/d.png", PNG, "image/png"),
        ("logo.svg", SVG, "image/svg+xml"),
    ] {
        let reply = app.send(&near(path, &key).jar(&ann)).expect(200);
        assert_eq!(reply.body, bytes, "{path}");
        assert_eq!(reply.header("content-type"), Some(kind), "{path}");
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        let policy = reply.header("content-security-policy").expect("a policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("sandbox"));
        assert!(!policy.contains("allow-"), "{policy}");
    }
    let bare = id(&key).trim_start_matches("sha256:").to_owned();
    let wanted = json!({"act": "open", "key": bare, "why": "near", "by": "host/cms:ann"});
    told(&app, &wanted);
    // From a file further down, and up again within the grant.
    let deep = app.mint("root/a/deep", "x.md", &ann);
    app.send(&near("../a.png", &deep).jar(&ann)).expect(200);
    app.send(&near("../img/ü b.png", &deep).jar(&ann))
        .expect(200);
    // A file that is not there yet has neighbours too.
    let new = app.mint("root/a", "new.md", &ann);
    app.send(&near("a.png", &new).jar(&ann)).expect(200);
}

/// Paths that give nothing to who was granted `root/a`: unclean, no picture, beyond, by a link, no plain file, too large.
const NOWHERE: &[&str] = &[
    "",
    ".",
    "..",
    "/",
    "doc.md",
    "photo.txt",
    "text.png",
    "page.svg",
    "jpeg.png",
    "empty.png",
    "none.png",
    "img/none.png",
    "./a.png",
    "img/../a.png",
    "img//a.png",
    "img/",
    "a.png/",
    "a.png/x.png",
    "/a.png",
    "//a.png",
    "..\\a.png",
    "a.png\0",
    "a.png%00",
    "%61.png",
    "..%2fb%2fb.png",
    "A.PNG",
    "a.png ",
    "\u{202e}a.png",
    "../b/b.png",
    "../a-secret/s.png",
    "../../outside/o.png",
    "../../state/keys/k.png",
    "../../../../../../../etc/passwd.png",
    "../a/a.png/../../b/b.png",
    "link.png",
    "out.png",
    "linked/b.png",
    "outdir/o.png",
    "dir.png",
    "hard.png",
    "fifo.png",
    "large.png",
];

#[test]
fn all_else_is_the_answer_to_an_unknown_key() {
    let app = app();
    let tree = &app.tree;
    let inside = tree.path.join("root/a");
    symlink("../b", inside.join("linked")).expect("a link");
    symlink("a.png", inside.join("link.png")).expect("a link");
    symlink("../../outside/o.png", inside.join("out.png")).expect("a link");
    std::fs::create_dir(inside.join("dir.png")).expect("a folder");
    std::fs::hard_link(tree.path.join("outside/o.png"), inside.join("hard.png")).expect("a link");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(inside.join("fifo.png"))
            .status()
            .expect("mkfifo")
            .success()
    );
    let large = std::fs::File::create(inside.join("large.png")).expect("a file");
    large.set_len((16 << 20) + 1).expect("its size");
    std::os::unix::fs::FileExt::write_all_at(&large, PNG, 0).expect("its beginning");
    let ann = app.editor("ann");
    let key = app.mint("root/a", "doc.md", &ann);
    let wanted = refused(&app).but_for_date();
    let long = [
        format!("{}x.png", "../".repeat(3000)),
        "x".repeat(5000),
        tree.at("root/a/a.png"),
        tree.at("outside/o.png"),
    ];
    for path in NOWHERE
        .iter()
        .copied()
        .chain(long.iter().map(String::as_str))
    {
        // Beyond 8 KiB the guard speaks, of any address.
        let request = near(path, &key).jar(&ann);
        let reply = app.send(&request);
        if reply.status != 414 {
            assert_eq!(reply.but_for_date(), wanted, "{path:?}");
        }
    }
    // What is granted to others, and to nobody.
    let nobody = Jar::default();
    let bob = app.session(&json!({"user": "bob", "directories": [tree.at("root/b")]}));
    for jar in [&nobody, &bob] {
        let reply = app.send(&near("a.png", &key).jar(jar));
        assert_eq!(reply.but_for_date(), wanted);
    }
    app.send(&near("../b/b.png", &key).jar(&bob)).expect(200);
    app.send(&near("../b/b.png", &random_key()).jar(&bob))
        .expect(403);
    // Who may view sees pictures too.
    let viewer = app.session(
        &json!({"user": "vic", "directories": [{"path": tree.at("root/a"), "rights": "view"}]}),
    );
    app.send(&near("a.png", &key).jar(&viewer)).expect(200);
}

#[test]
fn a_key_in_the_address_and_an_odd_query_are_not_taken() {
    let app = app();
    let ann = app.editor("ann");
    let key = app.mint("root/a", "doc.md", &ann);
    let by_address = format!("/api/file/near?path=a.png&accesskey={key}");
    app.send(&Request::get(&by_address).jar(&ann)).expect(400);
    app.send(&Request::get(&by_address).bearer(&key).jar(&ann))
        .expect(400);
    for query in [
        "",
        "?path=a.png&path=b.png",
        "?path=%ff",
        "?path[]=a.png",
        "?path=a.png&x=1",
    ] {
        let target = format!("/api/file/near{query}");
        app.send(&Request::get(target).bearer(&key).jar(&ann))
            .expect(400);
    }
    for method in ["PUT", "POST", "DELETE"] {
        let request = Request::new(method, "/api/file/near?path=a.png")
            .bearer(&key)
            .jar(&ann);
        let reply = app.send(&request.body("x"));
        assert!(matches!(reply.status, 404 | 405), "{reply:?}");
    }
}

#[test]
fn guessing_at_names_is_slowed_down_and_holders_are_served() {
    let app = app();
    let ann = app.editor("ann");
    let key = app.mint("root/a", "doc.md", &ann);
    let told_to_wait = (0..700).any(|number| {
        let reply = app.send(&near(&format!("{number}.png"), &key).jar(&ann));
        assert!(matches!(reply.status, 403 | 429), "{reply:?}");
        reply.status == 429
    });
    assert!(told_to_wait, "names can be guessed at any pace");
    app.send(&near("a.png", &key).jar(&ann)).expect(200);
    app.get_file(&key).expect(200);
}

#[test]
fn a_key_of_a_directory_shows_what_is_below_it_and_no_more() {
    let app = app();
    let tree = &app.tree;
    let key = tree.hand_made(
        "root",
        "a",
        &json!({"scope": "directory", "rights": "view"}),
    );
    for (path, status) in [
        ("a.png", 200),
        ("deep/d.png", 200),
        ("../b/b.png", 403),
        ("../a-secret/s.png", 403),
        ("text.png", 403),
    ] {
        app.send(&near(path, &key)).expect(status);
    }
    let file = tree.hand_made("root/a", "doc.md", &json!({"parent": id(&key)}));
    app.send(&near("a.png", &file)).expect(403);
}
