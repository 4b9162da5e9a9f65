//! The key file when things go wrong: kills, torn and broken files, hands on the file,
//! several writers. What is right in each case stands in docs/key-format.md.

use std::fs;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::support::{Jar, TestApp, Tree, keyfile, pruned, random_key, rounds};

/// A server, a session and two keys in its file.
fn with_two_keys() -> (TestApp, Jar, [String; 2]) {
    let app = TestApp::start();
    let jar = app.poweruser();
    let keys = [
        app.mint("root/a", "doc.md", &jar),
        app.mint("root/a/deep", "x.md", &jar),
    ];
    (app, jar, keys)
}

fn all_answer(app: &TestApp, keys: &[String], status: u16) {
    for key in keys {
        app.get_file(key).expect(status);
    }
}

fn hand_record(tree: &Tree) -> (String, Value) {
    let record = json!({"dirname": tree.at("root/a"), "basename": "doc.md", "rights": "view"});
    (random_key(), record)
}

#[test]
fn killed_while_minting() {
    rounds::killed_while_minting(100);
}

#[test]
fn two_servers_and_a_command_line_on_one_key_file() {
    rounds::crowded(25);
}

#[test]
fn a_server_mints_while_many_keys_are_pruned_and_brought_back() {
    pruned::pruned_while_minting(12_000);
}

