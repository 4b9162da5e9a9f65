//! A sign-on in front says in headers who somebody is: believed from its proxy alone, with the secret where one is agreed
//! on, and never when it could be read in two ways. Every refusal is the same.

use std::fs;
use std::io::Write as _;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::wire::exchange;
use crate::support::{Reply, Request, TestApp, Tree, hostile_file, keyfile, server};

/// What the proxy sends for ann.
const ANN: [(&str, &str); 4] = [
    ("Remote-User", "ann"),
    ("Remote-Email", "ann@example.org"),
    ("Remote-Groups", "staff,writers"),
    ("Remote-Name", "Ann"),
];

/// Settings in which everybody with a name may edit everything, and `section` says whose headers are believed.
fn believing(section: &Value) -> Tree {
    Tree::with(|settings| {
        settings["trusted_headers"] = section.clone();
        settings["grants"] = json!([{"level": 998, "poweruser": true}]);
    })
}

fn here() -> Value {
    json!({"networks": ["127.0.0.1"]})
}

/// The redirect to `root/a/doc.md`, asked for with these headers.
fn asked(app: &TestApp, headers: &[(&str, &str)]) -> Reply {
    let request = Request::get(app.redirect_target("root/a", "doc.md", &[]));
    let said = |request: Request, (name, value): &(&str, &str)| request.header(name, value);
    app.send(&headers.iter().fold(request, said))
}

/// Fails unless these headers get what no headers get, to the byte.
#[track_caller]
fn is_nobody(app: &TestApp, headers: &[(&str, &str)]) {
    let nobody = asked(app, &[]).expect(403).but_for_date();
    assert_eq!(asked(app, headers).but_for_date(), nobody, "{headers:?}");
}

#[test]
fn a_proxy_says_who_somebody_is_and_no_session_is_made() {
    let app = TestApp::on(Arc::new(believing(&here())));
    let reply = asked(&app, &ANN).expect(302);
    assert_eq!(reply.header("set-cookie"), None);
    let key = reply.key().expect("a key");
    let record = keyfile::record(&app.tree.keys(), &key);
    assert_eq!(record["by"], "header:ann");
    assert_eq!(app.get_file(&key).expect(200).body, b"# A document\n");
    assert_eq!(asked(&app, &ANN).key(), Some(key.clone()));
    let page = Request::get("/").header("Remote-User", "ann");
    assert!(app.send(&page).expect(200).text().contains("doc.md"));
    // By the e-mail address alone, as Immich meant it.
    let by_address = asked(&app, &[("remote-email", "Ann@example.org")]);
    let other = by_address.expect(302).key().expect("a key");
    let record = keyfile::record(&app.tree.keys(), &other);
    assert_eq!(record["by"], "header:ann@example.org");
}

#[test]
fn signing_out_at_the_proxy_signs_out_at_the_next_request() {
    let app = TestApp::on(Arc::new(believing(&here())));
    let key = asked(&app, &ANN).expect(302).key().expect("a key");
    is_nobody(&app, &[]);
    is_nobody(&app, &[("Remote-User", "")]);
    app.send(&Request::get("/")).expect(403);
    // Another user of the same browser is another visitor.
    let bob = asked(&app, &[("Remote-User", "bob")]).expect(302);
    assert_ne!(bob.key(), Some(key.clone()));
    app.open(&key).expect(200);
}

#[test]
fn a_peer_that_is_not_the_proxy_is_not_believed() {
    for networks in [
        json!("10.3.3.0/24, fd00:3::/32"),
        json!(["127.0.0.2", "126.0.0.0/8", "::1", "unix"]),
    ] {
        let app = TestApp::on(Arc::new(believing(&json!({"networks": networks}))));
        is_nobody(&app, &ANN);
        for header in ["X-Forwarded-For", "X-Real-IP", "Forwarded", "Client-IP"] {
            let mut headers = ANN.to_vec();
            headers.push((header, "10.3.3.1"));
            is_nobody(&app, &headers);
        }
        assert!(app.log().contains("the peer is in none of the networks"));
    }
    // One string with commas and spaces, as Immich has it; an IPv4 peer in IPv6 clothes counts as IPv4.
    let tree = believing(&json!({"networks": "10.3.3.0/24, fd00:3::/32, 127.0.0.0/8"}));
    let mut settings: Value =
        serde_json::from_slice(&tree.read("state/settings.json")).expect("JSON");
    settings["listen"] = json!(["[::]:0"]);
    tree.write_settings(&settings);
    let app = TestApp::on(Arc::new(tree));
    let mapped = format!("127.0.0.1:{}", app.address.port());
    let request =
        Request::get(app.redirect_target("root/a", "doc.md", &[])).header("Remote-User", "ann");
    let reply = request.send(mapped.parse().expect("an address"));
    reply.expect(302);
}

