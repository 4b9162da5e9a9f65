//! Files of `/raw` that nginx, Caddy and Apache send in editkey's place: exactly the file that the key opens, whatever it is
//! called, harmless on the way, and by no other address.

use serde_json::{Value, json};

use super::scene::Scene;
use super::{apache, programs};
use crate::support::wire::encode;
use crate::support::{Reply, random_key};

/// Names that one of the programs might read as another one, and what that other one would be.
const NAMES: [(&str, &str); 17] = [
    ("plain.png", ""),
    ("two words.png", "two"),
    ("100%.png", "100"),
    ("a%41.png", "aA.png"),
    ("a%2541.png", "a%41.png"),
    ("b%2Fc.png", "b"),
    ("quo\"te's.png", "quo"),
    ("é ü 中.png", "e u .png"),
    ("why?.png", "why"),
    ("ha#sh.png", "ha"),
    ("semi;colon,.png", "semi"),
    ("plus+and&=.png", "plus and&=.png"),
    ("tail.png ", "tail.png"),
    ("br{ace}${uri}.png", "br"),
    (".htaccess", "htaccess"),
    ("index.html", "index"),
    ("<tag>|*~!.png", "tag"),
];

#[test]
fn nginx_sends_what_raw_opens() {
    let scene = Scene::new(
        "/edit/",
        settings("x-accel-redirect"),
        |tree, address, editkey| {
            programs::nginx(
                tree,
                address,
                editkey,
                "examples/proxy/raw-nginx.conf",
                &[],
                "",
            )
        },
    );
    story(&scene, |_| true);
}

#[test]
fn caddy_sends_what_raw_opens() {
    let scene = Scene::new("/", settings("x-sendfile"), |tree, address, editkey| {
        programs::caddy(
            tree,
            address,
            editkey,
            "examples/proxy/raw-Caddyfile",
            &[],
            "",
        )
    });
    story(&scene, nobody_decodes);
}

#[test]
fn apache_sends_what_raw_opens() {
    let scene = Scene::new("/edit/", settings("x-sendfile"), apache::apache);
    story(&scene, nobody_decodes);
}

/// Whether a name is the same to whoever decodes it and to whoever does not.
fn nobody_decodes(name: &str) -> bool {
    !name.contains('%') && !name.ends_with(' ')
}

fn settings(sendfile: &'static str) -> impl FnOnce(&mut Value) {
    move |settings| settings["gate"] = json!({"sendfile": sendfile})
}

fn story(scene: &Scene, handed_over: impl Fn(&str) -> bool) {
    let tree = &scene.app.tree;
    let mut keys = Vec::new();
    for (name, other) in NAMES {
        tree.write(&format!("root/a/{name}"), bytes_of(name));
        if !other.is_empty() && !NAMES.iter().any(|(name, _)| *name == other) {
            tree.write(&format!("root/a/{other}"), "another file");
        }
        keys.push(tree.hand_made("root/a", name, &json!({"rights": "view"})));
    }
    for ((name, _), key) in NAMES.iter().zip(&keys) {
        one_file(scene, name, key, handed_over(name));
    }
    no_other_way(scene, &keys[0]);
    large(scene);
    let mut log = String::new();
    for path in &scene.logs {
        log += &std::fs::read_to_string(path).unwrap_or_default();
    }
    assert!(log.contains("plain.png"), "nothing was logged: {log}");
    for key in &keys {
        assert!(!log.contains(key.as_str()), "a key in a log");
    }
}

fn bytes_of(name: &str) -> Vec<u8> {
    format!("0123456789 the file {name}\n").into_bytes()
}

fn ask(scene: &Scene, method: &str, name: &str, key: &str, headers: &[&str]) -> Reply {
    let path = format!("raw/{}?accesskey={key}", encode(name));
    scene.ask(method, &path, headers, None)
}

fn one_file(scene: &Scene, name: &str, key: &str, handed_over: bool) {
    let bytes = bytes_of(name);
    let whole = ask(scene, "GET", name, key, &[]).expect(200);
    assert_eq!(
        String::from_utf8_lossy(&whole.body),
        String::from_utf8_lossy(&bytes),
        "{name}"
    );
    is_harmless(name, &whole);
    let etag = whole.header("etag").expect("an entity tag").to_owned();
    let ours = etag.trim_matches('"').len() == 24;
    assert_eq!(ours, !handed_over, "{name}: {etag}");
    let head = ask(scene, "HEAD", name, key, &[]).expect(200);
    assert_eq!(
        head.header("content-length"),
        Some(bytes.len().to_string().as_str()),
        "{name}"
    );
    is_harmless(name, &head);
    let part = ask(scene, "GET", name, key, &["Range: bytes=2-5"]).expect(206);
    assert_eq!(part.body, b"2345", "{name}");
    is_harmless(name, &part);
    let same = ask(
        scene,
        "GET",
        name,
        key,
        &[&format!("If-None-Match: {etag}")],
    )
    .expect(304);
    assert!(same.body.is_empty());
    let modified = whole.header("last-modified").expect("a time");
    ask(
        scene,
        "GET",
        name,
        key,
        &[&format!("If-Modified-Since: {modified}")],
    )
    .expect(304);
    let stale = ["Range: bytes=2-5", "If-Range: \"other\""];
    assert_eq!(
        ask(scene, "GET", name, key, &stale).expect(200).body,
        bytes,
        "{name}"
    );
}