#[test]
fn the_file_is_what_the_document_says() {
    let (app, _, keys) = with_two_keys();
    let text = String::from_utf8(app.tree.read("state/keys/accesskeys.json")).expect("UTF-8");
    let mut lines = text
        .trim_end()
        .lines()
        .filter(|line| !line.trim().is_empty());
    assert_eq!(lines.next(), Some("{"));
    assert_eq!(lines.next(), Some(r#""$editkey": {"format": 1}"#));
    for key in &keys {
        let start = format!(",\"{}\": {{\"dirname\":", keyfile::id(key));
        assert!(
            lines.next().is_some_and(|line| line.starts_with(&start)),
            "{text}"
        );
    }
    assert_eq!(lines.next().map(str::trim), Some("}"));
    assert_eq!(lines.next(), None);
}

#[test]
fn a_torn_tail_is_set_aside_and_the_rest_is_served() {
    let (mut app, jar, keys) = with_two_keys();
    app.kill();
    // The closing brace alone, then part of the last line as well.
    keyfile::cut(&app.tree.keys(), 1);
    let mut app = app.restart();
    all_answer(&app, &keys, 200);
    app.kill();
    keyfile::cut(&app.tree.keys(), 30);
    let app = app.restart();
    assert_eq!(app.ready(), 200);
    app.get_file(&keys[0]).expect(200);
    app.get_file(&keys[1]).expect(403);
    assert!(app.log().contains("torn"), "{}", app.log());
    // Whole again, before anybody has written.
    assert_eq!(keyfile::live(&app.tree.keys()).len(), 1);
    let again = app.mint("root/a/deep", "x.md", &jar);
    let live = keyfile::live(&app.tree.keys());
    assert!(live.contains(&keyfile::id(&again)) && live.contains(&keyfile::id(&keys[0])));
}

#[test]
fn a_tail_torn_under_a_running_server_is_no_breakage() {
    let (app, jar, keys) = with_two_keys();
    keyfile::cut(&app.tree.keys(), 25);
    app.get_file(&keys[0]).expect(200);
    app.get_file(&keys[1]).expect(403);
    app.mint("root/b", "b.md", &jar);
    assert_eq!(keyfile::live(&app.tree.keys()).len(), 2);
}

#[test]
fn a_broken_file_stops_every_key_and_is_left_alone_until_it_is_mended() {
    let (app, jar, keys) = with_two_keys();
    let good = app.tree.read("state/keys/accesskeys.json");
    let text = String::from_utf8(good.clone()).expect("UTF-8");
    let nowhere = text.replacen("\"dirname\":", "\"dirname\" ", 1);
    for broken in [
        nowhere.as_str(),
        "[1, 2]\n",
        "{\"a\": }\n}\n",
        "not JSON at all\n",
        "<html>\n",
    ] {
        app.tree.write("state/keys/accesskeys.json", broken);
        for key in &keys {
            app.get_file(key).expect(503);
            app.open(key).expect(503);
        }
        app.redirect("root/a", "doc.md", &[], &jar).expect(503);
        assert_eq!(app.ready(), 503, "{broken}");
        assert_eq!(
            app.tree.read("state/keys/accesskeys.json"),
            broken.as_bytes()
        );
        app.tree.write("state/keys/accesskeys.json", &good);
        app.get_file(&keys[0]).expect(200);
        assert_eq!(app.ready(), 200);
    }
}

#[test]
fn a_broken_file_at_start_is_an_error_with_its_place() {
    let tree = Arc::new(Tree::new());
    tree.write(
        "state/keys/accesskeys.json",
        "{\n\"$editkey\": {\"format\": 1}\n,\"x\": oops}\n",
    );
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(tree.keys(), private).expect("its mode");
    let said = TestApp::try_on(Arc::clone(&tree))
        .err()
        .expect("it started all the same");
    assert!(
        said.contains("accesskeys.json") && said.contains("line 3"),
        "{said}"
    );
    assert!(
        tree.read("state/keys/accesskeys.json")
            .ends_with(b"oops}\n"),
        "it was written to"
    );
}

#[test]
fn another_format_is_named_and_left_alone() {
    let tree = Arc::new(Tree::new());
    let text = "{\n\"$editkey\": {\"format\": 2}\n}\n";
    tree.write("state/keys/accesskeys.json", text);
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(tree.keys(), private).expect("its mode");
    let said = TestApp::try_on(Arc::clone(&tree))
        .err()
        .expect("it started all the same");
    assert!(said.contains("format 2"), "{said}");
    assert_eq!(tree.read("state/keys/accesskeys.json"), text.as_bytes());
}

#[test]
fn a_bad_record_is_refused_alone() {
    let (app, _, keys) = with_two_keys();
    let tree = &app.tree;
    let unknown = tree.hand_made("root/a", "doc.md", &json!({"colour": "blue"}));
    let bad = tree.hand_made("root/a", "doc.md", &json!({"rights": "everything"}));
    let good = tree.hand_made("root/a", "doc.md", &json!({}));
    app.get_file(&unknown).expect(403);
    app.get_file(&bad).expect(403);
    app.get_file(&good).expect(200);
    app.get_file(&keys[0]).expect(200);
    let log = app.log();
    assert!(log.contains("line 5") && log.contains("line 6"), "{log}");
}

#[test]
fn a_hand_on_the_file_is_seen_at_the_next_request() {
    let (app, jar, keys) = with_two_keys();
    let path = app.tree.keys();
    let (key, record) = hand_record(&app.tree);
    app.get_file(&key).expect(403);
    keyfile::append(&path, &keyfile::id(&key), &record);
    app.get_file(&key).expect(200);
    let (other, record) = hand_record(&app.tree);
    keyfile::append_by_rename(&path, &keyfile::id(&other), &record);
    app.get_file(&other).expect(200);
    keyfile::append_by_rename(&path, &keyfile::id(&keys[0]), &Value::Null);
    app.get_file(&keys[0]).expect(403);
    // Any layout: all on one line, then spread out by jq.
    let all = serde_json::to_string(&keyfile::read(&path)).expect("JSON");
    fs::write(&path, all).expect("the file");
    app.get_file(&other).expect(200);
    let spread = serde_json::to_string_pretty(&keyfile::read(&path)).expect("JSON");
    fs::write(&path, spread).expect("the file");
    app.get_file(&keys[1]).expect(200);
    app.get_file(&keys[0]).expect(403);
    let new = app.mint("root/b", "b.md", &jar);
    let live = keyfile::live(&path);
    assert!(
        [&key, &other, &keys[1], &new]
            .iter()
            .all(|key| live.contains(&keyfile::id(key)))
    );
}

#[test]
fn no_file_no_keys() {
    let (app, jar, keys) = with_two_keys();
    let kept = app.tree.read("state/keys/accesskeys.json");
    fs::remove_file(app.tree.keys()).expect("the removal");
    all_answer(&app, &keys, 403);
    assert_eq!(app.ready(), 200);
    let new = app.mint("root/a", "doc.md", &jar);
    assert!(!keys.contains(&new), "a deleted key came back");
    assert_eq!(keyfile::live(&app.tree.keys()).len(), 1);
    app.tree.write("state/keys/accesskeys.json", kept);
    all_answer(&app, &keys, 200);
    app.get_file(&new).expect(403);
}

#[test]
fn what_open_guide_editor_wrote_opens() {
    let app = TestApp::start();
    let key = "0123456789abcdefABCDEF01";
    let dirname = app.tree.at("root/a").replace('/', "\\/");
    let text = format!("{{\"{key}\":{{\"dirname\":\"{dirname}\",\"basename\":\"doc.md\"}}}}");
    app.tree.write("state/keys/accesskeys.json", text);
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(app.tree.keys(), private).expect("its mode");
    app.get_file(key).expect(200);
    let etag = app
        .get_file(key)
        .header("etag")
        .map(str::to_owned)
        .expect("an entity tag");
    app.save(key, &etag, b"saved\n").expect(204);
    app.mint("root/a/deep", "x.md", &app.poweruser());
    app.get_file(key).expect(200);
}

#[test]
fn a_command_takes_effect_at_the_next_request() {
    let (app, _, keys) = with_two_keys();
    let printed = app.cli_mint("root/b/b.md");
    app.get_file(&printed).expect(200);
    let id = keyfile::id(&keys[0]).replacen("sha256:", "", 1);
    let output = app.cli(&["keys", "revoke", &id[..12]], "");
    assert!(output.status.success(), "{output:?}");
    app.get_file(&keys[0]).expect(403);
    app.get_file(&keys[1]).expect(200);
}
