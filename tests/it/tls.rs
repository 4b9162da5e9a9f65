//! TLS without a proxy: 1.2 and newer, HTTP/1.1 alone, a certificate that is taken up anew while connections stand, and
//! one that editkey makes for itself.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};
use serde_json::{Value, json};

use crate::support::server::cli;
use crate::support::sign_in::{PASSWORD, add_ann, form, token, with_ann};
use crate::support::tls::trusting;
use crate::support::wire::exchange;
use crate::support::{Reply, Request, TestApp, Tree, eventually};

/// A certificate for 127.0.0.1 in `state/`, good for these days from today.
fn certificate(tree: &Tree, name: &str, days: (i32, i32)) {
    let mut params = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("a name");
    params.not_before = rcgen::date_time_ymd(days.0, 1, 1);
    params.not_after = rcgen::date_time_ymd(days.1, 1, 1);
    let key = rcgen::KeyPair::generate().expect("a key");
    let certificate = params.self_signed(&key).expect("a certificate");
    tree.write(&format!("state/{name}.pem"), certificate.pem());
    tree.write(&format!("state/{name}.key"), key.serialize_pem());
    let private = fs::Permissions::from_mode(0o600);
    fs::set_permissions(tree.path.join(format!("state/{name}.key")), private).expect("ours");
}

fn with_files(settings: &mut Value) {
    settings["tls"] = json!({"certificate": "one.pem", "key": "one.key"});
    settings["public_url"] = json!("https://editkey.test/");
}

fn served() -> TestApp {
    let tree = Arc::new(Tree::with(with_files));
    certificate(&tree, "one", (2020, 2100));
    TestApp::on(tree)
}

/// One connection, which trusts the certificate in this file alone.
struct Connection(StreamOwned<ClientConnection, TcpStream>);

impl Connection {
    fn open(address: SocketAddr, trusted: &std::path::Path) -> std::io::Result<Self> {
        let config = trusting(trusted)?;
        let name = ServerName::from(address.ip());
        let client = ClientConnection::new(config, name);
        let mut client = client.map_err(std::io::Error::other)?;
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(9)))?;
        client.complete_io(&mut stream)?;
        Ok(Self(StreamOwned::new(client, stream)))
    }

    fn ask(&mut self, request: &Request, address: SocketAddr) -> Reply {
        let bytes = request.bytes(address);
        let text = String::from_utf8(bytes).expect("UTF-8");
        let kept = text.replace("Connection: close\r\n", "");
        self.0.write_all(kept.as_bytes()).expect("sent");
        let (mut heard, mut piece) = (Vec::new(), [0; 4096]);
        loop {
            if let Some(reply) = Reply::parse(&heard, false, false) {
                return reply;
            }
            let got = self.0.read(&mut piece).expect("an answer");
            assert!(got > 0, "closed: {}", String::from_utf8_lossy(&heard));
            heard.extend_from_slice(&piece[..got]);
        }
    }
}

fn openssl(app: &TestApp, arguments: &[&str]) -> Output {
    Command::new("openssl")
        .args(["s_client", "-connect", &app.address.to_string()])
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("openssl; ./test installs it")
}

