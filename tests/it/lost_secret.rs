//! `keys/secret` is lost: bookmarks go on opening, and each ask gets one new key, once.

use std::fs;

use crate::support::{TestApp, keyfile};

#[test]
fn without_the_secret_keys_open_and_the_same_ask_gets_one_new_key() {
    let app = TestApp::start();
    let before = app.cli_mint("root/a/doc.md");
    fs::remove_file(app.tree.path.join("state/keys/secret")).expect("the secret");
    let app = app.restart();
    app.get_file(&before).expect(200);
    let after = app.cli_mint("root/a/doc.md");
    assert_ne!(after, before, "sealed with a secret that is gone");
    assert_eq!(app.cli_mint("root/a/doc.md"), after);
    let ann = app.editor("ann");
    assert_eq!(
        app.mint("root/a", "doc.md", &ann),
        app.mint("root/a", "doc.md", &ann)
    );
    assert_eq!(keyfile::live(&app.tree.keys()).len(), 3);
    app.get_file(&before).expect(200);
}
