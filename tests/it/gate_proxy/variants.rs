//! What the configurations in `examples/gate/` do besides: verdicts that are kept, pictures that stand for refused ones,
//! requirements of the proxy's own, keys of directories, and bytes that the proxy serves for editkey.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::album::ODD;
use super::programs;
use super::scene::Gate;
use super::steps::gate_cookie_at;
use crate::support::{eventually, hash_text, keyfile, random_key};

const OK: &str = "/album/allowed/ok.txt";

#[test]
fn nginx_keeps_a_verdict_as_long_as_editkey_says() {
    let gate = Gate::new(&programs::NGINX_CACHED);
    let app = &gate.scene.app;
    let status = |target: &str, headers: &[&str]| gate.get(target, headers).status;

    // A refusal is never kept.
    let late = random_key();
    let target = format!("{OK}?accesskey={late}");
    assert_eq!(status(&target, &[]), 401);
    let record = json!({
        "dirname": app.tree.at("album/allowed"), "basename": "ok.txt", "rights": "view",
        "created": "2026-01-01T00:00:00Z",
    });
    keyfile::append(&app.tree.keys(), &keyfile::id(&late), &record);
    assert_eq!(status(&target, &[]), 200);

    // At whatever moment of a second it comes.
    for _ in 0..6 {
        a_revocation_bites_within_a_second(&gate, &record);
    }

    // Kept, for this very request and no other one.
    let key = app.cli_mint("album/allowed/ok.txt");
    let bearer = format!("Authorization: Bearer {key}");
    let longer = format!("{OK}?a");
    let process = app.id().to_string();
    // Within one second of the clock, in which the verdict is kept.
    let second = || jiff::Timestamp::now().as_second();
    let begun = second();
    eventually("a second begins", Duration::from_secs(2), || {
        second() > begun
    });
    assert_eq!(status(OK, &[&bearer]), 200);
    let killed = Command::new("kill").args(["-9", &process]).status();
    assert!(killed.expect("kill").success());
    let kept = status(OK, &[&bearer]);
    if second() == begun + 1 {
        assert_eq!(kept, 200, "nothing was kept");
    }
    let ann = format!("Cookie: {}", gate.ann);
    for (target, headers) in [
        (OK, &[][..]),
        (OK, &[ann.as_str()]),
        (OK, &[&bearer, &ann]),
        (&longer, &[&bearer]),
        ("/album/secret/s.txt", &[&bearer]),
    ] {
        assert_eq!(status(target, headers), 500, "{target}");
    }
    eventually(
        "without editkey nobody gets in",
        Duration::from_secs(8),
        || status(OK, &[&bearer]) == 500,
    );
    gate.nothing_was_logged_of(&[key, late, gate.ann.clone()]);
}

/// For a new key with this record; what counts is when a client began to ask, since to start one takes its time too.
fn a_revocation_bites_within_a_second(gate: &Gate, record: &Value) {
    let app = &gate.scene.app;
    let key = random_key();
    let target = format!("{OK}?accesskey={key}");
    keyfile::append(&app.tree.keys(), &keyfile::id(&key), record);
    gate.get(&target, &[]).expect(200);
    let revoked = app.cli(&["keys", "revoke", &hash_text(&key)], "");
    assert!(revoked.status.success(), "{revoked:?}");
    let since = Instant::now();
    let mut last_allowed = Duration::ZERO;
    let patience = Duration::from_secs(8);
    eventually("the revoked key opens nothing", patience, || {
        let asked = since.elapsed();
        let refused = gate.get(&target, &[]).status == 401;
        if !refused {
            last_allowed = asked;
        }
        refused
    });
    assert!(last_allowed < Duration::from_secs(1), "{last_allowed:?}");
}

#[test]
fn nginx_shows_a_picture_in_place_of_a_refused_one() {
    let gate = Gate::new(&programs::NGINX);
    let thumb = "/thumbs/allowed/ok.txt";
    let ann = gate.get_as_ann(thumb, &[]).expect(200);
    assert_eq!(ann.text(), gate.open);
    assert_eq!(ann.header("x-content-type-options"), Some("nosniff"));
    let bob = format!("Cookie: {}", gate.bob);
    for (target, headers, status) in [
        (thumb, &[][..], 401),
        (thumb, &[bob.as_str()], 403),
        ("/thumbs/secret/s.txt", &[&bob], 403),
        ("/thumbs/secret/not-there.txt", &[&bob], 403),
    ] {
        let refused = gate.get(target, headers).expect(status);
        assert_eq!(refused.text(), "a picture that says no", "{target}");
        assert_eq!(refused.header("content-type"), Some("image/png"));
        assert_eq!(refused.header("cache-control"), Some("no-store"));
    }
}

