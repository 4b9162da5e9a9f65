//! The life of a link in a real browser: one that is opened once, one with a passphrase, one that ends or is narrowed while
//! somebody writes. What happens elsewhere meanwhile is done by another process.

use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::story::browser;
use crate::support::beside::free_address;
use crate::support::unlock::{PASSPHRASE, claims, locked};
use crate::support::{TestApp, eventually, hash_text, keyfile};

fn app() -> TestApp {
    let address = free_address();
    TestApp::with(|settings| {
        settings["listen"] = json!([address.to_string()]);
        settings["public_url"] = json!(format!("http://{address}/"));
    })
}

fn bookmark(app: &TestApp, key: &str) -> String {
    format!("http://{}/?accesskey={key}", app.address)
}

/// The story of somebody who writes while `meanwhile` happens; also when that was over, in milliseconds.
fn while_writing(app: &TestApp, urls: &str, meanwhile: impl FnOnce() + Send) -> (Value, u128) {
    let ready = app.tree.path.join("log/ready");
    let name = ready.to_str().expect("UTF-8");
    let more = ["--type", "not saved yet\n", "--ready", name];
    thread::scope(|scope| {
        let done = scope.spawn(|| {
            eventually("somebody writes", Duration::from_secs(60), || {
                ready.exists()
            });
            meanwhile();
            jiff::Timestamp::now().as_millisecond()
        });
        let told = browser("ended", urls, &more);
        let done = u128::try_from(done.join().expect("it happened")).expect("after 1970");
        (told, done)
    })
}

/// Told within a second of the deed's being done, its own start counted in.
#[track_caller]
fn in_time(told: &Value, done: u128) {
    let at = u128::from(told["at"].as_u64().expect("a time"));
    assert!(at < done + 1000, "{} ms late: {told}", at - done);
}

const WRITTEN: &str = "# A document\nnot saved yet\n";

#[test]
fn a_link_that_is_revoked_while_somebody_writes_takes_no_text_along() {
    let app = app();
    let (key, other) = (
        app.cli_mint("root/a/doc.md"),
        app.tree.hand_made("root/a", "doc.md", &json!({})),
    );
    let urls = format!("{}\n{}", bookmark(&app, &key), bookmark(&app, &other));
    let (told, done) = while_writing(&app, &urls, || {
        let revoked = app.cli(&["keys", "revoke", &hash_text(&key)], "");
        assert!(revoked.status.success(), "{revoked:?}");
    });
    in_time(&told, done);
    assert_eq!(told["state"], "Link ended");
    assert_eq!(told["text"], WRITTEN, "it stays in sight");
    assert_eq!(
        (told["editable"].as_bool(), told["save"].as_bool()),
        (Some(false), Some(false))
    );
    assert_eq!(told["downloaded"], WRITTEN);
    assert_eq!(told["put"]["before"], "# A document\n", "nothing was saved");
    assert_eq!(told["put"]["text"], WRITTEN);
    assert_eq!(told["put"]["state"], "Unsaved changes");
    assert_eq!(told["again"], false, "what was saved is not offered again");
    assert_eq!(app.tree.read("root/a/doc.md"), WRITTEN.as_bytes());
}

#[test]
fn a_link_that_is_narrowed_while_somebody_writes_leaves_the_text_to_read_and_to_download() {
    let app = app();
    let hand = || app.tree.hand_made("root/a", "doc.md", &json!({}));
    let (key, other) = (hand(), hand());
    let urls = format!("{}\n{}", bookmark(&app, &key), bookmark(&app, &other));
    let (told, done) = while_writing(&app, &urls, || {
        let mut record = keyfile::record(&app.tree.keys(), &key);
        record["rights"] = json!("view");
        keyfile::append(&app.tree.keys(), &keyfile::id(&key), &record);
    });
    in_time(&told, done);
    assert_eq!(told["state"], "View only");
    assert_eq!(told["text"], WRITTEN);
    assert_eq!(told["editable"], false);
    assert_eq!(told["downloaded"], WRITTEN);
    assert_eq!(told["put"]["text"], WRITTEN);
}

#[test]
fn a_one_use_link_is_opened_by_one_browser_and_not_by_its_preview() {
    let app = app();
    let key = app.tree.hand_made("root/a", "doc.md", &json!({"uses": 1}));
    let told = browser("one-use", &bookmark(&app, &key), &["--type", "mine\n"]);
    assert_eq!(told["looked"], json!([200, 200]));
    assert_eq!(told["asked"]["title"], "Open this link?");
    assert_eq!(told["asked"]["scripts"], 0);
    let text = told["asked"]["text"].as_str().expect("a text");
    assert!(!text.contains("doc.md"), "{text}");
    assert_eq!(
        (told["same"].as_bool(), told["refused"].as_u64()),
        (Some(true), Some(403))
    );
    assert_eq!(told["state"], "Saved");
    assert_eq!(claims(&keyfile::record(&app.tree.keys(), &key)), (0, 1));
    assert_eq!(app.tree.read("root/a/doc.md"), b"# A document\nmine\n");
}

#[test]
fn a_passphrase_is_typed_once_a_browser() {
    let app = app();
    let key = locked(&app);
    let told = browser(
        "passphrase",
        &bookmark(&app, &key),
        &["--password", PASSPHRASE],
    );
    assert_eq!(told["asked"]["focused"], true);
    let text = told["asked"]["text"].as_str().expect("a text");
    assert!(!text.contains("doc.md"), "{text}");
    assert_eq!(told["alert"], "That is not the passphrase of this link.");
    assert_eq!(told["text"], "# A document\n");
}
