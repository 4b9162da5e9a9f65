//! Piwigo's albums as their text has them (`tests/seeds/`), with editkey in the place of `auth.php`.

use std::fs;

use serde_json::json;

use super::organizr::{nginx, whole};
use super::scene::session;
use crate::proxy::scene::{NAME, Scene, substituted};
use crate::support::sign_in::{PASSWORD, add};
use crate::support::tls;

/// Seed 000: `auth.php` is editkey, and everything else is as it was.
fn piwigo(snippet: &str, rest: &str) -> (Scene, String) {
    let scene = Scene::new(
        "/",
        |settings| {
            let site = whole(settings).join("site");
            for folder in ["upload/a", "upload/b", "_data/i/a", "_data/i/b"] {
                fs::create_dir_all(site.join(folder)).expect("a folder");
            }
            let roots = settings["roots"].as_array_mut().expect("roots");
            roots.extend([json!(site.join("upload")), json!(site.join("_data/i"))]);
            settings["gate"] = json!({"mounts": [
                {"urls": ["/upload"], "directory": site.join("upload")},
                {"urls": ["/_data/i"], "directory": site.join("_data/i")},
            ]});
            settings["users_file"] = json!("keys/users.json");
            let seen = [site.join("upload/a"), site.join("_data/i/a")];
            settings["grants"] = json!([{"source": "users", "user": "ann", "directories": seen}]);
        },
        |tree, proxy, editkey| {
            for (name, text) in [
                ("upload/a/1.jpg", "seen"),
                ("_data/i/a/1.jpg", "seen"),
                ("upload/b/1.jpg", tree.beyond.as_str()),
                ("_data/i/b/1.jpg", tree.beyond.as_str()),
                ("default.png", "a picture that says no"),
            ] {
                tree.write(&format!("site/{name}"), text);
            }
            let php = substituted("tests/seeds/piwigo.conf", &[]);
            let at = php.find("location = /auth.php").expect("auth.php");
            let (locations, _) = php.split_at(at);
            let asks = format!(
                "location = /auth.php {{ internal; proxy_pass http://{editkey}/auth/nginx;\n\
                 proxy_pass_request_body off; proxy_set_header Content-Length \"\"; client_max_body_size 0;\n\
                 proxy_set_header Host $http_host; proxy_set_header X-Original-URL \"\";\n\
                 proxy_set_header X-Original-URI $request_uri; proxy_set_header X-Original-Method $request_method; }}\n\
                 root {}; location = /default.png {{ }}\n",
                tree.at("site")
            );
            let locations = if snippet.is_empty() {
                locations.to_owned()
            } else {
                substituted(snippet, &[])
            };
            let all = format!("{locations}\n{asks}\n{rest}");
            nginx(tree, proxy, &format!("http://{editkey}"), &all)
        },
    );
    add(&scene.app.tree, "ann", PASSWORD);
    let ann = format!("Cookie: {}", session(&scene, "ann"));
    (scene, ann)
}

#[test]
fn piwigos_albums_are_private() {
    let (scene, ann) = piwigo("", "");
    let status = |target: &str, headers: &[&str]| {
        let reply = scene.ask_outside("127.0.0.1", "GET", target, headers, None);
        assert!(!reply.text().contains(&scene.app.tree.beyond), "{target}");
        assert_eq!(
            reply.status == 200,
            reply.text() == "seen",
            "{target}: {reply:?}"
        );
        reply.status
    };
    for above in ["/upload", "/_data/i"] {
        let at = |name: &str| format!("{above}/{name}");
        assert_eq!(status(&at("a/1.jpg"), &[&ann]), 200);
        assert_eq!(status(&at("a/1.jpg"), &[]), 401);
        // As the picture there, so the one that is not.
        assert_eq!(status(&at("b/1.jpg"), &[&ann]), 403);
        assert_eq!(status(&at("b/2.jpg"), &[&ann]), 403);
        assert_eq!(status(&at("b/2.jpg"), &[]), 401);
        let key = scene.app.cli_mint(&format!("site{above}/a/1.jpg"));
        assert_eq!(status(&at(&format!("a/1.jpg?accesskey={key}")), &[]), 200);
        assert_eq!(status(&at(&format!("b/1.jpg?accesskey={key}")), &[]), 401);
    }
    // The hole there: what was allowed stood in the raw address, what was served in the normalized one.
    let client = tls::trusting(&scene.app.tree.path.join("cert.pem")).expect("a client");
    for target in [
        "/upload/a/../b/1.jpg",
        "/upload/a/%2e%2e/b/1.jpg",
        "/upload/a/../../_data/i/b/1.jpg",
        "/_data/i/a/..//b/1.jpg",
        "/upload/a/1.jpg/../../b/1.jpg?x",
        "/upload/../upload/b/1.jpg",
    ] {
        let request = format!(
            "GET {target} HTTP/1.1\r\nHost: {NAME}:{}\r\n{ann}\r\nConnection: close\r\n\r\n",
            scene.proxy.address.port()
        );
        let answer = tls::exchange(&client, NAME, scene.proxy.address, request.as_bytes());
        let heard = String::from_utf8_lossy(&answer.expect("an answer").bytes).into_owned();
        assert!(heard.starts_with("HTTP/1.1 403"), "{target}: {heard}");
        assert!(!heard.contains(&scene.app.tree.beyond), "{target}: {heard}");
    }
}

#[test]
fn piwigos_default_picture_stands_for_what_is_refused() {
    let (scene, ann) = piwigo("tests/seeds/piwigo-default.conf", "");
    let get = |target: &str, headers: &[&str]| {
        scene.ask_outside("127.0.0.1", "GET", target, headers, None)
    };
    assert_eq!(get("/upload/a/1.jpg", &[&ann]).expect(200).text(), "seen");
    let refused = get("/upload/a/1.jpg", &[]).expect(302);
    let to = refused.header("location").expect("a way");
    assert!(to.ends_with("/default.png"), "{to}");
    get("/default.png", &[]).expect(200);
    get("/upload/b/1.jpg", &[&ann]).expect(403);
}
