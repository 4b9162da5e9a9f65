//! Never lose a word: a real browser, killed, cut off and closed with text that is not saved; a real server that goes and a
//! disk that is full. What is kept in the browser meanwhile is looked at, and is gone when the server has it.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::steps::{Steps, beside, stop};
use crate::story::browser;
use crate::support::beside::free_address;
use crate::support::mount::Mount;
use crate::support::{TestApp, Tree, eventually, keyfile};

pub(crate) const FIRST: &str = "# A document\n";
pub(crate) const TYPED: &str = "not saved yet\n";
pub(crate) const WRITTEN: &str = "# A document\nnot saved yet\n";
/// Longest that one step of a story takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A tree whose server stays at one address, also when it is started again.
pub(crate) fn tree() -> Tree {
    let address = free_address();
    Tree::with(|settings| {
        settings["listen"] = json!([address.to_string()]);
        settings["public_url"] = json!(format!("http://{address}/"));
    })
}

pub(crate) fn app() -> TestApp {
    TestApp::on(Arc::new(tree()))
}

/// A key of the document, made by hand, and its bookmark.
pub(crate) fn link(app: &TestApp) -> (String, String) {
    let key = app.tree.hand_made("root/a", "doc.md", &json!({}));
    (
        format!("http://{}/?accesskey={key}", app.address),
        key.clone(),
    )
}

pub(crate) fn saved(app: &TestApp) -> String {
    String::from_utf8(app.tree.read("root/a/doc.md")).expect("UTF-8")
}

#[test]
fn a_browser_that_is_killed_brings_the_text_back_to_the_last_key() {
    let app = app();
    let (bookmark, key) = link(&app);
    let typed = "Typed key by key, umlauts äöü and all;\nthen the browser was killed.";
    let told = browser("killed", &bookmark, &["--type", typed]);
    assert_eq!(told["own"], json!([]), "the console");
    let back = format!("{FIRST}{typed}");
    assert_eq!(told["back"]["text"], back);
    assert_eq!(told["back"]["state"], "Unsaved changes");

    let text = told["midst"]["text"].as_str().expect("a text");
    let digits = text.strip_prefix(&back).expect("what had come back before");
    let all = |count: usize| {
        (0..count)
            .map(|at| char::from_digit(u32::try_from(at % 10).unwrap_or(0), 10).unwrap_or(' '))
            .collect::<String>()
    };
    assert_eq!(digits, all(digits.len()), "no key twice, none left out");
    let acknowledged = told["midst"]["acknowledged"].as_u64().expect("a count");
    assert!(digits.len() as u64 >= acknowledged, "{told}");

    let kept = told["kept"].to_string();
    assert!(kept.contains("Typed"), "{kept}");
    assert!(!kept.contains(&key), "the key is kept in the browser");
    assert!(!kept.contains(&app.tree.at("root/a")), "a place is kept");
    assert_eq!(told["saved"]["left"], true);
    assert_eq!(told["saved"]["notice"], false);
    assert_eq!(saved(&app), text);
}

#[test]
fn a_server_that_goes_while_it_saves_gets_the_text_when_it_is_back() {
    let tree = Arc::new(tree());
    let app = TestApp::on(Arc::clone(&tree));
    let (bookmark, _) = link(&app);
    let steps = Steps::of(&tree);
    let (told, app) = beside("server-gone", &bookmark, &steps, || {
        // It takes the save and never answers.
        steps.at("typed", || stop(&app));
        steps.wait("saving");
        drop(app);
        steps.wait("told");
        TestApp::on(tree)
    });
    assert_eq!(told["failing"]["state"], "Not saved");
    assert_eq!(told["failing"]["kept"], true);
    let notice = told["failing"]["notice"].as_str().expect("a text");
    assert!(notice.contains("Try now"), "{notice}");
    assert_eq!(told["state"], "Saved");
    assert_eq!(told["left"], true);
    assert_eq!(saved(&app), format!("{WRITTEN}and more\n"));
}

#[test]
fn what_was_asked_to_be_saved_offline_is_saved_when_the_line_is_back() {
    let app = app();
    let (bookmark, key) = link(&app);
    let told = browser("offline", &bookmark, &["--type", TYPED]);
    assert_eq!(told["before"], "");
    assert_eq!(told["cut"]["state"], "Not saved");
    let kept = told["cut"]["kept"].as_str().expect("a dump");
    assert!(
        kept.contains("not saved yet") && !kept.contains(&key),
        "{kept}"
    );
    assert_eq!(
        (told["after"].as_bool(), told["left"].as_bool()),
        (Some(false), Some(true))
    );
    assert_eq!(saved(&app), WRITTEN);
}

