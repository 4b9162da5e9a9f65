//! `/api/keys` as its document has it, and what an administrator is told of a key beyond it.

use serde_json::{Value, json};

use crate::keys_api::with_admin_host;
use crate::keys_api_changes::own;
use crate::support::{Request, TestApp, hash_text, keyfile};

fn at(key: &str) -> String {
    format!("/api/keys/{}", hash_text(key))
}

#[test]
fn every_request_in_keys_api_md_is_answered_as_it_says() {
    let mut token = String::new();
    let app = TestApp::with(|settings| token = with_admin_host(settings));
    let ann = app.editor("ann");
    let key = app.mint("root/a", "doc.md", &ann);
    app.mint("root/a/deep", "x.md", &ann);
    app.mint_with("root/a", "doc.md", &[("expires", "1d")], &ann);
    let document = std::fs::read_to_string(crate::support::beside::repository("docs/keys-api.md"));
    let document = document.expect("the document");
    let block = document.split("```").nth(1).expect("the requests");
    let (mut next, mut count) = (String::new(), 0);
    for line in block.lines().filter(|line| !line.is_empty()) {
        let (request, status) = line.split_once(" → ").expect("a status");
        let request = request
            .replace("ID", &hash_text(&key))
            .replace("NEXT", &next);
        let mut words = request.splitn(3, ' ');
        let (method, target) = (
            words.next().expect("a method"),
            words.next().expect("a target"),
        );
        let mut asked = Request::new(method, target).bearer(&token);
        if let Some(body) = words.next() {
            asked = asked.json(&serde_json::from_str(body).expect("JSON"));
        }
        let reply = app.send(&asked);
        assert_eq!(reply.status.to_string(), status, "{line}: {}", reply.text());
        if let Some(more) = reply
            .text()
            .starts_with('{')
            .then(|| reply.json()["next"].clone())
        {
            next = more.as_str().unwrap_or(&next).to_owned();
        }
        count += 1;
    }
    assert!(count >= 15, "{count}");
}

#[test]
fn an_administrator_learns_who_grants_what_a_key_opens() {
    let mut token = String::new();
    let app = TestApp::with(|settings| {
        token = with_admin_host(settings);
        settings["trusted_headers"] = json!({"networks": ["127.0.0.1"]});
        settings["grants"] = json!([
            {"user": "eve", "directories": [settings["roots"][0]], "rights": "view"},
            {"group": "staff", "directories": [settings["roots"][0]]},
            {"user": "carl", "poweruser": true},
        ]);
    });
    let ann = app.editor("ann");
    let granted = |key: &str| {
        let shown = app
            .send(&Request::get(at(key)).bearer(&token))
            .expect(200)
            .json();
        shown["granted"]["given"].clone()
    };
    let of_ann = app.mint("root/a", "doc.md", &ann);
    let given = granted(&of_ann);
    assert_eq!(given[0]["giver"], json!({"host": "cms"}));
    assert_eq!(
        (&given[0]["holds"], &given[0]["here"]),
        (&json!("now"), &json!("edit"))
    );
    // What the host granted for elsewhere does not lead here.
    let elsewhere = app
        .tree
        .hand_made("root/b", "b.md", &json!({"by": "host/cms:ann"}));
    assert_eq!(granted(&elsewhere)[0]["here"], Value::Null);
    let eve = app
        .tree
        .hand_made("root/a", "doc.md", &json!({"by": "header:eve"}));
    let given = granted(&eve);
    assert_eq!(given[0]["giver"], json!({"row": [0, "user eve"]}));
    assert_eq!(
        (&given[0]["holds"], &given[0]["here"]),
        (&json!("now"), &json!("view"))
    );
    assert_eq!(given[1]["holds"], json!({"perhaps": "another group"}));
    assert_eq!(given[2]["holds"], json!({"not": "another user"}));
    assert_eq!(
        granted(&app.cli_mint("root/a/doc.md"))[0]["giver"],
        "operator"
    );
    // The policy is no visitor's matter.
    let own = app
        .send(&Request::get(at(&of_ann)).jar(&ann))
        .expect(200)
        .json();
    assert_eq!(own.get("granted"), None);
}

#[test]
fn what_was_derived_is_shown_with_its_key_and_goes_along_with_it() {
    let app = TestApp::start();
    let ann = app.editor("ann");
    let parent = app.mint("root/a", "doc.md", &ann);
    let child = app.tree.hand_made(
        "root/a",
        "doc.md",
        &json!({"by": "host/cms:ann", "parent": keyfile::id(&parent)}),
    );
    let shown = app
        .send(&Request::get(at(&parent)).jar(&ann))
        .expect(200)
        .json();
    assert_eq!(shown["children"][0]["id"], hash_text(&child));
    let shown = app
        .send(&Request::get(at(&child)).jar(&ann))
        .expect(200)
        .json();
    assert_eq!(shown["above"][0]["id"], hash_text(&parent));
    app.send(&own("DELETE", &at(&parent), &ann)).expect(204);
    assert_eq!(app.get_file(&child).status, 403);
    app.send(&own("DELETE", &at(&parent), &ann)).expect(404);
}