/// A requirement of the proxy's own decides alone: grants and keys do not count, and neither does who else may.
#[test]
fn every_proxy_can_name_whom_it_asks_for() {
    let proxies = [
        &programs::NGINX,
        &programs::CADDY,
        &programs::TRAEFIK,
        &programs::ENVOY,
        &programs::HAPROXY,
    ];
    std::thread::scope(|scope| {
        for program in proxies {
            scope.spawn(move || {
                let gate = Gate::asking(program, "/998");
                let bob = format!("Cookie: {}", gate.bob);
                assert_eq!(gate.get_as_ann(OK, &[]).expect(200).text(), gate.open);
                gate.get(OK, &[&bob]).expect(200);
                gate.get("/app/x", &[&bob]).expect(200);
                gate.get(OK, &[]).expect(401);
                let key = gate.scene.app.cli_mint("album/allowed/ok.txt");
                gate.get(OK, &[&format!("Authorization: Bearer {key}")])
                    .expect(401);
            });
            scope.spawn(move || {
                let gate = Gate::asking(program, "/staff");
                gate.get_as_ann(OK, &[]).expect(403);
                gate.get_as_ann("/app/x", &[]).expect(403);
                gate.get("/app/x", &[]).expect(401);
                assert!(gate.upstream.take().is_empty());
            });
        }
    });
}

/// By one button a directory's key opens everything in it and below, and nothing beside it.
#[test]
fn a_directorys_key_opens_an_album() {
    let gate = Gate::new(&programs::NGINX);
    let app = &gate.scene.app;
    let album = app.tree.at("album/allowed");
    let minted = app.cli(&["keys", "mint", "--directory", &album], "");
    let printed = String::from_utf8_lossy(&minted.stdout).into_owned();
    let (_, key) = printed.split_once("accesskey=").expect("a bookmark");
    let key = key.trim();
    let (cookie, to) = gate_cookie_at(&gate, &format!("?accesskey={key}"), "");
    assert_eq!(to, format!("https://{}/album/allowed/", gate.host()));
    let cookie = format!("Cookie: {cookie}");
    for name in ["ok.txt", "other.txt", "sub/", "sub/index.html"] {
        let reply = gate.get(&format!("/album/allowed/{name}"), &[&cookie]);
        assert_eq!(reply.expect(200).text(), gate.open, "{name}");
    }
    for (_, spelled) in ODD {
        let target = format!("/album/allowed/{spelled}?accesskey={key}");
        assert_eq!(
            gate.get(&target, &[]).expect(200).text(),
            gate.open,
            "{spelled}"
        );
    }
    for beside in [
        "/album/",
        "/album/top.txt",
        "/album/allowed-too/s.txt",
        "/album/secret/s.txt",
        "/album/allowed/out",
        "/album/allowed/over",
        "/album/allowed/across/s.txt",
    ] {
        gate.get(beside, &[&cookie]).expect(401);
    }
}

#[test]
fn nginx_serves_the_bytes_for_editkey() {
    handed_over(&programs::NGINX);
}

#[test]
fn caddy_serves_the_bytes_for_editkey() {
    handed_over(&programs::CADDY);
}

/// editkey names the file in a header, whatever it is called; the proxy serves it as harmlessly.
fn handed_over(program: &programs::Program) {
    let gate = Gate::new(program);
    let mut secrets = Vec::new();
    let names = ODD.iter().chain(&[("ok.txt", "ok.txt")]);
    for (name, spelled) in names {
        let key = gate.scene.app.cli_mint(&format!("album/allowed/{name}"));
        let target = format!("/edit/raw/{spelled}?accesskey={key}");
        let reply = gate.get(&target, &[]).expect(200);
        assert_eq!(reply.text(), gate.open, "{name}");
        for header in ["x-accel-redirect", "x-sendfile"] {
            assert!(reply.header(header).is_none(), "{reply:?}");
        }
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        let policies: Vec<&str> = reply
            .headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("content-security-policy"))
            .map(|(_, policy)| policy.as_str())
            .collect();
        assert!(policies.concat().contains("sandbox"), "{name}: {reply:?}");
        let kind = reply.header("content-type").unwrap_or_default();
        assert!(kind.starts_with("text/plain"), "{name}: {reply:?}");
        let part = gate.get(&target, &["Range: bytes=1-3"]).expect(206);
        assert_eq!(part.text(), gate.open[1..4], "{name}");
        secrets.push(key);
    }
    let wrong = gate.get("/edit/raw/ok.txt?accesskey=AAAAAAAAAAAAAAAAAAAAAAAA", &[]);
    assert!(matches!(wrong.status, 403 | 404), "{wrong:?}");
    for _ in 0..6 {
        gate.get_as_ann(OK, &[]).expect(200);
    }
    gate.nothing_was_logged_of(&secrets);
}
