//! The sign-in page in a real browser: without a script, with names that password managers know, and an empty console.

use std::sync::Arc;

use serde_json::json;

use crate::story::browser;
use crate::support::beside::free_address;
use crate::support::sign_in::{PASSWORD, add_ann, with_ann};
use crate::support::wire::encode;
use crate::support::{TestApp, Tree};

#[test]
fn a_person_signs_in_edits_and_signs_out() {
    let address = free_address();
    let tree = Arc::new(Tree::with(|settings| {
        with_ann(settings);
        settings["listen"] = json!([address.to_string()]);
        settings["public_url"] = json!(format!("http://{address}/"));
    }));
    add_ann(&tree);
    let app = TestApp::on(tree);
    let folder = encode(&app.tree.at("root/a"));
    let url = format!("http://{address}/redirect?dirname={folder}&basename=doc.md");
    let told = browser("sign-in", &url, &["--user", "ann", "--password", PASSWORD]);
    assert_eq!(told["asked"]["title"], "Sign in");
    assert_eq!(told["asked"]["user"], "username");
    assert_eq!(told["asked"]["password"], "current-password");
    assert_eq!(told["asked"]["scripts"], 0);
    assert_eq!(told["wrong"]["status"], 403);
    assert_eq!(told["wrong"]["alert"], "The name or the password is wrong.");
    assert_eq!(told["wrong"]["kept"], "ann");
    assert_eq!(told["opened"], "doc.md");
    assert_eq!(told["start"], "Signed in as ann · Sign out");
    assert_eq!(told["out"], "Sign in");
    assert_eq!(told["after"], "Sign in");
}
