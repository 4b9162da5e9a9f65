//! `/raw/NAME`: a file as what its name says it is, harmless whatever an author wrote, and only under its own name.

use serde_json::json;

use crate::support::wire::encode;
use crate::support::{Reply, Request, TestApp, random_key};

fn raw(name: &str, key: &str) -> String {
    format!("/raw/{}?accesskey={key}", encode(name))
}

fn is_harmless(reply: &Reply) {
    let policy = reply.header("content-security-policy").expect("a policy");
    let parts: Vec<&str> = policy.split("; ").collect();
    for part in ["default-src 'none'", "sandbox", "frame-ancestors 'none'"] {
        assert!(parts.contains(&part), "{part}: {policy}");
    }
    assert!(
        !policy.contains("allow-") && !policy.contains("script-src"),
        "{policy}"
    );
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(
        reply.header("cross-origin-resource-policy"),
        Some("same-origin")
    );
    assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
}

#[test]
fn a_file_is_shown_as_what_it_is_called_and_stays_harmless() {
    let app = TestApp::start();
    for (name, bytes, kind) in [
        ("a.png", b"\x89PNG\r\n\x1a\n".to_vec(), "image/png"),
        (
            "page.html",
            b"<script>1</script>\xc3\xa9".to_vec(),
            "text/html; charset=utf-8",
        ),
        ("latin.html", b"<p>\xe9</p>".to_vec(), "text/html"),
        ("a.svg", b"<svg onload='1'/>".to_vec(), "image/svg+xml"),
        (
            "a.js",
            b"alert(1)".to_vec(),
            "text/javascript; charset=utf-8",
        ),
        ("nothing", b"<html>".to_vec(), "application/octet-stream"),
        ("empty.txt", Vec::new(), "text/plain; charset=utf-8"),
        ("large.mp4", vec![7; 300_000], "video/mp4"),
        ("large.txt", vec![b'x'; 300_000], "text/plain"),
    ] {
        app.tree.write(&format!("root/a/{name}"), &bytes);
        let key = app
            .tree
            .hand_made("root/a", name, &json!({"rights": "view"}));
        let reply = app.send(&Request::get(raw(name, &key))).expect(200);
        assert!(reply.body == bytes, "{name}");
        assert_eq!(reply.header("content-type"), Some(kind), "{name}");
        assert_eq!(
            reply.header("content-disposition"),
            Some(format!("inline; filename=\"{name}\"").as_str())
        );
        is_harmless(&reply);
        let bearer = Request::new("HEAD", format!("/raw/{name}")).bearer(&key);
        let head = app.send(&bearer).expect(200);
        for name in ["content-type", "content-length", "etag", "last-modified"] {
            assert_eq!(head.header(name), reply.header(name), "{name}");
        }
    }
}

#[test]
fn a_key_opens_its_file_under_its_own_name_alone() {
    let app = TestApp::start();
    app.tree.write("root/a/a%41.md", "another\n");
    let key = app.mint("root/a", "doc.md", &app.editor("ann"));
    let unknown = app
        .send(&Request::get(raw("doc.md", &random_key())))
        .expect(403);
    for name in [
        "other.md",
        "doc.md/",
        "doc.md.",
        "DOC.md",
        "./doc.md",
        "a/doc.md",
        "",
        "doc.md%00",
        "%2564oc.md",
        "doc.md%20",
        "..%2Fa%2Fdoc.md",
        "doc.m%ff",
        "%64oc.md%",
        "a%41.md",
        "a%2541.md",
    ] {
        let target = format!("/raw/{name}?accesskey={key}");
        let reply = app.send(&Request::get(&target)).expect(403);
        assert_eq!(reply.but_for_date(), unknown.but_for_date(), "{name}");
    }
    for name in ["doc.md", "%64oc.md", "doc%2Emd"] {
        let target = format!("/raw/{name}?accesskey={key}");
        let reply = app.send(&Request::get(&target)).expect(200);
        assert_eq!(reply.body, b"# A document\n", "{name}");
    }
    // Nothing but reading.
    for method in ["PUT", "POST", "DELETE"] {
        let reply = app.send(&Request::new(method, raw("doc.md", &key)).body("x"));
        assert!(matches!(reply.status, 404 | 405), "{reply:?}");
    }
}

