//! How much comes over the network before a page is seen and before a text can be edited: as sent, in a real browser with a
//! cold cache, HTML and the file included.

use serde_json::{Value, json};

use crate::story::browser;
use crate::support::TestApp;
use crate::support::beside::free_address;

/// Before a page is seen.
const FIRST_PAINT_BYTES: u64 = 60_000;
/// Before a Markdown file can be edited, its colours included.
const MARKDOWN_BYTES: u64 = 200_000;
/// What the preview of a Markdown file adds to that when it is first looked at, the thread that reads it included.
const PREVIEW_BYTES: u64 = 64_000;
/// All that Markdown has without another language in it.
const TEXT: &str = "# A heading\n\nSome *words* with [a link](https://example.com) and `code`.\n\n- [x] done\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\nA note[^1].\n\n[^1]: Said.\n";

fn bookmark() -> (TestApp, String) {
    let address = free_address();
    let app = TestApp::with(|settings| {
        settings["listen"] = json!([address.to_string()]);
        settings["public_url"] = json!(format!("http://{address}/"));
    });
    app.tree.write("root/a/doc.md", TEXT);
    let key = app.mint("root/a", "doc.md", &app.editor("ann"));
    let url = format!("http://{address}/?accesskey={key}");
    (app, url)
}

fn within(told: &Value, what: &str, most: u64) {
    let bytes = told[what].as_u64().expect("a number");
    // Nothing counted would be within any budget.
    assert!(bytes > 10_000, "{what}: {told}");
    assert!(bytes <= most, "{what}: {bytes} of {most} bytes: {told}");
}

#[test]
fn the_first_paint_needs_no_more_than_its_budget() {
    let (_app, url) = bookmark();
    let told = browser("first-paint", &url, &[]);
    assert_eq!(told["painted"], 1, "{told}");
    within(&told, "bytes", FIRST_PAINT_BYTES);
}

#[test]
fn the_editor_for_markdown_needs_no_more_than_its_budget() {
    let (_app, url) = bookmark();
    let told = browser("first-edit", &url, &[]);
    within(&told, "bytes", MARKDOWN_BYTES);
}

#[test]
fn the_preview_of_markdown_adds_no_more_than_its_budget() {
    let (_app, url) = bookmark();
    let told = browser("first-preview", &url, &["--width", "1440"]);
    within(&told, "editor", MARKDOWN_BYTES);
    within(&told, "preview", PREVIEW_BYTES);
}
