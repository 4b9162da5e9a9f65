//! A file that changes elsewhere while it is open in a real browser, and how: it goes and comes back, becomes what is no text,
//! too large, or another encoding; while a character is composed; for who may only view.

use std::fs;

use serde_json::json;

use crate::merged::{BASE, FILE, TYPED, app, app_with, bookmark, replaced, text, told};

#[test]
fn a_character_that_is_being_composed_is_left_alone() {
    let app = app();
    app.tree.write(FILE, BASE);
    let told = told(
        &app,
        "composing",
        &bookmark(&app, "edit"),
        &[],
        &[("changed", &|| {
            replaced(&app, format!("from elsewhere\n{BASE}"));
        })],
    );
    assert_eq!(told["meanwhile"], format!("{BASE}にほ"));
    assert_eq!(told["text"], format!("from elsewhere\n{BASE}日本"));
    assert_eq!(text(&app), format!("from elsewhere\n{BASE}日本"));
}

fn utf16(text: &str) -> Vec<u8> {
    let units = text.encode_utf16().flat_map(u16::to_le_bytes);
    [0xff, 0xfe].into_iter().chain(units).collect()
}

#[test]
fn a_file_that_goes_comes_back_or_becomes_another_kind_is_shown_as_what_it_is() {
    let app = app_with(|settings| settings["limits"]["body"] = json!("4KiB"));
    app.tree.write(FILE, BASE);
    let told = told(
        &app,
        "kinds",
        &bookmark(&app, "edit"),
        &[],
        &[
            ("deleted", &|| {
                fs::remove_file(app.tree.path.join(FILE)).expect("removed");
            }),
            ("back", &|| {
                app.tree.write(FILE, "back again\n");
            }),
            ("binary", &|| replaced(&app, [0, 255, 1, 2])),
            ("utf-16", &|| replaced(&app, utf16("wide\n"))),
            ("large", &|| replaced(&app, "large\n".repeat(1000))),
            ("small", &|| replaced(&app, "small again\n")),
        ],
    );
    assert_eq!(told["kept"]["text"], BASE);
    assert_eq!(
        told["kept"]["state"], "Unsaved changes",
        "it is nowhere else"
    );
    assert_eq!(told["back"], json!({"notice": false, "state": "Saved"}));
    assert_eq!(told["utf16"]["text"], "wide\n");
    assert_eq!(told["left"], false, "nothing to save is left of before");
    assert_eq!(text(&app), "small again\nand edited\n");
}

#[test]
fn what_is_unsaved_stays_whatever_the_file_becomes() {
    let app = app_with(|settings| settings["limits"]["body"] = json!("4KiB"));
    app.tree.write(FILE, BASE);
    let told = told(
        &app,
        "kinds-unsaved",
        &bookmark(&app, "edit"),
        &TYPED,
        &[
            ("large", &|| replaced(&app, "large\n".repeat(1000))),
            ("binary", &|| replaced(&app, [0, 255, 1, 2])),
            ("deleted", &|| {
                fs::remove_file(app.tree.path.join(FILE)).expect("removed");
            }),
        ],
    );
    assert_eq!(told["text"], format!("{BASE}mine\n"));
    assert_eq!(text(&app), format!("{BASE}mine\n"));
}

#[test]
fn who_may_only_view_sees_the_file_as_it_becomes() {
    let app = app();
    app.tree.write(FILE, BASE);
    let theirs = format!("from elsewhere\n{BASE}");
    let told = told(
        &app,
        "viewed",
        &bookmark(&app, "view"),
        &[],
        &[("changed", &|| replaced(&app, &theirs))],
    );
    assert_eq!(
        (&told["text"], &told["downloaded"]),
        (&json!(theirs), &json!(theirs))
    );
    assert_eq!(
        (&told["state"], &told["others"]),
        (&json!("View only"), &json!(false))
    );
}
