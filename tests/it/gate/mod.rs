//! The gate asked as proxies ask it, without one between: what passes, what does not, and in which words.

mod cached;
mod dialects;
mod hostile;
mod keys;
mod keys_end;
mod mounts;
mod organizr;
mod places;
mod plain;
mod requirements;
mod rules;
mod sources;
mod spelled;
mod told;
mod unfit;
mod untold;

use std::sync::Arc;

use serde_json::{Value, json};

use crate::support::token::{Signer, now, write_private};
use crate::support::{Reply, Request, TestApp, Tree};

/// The cookie of Organizr's tokens.
const TOKEN: &str = "organizr_token_0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
/// The proxies that ask over HTTP.
const PROXIES: [&str; 5] = ["nginx", "haproxy", "traefik", "caddy", "envoy"];
/// The headers that every allowed answer has.
const IDENTITY: [&str; 4] = [
    "remote-user",
    "remote-email",
    "remote-groups",
    "remote-name",
];

/// A server with mounts and rules, and somebody who signs tokens.
struct Scene {
    app: TestApp,
    signer: Signer,
}

/// Mounts and rules of every kind, at several depths.
fn gate(tree: &Value) -> Value {
    let at = |index: usize| tree["roots"][index].clone();
    json!({
        "mounts": [
            {"urls": ["/album", "/thumbs/small"], "directory": at(0)},
            {"urls": ["/secret", "https://files.example.org/"], "directory": at(1)},
            {"urls": ["/album/inside"], "directory": at(2)},
        ],
        "rules": [
            {"url": "/wiki", "group": "staff"},
            {"url": "/wiki/public", "anyone": true},
            {"url": "/wiki/public/admin", "level": 0},
            {"url": "/diary", "user": "ann"},
            {"url": "/mail", "email": "Ann@example.org"},
            {"url": "/in", "level": 998},
            {"url": "/all", "level": 999},
            {"url": "/cms", "source": "host/cms"},
            {"url": "/cms/power", "source": "host/cms", "user": "power"},
            {"url": "/team", "level": 3, "group": "staff"},
            {"url": "https://sonarr.example.org/", "level": 0},
            {"url": "https://sonarr.example.org/api", "anyone": true},
        ],
    })
}

impl Scene {
    fn new() -> Self {
        Self::with(|_| ())
    }

    /// The same with other settings.
    fn with(change: impl FnOnce(&mut Value)) -> Self {
        let signer = Signer::secret("HS256");
        let tree = Tree::with(|settings| {
            settings["gate"] = gate(settings);
            settings["jwt"] =
                json!([{"cookie": TOKEN, "algorithm": "HS256", "secret_file": "token.key"}]);
            let root = settings["roots"][0].clone();
            settings["grants"] = json!([
                {"source": "jwt", "user": "ann", "directories": [root]},
                {"source": "jwt", "user": "eve", "directories": [root], "rights": "view"},
                {"source": "jwt", "user": "pat", "poweruser": true, "rights": "view"},
            ]);
            change(settings);
        });
        write_private(&tree, "token.key", &signer.file);
        Self {
            app: TestApp::on(Arc::new(tree)),
            signer,
        }
    }

    /// The cookie of `user`, as Organizr writes it.
    fn cookie(&self, user: &str, group: &str, level: u16) -> String {
        let claims = json!({
            "username": user, "group": group, "groupID": level,
            "email": format!("{user}@example.org"), "exp": now() + 3600,
        });
        format!("{TOKEN}={}", self.signer.token(&claims))
    }

    /// What `proxy` hears about a GET of `url` by somebody with this cookie.
    #[track_caller]
    fn ask(&self, proxy: &str, url: &str, cookie: &str) -> Reply {
        self.app
            .send(&asked(proxy, "GET", url).header("Cookie", cookie))
    }

    /// The same by nobody.
    #[track_caller]
    fn ask_by_nobody(&self, proxy: &str, url: &str) -> Reply {
        self.app.send(&asked(proxy, "GET", url))
    }
}

/// What `proxy`, such as `nginx` or, with a requirement, `nginx/4`, asks when somebody wants `url`: a path, or an address
/// with its host.
fn asked(proxy: &str, method: &str, url: &str) -> Request {
    let (host, path) = match url.strip_prefix("https://") {
        Some(rest) => rest.split_at(rest.find('/').expect("a path")),
        None => ("other.example.org", url),
    };
    let (name, required) = proxy.split_once('/').unwrap_or((proxy, ""));
    let at = format!("/auth/{proxy}");
    match name {
        "nginx" | "haproxy" => Request::get(at)
            .header("Host", host)
            .header("X-Original-URI", path)
            .header("X-Original-Method", method)
            .header("X-Forwarded-Proto", "https"),
        "traefik" | "caddy" => Request::get(at)
            .header("X-Forwarded-Method", method)
            .header("X-Forwarded-Proto", "https")
            .header("X-Forwarded-Host", host)
            .header("X-Forwarded-Uri", path),
        "envoy" if required.is_empty() => {
            Request::new(method, format!("/auth/envoy{path}")).header("Host", host)
        }
        "envoy" => {
            Request::new(method, format!("/auth/envoy-{required}{path}")).header("Host", host)
        }
        other => panic!("no proxy is called {other}"),
    }
}

/// A person goes there.
fn navigating(request: Request) -> Request {
    request
        .header("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
        .header("Sec-Fetch-Mode", "navigate")
        .header("Sec-Fetch-Dest", "document")
}

/// Fails unless the answer lets somebody pass, and says of whom it knows what.
#[track_caller]
fn passes_as(reply: Reply, user: &str, email: &str, groups: &str) {
    let reply = reply.expect(200);
    assert!(reply.body.is_empty());
    for (name, value) in IDENTITY.into_iter().zip([user, email, groups, ""]) {
        let said: Vec<&str> = reply
            .headers
            .iter()
            .filter(|(have, _)| have.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .collect();
        assert_eq!(said, [value], "{name}");
    }
}
