//! The three scenarios of docs/deploy.md: a trusted network without a sign-in, this machine free and others by password,
//! and (in `proxy` and `tls`) a hostile network.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;

use serde_json::json;

use crate::support::sign_in::{PASSWORD, add_ann, own, sign_in, with_ann};
use crate::support::{Jar, Reply, Request, TestApp, Tree};

/// An address of this machine that is not loopback: what another machine of the network would see.
fn outside_address() -> IpAddr {
    // Nothing is sent: the system is asked which address it would send from.
    let socket = UdpSocket::bind("0.0.0.0:0").expect("a socket");
    socket
        .connect("192.0.2.200:9")
        .and_then(|()| socket.local_addr())
        .expect("a machine with a network: these tests need an address that is not loopback")
        .ip()
}

/// The server as that network sees it.
fn outside(app: &TestApp) -> SocketAddr {
    SocketAddr::new(outside_address(), app.address.port())
}

fn ask(app: &TestApp, at: SocketAddr, headers: &[(&str, &str)]) -> Reply {
    let mut request = Request::get(app.redirect_target("root/a", "doc.md", &[]));
    for (name, value) in headers {
        request = request.header(name, value);
    }
    request.send(at)
}

#[test]
fn a_trusted_network_edits_without_a_sign_in() {
    let network = outside_address().to_string();
    let app = TestApp::with(|settings| {
        settings["listen"] = json!(["0.0.0.0:0"]);
        settings["public_url"] = json!("http://nas.test:8181/");
        settings["grants"] = json!([
            {"network": [network], "directories": [settings["roots"][0]]},
            {"network": ["203.0.113.0/24"], "poweruser": true, "rights": "view"},
        ]);
    });
    assert!(
        app.log().contains(&format!(
            "warning: grants[0]: whoever can send from {network}/32 gets"
        )),
        "{}",
        app.log()
    );
    let at = outside(&app);
    let key = ask(&app, at, &[]).expect(302).key().expect("a key");
    app.get_file(&key).expect(200);
    ask(&app, at, &[("Host", "nas.test:8181")]).expect(302);
    let beyond = app.redirect_target("root/b", "b.md", &[]);
    Request::get(beyond).send(at).expect(403);
    // Somebody forwards, and nobody trusts them: who asks is not known.
    for header in [
        "X-Forwarded-For",
        "X-Real-IP",
        "Forwarded",
        "Via",
        "X-Forwarded-Host",
    ] {
        ask(&app, at, &[(header, &network)]).expect(403);
        ask(&app, app.address, &[(header, &network)]).expect(403);
    }
    // Another machine's address, and a name that anybody may point here.
    ask(&app, SocketAddr::new([127, 0, 0, 1].into(), at.port()), &[]).expect(403);
    for host in [
        "evil.example",
        "evil.example:8181",
        "localhost",
        "nas.test.evil.example",
    ] {
        ask(&app, at, &[("Host", host)]).expect(403);
    }
    let start = Request::get("/").send(at).expect(200).text();
    assert!(start.contains("doc.md"), "{start}");
}

#[test]
fn without_its_row_no_network_is_trusted() {
    let app = TestApp::with(|settings| settings["listen"] = json!(["0.0.0.0:0"]));
    ask(&app, outside(&app), &[]).expect(403);
    assert!(!app.log().contains("without signing in"));
}

#[test]
fn behind_a_proxy_the_network_is_the_clients_and_not_the_proxys() {
    let app = TestApp::with(|settings| {
        settings["trusted_proxies"] = json!(["127.0.0.1", "192.168.7.1"]);
        settings["public_url"] = json!("http://nas.test/");
        settings["grants"] = json!([
            {"network": "192.168.7.0/24", "directories": [settings["roots"][0]]},
        ]);
    });
    let from = |headers: &[(&str, &str)]| {
        let headers = [headers, &[("Host", "nas.test")]].concat();
        ask(&app, app.address, &headers)
    };
    from(&[("X-Forwarded-For", "192.168.7.20")]).expect(302);
    from(&[("X-Forwarded-For", "203.0.113.5, 192.168.7.20")]).expect(302);
    for untrue in [
        "203.0.113.5",
        "192.168.7.20, 203.0.113.5",
        "192.168.7.20, 203.0.113.5, 192.168.7.1",
        "192.168.7.1",
        "127.0.0.1",
        "unknown",
        "192.168.7.20, unknown",
        "192.168.7.20:80x",
        "",
    ] {
        from(&[("X-Forwarded-For", untrue)]).expect(403);
    }
    from(&[]).expect(403);
    from(&[("X-Real-IP", "192.168.7.20")]).expect(403);
    from(&[("Forwarded", "for=192.168.7.20")]).expect(403);
}

#[test]
fn this_machine_is_free_and_others_come_by_password() {
    let tree = Arc::new(Tree::with(|settings| {
        with_ann(settings);
        settings["listen"] = json!(["0.0.0.0:0"]);
        settings["local_access"] = json!(true);
    }));
    add_ann(&tree);
    let app = TestApp::on(tree);
    let here = SocketAddr::new([127, 0, 0, 1].into(), app.address.port());
    let there = outside(&app);
    let link = || {
        let output = app.cli(&["login", "--no-browser"], "");
        let link = String::from_utf8(output.stdout).expect("UTF-8");
        let (_, ticket) = link.trim().split_once("/enter").expect("a link");
        format!("/enter{ticket}")
    };
    // On this machine: by a link, without a password, everything below the roots.
    let entered = Request::get(link()).send(here).expect(303);
    let mut local = Jar::default();
    local.absorb(&entered);
    let beyond = app.redirect_target("root/b", "b.md", &[]);
    Request::get(&beyond).jar(&local).send(here).expect(302);
    // From elsewhere neither the link nor its cookie counts: the way leads to the sign-in.
    Request::get(link()).send(there).expect(403);
    let away = Request::get(&beyond).jar(&local).send(there).expect(303);
    assert!(
        away.header("location")
            .is_some_and(|to| to.starts_with("./login?next="))
    );
    let mut jar = Jar::default();
    let page = own("GET", "/login", &jar).send(there).expect(200);
    jar.absorb(&page);
    let body =
        crate::support::sign_in::form("ann", PASSWORD, &crate::support::sign_in::token(&page));
    let signed_in = own("POST", "/login", &jar)
        .body(body)
        .send(there)
        .expect(303);
    jar.absorb(&signed_in);
    let file = app.redirect_target("root/a", "doc.md", &[]);
    Request::get(&file).jar(&jar).send(there).expect(302);
    Request::get(&beyond).jar(&jar).send(there).expect(403);
    // A connection from this machine is no sign-in by itself.
    Request::get(&file).send(here).expect(303);
    let mut nobody = Jar::default();
    sign_in(&app, &mut nobody, "ann", "not the password").expect(403);
}
