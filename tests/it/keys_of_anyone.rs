//! Keys of nobody in particular: whoever is anyone shares them, and none of them gets more by that, or learns of the others.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::admin_forms::{page, post};
use crate::keys_api::list;
use crate::keys_api_changes::own;
use crate::support::beside::free_address;
use crate::support::sign_in::token;
use crate::support::wire::encode;
use crate::support::{Jar, Request, TestApp, Tree, audit, eventually, hash_text};

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

#[test]
fn nobody_chooses_the_passphrase_for_all_who_are_anyone() {
    let address = free_address();
    let tree = Tree::with(|settings| {
        settings["grants"] = json!([{"anyone": true, "directories": [settings["roots"][2]]}]);
        settings["keys"] = json!({"require_passphrase": true});
        settings["listen"] = json!([address.to_string()]);
        settings["public_url"] = json!(format!("http://{address}/"));
    });
    let app = TestApp::on(Arc::new(tree));
    let target = app.redirect_target("root/b", "b.md", &[]);
    let made = |passphrase: &str| {
        // A stranger is asked for a passphrase of their own, whoever came before.
        let page = app.send(&own("GET", &target, &Jar::default())).expect(200);
        let folder = encode(&app.tree.at("root/b"));
        let body = format!(
            "dirname={folder}&basename=b.md&token={}&passphrase={passphrase}",
            token(&page)
        );
        let made = post(&app, "/redirect", &Jar::default(), &body).expect(303);
        let mut jar = Jar::default();
        jar.absorb(&made);
        (made.key().expect("a key"), jar)
    };
    let (first, first_jar) = made("chosen-by-the-first");
    let (second, second_jar) = made("chosen-by-the-second");
    assert_ne!(first, second);
    let opens = |key: &str, jar: &Jar| {
        let request = Request::get("/api/file").bearer(key).jar(jar);
        app.send(&request).status
    };
    assert_eq!(opens(&first, &first_jar), 200);
    assert_eq!(opens(&second, &second_jar), 200);
    assert_eq!(opens(&first, &second_jar), 403);
}
