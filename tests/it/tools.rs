//! The tools around the text, in a real browser: what is found by name, and files that are no text or too large to be one.

use serde_json::{Value, json};

use crate::story::browser;
use crate::support::TestApp;
use crate::support::beside::free_address;

pub(crate) fn app() -> TestApp {
    let address = free_address();
    TestApp::with(|settings| {
        settings["listen"] = json!([address.to_string()]);
        settings["public_url"] = json!(format!("http://{address}/"));
    })
}

/// A story about `root/a/NAME`, which holds these bytes at its beginning.
#[track_caller]
pub(crate) fn told(
    app: &TestApp,
    story: &str,
    (name, bytes): (&str, &[u8]),
    more: &[&str],
) -> Value {
    app.tree.write(&format!("root/a/{name}"), bytes);
    browser(story, &bookmark(app, name), more)
}

fn bookmark(app: &TestApp, name: &str) -> String {
    let key = app.tree.hand_made("root/a", name, &json!({}));
    format!("http://{}/?accesskey={key}", app.address)
}

/// "line 1", "line 2" and so on.
fn lines(count: usize) -> String {
    let each: Vec<String> = (1..=count).map(|line| format!("line {line}\n")).collect();
    each.concat()
}

fn texts(value: &Value) -> Vec<&str> {
    let list = value.as_array().expect("a list");
    list.iter().filter_map(Value::as_str).collect()
}

#[test]
fn everything_that_can_be_done_is_found_by_name_and_has_its_key_beside_it() {
    let app = app();
    for width in ["360", "1280"] {
        let told = told(
            &app,
            "palette",
            ("doc.md", b"# A document\n"),
            &["--width", width],
        );
        let all = texts(&told["all"]);
        for name in [
            "Save",
            "Download a copy",
            "Find and replace",
            "Go to line",
            "Options",
            "Print",
            "Line ends",
            "Fold everything",
        ] {
            assert!(
                all.iter().any(|text| text.starts_with(name)),
                "{name}: {all:?}"
            );
        }
        assert!(
            texts(&told["found"])[0].starts_with("Keyboard shortcuts"),
            "{told}"
        );
        let help = texts(&told["help"]).join("\n");
        for key in ["Ctrl+S", "Ctrl+F", "F1", "Ctrl+Alt+↓"] {
            assert!(help.contains(key), "{key}: {help}");
        }
        assert_eq!(
            (&told["same"], &told["back"], &told["none"]),
            (&json!(true), &json!(true), &json!(1))
        );
        assert_eq!(told["width"], 0);
    }
}

#[test]
fn a_regular_expression_finds_and_replaces_on_a_phone_too() {
    let app = app();
    for width in ["360", "1280"] {
        let told = told(
            &app,
            "find-replace",
            ("mail.md", b"ann@home\nbob@work, eve@sea\n"),
            &["--width", width],
        );
        assert_eq!(
            (&told["outside"], &told["width"]),
            (&json!(0), &json!(0)),
            "{told}"
        );
        assert_eq!(
            app.tree.read("root/a/mail.md"),
            b"home has ann\nwork has bob, sea has eve\n"
        );
    }
}

#[test]
fn an_address_names_lines() {
    let app = app();
    let text = lines(200);
    let told = told(&app, "lines", ("long.txt", text.as_bytes()), &[]);
    assert_eq!(told["selected"], "line 40\nline 41\nline 42");
    assert_eq!(
        (&told["inView"], &told["key"]),
        (&json!(true), &json!(true))
    );
    assert!(
        told["address"]
            .as_str()
            .is_some_and(|address| address.ends_with("#L7")),
        "{told}"
    );
}

#[test]
fn words_and_characters_are_counted_while_they_are_typed() {
    let told = told(&app(), "counts", ("few.txt", b"two words\n"), &[]);
    assert_eq!(told["selected"], "5 words, 23 characters selected");
}

