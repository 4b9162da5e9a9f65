//! A folder of files and an application behind a proxy that asks editkey, with texts around them that nobody may read.
//!
//! ```text
//! album/            top.txt (nobody's)
//! album/allowed/    ann's, and below: ok.txt  big  sub/index.html  names with odd characters
//!                   out → ../../outside/canary.txt   across → ../secret   over → ../secret/s.txt
//! album/allowed-too/  album/secret/   s.txt (nobody's)
//! album-secret/     s.txt, beside the whole
//! ```

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use serde_json::{Value, json};

use super::programs::{Around, Program, files};
use super::upstream::Upstream;
use crate::proxy::scene::{NAME, Scene};
use crate::support::beside::{Beside, free_address, repository};
use crate::support::sign_in::{PASSWORD, add, form, token};
use crate::support::wire::{Answer, encode};
use crate::support::{Reply, eventually, random_text, tls};

/// Names that some proxy could take amiss, as they stand in an address.
pub(super) const ODD: &[(&str, &str)] = &[
    ("a b.txt", "a%20b.txt"),
    ("100%.txt", "100%25.txt"),
    ("it's \"so\".txt", "it's%20%22so%22.txt"),
    ("grüße.txt", "gr%C3%BC%C3%9Fe.txt"),
    ("日本.txt", "%E6%97%A5%E6%9C%AC.txt"),
    ("a+b&c=d.txt", "a+b&c=d.txt"),
    (".hidden..txt", ".hidden..txt"),
    ("<b>#?.txt", "%3Cb%3E%23%3F.txt"),
    ("semi;colon,.txt", "semi;colon,.txt"),
];

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
    _files: Option<Beside>,
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
        let mut scene = Scene::new(
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
        if files.is_some() {
            scene.logs.push(tree.path.join("log/files/gate.log"));
        }
        let client = tls::trusting(&tree.path.join("cert.pem")).expect("a client");
        let mut gate = Self {
            scene,
            upstream,
            open,
            ann: String::new(),
            bob: String::new(),
            client,
            _files: files,
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

    /// None of these is in what the proxy wrote, which is not nothing.
    #[track_caller]
    pub(super) fn nothing_was_logged_of(&self, secrets: &[String]) {
        let mut written = 0;
        for log in &self.scene.logs {
            let text = fs::read_to_string(log).unwrap_or_default();
            written += text.lines().filter(|line| line.contains("/album/")).count();
            for secret in secrets {
                let value = secret
                    .split_once('=')
                    .map_or(secret.as_str(), |(_, value)| value);
                let found = text.lines().find(|line| line.contains(value));
                assert!(found.is_none(), "{}: {found:?}", log.display());
            }
        }
        assert!(
            written > 5,
            "the proxy logged nothing, so this shows nothing"
        );
    }
}

/// Settings as the head of `file` names them, for ann and bob.
fn ask(settings: &mut Value, file: &str) {
    let root = settings["roots"][0].as_str().map(PathBuf::from);
    let whole = root.and_then(|root| Some(root.parent()?.parent()?.to_owned()));
    let whole = whole.expect("the tree");
    let album = whole.join("album");
    fs::create_dir_all(album.join("allowed")).expect("a folder");
    let named = settings_of(file, &album);
    settings["gate"] = named["gate"].clone();
    settings["users_file"] = json!("keys/users.json");
    settings["grants"] = json!([
        {"source": "users", "user": "ann", "directories": [album.join("allowed")]},
        {"source": "users", "user": "bob", "directories": [settings["roots"][2]]},
    ]);
    settings["roots"]
        .as_array_mut()
        .expect("roots")
        .extend_from_slice(named["roots"].as_array().expect("roots"));
    let socket = format!("unix:{}", whole.join("http.sock").display());
    settings["listen"] = json!(["127.0.0.1:0", socket]);
}

/// What the head of a configuration says is to stand in settings.json.
pub(super) fn settings_of(file: &str, album: &Path) -> Value {
    let text = fs::read_to_string(repository(file)).expect("the configuration");
    let named = text
        .lines()
        .skip_while(|line| !line.ends_with("settings.json:"))
        .skip(1)
        .take_while(|line| line.starts_with("#  "))
        .map(|line| line.trim_start_matches('#'));
    let named = format!("{{{}}}", named.collect::<String>());
    let named = named.replace("/srv/album", album.to_str().expect("UTF-8"));
    let named: Value = serde_json::from_str(&named).expect("settings");
    assert_eq!(named["base_path"], "/edit/", "{file}");
    assert_eq!(
        named["public_url"],
        format!("https://{NAME}/edit/"),
        "{file}"
    );
    assert_eq!(named["trusted_proxies"], json!(["127.0.0.1"]), "{file}");
    named
}

fn plant(whole: &Path, open: &str, beyond: &str) {
    for folder in [
        "album/allowed/sub",
        "album/allowed-too",
        "album/secret",
        "album-secret",
    ] {
        fs::create_dir_all(whole.join(folder)).expect("a folder");
    }
    let mut texts = vec![
        ("album/allowed/ok.txt".to_owned(), open),
        ("album/allowed/other.txt".to_owned(), open),
        ("album/allowed/sub/index.html".to_owned(), open),
        ("album/top.txt".to_owned(), beyond),
        ("album/secret/s.txt".to_owned(), beyond),
        ("album/secret/index.html".to_owned(), beyond),
        ("album/allowed-too/s.txt".to_owned(), beyond),
        ("album-secret/s.txt".to_owned(), beyond),
        ("denied.png".to_owned(), "a picture that says no"),
    ];
    for (name, _) in ODD {
        texts.push((format!("album/allowed/{name}"), open));
    }
    for (name, text) in texts {
        fs::write(whole.join(name), text).expect("a file");
    }
    for (name, target) in [
        ("out", "../../outside/canary.txt"),
        ("across", "../secret"),
        ("over", "../secret/s.txt"),
    ] {
        symlink(target, whole.join("album/allowed").join(name)).expect("a link");
    }
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
