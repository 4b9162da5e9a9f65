//! When a key stops opening: at the next question.

use std::time::Duration;

use serde_json::{Value, json};

use super::{PROXIES, Scene, asked};
use crate::support::{Request, eventually, keyfile, random_key};

fn status(scene: &Scene, proxy: &str, key: &str, cookie: &str) -> u16 {
    let request = asked(proxy, "GET", "/album/doc.md").bearer(key);
    scene.app.send(&request.header("Cookie", cookie)).status
}

#[test]
fn a_revoked_key_opens_nothing_at_the_next_question() {
    let scene = Scene::new();
    for proxy in PROXIES {
        let key = scene.app.cli_mint("root/a/doc.md");
        assert_eq!(status(&scene, proxy, &key, ""), 200, "{proxy}");
        assert!(
            scene
                .app
                .cli(&["keys", "revoke", "-"], &key)
                .status
                .success()
        );
        assert_eq!(status(&scene, proxy, &key, ""), 401, "{proxy}");
    }
}

#[test]
fn a_key_file_edited_by_hand_counts_at_the_next_question() {
    let scene = Scene::new();
    let tree = &scene.app.tree;
    for proxy in PROXIES {
        let key = tree.hand_made("root/a", "doc.md", &json!({"rights": "view"}));
        assert_eq!(status(&scene, proxy, &key, ""), 200, "{proxy}");
        let id = keyfile::id(&key);
        let record = keyfile::record(&tree.keys(), &key);
        let other = |field: &str, value: Value| {
            let mut other = record.clone();
            other[field] = value;
            other
        };
        for (record, after) in [
            (other("expires", json!("2026-01-02T00:00:00Z")), 401),
            (other("expires", json!("2999-01-02T00:00:00Z")), 200),
            (other("basename", json!("other.md")), 401),
            (other("dirname", json!(tree.at("root/b"))), 401),
            (record.clone(), 200),
            (other("rights", json!("edit")), 200),
            (other("unheard", json!(1)), 401),
            (record.clone(), 200),
            (Value::Null, 401),
        ] {
            keyfile::append_by_rename(&tree.keys(), &id, &record);
            assert_eq!(status(&scene, proxy, &key, ""), after, "{proxy} {record}");
        }
    }
}

#[test]
fn a_key_ends_by_itself() {
    let scene = Scene::new();
    let key = scene.app.mint_with(
        "root/a",
        "doc.md",
        &[("expires", "PT2S")],
        &scene.app.editor("ann"),
    );
    assert_eq!(status(&scene, "nginx", &key, ""), 200);
    eventually("it ends", Duration::from_secs(10), || {
        status(&scene, "nginx", &key, "") == 401
    });
}

#[test]
fn a_key_bound_to_its_visitor_opens_for_them_alone() {
    let scene = Scene::with(|settings| settings["keys"]["bind"] = json!("visitor"));
    let cookie = |jar: &crate::support::Jar| jar.header().expect("a cookie");
    let (ann, bob) = (scene.app.editor("ann"), scene.app.editor("bob"));
    let key = scene.app.mint("root/a", "doc.md", &ann);
    // The grants alone would do for both: these are asked for what only the key opens.
    let narrow = Scene::with(|settings| {
        settings["keys"]["bind"] = json!("visitor");
        settings["grants"] = json!([{"source": "jwt", "level": 998, "directories": [format!("{}/deep", settings["roots"][0].as_str().expect("a root"))]}]);
    });
    for proxy in PROXIES {
        assert_eq!(status(&scene, proxy, &key, &cookie(&ann)), 200, "{proxy}");
        assert_eq!(
            status(&scene, proxy, &key, &cookie(&bob)),
            200,
            "by bob's own grant"
        );
        assert_eq!(status(&scene, proxy, &key, ""), 401, "{proxy}");
        let of = |by: &str| {
            narrow
                .app
                .tree
                .hand_made("root/a", "doc.md", &json!({"by": by}))
        };
        let (anns, operators) = (of("jwt:ann"), of("operator"));
        let (ann, bob) = (narrow.cookie("ann", "x", 4), narrow.cookie("bob", "x", 4));
        assert_eq!(status(&narrow, proxy, &anns, &ann), 200, "{proxy}");
        assert_eq!(status(&narrow, proxy, &anns, &bob), 403, "{proxy}");
        assert_eq!(status(&narrow, proxy, &anns, ""), 401, "{proxy}");
        assert_eq!(status(&narrow, proxy, &operators, ""), 200, "{proxy}");
        let bound = narrow.app.tree.hand_made(
            "root/a",
            "doc.md",
            &json!({"by": "operator", "bind": "visitor"}),
        );
        assert_eq!(status(&narrow, proxy, &bound, &ann), 403, "{proxy}");
    }
}