#[test]
fn options_are_in_force_at_once_and_stay_and_vim_saves() {
    let app = app();
    let told = told(&app, "options", ("doc.txt", b"text\n"), &[]);
    let chosen = json!({"wrap": false, "spelling": "true", "size": "20px", "tab": "8"});
    assert_eq!((&told["after"], &told["again"]), (&chosen, &chosen));
    assert_ne!(told["before"], chosen);
    assert!(
        told["quit"]
            .as_str()
            .is_some_and(|text| text.contains("Ctrl+W")),
        "{told}"
    );
    assert_eq!(told["stored"], json!(["editkey.options"]));
    assert_eq!(app.tree.read("root/a/doc.txt"), b"text\n\nby vim");
}

#[test]
fn there_are_several_carets_and_folds() {
    let text = b"# One\na\nb\n\n## Two\nc\nd\n";
    let told = told(&app(), "carets", ("parts.md", text), &[]);
    assert_eq!(told["carets"], "x# One\nxa\nxb\n\n## Two\nc\nd\n");
    assert_eq!(told["moved"], "x# One\nxa\nxb\n\n## Two\nd\nc\n");
    assert_eq!(
        (told["folded"].as_u64() > Some(0), &told["unfolded"]),
        (true, &json!(0)),
        "{told}"
    );
}

#[test]
fn reverting_asks_and_all_of_a_long_text_is_printed() {
    let text = lines(3000);
    let told = told(
        &app(),
        "revert",
        ("long.txt", text.as_bytes()),
        &["--type", "more\n"],
    );
    assert_eq!(
        (&told["reverted"], &told["alone"], &told["gone"]),
        (&json!(true), &json!(true), &json!(true))
    );
    assert!(told["lines"].as_u64() >= Some(3001), "{told}");
}

#[test]
fn a_save_does_what_editorconfig_says() {
    let app = app();
    app.tree.write(
        "root/a/.editorconfig",
        "[*]\nindent_style = tab\ntrim_trailing_whitespace = true\ninsert_final_newline = true\n[new.txt]\nend_of_line = crlf\ncharset = utf-8-bom\n",
    );
    told(&app, "tidy", ("old.txt", b"a \nb\n"), &["--type", "c  "]);
    assert_eq!(app.tree.read("root/a/old.txt"), b"a\nb\n\tc\n");
    let told = browser("tidy", &bookmark(&app, "new.txt"), &["--type", "x \ny"]);
    assert_eq!(
        (&told["ends"], &told["encoding"]),
        (&json!("CRLF"), &json!("UTF-8 with BOM"))
    );
    assert_eq!(app.tree.read("root/a/new.txt"), b"\xef\xbb\xbf\tx\r\ny\r\n");
}

#[test]
fn what_is_no_text_is_looked_at_downloaded_and_replaced() {
    let app = app();
    let bytes: Vec<u8> = (0..=255).cycle().take(3000).collect();
    let told = told(
        &app,
        "instead",
        ("data.bin", &bytes),
        &["--type", "a text now\n", "--width", "360"],
    );
    assert_eq!(
        (&told["state"], &told["downloaded"], &told["width"]),
        (&json!("Not text"), &json!(3000), &json!(0))
    );
    assert!(
        told["asked"]
            .as_str()
            .is_some_and(|text| text.contains("other.txt")),
        "{told}"
    );
    assert_eq!(told["after"], "a text now\n");
    assert_eq!(app.tree.read("root/a/data.bin"), b"a text now\n");
}

#[test]
fn what_is_too_large_is_looked_at_and_downloaded() {
    let app = app();
    let bytes = b"many words \n".repeat(10_000);
    let told = told(&app, "instead", ("large.txt", &bytes), &[]);
    assert_eq!(
        (&told["downloaded"], &told["looked"]),
        (&json!(120_000), &json!(120_000)),
        "{told}"
    );
    assert_eq!(told["replaceable"], false);
    assert_eq!(app.tree.read("root/a/large.txt"), bytes);
}
