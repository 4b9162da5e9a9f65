//! A temporary tree with everything that could go wrong in it: three roots, files outside of them, links across.
//!
//! ```text
//! root/a/         doc.md  deep/x.md  inner → doc.md  out → ../../outside/canary.txt  outdir → ../../outside  dangling → nowhere
//!                 sub/ (a directory)  fifo  hard.md (two names; the other outside)
//! root/a-secret/  s.md, whose text nobody may read who was granted root/a only
//! root/b/         b.md, likewise
//! outside/        canary.txt, whose text nobody may read at all
//! state/          settings.json  keys/
//! ```

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{hash_text, keyfile, random_text};

/// The tree. It is gone when the value is.
pub(crate) struct Tree {
    pub(crate) path: PathBuf,
    /// The text that lies outside every root.
    pub(crate) canary: String,
    /// The text that lies in a root, but outside what `{"directories": [root/a]}` grants.
    pub(crate) beyond: String,
    /// The secret of the host `cms`, which may grant everything.
    pub(crate) cms_token: String,
    /// The secret of the host `narrow`: view rights on `root/a` for at most an hour.
    pub(crate) narrow_token: String,
    _whole: tempfile::TempDir,
}

impl Tree {
    /// A tree with the usual settings.
    pub(crate) fn new() -> Self {
        Self::with(|_| ())
    }

    /// A tree whose settings were changed by `change`.
    pub(crate) fn with(change: impl FnOnce(&mut Value)) -> Self {
        let whole = tempfile::Builder::new()
            .prefix("editkey-test-")
            .tempdir()
            .expect("a temporary directory");
        let path = whole.path().canonicalize().expect("its canonical path");
        let tree = Self {
            path,
            canary: format!("canary-{}", random_text(18)),
            beyond: format!("beyond-{}", random_text(18)),
            cms_token: random_text(32),
            narrow_token: random_text(32),
            _whole: whole,
        };
        tree.plant();
        let mut settings = tree.usual_settings();
        change(&mut settings);
        tree.write_settings(&settings);
        tree
    }

    fn plant(&self) {
        for folder in [
            "root/a/deep",
            "root/a/sub",
            "root/a-secret",
            "root/b",
            "outside",
            "state/keys",
            "log",
        ] {
            fs::create_dir_all(self.path.join(folder)).expect("a folder");
        }
        let keys = fs::Permissions::from_mode(0o700);
        fs::set_permissions(self.path.join("state/keys"), keys).expect("its mode");
        for (name, text) in [
            ("root/a/doc.md", "# A document\n"),
            ("root/a/deep/x.md", "deep\n"),
            ("root/a-secret/s.md", &self.beyond),
            ("root/b/b.md", &self.beyond),
            ("outside/canary.txt", &self.canary),
            ("outside/hard.md", &self.canary),
        ] {
            self.write(name, text);
        }
        for (name, target) in [
            ("inner", "doc.md"),
            ("out", "../../outside/canary.txt"),
            ("outdir", "../../outside"),
            ("dangling", "../../outside/not-yet.md"),
            ("tob", "../b/b.md"),
            ("loop", "loop"),
            ("magic", "/proc/self/root"),
        ] {
            symlink(target, self.path.join("root/a").join(name)).expect("a link");
        }
        fs::hard_link(
            self.path.join("outside/hard.md"),
            self.path.join("root/a/hard.md"),
        )
        .expect("a hard link");
        let fifo = std::process::Command::new("mkfifo")
            .arg(self.path.join("root/a/fifo"))
            .status();
        assert!(fifo.expect("mkfifo").success());
        drop(std::os::unix::net::UnixListener::bind(
            self.path.join("root/a/socket"),
        ));
    }

    fn usual_settings(&self) -> Value {
        json!({
            "listen": ["127.0.0.1:0"],
            "public_url": "http://editkey.test",
            "roots": [self.at("root/a"), self.at("root/a-secret"), self.at("root/b")],
            "keys": { "lifetime": "90d" },
            "limits": { "body": "64KiB", "new_keys_per_minute": 0 },
            "hosts": [
                {
                    "name": "cms",
                    "token_sha256": hash_text(&self.cms_token),
                    "ceiling": { "poweruser": true, "rights": "edit", "lifetime": "8h" },
                },
                {
                    "name": "narrow",
                    "token_sha256": hash_text(&self.narrow_token),
                    "ceiling": {
                        "directories": [self.at("root/a")], "rights": "view", "lifetime": "1h"
                    },
                },
            ],
        })
    }

    pub(crate) fn write_settings(&self, settings: &Value) {
        let text = serde_json::to_string_pretty(settings).expect("JSON");
        fs::write(self.settings(), text).expect("the settings");
        let private = fs::Permissions::from_mode(0o600);
        fs::set_permissions(self.settings(), private).expect("their mode");
    }

    /// Changes one setting, for whoever starts from now on.
    pub(crate) fn set(&self, name: &str, value: &Value) {
        let text = fs::read(self.settings()).expect("the settings");
        let mut settings: Value = serde_json::from_slice(&text).expect("JSON");
        settings[name] = value.clone();
        self.write_settings(&settings);
    }

    /// The settings file.
    pub(crate) fn settings(&self) -> PathBuf {
        self.path.join("state/settings.json")
    }

    /// The key file.
    pub(crate) fn keys(&self) -> PathBuf {
        self.path.join("state/keys/accesskeys.json")
    }

    /// The path of something in the tree, as text.
    pub(crate) fn at(&self, name: &str) -> String {
        self.path.join(name).to_str().expect("UTF-8").to_owned()
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.path.join(name), text).expect("a file");
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path.join(name)).expect("a file")
    }

    /// Writes a record by hand for a key made here, as someone with an editor would, and returns the key.
    pub(crate) fn hand_made(&self, dirname: &str, basename: &str, more: &Value) -> String {
        let key = super::random_key();
        let mut record = json!({
            "dirname": self.at(dirname), "basename": basename, "rights": "edit",
            "created": "2026-01-01T00:00:00Z",
        });
        for (field, value) in more.as_object().into_iter().flatten() {
            record[field] = value.clone();
        }
        keyfile::append(&self.keys(), &keyfile::id(&key), &record);
        key
    }
}

/// The names in a folder, sorted.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}
