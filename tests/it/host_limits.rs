//! Which host may grant what: its token, its ceiling, and the roots above all.

use serde_json::json;

use crate::support::{Request, TestApp};

#[test]
fn a_host_grants_no_more_than_its_ceiling() {
    let app = TestApp::start();
    let (a, b) = (app.tree.at("root/a"), app.tree.at("root/b"));
    let view = |path: &str| json!({"path": path, "rights": "view"});
    for (grant, status) in [
        (
            json!({"user": "u", "directories": [view(&a)], "lifetime": "30m"}),
            201,
        ),
        (
            json!({"user": "u", "directories": [view(&format!("{a}/deep"))]}),
            201,
        ),
        (json!({"user": "u", "poweruser": true}), 403),
        (
            json!({"user": "u", "directories": [{"path": a, "rights": "edit"}]}),
            403,
        ),
        (json!({"user": "u", "directories": [view(&b)]}), 403),
        (
            json!({"user": "u", "directories": [view(&a), view(&b)]}),
            403,
        ),
        (
            json!({"user": "u", "directories": [view(&format!("{a}-secret"))]}),
            403,
        ),
        (
            json!({"user": "u", "directories": [view(&app.tree.at("root"))]}),
            403,
        ),
        (json!({"user": "u", "directories": [view("/")]}), 403),
        (
            json!({"user": "u", "directories": [view(&a)], "lifetime": "2h"}),
            403,
        ),
        (
            json!({"user": "u", "directories": [view(&format!("{a}/../b"))]}),
            400,
        ),
        (json!({"user": "u", "directories": [view("relative")]}), 400),
        (
            json!({"user": "u", "directories": [{"path": a, "rights": "admin"}]}),
            400,
        ),
        (
            json!({"user": "u", "directories": [view(&a)], "lifetime": "soon"}),
            400,
        ),
        (
            json!({"user": "u", "directories": [view(&a)], "admin": true}),
            400,
        ),
        (json!({"user": 7, "directories": [view(&a)]}), 400),
        (json!([]), 400),
    ] {
        let reply = app.host_grant_as(&app.tree.narrow_token, &grant);
        assert_eq!(reply.status, status, "{grant}: {}", reply.text());
    }
}

#[test]
fn the_roots_limit_every_host() {
    let app = TestApp::start();
    // Where the roots are all that limits, what lies outside of them is refused all the same.
    let outside = json!({"user": "u", "directories": [app.tree.at("outside")]});
    app.host_grant(&outside).expect(403);
    let linked = json!({"user": "u", "directories": [app.tree.at("root/a/outdir")]});
    app.host_grant(&linked).expect(403);
    app.host_grant(&json!({"user": "u", "poweruser": true, "lifetime": "9h"}))
        .expect(403);
}

#[test]
fn only_a_host_grants() {
    let app = TestApp::start();
    let grant = json!({"user": "ann", "poweruser": true});
    let token = &app.tree.cms_token;
    for wrong in [
        "",
        "x",
        &token[1..],
        &format!("{token}x"),
        &token.to_lowercase(),
    ] {
        app.host_grant_as(wrong, &grant).expect(401);
    }
    app.send(&Request::new("POST", "/api/grants").json(&grant))
        .expect(401);
    app.send(
        &Request::new("POST", "/api/grants")
            .jar(&app.poweruser())
            .json(&grant),
    )
    .expect(401);
    let reply = app.host_grant_as("x", &grant);
    assert_eq!(
        reply.header("content-type"),
        Some("application/problem+json")
    );
    assert!(
        reply
            .header("www-authenticate")
            .is_some_and(|scheme| scheme.starts_with("Bearer"))
    );
    let query = Request::new("POST", format!("/api/grants?token={token}")).json(&grant);
    app.send(&query).expect(401);
}
