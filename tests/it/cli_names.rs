//! How a key is named at the command line: by its id or a beginning of it, and by the key itself on standard input alone.

use serde_json::json;

use crate::support::command::{json_of, printed, refused};
use crate::support::{TestApp, hash_text, keyfile, random_key};

/// One id in 64 begins with a hyphen, as an option does.
#[test]
fn an_id_that_begins_like_an_option_is_an_id() {
    let app = TestApp::start();
    let record = json!({
        "dirname": app.tree.at("root/a"), "basename": "doc.md", "rights": "edit", "created": "2026-01-01T00:00:00Z",
    });
    for first in ["-", "--"] {
        let key = std::iter::repeat_with(random_key)
            .find(|key| hash_text(key).starts_with(first))
            .expect("a key");
        let id = hash_text(&key);
        keyfile::append(&app.tree.keys(), &keyfile::id(&key), &record);
        app.get_file(&key).expect(200);
        let known = json_of(&app.cli(&["keys", "show", &id, "--json"], ""));
        assert_eq!(known["id"], id);
        let set = ["keys", "set", "--label", "x", "--json", &id];
        assert_eq!(json_of(&app.cli(&set, ""))["label"], "x");
        printed(&app.cli(&["keys", "mint", "--rights", "view", "--from", &id], ""));
        printed(&app.cli(&["keys", "list", "--after", &id], ""));
        let opened = printed(&app.cli(&["audit", "--json", "--key", &id], ""));
        assert!(opened.contains(&id), "{opened}");
        printed(&app.cli(&["keys", "revoke", &id, "--json"], ""));
        app.get_file(&key).expect(403);
    }
    let said = refused(&app.cli(&["keys", "revoke", "--jsno"], ""), 2);
    assert!(
        said.contains("a similar argument exists: '--json'"),
        "{said}"
    );
}

#[test]
fn a_key_is_named_by_its_id_and_given_on_standard_input_only() {
    let app = TestApp::start();
    let (one, two) = (app.cli_mint("root/a/doc.md"), app.cli_mint("root/b/b.md"));
    let bookmark = format!("http://editkey.test/?accesskey={one}");
    for argument in [&one, &bookmark] {
        let output = app.cli(&["keys", "revoke", &keyfile::id(&two), argument], "");
        let said = refused(&output, 2);
        assert!(
            said.contains("standard input") && !said.contains(&one),
            "{said}"
        );
    }
    for short in ["abcdefg", "x", "sha256:abc"] {
        refused(&app.cli(&["keys", "show", short], ""), 2);
    }
    app.get_file(&one).expect(200);
    app.get_file(&two).expect(200);
    let input = format!("{one}\n\nnonsense!\n{}\n", hash_text(&two));
    let output = app.cli(&["keys", "revoke", "-"], &input);
    let said = refused(&output, 1);
    assert!(said.contains("line 3") && !said.contains(&one), "{said}");
    app.get_file(&one).expect(403);
    app.get_file(&two).expect(403);
}

#[test]
fn a_beginning_that_fits_several_keys_names_them() {
    let app = TestApp::start();
    let record = json!({"dirname": app.tree.at("root/a"), "basename": "doc.md"});
    // The last of 43 characters carries four bits: these three are all good ids.
    let ids = ["A", "Q", "g"].map(|last| format!("{}{last}{}A", "abcdefghij", "B".repeat(31)));
    for id in &ids {
        keyfile::append(&app.tree.keys(), &format!("sha256:{id}"), &record);
    }
    let said = refused(&app.cli(&["keys", "revoke", "abcdefghij"], ""), 1);
    assert!(ids.iter().all(|id| said.contains(id)), "{said}");
    assert_eq!(keyfile::live(&app.tree.keys()).len(), 3, "none was guessed");
    printed(&app.cli(&["keys", "revoke", "abcdefghijQ"], ""));
    assert_eq!(keyfile::live(&app.tree.keys()).len(), 2);
    let said = refused(&app.cli(&["keys", "show", "zzzzzzzzzz"], ""), 1);
    assert!(said.contains("no such key"), "{said}");
}
