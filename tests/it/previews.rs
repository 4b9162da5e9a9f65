//! Previews in a real browser: they show what a file says, and nothing that its author wrote runs, asks anybody, or changes the
//! page.

use serde_json::{Value, json};

use crate::story::browser;
use crate::support::TestApp;
use crate::support::beside::{free_address, repository};

const PNG: &[u8] = include_bytes!("../hostile/pixel.png");

struct Shown {
    app: TestApp,
}

impl Shown {
    fn start() -> Self {
        let address = free_address();
        let app = TestApp::with(|settings| {
            settings["listen"] = json!([address.to_string()]);
            settings["public_url"] = json!(format!("http://{address}/"));
            settings["limits"]["body"] = json!("4MiB");
        });
        app.tree.write("root/a/pixel.png", PNG);
        app.tree.write("root/b/pixel.png", PNG);
        Self { app }
    }

    /// One visit of ann, who was granted `root/a`, to a file with this text.
    fn visit(&self, story: &str, name: &str, text: &[u8], more: &[&str]) -> Value {
        self.app.tree.write(&format!("root/a/{name}"), text);
        let folder = self.app.tree.at("root/a");
        let file = json!({"dirname": folder, "basename": name});
        let grant = json!({"user": "ann", "directories": [folder], "file": file});
        let granted = self.app.host_grant(&grant).expect(201).json();
        let wide = ["--width", "1440"];
        browser(
            story,
            granted["url"].as_str().expect("an address"),
            &[&wide, more].concat(),
        )
    }
}

#[test]
fn markdown_is_shown_beside_the_text_and_follows_it() {
    let shown = Shown::start();
    let text = "# One\n\n- [x] done\n\n| a |\n|---|\n| 1 |\n\nx[^1]\n\n![p](pixel.png) ![n](none.png) ![b](../b/pixel.png) ![e](https://evil.example/x.png)\n\n[^1]: note\n";
    let told = shown.visit(
        "preview",
        "p.md",
        text.as_bytes(),
        &["--type", "\n\ntyped words"],
    );
    let before = &told["before"];
    assert_eq!(before["headings"], 1, "{told}");
    assert_eq!(before["tables"], 1, "{told}");
    assert_eq!(before["boxes"], 1, "{told}");
    assert_eq!(before["notes"], 1, "{told}");
    // The one that a grant holds, and no other.
    assert_eq!(before["pictures"], json!(["blob"]), "{told}");
    assert_eq!(
        before["leftOut"].as_array().map(Vec::len),
        Some(3),
        "{told}"
    );
    let after = told["after"]["text"].as_str().expect("text");
    assert!(after.contains("typed words"), "{told}");
}

#[test]
fn a_preview_follows_the_text_by_keyboard_and_a_large_one_is_asked_for() {
    let shown = Shown::start();
    let part = |number| format!("## Part {number}\n\n{}\n\n", "words ".repeat(60));
    let text: String = (0..100).map(part).collect();
    let told = shown.visit("preview-follows", "p.md", text.as_bytes(), &[]);
    assert_eq!(
        (&told["pressed"], &told["hidden"]),
        (&json!("true"), &json!("false")),
        "{told}"
    );
    assert_eq!(told["start"]["first"], "Part 0", "{told}");
    let middle = told["middle"]["first"].as_str().expect("a heading");
    let number: u32 = middle
        .trim_start_matches("Part ")
        .parse()
        .expect("a number");
    assert!((40..=60).contains(&number), "{told}");
    // Each of a text that is far above what is made unasked.
    assert_eq!(told["paragraphs"], 70_000, "{told}");
    assert!(
        told["focus"]
            .as_str()
            .is_some_and(|focus| focus.contains("cm-content")),
        "{told}"
    );
}

#[test]
fn pictures_drawings_tables_and_pages_are_shown_as_what_they_are() {
    let shown = Shown::start();
    let drawing =
        b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9' onload='top.ran=1'/>";
    let told = shown.visit("preview", "d.svg", drawing, &[]);
    assert_eq!(
        told["before"]["pictures"],
        json!(["data:image/svg+xml"]),
        "{told}"
    );
    let told = shown.visit("preview", "p.png", PNG, &[]);
    assert_eq!(told["before"]["pictures"], json!(["blob"]), "{told}");
    let told = shown.visit("preview", "t.csv", b"a,b\n1,\"x, y\"\n", &[]);
    assert_eq!(told["before"]["tables"], 1, "{told}");
    let told = shown.visit("preview", "p.html", b"<p>x", &[]);
    let sandbox = json!(["allow-popups allow-popups-to-escape-sandbox"]);
    assert_eq!(told["before"]["frames"], sandbox, "{told}");
}

#[test]
fn the_choice_of_a_preview_is_kept_beside_the_text_and_a_look_in_its_place() {
    let shown = Shown::start();
    let told = shown.visit("preview-kept", "p.md", b"# One\n", &[]);
    let narrow = json!({"inPlace": true, "again": false, "wideAgain": false});
    assert_eq!(told["narrow"], narrow, "{told}");
    let wide = json!({"beside": true, "again": true, "narrowAgain": false});
    assert_eq!(told["wide"], wide, "{told}");
}

