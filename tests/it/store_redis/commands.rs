//! The commands on a store at Redis, beside a server that runs.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Output;

use serde_json::{Value, json};

use super::node;
use crate::support::redis::Redis;
use crate::support::{TestApp, eventually, hash_text, keyfile, random_key};

#[track_caller]
fn printed(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8(output.stdout.clone()).expect("text")
}

#[track_caller]
fn refused(output: &Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    String::from_utf8(output.stderr.clone()).expect("text")
}

#[track_caller]
fn json_of(output: &Output) -> Value {
    serde_json::from_str(&printed(output)).expect("JSON")
}

fn list(app: &TestApp, more: &[&str]) -> Vec<String> {
    let all = json_of(&app.cli(&[&["keys", "list", "--json"], more].concat(), ""));
    let rows = all.as_array().expect("an array").iter();
    rows.map(|row| row["id"].as_str().expect("an id").to_owned())
        .collect()
}

fn sorted(keys: &[&str]) -> Vec<String> {
    let mut ids: Vec<String> = keys.iter().map(|key| hash_text(key)).collect();
    ids.sort();
    ids
}

/// A key file beside, with a key of each of these records.
fn beside(app: &TestApp, records: &[Value]) -> (String, Vec<String>) {
    let folder = app.tree.path.join("other");
    fs::create_dir_all(&folder).expect("a folder");
    fs::set_permissions(&folder, Permissions::from_mode(0o700)).expect("ours");
    let file = folder.join("accesskeys.json");
    let keys = records.iter().map(|more| {
        let key = random_key();
        let mut record = json!({
            "dirname": app.tree.at("root/a"), "basename": "doc.md", "rights": "edit",
            "created": "2020-01-01T00:00:00Z",
        });
        for (field, value) in more.as_object().expect("fields") {
            record[field] = value.clone();
        }
        keyfile::append(&file, &keyfile::id(&key), &record);
        key
    });
    let keys = keys.collect();
    (file.display().to_string(), keys)
}

#[test]
fn keys_are_minted_shown_listed_and_linked() {
    let redis = Redis::start();
    let app = node(&redis);
    let file = app.tree.at("root/a/doc.md");
    let bookmark = printed(&app.cli(&["keys", "mint", &file, "--label", "the first"], ""));
    let key = bookmark.trim().split_once('=').expect("a key").1.to_owned();
    app.get_file(&key).expect(200);
    let again = printed(&app.cli(&["keys", "mint", &file, "--label", "the first"], ""));
    assert_eq!(again, bookmark, "the same ask, the same key");
    assert!(!app.tree.keys().exists(), "no key is in a file");
    let other = app.cli_mint("root/b/b.md");
    let by_ann = app.mint("root/a", "deep/x.md", &app.editor("ann"));
    let mut all = list(&app, &[]);
    all.sort();
    assert_eq!(all, sorted(&[&key, &other, &by_ann]));
    for (filter, expected) in [
        (vec!["--by", "ann"], vec![&*by_ann]),
        (vec!["--by", "operator"], vec![&*key, &*other]),
        (vec!["-q", "FIRST"], vec![&*key]),
        (vec!["-q", "deep/x"], vec![&*by_ann]),
        (vec!["--expired"], vec![]),
        (vec!["-q", "nothing of the kind"], vec![]),
    ] {
        let mut found = list(&app, &filter);
        found.sort();
        assert_eq!(found, sorted(&expected), "{filter:?}");
    }
    let in_a = app.tree.at("root/a");
    assert_eq!(list(&app, &["--directory", &in_a]).len(), 2);
    let first = list(&app, &["--limit", "1"]);
    let after = format!("sha256:{}", first[0]);
    let rest = list(&app, &["--after", &after]);
    assert_eq!((first.len(), rest.len()), (1, 2));
    assert!(!rest.contains(&first[0]));

    let id = keyfile::id(&key);
    assert_eq!(printed(&app.cli(&["keys", "link", &id], "")), bookmark);
    let shown = json_of(&app.cli(&["keys", "show", &id[..19], "--json"], ""));
    assert_eq!(shown["label"], "the first");
    assert_eq!(shown["id"], hash_text(&key));
    refused(&app.cli(&["keys", "link", "sha256:nosuchkey"], ""), 1);
    let verdict = json_of(&app.cli(&["keys", "verify", "--json"], ""));
    assert_eq!(
        (&verdict["good"], &verdict["keys"]),
        (&json!(true), &json!(3))
    );
    let exported = json_of(&app.cli(&["keys", "export"], ""));
    assert_eq!(exported.as_array().expect("an array").len(), 3);
    let table = printed(&app.cli(&["keys", "export", "--format", "csv"], ""));
    assert_eq!(table.lines().count(), 4, "{table}");
    for key in [&key, &other, &by_ann] {
        assert!(!table.contains(key.as_str()) && !exported.to_string().contains(key.as_str()));
    }
    let said = refused(&app.cli(&["keys", "edit"], ""), 1);
    assert!(
        said.contains("keys at a server are not edited as a file"),
        "{said}"
    );
}

