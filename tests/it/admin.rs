//! The pages that manage keys, in a real browser, by the keyboard alone, on a desk and on a phone.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::story::browser;
use crate::support::beside::free_address;
use crate::support::server::cli;
use crate::support::sign_in::{PASSWORD, add, with_ann};
use crate::support::unlock::PASSPHRASE;
use crate::support::wire::encode;
use crate::support::{TestApp, Tree, hash_text, keyfile, random_key};

/// A tree with an administrator named root, ann who is none, an audit log, and `count` keys of somebody's.
pub(crate) fn tree(count: usize, change: impl FnOnce(&mut Value)) -> Arc<Tree> {
    let tree = Arc::new(Tree::with(|settings| {
        with_ann(settings);
        let folder = settings["roots"][0].clone();
        if let Some(rows) = settings["grants"].as_array_mut() {
            rows.push(json!({"source": "users", "user": "root", "directories": [folder]}));
        }
        settings["audit"] = json!({"file": "keys/audit.jsonl"});
        change(settings);
    }));
    let output = cli(
        &tree,
        &["users", "add", "root", "--admin"],
        &format!("{PASSWORD}\n"),
    );
    assert!(output.status.success(), "{output:?}");
    add(&tree, "ann", PASSWORD);
    let mut text = "{\n\"$editkey\": {\"format\": 1}\n".to_owned();
    for number in 0..count {
        let end = if number == 7 {
            ",\"expires\":\"2026-01-02T00:00:00Z\""
        } else {
            ""
        };
        let label = if number == 11 { "the eleventh" } else { "many" };
        let _ = writeln!(
            text,
            ",\"sha256:{}\": {{\"dirname\":\"{}\",\"basename\":\"f{number:05}.md\",\"rights\":\"edit\",\"created\":\"2026-01-01T00:00:00Z\"{end},\"by\":\"header:carl\",\"label\":\"{label}\"}}",
            hash_text(&random_key()),
            tree.at("root/a"),
        );
    }
    text.push_str("}\n");
    fs::write(tree.keys(), text).expect("the key file");
    fs::set_permissions(tree.keys(), fs::Permissions::from_mode(0o600)).expect("its mode");
    tree
}

fn app() -> (TestApp, String) {
    let address = free_address();
    let tree = tree(60, |settings| {
        settings["listen"] = json!([address.to_string()]);
        settings["public_url"] = json!(format!("http://{address}/"));
    });
    (TestApp::on(tree), format!("http://{address}/"))
}

#[track_caller]
fn the_list_is_right(told: &Value) {
    assert_eq!(told["first"]["title"], "All keys");
    assert_eq!(told["first"]["total"], "60 keys");
    assert_eq!(told["first"]["count"], 50);
    assert_eq!(told["found"]["names"], json!(["f00011.md"]));
    assert_eq!(told["sorted"]["by"], "ascending");
    assert_eq!(
        told["sorted"]["names"],
        json!(["f00000.md", "f00001.md", "f00002.md"])
    );
    assert_eq!(told["second"]["count"], 10);
    assert_eq!(told["second"]["names"][0], "f00050.md");
    assert_eq!(
        told["refused"],
        "There is no such place within the roots that a key may open."
    );
}

#[track_caller]
fn an_administrator_does_everything(more: &[&str]) {
    let (app, url) = app();
    let path = app.tree.at("root/a/doc.md");
    let mut options = vec!["--user", "root", "--password", PASSWORD];
    let typed = format!("{path}|eleventh");
    options.extend(["--type", &typed]);
    options.extend(more);
    let told = browser("admin", &format!("{url}admin"), &options);
    the_list_is_right(&told);
    let key = |at: &str| {
        let bookmark = told[at].as_str().expect("a bookmark");
        let key = bookmark.strip_prefix(&format!("{url}?accesskey="));
        key.unwrap_or_else(|| panic!("{bookmark}")).to_owned()
    };
    assert!(
        ["Copied.", "The link is chosen: copy it with Ctrl+C."]
            .contains(&told["copied"].as_str().expect("a word"))
    );
    assert_eq!(told["narrowed"]["said"], "The key is narrowed.");
    assert_eq!(told["narrowed"]["facts"]["Rights"], "view");
    assert_eq!(told["narrowed"]["facts"]["Ends when unused"], "for 30 days");
    assert_eq!(told["narrowed"]["facts"]["Made for"], "users:root");
    assert_eq!(key("again"), key("made"), "the same link is shown again");
    assert_ne!(key("oneUse"), key("made"));
    assert_eq!(told["above"].as_array().map(Vec::len), Some(1), "{told}");
    assert_eq!(told["keyInPage"], false);
    let traced = told["traced"].as_array().expect("a trace");
    for act in ["mint", "set", "link"] {
        assert!(traced.contains(&json!(act)), "{act}: {traced:?}");
    }
    assert_eq!(told["count"], "1 chosen");
    assert_eq!(
        told["going"].as_array().map(Vec::len),
        Some(2),
        "the child goes along"
    );
    assert_eq!(told["revoked"], "Revoked 2 keys.");
    assert_eq!(told["due"]["heading"], "1 of 60 keys would go");
    assert_eq!(
        told["due"]["why"],
        json!(["expired at 2026-01-02T00:00:00Z"])
    );
    assert_eq!(told["pruned"], "Pruned 1 key.");
    let grants = told["grants"].to_string();
    assert!(
        grants.contains("user ann") && grants.contains("holds"),
        "{grants}"
    );
    for at in ["made", "oneUse"] {
        app.open(&key(at)).expect(403);
    }
    assert_eq!(keyfile::live(&app.tree.keys()).len(), 59);
    let log = app.log();
    assert!(
        !log.contains(&key("made")) && !log.contains(&key("oneUse")),
        "a key is in the log"
    );
}

