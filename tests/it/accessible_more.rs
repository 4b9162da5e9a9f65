//! What every reader meets beside the plain text, in a real browser: previews, the tools' dialogs, what stands in place of a
//! text, and what happened meanwhile; in English and German, light and dark, on a phone and on a desk, in the system's own colours.

use serde_json::json;

use crate::accessible::{app, bookmark, finds_nothing};
use crate::support::TestApp;

const MARKDOWN: &str = "# Notes\n\nWords with a [link](https://example.org), `code` and a note[^1].\n\n- [x] done\n- [ ] to do\n\n\
    | Bird | Seen |\n|---|---:|\n| Wren | 3 |\n\n![a picture](a.png)\n\n```js\nconst a = 1;\n```\n\n\
    Onewordthatneverendsandthatmustnotmakeanythingscrollsidewaysonaphonethatisnotwide.\n\n[^1]: The note.\n";

/// Between them each width, both colours, both languages, and the system's own colours.
const LOOKS: [&[&str]; 3] = [
    &["--width", "320", "--dark", "--locale", "de"],
    &["--width", "1440"],
    &["--width", "360", "--forced"],
];

fn with_markdown() -> (TestApp, String) {
    let app = app();
    app.tree.write("root/a/doc.md", MARKDOWN);
    let url = bookmark(&app, "doc.md", &json!({}));
    (app, url)
}

#[test]
fn axe_finds_nothing_in_the_dialogs_and_panels_of_the_tools() {
    for look in LOOKS {
        let (_app, url) = with_markdown();
        finds_nothing("accessible-tools", &url, &[], look);
    }
}

#[test]
fn axe_finds_nothing_in_what_happened_meanwhile() {
    for look in LOOKS {
        let (_app, url) = with_markdown();
        finds_nothing("accessible-meanwhile", &url, &[], look);
    }
}

#[test]
fn axe_finds_nothing_in_previews_and_in_what_stands_in_place_of_a_text() {
    let app = app();
    let folder = "root/a";
    let rows = "bird,3,here and there and everywhere\n".repeat(40);
    let page = "<!doctype html><html lang=en><title>T</title><h1>A page</h1><p>Words";
    let drawing =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\"><circle r=\"5\"/></svg>";
    app.tree.write(
        &format!("{folder}/large.txt"),
        "a line of a large text\n".repeat(480_000),
    );
    app.tree.write(
        &format!("{folder}/data.bin"),
        b"\x00\xff\x01\x02".repeat(800),
    );
    app.tree.write(
        &format!("{folder}/table.csv"),
        format!("name,count,place\n{rows}"),
    );
    app.tree.write(&format!("{folder}/page.html"), page);
    app.tree.write(&format!("{folder}/drawing.svg"), drawing);
    app.tree
        .write(&format!("{folder}/old.txt"), b"Gr\xfc\xdfe\n");
    let urls = [
        "large.txt",
        "data.bin",
        "table.csv",
        "page.html",
        "drawing.svg",
        "old.txt",
    ]
    .map(|name| bookmark(&app, name, &json!({})))
    .join("\n");
    for look in &LOOKS[..2] {
        let told = finds_nothing("accessible-files", &urls, &[], look);
        assert_eq!(
            (&told["previews"], &told["instead"]),
            (&json!(3), &json!(2))
        );
    }
}
