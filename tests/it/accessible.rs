//! What every reader meets, in a real browser: axe finds nothing on any page, in light and dark, on a phone and on a desk, at
//! four times the size; nothing scrolls sideways or is too small to hit; right-to-left texts, input methods, focus, stillness
//! and the system's own colours.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::admin::tree;
use crate::story::browser;
use crate::support::beside::free_address;
use crate::support::sign_in::PASSWORD;
use crate::support::unlock::{claimable, locked};
use crate::support::wire::encode;
use crate::support::{TestApp, Tree};

const PHONE: [&[&str]; 2] = [&["--width", "360"], &["--width", "360", "--dark"]];
const DESK: [&[&str]; 2] = [&["--width", "1440"], &["--width", "1440", "--dark"]];
/// A window of 1280 px at 400 %.
const ENLARGED: &[&str] = &["--width", "320"];

fn settled(settings: &mut Value) {
    let address = free_address();
    settings["listen"] = json!([address.to_string()]);
    settings["public_url"] = json!(format!("http://{address}/"));
}

pub(crate) fn app() -> TestApp {
    TestApp::with(settled)
}

/// A bookmark of this file, made by hand.
pub(crate) fn bookmark(app: &TestApp, basename: &str, more: &Value) -> String {
    let key = app.tree.hand_made("root/a", basename, more);
    format!("http://{}/?accesskey={key}", app.address)
}

#[track_caller]
pub(crate) fn finds_nothing(story: &str, urls: &str, more: &[&str], look: &[&str]) -> Value {
    let more = [more, look].concat();
    let told = browser(story, urls, &more);
    let found = told["found"].as_array().expect("a list");
    assert!(found.is_empty(), "{look:?}: {found:#?}");
    told
}

#[test]
fn axe_finds_nothing_in_any_state_of_the_editor_on_a_phone() {
    editor(&PHONE);
}

#[test]
fn axe_finds_nothing_in_any_state_of_the_editor_on_a_desk() {
    editor(&DESK);
}

#[test]
fn axe_finds_nothing_in_any_state_of_the_editor_at_four_times_the_size() {
    editor(&[ENLARGED]);
}

fn editor(looks: &[&[&str]]) {
    for look in looks {
        let app = app();
        let long = "A line that goes on and on, and on, and on.\n".repeat(2_000);
        app.tree.write("root/a/long.md", long);
        app.tree.write("root/a/empty.md", "");
        app.tree.write("root/a/binary.bin", b"\x00\xff\x00binary");
        app.tree.write("root/a/עברית.md", "שלום עולם\n");
        let mut urls = vec![bookmark(&app, "doc.md", &json!({}))];
        urls.push(bookmark(&app, "doc.md", &json!({"rights": "view"})));
        for name in ["long.md", "empty.md", "binary.bin", "עברית.md", "new.md"] {
            urls.push(bookmark(&app, name, &json!({})));
        }
        let told = finds_nothing("accessible-editor", &urls.join("\n"), &[], look);
        assert_eq!(told["files"], 5);
    }
}

/// Everything that somebody who is signed in comes to, and what stands before a link.
fn pages(look: &[&str]) {
    let tree: Arc<Tree> = tree(60, settled);
    let app = TestApp::on(tree);
    let base = format!("http://{}/", app.address);
    let folder = encode(&app.tree.at("root/a"));
    let paths = [
        "start ./".to_owned(),
        "signed in login".to_owned(),
        "none of them keys?q=nothing".to_owned(),
        "all keys admin".to_owned(),
        "searched admin?q=f0&state=live&dir=%2Fsrv".to_owned(),
        "new key admin/new".to_owned(),
        "prune admin/prune".to_owned(),
        "visitors admin/visitor".to_owned(),
        "a visitor admin/visitor?visitor=users%3Aann".to_owned(),
        "refused ?accesskey=AAAAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        "malformed redirect?dirname=x".to_owned(),
        format!("made redirect?dirname={folder}&basename=doc.md"),
        "own keys keys".to_owned(),
    ];
    let directory = json!({"scope": "directory"});
    let mut urls = vec![format!("{base}login")];
    for key in [
        locked(&app),
        claimable(&app, 1),
        app.tree.hand_made("root", "a", &directory),
    ] {
        urls.push(format!("{base}?accesskey={key}"));
    }
    let typed = paths.join("\n");
    let more = ["--user", "root", "--password", PASSWORD, "--type", &typed];
    let told = finds_nothing("accessible-pages", &urls.join("\n"), &more, look);
    assert_eq!(told["key"], true, "a key was looked at");
    assert_eq!(told["bookmarks"], 2);
}

