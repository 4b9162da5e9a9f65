//! The start page in a real browser: a folder of fifty thousand files gone through by the keyboard, names of all kinds, a new
//! file, and the same without a script.

use std::fs;

use serde_json::{Value, json};

use crate::story::browser;
use crate::support::TestApp;
use crate::support::beside::free_address;
use crate::support::wire::encode;

/// A server at which everybody may edit `root/a`.
fn app() -> TestApp {
    let address = free_address();
    TestApp::with(|settings| {
        settings["listen"] = json!([address.to_string()]);
        settings["public_url"] = json!(format!("http://{address}/"));
        settings["grants"] = json!([{"anyone": true, "directories": [settings["roots"][0]]}]);
    })
}

fn at(app: &TestApp, path: &str) -> String {
    format!("http://{}/{path}", app.address)
}

/// Of what has the focus, what a screen reader hears.
fn heard(told: &Value) -> [&str; 4] {
    ["name", "level", "position", "of"].map(|field| told[field].as_str().unwrap_or_default())
}

#[test]
fn a_folder_of_fifty_thousand_files_is_gone_through_by_the_keyboard() {
    let app = app();
    let folder = app.tree.path.join("root/a/sub");
    for number in 0..50_000 {
        fs::File::create(folder.join(format!("file {number}.txt"))).expect("a file");
    }
    let more = ["--type", "written\n", "--choice", "FILE 49321"];
    let told = browser("open-from-tree", &at(&app, ""), &more);
    assert_eq!(told["top"], json!(["1/1/1", "2/1/3", "2/2/3", "2/3/3"]));
    let root = app.tree.at("root/a");
    assert_eq!(heard(&told["stop"]), [root.as_str(), "1", "1", "1"]);
    assert_eq!(heard(&told["typed"]), ["sub", "2", "2", "3"]);
    assert_eq!(told["listed"]["said"], "The first 200 entries.");
    assert_eq!(heard(&told["inside"]), ["file 0.txt", "3", "1", "-1"]);
    assert_eq!(heard(&told["more"]), ["Show more", "3", "201", "-1"]);
    assert_eq!(heard(&told["second"]), ["file 200.txt", "3", "201", "-1"]);
    assert_eq!(told["stops"], 1, "one stop of Tab");
    assert_eq!(heard(&told["up"]), ["sub", "2", "2", "3"]);
    assert_eq!(told["closed"]["expanded"], "false");
    assert_eq!(told["closed"]["left"], 4);
    assert_eq!(told["wide"], 0);
    assert_eq!(told["found"]["names"], json!(["file 49321.txt"]));
    assert_eq!(told["found"]["where"], json!([app.tree.at("root/a/sub")]));
    assert_eq!(told["opened"], "file 49321.txt");
    assert_eq!(told["recent"], json!(["file 49321.txt"]));
    assert_eq!(app.tree.read("root/a/sub/file 49321.txt"), b"written\n");
}

#[test]
fn a_new_file_is_made_where_the_tree_stands_and_a_wrong_name_is_told() {
    let app = app();
    let name = "новый & #1.md";
    let more = ["--type", "made\n", "--choice", name];
    let told = browser("new-from-tree", &at(&app, ""), &more);
    assert_eq!(told["folder"], app.tree.at("root/a/sub"));
    let wrong = told["wrong"].as_object().expect("refusals");
    assert_eq!(wrong.len(), 5);
    assert!(
        wrong
            .values()
            .all(|why| why.as_str().is_some_and(|why| why.starts_with("A name"))),
        "{wrong:?}"
    );
    assert_eq!(told["stayed"], true);
    assert_eq!(told["opened"], name);
    assert_eq!(app.tree.read(&format!("root/a/sub/{name}")), b"made\n");
}

#[test]
fn names_of_all_kinds_are_shown_and_opened_with_a_script_and_without() {
    let app = app();
    let long = format!("{}.md", "n".repeat(252));
    let names = [
        "<img src=x onerror=alert(1)>.md",
        "a b+c&d=e#f?g%.md",
        "\"quoted\" 'twice'.md",
        long.as_str(),
        "🐟.md",
        "שלום עולם.md",
        "مرحبا (1).md",
    ];
    for name in names {
        app.tree.write(&format!("root/a/sub/{name}"), name);
    }
    let folder = at(
        &app,
        &format!("?dirname={}", encode(&app.tree.at("root/a/sub"))),
    );
    for width in ["360", "1280"] {
        let told = browser("odd-names", &folder, &["--width", width]);
        let shown = told["names"].as_array().expect("names");
        assert_eq!(shown.len(), names.len());
        assert!(
            names.iter().all(|name| shown.contains(&json!(name))),
            "{shown:?}"
        );
        assert_eq!(told["texts"], told["names"], "each opens its own file");
        assert_eq!(
            (&told["wide"], &told["markup"]),
            (&json!(0), &json!(0)),
            "{width}"
        );
        assert_eq!(told["plain"], told["names"]);
        assert_eq!(told["hidden"], false, "a search needs a script");
        assert_eq!(told["folders"], json!([app.tree.at("root/a")]));
        assert_eq!(told["inFolder"], json!(["deep", "sub", "doc.md"]));
        assert_eq!(told["address"], true);
    }
}
