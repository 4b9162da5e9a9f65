//! What passes through a proxy that asks editkey, and what does not.

use std::fs;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::scene::{Gate, ODD, pairs, value};
use crate::support::{Reply, eventually, hash_text};

const OK: &str = "/album/allowed/ok.txt";
const PAGE: [&str; 2] = ["Accept: text/html,*/*;q=0.8", "Sec-Fetch-Mode: navigate"];
const NAMES: [&str; 4] = [
    "remote-user",
    "remote-email",
    "remote-groups",
    "remote-name",
];

#[track_caller]
fn is_open(gate: &Gate, reply: Reply) -> Reply {
    let reply = reply.expect(200);
    assert_eq!(reply.text(), gate.open);
    reply
}

/// A grant opens what it covers and nothing beside it; whoever is not known signs in, where that helps.
pub(super) fn by_grant(gate: &Gate) {
    let reply = is_open(gate, gate.get_as_ann(OK, &[]));
    // What an author wrote is harmless, and no cache keeps it.
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    let policy = reply.header("content-security-policy").unwrap_or_default();
    assert!(policy.contains("sandbox"), "{reply:?}");
    assert!(policy.contains("default-src 'none'"), "{reply:?}");
    assert_eq!(reply.header("cache-control"), Some("private, no-cache"));
    assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
    for (_, spelled) in ODD {
        let reply = gate.get_as_ann(&format!("/album/allowed/{spelled}"), &[]);
        assert_eq!(
            (reply.status, reply.text()),
            (200, gate.open.clone()),
            "{spelled}"
        );
    }
    is_open(gate, gate.get_as_ann("/album/allowed/sub/", &[]));
    gate.get_as_ann("/album/allowed/not-there.txt", &[])
        .expect(404);
    for beside in [
        "/album/top.txt",
        "/album/secret/s.txt",
        "/album/secret/not-there.txt",
        "/album/secret/",
        "/album/allowed-too/s.txt",
        "/album/",
        "/album/allowed/out",
        "/album/allowed/over",
        "/album/allowed/across/s.txt",
    ] {
        gate.get_as_ann(beside, &[]).expect(403);
    }
    let bob = format!("Cookie: {}", gate.bob);
    gate.get(OK, &[&bob]).expect(403);

    // Nobody: a script and a picture are told, a browser goes to sign in and comes back.
    for headers in [
        &["Accept: */*"][..],
        &["Accept: image/avif,image/*", "Sec-Fetch-Mode: no-cors"],
        &["Accept: text/html", "Sec-Fetch-Mode: cors"],
        &["Accept: text/html", "X-Requested-With: XMLHttpRequest"],
    ] {
        let reply = gate.get(OK, headers).expect(401);
        assert_eq!(
            reply.header("www-authenticate"),
            Some("Bearer"),
            "{headers:?}"
        );
        assert!(reply.header("location").is_none(), "{headers:?}");
    }
    let reply = gate.get(&format!("{OK}?a=b"), &PAGE);
    assert!(matches!(reply.status, 302 | 303), "{reply:?}");
    let back = value(&format!("https://{}{OK}?a=b", gate.host()));
    let sign_in = format!("https://{}/edit/login?rd=", gate.host());
    let to = reply.header("location").expect("a way");
    let rest = to.strip_prefix(&sign_in).unwrap_or_else(|| panic!("{to}"));
    // Which of the characters that need no encoding are encoded is the encoder's.
    assert_eq!(decoded(rest), decoded(&back));
}

fn decoded(text: &str) -> String {
    let bytes = percent_encoding::percent_decode_str(text);
    bytes.decode_utf8().expect("UTF-8").into_owned()
}

/// A key opens its file, from wherever it comes, until it is revoked.
pub(super) fn by_key(gate: &Gate, secrets: &mut Vec<String>) {
    let app = &gate.scene.app;
    let key = app.cli_mint("album/allowed/ok.txt");
    let bearer = format!("Authorization: Bearer {key}");
    let cookie = format!("Cookie: {}", gate_cookie(gate, &key));
    secrets.push(key.clone());
    secrets.push(cookie.clone());
    let by_query = format!("{OK}?accesskey={key}");
    is_open(gate, gate.get(&by_query, &[]));
    is_open(gate, gate.get(OK, &[&bearer]));
    is_open(gate, gate.get(OK, &[&cookie]));
    for headers in [[&bearer], [&cookie]] {
        gate.get("/album/allowed/other.txt", &[headers[0]])
            .expect(401);
        gate.get("/album/secret/s.txt", &[headers[0]]).expect(401);
    }
    gate.get(&format!("/album/allowed/other.txt?accesskey={key}"), &[])
        .expect(401);
    let other = gate.get("/app/x", &[&bearer]).expect(401);
    assert!(!other.text().contains(&gate.upstream.mark), "{other:?}");
    // Revoked: at the next request.
    let revoked = app.cli(&["keys", "revoke", &hash_text(&key)], "");
    assert!(revoked.status.success(), "{revoked:?}");
    gate.get(&by_query, &[]).expect(401);
    gate.get(OK, &[&bearer]).expect(401);
    gate.get(OK, &[&cookie]).expect(401);
}