#[test]
fn a_wrong_name_counts_as_a_wrong_key() {
    let app = TestApp::start();
    let key = app.mint("root/a", "doc.md", &app.editor("ann"));
    let told_to_wait = (0..700).any(|number| {
        let reply = app.send(&Request::get(raw(&format!("{number}"), &key)));
        assert!(matches!(reply.status, 403 | 429), "{reply:?}");
        reply.status == 429
    });
    assert!(told_to_wait, "names can be guessed at any pace");
    app.send(&Request::get(raw("doc.md", &key))).expect(200);
}

#[test]
fn a_file_that_is_gone_is_told_to_whoever_may_make_it() {
    let app = TestApp::start();
    for (rights, status) in [("edit", 404), ("view", 403)] {
        let key = app
            .tree
            .hand_made("root/a", "gone.png", &json!({"rights": rights}));
        app.send(&Request::get(raw("gone.png", &key)))
            .expect(status);
        app.send(&Request::get(raw("else.png", &key))).expect(403);
    }
    let link = app.tree.hand_made("root/a", "out", &json!({}));
    app.send(&Request::get(raw("out", &link))).expect(403);
}

#[test]
fn ranges_and_conditions_hold_at_every_size() {
    let app = TestApp::start();
    // Read at once, remembered, read off the threads, and in pieces.
    for size in [10, 60_000, 100_000, 300_000] {
        let bytes: Vec<u8> = (0..size)
            .map(|at| u8::try_from(at % 251).expect("small"))
            .collect();
        app.tree.write("root/a/film.mp4", &bytes);
        let key = app
            .tree
            .hand_made("root/a", "film.mp4", &json!({"rights": "view"}));
        for round in 0..2 {
            let ask = |headers: &[(&str, &str)]| {
                let request = Request::get(raw("film.mp4", &key));
                let request = headers.iter().fold(request, |request, (name, value)| {
                    request.header(name, value)
                });
                app.send(&request)
            };
            let whole = ask(&[]).expect(200);
            assert!(whole.body == bytes, "{size} {round}");
            let etag = whole.header("etag").expect("an entity tag").to_owned();
            let modified = whole.header("last-modified").expect("a time").to_owned();
            ask(&[("If-None-Match", &etag)]).expect(304);
            ask(&[("If-Modified-Since", &modified)]).expect(304);
            let part = ask(&[("Range", "bytes=2-5"), ("If-Range", &etag)]).expect(206);
            assert_eq!(part.body, &bytes[2..6]);
            is_harmless(&part);
            assert_eq!(part.header("content-type"), Some("video/mp4"));
            let end = ask(&[("Range", "bytes=-7")]).expect(206);
            assert_eq!(end.body, &bytes[size - 7..]);
            ask(&[("Range", "bytes=0-1"), ("If-Range", "\"other\"")]).expect(200);
            ask(&[("Range", "bytes=900000-")]).expect(416);
        }
    }
}

#[test]
fn the_folder_is_named_to_nobody_who_is_no_proxy() {
    for sendfile in ["x-accel-redirect", "x-sendfile"] {
        for (proxies, handed) in [
            (json!([]), true),
            (json!(["127.0.0.1"]), true),
            (json!(["192.0.2.1"]), false),
        ] {
            let app = TestApp::with(|settings| {
                settings["gate"] = json!({"sendfile": sendfile});
                settings["trusted_proxies"] = proxies.clone();
            });
            let key = app.mint("root/a", "doc.md", &app.editor("ann"));
            let reply = app.send(&Request::get(raw("doc.md", &key))).expect(200);
            is_harmless(&reply);
            assert_eq!(
                reply.header("content-type"),
                Some("text/markdown; charset=utf-8")
            );
            assert_eq!(reply.header(sendfile).is_some(), handed, "{proxies}");
            assert_eq!(reply.body.is_empty(), handed);
            let secret = app.tree.at("root");
            assert_eq!(format!("{:?}", reply.headers).contains(&secret), handed);
            // What is refused names nothing to anybody.
            let reply = app
                .send(&Request::get(raw("doc.md", &random_key())))
                .expect(403);
            assert!(reply.header(sendfile).is_none());
        }
    }
}
