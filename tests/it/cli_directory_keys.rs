//! Keys of whole directories at the command line: made on purpose only, and told from a file's wherever they are shown.

use std::fs;
use std::process::Output;

use serde_json::{Value, json};

use crate::support::command::{json_of, printed, refused};
use crate::support::{TestApp, hash_text, keyfile};

fn mint(app: &TestApp, name: &str, more: &[&str]) -> Output {
    let directory = app.tree.at(name);
    let arguments = ["keys", "mint", "--directory", &directory];
    app.cli(&[&arguments, more].concat(), "")
}

#[track_caller]
fn minted(app: &TestApp, name: &str) -> String {
    let bookmark = printed(&mint(app, name, &[]));
    let (_, key) = bookmark.split_once("?accesskey=").expect("a bookmark");
    key.trim().to_owned()
}

#[test]
fn a_directory_is_minted_on_purpose_only() {
    let app = TestApp::start();
    let key = minted(&app, "root/a/deep");
    assert!(app.open(&key).text().contains("All files in deep"));
    app.get_file(&key).expect(403);
    assert_eq!(minted(&app, "root/a/deep/"), key, "the same ask");
    assert_eq!(
        keyfile::record(&app.tree.keys(), &key)["scope"],
        "directory"
    );
    let link = printed(&app.cli(&["keys", "link", &keyfile::id(&key)], ""));
    assert!(link.trim().ends_with(&key));
    minted(&app, "root/a");

    let plain = app.tree.at("root/a/deep");
    let said = refused(&app.cli(&["keys", "mint", &plain], ""), 1);
    assert!(
        said.contains("is a directory") && said.contains("--directory"),
        "{said}"
    );
    for name in [
        "root/a/doc.md",
        "root/a/none",
        "root/a/outdir",
        "root",
        "outside",
        "state/keys",
        "state",
    ] {
        refused(&mint(&app, name, &[]), 1);
    }
    let file = app.tree.at("root/a/doc.md");
    refused(&app.cli(&["keys", "mint"], ""), 2);
    refused(&mint(&app, "root/a", &[&file]), 2);
    let said = json_of(&mint(&app, "root/a/sub", &["--rights", "view", "--json"]));
    assert_eq!(
        (&said["scope"], &said["rights"]),
        (&json!("directory"), &json!("view"))
    );
    assert_eq!(said["basename"], "sub");
}

#[test]
fn whatever_shows_a_key_shows_its_scope() {
    let app = TestApp::start();
    let (deep, file) = (
        minted(&app, "root/a/deep"),
        app.cli_mint("root/a/deep/x.md"),
    );
    let rows = json_of(&app.cli(&["keys", "list", "--json"], ""));
    assert_eq!(
        (&rows[0]["scope"], &rows[1]["scope"]),
        (&json!("directory"), &json!("file"))
    );
    let text = printed(&app.cli(&["keys", "list"], ""));
    let cells: Vec<Vec<&str>> = text
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    assert_eq!(cells[0][1], format!("{}/", app.tree.at("root/a/deep")));
    assert_eq!((cells[0][8], cells[1][8]), ("directory", "file"));
    let below = |name: &str| {
        let rows = app.cli(
            &["keys", "list", "--json", "--directory", &app.tree.at(name)],
            "",
        );
        json_of(&rows).as_array().map(Vec::len)
    };
    assert_eq!(
        (below("root/a"), below("root/a/deep"), below("root/b")),
        (Some(2), Some(2), Some(0))
    );

    let show = |key: &str| json_of(&app.cli(&["keys", "show", "-", "--json"], key));
    let shown = show(&deep);
    assert_eq!(
        (&shown["scope"], &shown["opens"]),
        (&json!("directory"), &json!(true))
    );
    assert!(
        shown["state"]
            .as_str()
            .is_some_and(|state| state.contains("all files"))
    );
    assert_eq!(show(&file)["scope"], "file");
    let text = printed(&app.cli(&["keys", "show", "-"], &deep));
    assert!(text.contains("scope\tdirectory"), "{text}");
    let verified = json_of(&app.cli(&["keys", "verify", "--json"], ""));
    assert_eq!(
        (&verified["keys"], &verified["directories"]),
        (&json!(2), &json!(1))
    );
    assert!(printed(&app.cli(&["keys", "verify"], "")).contains("1 of whole directories"));
}

#[test]
fn a_directory_that_is_gone_is_told_and_pruned_and_one_that_is_there_stays() {
    let app = TestApp::start();
    let (deep, all) = (minted(&app, "root/a/deep"), minted(&app, "root/a"));
    let show = |key: &str| json_of(&app.cli(&["keys", "show", "-", "--json"], key));
    let at = |name: &str| app.tree.path.join(name);
    let prune = || json_of(&app.cli(&["prune", "--missing-files", "--json"], ""));
    assert_eq!(prune()["pruned"], 0);
    fs::rename(at("root/a/deep"), at("root/a/away")).expect("the move");
    let shown = show(&deep);
    assert_eq!(
        (&shown["opens"], &shown["state"]),
        (&json!(false), &json!("its directory is not there"))
    );
    // A link in its place is not the directory, and not its absence either.
    std::os::unix::fs::symlink("away", at("root/a/deep")).expect("a link");
    assert_eq!(show(&deep)["opens"], false);
    assert_eq!(prune()["pruned"], 0);
    fs::remove_file(at("root/a/deep")).expect("the removal");
    let pruned = prune();
    assert_eq!(pruned["keys"][0]["id"], hash_text(&deep));
    assert_eq!(
        (
            &pruned["pruned"],
            &pruned["keys"][0]["scope"],
            &pruned["keys"][0]["reason"]
        ),
        (&json!(1), &json!("directory"), &json!("directory-missing"))
    );
    // A root that is away says nothing about a key of the whole of it.
    fs::rename(at("root/a"), at("root/unmounted")).expect("the move");
    let away = app.cli(&["prune", "--missing-files", "--json"], "");
    let said = refused(&away, 1);
    assert!(said.contains("no key was judged"), "{said}");
    let away: Value = serde_json::from_slice(&away.stdout).expect("JSON");
    assert_eq!((&away["pruned"], &away["kept"]), (&json!(0), &json!(1)));
    fs::rename(at("root/unmounted"), at("root/a")).expect("the move");
    app.open(&all).expect(200);
}

#[test]
fn another_editkeys_directory_keys_are_imported_as_such() {
    let (app, other) = (TestApp::start(), TestApp::start());
    let key = app
        .tree
        .hand_made("root/a", "deep", &json!({"scope": "directory"}));
    let gone = app
        .tree
        .hand_made("root/a", "gone", &json!({"scope": "directory"}));
    let file = app.tree.keys();
    let from = file.to_str().expect("UTF-8");
    let text = fs::read_to_string(&file).expect("the keys");
    let theirs = other.tree.path.join("theirs.json");
    let moved = text.replace(&app.tree.at(""), &other.tree.at(""));
    fs::write(&theirs, moved).expect("their keys");
    let imported = other.cli(&["keys", "import", theirs.to_str().expect("UTF-8")], "");
    let warned = String::from_utf8_lossy(&imported.stderr).into_owned();
    assert!(printed(&imported).contains("2 keys imported"), "{from}");
    assert!(
        warned.contains("entry 2") && warned.contains("its directory is not there"),
        "{warned}"
    );
    assert!(!warned.contains("entry 1"), "{warned}");
    assert!(
        other
            .open(&key)
            .expect(200)
            .text()
            .contains("All files in deep")
    );
    other.open(&gone).expect(403);
}
