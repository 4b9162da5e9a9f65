//! How long a proxy may keep a verdict: not at all, or as the settings say, and never longer than it holds.

use std::time::Duration;

use serde_json::json;

use super::{PROXIES, Scene, asked};
use crate::support::token::write_private;
use crate::support::{Reply, random_key};

fn kept(reply: &Reply) -> (Option<&str>, Option<&str>) {
    (reply.header("cache-control"), reply.header("vary"))
}

const NOT: (Option<&str>, Option<&str>) = (Some("no-store"), None);
const SECOND: (Option<&str>, Option<&str>) = (Some("max-age=1"), Some("Cookie, Authorization"));

#[test]
fn no_verdict_is_kept_unless_the_settings_say_so() {
    let scene = Scene::new();
    let ann = scene.cookie("ann", "staff", 3);
    let key = scene.app.cli_mint("root/a/doc.md");
    for proxy in PROXIES {
        for url in ["/all", "/wiki", "/album/doc.md", "/nowhere", "/../x"] {
            assert_eq!(kept(&scene.ask(proxy, url, &ann)), NOT, "{proxy} {url}");
        }
        let by_key = asked(proxy, "GET", "/album/doc.md").bearer(&key);
        assert_eq!(kept(&scene.app.send(&by_key).expect(200)), NOT);
    }
}

#[test]
fn an_allowed_verdict_is_kept_as_long_as_the_settings_say_and_no_other() {
    let scene = Scene::with(|settings| settings["gate"]["verdict_max_age"] = json!("1s"));
    let ann = scene.cookie("ann", "staff", 3);
    for proxy in PROXIES {
        for url in ["/all", "/wiki", "/album/doc.md", "/album/"] {
            assert_eq!(
                kept(&scene.ask(proxy, url, &ann).expect(200)),
                SECOND,
                "{proxy} {url}"
            );
        }
        assert_eq!(
            kept(&scene.ask_by_nobody(proxy, "/all").expect(200)),
            SECOND
        );
        assert_eq!(
            kept(&scene.ask(&format!("{proxy}/4"), "/x", &ann).expect(200)),
            SECOND
        );
        for url in ["/nowhere", "/secret/s.md", "/x/../y"] {
            assert_eq!(kept(&scene.ask(proxy, url, &ann)), NOT, "{proxy} {url}");
            assert_eq!(kept(&scene.ask_by_nobody(proxy, url)), NOT, "{proxy} {url}");
        }
    }
    let organizr = crate::support::Request::get("/auth-4");
    assert_eq!(
        kept(
            &scene
                .app
                .send(&organizr.clone().header("Cookie", &ann))
                .expect(200)
        ),
        SECOND
    );
    assert_eq!(kept(&scene.app.send(&organizr).expect(401)), NOT);
}

#[test]
fn no_verdict_outlives_its_key() {
    let scene = Scene::with(|settings| settings["gate"]["verdict_max_age"] = json!("1s"));
    let now = crate::support::token::now();
    let ending = |secs: i64| {
        let end = at_second(now + secs);
        scene
            .app
            .tree
            .hand_made("root/a", "doc.md", &json!({"expires": end}))
    };
    let (later, never) = (
        ending(300),
        scene.app.tree.hand_made("root/a", "doc.md", &json!({})),
    );
    for proxy in PROXIES {
        let of = |key: &str| {
            let request = asked(proxy, "GET", "/album/doc.md").bearer(key);
            scene.app.send(&request)
        };
        for key in [&later, &never] {
            assert_eq!(kept(&of(key).expect(200)), SECOND, "{proxy}");
        }
        // In its last second it is kept until then at most, and after that not at all.
        let soon = ending(crate::support::token::now() - now + 2);
        let last = Duration::from_secs(5);
        crate::support::eventually("it ends", last, || {
            let reply = of(&soon);
            if reply.status == 200 {
                let left = crate::support::token::now() - now;
                assert!([SECOND, NOT].contains(&kept(&reply)), "{proxy} {left}");
            } else {
                assert_eq!(kept(&reply), NOT, "{proxy}");
            }
            reply.status != 200
        });
    }
    let refused = asked("nginx", "GET", "/album/doc.md").bearer(&random_key());
    assert_eq!(kept(&scene.app.send(&refused).expect(401)), NOT);
}

