//! The snippets of the documents, tried as they stand but for the folders in them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use serde_json::json;

use crate::support::beside::{free_address, repository};
use crate::support::unlock::{HASH, PASSPHRASE, claims};
use crate::support::{Request, TestApp, Tree, keyfile, server};

/// The fenced block of a document that has `word` in it.
fn block(document: &str, word: &str) -> String {
    let text = fs::read_to_string(repository(document)).expect("the document");
    let mut blocks = text.split("```").skip(1).step_by(2);
    let found = blocks.find(|block| block.contains(word));
    found
        .unwrap_or_else(|| panic!("{document}: no block with {word}"))
        .to_owned()
}

#[test]
fn the_settings_in_deploy_md_serve() {
    let tree = Tree::new();
    let settings = block("docs/deploy.md", "public_url").replace("/srv/site", &tree.at("root/a"));
    fs::write(tree.settings(), settings.replace(":8181", ":0")).expect("the settings");
    let private = fs::Permissions::from_mode(0o600);
    fs::set_permissions(tree.settings(), private).expect("their mode");
    for command in [&["config", "check"][..], &["serve", "--check"]] {
        let output = server::cli(&tree, command, "");
        assert!(output.status.success(), "{command:?}: {output:?}");
    }
    // The commands of grants.md and coming-from.md, on these settings.
    let site = tree.at("root/a");
    let add = [
        "hosts",
        "add",
        "cms",
        "--directory",
        &site,
        "--lifetime",
        "8h",
    ];
    let token = server::cli(&tree, &add, "");
    assert!(
        token.status.success() && token.stdout.len() == 44,
        "{token:?}"
    );
    let minted = server::cli(
        &tree,
        &[
            "keys",
            "mint",
            &tree.at("root/a/doc.md"),
            "--expires",
            "30d",
        ],
        "",
    );
    let bookmark = String::from_utf8(minted.stdout).expect("UTF-8");
    assert!(
        bookmark.starts_with("https://edit.example.org/?accesskey="),
        "{bookmark}"
    );
    tree.write(
        "oge.json",
        r#"{"8oQNEvf7I3b1VOQg3Bi7yNQE":{"dirname":"\/srv","basename":"a.txt"}}"#,
    );
    let imported = server::cli(&tree, &["keys", "import", &tree.at("oge.json")], "");
    assert!(imported.status.success(), "{imported:?}");
    assert_eq!(keyfile::live(&tree.keys()).len(), 2);
    let verified = server::cli(&tree, &["keys", "verify"], "");
    assert!(verified.status.success(), "{verified:?}");
}

#[test]
fn the_grant_in_grants_md_is_granted() {
    let app = TestApp::start();
    fs::create_dir_all(app.tree.path.join("root/a/a")).expect("a folder");
    app.tree.write("root/a/a/x.md", "text\n");
    let request = block("docs/grants.md", "POST /api/grants");
    let (_, body) = request.split_once("\n\n").expect("a body");
    let body = body
        .replace("/srv/site/a", &app.tree.at("root/a/a"))
        .replace("/srv/site/b", &app.tree.at("root/b"));
    let asked = Request::new("POST", "/api/grants")
        .bearer(&app.tree.cms_token)
        .header("Content-Type", "application/json");
    let granted = app.send(&asked.body(body)).expect(201).json();
    let names: Vec<&String> = granted.as_object().expect("an object").keys().collect();
    assert_eq!(names, ["expires", "id", "url"]);
    let (jar, entered) = app.enter(granted["url"].as_str().expect("an address"));
    assert_eq!(
        app.get_file(&entered.key().expect("a key"))
            .expect(200)
            .body,
        b"text\n"
    );
    app.redirect("root/b", "b.md", &[("rights", "edit")], &jar)
        .expect(403);
    app.mint("root/b", "b.md", &jar);
}

#[test]
fn the_settings_and_commands_in_gate_md_do_what_it_says() {
    let tree = Tree::new();
    let album = tree.at("root/a");
    fs::create_dir_all(tree.path.join("root/a/2024")).expect("a folder");
    tree.write("root/a/2024/sea.jpg", "a picture");
    let text = block("docs/gate.md", "\"mounts\"").replace("/srv/album", &album);
    fs::write(
        tree.settings(),
        format!("{{{text}, \"listen\": [\"127.0.0.1:0\"]}}"),
    )
    .expect("them");
    let private = fs::Permissions::from_mode(0o600);
    fs::set_permissions(tree.settings(), private).expect("their mode");
    for command in [&["config", "check"][..], &["serve", "--check"]] {
        let output = server::cli(&tree, command, "");
        assert!(output.status.success(), "{command:?}: {output:?}");
    }
    let commands = block("docs/gate.md", "config explain --url");
    let mut said = commands.lines().filter_map(|line| {
        let arguments = line.strip_prefix("editkey ")?.replace("/srv/album", &album);
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let output = server::cli(&tree, &arguments, "");
        assert!(output.status.success(), "{line}: {output:?}");
        Some(String::from_utf8_lossy(&output.stdout).into_owned())
    });
    let explained = said.next().expect("the first");
    assert!(explained.contains("gate.mounts[0].urls[0]"), "{explained}");
    assert!(explained.contains("passes"), "{explained}");
    let minted = said.next().expect("the second");
    assert!(
        minted.starts_with("https://www.example.org/edit/?accesskey="),
        "{minted}"
    );
}

#[test]
fn the_commands_in_links_md_unlock_a_key_and_claim_it() {
    let address = free_address();
    let base = format!("http://{address}/");
    let app = TestApp::with(|settings| {
        settings["listen"] = json!([address.to_string()]);
        settings["public_url"] = json!(base);
    });
    let key = app
        .tree
        .hand_made("root/a", "doc.md", &json!({"passphrase": HASH, "uses": 1}));
    let commands = block("docs/links.md", "data-urlencode");
    let commands = commands.strip_prefix("sh\n").expect("a shell's");
    let run = |folder: &str, passphrase: &str| {
        let folder = app.tree.path.join(folder);
        fs::create_dir_all(&folder).expect("a folder");
        let output = Command::new("sh")
            .args(["-euc", commands])
            .current_dir(folder)
            .env("base", &base)
            .env("key", &key)
            .env("passphrase", passphrase)
            .output()
            .expect("a shell");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let wrong = run("wrong", "not the passphrase");
    assert!(
        wrong.starts_with("403\n") && !wrong.contains("# A document"),
        "{wrong}"
    );
    assert_eq!(claims(&keyfile::record(&app.tree.keys(), &key)), (1, 0));
    assert_eq!(run("right", PASSPHRASE), "303\n# A document\n");
    assert_eq!(claims(&keyfile::record(&app.tree.keys(), &key)), (0, 1));
    let late = run("late", PASSPHRASE);
    assert!(
        !late.contains("303\n") && !late.contains("# A document"),
        "{late}"
    );
}