#[test]
fn tls_is_of_today_and_speaks_http_1_alone() {
    let app = served();
    for (version, protocol) in [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")] {
        let output = openssl(&app, &[version, "-alpn", "h2,http/1.1"]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains(protocol), "{said}");
        assert!(said.contains("ALPN protocol: http/1.1"), "{said}");
    }
    for version in ["-tls1", "-tls1_1"] {
        let output = openssl(&app, &[version, "-cipher", "ALL:@SECLEVEL=0"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{output:?}");
        assert!(said.contains("SSL alert number"), "{version}: {said}");
    }
    let trusted = app.tree.path.join("state/one.pem");
    let mut connection = Connection::open(app.address, &trusted).expect("good");
    let reply = connection
        .ask(&Request::get("/healthz"), app.address)
        .expect(200);
    assert_eq!(
        reply.header("strict-transport-security"),
        Some("max-age=31536000")
    );
    connection
        .ask(&Request::get("/readyz"), app.address)
        .expect(200);
}

#[test]
fn plain_http_at_a_tls_port_is_refused_at_once() {
    let app = served();
    let answer = exchange(
        app.address,
        &Request::get("/healthz").bytes(app.address),
        false,
    );
    let answer = answer.expect("a connection");
    assert!(answer.closed, "left hanging");
    let heard = String::from_utf8_lossy(&answer.bytes).into_owned();
    assert!(!heard.contains("HTTP/1.1 200"), "{heard}");
}

#[test]
fn a_new_certificate_is_taken_up_while_connections_stand() {
    let app = served();
    let at = |name: &str| app.tree.path.join("state").join(name);
    fs::copy(at("one.pem"), at("first.pem")).expect("a copy");
    let mut stands = Connection::open(app.address, &at("first.pem")).expect("good");
    stands
        .ask(&Request::get("/healthz"), app.address)
        .expect(200);
    // A certificate without its key is not taken up.
    certificate(&app.tree, "two", (2020, 2100));
    fs::rename(at("two.pem"), at("one.pem")).expect("renamed");
    eventually("it is noticed", Duration::from_secs(8), || {
        app.log().contains("the certificate stays the one before")
    });
    Connection::open(app.address, &at("first.pem")).expect("the one before");
    fs::rename(at("two.key"), at("one.key")).expect("renamed");
    eventually("it is taken up", Duration::from_secs(8), || {
        Connection::open(app.address, &at("one.pem")).is_ok()
    });
    assert!(Connection::open(app.address, &at("first.pem")).is_err());
    stands
        .ask(&Request::get("/healthz"), app.address)
        .expect(200);
    fs::write(at("one.key"), "no key").expect("written");
    eventually("it is noticed", Duration::from_secs(8), || {
        app.log().contains("there is no private key")
    });
    Connection::open(app.address, &at("one.pem")).expect("the one before");
}

#[test]
fn our_own_certificate_is_made_once_and_its_fingerprint_told() {
    let tree = Arc::new(Tree::with(|settings| {
        with_ann(settings);
        settings["tls"] = json!({"self_signed": true});
        settings["public_url"] = json!("https://editkey.test/");
    }));
    add_ann(&tree);
    let app = TestApp::on(Arc::clone(&tree));
    let own = tree.path.join("state/keys/tls-self-signed.pem");
    let mode = fs::metadata(&own).expect("made").permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
    let shown = Command::new("openssl")
        .args([
            "x509",
            "-noout",
            "-fingerprint",
            "-sha256",
            "-ext",
            "subjectAltName",
            "-in",
        ])
        .arg(&own)
        .output()
        .expect("openssl");
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    let fingerprint = shown
        .lines()
        .find_map(|line| line.split_once("ingerprint="));
    let fingerprint = fingerprint.expect("a fingerprint").1.to_owned();
    for name in ["DNS:localhost", "DNS:editkey.test", "127.0.0.1"] {
        assert!(shown.contains(name), "{shown}");
    }
    assert!(app.log().contains(&fingerprint), "{}", app.log());
    let mut connection = Connection::open(app.address, &own).expect("good");
    let page = connection
        .ask(&Request::get("/login"), app.address)
        .expect(200);
    assert!(
        page.header("strict-transport-security").is_none(),
        "nobody vouches for it"
    );
    let cookie = page.header("set-cookie").expect("a cookie").to_owned();
    assert!(
        cookie.starts_with("__Host-editkey-form=") && cookie.contains("; Secure"),
        "{cookie}"
    );
    let pair = cookie.split(';').next().expect("a pair");
    let post = Request::new("POST", "/login")
        .header("Cookie", pair)
        .header("Origin", "https://editkey.test");
    let body = form("ann", PASSWORD, &token(&page));
    connection.ask(&post.body(body), app.address).expect(303);
    let again = app.restart();
    assert!(
        again.log().contains(&fingerprint),
        "the same after a restart"
    );
}

#[test]
fn config_check_tells_what_is_wrong_with_the_certificate() {
    let tree = Arc::new(Tree::with(with_files));
    let check = |problem: &str| {
        let output = cli(&tree, &["config", "check"], "");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            !output.status.success() && said.contains(problem),
            "{problem}: {output:?}"
        );
    };
    check("tls: cannot read");
    certificate(&tree, "one", (2020, 2021));
    check("tls.certificate: it ended on 2021-01-01");
    certificate(&tree, "two", (2020, 2100));
    fs::rename(
        tree.path.join("state/two.pem"),
        tree.path.join("state/one.pem"),
    )
    .expect("renamed");
    check("tls.key: the private key is not that of the certificate");
    let Err(said) = TestApp::try_on(Arc::clone(&tree)) else {
        panic!("it started with another certificate's key");
    };
    assert!(said.contains("tls.key: the private key"), "{said}");
    certificate(&tree, "one", (2020, 2100));
    let open = fs::Permissions::from_mode(0o644);
    fs::set_permissions(tree.path.join("state/one.key"), open).expect("ours");
    check("everybody can read the private key: chmod o= '");
    certificate(&tree, "one", (2020, 2100));
    let output = cli(&tree, &["config", "check"], "");
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn the_private_key_is_never_opened() {
    let tree = Arc::new(Tree::with(|settings| {
        settings["tls"] = json!({"certificate": "one.pem", "key": "../root/b/own/one.key"});
        settings["public_url"] = json!("https://editkey.test/");
    }));
    certificate(&tree, "one", (2020, 2100));
    fs::create_dir(tree.path.join("root/b/own")).expect("a folder");
    let key = tree.path.join("root/b/own/one.key");
    fs::rename(tree.path.join("state/one.key"), &key).expect("moved");
    fs::hard_link(&key, tree.path.join("root/b/hard")).expect("a second name");
    let app = TestApp::on(tree);
    let trusted = app.tree.path.join("state/one.pem");
    let mut connection = Connection::open(app.address, &trusted).expect("good");
    for (folder, name) in [("root/b/own", "one.key"), ("root/b", "hard")] {
        let key = app.tree.hand_made(folder, name, &json!({}));
        let ask = Request::get("/api/file").bearer(&key);
        connection.ask(&ask, app.address).expect(403);
    }
    let key = app.tree.hand_made("root/b", "b.md", &json!({}));
    connection
        .ask(&Request::get("/api/file").bearer(&key), app.address)
        .expect(200);
}
