//! Sharing in a real browser: a narrower link is made in the editor, read by a camera, opened elsewhere, and revoked; and what
//! cannot be shared is said in words.

use serde_json::{Value, json};

use crate::story::browser;
use crate::support::beside::free_address;
use crate::support::unlock::PASSPHRASE;
use crate::support::{Request, TestApp, keyfile};

fn app(change: impl FnOnce(&mut Value)) -> TestApp {
    let address = free_address();
    TestApp::with(|settings| {
        settings["listen"] = json!([address.to_string()]);
        settings["public_url"] = json!(format!("http://{address}/"));
        change(settings);
    })
}

fn bookmark(app: &TestApp, key: &str) -> String {
    format!("http://{}/?accesskey={key}", app.address)
}

fn derive(app: &TestApp, key: &str, wanted: &Value) -> (u16, Value) {
    let request = Request::new("POST", "/api/key/derive").bearer(key);
    let reply = app.send(&request.json(wanted));
    (reply.status, reply.json())
}

#[track_caller]
fn child(app: &TestApp, key: &str, wanted: &Value) -> String {
    let (status, said) = derive(app, key, wanted);
    assert_eq!(status, 201, "{said}");
    let url = said["url"].as_str().expect("a bookmark");
    url.split_once('=').expect("a key").1.to_owned()
}

/// What the page says of each line of choices; an empty line is a dialog that offers nothing.
fn refused(app: &TestApp, key: &str, lines: &[&str]) -> Vec<String> {
    let told = browser(
        "share-refused",
        &bookmark(app, key),
        &["--type", &lines.join("\n")],
    );
    let told = told["told"].as_array().expect("a list").clone();
    told.iter()
        .map(|line| line["said"].as_str().expect("a text").to_owned())
        .collect()
}

