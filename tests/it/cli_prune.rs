//! `editkey prune`: what is due goes, all at once, and what is not known is never held against a key.

use std::collections::BTreeSet;
use std::fs;
use std::process::Output;

use serde_json::{Value, json};

use crate::support::{TestApp, hash_text, keyfile};

#[track_caller]
fn pruned(output: &Output, code: i32) -> (BTreeSet<String>, Value) {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    let value: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let keys = value["keys"].as_array().expect("keys");
    let ids = keys
        .iter()
        .map(|key| key["id"].as_str().expect("an id").to_owned());
    (ids.collect(), value)
}

fn ids(keys: &[&String]) -> BTreeSet<String> {
    keys.iter().map(|key| hash_text(key)).collect()
}

/// A key of another maker, of whose times nothing is known.
fn foreign(app: &TestApp, dirname: &str, basename: &str) -> String {
    let key = crate::support::random_key();
    let record = json!({"dirname": app.tree.at(dirname), "basename": basename});
    keyfile::append(&app.tree.keys(), &keyfile::id(&key), &record);
    key
}

/// Keys of every kind that pruning tells apart.
struct Kinds {
    fresh: String,
    expired: String,
    old: String,
    used: String,
    unknown: String,
    missing: String,
    outside: String,
}

impl Kinds {
    fn on(app: &TestApp) -> Self {
        let long_ago = json!({"created": "2020-01-01T00:00:00Z"});
        let ended = json!({"expires": "2026-01-02T00:00:00Z"});
        let kinds = Self {
            fresh: app.cli_mint("root/a/doc.md"),
            expired: app.tree.hand_made("root/a", "doc.md", &ended),
            old: app.tree.hand_made("root/b", "b.md", &long_ago),
            used: app.tree.hand_made("root/a", "doc.md", &long_ago),
            unknown: foreign(app, "root/a", "doc.md"),
            missing: foreign(app, "root/a/none", "x.md"),
            outside: foreign(app, "outside/none", "x.md"),
        };
        let today = jiff_today(app, &kinds.fresh);
        let days = app.tree.path.join("state/keys/lastused.json");
        keyfile::append(&days, &keyfile::id(&kinds.used), &json!(today));
        kinds
    }
}

#[test]
fn each_criterion_is_enough_and_a_directory_narrows_them() {
    let app = TestApp::start();
    let kinds = Kinds::on(&app);
    let before = fs::read(app.tree.keys()).expect("the key file");
    let dry = |more: &[&str]| {
        let arguments = [&["prune", "--dry-run", "--json"], more].concat();
        pruned(&app.cli(&arguments, ""), 0).0
    };
    assert_eq!(dry(&["--expired"]), ids(&[&kinds.expired]));
    assert_eq!(dry(&["--unused-for", "1000d"]), ids(&[&kinds.old]));
    let old = ids(&[&kinds.old, &kinds.used]);
    assert_eq!(dry(&["--older-than", "1000d"]), old);
    assert_eq!(dry(&["--missing-files"]), ids(&[&kinds.missing]));
    let folder = app.tree.at("root/a");
    let narrowed = ["--expired", "--older-than", "1000d", "--directory", &folder];
    assert_eq!(dry(&narrowed), ids(&[&kinds.expired, &kinds.used]));
    let after = fs::read(app.tree.keys()).expect("the key file");
    assert_eq!(after, before, "nothing was written");
    let usage = |arguments: &[&str]| app.cli(arguments, "").status.code();
    assert_eq!(usage(&["prune"]), Some(2), "a criterion is needed");
    assert_eq!(usage(&["prune", "--older-than", "1y"]), Some(2));
}

#[test]
fn what_is_pruned_is_gone_and_the_rest_stays() {
    let app = TestApp::start();
    let kinds = Kinds::on(&app);
    let all = "keys prune --expired --unused-for 1000d --missing-files --json";
    let all: Vec<&str> = all.split(' ').collect();
    let (gone, said) = pruned(&app.cli(&all, ""), 0);
    assert_eq!(gone, ids(&[&kinds.expired, &kinds.old, &kinds.missing]));
    assert_eq!((&said["pruned"], &said["kept"]), (&json!(3), &json!(4)));
    for key in [&kinds.fresh, &kinds.used, &kinds.unknown] {
        app.get_file(key).expect(200);
    }
    app.get_file(&kinds.old).expect(403);
    let live = keyfile::live(&app.tree.keys());
    let outside = keyfile::id(&kinds.outside);
    assert!(live.contains(&outside), "outside is not missing");
    assert_eq!(live.len(), 4);
    let text = app.cli(&["prune", "--expired"], "");
    assert!(text.status.success() && text.stdout.is_empty(), "{text:?}");
}

/// Today, as the server's own times have it.
fn jiff_today(app: &TestApp, key: &str) -> String {
    let record = keyfile::record(&app.tree.keys(), key);
    let created = record["created"].as_str().expect("a time");
    created.split('T').next().expect("a day").to_owned()
}

#[test]
fn a_root_that_is_away_says_nothing_about_its_files() {
    let app = TestApp::start();
    let (here, there) = (
        app.cli_mint("root/a/deep/x.md"),
        app.cli_mint("root/b/b.md"),
    );
    fs::remove_file(app.tree.path.join("root/a/deep/x.md")).expect("removed");
    fs::rename(app.tree.path.join("root/b"), app.tree.path.join("away")).expect("renamed");
    let prune = ["prune", "--missing-files", "--json"];
    let output = app.cli(&prune, "");
    let (gone, _) = pruned(&output, 1);
    assert_eq!(gone, ids(&[&here]));
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("root/b"),
        "{output:?}"
    );
    // An empty directory in its place, as under a mount that is not there.
    fs::create_dir(app.tree.path.join("root/b")).expect("made");
    let output = app.cli(&prune, "");
    assert!(pruned(&output, 1).0.is_empty());
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("empty"),
        "{output:?}"
    );
    fs::remove_dir(app.tree.path.join("root/b")).expect("removed");
    fs::rename(app.tree.path.join("away"), app.tree.path.join("root/b")).expect("renamed");
    assert!(pruned(&app.cli(&prune, ""), 0).0.is_empty());
    assert!(keyfile::live(&app.tree.keys()).contains(&keyfile::id(&there)));
}

#[test]
fn a_link_or_a_special_file_is_not_a_missing_file() {
    let app = TestApp::start();
    for name in ["inner", "dangling", "fifo", "sub", "hard.md"] {
        foreign(&app, "root/a", name);
    }
    foreign(&app, "root/a/outdir", "none.txt");
    let (gone, _) = pruned(&app.cli(&["prune", "--missing-files", "--json"], ""), 0);
    assert!(gone.is_empty(), "{gone:?}");
}
