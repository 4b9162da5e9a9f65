//! Each proxy hears what it understands, and who it is about.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;

use serde_json::json;

use super::{PROXIES, Scene, asked, navigating, passes_as};
use crate::support::sign_in;
use crate::support::{Jar, Reply, Request};

#[test]
fn whoever_passes_is_named_and_what_is_unknown_is_empty() {
    let scene = Scene::new();
    let claims = json!({
        "username": "Zoë Müller", "groups": ["staff", "Räuber & Söhne"], "groupID": 3,
        "exp": crate::support::token::now() + 60,
    });
    let zoe = format!("{}={}", super::TOKEN, scene.signer.token(&claims));
    let ann = scene.cookie("ann", "Admin", 0);
    for proxy in PROXIES {
        passes_as(
            scene.ask(proxy, "/team/x", &zoe),
            "Zoë Müller",
            "",
            "staff,Räuber & Söhne",
        );
        passes_as(
            scene.ask(proxy, "/album/doc.md", &ann),
            "ann",
            "ann@example.org",
            "Admin",
        );
        passes_as(scene.ask_by_nobody(proxy, "/wiki/public/x"), "", "", "");
        // What everyone may is told of whoever is known.
        passes_as(
            scene.ask(proxy, "/all", &ann),
            "ann",
            "ann@example.org",
            "Admin",
        );
        let key = scene.app.cli_mint("root/a/doc.md");
        let url = format!("/album/doc.md?accesskey={key}");
        passes_as(scene.ask_by_nobody(proxy, &url), "", "", "");
    }
}

#[test]
fn a_forged_identity_is_never_handed_on() {
    let scene = Scene::new();
    for proxy in PROXIES {
        let mut request = asked(proxy, "GET", "/wiki/public/x");
        for name in super::IDENTITY {
            request = request.header(name, "admin");
        }
        passes_as(scene.app.send(&request), "", "", "");
    }
}

#[test]
fn each_proxy_is_refused_in_its_own_words() {
    let scene = Scene::with(sign_in::with_ann);
    let bob = scene.cookie("bob", "User", 4);
    for proxy in PROXIES {
        let url = "https://x.example.org/diary/1?a=b&c=%20";
        let by_script = scene.ask_by_nobody(proxy, url).expect(401);
        assert_eq!(by_script.header("www-authenticate"), Some("Bearer"));
        assert_eq!(by_script.header("location"), None, "{proxy}");
        let shown = scene.app.send(&navigating(asked(proxy, "GET", url)));
        let location = "http://editkey.test/login?rd=https%3A%2F%2Fx%2Eexample%2Eorg%2Fdiary%2F1%3Fa%3Db%26c%3D%2520";
        assert_eq!(shown.header("location"), Some(location), "{proxy}");
        let three = matches!(proxy, "nginx" | "haproxy");
        assert_eq!(shown.status, if three { 401 } else { 303 }, "{proxy}");
        assert_eq!(shown.header("www-authenticate").is_some(), three);
        for request in [
            navigating(asked(proxy, "POST", url)),
            navigating(asked(proxy, "GET", url)).header("X-Requested-With", "XMLHttpRequest"),
            asked(proxy, "GET", url)
                .header("Accept", "text/html")
                .header("Sec-Fetch-Mode", "cors"),
            asked(proxy, "GET", url).header("Accept", "application/json"),
        ] {
            let reply = scene.app.send(&request).expect(401);
            assert_eq!(reply.header("location"), None, "{proxy}");
        }
        // A key is not sent on to the page for signing in.
        let keyed = format!("https://x.example.org/diary?accesskey={}", "k".repeat(24));
        let reply = scene.app.send(&navigating(asked(proxy, "GET", &keyed)));
        let back = reply.header("location").expect("a location");
        assert!(
            back.ends_with("rd=https%3A%2F%2Fx%2Eexample%2Eorg%2Fdiary"),
            "{back}"
        );
        // Somebody who is known and may not is not asked to sign in.
        let known = navigating(asked(proxy, "GET", url)).header("Cookie", &bob);
        let reply = scene.app.send(&known).expect(403);
        assert_eq!(
            (reply.header("location"), reply.header("www-authenticate")),
            (None, None)
        );
        for reply in [by_script, shown, reply] {
            assert_eq!(reply.header("cache-control"), Some("no-store"));
            assert!(reply.body.is_empty(), "{proxy}");
            assert!(
                super::IDENTITY
                    .iter()
                    .all(|name| reply.header(name).is_none())
            );
        }
    }
}

#[test]
fn where_nobody_can_sign_in_nobody_is_sent_there() {
    let scene = Scene::new();
    for proxy in PROXIES {
        let reply = scene
            .app
            .send(&navigating(asked(proxy, "GET", "/diary")))
            .expect(401);
        assert_eq!(reply.header("location"), None, "{proxy}");
    }
}

