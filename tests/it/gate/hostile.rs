//! `tests/hostile/targets.txt`: addresses as no browser writes them, in each proxy's words. None passes but what is spelled
//! exactly as the file is named, and none is answered 5xx.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use super::Scene;
use crate::support::Reply;
use crate::support::hostile_file::{self, Attack};
use crate::support::wire::exchange;

const LIST: &str = include_str!("../../hostile/targets.txt");

/// Each way in which a proxy could hand `target` on.
fn requests(target: &[u8], credentials: &str) -> Vec<(&'static str, Vec<u8>)> {
    let head = |line: &str, host: &str| {
        format!("GET {line} HTTP/1.1\r\nConnection: close\r\nHost: {host}\r\n{credentials}")
            .into_bytes()
    };
    let host = "other.example.org";
    let header = |path: &str, others: &str, name: &str, before: &str| {
        let first = head(path, host);
        let start = format!("{others}{name}: {before}");
        [&first[..], start.as_bytes(), target, b"\r\n\r\n"].concat()
    };
    let forwarded = "X-Forwarded-Method: GET\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: other.example.org\r\n";
    let original = "X-Original-Method: GET\r\n";
    let rest = format!(" HTTP/1.1\r\nConnection: close\r\nHost: {host}\r\n{credentials}\r\n");
    vec![
        (
            "nginx",
            header("/auth/nginx", original, "X-Original-URI", ""),
        ),
        (
            "nginx by url",
            header(
                "/auth/nginx",
                original,
                "X-Original-URL",
                "https://other.example.org",
            ),
        ),
        (
            "haproxy",
            header("/auth/haproxy", original, "X-Original-URI", ""),
        ),
        (
            "traefik",
            header("/auth/traefik", forwarded, "X-Forwarded-Uri", ""),
        ),
        (
            "caddy",
            header("/auth/caddy", forwarded, "X-Forwarded-Uri", ""),
        ),
        (
            "envoy",
            [b"GET /auth/envoy", target, rest.as_bytes()].concat(),
        ),
    ]
}

fn held(scene: &Scene, attack: &Attack, credentials: &str) -> Result<(), String> {
    // A path begins with a slash where nginx has a whole address; Envoy refuses a fragment before it asks, and no server
    // could show us one.
    let path = attack.bytes.starts_with(b"/");
    let fragment = attack.bytes.contains(&b'#');
    let sent = |proxy: &str| (path || proxy != "nginx by url") && (!fragment || proxy != "envoy");
    for (proxy, request) in requests(&attack.bytes, credentials) {
        if !sent(proxy) {
            continue;
        }
        let answer = exchange(scene.app.address, &request, false).ok_or("the server is gone")?;
        let Some(reply) = Reply::parse(&answer.bytes, false, answer.closed) else {
            return if answer.closed {
                Ok(())
            } else {
                Err(format!("{proxy}: neither an answer nor an end"))
            };
        };
        let right = match attack.allowed.as_slice() {
            [] => matches!(reply.status, 400 | 401 | 403 | 404 | 414),
            allowed => allowed.contains(&reply.status),
        };
        if !right {
            return Err(format!("{proxy}: {reply:?}"));
        }
        // What could not be read is refused in the three words that nginx knows; the line itself may be no request.
        if !reply.body.is_empty() && !matches!(reply.status, 400 | 404 | 414) {
            return Err(format!("{proxy}: a body: {}", reply.text()));
        }
    }
    Ok(())
}

fn attacks(scene: &Scene, key: &str) -> Vec<Attack> {
    let base = scene.app.tree.at("");
    let put = [
        ("key", key.to_owned()),
        ("base", base.trim_end_matches('/').to_owned()),
    ];
    hostile_file::read("targets.txt", LIST, &put)
}

#[test]
fn no_spelling_passes_but_the_files_own() {
    let scene = Scene::with(|settings| {
        settings["gate"]["rules"] =
            json!([{"url": "/public", "anyone": true}, {"url": "/wiki", "level": 0}]);
    });
    scene.app.tree.write("root/a/a b.md", "x");
    let key = scene.app.cli_mint("root/a/doc.md");
    let attacks = attacks(&scene, &key);
    assert!(attacks.len() >= 130, "{} lines", attacks.len());
    let credentials = format!("Cookie: {}\r\n", scene.cookie("ann", "staff", 4));
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some(attack) = attacks.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(why) = held(&scene, attack, &credentials) {
                        let line = attack.bytes.escape_ascii().to_string();
                        let line: String = line.chars().take(120).collect();
                        failures
                            .lock()
                            .expect("the list")
                            .push(format!("{}: {line}\n    {why}", attack.name));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().expect("the list");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(scene.app.ready(), 200);
}

#[test]
fn a_key_in_a_hostile_address_opens_nothing() {
    let scene = Scene::new();
    let key = scene.app.cli_mint("root/a/doc.md");
    let bearer = format!("Authorization: Bearer {key}\r\n");
    for attack in attacks(&scene, &key)
        .iter()
        .filter(|attack| attack.allowed.is_empty())
    {
        held(&scene, attack, &bearer).unwrap_or_else(|why| panic!("{}: {why}", attack.name));
    }
}