#[test]
fn keys_are_narrowed_derived_and_revoked_with_all_that_hangs_on_them() {
    let redis = Redis::start();
    let app = node(&redis);
    let key = app.cli_mint("root/a/doc.md");
    let id = keyfile::id(&key);
    let set = app.cli(
        &[
            "keys", "set", &id, "--label", "new", "--idle", "30d", "--json",
        ],
        "",
    );
    assert_eq!(set.status.code(), Some(0), "{set:?}");
    let shown = json_of(&app.cli(&["keys", "show", &id, "--json"], ""));
    assert_eq!(
        (&shown["label"], &shown["idle"]),
        (&json!("new"), &json!("30d"))
    );
    let derived = printed(&app.cli(&["keys", "mint", "--from", &id, "--rights", "view"], ""));
    let child = derived.trim().split_once('=').expect("a key").1.to_owned();
    let etag = app.get_file(&child).expect(200);
    let etag = etag.header("etag").expect("one").to_owned();
    app.save(&child, &etag, b"no\n").expect(403);
    app.save(&key, &etag, b"yes\n").expect(204);
    let set = app.cli(&["keys", "set", &id, "--rights", "view"], "");
    assert_eq!(set.status.code(), Some(0), "{set:?}");
    let etag = app.get_file(&key).expect(200);
    let etag = etag.header("etag").expect("one").to_owned();
    app.save(&key, &etag, b"no\n").expect(403);
    let revoked = app.cli(&["keys", "revoke", &id], "");
    assert_eq!(revoked.status.code(), Some(0), "{revoked:?}");
    for key in [&key, &child] {
        eventually("neither opens", std::time::Duration::from_secs(1), || {
            app.get_file(key).status == 403
        });
    }
    let said = refused(&app.cli(&["keys", "revoke", &id], ""), 1);
    assert!(said.contains("has been revoked"), "{said}");
    assert!(list(&app, &[]).is_empty());
    assert_ne!(app.cli_mint("root/a/doc.md"), key);
}

#[test]
fn keys_are_imported_pruned_and_brought_back_but_for_what_was_revoked() {
    let redis = Redis::start();
    let app = node(&redis);
    let (file, keys) = beside(
        &app,
        &[
            json!({}),
            json!({"label": "two"}),
            json!({"rights": "view"}),
        ],
    );
    let told = printed(&app.cli(&["keys", "import", &file], ""));
    assert!(told.contains("3 keys imported"), "{told}");
    for key in &keys {
        app.get_file(key).expect(200);
    }
    let again = printed(&app.cli(&["keys", "import", &file], ""));
    assert!(again.contains("0 keys imported"), "{again}");
    let fresh = app.cli_mint("root/a/doc.md");
    let prune = |more: &[&str], code: i32| {
        let words = [&["prune", "--older-than", "1000d", "--json"], more].concat();
        let output = app.cli(&words, "");
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        serde_json::from_slice::<Value>(&output.stdout).expect("JSON")
    };
    let dry = prune(&["--dry-run"], 0);
    assert_eq!((&dry["pruned"], &dry["kept"]), (&json!(3), &json!(1)));
    app.get_file(&keys[0]).expect(200);
    assert_eq!(prune(&[], 0)["pruned"], 3);
    for key in &keys {
        eventually(
            "it does not open",
            std::time::Duration::from_secs(1),
            || app.get_file(key).status == 403,
        );
    }
    app.get_file(&fresh).expect(200);
    let id = keyfile::id(&keys[1]);
    let revoked = json_of(&app.cli(&["keys", "revoke", &id[..19], "--json"], ""));
    assert_eq!(revoked["pruned_before"], json!([hash_text(&keys[1])]));
    let undone = app.cli(&["prune", "--undo", "--json"], "");
    let undone: Value = serde_json::from_slice(&undone.stdout).expect("JSON");
    assert_eq!(
        (&undone["back"], &undone["left_out"]),
        (&json!(2), &json!(1))
    );
    for (at, status) in [(0, 200), (1, 403), (2, 200)] {
        app.get_file(&keys[at]).expect(status);
    }
    let nothing = refused(&app.cli(&["prune", "--undo"], ""), 1);
    assert!(nothing.contains("no prune to undo"), "{nothing}");
    let told = app.cli(&["keys", "import", &file], "");
    let told = [told.stdout, told.stderr].concat();
    let told = String::from_utf8(told).expect("text");
    assert!(told.contains("it was revoked here"), "{told}");
    app.get_file(&keys[1]).expect(403);
}

#[test]
fn a_command_ends_in_words_while_redis_is_away() {
    let mut redis = Redis::start();
    let app = node(&redis);
    let key = app.cli_mint("root/a/doc.md");
    redis.kill();
    for words in [
        vec!["keys", "list"],
        vec!["keys", "verify"],
        vec!["keys", "show", &keyfile::id(&key)],
        vec!["prune", "--expired"],
    ] {
        let begun = std::time::Instant::now();
        let said = refused(&app.cli(&words, ""), 1);
        assert!(
            said.contains("Redis") && !said.contains(&key),
            "{words:?}: {said}"
        );
        assert!(begun.elapsed().as_secs() < 8, "{words:?}");
    }
}