#[test]
fn a_verdict_that_hangs_on_more_than_a_cache_looks_at_is_not_kept() {
    // On the address: another client without a cookie would get it.
    let scene = Scene::with(|settings| {
        settings["gate"]["verdict_max_age"] = json!("1s");
        settings["trusted_proxies"] = json!(["127.0.0.1"]);
        settings["public_url"] = json!("http://other.example.org");
        let root = settings["roots"][0].clone();
        settings["grants"] = json!([{"network": "192.168.1.0/24", "directories": [root]}]);
    });
    let from = |client: &str| {
        let request = asked("nginx", "GET", "/album/doc.md");
        scene.app.send(&request.header("X-Forwarded-For", client))
    };
    assert_eq!(kept(&from("192.168.1.9").expect(200)), NOT);
    from("192.168.2.9").expect(401);
    let key = scene.app.cli_mint("root/a/doc.md");
    let by_key = asked("nginx", "GET", "/album/doc.md").bearer(&key);
    assert_eq!(
        kept(&scene.app.send(&by_key).expect(200)),
        SECOND,
        "a key is good everywhere"
    );
    // On a token in a header of its own.
    let scene = Scene::with(|settings| {
        settings["gate"]["verdict_max_age"] = json!("1s");
        settings["jwt"][0]["header"] = json!("x-identity-token");
        settings["jwt"][0]
            .as_object_mut()
            .expect("a section")
            .remove("cookie");
    });
    write_private(&scene.app.tree, "token.key", &scene.signer.file);
    let request = asked("nginx", "GET", "/album/doc.md");
    let reply = scene
        .app
        .send(&request.header("X-Identity-Token", &scene.signer.user("ann")));
    assert_eq!(kept(&reply.expect(200)), NOT);
}

#[test]
fn a_bound_key_is_kept_no_longer_than_it_and_its_visitor_hold() {
    let scene = Scene::with(|settings| {
        settings["gate"]["verdict_max_age"] = json!("1s");
        settings["keys"]["bind"] = json!("visitor");
    });
    let end = at_second(crate::support::token::now() + 300);
    let key = scene
        .app
        .tree
        .hand_made("root/b", "b.md", &json!({"by": "jwt:ann", "expires": end}));
    let ann = scene.cookie("ann", "x", 4);
    let request = asked("nginx", "GET", "/album/inside/b.md").bearer(&key);
    let with_ann = request.clone().header("Cookie", &ann);
    assert_eq!(kept(&scene.app.send(&with_ann).expect(200)), SECOND);
    assert_eq!(kept(&scene.app.send(&request).expect(401)), NOT);
    // The visitor's own token ends: nobody keeps what it gave.
    let bob = scene.cookie("bob", "x", 4);
    let with_bob = request.header("Cookie", &bob);
    assert_eq!(kept(&scene.app.send(&with_bob)), NOT);
}

#[test]
fn nginx_is_told_the_very_second_at_whose_end_a_verdict_is_over() {
    let scene = Scene::with(|settings| settings["gate"]["verdict_max_age"] = json!("1s"));
    let key = scene.app.cli_mint("root/a/doc.md");
    let before = crate::support::token::now();
    for proxy in PROXIES {
        let request = asked(proxy, "GET", "/album/doc.md").bearer(&key);
        let reply = scene.app.send(&request).expect(200);
        let after = crate::support::token::now();
        let told = reply.header("x-accel-expires");
        if proxy == "nginx" {
            let second = told.and_then(|text| text.strip_prefix('@'));
            let second: i64 = second.expect("a second").parse().expect("a number");
            assert!((before..=after).contains(&second), "{second}");
        } else {
            assert_eq!(told, None, "{proxy}");
        }
    }
    let refused = asked("nginx", "GET", "/album/doc.md").bearer(&random_key());
    let refused = scene.app.send(&refused).expect(401);
    assert_eq!(refused.header("x-accel-expires"), None);
}

/// A time as a record has it.
fn at_second(second: i64) -> String {
    jiff::Timestamp::from_second(second)
        .expect("a time")
        .to_string()
}
