//! What an application behind a proxy is told of who asks, and that it is told nothing else.

use std::fs;

use serde_json::Value;

use super::scene::Gate;
use crate::support::Reply;

const NAMES: [&str; 4] = [
    "remote-user",
    "remote-email",
    "remote-groups",
    "remote-name",
];

/// The application's answer: the headers that it got, by their names in small letters.
#[track_caller]
fn told(gate: &Gate, reply: Reply) -> Vec<(String, String)> {
    let answer: Value = reply.expect(200).json();
    assert_eq!(answer["mark"], gate.upstream.mark.as_str());
    let headers: Vec<(String, String)> =
        serde_json::from_value(answer["headers"].clone()).expect("headers");
    let small = |(name, value): (String, String)| (name.to_ascii_lowercase(), value);
    headers.into_iter().map(small).collect()
}

fn all<'a>(headers: &'a [(String, String)], name: &str) -> Vec<&'a str> {
    let found = headers.iter().filter(|(have, _)| have == name);
    found.map(|(_, value)| value.as_str()).collect()
}

/// The application is told who it is, gets large bodies, and nothing of what is for editkey alone.
pub(super) fn the_application(gate: &Gate) {
    let tree = &gate.scene.app.tree;
    let large = tree.path.join("large");
    fs::write(&large, vec![b'x'; 3 << 20]).expect("a file");
    let cookie = format!("Cookie: {}", gate.ann);
    let put = gate.scene.ask_outside(
        "127.0.0.1",
        "PUT",
        "/app/upload?a=b",
        &[&cookie],
        Some(&large),
    );
    let answer = put.expect(200).json();
    assert_eq!(answer["length"], 3 << 20);
    assert_eq!(answer["line"], "PUT /app/upload?a=b HTTP/1.1");

    let key = gate.scene.app.cli_mint("album/allowed/other.txt");
    let name = gate.ann.split('=').next().expect("a name");
    let mixed = format!(
        "Cookie: first=1; {}; editkey_gate=kAAAA.sBBBB; mine=editkey_gate; {name}-form=CCCC; last=a=b",
        gate.ann
    );
    let bearer = format!("Authorization: Bearer {key}");
    let headers = told(gate, gate.get("/app/x", &[&mixed, &bearer]));
    assert_eq!(
        all(&headers, "cookie"),
        ["first=1; mine=editkey_gate; last=a=b"]
    );
    assert_eq!(all(&headers, "authorization").concat(), "");
    let only = told(gate, gate.get("/app/x", &[&cookie]));
    assert_eq!(all(&only, "cookie").concat(), "");
    // Many of them: all go.
    let many: Vec<String> = (0..7).map(|at| format!("editkey_gate=DDDD{at}")).collect();
    let many = format!("Cookie: {}; {}", gate.ann, many.join("; "));
    let seen = told(
        gate,
        gate.get("/app/x", &[&many, "Authorization: Basic YTpi"]),
    );
    assert!(!all(&seen, "cookie").concat().contains("DDDD"), "{seen:?}");
    // The application's own.
    assert_eq!(all(&seen, "authorization"), ["Basic YTpi"]);
    let heads = gate.upstream.take().concat();
    let value = gate.ann.split_once('=').expect("a value").1;
    for secret in [value, &key, "AAAA.sBBBB", "CCCC"] {
        assert!(!heads.contains(secret), "{secret}: {heads}");
    }
}

/// Nothing that a client writes about who it is reaches the application, signed in or not.
pub(super) fn forged_identities(gate: &Gate) {
    let truth = told(gate, gate.get_as_ann("/app/x", &[]));
    assert_eq!(all(&truth, "remote-user"), ["ann"], "{truth:?}");
    for name in &NAMES[1..] {
        assert_eq!(all(&truth, name).concat(), "", "{truth:?}");
    }
    let host = gate.host();
    for lie in [
        "Remote-User: root",
        "remote-user: root",
        "REMOTE-USER: root",
        "Remote_User: root",
        "remote_user: root",
        "REMOTE_USER: root",
        "Remote-User: root\r\nRemote-User: admin",
        "Remote-User: ann\r\nRemote_User: root",
        "Remote-Email: root@example.org",
        "Remote_Email: root@example.org",
        "Remote-Groups: admins",
        "Remote_Groups: admins",
        "REMOTE_groups: admins",
        "Remote-Name: root",
        "Remote_Name: root",
        "Connection: Remote-User",
        "Connection: close, Remote-User, Remote-Groups\r\nRemote-User: root",
        "Connection: X-Original-URI, X-Forwarded-Uri, Cookie",
        "Remote-User : root",
        "X: y\r\n Remote-User: root",
        "Remote-User:\troot",
        "Remote-User;: root",
    ] {
        let ask = |cookie: &str| {
            let request = format!(
                "GET /app/x HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{cookie}{lie}\r\n\r\n"
            );
            gate.say(request.as_bytes()).expect("an answer")
        };
        gate.upstream.take();
        let nobody = ask("");
        let heard = String::from_utf8_lossy(&nobody.bytes).into_owned();
        assert!(!heard.contains("HTTP/1.1 5"), "{lie}: {heard}");
        assert!(
            gate.upstream.take().is_empty(),
            "{lie}: nobody got in: {heard}"
        );

        let ann = ask(&format!("Cookie: {}\r\n", gate.ann));
        let heard = String::from_utf8_lossy(&ann.bytes).into_owned();
        assert!(!heard.contains("HTTP/1.1 5"), "{lie}: {heard}");
        for head in gate.upstream.take() {
            // Whatever spelling the application may fold into the same name.
            let identities: Vec<String> = head
                .lines()
                .skip(1)
                .filter_map(|line| line.split_once(':'))
                .map(|(name, value)| (name.to_ascii_lowercase().replace('_', "-"), value.trim()))
                .filter(|(name, value)| name.trim().starts_with("remote-") && !value.is_empty())
                .map(|(name, value)| format!("{name}: {value}"))
                .collect();
            // Who has the proxy drop the name is nobody, and never somebody else.
            let less = lie.contains("Connection") && identities.is_empty();
            assert!(less || identities == ["remote-user: ann"], "{lie}: {head}");
        }
    }
}
