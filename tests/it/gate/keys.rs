//! A key opens its file behind the proxy as it does in the editor: that file, for that long, with those rights.

use serde_json::json;

use super::{PROXIES, Scene, asked, passes_as};
use crate::support::{Reply, Request, random_key};

/// What is asked about `url` with this key in the address, and with it in `Authorization`.
fn both(proxy: &str, method: &str, url: &str, key: &str) -> [Request; 2] {
    let mark = if url.contains('?') { '&' } else { '?' };
    [
        asked(proxy, method, &format!("{url}{mark}accesskey={key}")),
        asked(proxy, method, url).bearer(key),
    ]
}

#[track_caller]
fn hears(scene: &Scene, method: &str, url: &str, key: &str, status: u16) {
    for proxy in PROXIES {
        for request in both(proxy, method, url, key) {
            let reply = scene.app.send(&request);
            assert_eq!(reply.status, status, "{proxy} {method} {url}: {reply:?}");
        }
    }
}

#[test]
fn a_key_opens_its_very_file_by_each_of_its_addresses() {
    let scene = Scene::new();
    let key = scene.app.cli_mint("root/a/doc.md");
    for url in [
        "/album/doc.md",
        "/thumbs/small/doc.md",
        "/album/d%6fc.md",
        "/album/doc.md?v=2&w=%00#",
        "/album/inner",
    ] {
        hears(&scene, "GET", url.trim_end_matches('#'), &key, 200);
    }
    for url in [
        "/album/deep/x.md",
        "/album",
        "/album/",
        "/album/doc.md/",
        "/album/doc.md/x",
        "/album/hard.md",
        "/album/new.md",
        "/secret/s.md",
        "/secret/doc.md",
        "/album/inside/doc.md",
        "/wiki",
        "/doc.md",
        "/album/tob",
        "/album/DOC.md",
    ] {
        hears(&scene, "GET", url, &key, 401);
    }
    passes_as(
        scene
            .app
            .send(&asked("nginx", "GET", "/album/doc.md").bearer(&key)),
        "",
        "",
        "",
    );
    // It is a key of its own beside whoever is signed in.
    let ann = scene.cookie("ann", "x", 4);
    let request = asked("nginx", "GET", "/secret/s.md")
        .bearer(&key)
        .header("Cookie", &ann);
    scene.app.send(&request).expect(403);
    let request = asked("nginx", "GET", "/album/deep/x.md")
        .bearer(&key)
        .header("Cookie", &ann);
    passes_as(scene.app.send(&request), "ann", "ann@example.org", "x");
}

#[test]
fn a_key_to_view_does_not_edit() {
    let scene = Scene::new();
    let view = scene.app.mint_with(
        "root/a",
        "doc.md",
        &[("rights", "view")],
        &scene.app.editor("ann"),
    );
    let edit = scene.app.mint("root/a", "doc.md", &scene.app.editor("ann"));
    for method in ["GET", "HEAD", "OPTIONS"] {
        hears(&scene, method, "/album/doc.md", &view, 200);
    }
    for method in ["PUT", "POST", "DELETE", "PATCH", "PROPFIND"] {
        hears(&scene, method, "/album/doc.md", &view, 401);
        hears(&scene, method, "/album/doc.md", &edit, 200);
        hears(&scene, method, "/album/deep/x.md", &edit, 401);
    }
}

#[test]
fn every_key_that_opens_nothing_is_refused_alike() {
    let scene = Scene::new();
    let app = &scene.app;
    let revoked = app.cli_mint("root/a/doc.md");
    assert!(app.cli(&["keys", "revoke", "-"], &revoked).status.success());
    let ended = app.tree.hand_made(
        "root/a",
        "doc.md",
        &json!({"expires": "2026-01-02T00:00:00Z"}),
    );
    let outside = app.tree.hand_made("outside", "canary.txt", &json!({}));
    let elsewhere = app.cli_mint("root/b/b.md");
    let neighbour = app.cli_mint("root/a/deep/x.md");
    let linked = app.tree.hand_made("root/a", "out", &json!({}));
    let gone = app.tree.hand_made("root/a", "missing.md", &json!({}));
    for proxy in PROXIES {
        for at in [0, 1] {
            let reply = |key: &str, url: &str| -> Reply {
                let [in_query, in_header] = both(proxy, "GET", url, key);
                app.send(if at == 0 { &in_query } else { &in_header })
            };
            let unknown = reply(&random_key(), "/album/doc.md")
                .expect(401)
                .but_for_date();
            for (what, key) in [
                ("revoked", &revoked),
                ("ended", &ended),
                ("outside", &outside),
                ("elsewhere", &elsewhere),
                ("neighbour", &neighbour),
                ("linked", &linked),
                ("gone", &gone),
            ] {
                assert_eq!(
                    reply(key, "/album/doc.md").but_for_date(),
                    unknown,
                    "{proxy} {what}"
                );
            }
            assert_eq!(
                reply(&outside, "/album/out").but_for_date(),
                unknown,
                "{proxy}"
            );
            assert_eq!(
                reply(&linked, "/album/out").but_for_date(),
                unknown,
                "{proxy}"
            );
            assert_eq!(
                reply(&gone, "/album/missing.md").but_for_date(),
                unknown,
                "{proxy}"
            );
            let no_key = app.send(&asked(proxy, "GET", "/album/doc.md"));
            assert_eq!(no_key.but_for_date(), unknown, "{proxy} without a key");
        }
    }
}