fn is_harmless(name: &str, reply: &Reply) {
    let all = |header: &str| -> Vec<&str> {
        let headers = reply.headers.iter();
        let named = headers.filter(|(name, _)| name.eq_ignore_ascii_case(header));
        named.map(|(_, value)| value.as_str()).collect()
    };
    let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'none'";
    for (header, value) in [
        ("content-security-policy", policy),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "same-origin"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(all(header), [value], "{name}: {header}");
    }
    let kind = match name {
        ".htaccess" | "tail.png " => "application/octet-stream",
        "index.html" => "text/html; charset=utf-8",
        _ => "image/png",
    };
    assert_eq!(all("content-type"), [kind], "{name}");
    let disposition = all("content-disposition");
    assert!(
        matches!(disposition.as_slice(), [one] if one.starts_with("inline; filename=\"")),
        "{disposition:?}"
    );
    for header in ["x-accel-redirect", "x-sendfile"] {
        assert!(all(header).is_empty(), "{name}: {header}");
    }
}

/// The proxy's own address for files leads nowhere from outside, and a client's header names nothing.
fn no_other_way(scene: &Scene, key: &str) {
    let tree = &scene.app.tree;
    let doc = tree.at("root/a/plain.png");
    let origin = scene.origin();
    let up = if scene.base == "/" { "" } else { "../" };
    for path in [
        format!("editkey-files{doc}"),
        format!("editkey-files/{doc}"),
        format!("./editkey-files{doc}"),
        format!("editkey%2dfiles{doc}"),
        format!("editkey-files/..{doc}"),
        format!("editkey-files/%2e%2e{doc}"),
        format!("EDITKEY-FILES{doc}"),
        format!("raw/../editkey-files{doc}?accesskey={key}"),
        format!("raw/..%2feditkey-files{doc}?accesskey={key}"),
        doc.trim_start_matches('/').to_owned(),
    ] {
        for path in [format!("{up}{path}"), path] {
            let reply = scene.ask("GET", &path, &[], None);
            assert!(
                !matches!(reply.status, 200 | 206 | 304),
                "{origin} {path}: {reply:?}"
            );
            assert!(!reply.text().contains("the file plain.png"), "{path}");
        }
    }
    let forged = [
        format!("X-Accel-Redirect: /editkey-files{doc}"),
        format!("X-Sendfile: {doc}"),
    ];
    for header in &forged {
        let refused = ask(scene, "GET", "plain.png", &random_key(), &[header]).expect(403);
        assert!(!refused.text().contains("the file"), "{header}");
    }
    // What editkey refuses stays refused, equal to the byte.
    let unknown = ask(scene, "GET", "plain.png", &random_key(), &[]).expect(403);
    let wrong_name = ask(scene, "GET", "index.html", key, &[]).expect(403);
    assert_eq!(unknown.but_for_date(), wrong_name.but_for_date());
    let link = tree.hand_made("root/a", "out", &json!({"rights": "view"}));
    assert_eq!(
        ask(scene, "GET", "out", &link, &[])
            .expect(403)
            .but_for_date(),
        unknown.but_for_date()
    );
}

fn large(scene: &Scene) {
    let tree = &scene.app.tree;
    let bytes: Vec<u8> = (0..5_u32 << 20).map(|at| (at % 251) as u8).collect();
    tree.write("root/a/film.mp4", &bytes);
    let key = tree.hand_made("root/a", "film.mp4", &json!({"rights": "view"}));
    assert!(ask(scene, "GET", "film.mp4", &key, &[]).expect(200).body == bytes);
    let end = ask(scene, "GET", "film.mp4", &key, &["Range: bytes=-1000"]).expect(206);
    assert!(end.body == bytes[bytes.len() - 1000..]);
    ask(scene, "GET", "film.mp4", &key, &["Range: bytes=9000000-"]).expect(416);
}