#[test]
fn without_the_section_headers_name_nobody() {
    let app = TestApp::with(|settings| {
        settings["grants"] = json!([{"level": 998, "poweruser": true}]);
        settings["trusted_proxies"] = json!(["127.0.0.1"]);
    });
    is_nobody(&app, &ANN);
    is_nobody(
        &app,
        &[("X-Organizr-User", "ann"), ("X-authentik-username", "ann")],
    );
}

#[test]
fn a_section_that_believes_nobody_or_everybody_is_refused() {
    for networks in [
        json!(null),
        json!([]),
        json!(""),
        json!(" , "),
        json!("0.0.0.0/0"),
        json!("10.0.0.1, ::/0"),
    ] {
        let tree = Arc::new(believing(&json!({"networks": networks})));
        let said = TestApp::try_on(tree).err().expect("no start");
        assert!(
            said.contains("trusted_headers.networks"),
            "{networks}: {said}"
        );
    }
}

#[test]
fn the_secret_of_the_proxy_must_come_along() {
    let secret = "correct-horse-battery-staple";
    let section = json!({
        "networks": ["127.0.0.1"],
        "secret_header": {"name": "X-Editkey-Proxy", "secret_file": "../root/b/proxy/secret"},
    });
    let tree = Arc::new(believing(&section));
    fs::create_dir(tree.path.join("root/b/proxy")).expect("a folder");
    let refused = |tree: &Arc<Tree>| TestApp::try_on(Arc::clone(tree)).err().expect("no start");
    let mode = |mode| {
        let file = tree.path.join("root/b/proxy/secret");
        fs::set_permissions(file, fs::Permissions::from_mode(mode)).expect("its mode");
    };
    assert!(refused(&tree).contains("proxy/secret"));
    tree.write("root/b/proxy/secret", "fifteen-letters\n");
    mode(0o600);
    assert!(refused(&tree).contains("at least 16"));
    tree.write("root/b/proxy/secret", format!("{secret}\n"));
    mode(0o666);
    assert!(refused(&tree).contains("chmod go-w"));
    mode(0o644);
    assert!(refused(&tree).contains("readable by everybody"));
    let check = server::cli(&tree, &["config", "check"], "");
    let told = String::from_utf8_lossy(&check.stderr).into_owned();
    let at = "trusted_headers.secret_header.secret_file: ";
    assert!(told.contains(at), "{told}");
    mode(0o600);
    let app = TestApp::on(Arc::clone(&tree));
    let with = |value| [("Remote-User", "ann"), ("X-Editkey-Proxy", value)];
    asked(&app, &with(secret)).expect(302);
    is_nobody(&app, &ANN);
    for wrong in [
        "",
        "x",
        "correct-horse-battery-stapl",
        "correct-horse-battery-staple2",
    ] {
        is_nobody(&app, &with(wrong));
    }
    let mut twice = with(secret).to_vec();
    twice.push(("X-Editkey-Proxy", secret));
    is_nobody(&app, &twice);
    is_nobody(&app, &[("Remote-User", "ann"), ("X_Editkey_Proxy", secret)]);
    assert!(app.log().contains("the secret is missing or another one"));
    assert!(!app.log().contains("correct-horse"));
    // It is editkey's own: not even a poweruser reaches it.
    std::os::unix::fs::symlink("proxy/secret", tree.path.join("root/b/link.md")).expect("a link");
    for (folder, basename) in [
        ("root/b/proxy", "secret"),
        ("root/b/proxy", "new.md"),
        ("root/b", "link.md"),
    ] {
        app.redirect(folder, basename, &[], &app.poweruser())
            .expect(403);
        let mint = server::cli(
            &tree,
            &["keys", "mint", &format!("{}/{basename}", tree.at(folder))],
            "",
        );
        assert!(!mint.status.success(), "{basename}");
    }
}

