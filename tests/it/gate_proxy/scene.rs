//! A folder of files and an application behind a proxy that asks editkey, with texts around them that nobody may read.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use super::album::{ask, plant};
use super::apart::files;
use super::programs::{Around, Program};
use super::upstream::Upstream;
use crate::proxy::scene::{NAME, Scene};
use crate::support::beside::{Beside, free_address};
use crate::support::sign_in::{PASSWORD, add, form, token};
use crate::support::wire::{Answer, encode};
use crate::support::{Reply, eventually, random_text, tls};
use rustls::ClientConfig;

/// A proxy, all that is behind it, and who asks.
pub(super) struct Gate {
    pub(super) scene: Scene,
    pub(super) upstream: Upstream,
    /// The text of the files that ann may read.
    pub(super) open: String,
    /// `NAME=VALUE` of the session of ann, who may edit `album/allowed`.
    pub(super) ann: String,
    /// The same of bob, who may edit something else.
    pub(super) bob: String,
    client: Arc<ClientConfig>,
    files: Option<Beside>,
}

impl Gate {
    /// `program` with the settings that the head of its configuration names.
    pub(super) fn new(program: &Program) -> Self {
        Self::asking(program, "")
    }

    /// The same, which asks for this besides: `/LEVEL` or `/GROUP`.
    pub(super) fn asking(program: &Program, requirement: &'static str) -> Self {
        let upstream = Upstream::start();
        let (open, files_at) = (format!("open-{}", random_text(18)), free_address());
        let text = open.clone();
        let scene = Scene::new(
            "/edit/",
            |settings| ask(settings, program.file),
            |tree, proxy, editkey| {
                plant(&tree.path, &text, &tree.beyond);
                let around = Around {
                    tree,
                    proxy,
                    editkey,
                    app: upstream.address,
                    files: files_at,
                    requirement,
                };
                (program.start)(program.file, &around)
            },
        );
        let tree = Arc::clone(&scene.app.tree);
        let files = (!program.serves_files).then(|| {
            let said = tree.path.join("log/files-said");
            Beside::start(&mut files(&tree, files_at), files_at, &said)
        });
        let client = tls::trusting(&tree.path.join("cert.pem")).expect("a client");
        let mut gate = Self {
            scene,
            upstream,
            open,
            ann: String::new(),
            bob: String::new(),
            client,
            files,
        };
        for name in ["ann", "bob"] {
            add(&gate.scene.app.tree, name, PASSWORD);
        }
        serves(&gate.scene, &gate.client);
        gate.ann = session(&gate.scene, "ann");
        gate.bob = session(&gate.scene, "bob");
        gate
    }

    /// GET through the proxy, by curl.
    #[track_caller]
    pub(super) fn get(&self, target: &str, headers: &[&str]) -> Reply {
        self.scene
            .ask_outside("127.0.0.1", "GET", target, headers, None)
    }

    /// GET by ann.
    #[track_caller]
    pub(super) fn get_as_ann(&self, target: &str, headers: &[&str]) -> Reply {
        let cookie = format!("Cookie: {}", self.ann);
        self.get(target, &[&[cookie.as_str()], headers].concat())
    }

    /// Says these bytes to the proxy.
    pub(super) fn say(&self, bytes: &[u8]) -> std::io::Result<Answer> {
        tls::exchange(&self.client, NAME, self.scene.proxy.address, bytes)
    }

    /// `Host`'s value.
    pub(super) fn host(&self) -> String {
        format!("{NAME}:{}", self.scene.proxy.address.port())
    }

    /// Every text that nobody may read by way of the proxy.
    pub(super) fn canaries(&self) -> [&str; 5] {
        let tree = &self.scene.app.tree;
        let state = ["$editkey", "token_sha256", "PRIVATE KEY"];
        [&tree.canary, &tree.beyond, state[0], state[1], state[2]]
    }

    /// None of these came to the web server behind a proxy that serves no files itself, which served some.
    #[track_caller]
    pub(super) fn nothing_reached_the_files_of(&self, secrets: &[String]) {
        if self.files.is_some() {
            let text = self.scene.app.tree.read("log/files/gate.log");
            let text = String::from_utf8_lossy(&text);
            for secret in secrets {
                let found = text.lines().find(|line| line.contains(value_of(secret)));
                assert!(found.is_none(), "{found:?}");
            }
            assert!(text.lines().count() > 5, "{text}");
        }
    }

    /// None of these is in what the proxy wrote, which is not nothing.
    #[track_caller]
    pub(super) fn nothing_was_logged_of(&self, secrets: &[String]) {
        let read = |log: &std::path::PathBuf| fs::read_to_string(log).unwrap_or_default();
        // The last of all, so that whatever came before is in the log as well: Envoy keeps it for ten seconds.
        self.get("/album/the-last-of-all", &[]);
        eventually("the proxy has logged", Duration::from_secs(20), || {
            let mut logs = self.scene.logs.iter().map(read);
            logs.any(|text| text.contains("/album/the-last-of-all"))
        });
        for log in &self.scene.logs {
            let text = read(log);
            for secret in secrets {
                let found = text.lines().find(|line| line.contains(value_of(secret)));
                assert!(found.is_none(), "{}: {found:?}", log.display());
            }
        }
    }
}

/// What is secret in `NAME=VALUE`, or in a key.
fn value_of(secret: &str) -> &str {
    secret.split_once('=').map_or(secret, |(_, value)| value)
}

/// Waits until the proxy answers for editkey: Traefik listens before it has read where to.
pub(super) fn serves(scene: &Scene, client: &Arc<ClientConfig>) {
    let (address, port) = (scene.proxy.address, scene.proxy.address.port());
    let base = scene.base;
    let health = format!("GET {base}healthz HTTP/1.1\r\nHost: {NAME}:{port}\r\n\r\n");
    eventually("the proxy serves", Duration::from_secs(20), || {
        let answer = tls::exchange(client, NAME, address, health.as_bytes());
        answer.is_ok_and(|answer| answer.bytes.starts_with(b"HTTP/1.1 200"))
    });
}

/// `NAME=VALUE` of the session of `user`, who signs in by the password.
pub(super) fn session(scene: &Scene, user: &str) -> String {
    let page = scene.ask("GET", "login", &[], None).expect(200);
    let tree = &scene.app.tree;
    tree.write("sign-in", form(user, PASSWORD, &token(&page)));
    let sent = format!("Cookie: {}", pairs(&page).join("; "));
    let origin = format!("Origin: {}", scene.origin());
    let body = tree.path.join("sign-in");
    let signed_in = scene.ask("POST", "login", &[&sent, &origin], Some(&body));
    let found = pairs(&signed_in.expect(303));
    let session = found
        .into_iter()
        .find(|pair| pair.starts_with("__Host-editkey="));
    session.expect("a session")
}

/// The cookies that an answer sets, each `NAME=VALUE`.
pub(super) fn pairs(reply: &Reply) -> Vec<String> {
    let cookies = reply.headers.iter();
    cookies
        .filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
        .filter_map(|(_, text)| Some(text.split(';').next()?.to_owned()))
        .collect()
}

/// `text` as a form's value.
pub(super) fn value(text: &str) -> String {
    encode(text)
}

impl Drop for Gate {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for log in &self.scene.logs {
                let text = fs::read_to_string(log).unwrap_or_default();
                let tail: Vec<&str> = text.lines().rev().take(10).collect();
                eprintln!("--- the last words in {}", log.display());
                for line in tail.iter().rev() {
                    eprintln!("{line}");
                }
            }
        }
    }
}