#[test]
fn a_peer_that_is_no_trusted_proxy_gets_what_an_unknown_address_gets() {
    let scene = Scene::with(|settings| settings["trusted_proxies"] = json!(["10.3.3.0/24"]));
    let ann = scene.cookie("ann", "Admin", 0);
    let unknown = scene.app.send(&Request::get("/auth/unknown")).expect(404);
    for proxy in PROXIES {
        for cookie in ["", ann.as_str()] {
            let reply = scene.ask(proxy, "/wiki/public/x", cookie);
            assert_eq!(reply.but_for_date(), unknown.but_for_date(), "{proxy}");
            let forwarded = asked(proxy, "GET", "/all").header("X-Forwarded-For", "10.3.3.1");
            let reply = scene.app.send(&forwarded);
            assert_eq!(reply.but_for_date(), unknown.but_for_date(), "{proxy}");
        }
    }
    for target in [
        "/auth-999",
        "/api/?v1/auth&group=999",
        "/api/v2/auth-999",
        "/api/v2/auth/999",
    ] {
        let reply = scene.app.send(&Request::get(target).header("Cookie", &ann));
        assert_eq!(reply.but_for_date(), unknown.but_for_date(), "{target}");
    }
}

#[test]
fn a_proxy_asks_by_a_unix_socket() {
    let scene = Scene::with(|settings| {
        let root = settings["roots"][0].as_str().expect("a root");
        let socket = format!("unix:{}", root.replace("/root/a", "/state/gate.sock"));
        settings["listen"] = json!(["127.0.0.1:0", socket]);
        settings["trusted_proxies"] = json!(["10.3.3.0/24"]);
    });
    let socket = scene.app.tree.path.join("state/gate.sock");
    let by_socket = |request: &Request| {
        let mut stream = UnixStream::connect(&socket).expect("a connection");
        stream
            .write_all(&request.bytes(scene.app.address))
            .expect("heard");
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).expect("an answer");
        Reply::parse(&heard, false, true).expect("whole")
    };
    let ann = scene.cookie("ann", "Admin", 0);
    for proxy in PROXIES {
        let request = asked(proxy, "GET", "/diary").header("Cookie", &ann);
        passes_as(by_socket(&request), "ann", "ann@example.org", "Admin");
        assert_eq!(by_socket(&asked(proxy, "GET", "/diary")).status, 401);
        scene.app.send(&request).expect(404);
    }
}

#[test]
fn every_proxy_asks_below_the_base_path() {
    let scene = Scene::with(|settings| {
        settings["base_path"] = json!("/edit/");
        settings["public_url"] = json!("http://editkey.test/edit/");
    });
    let host = |request: Request| request.header("Host", "x.example.org");
    let original = |target: &str| {
        let request = host(Request::get(target)).header("X-Original-Method", "GET");
        scene
            .app
            .send(&request.header("X-Original-URI", "/all"))
            .status
    };
    let forwarded = |target: &str, proto: &str| {
        let request = Request::get(target).header("X-Forwarded-Method", "GET");
        let request = request.header("X-Forwarded-Host", "x.example.org");
        let request = request.header("X-Forwarded-Uri", "/all");
        scene
            .app
            .send(&request.header("X-Forwarded-Proto", proto))
            .status
    };
    let plain = |target: &str| scene.app.send(&host(Request::get(target))).status;
    assert_eq!(original("/edit/auth/nginx"), 200);
    assert_eq!(original("/edit/auth/haproxy/4"), 401);
    assert_eq!(original("/auth/nginx"), 404);
    assert_eq!(forwarded("/edit/auth/caddy", "https"), 200);
    assert_eq!(forwarded("/auth/caddy", "https"), 404);
    // As Traefik says it of a web socket.
    assert_eq!(forwarded("/edit/auth/traefik", "wss"), 200);
    assert_eq!(forwarded("/edit/auth/traefik", "ws"), 200);
    assert_eq!(forwarded("/edit/auth/traefik", "ftp"), 403);
    assert_eq!(plain("/edit/auth/envoy/all"), 200);
    assert_eq!(plain("/edit/auth/envoy-4/all"), 401);
    assert_eq!(plain("/edit/auth/envoy/edit/auth/envoy-999/x"), 401);
    assert_eq!(plain("/auth/envoy/all"), 404);
    for target in [
        "auth-999",
        "api/?v1/auth&group=999",
        "api/v2/auth-999",
        "api/v2/auth/999",
    ] {
        assert_eq!(plain(&format!("/edit/{target}")), 200, "{target}");
        assert_eq!(plain(&format!("/{target}")), 404, "{target}");
    }
}

#[test]
fn a_session_of_ours_counts_at_the_gate() {
    let scene = Scene::with(sign_in::with_ann);
    sign_in::add_ann(&scene.app.tree);
    let mut jar = Jar::default();
    sign_in::sign_in(&scene.app, &mut jar, "ann", sign_in::PASSWORD).expect(303);
    let cookie = jar.header().expect("a cookie");
    passes_as(scene.ask("nginx", "/album/doc.md", &cookie), "ann", "", "");
    passes_as(scene.ask("envoy", "/diary", &cookie), "ann", "", "");
    assert_eq!(scene.ask("nginx", "/secret/s.md", &cookie).status, 403);
    sign_in::sign_out(&scene.app, &mut jar, false);
    assert_eq!(
        scene.ask("nginx", "/album/doc.md", &cookie).status,
        401,
        "at the next question"
    );
}
