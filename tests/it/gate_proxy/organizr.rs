//! Organizr's `ServerAuth` with nginx, Traefik and Caddy, as its text has them (`tests/seeds/`), with only the host changed.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::apart::traefik_with;
use super::programs::Started;
use super::scene::serves;
use super::upstream::Upstream;
use crate::jwt::documented_sample;
use crate::proxy::programs::{caddy_with, nginx_with};
use crate::proxy::scene::{NAME, Scene, substituted};
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
pub(super) fn whole(settings: &Value) -> PathBuf {
    let root = settings["roots"][0].as_str().map(Path::new);
    let above = root.and_then(|root| root.parent()?.parent());
    above.expect("the tree").to_owned()
}

/// A server of nginx with TLS and `locations`; what has no location of its own is editkey.
pub(super) fn nginx(tree: &Tree, proxy: SocketAddr, editkey: &str, locations: &str) -> Started {
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
