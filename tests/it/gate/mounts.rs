//! Mounts: whoever may view a file in the editor may see it behind the proxy, and whoever may not may not.

use serde_json::json;

use super::{PROXIES, Scene, asked};
use crate::support::Jar;

fn cookie(jar: &Jar) -> String {
    jar.header().expect("a cookie")
}

#[track_caller]
fn hears(scene: &Scene, method: &str, url: &str, cookie: &str, status: u16) {
    for proxy in PROXIES {
        let reply = scene
            .app
            .send(&asked(proxy, method, url).header("Cookie", cookie));
        assert_eq!(reply.status, status, "{proxy} {method} {url}: {reply:?}");
    }
}

#[test]
fn every_source_of_grants_opens_its_files_by_each_of_their_addresses() {
    let scene = Scene::new();
    let editor = cookie(&scene.app.editor("ann"));
    let token = scene.cookie("ann", "staff", 4);
    for who in [&editor, &token] {
        for url in [
            "/album/doc.md",
            "/thumbs/small/doc.md",
            "/album/deep/x.md",
            "/%61lbum/do%63.md",
            "/album/doc.md?x=../y",
            "https://anywhere.example.org:8443/album/doc.md",
        ] {
            hears(&scene, "GET", url, who, 200);
        }
        for url in [
            "/secret/s.md",
            "/album-secret/s.md",
            "/album/inside/b.md",
            "https://files.example.org/s.md",
            "/thumbs/doc.md",
            "/doc.md",
            "/",
            "https://files.example.org/album/doc.md",
            "/album/inside/doc.md",
        ] {
            hears(&scene, "GET", url, who, 403);
        }
    }
    hears(&scene, "GET", "/album/doc.md", "", 401);
    hears(
        &scene,
        "GET",
        "/album/doc.md",
        &scene.cookie("bob", "staff", 0),
        403,
    );
}

#[test]
fn a_poweruser_sees_what_is_mounted() {
    let scene = Scene::new();
    for who in [cookie(&scene.app.poweruser()), scene.cookie("pat", "x", 4)] {
        for url in [
            "/album/doc.md",
            "/secret/s.md",
            "https://files.example.org/s.md",
            "/album/inside/b.md",
            "/album/",
            "/secret",
        ] {
            hears(&scene, "GET", url, &who, 200);
        }
        for url in ["/nowhere", "/state/settings.json", "/album/out"] {
            hears(&scene, "GET", url, &who, 403);
        }
    }
}

#[test]
fn to_view_is_not_to_edit() {
    let scene = Scene::new();
    let view = scene.cookie("eve", "x", 4);
    let edit = scene.cookie("ann", "x", 4);
    let narrow = scene.app.host_grant_as(
        &scene.app.tree.narrow_token,
        &json!({"user": "v", "directories": [scene.app.tree.at("root/a")]}),
    );
    let url = narrow.expect(201).json()["url"]
        .as_str()
        .expect("a url")
        .to_owned();
    let narrow = cookie(&scene.app.enter(&url).0);
    for (method, to_view) in [
        ("GET", 200),
        ("HEAD", 200),
        ("OPTIONS", 200),
        ("PUT", 403),
        ("POST", 403),
        ("DELETE", 403),
        ("PATCH", 403),
        ("PROPFIND", 403),
        ("MKCOL", 403),
        ("MOVE", 403),
    ] {
        hears(&scene, method, "/album/doc.md", &view, to_view);
        hears(&scene, method, "/album/doc.md", &narrow, to_view);
        hears(&scene, method, "/album/doc.md", &edit, 200);
        hears(&scene, method, "/album/new.md", &edit, 200);
        hears(&scene, method, "/album/", &view, to_view);
    }
    // A method is read as it is spelled.
    let spelled = asked("nginx", "get", "/album/doc.md").header("Cookie", &view);
    scene.app.send(&spelled).expect(403);
}

#[test]
fn the_order_of_grants_changes_nothing() {
    for reversed in [false, true] {
        let scene = Scene::with(|settings| {
            let a = settings["roots"][0].as_str().expect("a root").to_owned();
            let mut rows = vec![
                json!({"source": "jwt", "user": "ann", "directories": [format!("{a}/deep")]}),
                json!({"source": "jwt", "user": "ann", "directories": [a], "rights": "view"}),
            ];
            if reversed {
                rows.reverse();
            }
            settings["grants"] = json!(rows);
        });
        let ann = scene.cookie("ann", "x", 4);
        hears(&scene, "PUT", "/album/deep/x.md", &ann, 200);
        hears(&scene, "PUT", "/album/doc.md", &ann, 403);
        hears(&scene, "GET", "/album/doc.md", &ann, 200);
        for order in [["root/a/deep", "root/a"], ["root/a", "root/a/deep"]] {
            let directories = order.map(|name| scene.app.tree.at(name));
            let jar = scene
                .app
                .session(&json!({"user": "u", "directories": directories}));
            hears(&scene, "GET", "/album/doc.md", &cookie(&jar), 200);
            hears(&scene, "PUT", "/album/deep/x.md", &cookie(&jar), 200);
        }
    }
}

#[test]
fn a_withdrawn_grant_and_a_policy_that_changed_bite_at_the_next_question() {
    let scene = Scene::new();
    let editor = cookie(&scene.app.editor("ann"));
    hears(&scene, "GET", "/album/doc.md", &editor, 200);
    let withdraw = crate::support::Request::new("DELETE", "/api/grants?user=ann");
    scene
        .app
        .send(&withdraw.bearer(&scene.app.tree.cms_token))
        .expect(204);
    hears(&scene, "GET", "/album/doc.md", &editor, 401);
}

#[test]
fn a_grant_of_a_neighbour_with_the_same_beginning_opens_nothing() {
    let scene = Scene::with(|settings| {
        let b = settings["roots"][2].clone();
        settings["grants"] = json!([{"source": "jwt", "user": "ann", "directories": [b]}]);
    });
    let ann = scene.cookie("ann", "x", 4);
    hears(&scene, "GET", "/album/inside/b.md", &ann, 200);
    for url in [
        "/album/doc.md",
        "/secret/s.md",
        "/album/inside-out/b.md",
        "/album/tob/x",
    ] {
        hears(&scene, "GET", url, &ann, 403);
    }
    let jar = scene.app.editor("ed");
    hears(&scene, "GET", "/album/doc.md", &cookie(&jar), 200);
    hears(&scene, "GET", "/secret/s.md", &cookie(&jar), 403);
}