#[test]
fn an_administrator_does_everything_by_keyboard() {
    an_administrator_does_everything(&["--width", "1280"]);
}

#[test]
fn an_administrator_does_everything_by_keyboard_on_a_phone_in_the_dark() {
    an_administrator_does_everything(&["--width", "360", "--dark"]);
}

#[test]
fn a_visitor_manages_their_own_keys_by_keyboard() {
    let (app, url) = app();
    let folder = encode(&app.tree.at("root/a"));
    let first = format!("{url}redirect?dirname={folder}&basename=doc.md");
    for width in ["1280", "360"] {
        let told = browser(
            "own",
            &first,
            &["--user", "ann", "--password", PASSWORD, "--width", width],
        );
        assert_eq!(told["menu"], json!(["Your files", "Your keys"]));
        assert_eq!(told["start"].as_array().map(Vec::len), Some(1));
        assert_eq!(told["facts"]["Made for"], "users:ann");
        assert_eq!(told["revoked"], "Revoked 1 key.");
        assert_eq!(told["left"]["names"], json!(["doc.md"]));
        assert_eq!(
            told["left"]["total"], "1 key",
            "others' keys are not theirs"
        );
        assert_eq!(told["admin"], 403);
        let given = told["given"].as_str().expect("a bookmark");
        let (_, key) = given.split_once("accesskey=").expect("a key");
        app.open(key).expect(403);
    }
}

#[test]
fn a_one_use_link_is_made_copied_claimed_seen_and_taken_back() {
    let (app, url) = app();
    let path = app.tree.at("root/a/doc.md");
    let told = browser(
        "given",
        &format!("{url}admin"),
        &[
            "--user",
            "root",
            "--password",
            PASSWORD,
            "--type",
            &path,
            "--choice",
            PASSPHRASE,
        ],
    );
    let link = told["link"].as_str().expect("what was copied");
    let key = link.strip_prefix(&format!("{url}?accesskey="));
    let key = key.unwrap_or_else(|| panic!("{link}"));
    assert_eq!(told["page"]["status"], 200);
    assert_eq!(told["page"]["title"], "Open this link?");
    assert!(!told["page"]["text"].to_string().contains("doc.md"));
    assert_eq!(told["wrong"], "That is not the passphrase of this link.");
    assert_eq!(
        told["opened"],
        json!({"state": "Saved", "editable": true, "same": true})
    );
    assert_eq!(told["third"], 403);
    for act in ["mint", "claim", "unlock", "open"] {
        let acts = told["acts"].as_array().expect("a trace");
        assert!(acts.contains(&json!(act)), "{act}: {acts:?}");
    }
    assert_eq!(told["revoked"]["said"], "Revoked 1 key.");
    let late = told["revoked"]["late"].as_i64().expect("a time");
    assert!(late < 1000, "{late} ms");
    assert_eq!(
        told["ended"],
        json!({"state": "Link ended", "editable": false, "downloaded": "# A document\nnever saved\n"})
    );
    assert_eq!(told["after"], 403);
    assert_eq!(app.tree.read("root/a/doc.md"), b"# A document\n");
    let log = app.log();
    assert!(!log.contains(key) && !log.contains(PASSPHRASE));
}

#[test]
fn what_a_visitor_gave_away_ends_with_their_own_key() {
    let (app, url) = app();
    let folder = encode(&app.tree.at("root/a"));
    let told = browser(
        "family",
        &format!("{url}redirect?dirname={folder}&basename=doc.md"),
        &[
            "--user",
            "ann",
            "--password",
            PASSWORD,
            "--choice",
            PASSPHRASE,
        ],
    );
    assert_eq!(told["narrowed"], "The key is narrowed.");
    assert_eq!(told["badges"], json!(["edit", "passphrase"]));
    assert_eq!(told["same"], true, "the start page leads to that very key");
    assert_eq!(told["files"], 2, "no third key was made");
    assert_eq!(
        (
            told["child"]["state"].as_str(),
            told["child"]["editable"].as_bool()
        ),
        (Some("View only"), Some(false))
    );
    assert_eq!(told["child"]["text"], "# A document\n");
    assert_eq!(told["going"], 2, "the child goes along");
    assert_eq!(told["revoked"]["said"], "Revoked 2 keys.");
    let late = told["revoked"]["late"].as_i64().expect("a time");
    assert!(late < 1000, "{late} ms");
    assert_eq!(told["after"], json!([403, 403]));
}