#[test]
fn a_full_disk_keeps_the_text_in_the_window_until_there_is_room() {
    let tree = Arc::new(tree());
    let small = Mount::small(&tree.path.join("root/a"), 64);
    tree.write("root/a/doc.md", FIRST);
    let app = TestApp::on(Arc::clone(&tree));
    let (bookmark, _) = link(&app);
    let steps = Steps::of(&tree);
    let filler = tree.path.join("root/a/filler");
    let (told, ()) = beside("full-disk", &bookmark, &steps, || {
        steps.at("typed", || fill(&filler));
        steps.at("full", || fs::remove_file(&filler).expect("the removal"));
    });
    assert!(
        told["failed"]
            .as_array()
            .is_some_and(|all| all.contains(&json!("507 /api/file"))),
        "{told}"
    );
    let notice = told["full"]["notice"].as_str().expect("a text");
    assert!(
        notice.contains("disk is full") && notice.contains("Download a copy"),
        "{notice}"
    );
    assert_eq!(told["full"]["text"], WRITTEN);
    assert_eq!(
        (told["notice"].as_bool(), told["left"].as_bool()),
        (Some(false), Some(true))
    );
    assert_eq!(saved(&app), WRITTEN);
    drop((app, small));
}

fn fill(filler: &Path) {
    let mut filler = fs::File::create(filler).expect("a file");
    while std::io::Write::write_all(&mut filler, &[0; 512]).is_ok() {}
}

#[test]
fn a_text_comes_back_into_what_the_file_has_become() {
    let app = app();
    let (bookmark, _) = link(&app);
    app.tree.write("root/a/doc.md", "first\nsecond\nthird\n");
    let steps = Steps::of(&app.tree);
    let (told, ()) = beside("changed-elsewhere", &bookmark, &steps, || {
        let elsewhere = "FIRST\nsecond\nthird\n";
        steps.at("closed", || app.tree.write("root/a/doc.md", elsewhere));
    });
    let both = format!("FIRST\nsecond\nthird\n{TYPED}");
    assert_eq!(
        told["merged"],
        json!({"text": both, "state": "Unsaved changes"})
    );
    assert_eq!(told["thrown"], "FIRST\nsecond\nthird\n");
    assert_eq!(
        (told["text"].as_str(), told["left"].as_bool()),
        (Some(both.as_str()), Some(true))
    );
    assert_eq!(saved(&app), both);
}

#[test]
fn a_text_is_offered_where_the_file_has_changed_in_the_same_place() {
    let app = app();
    let (bookmark, _) = link(&app);
    let steps = Steps::of(&app.tree);
    let (told, ()) = beside("changed-since", &bookmark, &steps, || {
        steps.at("closed", || app.tree.write("root/a/doc.md", "# Another\n"));
    });
    assert_eq!(
        told["offered"],
        json!({"text": "# Another\n", "state": "Saved"})
    );
    assert_eq!(
        told["put"],
        json!({"text": WRITTEN, "state": "Unsaved changes"})
    );
    assert_eq!(told["left"], true);
    assert_eq!(saved(&app), WRITTEN);
}

#[test]
fn a_text_can_be_had_where_the_file_cannot() {
    let app = app();
    let (bookmark, _) = link(&app);
    let told = browser("not-loaded", &bookmark, &["--type", TYPED]);
    assert_eq!(told["downloaded"], WRITTEN);
    assert_eq!(told["text"], WRITTEN, "and it is back when the file is");
}

#[test]
fn a_link_that_ends_by_its_own_time_leaves_the_text_to_another_link() {
    let app = app();
    let (bookmark, key) = link(&app);
    let (other, _) = link(&app);
    let ready = app.tree.path.join("log/ready");
    let more = ["--type", TYPED, "--ready", ready.to_str().expect("UTF-8")];
    let told = thread::scope(|scope| {
        scope.spawn(|| {
            eventually("somebody writes", PATIENCE, || ready.exists());
            let mut record = keyfile::record(&app.tree.keys(), &key);
            let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(2);
            record["expires"] = json!(soon.to_string());
            keyfile::append(&app.tree.keys(), &keyfile::id(&key), &record);
        });
        browser("ended", &format!("{bookmark}\n{other}"), &more)
    });
    assert_eq!(told["state"], "Link ended");
    assert_eq!(told["downloaded"], WRITTEN);
    assert_eq!(told["put"]["text"], WRITTEN);
    assert_eq!(told["again"], false);
    assert_eq!(saved(&app), WRITTEN);
}

#[test]
fn it_is_saved_without_being_asked_only_where_that_was_chosen() {
    let app = app();
    let (bookmark, _) = link(&app);
    let told = browser("autosave", &bookmark, &["--type", TYPED]);
    assert_eq!(
        (told["off"].as_str(), told["typing"].as_str()),
        (Some("Unsaved changes"), Some("Unsaved changes"))
    );
    assert_eq!(told["back"], "Unsaved changes", "it is looked at first");
    assert_eq!(told["left"], true);
    assert_eq!(saved(&app), format!("{WRITTEN}paused\nleft\n"));
}
