//! Keys of nobody in particular: whoever is anyone shares them, and none of them gets more by that, or learns of the others.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::admin_forms::{page, post};
use crate::keys_api::list;
use crate::keys_api_changes::own;
use crate::support::sign_in::token;
use crate::support::{Jar, TestApp, Tree, audit, eventually, hash_text};

/// A server where anyone edits in one folder.
fn app() -> TestApp {
    let tree = Tree::with(|settings| {
        settings["grants"] = json!([{"anyone": true, "directories": [settings["roots"][2]]}]);
    });
    TestApp::on(Arc::new(tree))
}

#[test]
fn nobody_in_particular_is_shown_a_bookmark_that_is_anyones() {
    let app = app();
    let nobody = Jar::default();
    let key = app.mint("root/b", "b.md", &nobody);
    let token = token(&page(&app, "/keys", &nobody));
    let link = format!("/api/keys/{}/link", hash_text(&key));
    app.send(&own("POST", &link, &nobody)).expect(404);
    // From now on strangers may only look: what was made before is no way around that.
    let mut settings: Value =
        serde_json::from_slice(&app.tree.read("state/settings.json")).expect("JSON");
    settings["grants"][0]["rights"] = json!("view");
    app.tree.write_settings(&settings);
    let edit = || app.redirect("root/b", "b.md", &[("rights", "edit")], &nobody);
    eventually("the policy is read anew", Duration::from_secs(10), || {
        edit().status == 403
    });
    app.send(&own("POST", &link, &nobody)).expect(404);
    let body = format!("token={token}&id={}", hash_text(&key));
    post(&app, "/keys/link", &nobody, &body).expect(404);
    // Nor do they see that there is one.
    assert_eq!(list(&app, "", &nobody).expect(200).json()["total"], 0);
}

#[test]
fn the_trace_of_a_key_of_anyones_is_not_for_anyone() {
    let app = app();
    let nobody = Jar::default();
    let key = app.mint("root/b", "b.md", &nobody);
    app.open(&key).expect(200);
    audit::told(&app, &json!({"act": "open", "key": hash_text(&key)}));
    let shown = page(&app, &format!("/keys/{}", hash_text(&key)), &nobody);
    assert!(!shown.text().contains("127.0.0."), "{}", shown.text());
    let ann = app.editor("ann");
    let own = app.mint("root/a", "doc.md", &ann);
    app.open(&own).expect(200);
    audit::told(&app, &json!({"act": "open", "key": hash_text(&own)}));
    let shown = page(&app, &format!("/keys/{}", hash_text(&own)), &ann);
    assert!(shown.text().contains("127.0.0."), "{}", shown.text());
}
