//! `/api/keys`: keys narrowed, revoked and shown once more, by those whose they are and from our own pages alone.

use serde_json::{Value, json};

use crate::keys_api::{ids, list, with_admin_host};
use crate::support::{Jar, Reply, Request, TestApp, hash_text, keyfile};

fn at(key: &str) -> String {
    format!("/api/keys/{}", hash_text(key))
}

/// A change by a page of ours.
pub(crate) fn own(method: &str, target: &str, jar: &Jar) -> Request {
    Request::new(method, target)
        .header("Sec-Fetch-Site", "same-origin")
        .jar(jar)
}

fn set(app: &TestApp, key: &str, body: &Value, jar: &Jar) -> Reply {
    app.send(&own("PATCH", &at(key), jar).json(body))
}

#[test]
fn a_key_is_narrowed_and_never_widened() {
    let app = TestApp::start();
    let ann = app.editor("ann");
    let key = app.mint_with("root/a", "doc.md", &[("expires", "10d")], &ann);
    let set = |body: &Value| set(&app, &key, body, &ann);
    let narrowed = set(&json!({"expires": "2d", "idle": "30d", "label": "for bob"}))
        .expect(200)
        .json();
    assert_eq!(narrowed["idle"], "30d");
    assert_eq!(narrowed["label"], "for bob");
    for wider in [json!({"expires": "3d"}), json!({"idle": "31d"})] {
        let reply = set(&wider).expect(403);
        assert!(
            reply.text().contains("only ever narrowed"),
            "{}",
            reply.text()
        );
    }
    assert_eq!(
        set(&json!({"rights": "view"})).expect(200).json()["rights"],
        "view"
    );
    set(&json!({"rights": "edit"})).expect(403);
    let etag = app
        .get_file(&key)
        .expect(200)
        .header("etag")
        .expect("a tag")
        .to_owned();
    app.save(&key, &etag, b"x").expect(403);
    assert_eq!(
        set(&json!({"label": null})).expect(200).json()["label"],
        Value::Null
    );
    assert_eq!(
        set(&json!({})).expect(200).json()["expires"],
        narrowed["expires"]
    );
    assert_eq!(set(&json!({"uses": 2})).expect(200).json()["uses"], 2);
    set(&json!({"uses": 3})).expect(403);
}

#[test]
fn a_passphrase_is_hashed_and_neither_answered_nor_logged() {
    let app = TestApp::start();
    let ann = app.editor("ann");
    let key = app.mint("root/a", "doc.md", &ann);
    let passphrase = "a very long passphrase";
    let reply = set(&app, &key, &json!({"passphrase": passphrase}), &ann).expect(200);
    assert_eq!(reply.json()["passphrase"], true);
    let stored = keyfile::record(&app.tree.keys(), &key)["passphrase"].clone();
    let stored = stored.as_str().expect("a hash").to_owned();
    assert!(stored.starts_with("$argon2id$"), "{stored}");
    set(&app, &key, &json!({"passphrase": "short"}), &ann).expect(400);
    set(&app, &key, &json!({"passphrase": "x".repeat(2000)}), &ann).expect(400);
    set(
        &app,
        &key,
        &json!({"passphrase": null, "rights": passphrase}),
        &ann,
    )
    .expect(400);
    let log = app.log();
    for secret in [passphrase, &stored, &key] {
        assert!(!reply.text().contains(secret));
        assert!(!log.contains(secret), "in the log");
    }
}

#[test]
fn what_is_no_change_is_refused() {
    let app = TestApp::start();
    let ann = app.editor("ann");
    let key = app.mint("root/a", "doc.md", &ann);
    for bad in [
        "",
        "{",
        "[]",
        "null",
        "3",
        r#"{"rights":"admin"}"#,
        r#"{"admin":true}"#,
        r#"{"sealed":"x"}"#,
        r#"{"by":"x"}"#,
        r#"{"rights":"view","rights":"view"}"#,
        r#"{"uses":-1}"#,
        r#"{"uses":300}"#,
        r#"{"uses":101}"#,
        r#"{"uses":0}"#,
        r#"{"uses":null}"#,
        r#"{"rights":null}"#,
        r#"{"expires":null}"#,
        r#"{"idle":null}"#,
        r#"{"passphrase":null}"#,
        r#"{"uses":1.5}"#,
        r#"{"expires":"soon"}"#,
        r#"{"expires":"2019-01-01T00:00:00Z"}"#,
        r#"{"idle":"12h"}"#,
        r#"{"label":"a\nb"}"#,
        r#"{"label":""}"#,
        r#"{"label":7}"#,
        r#"{"rights":"view"} x"#,
        r#"{"dirname":"/etc"}"#,
        r#"{"parent":"x"}"#,
    ] {
        let request = own("PATCH", &at(&key), &ann).header("Content-Type", "application/json");
        let reply = app.send(&request.body(bad)).expect(400);
        let kind = reply.header("content-type");
        assert_eq!(kind, Some("application/problem+json"), "{bad}");
    }
    app.send(&own("PATCH", &at(&key), &ann).body("{}"))
        .expect(400);
    let form = own("PATCH", &at(&key), &ann).header("Content-Type", "text/plain");
    app.send(&form.body("{}")).expect(400);
    let long = set(&app, &key, &json!({"label": "x".repeat(20_000)}), &ann).expect(413);
    assert!(long.text().contains("than this address takes"), "{long:?}");
    let before = keyfile::record(&app.tree.keys(), &key);
    assert_eq!(before["rights"], "edit");
    assert_eq!(before.get("label"), None);
}

