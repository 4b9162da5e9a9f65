//! A requirement that stands in the proxy's own configuration decides alone; nothing that a client writes becomes one.

use serde_json::json;

use super::{PROXIES, Scene, TOKEN, asked, passes_as};
use crate::support::Request;
use crate::support::token::now;

#[test]
fn a_requirement_decides_alone() {
    let scene = Scene::new();
    let (ann, bob) = (
        scene.cookie("ann", "staff", 4),
        scene.cookie("bob", "User", 4),
    );
    let guest = scene.cookie("guest", "Guest", 999);
    for proxy in PROXIES {
        // Where a rule would refuse, where a mount would, and where nothing decides.
        for url in [
            "/wiki/public/admin",
            "/secret/s.md",
            "/nowhere",
            "/album/nothing.md",
        ] {
            let status = |required: &str, cookie: &str| {
                scene
                    .ask(&format!("{proxy}/{required}"), url, cookie)
                    .status
            };
            let of = |required: &str| {
                [
                    status(required, &ann),
                    status(required, &bob),
                    status(required, &guest),
                    status(required, ""),
                ]
            };
            assert_eq!(of("4"), [200, 200, 403, 401], "{proxy}");
            assert_eq!(of("3"), [403, 403, 403, 401], "{proxy}");
            assert_eq!(of("staff"), [200, 403, 403, 401], "{proxy}");
            assert_eq!(of("998"), [200, 200, 403, 401], "{proxy}");
            assert_eq!(of("999"), [200, 200, 200, 200], "{proxy}");
        }
        // Where a rule would let pass.
        assert_eq!(
            scene
                .ask(&format!("{proxy}/0"), "/wiki/public", &ann)
                .status,
            403
        );
        passes_as(
            scene.ask(&format!("{proxy}/staff"), "/x", &ann),
            "ann",
            "ann@example.org",
            "staff",
        );
        // Nor does a key, since it says nothing of who it is.
        let key = scene.app.cli_mint("root/a/doc.md");
        let request = asked(&format!("{proxy}/4"), "GET", "/album/doc.md").bearer(&key);
        scene.app.send(&request).expect(401);
    }
}

#[test]
fn a_requirement_may_be_any_groups_name() {
    let scene = Scene::new();
    let claims = json!({"username": "zoe", "groups": ["Räuber & Söhne", "a/b", "50%", "1.5"], "exp": now() + 60});
    let zoe = format!("{TOKEN}={}", scene.signer.token(&claims));
    for proxy in PROXIES {
        for word in ["R%C3%A4uber%20&%20S%C3%B6hne", "1.5"] {
            let reply = scene.ask(&format!("{proxy}/{word}"), "/x", &zoe);
            assert_eq!(reply.status, 200, "{proxy} {word}");
        }
        for word in ["R%C3%A4uber", "%C3%A4", "zoe", "staff", "-4", "1000", "%2C"] {
            let reply = scene.ask(&format!("{proxy}/{word}"), "/x", &zoe);
            assert_eq!(reply.status, 403, "{proxy} {word}");
        }
    }
}

#[test]
fn a_requirement_does_without_a_rule_but_not_without_an_address() {
    let scene = Scene::with(|settings| {
        settings.as_object_mut().expect("settings").remove("gate");
    });
    let ann = scene.cookie("ann", "staff", 4);
    for proxy in PROXIES {
        scene.ask(&format!("{proxy}/4"), "/x/y", &ann).expect(200);
        scene.ask(proxy, "/x/y", &ann).expect(403);
        scene.ask_by_nobody(proxy, "/x/y").expect(401);
        scene
            .ask(&format!("{proxy}/999"), "/x/../y", &ann)
            .expect(403);
    }
    scene.app.send(&Request::get("/auth/nginx/999")).expect(403);
}

#[test]
fn what_a_client_writes_is_no_requirement() {
    let scene = Scene::new();
    for path in [
        "/999/x",
        "/999",
        "/-999/x",
        "/-999",
        "-999/x",
        "/%2d999/x",
        "/envoy-999/x",
        "/../envoy-999/x",
        "/..%2fenvoy-999/x",
        "/999/../x",
        "//999/x",
        "/?999",
        "/?/auth/envoy-999/x",
        "/#-999",
        "/auth/envoy-999/x",
        "/4/x",
        "/staff/x",
    ] {
        let raw = format!("/auth/envoy{path}");
        let reply = scene
            .app
            .send(&Request::get(raw.as_str()).header("Host", "x.example.org"));
        // A path always begins with a slash; without it this would be the operator's own word.
        let own = path == "-999/x";
        assert!(
            if own {
                reply.status == 200
            } else {
                matches!(reply.status, 401 | 403 | 404 | 400)
            },
            "{raw}: {reply:?}"
        );
    }
    for path in ["/-999/x", "/../envoy-999/x", "/x/../../envoy-999/y"] {
        let raw = format!("/auth/envoy-0{path}");
        let reply = scene
            .app
            .send(&Request::get(raw.as_str()).header("Host", "x.example.org"));
        assert!(matches!(reply.status, 401 | 403), "{raw}: {reply:?}");
    }
    for proxy in ["nginx", "haproxy", "traefik", "caddy"] {
        for url in [
            "/999",
            "/auth/nginx/999",
            "/auth/caddy/999/x",
            "/?required=999",
        ] {
            scene.ask_by_nobody(proxy, url).expect(401);
        }
    }
}