#[test]
fn a_link_that_was_shared_allows_what_was_said_of_it_until_it_is_revoked() {
    let app = app(|_| ());
    let key = app.mint("root/a", "doc.md", &app.editor("ann"));
    let more = ["--password", PASSPHRASE, "--type", "for Ann"];
    let told = browser("share", &bookmark(&app, &key), &more);
    let allows = told["allows"].as_str().expect("a sentence");
    for part in [
        "Whoever has this link may view ",
        "doc.md",
        " until ",
        "in one browser only",
        "asks for the passphrase",
        "30 days",
    ] {
        assert!(allows.contains(part), "{part}: {allows}");
    }
    assert_eq!(told["read"], told["link"], "a camera reads the same link");
    assert_eq!(told["named"], "The link as a QR code");
    assert_eq!(
        (&told["focused"], &told["copied"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(told["opened"]["text"], "# A document\n");
    assert_eq!(told["opened"]["editable"], false);
    let passed_on = told["passedOn"].as_str().expect("a text");
    assert!(
        passed_on.contains("for certain browsers only"),
        "{passed_on}"
    );
    assert_eq!(told["third"], 403, "it was for one browser");
    assert_eq!(told["ended"], json!({"after": 403, "gone": 0, "left": 0}));
    assert_eq!(
        told["closed"],
        json!({"dialogs": 0, "focus": "share", "left": false, "kept": "{}"}),
        "nothing of the link stays in the page"
    );
    // The key at hand goes on working, and is in no log.
    app.get_file(&key).expect(200);
    let link = told["link"].as_str().expect("a link");
    let (_, made) = link.split_once('=').expect("a key");
    assert!(!app.log().contains(made));
}

#[test]
fn by_the_keyboard_alone_somebody_saves_shares_and_revokes() {
    let app = app(|_| ());
    let key = app.mint("root/a", "doc.md", &app.editor("ann"));
    let told = browser(
        "share-by-keyboard",
        &bookmark(&app, &key),
        &["--type", "by hand"],
    );
    assert_eq!(app.tree.read("root/a/doc.md"), b"# A document\nby hand");
    assert_eq!(
        (&told["first"], &told["at"], &told["within"], &told["back"]),
        (
            &json!("share-rights"),
            &json!("share-at"),
            &json!("share-dialog"),
            &json!("share")
        )
    );
    let allows = told["allows"].as_str().expect("a sentence");
    assert!(allows.contains("view and change"), "{allows}");
    assert!(allows.contains("11:59"), "{allows}");
    let link = told["link"].as_str().expect("a link");
    let (_, made) = link.split_once('=').expect("a key");
    assert!(keyfile::record(&app.tree.keys(), made).is_null(), "revoked");
}

#[test]
fn what_is_wrong_with_a_wish_is_said_beside_the_field_that_it_is_about() {
    let app = app(|_| ());
    let key = app.mint("root/a", "doc.md", &app.editor("ann"));
    let lines = [
        "ends=at",
        "ends=at,at=2020-01-01T00:00",
        "ends=at,at=2100-01-01T00:00",
        "passphrase=short",
        "uses=0",
        "rights=edit",
    ];
    let url = bookmark(&app, &key);
    let told = browser("share-refused", &url, &["--type", &lines.join("\n")]);
    let told = told["told"].as_array().expect("a list");
    for (line, field) in [
        (0, "share-at"),
        (1, "share-at"),
        (2, "share-at"),
        (3, "share-passphrase"),
        (4, "share-uses"),
    ] {
        let said = &told[line];
        assert_eq!(said["made"], 0, "{said}");
        assert_eq!(said["focus"], field, "{said}");
        assert_eq!(said["invalid"], json!([field]), "{said}");
    }
    assert_eq!(told[5]["made"], 1, "{told:?}");
    let of = |line: usize| told[line]["said"].as_str().expect("a text").to_owned();
    let said: std::collections::BTreeSet<String> = (0..5).map(of).collect();
    assert_eq!(said.len(), 5, "each has its own words: {said:?}");
}

#[test]
fn what_the_server_refuses_is_told_in_words() {
    let app = app(|_| ());
    let jar = app.editor("ann");
    let key = app.mint("root/a", "doc.md", &jar);
    // A link for certain browsers was seen above; one that has four above it:
    let mut last = key.clone();
    for _ in 0..4 {
        last = child(&app, &last, &json!({}));
    }
    let said = refused(&app, &last, &["rights=view"]);
    assert!(said[0].contains("no more can be made below it"), "{said:?}");
    // One with as many below it as there may be.
    let full = app.mint("root/a", "new.md", &jar);
    app.create(&full, b"x").expect(204);
    for _ in 0..100 {
        child(&app, &full, &json!({}));
    }
    let said = refused(&app, &full, &["rights=view"]);
    assert!(said[0].contains("as many links"), "{said:?}");
}

#[test]
fn a_link_for_one_visitor_is_not_passed_on() {
    let app = app(|settings| settings["keys"]["bind"] = json!("visitor"));
    let folder = app.tree.at("root/a");
    let file = json!({"dirname": folder, "basename": "doc.md"});
    let granted = app.host_grant(&json!({"user": "ann", "directories": [folder], "file": file}));
    let granted = granted.expect(201).json();
    let sent = granted["url"].as_str().expect("an address");
    let told = browser("share-refused", sent, &["--type", ""]);
    let said = told["told"][0]["said"].as_str().expect("a text");
    assert!(said.contains("works for you alone"), "{said}");
    assert_eq!(told["told"][0]["fields"], 0);
}

#[test]
fn where_every_link_has_a_passphrase_the_dialog_asks_for_one() {
    let app = app(|settings| {
        settings["keys"]["require_passphrase"] = json!(true);
        settings["limits"]["new_keys_per_minute"] = json!(2);
    });
    let key = app.tree.hand_made("root/a", "doc.md", &json!({}));
    let with = format!("passphrase={PASSPHRASE}");
    let said = refused(&app, &key, &["rights=view", &with, &with]);
    assert!(said[0].contains("every link has a passphrase"), "{said:?}");
    assert_eq!(said[1], "", "made");
    assert!(said[2].contains("Too many links"), "{said:?}");
}

#[test]
fn without_a_network_nothing_is_made_and_it_says_so() {
    let app = app(|_| ());
    let key = app.mint("root/a", "doc.md", &app.editor("ann"));
    let told = browser("share-unreachable", &bookmark(&app, &key), &[]);
    let said = told["said"].as_str().expect("a text");
    assert!(said.contains("could not be reached"), "{said}");
}