#[test]
fn a_key_whose_grant_is_lost_is_revoked_when_it_is_used_here_too() {
    for (word, after) in [("keep", 200), ("revoke", 401)] {
        let scene = Scene::with(|settings| settings["keys"]["on_grant_lost"] = json!(word));
        let grant = json!({"user": "u", "directories": [scene.app.tree.at("root/a")]});
        let jar = scene.app.session(&grant);
        let key = scene.app.mint("root/a", "doc.md", &jar);
        // By the policy: ann has a row, zoe has none.
        let of = |by: &str| {
            scene
                .app
                .tree
                .hand_made("root/a", "doc.md", &json!({"by": by}))
        };
        let (anns, zoes) = (of("jwt:ann"), of("jwt:zoe"));
        assert_eq!(status(&scene, "nginx", &anns, ""), 200);
        assert_eq!(status(&scene, "nginx", &zoes, ""), after, "{word}");
        if word == "revoke" {
            assert!(!keyfile::live(&scene.app.tree.keys()).contains(&keyfile::id(&zoes)));
        }
        assert_eq!(status(&scene, "nginx", &key, ""), 200);
        let withdraw =
            Request::new("DELETE", "/api/grants?user=u").bearer(&scene.app.tree.cms_token);
        scene.app.send(&withdraw).expect(204);
        assert_eq!(status(&scene, "nginx", &key, ""), after, "{word}");
    }
}

#[test]
fn while_the_key_file_is_broken_nobody_passes_by_a_key() {
    let scene = Scene::new();
    let key = scene.app.cli_mint("root/a/doc.md");
    let ann = scene.cookie("ann", "x", 4);
    let whole = scene.app.tree.read("state/keys/accesskeys.json");
    scene
        .app
        .tree
        .write("state/keys/accesskeys.json", "{ \"broken\": [ }\n");
    for proxy in PROXIES {
        let told = if matches!(proxy, "nginx" | "haproxy") {
            403
        } else {
            503
        };
        assert_eq!(status(&scene, proxy, &key, ""), told, "{proxy}");
        assert_eq!(status(&scene, proxy, &key, &ann), told, "{proxy}");
        assert_eq!(
            scene.ask(proxy, "/album/doc.md", &ann).status,
            200,
            "{proxy} without a key"
        );
    }
    scene.app.tree.write("state/keys/accesskeys.json", whole);
    eventually("it is whole again", Duration::from_secs(5), || {
        status(&scene, "nginx", &key, "") == 200
    });
}

#[test]
fn wrong_keys_are_throttled_without_harming_others() {
    let scene = Scene::with(|settings| settings["trusted_proxies"] = json!(["127.0.0.1"]));
    let key = scene.app.cli_mint("root/a/doc.md");
    let from = |client: &str, key: &str| {
        let request = asked("nginx", "GET", "/album/doc.md").bearer(key);
        scene
            .app
            .send(&request.header("X-Forwarded-For", client))
            .status
    };
    let stranger = "203.0.113.9";
    let mut statuses = (0..900).map(|at| from(stranger, &format!("{at:024}")));
    assert!(
        statuses.by_ref().take(300).all(|status| status == 401),
        "some are mistakes"
    );
    let told = statuses.find(|status| *status != 401);
    assert_eq!(told, Some(403), "nginx knows no other word");
    assert_eq!(from(stranger, &key), 200, "from the same network");
    assert_eq!(from("198.51.100.7", &key), 200);
    assert_eq!(
        from("198.51.100.7", &random_key()),
        401,
        "another network is not slowed down"
    );
    let ann = scene.cookie("ann", "x", 4);
    let request = asked("nginx", "GET", "/album/doc.md").header("Cookie", &ann);
    scene
        .app
        .send(&request.header("X-Forwarded-For", stranger))
        .expect(200);
    // Whoever comes without a key, and without a grant, may still be asked to sign in.
    let request = asked("nginx", "GET", "/album/doc.md").header("X-Forwarded-For", stranger);
    scene.app.send(&request).expect(401);
    for proxy in ["traefik", "caddy", "envoy"] {
        // A try is given back every tenth of a second.
        let told = (0..100).find_map(|_| {
            let wrong = asked(proxy, "GET", "/album/doc.md").bearer(&random_key());
            let reply = scene.app.send(&wrong.header("X-Forwarded-For", stranger));
            (reply.status != 401).then_some(reply.status)
        });
        assert_eq!(told, Some(403), "{proxy}");
    }
}
