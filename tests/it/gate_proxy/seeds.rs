//! Configurations that people have from elsewhere, as their texts give them (`tests/seeds/`), with only the host changed:
//! Organizr's `ServerAuth` with nginx, Traefik and Caddy, and Piwigo's albums.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::programs::{Started, traefik_with};
use super::scene::{serves, session};
use super::upstream::Upstream;
use crate::jwt::documented_sample;
use crate::proxy::programs::{caddy_with, nginx_with};
use crate::proxy::scene::{NAME, Scene, substituted};
use crate::support::sign_in::{PASSWORD, add};
use crate::support::token::{Signer, now};
use crate::support::{Tree, tls};

/// Whose Organizr it was.
struct Organizr {
    scene: Scene,
    upstream: Upstream,
    signer: Signer,
    cookie: String,
}

impl Organizr {
    /// editkey with the settings that docs/grants.md has for Organizr, and a proxy told by `start`.
    fn behind(
        change: impl FnOnce(&mut Value),
        start: impl FnOnce(&Tree, SocketAddr, SocketAddr, SocketAddr) -> Started,
    ) -> Self {
        let signer = Signer::by("HS256", "5ed1a2b3-0000-4c4d-8e8f-a0b1c2d3e4f5");
        let sample = documented_sample();
        let upstream = Upstream::start();
        let scene = Scene::new(
            "/",
            |settings| {
                let secret = whole(settings).join("state/organizr.secret");
                fs::write(&secret, &signer.file).expect("a file");
                let private = fs::Permissions::from_mode(0o600);
                fs::set_permissions(secret, private).expect("its mode");
                settings["jwt"] = sample["jwt"].clone();
                settings["jwt"][0]["secret_file"] = json!("organizr.secret");
                change(settings);
            },
            |tree, proxy, editkey| start(tree, proxy, editkey, upstream.address),
        );
        let client = tls::trusting(&scene.app.tree.path.join("cert.pem")).expect("a client");
        serves(&scene, &client);
        let cookie = sample["jwt"][0]["cookie"].as_str().expect("a name");
        Self {
            cookie: cookie.to_owned(),
            scene,
            upstream,
            signer,
        }
    }

    /// The status at `path` for somebody of this level, or for nobody. A 200 is the application's, all else is not.
    #[track_caller]
    fn status(&self, path: &str, level: Option<u16>) -> u16 {
        let headers: Vec<String> = level
            .map(|level| {
                let token = self.signer.token(&json!({
                    "iss": "Organizr", "aud": "Organizr", "jti": "4f1g23a12aa", "iat": now(), "nbf": now(),
                    "exp": now() + 604_800, "username": "myusername", "group": "Some", "groupID": level,
                    "email": "mail@spam.com", "userID": 1,
                }));
                format!("Cookie: {}={token}", self.cookie)
            })
            .into_iter()
            .collect();
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        let reply = self
            .scene
            .ask_outside("127.0.0.1", "GET", path, &headers, None);
        let reached = reply.text().contains(&self.upstream.mark);
        assert_eq!(reached, reply.status == 200, "{path}: {reply:?}");
        assert_eq!(self.upstream.take().len(), usize::from(reached), "{path}");
        reply.status
    }
}

/// The folder of the whole tree.
fn whole(settings: &Value) -> PathBuf {
    let root = settings["roots"][0].as_str().map(Path::new);
    let above = root.and_then(|root| root.parent()?.parent());
    above.expect("the tree").to_owned()
}

/// A server of nginx with TLS and `locations`; what has no location of its own is editkey.
fn nginx(tree: &Tree, proxy: SocketAddr, editkey: &str, locations: &str) -> Started {
    let (certificate, key) = (tree.at("cert.pem"), tree.at("key.pem"));
    let server = format!(
        "server {{ listen {proxy} ssl; server_name {NAME};\n\
         ssl_certificate {certificate}; ssl_certificate_key {key};\n{locations}\n\
         location / {{ proxy_pass {editkey}; proxy_set_header Host $http_host; }} }}\n"
    );
    (nginx_with(tree, &server), Vec::new())
}

/// An application for each level, and the one with a part that is open to all.
fn services(app: SocketAddr) -> String {
    let mut all = String::new();
    for level in [0, 1, 4, 998, 999] {
        all += &substituted(
            "tests/seeds/organizr-service.conf",
            &[
                ("[SERVICE]", format!("service-{level}")),
                ("auth-0", format!("auth-{level}")),
                ("[IP]:[PORT]", app.to_string()),
            ],
        );
    }
    let excluded = [("127.0.0.1:8989", app.to_string())];
    all + &substituted("tests/seeds/organizr-excluded.conf", &excluded)
}

fn levels_are_organizrs(organizr: &Organizr) {
    for (path, admin, user, nobody) in [
        ("/service-0/x", 200, 401, 401),
        ("/service-1/x", 200, 401, 401),
        ("/service-4/x", 200, 200, 401),
        ("/service-998/x", 200, 200, 401),
        ("/service-999/x", 200, 200, 200),
        ("/sonarr/x", 200, 401, 401),
        ("/sonarr/api/x", 200, 200, 200),
    ] {
        assert_eq!(organizr.status(path, Some(0)), admin, "{path} by an admin");
        assert_eq!(organizr.status(path, Some(4)), user, "{path} by a user");
        assert_eq!(organizr.status(path, None), nobody, "{path} by nobody");
    }
    assert_eq!(organizr.status("/service-4/x", Some(5)), 401);
    assert_eq!(organizr.status("/service-1/x", Some(1)), 200);
}

