//! The parts of the editor with one another, in a real browser: drafts and encodings, a link that is narrowed and a file that
//! changes, uploads and somebody who was faster, merges and going back to the saved text.

use serde_json::json;

use crate::merged::{BASE, FILE, TYPED, app, app_with, bookmark, replaced, text, told};
use crate::support::keyfile;

#[test]
fn a_draft_comes_back_as_its_file_was_read_and_converted() {
    let app = app();
    app.tree.write(FILE, b"caf\xe9\n");
    let more = ["--type", "na\u{ef}ve\n", "--choice", "5 \u{2192} 6\n"];
    let told = told(&app, "encoded-draft", &bookmark(&app, "edit"), &more, &[]);
    let unsaved = "Unsaved changes";
    let back =
        json!({"text": "caf\u{e9}\nna\u{ef}ve\n", "encoding": "windows-1252", "state": unsaved});
    assert_eq!(told["back"], back);
    let all = "caf\u{e9}\nna\u{ef}ve\n5 \u{2192} 6\n";
    let converted = json!({"text": all, "encoding": "UTF-8", "state": unsaved});
    assert_eq!(told["converted"], converted);
    let thrown = json!({"text": "caf\u{e9}\n", "encoding": "windows-1252"});
    assert_eq!(told["thrown"], thrown);
    assert_eq!(text(&app), all);
}

#[test]
fn a_text_that_may_only_be_read_any_more_follows_the_file_and_is_nobodys_draft() {
    let app = app();
    app.tree.write(FILE, BASE);
    let key = app.tree.hand_made("root/a", "doc.md", &json!({}));
    let url = format!("http://{}/?accesskey={key}", app.address);
    let once = format!("once\n{BASE}mine\n");
    let twice = format!("once\n{BASE}mine\ntwice\n");
    let told = told(
        &app,
        "narrowed-and-changed",
        &url,
        &[],
        &[
            ("narrowed", &|| {
                let mut record = keyfile::record(&app.tree.keys(), &key);
                record["rights"] = json!("view");
                keyfile::append(&app.tree.keys(), &keyfile::id(&key), &record);
            }),
            ("once", &|| replaced(&app, &once)),
            ("twice", &|| replaced(&app, &twice)),
        ],
    );
    assert_eq!(told["text"], twice);
    assert_eq!(told["state"], "View only");
    assert_eq!(told["kept"], false, "nobody wrote anything");
    assert_eq!(told["notice"], false, "nothing comes back");
}

#[test]
fn an_upload_is_refused_where_somebody_was_faster() {
    let app = app();
    app.tree.write(FILE, [0, 255, 1, 2]);
    let told = told(
        &app,
        "replaced-late",
        &bookmark(&app, "edit"),
        &["--type", "uploaded\n"],
        &[("changed", &|| replaced(&app, "faster\n"))],
    );
    assert_eq!(told["text"], "faster\n", "{told}");
    assert_eq!(text(&app), "faster\n");
}

#[test]
fn a_file_that_was_too_large_for_a_while_is_shown_again() {
    let app = app_with(|settings| settings["limits"]["body"] = json!("4KiB"));
    app.tree.write(FILE, BASE);
    let told = told(
        &app,
        "grown-and-small",
        &bookmark(&app, "edit"),
        &[],
        &[
            ("large", &|| replaced(&app, "large\n".repeat(1000))),
            ("small", &|| replaced(&app, "small again\n")),
        ],
    );
    assert_eq!(told["left"]["save"], false, "{told}");
    assert_eq!(text(&app), "small again\nand edited\n");
}

#[test]
fn going_back_to_the_saved_text_keeps_what_was_merged_into_it() {
    let app = app();
    app.tree.write(FILE, BASE);
    let theirs = BASE.replace("two", "TWO");
    let told = told(
        &app,
        "merged-and-reverted",
        &bookmark(&app, "edit"),
        &TYPED,
        &[("changed", &|| replaced(&app, &theirs))],
    );
    let reverted = json!({"text": theirs, "notice": false, "marked": 0});
    assert_eq!(told["reverted"], reverted);
    assert_eq!(told["undone"], format!("{theirs}mine\n"));
}