/// Each text is opened, typed into and saved; what stands below it and what its preview says, where these are named.
#[track_caller]
fn can_be_edited(texts: &[(&str, String, &str, &str)]) {
    let shown = Shown::start();
    for (name, text, facts, said) in texts {
        let told = shown.visit("preview-deep", name, text.as_bytes(), &["--type", "abcd"]);
        let has = |what: &str, part: &str| told[what].as_str().is_some_and(|it| it.contains(part));
        assert!(has("facts", facts) && has("said", said), "{name}: {told}");
        assert_eq!(told["said"] == "", said.is_empty(), "{name}: {told}");
        let saved = shown.app.tree.read(&format!("root/a/{name}"));
        assert_eq!(saved, format!("{text}abcd").as_bytes(), "{name}");
    }
}

const UNCOLOURED: &str = ", without colours: nested too deeply";
const DEEP: &str = "nested too deeply for a preview";

#[test]
fn markdown_that_is_nested_without_end_can_be_edited_and_has_a_preview_or_says_why_not() {
    let stars = "*".repeat(50_000);
    can_be_edited(&[
        ("q.md", format!("{}x\n", ">".repeat(20_000)), "", ""),
        ("s.md", format!("{stars}x{stars}\n"), "", DEEP),
        ("e.md", "*a_".repeat(20_000), "", ""),
    ]);
}

#[test]
fn other_texts_that_are_nested_without_end_can_be_edited_without_colours() {
    can_be_edited(&[
        ("d.html", "<div>".repeat(100_000), UNCOLOURED, DEEP),
        ("k.js", "(".repeat(100_000), UNCOLOURED, ""),
        ("y.yaml", "[".repeat(50_000), UNCOLOURED, ""),
    ]);
}

#[test]
fn an_authors_styles_hold_no_address_however_it_is_spelled() {
    let shown = Shown::start();
    let told = shown.visit("preview-styles", "p.html", b"<p>x", &[]);
    assert_eq!(told["wrong"], json!([]), "{told}");
    assert!(told["count"].as_u64().is_some_and(|count| count >= 39));
    let declarations = "color: red; background: none red;";
    assert_eq!(told["declarations"], declarations, "{told}");
}

#[test]
fn a_page_that_would_lie_over_the_window_stays_in_its_frame() {
    let shown = Shown::start();
    let page = b"<style>#over{position:fixed;inset:0;width:300vw;height:300vh;z-index:2147483647}</style><div id=over>x</div>";
    let told = shown.visit("preview-stays", "p.html", page, &[]);
    assert_eq!(
        (&told["position"], &told["inside"], &told["hit"]),
        (&json!("fixed"), &json!(true), &json!("menu")),
        "{told}"
    );
}

#[test]
fn a_picture_is_shown_as_a_picture_and_can_be_copied_and_replaced() {
    const GIF: &str = "R0lGODlhAQABAAAAACwAAAAAAQABAAACADs=";
    let shown = Shown::start();
    let told = shown.visit("preview-picture", "p.png", PNG, &["--type", GIF]);
    let around = json!({"state": "Picture", "facts": "PNG", "ofText": []});
    assert_eq!(told["around"], around, "{told}");
    assert_eq!(told["actual"], true, "{told}");
    assert_eq!(told["copied"], PNG.len(), "{told}");
    assert_eq!(told["after"], json!(["blob"]), "{told}");
    assert!(shown.app.tree.read("root/a/p.png").starts_with(b"GIF89a"));
}

/// Every attack of one kind in the list was shown, and nothing of any worked.
#[track_caller]
fn nothing_works(kind: &str, name: &str, least: u64) {
    let list = std::fs::read_to_string(repository("tests/hostile/previews.txt")).expect("the list");
    let begins = format!("{kind} | ");
    let listed = list
        .lines()
        .filter(|line| line.starts_with(&begins))
        .count() as u64;
    assert!(listed >= least, "{listed} attacks");
    let shown = Shown::start();
    let told = shown.visit("previews", name, b"begun\n", &["--choice", kind]);
    assert_eq!(told["worked"], json!([]), "{told}");
    assert_eq!(told["shown"], listed, "{told}");
    let saved = shown.app.tree.read(&format!("root/a/{name}"));
    assert_eq!(saved, b"still here\n", "the page no longer works");
}

#[test]
fn nothing_in_markdown_runs_or_asks_anybody() {
    nothing_works("md", "x.md", 60);
}

#[test]
fn no_markdown_that_is_too_much_runs_or_asks_anybody() {
    nothing_works("much-md", "x.md", 8);
}

#[test]
fn no_markdown_that_is_more_than_too_much_runs_or_asks_anybody() {
    nothing_works("more-md", "x.md", 8);
}

#[test]
fn nothing_in_a_page_runs_or_asks_anybody() {
    nothing_works("html", "x.html", 60);
}

#[test]
fn no_page_that_is_too_much_runs_or_asks_anybody() {
    nothing_works("much-html", "x.html", 8);
}

#[test]
fn nothing_in_a_table_or_a_drawing_runs_or_asks_anybody() {
    nothing_works("csv", "x.csv", 7);
    nothing_works("svg", "x.svg", 7);
}
