//! What the audit log says of what was done, by whom and from where, and what never stands in it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::support::audit::{lines, path, says, told};
use crate::support::keyfile::id;
use crate::support::{Request, TestApp, random_key};

fn bare(key: &str) -> String {
    id(key).trim_start_matches("sha256:").to_owned()
}

#[test]
fn each_use_of_a_key_is_told_by_its_id_and_way() {
    let app = TestApp::start();
    let jar = app.editor("ann");
    let key = app.mint("root/a", "doc.md", &jar);
    let by = "host/cms:ann";
    let minted = told(&app, &json!({"act": "mint", "key": bare(&key), "by": by}));
    assert_eq!(minted["from"], "127.0.0.0/24");
    assert_eq!(app.mint("root/a", "doc.md", &jar), key, "the same key");
    app.open(&key).expect(200);
    let etag = app.get_file(&key).expect(200);
    let etag = etag.header("etag").expect("a tag").to_owned();
    app.send(&Request::get(format!("/raw/doc.md?accesskey={key}")))
        .expect(200);
    app.save(&key, &etag, b"new\n").expect(204);
    for (act, why) in [
        ("open", "page"),
        ("open", "file"),
        ("open", "raw"),
        ("save", "file"),
    ] {
        told(
            &app,
            &json!({"act": act, "key": bare(&key), "why": why, "by": null}),
        );
    }
    let mints = json!({"act": "mint"});
    let minted = lines(&app.tree)
        .iter()
        .filter(|line| says(line, &mints))
        .count();
    assert_eq!(minted, 1, "the key that was there is no new one");
    let mode = fs::metadata(path(&app.tree))
        .expect("the log")
        .permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
}

#[test]
fn each_refusal_is_told_by_one_word_and_the_keys_id() {
    let app = TestApp::with(|settings| settings["audit"] = json!({"address": "full"}));
    let tree = &app.tree;
    let unknown = random_key();
    let expired = tree.hand_made(
        "root/a",
        "doc.md",
        &json!({"expires": "2026-01-02T00:00:00Z"}),
    );
    let outside = tree.hand_made("outside", "canary.txt", &json!({}));
    let missing = tree.hand_made("root/a", "gone.md", &json!({"rights": "view"}));
    let view = tree.hand_made("root/a", "doc.md", &json!({"rights": "view"}));
    let bound = tree.hand_made(
        "root/a",
        "doc.md",
        &json!({"bind": "visitor", "by": "host/cms:ann"}),
    );
    for (key, why) in [
        (&unknown, "unknown"),
        (&expired, "expired"),
        (&outside, "outside"),
        (&missing, "missing"),
        (&bound, "other visitor"),
    ] {
        app.open(key).expect(403);
        let line = told(
            &app,
            &json!({"act": "refuse", "key": bare(key), "why": why}),
        );
        assert_eq!(line["from"], "127.0.0.1");
    }
    app.save(&view, "\"x\"", b"x").expect(403);
    told(
        &app,
        &json!({"act": "refuse", "key": bare(&view), "why": "view only"}),
    );
    app.send(&Request::get(format!("/raw/other.md?accesskey={view}")))
        .expect(403);
    told(
        &app,
        &json!({"act": "refuse", "key": bare(&view), "why": "other name"}),
    );
    app.send(&Request::get("/api/file")).expect(403);
    told(
        &app,
        &json!({"act": "refuse", "key": null, "why": "no key"}),
    );
}

#[test]
fn who_asks_for_a_key_without_a_grant_is_told() {
    let app = TestApp::start();
    let jar = app.editor("ann");
    app.redirect("root/b", "b.md", &[], &jar).expect(403);
    told(
        &app,
        &json!({"act": "refuse", "by": "host/cms:ann", "why": "no grant", "key": null}),
    );
    app.redirect("root/a", "doc.md", &[], &crate::support::Jar::default())
        .expect(403);
    told(
        &app,
        &json!({"act": "refuse", "by": null, "why": "no grant", "key": null}),
    );
}

