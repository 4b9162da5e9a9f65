//! Addresses that a server might read in another way than we do, sent as they stand by somebody who holds a key of one
//! file: none gives another file's text, and none breaks the server.

use super::authorizer::HOST;
use super::scene::{Kind, Scene, get};
use crate::support::Reply;
use crate::support::wire::exchange;

/// What follows `/album/`, whose key opens `allowed.txt`; `KEY` is that key. Some begin with `/` or a scheme: whole targets.
const TARGETS: &[&str] = &[
    "private/secret.txt",
    "allowed.txt/../private/secret.txt",
    "allowed.txt/%2e%2e/private/secret.txt",
    "allowed.txt/.%2e/private/secret.txt",
    "allowed.txt/%2e./private/secret.txt",
    "allowed.txt%2f..%2fprivate%2fsecret.txt",
    "allowed.txt/..%2fprivate/secret.txt",
    "allowed.txt/%252e%252e/private/secret.txt",
    "allowed.txt/..%252fprivate/secret.txt",
    "allowed.txt/..%5cprivate/secret.txt",
    "allowed.txt\\..\\private\\secret.txt",
    "allowed.txt/..;/private/secret.txt",
    "allowed.txt;/../private/secret.txt",
    "allowed.txt%00/../private/secret.txt",
    "private/secret.txt%00allowed.txt",
    "private/secret.txt%00",
    "private/secret.txt.",
    "private/secret.txt/",
    "private/secret.txt%20",
    "private/secret.txt%0a",
    "private/secret.txt%0d%0aX-Original-URI:%20/album/allowed.txt",
    "private//secret.txt",
    "private/./secret.txt",
    "private/%2e/secret.txt",
    "private/x/../secret.txt",
    "./private/secret.txt",
    "/private/secret.txt",
    "//album/private/secret.txt",
    "///album//private///secret.txt",
    "/./album/private/secret.txt",
    "/wiki/../album/private/secret.txt",
    "/wiki/open/../../album/private/secret.txt",
    "/wiki/open/%2e%2e/%2e%2e/album/private/secret.txt",
    "/%61lbum/private/secret.txt",
    "/album%2fprivate%2fsecret.txt",
    "/album/%70rivate/%73ecret.txt",
    "/ALBUM/private/secret.txt",
    "/album/PRIVATE/secret.txt",
    "../beside.txt",
    "%2e%2e/beside.txt",
    "allowed.txt/../../beside.txt",
    "/beside.txt",
    "/album/../beside.txt",
    "../../outside/canary.txt",
    "%c0%ae%c0%ae/beside.txt",
    "%u002e%u002e/beside.txt",
    "link.txt",
    "link.txt/",
    "./link.txt",
    "http://files.example.org/album/private/secret.txt",
    "http://files.example.org/album/allowed.txt/../private/secret.txt",
    "http://evil.example/album/private/secret.txt",
    "HTTP://files.example.org:80/album/private/secret.txt",
    "private/secret.txt#/album/allowed.txt",
    "private/secret.txt%23/../../allowed.txt",
    "private/secret.txt%3faccesskey=x",
    "allowed.txt?/../private/secret.txt",
    "private/secret.txt?/album/allowed.txt",
    "private/secret.txt?x=/album/allowed.txt&accesskey=KEY&accesskey=KEY",
    "private/secret.txt?accesskey[]=KEY",
    "private/secret.txt?%61ccesskey=KEY",
    "private/",
    "private",
    "*",
    "%",
    "%zz/private/secret.txt",
    "~/private/secret.txt",
    ".",
    "..",
    "private/secret.txt\u{b}",
    "private/secret.txt%ff",
];

#[test]
fn no_hostile_address_gets_past_apache() {
    attacks(&Scene::start(Kind::Apache));
}

#[test]
fn no_hostile_address_gets_past_lighttpd() {
    attacks(&Scene::start(Kind::Lighttpd));
}

fn attacks(scene: &Scene) {
    let key = &scene.key;
    let tree = &scene.app.tree;
    let mut answers = 0;
    for target in TARGETS {
        let whole = target.starts_with('/') || target.contains("://") || *target == "*";
        let target = target.replace("KEY", key);
        let target = if whole {
            target
        } else {
            format!("/album/{target}")
        };
        let joint = if target.contains('?') { '&' } else { '?' };
        let bearer = format!("Authorization: Bearer {key}\r\n");
        let keyed = format!("{target}{joint}accesskey={key}");
        for (target, more) in [(&target, bearer.as_str()), (&keyed, "")] {
            for method in ["GET", "POST", "PROPFIND"] {
                let bytes = format!(
                    "{method} {target} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\
                     Content-Length: 0\r\nX-Original-URI: /album/allowed.txt\r\n\
                     X-Rewrite-URL: /album/allowed.txt\r\n{more}\r\n"
                );
                let answer = exchange(scene.server.address, bytes.as_bytes(), false);
                let answer = answer.expect("a connection");
                let text = String::from_utf8_lossy(&answer.bytes);
                for canary in [&tree.beyond, &tree.canary] {
                    assert!(!text.contains(canary.as_str()), "{method} {target}: {text}");
                }
                if let Some(reply) = Reply::parse(&answer.bytes, false, answer.closed) {
                    let broken = reply.status >= 500 && reply.status != 501;
                    assert!(!broken, "{method} {target}: {text}");
                    answers += 1;
                }
            }
        }
    }
    assert!(answers > 5 * TARGETS.len(), "{answers} answers only");
    let good = get(&format!("/album/allowed.txt?accesskey={key}"));
    assert_eq!(scene.send(&good).expect(200).text(), "allowed\n");
    let logs = scene.logs();
    let quoted = logs.lines().find(|line| line.contains(key.as_str()));
    assert!(quoted.is_none(), "{quoted:?}");
}
