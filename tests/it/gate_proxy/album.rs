//! The files behind a proxy, the texts around them that nobody may read, and the settings that a configuration names for
//! them.
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

use serde_json::{Value, json};

use crate::proxy::scene::NAME;
use crate::support::beside::repository;

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

/// Settings as the head of `file` names them, for ann and bob.
pub(super) fn ask(settings: &mut Value, file: &str) {
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
fn settings_of(file: &str, album: &Path) -> Value {
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

pub(super) fn plant(whole: &Path, open: &str, beyond: &str) {
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
