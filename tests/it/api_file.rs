//! `/api/file`: the bytes as they are, and saves that overwrite nothing unseen.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::tree::names;
use crate::support::{Jar, Request, TestApp};

fn etag(app: &TestApp, key: &str) -> String {
    let reply = app.get_file(key).expect(200);
    let etag = reply.header("etag").expect("an entity tag");
    assert!(
        etag.starts_with('"') && etag.ends_with('"') && etag.len() > 2,
        "not strong: {etag}"
    );
    etag.to_owned()
}

#[test]
fn the_bytes_and_what_is_said_of_them() {
    let app = TestApp::start();
    let key = app.mint("root/a", "doc.md", &app.editor("ann"));
    let reply = app.get_file(&key).expect(200);
    assert_eq!(reply.body, b"# A document\n");
    assert_eq!(reply.header("content-length"), Some("13"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    assert!(
        reply
            .header("content-security-policy")
            .is_some_and(|policy| policy.contains("sandbox"))
    );
    assert!(
        reply
            .header("last-modified")
            .is_some_and(|time| time.ends_with("GMT"))
    );
    assert!(reply.header("content-encoding").is_none());

    let head = app
        .send(&Request::new("HEAD", "/api/file").bearer(&key))
        .expect(200);
    for name in ["etag", "last-modified", "content-length", "content-type"] {
        assert_eq!(head.header(name), reply.header(name), "{name}");
    }
    let by_query = app
        .send(&Request::get(format!("/api/file?accesskey={key}")))
        .expect(200);
    assert_eq!(by_query.body, reply.body);
    let both = Request::get(format!("/api/file?accesskey={key}")).bearer(&key);
    app.send(&both).expect(200);
    let other = app.mint("root/b", "b.md", &app.poweruser());
    app.send(&Request::get(format!("/api/file?accesskey={key}")).bearer(&other))
        .expect(400);
    // A session adds nothing to a key, and is none itself.
    app.send(&Request::get("/api/file").jar(&app.poweruser()))
        .expect(403);
}

#[test]
fn what_is_known_already_is_not_sent_again() {
    let app = TestApp::start();
    let key = app.mint("root/a", "doc.md", &app.editor("ann"));
    let etag = etag(&app, &key);
    let ask = |condition: &str| {
        app.send(
            &Request::get("/api/file")
                .bearer(&key)
                .header("If-None-Match", condition),
        )
    };
    for condition in [
        etag.clone(),
        format!("W/{etag}"),
        format!("\"x\", {etag}"),
        "*".to_owned(),
    ] {
        let reply = ask(&condition).expect(304);
        assert_eq!(reply.header("etag"), Some(etag.as_str()), "{condition}");
        assert!(reply.body.is_empty());
    }
    ask("\"x\"").expect(200);
    app.tree.write("root/a/doc.md", "# Another one\n");
    assert_eq!(ask(&etag).expect(200).body, b"# Another one\n");
}

#[test]
fn ranges() {
    let app = TestApp::start();
    app.tree.write("root/a/doc.md", "0123456789");
    let key = app.mint("root/a", "doc.md", &app.editor("ann"));
    let ask = |range: &str| {
        app.send(
            &Request::get("/api/file")
                .bearer(&key)
                .header("Range", range),
        )
    };
    for (range, body, says) in [
        ("bytes=0-3", "0123", "bytes 0-3/10"),
        ("bytes=4-", "456789", "bytes 4-9/10"),
        ("bytes=-3", "789", "bytes 7-9/10"),
        ("bytes=-500", "0123456789", "bytes 0-9/10"),
        ("bytes=9-99", "9", "bytes 9-9/10"),
    ] {
        let reply = ask(range).expect(206);
        assert_eq!(
            (reply.text().as_str(), reply.header("content-range")),
            (body, Some(says)),
            "{range}"
        );
    }
    let beyond = ask("bytes=10-").expect(416);
    assert_eq!(beyond.header("content-range"), Some("bytes */10"));
    assert!(beyond.text().contains("behind the end"), "{beyond:?}");
    assert_eq!(ask("lines=1-2").expect(200).body.len(), 10);
    let stale = Request::get("/api/file")
        .bearer(&key)
        .header("Range", "bytes=0-1");
    app.send(&stale.header("If-Range", "\"x\"")).expect(200);
    let reply = app.send(&Request::get("/api/file").bearer(&key));
    assert_eq!(reply.header("accept-ranges"), Some("bytes"));
}

#[test]
fn a_save_names_the_revision_that_it_replaces() {
    let app = TestApp::start();
    let key = app.mint("root/a", "doc.md", &app.editor("ann"));
    let first = etag(&app, &key);
    let saved = app.save(&key, &first, b"two\n").expect(204);
    let second = saved.header("etag").expect("an entity tag").to_owned();
    assert_eq!(second, etag(&app, &key));
    assert_eq!(app.tree.read("root/a/doc.md"), b"two\n");
    assert_ne!(first, second);
    app.save(&key, &first, b"lost\n").expect(412);
    app.save(&key, &format!("W/{second}"), b"lost\n")
        .expect(412);
    app.create(&key, b"lost\n").expect(412);
    app.send(&Request::new("PUT", "/api/file").bearer(&key).body("lost\n"))
        .expect(428);
    app.tree.write("root/a/doc.md", "changed by others\n");
    app.save(&key, &second, b"lost\n").expect(412);
    assert_eq!(app.tree.read("root/a/doc.md"), b"changed by others\n");
    let refused = app.save(&key, "\"x\"", b"x");
    assert_eq!(
        refused.header("content-type"),
        Some("application/problem+json")
    );
}

#[test]
fn too_much_is_refused_before_it_is_read() {
    let app = TestApp::start();
    let key = app.mint("root/a", "doc.md", &app.editor("ann"));
    let etag = etag(&app, &key);
    let refused = app.save(&key, &etag, &vec![b'x'; 64 * 1024 + 1]);
    assert!(refused.expect(413).text().contains("limits.body"));
    app.save(&key, &etag, &vec![b'x'; 64 * 1024]).expect(204);
    app.tree.write("root/a/large.bin", vec![7; 64 * 1024 + 1]);
    let large = app.mint("root/a", "large.bin", &app.editor("ann"));
    assert_eq!(app.get_file(&large).expect(200).body.len(), 64 * 1024 + 1);
}

#[test]
fn who_may_view_may_not_save() {
    let app = TestApp::start();
    let view = [("rights", "view")];
    let key = app.mint_with("root/a", "doc.md", &view, &app.editor("ann"));
    let etag = etag(&app, &key);
    app.save(&key, &etag, b"x").expect(403);
    app.create(&key, b"x").expect(403);
    assert_eq!(app.tree.read("root/a/doc.md"), b"# A document\n");
}

#[test]
fn a_new_file_is_made_once() {
    let app = TestApp::start();
    let key = app.mint("root/a", "new.md", &app.editor("ann"));
    app.get_file(&key).expect(404);
    app.save(&key, "\"x\"", b"x").expect(412);
    assert!(!app.tree.path.join("root/a/new.md").exists());
    let made = app.create(&key, b"made\n").expect(204);
    assert_eq!(
        made.header("etag").map(str::to_owned),
        Some(etag(&app, &key))
    );
    app.create(&key, b"again\n").expect(412);
    assert_eq!(app.tree.read("root/a/new.md"), b"made\n");
    fs::remove_file(app.tree.path.join("root/a/new.md")).expect("the removal");
    app.get_file(&key).expect(404);
    let late = app.mint("root/a", "late.md", &app.editor("ann"));
    app.tree.write("root/a/late.md", "by another program\n");
    app.create(&late, b"over it\n").expect(412);
    assert_eq!(app.tree.read("root/a/late.md"), b"by another program\n");
}

#[test]
fn every_byte_comes_back() {
    let app = TestApp::start();
    let key = app.mint("root/a", "bytes", &app.editor("ann"));
    app.create(&key, b"").expect(204);
    let all: Vec<u8> = (0..=255).collect();
    for bytes in [
        &b"one\r\ntwo\r\n"[..],
        b"no final newline",
        b"\xef\xbb\xbfwith a mark\n",
        b"\xff\xfeu\0t\0f\0",
        b"nul \0 in the middle\n",
        b"caf\xe9 in Latin-1\n",
        b"mixed\r\nends\nof\rlines",
        b"\n\n\n",
        b"",
        &all,
    ] {
        app.save(&key, &etag(&app, &key), bytes).expect(204);
        assert_eq!(app.get_file(&key).expect(200).body, bytes);
        assert_eq!(app.tree.read("root/a/bytes"), bytes);
    }
}

#[test]
fn a_save_keeps_what_the_file_was_and_leaves_nothing_beside() {
    let app = TestApp::start();
    let path = app.tree.path.join("root/a/doc.md");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("the mode");
    let group = std::process::Command::new("setfacl")
        .args(["-m", "u:1:r"])
        .arg(&path)
        .status();
    assert!(group.expect("setfacl").success());
    let access = || {
        let output = std::process::Command::new("getfacl")
            .args(["-cp"])
            .arg(&path)
            .output();
        String::from_utf8(output.expect("getfacl").stdout).expect("UTF-8")
    };
    let (before, beside) = (access(), names(&app.tree.path.join("root/a")));
    let key = app.mint("root/a", "doc.md", &app.editor("ann"));
    app.save(&key, &etag(&app, &key), b"saved\n").expect(204);
    assert_eq!(access(), before);
    assert_eq!(names(&app.tree.path.join("root/a")), beside);
    assert_eq!(fs::read(&path).expect("the file"), b"saved\n");
}

#[test]
fn many_savers_and_no_lost_save() {
    let app = TestApp::start();
    let key = app.mint("root/a", "doc.md", &app.editor("ann"));
    let first = etag(&app, &key);
    let won = std::thread::scope(|scope| {
        let savers: Vec<_> = (0..8)
            .map(|count| {
                scope.spawn({
                    let (app, key, first) = (&app, &key, &first);
                    move || {
                        app.save(key, first, format!("saver {count}\n").as_bytes())
                            .status
                    }
                })
            })
            .collect();
        savers
            .into_iter()
            .map(|saver| saver.join().expect("a saver"))
            .collect::<Vec<_>>()
    });
    assert_eq!(
        won.iter().filter(|status| **status == 204).count(),
        1,
        "{won:?}"
    );
    assert_eq!(
        won.iter().filter(|status| **status == 412).count(),
        7,
        "{won:?}"
    );
}

#[test]
fn a_key_gives_no_session_and_no_neighbour() {
    let app = TestApp::start();
    let key = app.mint("root/a", "doc.md", &app.editor("ann"));
    let mut jar = Jar::default();
    jar.absorb(&app.open(&key).expect(200));
    app.redirect("root/a", "doc.md", &[], &jar).expect(403);
    app.send(&Request::get(app.redirect_target("root/a", "deep", &[])).bearer(&key))
        .expect(403);
    let about = app
        .send(&Request::get("/api/key").bearer(&key))
        .expect(200)
        .json();
    assert_eq!(about["basename"], "doc.md");
    assert_eq!(about["rights"], "edit");
    assert!(
        about.get("dirname").is_none(),
        "a stranger learns the directory: {about}"
    );
}
