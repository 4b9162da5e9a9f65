//! `POST /api/keys/prune`: for administrators alone, and what it takes away can be brought back.

use serde_json::{Value, json};

use crate::keys_api::with_admin_host;
use crate::keys_api_changes::own;
use crate::support::{Reply, Request, TestApp, audit, hash_text};

fn prune(app: &TestApp, token: &str, body: &Value) -> Reply {
    let request = Request::new("POST", "/api/keys/prune").bearer(token);
    app.send(&request.json(body))
}

#[test]
fn an_administrator_prunes_what_a_dry_run_named_and_nothing_else() {
    let mut token = String::new();
    let app = TestApp::with(|settings| token = with_admin_host(settings));
    let old = json!({"created": "2020-01-01T00:00:00Z"});
    let dead = app.tree.hand_made("root/a", "doc.md", &old);
    let elsewhere = app.tree.hand_made("root/b", "b.md", &old);
    let live = app.mint("root/a", "doc.md", &app.editor("ann"));
    let mut asked =
        json!({"older_than": "365d", "directory": app.tree.at("root/a"), "dry_run": true});
    let said = prune(&app, &token, &asked).expect(200).json();
    let named = json!([{
        "id": hash_text(&dead), "dirname": app.tree.at("root/a"), "basename": "doc.md", "scope": "file",
        "reason": "old", "why": "minted at 2020-01-01T00:00:00Z",
    }]);
    let count = |said: &Value| [&said["pruned"], &said["kept"], &said["held"]].map(Value::as_u64);
    assert_eq!(said["keys"], named);
    assert_eq!(
        (count(&said), &said["dry_run"]),
        ([1, 2, 0].map(Some), &json!(true))
    );
    app.get_file(&dead).expect(200);

    asked["dry_run"] = json!(false);
    let said = prune(&app, &token, &asked).expect(200).json();
    assert_eq!(said["keys"], named);
    assert_eq!(
        (count(&said), &said["failed"]),
        ([1, 2, 0].map(Some), &json!(false))
    );
    app.get_file(&dead).expect(403);
    for stays in [&elsewhere, &live] {
        app.get_file(stays).expect(200);
    }
    let noted = json!({"act": "prune", "by": "host/desk", "key": hash_text(&dead)});
    audit::told(&app, &noted);
    assert_eq!(prune(&app, &token, &asked).expect(200).json()["pruned"], 0);
    assert!(app.cli(&["prune", "--undo"], "").status.success());
    app.get_file(&dead).expect(200);
}

#[test]
fn nobody_else_prunes_and_what_is_no_criterion_is_refused() {
    let mut token = String::new();
    let app = TestApp::with(|settings| token = with_admin_host(settings));
    let dead = app.tree.hand_made(
        "root/a",
        "doc.md",
        &json!({"created": "2020-01-01T00:00:00Z"}),
    );
    let all = json!({"older_than": "1d"});
    let ann = app.editor("ann");
    app.send(&own("POST", "/api/keys/prune", &ann).json(&all))
        .expect(403);
    prune(&app, &app.tree.cms_token, &all).expect(403);
    prune(&app, "no-token", &all).expect(401);
    app.send(&Request::new("POST", "/api/keys/prune").json(&all))
        .expect(403);
    for bad in [
        json!({}),
        json!({"dry_run": true}),
        json!({"directory": app.tree.at("root/a")}),
        json!({"older_than": "1 month"}),
        json!({"older_than": 1}),
        json!({"older_than": "1d", "by": "ann"}),
        json!({"older_than": "1d", "directory": "root/a"}),
        json!({"older_than": "1d", "directory": "/srv/../etc"}),
        json!([]),
    ] {
        let reply = prune(&app, &token, &bad).expect(400);
        assert_eq!(
            reply.header("content-type"),
            Some("application/problem+json"),
            "{bad}"
        );
    }
    app.get_file(&dead).expect(200);
}