#[test]
fn axe_finds_nothing_on_the_pages_of_a_phone() {
    for look in PHONE {
        pages(look);
    }
}

#[test]
fn axe_finds_nothing_on_the_pages_at_four_times_the_size() {
    pages(ENLARGED);
}

#[test]
fn axe_finds_nothing_on_the_pages_of_a_desk() {
    for look in DESK {
        pages(look);
    }
}

#[test]
fn texts_that_run_from_right_to_left_do_so_line_by_line_and_are_saved_as_they_are() {
    let app = app();
    app.tree
        .write("root/a/שלום.md", "שלום עולם\nplain\nمرحبا\n\nabc עברית\n");
    let url = bookmark(&app, "שלום.md", &json!({}));
    let told = browser("right-to-left", &url, &["--type", "ב"]);
    assert_eq!(
        told["before"],
        json!([
            "rtl שלום עולם",
            "ltr plain",
            "rtl مرحبا",
            "ltr ",
            "ltr abc עברית",
            "ltr "
        ])
    );
    assert_eq!(told["head"], "rtl", "the file's name too");
    assert!(told["moved"].as_f64().is_some_and(|px| px < -4.0), "{told}");
    assert_eq!(
        app.tree.read("root/a/שלום.md"),
        "שלבום עולם\nplain\nمرحبا\n\nabc עברית\n".as_bytes()
    );
}

#[test]
fn what_an_input_method_composes_is_saved_once_and_whole() {
    let app = app();
    let url = bookmark(&app, "doc.md", &json!({}));
    let told = browser("composed", &url, &[]);
    assert_eq!(told["during"]["text"], "# A document\n漢字");
    assert_eq!(
        app.tree.read("root/a/doc.md"),
        "# A document\n漢字한".as_bytes()
    );
}

#[test]
fn the_focus_stays_in_a_dialog_comes_back_from_it_and_leaves_the_text_by_escape() {
    let app = app();
    let told = browser("focus", &bookmark(&app, "doc.md", &json!({})), &[]);
    let inside = told["inside"].as_array().expect("a list");
    assert!(inside.iter().all(|step| step == true), "{told}");
    assert_eq!(told["back"], "share");
    assert_eq!((&told["text"], &told["left"]), (&json!(true), &json!(true)));
}

#[test]
fn nothing_moves_where_that_is_asked_for() {
    let app = app();
    let told = browser("still", &bookmark(&app, "doc.md", &json!({})), &["--still"]);
    assert_eq!(told["moving"], json!([]));
}

#[test]
fn in_the_systems_own_colours_everything_is_told_apart() {
    let app = app();
    for dark in [&[][..], &["--dark"]] {
        let url = bookmark(&app, "doc.md", &json!({}));
        let told = finds_nothing("forced", &url, &["--forced"], dark);
        assert_eq!(told["active"], true);
        let edges = told["edges"].as_array().expect("a list");
        assert!(!edges.is_empty() && edges.iter().all(|edge| edge == "solid"));
        assert_eq!(told["outline"], "solid");
        let selection = told["selection"].as_str().expect("a colour");
        assert!(
            !["rgba(0, 0, 0, 0)", "rgb(255, 255, 255)", "rgb(0, 0, 0)"].contains(&selection),
            "what is chosen can be seen: {selection}"
        );
        assert_eq!(told["qr"], "rgb(0, 0, 0)", "a camera reads no other");
    }
}