#[test]
fn a_lost_grant_takes_its_keys_along_and_that_is_told() {
    let app = TestApp::with(|settings| settings["keys"] = json!({"on_grant_lost": "revoke"}));
    let granted = app
        .host_grant(&json!({"user": "ann", "directories": [app.tree.at("root/a")]}))
        .expect(201)
        .json();
    let (jar, _) = app.enter(granted["url"].as_str().expect("a url"));
    let key = app.mint("root/a", "doc.md", &jar);
    let target = format!("/api/grants/{}", granted["id"].as_str().expect("an id"));
    app.send(&Request::new("DELETE", &target).bearer(&app.tree.cms_token))
        .expect(204);
    let by = "host/cms";
    told(
        &app,
        &json!({"act": "revoke", "key": bare(&key), "by": by, "why": "lost grant"}),
    );
    told(
        &app,
        &json!({"act": "revoke", "key": null, "by": by, "why": "grant"}),
    );
}

#[test]
fn the_operator_is_told_at_once_when_a_command_ends() {
    let app = TestApp::start();
    let key = app.cli_mint("root/a/doc.md");
    app.cli(&["keys", "link", &bare(&key)], "");
    app.cli(&["keys", "show", &bare(&key)], "");
    app.cli(&["keys", "revoke", "-"], &key);
    app.tree.hand_made(
        "root/a",
        "doc.md",
        &json!({"expires": "2026-01-02T00:00:00Z"}),
    );
    app.cli(&["prune", "--expired"], "");
    let theirs = json!({"8oQ1xKdEYrXkWqPTbvn2Zu4T": {"dirname": app.tree.at("root/a"), "basename": "doc.md"}});
    app.tree.write("oge.json", theirs.to_string());
    app.cli(&["keys", "import", &app.tree.at("oge.json")], "");
    let told: Vec<(Value, Value)> = lines(&app.tree)
        .into_iter()
        .map(|line| (line["act"].clone(), line["by"].clone()))
        .collect();
    let acts = ["mint", "link", "revoke", "prune", "import"];
    assert_eq!(told, acts.map(|act| (json!(act), json!("operator"))));
}

#[test]
fn no_secret_stands_in_the_audit_log() {
    let app = TestApp::start();
    let granted = app
        .host_grant(&json!({"user": "ann", "poweruser": true}))
        .expect(201)
        .json();
    let url = granted["url"].as_str().expect("a url").to_owned();
    let (jar, _) = app.enter(&url);
    let label = random_key();
    let key = app.mint_with("root/a", "doc.md", &[("label", &label)], &jar);
    let etag = app.get_file(&key).expect(200);
    let etag = etag.header("etag").expect("a tag").to_owned();
    app.open(&key).expect(200);
    app.save(&key, &etag, b"said in confidence\n").expect(204);
    let refused = random_key();
    for target in [
        format!("/api/file?accesskey={refused}&accesskey={key}"),
        format!("/?accesskey={key}%00"),
        format!("/?accesskey={refused}"),
        format!("/raw/{refused}?accesskey={key}"),
        format!("/enter?accesskey={refused}"),
        format!("/enter?ticket={refused}"),
    ] {
        app.send(&Request::get(target));
    }
    app.redirect(
        "root/a",
        &refused,
        &[("label", &refused)],
        &crate::support::Jar::default(),
    );
    app.host_grant_as(&refused, &json!({"poweruser": true}))
        .expect(401);
    app.cli(&["keys", "link", &bare(&key)], "");
    app.cli(&["keys", "revoke", "-"], &key);
    app.open(&key).expect(403);
    told(
        &app,
        &json!({"act": "refuse", "key": bare(&key), "why": "unknown"}),
    );

    let text = fs::read_to_string(path(&app.tree)).expect("the log");
    assert!(lines(&app.tree).len() > 6, "{text}");
    let ticket = url.split_once("ticket=").expect("a ticket").1.to_owned();
    let mut secrets = vec![key, refused, ticket, label, app.tree.cms_token.clone()];
    secrets.extend(jar.secrets());
    secrets.extend(["said in confidence", "doc.md", "root/a"].map(ToOwned::to_owned));
    for secret in secrets {
        assert!(!text.contains(&secret), "{secret} in {text}");
    }
}
