//! The configurations in `examples/proxy/`, run by the real proxies over TLS: the whole story passes through them, no
//! header of a client's is believed, and no key, ticket, token or cookie gets into their logs, also when editkey is down.

pub(crate) mod programs;
pub(crate) mod scene;
mod sign_on;
mod steps;

use std::fs;
use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::support::eventually;
use crate::support::sign_in::{add_ann, with_ann};
use crate::support::wire::encode;

use scene::Scene;
use steps::{
    no_word_of_the_client_is_believed, somebody_signs_in, the_editor_loads, three_megabytes_pass,
};

#[test]
fn nginx_below_a_path() {
    whole_story(&Scene::new("/edit/", with_ann, |tree, address, editkey| {
        programs::nginx(tree, address, editkey, "examples/proxy/nginx.conf", &[], "")
    }));
}

#[test]
fn caddy_at_a_name_of_its_own() {
    whole_story(&Scene::new("/", with_ann, |tree, address, editkey| {
        programs::caddy(tree, address, editkey, "examples/proxy/Caddyfile", &[], "")
    }));
}

fn whole_story(scene: &Scene) {
    let tree = &scene.app.tree;
    add_ann(tree);
    let mut secrets = vec![tree.cms_token.clone()];

    let cookie = entered(scene, &mut secrets);
    let key = key_by_redirect(scene, &cookie);
    secrets.push(key.clone());
    the_editor_loads(scene, &key);
    three_megabytes_pass(scene, &key);
    no_word_of_the_client_is_believed(scene, &mut secrets);
    somebody_signs_in(scene, &mut secrets);

    // editkey is down: the proxy has something to complain about.
    let process = scene.app.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-9", &process])
            .status()
            .expect("kill")
            .success()
    );
    eventually(
        "the proxy says that editkey is down",
        Duration::from_secs(10),
        || {
            scene
                .ask("GET", &format!("?accesskey={key}"), &[&cookie], None)
                .status
                == 502
        },
    );
    nothing_secret_was_logged(scene, &secrets);
}

/// A host grants, the browser enters: the session's cookie.
fn entered(scene: &Scene, secrets: &mut Vec<String>) -> String {
    let tree = &scene.app.tree;
    let grant = json!({"user": "ann", "directories": [tree.at("root/a")]});
    tree.write("grant.json", grant.to_string());
    let bearer = format!("Authorization: Bearer {}", tree.cms_token);
    let kind = "Content-Type: application/json";
    let granted = scene
        .ask(
            "POST",
            "api/grants",
            &[&bearer, kind],
            Some(&tree.path.join("grant.json")),
        )
        .expect(201);
    let url = granted.json()["url"].as_str().expect("a url").to_owned();
    let ticket = url
        .strip_prefix(&format!("{}{}enter?ticket=", scene.origin(), scene.base))
        .expect("our address");
    secrets.push(ticket.to_owned());
    let entered = scene
        .ask("GET", &format!("enter?ticket={ticket}"), &[], None)
        .expect(303);
    let cookie = entered.header("set-cookie").expect("a cookie").to_owned();
    for part in [
        "__Host-editkey=",
        "Secure",
        "HttpOnly",
        "SameSite=Lax",
        "Path=/;",
    ] {
        assert!(format!("{cookie};").contains(part), "{part}: {cookie}");
    }
    let pair = cookie.split(';').next().expect("its pair");
    secrets.push(pair.split_once('=').expect("a value").1.to_owned());
    format!("Cookie: {pair}")
}

fn nothing_secret_was_logged(scene: &Scene, secrets: &[String]) {
    let mut written = 0;
    for log in &scene.logs {
        let text = fs::read_to_string(log).unwrap_or_default();
        written += text
            .lines()
            .filter(|line| line.contains("api/file"))
            .count();
        for secret in secrets {
            let found = text.lines().find(|line| line.contains(secret.as_str()));
            assert!(
                found.is_none(),
                "{}: {}",
                log.display(),
                found.unwrap_or_default()
            );
        }
    }
    assert!(
        written >= 2,
        "the proxy logged nothing, so this shows nothing"
    );
}

/// A redirect, and one from another site, whose button holds by the Origin alone.
fn key_by_redirect(scene: &Scene, cookie: &str) -> String {
    let tree = &scene.app.tree;
    let target = |name: &str| {
        format!(
            "redirect?dirname={}&basename={name}",
            encode(&tree.at("root/a"))
        )
    };
    let reply = scene
        .ask("GET", &target("doc.md"), &[cookie], None)
        .expect(302);
    let key = reply.key().expect("a key");
    assert_eq!(
        reply.header("location"),
        Some(format!("./?accesskey={key}").as_str())
    );
    let cross = [
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Mode: navigate",
        "Sec-Fetch-Dest: document",
    ];
    let page = scene
        .ask(
            "GET",
            &target("other.md"),
            &[cookie, cross[0], cross[1], cross[2]],
            None,
        )
        .expect(200)
        .text();
    let token = page
        .split_once("name=\"token\" value=\"")
        .and_then(|(_, rest)| rest.split('"').next());
    let form = format!(
        "dirname={}&basename=other.md&token={}",
        encode(&tree.at("root/a")),
        token.unwrap_or_else(|| panic!("no token: {page}"))
    );
    tree.write("form", form);
    let form = tree.path.join("form");
    let foreign = "Origin: https://evil.example";
    scene
        .ask("POST", "redirect", &[cookie, foreign], Some(&form))
        .expect(403);
    let own = format!("Origin: {}", scene.origin());
    assert!(
        scene
            .ask("POST", "redirect", &[cookie, &own], Some(&form))
            .expect(303)
            .key()
            .is_some()
    );
    key
}
