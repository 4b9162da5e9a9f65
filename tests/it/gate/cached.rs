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
const MINUTE: (Option<&str>, Option<&str>) = (Some("max-age=60"), Some("Cookie, Authorization"));

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
    let scene = Scene::with(|settings| settings["gate"]["verdict_max_age"] = json!("60s"));
    let ann = scene.cookie("ann", "staff", 3);
    for proxy in PROXIES {
        for url in ["/all", "/wiki", "/album/doc.md", "/album/"] {
            assert_eq!(
                kept(&scene.ask(proxy, url, &ann).expect(200)),
                MINUTE,
                "{proxy} {url}"
            );
        }
        assert_eq!(
            kept(&scene.ask_by_nobody(proxy, "/all").expect(200)),
            MINUTE
        );
        assert_eq!(
            kept(&scene.ask(&format!("{proxy}/4"), "/x", &ann).expect(200)),
            MINUTE
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
        MINUTE
    );
    assert_eq!(kept(&scene.app.send(&organizr).expect(401)), NOT);
}

#[test]
fn no_verdict_outlives_its_key() {
    let scene = Scene::with(|settings| settings["gate"]["verdict_max_age"] = json!("1h"));
    let now = crate::support::token::now();
    let ending = |secs: i64| {
        let end = at_second(now + secs);
        scene
            .app
            .tree
            .hand_made("root/a", "doc.md", &json!({"expires": end}))
    };
    let (soon, later, never) = (
        ending(300),
        ending(90_000),
        scene.app.tree.hand_made("root/a", "doc.md", &json!({})),
    );
    for proxy in PROXIES {
        let age = |key: &str| {
            let reply = scene
                .app
                .send(&asked(proxy, "GET", "/album/doc.md").bearer(key))
                .expect(200);
            let age = reply
                .header("cache-control")
                .and_then(|text| text.strip_prefix("max-age="));
            Duration::from_secs(age.expect("an age").parse().expect("seconds"))
        };
        let left = age(&soon);
        assert!(
            left <= Duration::from_secs(300) && left > Duration::from_secs(200),
            "{left:?}"
        );
        assert_eq!(age(&later), Duration::from_secs(3600));
        assert_eq!(age(&never), Duration::from_secs(3600));
    }
    let refused = asked("nginx", "GET", "/album/doc.md").bearer(&random_key());
    assert_eq!(kept(&scene.app.send(&refused).expect(401)), NOT);
}

#[test]
fn a_verdict_that_hangs_on_more_than_a_cache_looks_at_is_not_kept() {
    // On the address: another client without a cookie would get it.
    let scene = Scene::with(|settings| {
        settings["gate"]["verdict_max_age"] = json!("60s");
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
        MINUTE,
        "a key is good everywhere"
    );
    // On a token in a header of its own.
    let scene = Scene::with(|settings| {
        settings["gate"]["verdict_max_age"] = json!("60s");
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
        settings["gate"]["verdict_max_age"] = json!("60s");
        settings["keys"]["bind"] = json!("visitor");
    });
    let end = at_second(crate::support::token::now() + 20);
    let key = scene
        .app
        .tree
        .hand_made("root/b", "b.md", &json!({"by": "jwt:ann", "expires": end}));
    let ann = scene.cookie("ann", "x", 4);
    let request = asked("nginx", "GET", "/album/inside/b.md")
        .bearer(&key)
        .header("Cookie", &ann);
    let reply = scene.app.send(&request).expect(200);
    let age = reply
        .header("cache-control")
        .and_then(|text| text.strip_prefix("max-age="));
    assert!(age.expect("an age").parse::<u32>().expect("seconds") <= 20);
}

/// A time as a record has it.
fn at_second(second: i64) -> String {
    jiff::Timestamp::from_second(second)
        .expect("a time")
        .to_string()
}
