//! The whole story, in a real browser: a host grants, the file opens, is edited and saved, the bookmark goes on opening
//! it in a profile that has never been here, until it is revoked. Two windows that disagree; a closed window.
//!
//! Each call of the browser is a fresh profile, and its console has to stay empty.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::beside::{free_address, repository};

/// A server at an address that a browser can go to.
fn app() -> TestApp {
    let address = free_address();
    TestApp::with(|settings| {
        settings["listen"] = json!([address.to_string()]);
        settings["public_url"] = json!(format!("http://{address}/"));
    })
}

/// One visit of a browser with a fresh profile: what it tells. The address goes in by standard input.
#[track_caller]
pub(crate) fn browser(story: &str, url: &str, more: &[&str]) -> Value {
    assert!(
        repository("web/node_modules/playwright-core").exists(),
        "web/node_modules is missing: run ./test, or `npm ci` in web/"
    );
    let mut child = Command::new("node")
        .arg(repository("web/test/browser.mjs"))
        .args([story, "--url", "-"])
        .args(more)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("node; ./test installs it");
    let mut input = child.stdin.take().expect("its input");
    input.write_all(url.as_bytes()).expect("the address");
    drop(input);
    let output = child.wait_with_output().expect("its end");
    let told: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{story}: {error}: {output:?}"));
    assert_eq!(told["ok"], true, "{story}: {told}");
    assert_eq!(told["console"], json!([]), "{story}");
    told
}

/// Where the host `cms` sends ann's browser to open `root/a/doc.md`.
fn sent(app: &TestApp) -> String {
    let folder = app.tree.at("root/a");
    let file = json!({"dirname": folder, "basename": "doc.md"});
    let granted = app
        .host_grant(&json!({"user": "ann", "directories": [folder], "file": file}))
        .expect(201)
        .json();
    granted["url"].as_str().expect("an address").to_owned()
}

/// The bookmark that ann was given: the same ask gives the same key.
fn bookmark(app: &TestApp) -> (String, String) {
    let (_, entered) = app.enter(&sent(app));
    let key = entered.key().expect("a key");
    (format!("http://{}/?accesskey={key}", app.address), key)
}

#[test]
fn a_grant_becomes_a_bookmark_and_a_bookmark_becomes_a_file() {
    let app = app();
    let told = browser(
        "edit-and-save",
        &sent(&app),
        &["--type", "written in the browser\n"],
    );
    assert_eq!(told["status"], 200);
    assert_ne!(told["unsaved"]["state"], told["state"], "{told}");
    let saved = b"# A document\nwritten in the browser\n";
    assert_eq!(app.tree.read("root/a/doc.md"), saved);

    let (bookmark, key) = bookmark(&app);
    let told = browser("read", &bookmark, &[]);
    assert_eq!(
        (told["status"].as_u64(), told["editable"].as_bool()),
        (Some(200), Some(true))
    );
    assert_eq!(told["text"], "# A document\nwritten in the browser\n");
    assert!(
        told["title"]
            .as_str()
            .is_some_and(|title| title.contains("doc.md")),
        "{told}"
    );
    browser(
        "edit-and-save",
        &bookmark,
        &["--type", "and by the bookmark alone\n"],
    );
    assert!(
        app.tree
            .read("root/a/doc.md")
            .ends_with(b"and by the bookmark alone\n")
    );

    let output = app.cli(&["keys", "revoke", "-"], &key);
    assert!(output.status.success(), "{output:?}");
    let told = browser("open", &bookmark, &[]);
    assert_eq!(told["status"], 403);
    assert!(
        told["text"]
            .as_str()
            .is_some_and(|text| text.contains("does not open anything")),
        "{told}"
    );
}

#[test]
fn two_windows_that_disagree_are_asked() {
    let app = app();
    let (bookmark, _) = bookmark(&app);
    for (choice, kept) in [
        ("mine", "mine x\n"),
        ("theirs", "other x\n"),
        ("later", "other x\n"),
    ] {
        app.tree.write("root/a/doc.md", "# A document\n");
        let told = browser(
            "conflict",
            &bookmark,
            &["--type", "x\n", "--choice", choice],
        );
        let saved = fs::read_to_string(app.tree.path.join("root/a/doc.md")).expect("the file");
        assert_eq!(saved, format!("# A document\n{kept}"), "{choice}: {told}");
        let failed = told["failed"].as_array().expect("a list");
        assert_eq!(failed, &[json!("412 /api/file")], "{choice}");
    }
}

#[test]
fn leaving_what_is_not_saved_is_warned_about() {
    let app = app();
    let (bookmark, _) = bookmark(&app);
    let told = browser("leave", &bookmark, &["--type", "not saved\n"]);
    assert_eq!(told["warned"], "beforeunload");
    assert_eq!(app.tree.read("root/a/doc.md"), b"# A document\n");
}

#[test]
fn a_new_file_is_made_by_its_first_save() {
    let app = app();
    let key = app.mint("root/a", "new.md", &app.editor("ann"));
    let bookmark = format!("http://{}/?accesskey={key}", app.address);
    browser("edit-and-save", &bookmark, &["--type", "made\n"]);
    assert_eq!(app.tree.read("root/a/new.md"), b"made\n");
}

#[test]
fn who_may_view_is_shown_and_cannot_type() {
    let app = app();
    let key = app.mint_with(
        "root/a",
        "doc.md",
        &[("rights", "view")],
        &app.editor("ann"),
    );
    let told = browser(
        "read",
        &format!("http://{}/?accesskey={key}", app.address),
        &[],
    );
    assert_eq!(told["editable"], false);
    assert_eq!(told["text"], "# A document\n");
}