#[test]
fn what_is_no_key_is_none() {
    let scene = Scene::new();
    let key = scene.app.cli_mint("root/a/doc.md");
    for (at, text) in [
        &key[..23],
        &format!("{key}x"),
        &format!(" {key}"),
        &format!("{key}%20"),
        &format!("%2520{key}"),
        "",
        &format!("{key}%00"),
        &format!("{},{key}", random_key()),
        &key.to_lowercase()
            .replace(|c: char| c.is_ascii_digit(), "Q"),
    ]
    .into_iter()
    .enumerate()
    {
        let url = format!("/album/doc.md?accesskey={}", text.replace(' ', "+"));
        for proxy in PROXIES {
            let status = scene.ask_by_nobody(proxy, &url).status;
            assert_eq!(status, 401, "{proxy} {at}");
        }
    }
}

#[test]
fn a_key_stands_in_the_query_or_behind_bearer_and_nowhere_else() {
    let scene = Scene::new();
    let key = scene.app.cli_mint("root/a/doc.md");
    for (at, value) in [
        key.clone(),
        format!("Basic {key}"),
        format!("Bearer  {key}"),
        format!("Bearer {key} {key}"),
        "Bearer".to_owned(),
        format!("Bearer\t{key}"),
        format!("Bearer {key},"),
    ]
    .into_iter()
    .enumerate()
    {
        let request = asked("nginx", "GET", "/album/doc.md").header("Authorization", &value);
        assert_eq!(scene.app.send(&request).status, 401, "{at}");
    }
    // As it is written nowhere but in the query and behind the word.
    for (name, value) in [
        ("X-Access-Key", &key),
        ("X-Auth-Token", &key),
        ("Cookie", &format!("accesskey={key}")),
        ("Proxy-Authorization", &format!("Bearer {key}")),
    ] {
        let request = asked("nginx", "GET", "/album/doc.md").header(name, value);
        assert_eq!(scene.app.send(&request).status, 401, "{name}");
    }
    for query in [
        format!("AccessKey={key}"),
        format!("accesskey[]={key}"),
        format!("x=accesskey={key}"),
        format!("accesskey;={key}"),
        format!("a;accesskey={key}"),
    ] {
        let reply = scene.ask_by_nobody("nginx", &format!("/album/doc.md?{query}"));
        assert_eq!(reply.status, 401);
    }
    let encoded = key
        .bytes()
        .fold(String::new(), |text, byte| format!("{text}%{byte:02x}"));
    scene
        .ask_by_nobody("nginx", &format!("/album/doc.md?a&access%6bey={encoded}"))
        .expect(200);
    let small =
        asked("nginx", "GET", "/album/doc.md").header("authorization", &format!("bearer {key}"));
    scene.app.send(&small).expect(200);
}

#[test]
fn two_keys_in_one_place_open_nothing() {
    let scene = Scene::new();
    let (key, other) = (
        scene.app.cli_mint("root/a/doc.md"),
        scene.app.cli_mint("root/a/deep/x.md"),
    );
    let ann = scene.cookie("ann", "x", 4);
    for proxy in PROXIES {
        for (one, two) in [
            (&key, &key),
            (&key, &other),
            (&other, &key),
            (&key, &String::new()),
        ] {
            let url = format!("/album/doc.md?accesskey={one}&a=b&accesskey={two}");
            for cookie in ["", ann.as_str()] {
                let reply = scene.ask(proxy, &url, cookie);
                assert_eq!(reply.status, 403, "{proxy}: {reply:?}");
            }
            let twice = asked(proxy, "GET", "/album/doc.md").bearer(one).bearer(two);
            let reply = scene.app.send(&twice);
            assert_eq!(reply.status, 403, "{proxy}: {reply:?}");
        }
        // In two places each is looked at.
        let url = format!("/album/doc.md?accesskey={}", random_key());
        scene
            .app
            .send(&asked(proxy, "GET", &url).bearer(&key))
            .expect(200);
        let url = format!("/album/doc.md?accesskey={key}");
        scene
            .app
            .send(&asked(proxy, "GET", &url).bearer(&other))
            .expect(200);
    }
}

#[test]
fn no_key_comes_into_the_log() {
    let scene = Scene::new();
    let key = scene.app.cli_mint("root/a/doc.md");
    let wrong = random_key();
    let cookie = scene.cookie("ann", "x", 4);
    for proxy in PROXIES {
        for key in [&key, &wrong] {
            for request in both(proxy, "GET", "/album/doc.md", key) {
                scene.app.send(&request.header("Cookie", &cookie));
            }
            for url in ["/album/../doc.md", "/wiki", "//"] {
                for request in both(proxy, "GET", url, key) {
                    scene.app.send(&request);
                }
            }
        }
    }
    let log = scene.app.log();
    let token = cookie.split_once('=').expect("a token").1;
    for secret in [key.as_str(), wrong.as_str(), token] {
        assert!(!log.contains(secret));
    }
}