#[test]
fn headers_that_could_be_read_in_two_ways_name_nobody() {
    let app = TestApp::on(Arc::new(believing(&here())));
    let text = include_str!("../hostile/identities.txt");
    let attacks = hostile_file::read("identities.txt", text, &[]);
    assert!(attacks.len() >= 65, "{} lines", attacks.len());
    let nobody = asked(&app, &[]).expect(403).but_for_date();
    let target = app.redirect_target("root/a", "doc.md", &[]);
    let head = format!(
        "GET {target} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n",
        app.address
    );
    let mut wrong = Vec::new();
    for attack in attacks {
        let request = [head.as_bytes(), &attack.bytes, b"\r\n\r\n"].concat();
        let answer = exchange(app.address, &request, false).expect("the server");
        let reply = Reply::parse(&answer.bytes, false, answer.closed);
        let held = match reply {
            Some(reply) if attack.allowed.contains(&reply.status) => reply.key().is_none(),
            Some(reply) => reply.but_for_date() == nobody,
            None => attack.may_close && !attack.allowed.is_empty(),
        };
        if !held {
            wrong.push(format!("{}: {}", attack.name, attack.bytes.escape_ascii()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(keyfile::live(&app.tree.keys()).is_empty());
    let log = app.log();
    for why in [
        "neither a user nor an e-mail address",
        "several times, or is not UTF-8",
        "but with '_'",
        "has a control character",
        "a placeholder that the proxy did not fill in",
        "too long, or none of its kind",
    ] {
        assert!(log.contains(why), "the log does not say: {why}");
    }
    asked(&app, &ANN).expect(302);
}

#[test]
fn a_unix_socket_is_believed_when_it_is_named_and_a_lost_peer_is_none() {
    let tree = believing(&json!({"networks": ["unix"]}));
    let mut settings: Value =
        serde_json::from_slice(&tree.read("state/settings.json")).expect("JSON");
    let socket = tree.at("state/http.sock");
    settings["listen"] = json!(["127.0.0.1:0", format!("unix:{socket}")]);
    tree.write_settings(&settings);
    let app = TestApp::on(Arc::new(tree));
    let request =
        Request::get(app.redirect_target("root/a", "doc.md", &[])).header("Remote-User", "ann");
    let bytes = request.bytes(app.address);
    let mut stream = UnixStream::connect(&socket).expect("the socket");
    stream
        .set_read_timeout(Some(Duration::from_secs(9)))
        .expect("patience");
    stream.write_all(&bytes).expect("sent");
    let mut heard = Vec::new();
    std::io::Read::read_to_end(&mut stream, &mut heard).expect("an answer");
    let reply = Reply::parse(&heard, false, true).expect("an answer");
    let key = reply.expect(302).key().expect("a key");
    is_nobody(&app, &ANN);
    // A connection that was reset before it was accepted has no peer any more, and is no Unix socket for that.
    let signal = |name: &str| {
        let process = app.id().to_string();
        let sent = Command::new("kill").args([name, &process]).status();
        assert!(sent.expect("kill").success());
    };
    signal("-STOP");
    let other =
        Request::get(app.redirect_target("root/b", "b.md", &[])).header("Remote-User", "ann");
    for _ in 0..100 {
        let mut stream = TcpStream::connect(app.address).expect("the server");
        stream.write_all(&other.bytes(app.address)).expect("sent");
        rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO)).expect("set");
    }
    signal("-CONT");
    is_nobody(&app, &ANN);
    let all = keyfile::live(&app.tree.keys());
    assert_eq!(all.into_iter().collect::<Vec<_>>(), [keyfile::id(&key)]);
}