/// What the one-button page gives a browser that comes with a key: `editkey_gate=VALUE`.
pub(super) fn gate_cookie(gate: &Gate, key: &str) -> String {
    let back = value(&format!("https://{}{OK}", gate.host()));
    gate_cookie_at(gate, &format!("enter?accesskey={key}&rd={back}"), OK).0
}

/// The button on the page at `target`, pressed: the gate's cookie, and where the browser is sent.
pub(super) fn gate_cookie_at(gate: &Gate, target: &str, leads_to: &str) -> (String, String) {
    let page = gate.scene.ask("GET", target, &PAGE, None).expect(200);
    let mut form = Vec::new();
    for input in page.text().split("<input").skip(1) {
        let tag = input.split('>').next().unwrap_or_default();
        let of = |name: &str| {
            let (_, rest) = tag.split_once(&format!("{name}=\""))?;
            Some(rest.split('"').next()?.replace("&amp;", "&"))
        };
        if let (Some(name), Some(text)) = (of("name"), of("value")) {
            form.push(format!("{name}={}", value(&text)));
        }
    }
    let tree = &gate.scene.app.tree;
    tree.write("form", form.join("&"));
    let origin = format!("Origin: {}", gate.scene.origin());
    let sent = format!("Cookie: {}", pairs(&page).join("; "));
    let kind = "Content-Type: application/x-www-form-urlencoded";
    let body = tree.path.join("form");
    let headers = [origin.as_str(), &sent, kind];
    let reply = gate.scene.ask("POST", "enter", &headers, Some(&body));
    let reply = reply.expect(303);
    let to = reply.header("location").expect("a way").to_owned();
    assert!(to.ends_with(leads_to), "{to}");
    let mut found = pairs(&reply).into_iter();
    let cookie = found.find(|pair| pair.starts_with("editkey_gate="));
    let cookie = cookie.unwrap_or_else(|| panic!("no cookie of the gate: {reply:?}"));
    (cookie, to)
}

/// Ranges, and a file of 50 MB whole.
pub(super) fn large_files_and_ranges(gate: &Gate) {
    let bytes: Vec<u8> = (0..50_u32 << 18)
        .flat_map(|at| at.wrapping_mul(2_654_435_761).to_le_bytes())
        .collect();
    gate.scene.app.tree.write("album/allowed/big", &bytes);
    let whole = gate.get_as_ann("/album/allowed/big", &[]).expect(200);
    assert!(whole.body == bytes, "{whole:?}");
    let range = "Range: bytes=1000000-1000099";
    let part = gate.get_as_ann("/album/allowed/big", &[range]).expect(206);
    assert!(part.body == bytes[1_000_000..1_000_100], "{part:?}");
    let policy = part.header("content-security-policy");
    assert!(
        policy.is_some_and(|policy| policy.contains("sandbox")),
        "{part:?}"
    );
    let end = gate
        .get_as_ann("/album/allowed/big", &["Range: bytes=-5"])
        .expect(206);
    assert!(end.body == bytes[bytes.len() - 5..], "{end:?}");
    let etag = whole.header("etag").expect("an entity tag");
    let same = format!("If-None-Match: {etag}");
    gate.get_as_ann("/album/allowed/big", &[&same]).expect(304);
    gate.get_as_ann("/album/allowed/big", &["Range: bytes=999999999-"])
        .expect(416);
    fs::remove_file(gate.scene.app.tree.path.join("album/allowed/big")).expect("it was there");
}

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

/// Without editkey nobody gets in, and the proxy says nothing secret about it.
pub(super) fn closed_without_editkey(gate: &Gate, secrets: &[String]) {
    let process = gate.scene.app.id().to_string();
    let killed = Command::new("kill").args(["-9", &process]).status();
    assert!(killed.expect("kill").success());
    let key = &secrets[0];
    gate.upstream.take();
    eventually("the proxy is closed", Duration::from_secs(10), || {
        gate.get_as_ann(OK, &[]).status >= 400
    });
    let query = format!("{OK}?accesskey={key}");
    for (target, headers) in [(query.as_str(), &PAGE[..]), ("/app/x", &[])] {
        let reply = gate.get_as_ann(target, headers);
        assert!(reply.status >= 400, "{target}: {reply:?}");
        assert!(!reply.text().contains(&gate.open), "{target}: {reply:?}");
    }
    assert!(gate.upstream.take().is_empty());
}