#[test]
fn a_change_by_cookie_needs_our_own_origin() {
    let app = TestApp::start();
    let ann = app.editor("ann");
    let key = app.mint("root/a", "doc.md", &ann);
    let link = format!("{}/link", at(&key));
    let origins: [&[(&str, &str)]; 6] = [
        &[],
        &[("Origin", "null")],
        &[("Origin", "http://evil.test")],
        &[("Sec-Fetch-Site", "cross-site")],
        &[
            ("Sec-Fetch-Site", "same-site"),
            ("Origin", "http://editkey.test"),
        ],
        &[("Sec-Fetch-Site", "none")],
    ];
    for origin in origins {
        for (method, target, body) in [
            ("DELETE", at(&key), json!({})),
            ("PATCH", at(&key), json!({"rights": "view"})),
            ("POST", link.clone(), json!({})),
            (
                "POST",
                "/api/keys/revoke".to_owned(),
                json!({"ids": [hash_text(&key)]}),
            ),
        ] {
            let request = Request::new(method, &target).jar(&ann).json(&body);
            let said = |request: Request, (name, value): &(&str, &str)| request.header(name, value);
            let reply = app.send(&origin.iter().fold(request, said)).expect(403);
            assert!(
                !reply.text().contains("accesskey"),
                "{method} {target} {origin:?}"
            );
            assert_eq!(reply.header("access-control-allow-origin"), None);
        }
    }
    assert_eq!(keyfile::record(&app.tree.keys(), &key)["rights"], "edit");
    let by_origin = Request::new("DELETE", at(&key))
        .header("Origin", "http://editkey.test")
        .jar(&ann);
    app.send(&by_origin).expect(204);
    assert_eq!(app.get_file(&key).status, 403);
}

#[test]
fn the_bookmark_is_shown_once_more_to_its_owner_alone() {
    let mut token = String::new();
    let app = TestApp::with(|settings| token = with_admin_host(settings));
    let ann = app.editor("ann");
    let key = app.mint("root/a", "doc.md", &ann);
    let link = format!("{}/link", at(&key));
    let url = |reply: Reply| {
        reply.expect(200).json()["url"]
            .as_str()
            .expect("a url")
            .to_owned()
    };
    let bookmark = format!("http://editkey.test/?accesskey={key}");
    assert_eq!(url(app.send(&own("POST", &link, &ann))), bookmark);
    assert_eq!(
        url(app.send(&Request::new("POST", &link).bearer(&token))),
        bookmark
    );
    app.send(&own("POST", &link, &app.editor("bob")))
        .expect(404);
    app.send(&own("POST", &link, &Jar::default())).expect(403);
    app.send(&Request::new("POST", &link).bearer(&app.tree.cms_token))
        .expect(403);
    app.send(&own("GET", &link, &ann)).expect(405);
    // What another program made cannot be shown again.
    let made = app
        .tree
        .hand_made("root/a", "doc.md", &json!({"by": "host/cms:ann"}));
    let reply = app
        .send(&own("POST", &format!("{}/link", at(&made)), &ann))
        .expect(403);
    assert!(
        reply.text().contains("cannot be shown again"),
        "{}",
        reply.text()
    );
}

#[test]
fn many_are_revoked_at_once_and_only_ones_own() {
    let mut token = String::new();
    let app = TestApp::with(|settings| token = with_admin_host(settings));
    let (ann, bob) = (app.editor("ann"), app.editor("bob"));
    let keys: Vec<String> = (1..4)
        .map(|hours| {
            app.mint_with(
                "root/a",
                "doc.md",
                &[("expires", &format!("{hours}h"))],
                &ann,
            )
        })
        .collect();
    let of_bob = app.mint("root/a", "doc.md", &bob);
    let revoke = |request: Request, ids: &[String]| {
        app.send(&request.json(&json!({"ids": ids})))
            .expect(200)
            .json()["revoked"]
            .clone()
    };
    let browser = |jar: &Jar| own("POST", "/api/keys/revoke", jar);
    let asked = [
        hash_text(&keys[0]),
        hash_text(&of_bob),
        hash_text("none"),
        hash_text(&keys[1]),
    ];
    assert_eq!(revoke(browser(&ann), &asked), json!([asked[0], asked[3]]));
    assert_eq!(
        [403, 403, 200, 200],
        [&keys[0], &keys[1], &keys[2], &of_bob].map(|key| app.get_file(key).status)
    );
    let host = Request::new("POST", "/api/keys/revoke").bearer(&token);
    let rest = [hash_text(&keys[2]), hash_text(&of_bob)];
    assert_eq!(revoke(host, &rest), json!(rest));
    assert_eq!(app.get_file(&of_bob).status, 403);
    assert_eq!(
        ids(&list(&app, "", &ann).expect(200).json()),
        Vec::<String>::new()
    );
    let many: Vec<String> = (0..1001)
        .map(|number: u32| hash_text(&number.to_string()))
        .collect();
    for bad in [
        json!({"ids": many}),
        json!({"ids": ["x"]}),
        json!([]),
        json!({"ids": [], "all": true}),
        json!({}),
    ] {
        app.send(&browser(&ann).json(&bad)).expect(400);
    }
    assert_eq!(revoke(browser(&ann), &[]), json!([]));
}
