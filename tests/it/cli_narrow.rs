//! `editkey keys mint --from`, `keys set` and the ceilings at the command line: a key is only ever narrowed, and no
//! passphrase or hash is among what is printed.

use serde_json::json;

use crate::support::command::{json_of, key_of, refused};
use crate::support::{TestApp, hash_text, keyfile};

const PASSPHRASE: &str = "a canary passphrase";

fn days_ago(days: i64) -> String {
    let now = std::time::SystemTime::now();
    let now = now.duration_since(std::time::UNIX_EPOCH).expect("later");
    let then = i64::try_from(now.as_secs()).expect("soon") - days * 86_400;
    jiff::Timestamp::from_second(then)
        .expect("a time")
        .to_string()
}

#[test]
fn a_key_is_derived_by_its_id_or_from_standard_input_and_never_wider() {
    let app = TestApp::start();
    let key = app.cli_mint("root/a/doc.md");
    let id = keyfile::id(&key);
    let from =
        |more: &[&str], stdin: &str| app.cli(&[&["keys", "mint", "--from"], more].concat(), stdin);
    let child = json_of(&from(
        &[
            &id,
            "--rights",
            "view",
            "--expires",
            "1d",
            "--label",
            "für Ben",
            "--json",
        ],
        "",
    ));
    assert_eq!(
        (&child["rights"], &child["parent"], &child["new"]),
        (&json!("view"), &json!(hash_text(&key)), &json!(true))
    );
    let child = child["url"]
        .as_str()
        .and_then(|url| url.split_once("accesskey="));
    let child = child.expect("a bookmark").1.to_owned();
    app.get_file(&child).expect(200);
    // The bookmark itself, on standard input.
    let bookmark = format!("http://editkey.test/?accesskey={child}\n");
    let grandchild = key_of(&from(&["-"], &bookmark));
    assert_eq!(
        keyfile::record(&app.tree.keys(), &grandchild)["rights"],
        "view"
    );
    let child_id = keyfile::id(&child);
    let said = refused(&from(&[&child_id, "--rights", "edit"], ""), 1);
    assert!(said.contains("only ever narrowed"), "{said}");
    let said = refused(&from(&[&child_id, "--expires", "2d"], ""), 1);
    assert!(said.contains("never ends later"), "{said}");
    refused(&from(&[&key], ""), 2);
    refused(&from(&[&id, "--uses", "0"], ""), 2);
    refused(&from(&[&id, "--idle", "12h"], ""), 2);
    refused(&from(&["-", "--passphrase"], &bookmark), 2);
    refused(&from(&[&id, &app.tree.at("root/a/doc.md")], ""), 2);
    // It dies with its parent.
    app.cli(&["keys", "revoke", &id], "");
    for dead in [&child, &grandchild] {
        app.get_file(dead).expect(403);
        let said = refused(&from(&[&keyfile::id(dead)], ""), 1);
        assert!(said.contains("no such key"), "{said}");
    }
}

#[test]
fn a_key_is_set_narrower_in_its_place_and_never_wider() {
    let app = TestApp::start();
    let key = app.cli_mint("root/a/doc.md");
    let id = keyfile::id(&key);
    let set = |more: &[&str], stdin: &str| app.cli(&[&["keys", "set", &id], more].concat(), stdin);
    let etag = app.get_file(&key).header("etag").expect("one").to_owned();
    let shown = json_of(&set(
        &[
            "--rights",
            "view",
            "--idle",
            "2w",
            "--expires",
            "5d",
            "--label",
            "für Ben",
            "--json",
        ],
        "",
    ));
    assert_eq!(
        (&shown["rights"], &shown["idle"], &shown["label"]),
        (&json!("view"), &json!("14d"), &json!("für Ben"))
    );
    app.get_file(&key).expect(200);
    app.save(&key, &etag, b"no").expect(403);
    for (wider, rule) in [
        (["--rights", "edit"], "more rights"),
        (["--expires", "6d"], "never ends later"),
        (["--idle", "15d"], "unused"),
    ] {
        let said = refused(&set(&wider, ""), 1);
        assert!(said.contains(rule), "{said}");
    }
    assert!(json_of(&set(&["--label", "", "--json"], ""))["label"].is_null());
    refused(&set(&[], ""), 2);
    refused(&set(&["--uses", "101"], ""), 2);
    refused(&app.cli(&["keys", "set", &key, "--rights", "view"], ""), 2);
}