#[test]
fn organizrs_native_nginx_asks() {
    let organizr = Organizr::behind(
        |_| (),
        |tree, proxy, editkey, app| {
            let native = substituted("tests/seeds/organizr-native.conf", &[]);
            let editkey = format!("http://{editkey}");
            nginx(tree, proxy, &editkey, &(native + &services(app)))
        },
    );
    levels_are_organizrs(&organizr);
}

#[test]
fn organizrs_nginx_in_a_container_asks() {
    let organizr = Organizr::behind(
        |_| (),
        |tree, proxy, editkey, app| {
            let host = [("[docker/hostIP]:[port]", editkey.to_string())];
            let container = substituted("tests/seeds/organizr-container.conf", &host);
            let editkey = format!("http://{editkey}");
            nginx(tree, proxy, &editkey, &(container + &services(app)))
        },
    );
    levels_are_organizrs(&organizr);
}

#[test]
fn organizrs_nginx_on_a_subdomain_asks() {
    // There it is asked by https, as on another machine.
    let organizr = Organizr::behind(
        |settings| settings["tls"] = json!({"self_signed": true}),
        |tree, proxy, editkey, app| {
            let host = [("web.home.lab", editkey.to_string())];
            let subdomain = substituted("tests/seeds/organizr-subdomain.conf", &host);
            let editkey = format!("https://{editkey}");
            nginx(tree, proxy, &editkey, &(subdomain + &services(app)))
        },
    );
    levels_are_organizrs(&organizr);
}

/// What labels say, as the file that says the same: `a.b.c=x` is `x` at `c` in `b` in `a`.
fn labelled(text: &str) -> Value {
    let mut file = json!({});
    let labels = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- \""));
    // The last character is a quotation mark, which the text once mistypes; a label without a value says nothing.
    let labels = labels.filter_map(|label| label[..label.len() - 1].split_once('='));
    for (name, value) in labels {
        let mut at = &mut file;
        for word in name.split('.').skip(1) {
            at = &mut at[word];
        }
        *at = json!(value);
    }
    file
}

#[test]
fn organizrs_labels_for_traefik_ask() {
    let organizr = Organizr::behind(
        |_| (),
        |tree, proxy, editkey, app| {
            let labels = substituted(
                "tests/seeds/organizr-traefik-v2.yml",
                &[
                    ("nzbget.your_domain.com", NAME.to_owned()),
                    ("http://organizr/", format!("http://{editkey}/")),
                ],
            );
            let mut routes = labelled(&labels);
            let http = &mut routes["http"];
            // What a file says otherwise than a label, and what Traefik learns of a container by itself.
            let router = &mut http["routers"]["nzbget"];
            router["middlewares"] = json!([router["middlewares"]]);
            router["service"] = json!("nzbget");
            let served = |address| json!({"loadBalancer": {"servers": [{"url": format!("http://{address}")}]}});
            http["services"] = json!({"nzbget": served(app), "organizr": served(editkey)});
            http["routers"]["health"] =
                json!({"rule": "Path(`/healthz`)", "service": "organizr", "priority": 1000});
            for router in ["nzbget", "health"] {
                http["routers"][router]["tls"] = json!({});
            }
            routes["tls"]["certificates"] =
                json!([{"certFile": tree.at("cert.pem"), "keyFile": tree.at("key.pem")}]);
            tree.write("routes.yml", routes.to_string());
            let itself = json!({
                "global": {"checkNewVersion": false},
                "entryPoints": {"websecure": {"address": proxy.to_string()}},
                "providers": {"file": {"filename": tree.at("routes.yml")}},
                "log": {"level": "ERROR"},
            });
            traefik_with(tree, &itself.to_string())
        },
    );
    let by = |level| organizr.status("/x", level);
    assert_eq!(
        [by(Some(0)), by(Some(1)), by(Some(2)), by(None)],
        [200, 200, 401, 401]
    );
}

/// Caddy 1's plugin `reauth` is no more: what it said, said by `forward_auth`.
#[test]
fn organizrs_reauth_for_caddy_asks() {
    let organizr = Organizr::behind(
        |_| (),
        |tree, proxy, editkey, app| {
            let reauth = substituted(
                "tests/seeds/organizr-caddy-v1.txt",
                &[("<group_id>", "1".to_owned())],
            );
            let after = |text: &str, end: char| {
                let (_, rest) = reauth.split_once(text).expect(text);
                rest.split(end).next().expect("a value").to_owned()
            };
            let path = after("path ", ' ');
            let uri = after("upstream url=https://<your_domain>", ',');
            let text = format!(
                "{{\n\tadmin off\n\tauto_https disable_redirects\n}}\n\
                 {NAME}:{} {{\n\tbind 127.0.0.1\n\ttls {} {}\n\troute {path}* {{\n\
                 \t\tforward_auth {editkey} {{\n\t\t\turi {uri}\n\t\t}}\n\t\treverse_proxy {app}\n\t}}\n\
                 \treverse_proxy {editkey}\n}}\n",
                proxy.port(),
                tree.at("cert.pem"),
                tree.at("key.pem"),
            );
            (caddy_with(tree, &text), Vec::new())
        },
    );
    let by = |level| organizr.status("/sonarr/x", level);
    assert_eq!(
        [by(Some(0)), by(Some(1)), by(Some(2)), by(None)],
        [200, 200, 401, 401]
    );
}

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
