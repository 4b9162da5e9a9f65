//! A question that lacks what its proxy must send, or says it twice, is refused, whoever asks.

use super::{PROXIES, Scene, asked};
use crate::support::{Request, TestApp};

/// What each must send.
fn needed(proxy: &str) -> Vec<(&'static str, &'static str)> {
    match proxy {
        "traefik" | "caddy" => vec![
            ("X-Forwarded-Method", "GET"),
            ("X-Forwarded-Proto", "https"),
            ("X-Forwarded-Host", "other.example.org"),
            ("X-Forwarded-Uri", "/all"),
        ],
        _ => vec![("X-Original-Method", "GET"), ("X-Original-URI", "/all")],
    }
}

fn status(app: &TestApp, proxy: &str, headers: &[(&str, &str)]) -> u16 {
    let request = Request::get(format!("/auth/{proxy}")).header("Host", "other.example.org");
    let said = |request: Request, (name, value): &(&str, &str)| request.header(name, value);
    app.send(&headers.iter().fold(request, said)).status
}

#[test]
fn what_is_missing_or_said_twice_is_refused() {
    let scene = Scene::new();
    let app = &scene.app;
    for proxy in ["nginx", "haproxy", "traefik", "caddy"] {
        let good = needed(proxy);
        assert_eq!(status(app, proxy, &good), 200, "{proxy}");
        for (at, (name, value)) in good.iter().enumerate() {
            let mut without = good.clone();
            without.remove(at);
            assert_eq!(status(app, proxy, &without), 403, "{proxy} without {name}");
            for (what, other) in [
                ("twice", *value),
                ("and another", "/wiki/public"),
                ("and nothing", ""),
            ] {
                let mut twice = good.clone();
                twice.push((name, other));
                assert_eq!(status(app, proxy, &twice), 403, "{proxy}: {name} {what}");
            }
            for garbled in ["", "\u{fc}", "a b", "GET, GET", "/all\u{7f}", "https, http"] {
                let mut other = good.clone();
                other[at].1 = garbled;
                let status = status(app, proxy, &other);
                assert!(
                    matches!(status, 400 | 403),
                    "{proxy} {name} {garbled:?}: {status}"
                );
            }
        }
    }
    assert!(app.log().contains("the proxy does not send x-original-uri"));
}

#[test]
fn one_address_is_said_in_one_way() {
    let scene = Scene::new();
    let app = &scene.app;
    for proxy in ["nginx", "haproxy"] {
        let method = ("X-Original-Method", "GET");
        let url = ("X-Original-URL", "https://sonarr.example.org/api/x");
        assert_eq!(status(app, proxy, &[method, url]), 200, "the host is in it");
        let other = ("X-Original-URL", "https://sonarr.example.org/x");
        assert_eq!(status(app, proxy, &[method, other]), 401);
        for uri in ["/all", ""] {
            assert_eq!(
                status(app, proxy, &[method, url, ("X-Original-URI", uri)]),
                403
            );
        }
        for bad in [
            "/all",
            "sonarr.example.org/api",
            "https://sonarr.example.org",
            "ftp://sonarr.example.org/api",
        ] {
            assert_eq!(
                status(app, proxy, &[method, ("X-Original-URL", bad)]),
                403,
                "{bad}"
            );
        }
    }
}

#[test]
fn headers_of_another_proxy_are_not_read() {
    let scene = Scene::new();
    for proxy in PROXIES {
        let others: &[(&str, &str)] = match proxy {
            "nginx" | "haproxy" => &[
                ("X-Forwarded-Uri", "/all"),
                ("X-Forwarded-Host", "files.example.org"),
                ("X-Forwarded-Method", "GET"),
                ("X-Auth-Request-Redirect", "/all"),
            ],
            "envoy" => &[
                ("X-Original-URI", "/all"),
                ("X-Original-URL", "https://x/all"),
                ("X-Forwarded-Uri", "/all"),
                ("X-Envoy-Original-Path", "/all"),
                ("X-Original-Method", "GET"),
            ],
            _ => &[
                ("X-Original-URI", "/all"),
                ("X-Original-URL", "https://x/all"),
                ("X-Original-Method", "GET"),
                ("X-Rewrite-URL", "/all"),
            ],
        };
        let mut refused = asked(proxy, "GET", "/diary");
        let mut passes = asked(proxy, "GET", "/all");
        for (name, value) in others {
            refused = refused.header(name, value);
            passes = passes.header(name, &value.replace("/all", "/diary"));
        }
        assert_eq!(scene.app.send(&refused).status, 401, "{proxy}");
        assert_eq!(scene.app.send(&passes).status, 200, "{proxy}");
        let alone = Request::get(if proxy == "envoy" {
            "/auth/envoy".to_owned()
        } else {
            format!("/auth/{proxy}")
        });
        let said = |request: Request, (name, value): &(&str, &str)| request.header(name, value);
        let status = scene.app.send(&others.iter().fold(alone, said)).status;
        assert!(matches!(status, 403 | 404), "{proxy}: {status}");
    }
}

#[test]
fn a_name_with_an_underscore_is_not_the_header() {
    let scene = Scene::new();
    let names = [("X_Original_URI", "/all"), ("X_Original_Method", "GET")];
    assert_eq!(status(&scene.app, "nginx", &names), 403);
}

#[test]
fn a_host_that_could_be_another_is_nobodys() {
    let scene = Scene::new();
    let ask = |proxy: &str, host: &str| {
        scene
            .ask_by_nobody(proxy, &format!("https://{host}/all"))
            .status
    };
    for proxy in PROXIES {
        assert_eq!(ask(proxy, "elsewhere.example.org"), 200, "{proxy}");
        assert_eq!(ask(proxy, "elsewhere.example.org:8443"), 200, "{proxy}");
        for host in [
            "sonarr.example.org",
            "SONARR.example.org:444",
            "sonarr.example.org.",
            "sonarr.example.org.:80",
            "sonarr.example.org:80x",
            "sonarr.example.org:",
            "sonarr%2eexample.org",
            "%73onarr.example.org",
            "127.1",
            "0x7f000001",
        ] {
            let status = ask(proxy, host);
            assert!(
                matches!(status, 400 | 401 | 403),
                "{proxy} {host}: {status}"
            );
        }
    }
}