#[test]
fn a_passphrase_and_a_number_of_uses_are_set_and_no_hash_is_shown() {
    let app = TestApp::start();
    let key = app.cli_mint("root/a/doc.md");
    let id = keyfile::id(&key);
    let set = |more: &[&str], stdin: &str| app.cli(&[&["keys", "set", &id], more].concat(), stdin);
    let mut passphrase = format!("{PASSPHRASE}\n");
    let shown = json_of(&set(
        &["--uses", "3", "--passphrase", "--json"],
        &passphrase,
    ));
    assert_eq!(
        (&shown["uses_left"], &shown["passphrase"], &shown["opens"]),
        (&json!(3), &json!(true), &json!(true))
    );
    refused(&set(&["--uses", "4"], ""), 1);
    // Nothing that is printed holds the hash; the bookmark asks for more than itself now.
    let record = keyfile::record(&app.tree.keys(), &key);
    let hash = record["passphrase"].as_str().expect("a hash").to_owned();
    let list = app.cli(&["keys", "list"], "");
    for said in [
        shown.to_string(),
        String::from_utf8(list.stdout).expect("text"),
    ] {
        assert!(
            said.contains("passphrase") && !said.contains(&hash),
            "{said}"
        );
    }
    app.get_file(&key).expect(403);
    passphrase.truncate(5);
    refused(&set(&["--passphrase"], &passphrase), 1);
    assert_eq!(
        keyfile::record(&app.tree.keys(), &key)["passphrase"],
        hash.as_str()
    );
}

#[test]
fn no_mint_passes_the_ceilings_for_idle_and_passphrases() {
    let app = TestApp::with(|settings| {
        settings["keys"] = json!({"idle": "30d", "require_passphrase": true});
    });
    let file = app.tree.at("root/a/doc.md");
    let mint = |more: &[&str]| {
        let passphrase = format!("{PASSPHRASE}\n");
        app.cli(&[&["keys", "mint"], more].concat(), &passphrase)
    };
    let said = refused(&mint(&[&file]), 1);
    assert!(said.contains("keys.require_passphrase"), "{said}");
    let said = refused(&mint(&[&file, "--passphrase", "--idle", "31d"]), 1);
    assert!(said.contains("keys.idle allows 30d"), "{said}");
    let said = refused(&app.cli(&["open", "--no-browser", &file], ""), 1);
    assert!(said.contains("keys.require_passphrase"), "{said}");
    let redirected = app.redirect("root/a", "doc.md", &[], &app.editor("ann"));
    assert!(redirected.key().is_none(), "{redirected:?}");
    assert!(keyfile::live(&app.tree.keys()).is_empty());
    let key = key_of(&mint(&[&file, "--passphrase"]));
    let record = keyfile::record(&app.tree.keys(), &key);
    assert_eq!(record["idle"], "30d");
    // A chosen passphrase is one of a new key, never of an earlier one.
    assert_ne!(key_of(&mint(&[&file, "--passphrase"])), key);
    // One that is derived has its parent's, and no longer an idle time.
    let id = keyfile::id(&key);
    let child = key_of(&mint(&["--from", &id]));
    let child = keyfile::record(&app.tree.keys(), &child);
    assert_eq!(
        (&child["idle"], child.get("passphrase")),
        (&json!("30d"), None)
    );
    refused(&mint(&["--from", &id, "--idle", "31d"]), 1);
    // From one of before the setting, only with a passphrase.
    let older = app.tree.hand_made("root/a", "doc.md", &json!({}));
    let older = keyfile::id(&older);
    let said = refused(&mint(&["--from", &older]), 1);
    assert!(said.contains("keys.require_passphrase"), "{said}");
    let child = key_of(&mint(&["--from", &older, "--passphrase"]));
    let child = keyfile::record(&app.tree.keys(), &child);
    assert!(child["passphrase"].is_string() && child["idle"] == "30d");
}

#[test]
fn a_key_that_died_unused_is_never_handed_out_again() {
    let app = TestApp::with(|settings| settings["keys"] = json!({"idle": "30d"}));
    let file = app.tree.at("root/a/doc.md");
    let jar = app.editor("ann");
    let keys = [
        app.cli_mint("root/a/doc.md"),
        app.mint("root/a", "doc.md", &jar),
    ];
    let again = || {
        let by_command = key_of(&app.cli(&["keys", "mint", &file], ""));
        [by_command, app.mint("root/a", "doc.md", &jar)]
    };
    assert_eq!(again(), keys);
    let uses = app.tree.path.join("state/keys/lastused.json");
    let used = |days: i64| {
        let _ = std::fs::remove_file(&uses);
        for key in &keys {
            let day = days_ago(days).get(..10).expect("a day").to_owned();
            keyfile::append(&uses, &keyfile::id(key), &json!(day));
        }
    };
    for key in &keys {
        let mut record = keyfile::record(&app.tree.keys(), key);
        record["created"] = json!(days_ago(90));
        keyfile::append(&app.tree.keys(), &keyfile::id(key), &record);
    }
    // Used lately, an old key is the same ask's key still.
    used(29);
    assert_eq!(again(), keys);
    used(31);
    let shown = json_of(&app.cli(&["keys", "show", &keyfile::id(&keys[0]), "--json"], ""));
    assert_eq!(shown["opens"], json!(false));
    assert!(
        shown["state"]
            .as_str()
            .expect("why")
            .contains("not used for too long")
    );
    let said = refused(
        &app.cli(&["keys", "mint", "--from", &keyfile::id(&keys[0])], ""),
        1,
    );
    assert!(said.contains("not used for too long"), "{said}");
    for key in &keys {
        app.get_file(key).expect(403);
    }
    let new = again();
    for key in &keys {
        assert!(!new.contains(key));
    }
    for key in &new {
        app.get_file(key).expect(200);
    }
    assert_eq!(again(), new);
}
