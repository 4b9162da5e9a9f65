//! A host that the client names is not the server that the proxy chose: whatever stands in `Host` or in the address of the
//! first line, the entries of another host decide nothing.

use std::time::Duration;

use serde_json::{Value, json};

use super::programs::{self, Program};
use super::scene::Gate;
use crate::proxy::scene::NAME;
use crate::support::{Request, eventually};

/// A host where everybody may have everything.
const OPEN: &str = "open.example.org";

#[test]
fn no_host_that_a_client_names_opens_what_another_guards() {
    for program in [
        &programs::NGINX,
        &programs::NGINX_CACHED,
        &programs::CADDY,
        &programs::CADDY_OF_DEBIAN,
        &programs::TRAEFIK,
        &programs::ENVOY,
        &programs::HAPROXY,
    ] {
        named(program);
    }
}

fn named(program: &Program) {
    let gate = Gate::new(program);
    let tree = &gate.scene.app.tree;
    let text = std::fs::read(tree.settings()).expect("the settings");
    let mut settings: Value = serde_json::from_slice(&text).expect("JSON");
    for mount in settings["gate"]["mounts"].as_array_mut().expect("mounts") {
        mount["urls"] = json!([format!("https://{NAME}/album")]);
    }
    settings["gate"]["rules"] = json!([{"url": format!("https://{OPEN}/"), "anyone": true}]);
    tree.write_settings(&settings);
    let secret = "/album/secret/s.txt";
    let open = Request::get("/edit/auth/nginx")
        .header("X-Original-URL", &format!("https://{OPEN}{secret}"))
        .header("X-Original-Method", "GET");
    eventually("the host is open", Duration::from_secs(8), || {
        gate.scene.app.send(&open).status == 200
    });
    gate.get_as_ann("/album/allowed/ok.txt", &[]).expect(200);

    let host = gate.host();
    for first in [
        format!("GET {secret} HTTP/1.1\r\nHost: {OPEN}"),
        format!("GET https://{host}{secret} HTTP/1.1\r\nHost: {OPEN}"),
        format!("GET https://{OPEN}{secret} HTTP/1.1\r\nHost: {host}"),
        format!("GET https://{OPEN}{secret} HTTP/1.1\r\nHost: {OPEN}"),
        format!("GET {secret} HTTP/1.1\r\nHost: {OPEN}\r\nHost: {host}"),
        format!("GET {secret} HTTP/1.1\r\nHost: {host}\r\nHost: {OPEN}"),
        format!("GET {secret} HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-Host: {OPEN}"),
        format!("GET {secret} HTTP/1.1\r\nHost: {OPEN}."),
        format!("GET {secret} HTTP/1.0\r\nHost: {OPEN}"),
    ] {
        let answer = gate.say(format!("{first}\r\nConnection: close\r\n\r\n").as_bytes());
        let got = answer.map(|answer| String::from_utf8_lossy(&answer.bytes).into_owned());
        let got = got.unwrap_or_default();
        let out = gate.canaries().iter().any(|canary| got.contains(canary));
        assert!(!out, "{}: {first:?} got {got}", program.file);
    }
}
