//! What a browser keeps of a text that is not saved, and what it does not: reloads, tabs of one bookmark, a browser that
//! keeps nothing, and everything forgotten on purpose.

use serde_json::json;

use crate::never_lost::{FIRST, TYPED, WRITTEN, app, link, saved};
use crate::story::browser;

#[test]
fn a_reload_brings_the_text_back_and_it_can_be_thrown_away() {
    let app = app();
    let (bookmark, _) = link(&app);
    let told = browser("reload", &bookmark, &["--type", TYPED]);
    assert_eq!(told["back"]["text"], WRITTEN);
    assert_eq!(told["back"]["state"], "Unsaved changes");
    assert_eq!(
        (told["undone"].as_str(), told["redone"].as_str()),
        (Some(FIRST), Some(WRITTEN))
    );
    assert_eq!(told["thrown"], FIRST);
    assert_eq!(
        (told["left"].as_bool(), told["again"].as_bool()),
        (Some(true), Some(false))
    );
    assert_eq!(saved(&app), FIRST);
}

#[test]
fn two_tabs_know_of_each_other_and_keep_a_draft_each() {
    let app = app();
    let (bookmark, _) = link(&app);
    let told = browser("tabs", &bookmark, &["--type", "x\n"]);
    assert_eq!(
        told["both"],
        json!({"stored": 2, "one": format!("{FIRST}one x\n"), "two": format!("{FIRST}two x\n")})
    );
    assert_eq!(
        told["back"],
        format!("{FIRST}two x\n"),
        "that of the closed tab"
    );
    let mine = json!({"text": format!("{FIRST}one x\n"), "state": "Unsaved changes", "stored": 1, "offered": false});
    assert_eq!(told["mine"], mine, "the open one keeps its own");
    assert_eq!(told["left"], true);
    let taken = format!("{FIRST}two x\nthree\n");
    assert_eq!(
        told["taken"],
        json!({"text": taken, "state": "Saved"}),
        "what one saves the other shows"
    );
    assert_eq!(told["newest"], format!("{taken}five\n"));
    assert_eq!(told["older"], told["newest"], "offered, and not put in");
    assert_eq!(told["end"], true);
}

#[test]
fn a_browser_that_keeps_nothing_says_so_once_and_warns() {
    let app = app();
    let (bookmark, _) = link(&app);
    let told = browser("storage-refused", &bookmark, &["--type", TYPED]);
    assert_eq!(told["quiet"], false, "who only reads is not bothered");
    assert!(
        told["told"]
            .as_str()
            .is_some_and(|text| text.contains("lost with this window")),
        "{told}"
    );
    assert_eq!(
        (told["again"].as_bool(), told["fact"].as_bool()),
        (Some(false), Some(false))
    );
    assert_eq!(told["warned"], "beforeunload");
}

#[test]
fn what_is_forgotten_on_this_device_is_gone_in_all_tabs() {
    let app = app();
    let (bookmark, _) = link(&app);
    let told = browser("forget", &bookmark, &["--type", TYPED]);
    assert_eq!(
        (told["left"].as_bool(), told["after"].as_bool()),
        (Some(true), Some(true))
    );
    assert_eq!(
        told["before"],
        format!("{WRITTEN}still typed\n"),
        "it stays in sight"
    );
    assert_eq!(told["warned"], "beforeunload");
    assert_eq!(
        (told["text"].as_str(), told["notice"].as_bool()),
        (Some(FIRST), Some(false))
    );
}

#[test]
fn all_files_are_forgotten_at_once() {
    let app = app();
    let (bookmark, _) = link(&app);
    let key = app.tree.hand_made("root/a/deep", "x.md", &json!({}));
    let other = format!("http://{}/?accesskey={key}", app.address);
    let told = browser(
        "forget-all",
        &format!("{bookmark}\n{other}"),
        &["--type", TYPED],
    );
    assert_eq!(
        (told["before"].as_u64(), told["databases"].as_u64()),
        (Some(2), Some(0))
    );
    assert_eq!(told["text"], format!("deep\n{TYPED}still typed\n"));
}

#[test]
fn a_text_that_a_former_version_kept_is_offered() {
    let app = app();
    let (bookmark, _) = link(&app);
    let told = browser(
        "former-version",
        &bookmark,
        &["--type", "kept by the former\nversion\n"],
    );
    assert_eq!(told["put"], "kept by the former\nversion\n");
    assert_eq!(told["left"], true);
    assert_eq!(saved(&app), "kept by the former\nversion\n");
}
