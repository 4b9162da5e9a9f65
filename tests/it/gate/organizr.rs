//! Organizr's own addresses (seed 001): the configurations that ask Organizr work by changing the host.

use serde_json::json;

use super::{Scene, TOKEN};
use crate::support::token::now;
use crate::support::{Reply, Request, random_key};

/// Each way to ask whether somebody may pass who is of `group`.
fn addresses(group: &str) -> [String; 5] {
    [
        format!("/auth-{group}"),
        format!("/api/?v1/auth&group={group}"),
        format!("/api?v1/auth&group={group}"),
        format!("/api/v2/auth-{group}"),
        format!("/api/v2/auth/{group}"),
    ]
}

fn ask(scene: &Scene, target: &str, cookie: &str) -> Reply {
    scene
        .app
        .send(&Request::get(target).header("Cookie", cookie))
}

#[test]
fn a_level_lets_pass_whoever_is_of_it_or_of_a_smaller_one() {
    let scene = Scene::new();
    let people: Vec<(Option<u16>, String)> = [0, 1, 2, 3, 4, 7, 998, 999]
        .into_iter()
        .map(|level| (Some(level), scene.cookie("ann", "staff", level)))
        .chain([(None, String::new())])
        .collect();
    for asked in [0, 1, 2, 3, 4, 5, 998, 999] {
        for (level, cookie) in &people {
            let passes = match (asked, level) {
                (999, _) => true,
                (_, None | Some(999)) => false,
                (998, Some(_)) => true,
                (asked, Some(level)) => *level <= asked,
            };
            for target in addresses(&asked.to_string()) {
                let reply = ask(&scene, &target, cookie);
                let status = if passes { 200 } else { 401 };
                assert_eq!(reply.status, status, "{target} by {level:?}");
                assert_eq!(reply.header("location"), None);
            }
        }
    }
}

#[test]
fn whoever_passes_is_named_in_organizrs_headers_too() {
    let scene = Scene::new();
    let ann = scene.cookie("ann", "Co-Admin", 1);
    for target in addresses("1") {
        let reply = ask(&scene, &target, &ann);
        super::passes_as(reply.clone(), "ann", "ann@example.org", "Co-Admin");
        for (name, value) in [
            ("user", "ann"),
            ("email", "ann@example.org"),
            ("group", "Co-Admin"),
        ] {
            assert_eq!(reply.header(&format!("x-organizr-{name}")), Some(value));
        }
    }
    let nobody = ask(&scene, "/auth-999", "").expect(200);
    for name in ["x-organizr-user", "x-organizr-email", "x-organizr-group"] {
        assert_eq!(nobody.header(name), Some(""));
    }
}

#[test]
fn a_group_is_asked_for_by_its_name() {
    let scene = Scene::new();
    let ann = scene.cookie("ann", "Power User", 3);
    for group in ["Power%20User", "Power+User"] {
        let target = format!("/api/?v1/auth&group={group}");
        ask(&scene, &target, &ann).expect(200);
    }
    for target in addresses("Power%20User") {
        ask(&scene, &target, &ann).expect(200);
    }
    for group in [
        "power%20user",
        "Power",
        "Admin",
        "User",
        "Power%20User%2CAdmin",
    ] {
        for target in addresses(group) {
            ask(&scene, &target, &ann).expect(401);
        }
    }
}

#[test]
fn no_group_is_administrators_alone() {
    let scene = Scene::new();
    let (admin, other) = (
        scene.cookie("ann", "Admin", 0),
        scene.cookie("bob", "Co-Admin", 1),
    );
    for target in [
        "/api/?v1/auth",
        "/api/?v1/auth&x=999",
        "/api/?v1/auth&groups=999",
    ] {
        ask(&scene, target, &admin).expect(200);
        ask(&scene, target, &other).expect(401);
        ask(&scene, target, "").expect(401);
    }
}

#[test]
fn what_is_neither_a_level_nor_a_group_lets_nobody_pass() {
    let scene = Scene::new();
    let admin = scene.cookie("ann", "Admin", 0);
    for group in [
        "-1",
        "1000",
        "0999",
        "0000",
        "locked",
        "99999999999999999999",
        "4.0",
        "0x0",
        "1e1",
        "4%00",
        "%2B4",
        "+4",
        "%20",
        "4%20",
        "%ff",
        "999%0a",
        "null",
        "a,b",
        "999;",
        "true",
    ] {
        for target in addresses(group) {
            for cookie in [admin.as_str(), ""] {
                let status = ask(&scene, &target, cookie).status;
                assert!(matches!(status, 401 | 404), "{target}: {status}");
            }
        }
    }
    for target in [
        "/api/?v1/auth&group=",
        "/api/?v1/auth&group=999&group=999",
        "/api/?v1/auth&group=0&group=999",
        "/api/?v1/auth&group=999&group=0",
        "/api/?v1/auth&group[]=999",
        "/auth-",
        "/api/v2/auth-",
    ] {
        let status = ask(&scene, target, "").status;
        assert!(matches!(status, 401 | 404), "{target}: {status}");
    }
    // Another question to that address is none of the gate's.
    for target in [
        "/api/",
        "/api/?v1/authx&group=999",
        "/api/?group=999&v1/auth",
        "/api/?v1/auth=1&group=999",
        "/api/v2/auth",
        "/api/v2/auth/999/x",
    ] {
        ask(&scene, target, &admin).expect(404);
    }
}

#[test]
fn a_token_that_is_not_believed_is_nobodys() {
    let scene = Scene::new();
    let good = scene.cookie("ann", "Admin", 0);
    let token = good.split_once('=').expect("a cookie").1;
    let ended = json!({"username": "ann", "groupID": 0, "group": "Admin", "exp": now() - 3600});
    let unsigned = token.rsplit_once('.').expect("a signature").0;
    for cookie in [
        format!("{TOKEN}={}", scene.signer.token(&ended)),
        format!("{TOKEN}={unsigned}."),
        format!("{TOKEN}={unsigned}.{}", "A".repeat(43)),
        format!("organizr_token={token}"),
        format!("{good}; {good}"),
        format!("{TOKEN}=x; {good}"),
        format!("{TOKEN}="),
    ] {
        for target in addresses("998") {
            ask(&scene, &target, &cookie).expect(401);
        }
    }
    ask(&scene, "/auth-0", &format!("a=b; {good}; c=d")).expect(200);
}

#[test]
fn any_method_may_ask_and_no_key_is_good_there() {
    let scene = Scene::new();
    let admin = scene.cookie("ann", "Admin", 0);
    for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"] {
        for target in addresses("0") {
            let request = Request::new(method, target.as_str());
            let reply = scene.app.send(&request.clone().header("Cookie", &admin));
            assert_eq!(reply.status, 200, "{method} {target}");
            assert_eq!(scene.app.send(&request).status, 401, "{method} {target}");
        }
    }
    let key = scene.app.cli_mint("root/a/doc.md");
    for key in [key, random_key()] {
        for target in addresses("998") {
            let request = Request::get(target.as_str()).bearer(&key);
            scene.app.send(&request).expect(401);
        }
    }
}
