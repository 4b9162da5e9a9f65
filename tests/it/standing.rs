//! Keys bound to their visitor, and keys whose visitor lost the grant.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Jar, Request, TestApp, eventually, keyfile, random_key};

fn opens(app: &TestApp, key: &str, jar: &Jar) -> u16 {
    let file = app
        .send(&Request::get("/api/file").bearer(key).jar(jar))
        .status;
    let page = app
        .send(&Request::get(format!("/?accesskey={key}")).jar(jar))
        .status;
    assert_eq!(file, page);
    file
}

/// Starts again with changed settings.
fn changed(app: TestApp, change: impl FnOnce(&mut Value)) -> TestApp {
    let settings = fs::read(app.tree.settings()).expect("the settings");
    let mut settings: Value = serde_json::from_slice(&settings).expect("JSON");
    change(&mut settings);
    app.tree.write_settings(&settings);
    app.restart()
}

#[test]
fn a_bound_key_opens_for_its_visitor_alone() {
    let app = TestApp::with(|settings| settings["keys"]["bind"] = json!("visitor"));
    let (ann, again, bob) = (app.editor("ann"), app.editor("ann"), app.editor("bob"));
    let key = app.mint("root/a", "doc.md", &ann);
    let unknown = app.get_file(&random_key());
    for stranger in [Jar::default(), bob, app.poweruser()] {
        let refused = app.send(&Request::get("/api/file").bearer(&key).jar(&stranger));
        assert_eq!(refused.but_for_date(), unknown.but_for_date());
        assert_eq!(opens(&app, &key, &stranger), 403);
    }
    assert_eq!(
        (opens(&app, &key, &ann), opens(&app, &key, &again)),
        (200, 200)
    );
    let save = |jar: &Jar| {
        let request = Request::new("PUT", "/api/file").bearer(&key).jar(jar);
        app.send(&request.header("If-Match", "*").body(b"saved"))
            .status
    };
    assert_eq!((save(&Jar::default()), save(&ann)), (403, 204));
    let operators = app.cli_mint("root/a/doc.md");
    assert_eq!(opens(&app, &operators, &Jar::default()), 200);

    let withdrawn = Request::new("DELETE", "/api/grants?user=ann").bearer(&app.tree.cms_token);
    app.send(&withdrawn).expect(204);
    assert_eq!(opens(&app, &key, &ann), 403, "who has no grant is nobody");

    let app = changed(app, |settings| settings["keys"]["bind"] = json!("holder"));
    assert_eq!(opens(&app, &key, &Jar::default()), 403, "it stays bound");
    assert_eq!(opens(&app, &key, &app.editor("ann")), 200);
}

#[test]
fn the_settings_bind_keys_that_were_made_before() {
    let app = TestApp::start();
    let ann = app.editor("ann");
    let key = app.mint("root/a", "doc.md", &ann);
    assert_eq!(opens(&app, &key, &Jar::default()), 200);
    let app = changed(app, |settings| settings["keys"]["bind"] = json!("visitor"));
    assert_eq!(opens(&app, &key, &Jar::default()), 403);
    assert_eq!(opens(&app, &key, &app.editor("ann")), 200);
    assert_eq!(
        opens(&app, &key, &ann),
        200,
        "the session outlived the server"
    );
}

#[test]
fn withdrawing_takes_keys_along_where_the_settings_say_so() {
    let nobody = Jar::default();
    for (word, after) in [("keep", 200), ("revoke", 403)] {
        let app = TestApp::with(|settings| settings["keys"]["on_grant_lost"] = json!(word));
        let grant = |folder: &str| {
            let grant = json!({"user": "ann", "directories": [app.tree.at(folder)]});
            let granted = app.host_grant(&grant).expect(201).json();
            let text = |name: &str| granted[name].as_str().expect("text").to_owned();
            (text("id"), app.enter(&text("url")).0)
        };
        let (one, in_a) = grant("root/a");
        let key = app.mint("root/a", "doc.md", &in_a);
        let (_, in_b) = grant("root/b");
        let other = app.mint("root/b", "b.md", &in_b);
        let bobs = app.mint("root/a", "doc.md", &app.editor("bob"));
        let withdraw = |which: &str| {
            let target = format!("/api/grants{which}");
            app.send(&Request::new("DELETE", target).bearer(&app.tree.cms_token))
                .status
        };
        assert_eq!(withdraw(&format!("/{one}")), 204);
        assert_eq!(opens(&app, &key, &nobody), after, "{word}");
        assert_eq!(opens(&app, &other, &nobody), 200, "another grant holds it");
        assert_eq!(withdraw("?user=ann"), 204);
        assert_eq!(opens(&app, &other, &nobody), after, "{word}");
        assert_eq!(opens(&app, &bobs, &nobody), 200);
    }
}

#[test]
fn a_disk_that_is_not_mounted_takes_no_key_along() {
    let nobody = Jar::default();
    let app = TestApp::with(|settings| {
        settings["keys"]["on_grant_lost"] = json!("revoke");
        let deep = format!("{}/deep", settings["roots"][0].as_str().expect("a root"));
        settings["grants"] = json!([{"anyone": true, "directories": [deep]}]);
    });
    let key = app.mint("root/a/deep", "x.md", &nobody);
    let (there, away) = (
        app.tree.path.join("root/a/deep"),
        app.tree.path.join("away"),
    );
    fs::rename(&there, &away).expect("moved");
    assert_eq!(opens(&app, &key, &nobody), 403);
    let app = app.restart();
    assert_eq!(opens(&app, &key, &nobody), 403);
    fs::rename(&away, &there).expect("moved back");
    eventually("it opens again", Duration::from_secs(5), || {
        opens(&app, &key, &nobody) == 200
    });
    assert!(keyfile::live(&app.tree.keys()).contains(&keyfile::id(&key)));
}

#[test]
fn keys_of_a_host_or_a_row_that_is_gone_are_revoked_for_good() {
    let nobody = Jar::default();
    let app = TestApp::with(|settings| {
        settings["keys"]["on_grant_lost"] = json!("revoke");
        let a = settings["roots"][0].clone();
        settings["grants"] = json!([{"anyone": true, "directories": [a]}]);
    });
    let settings = || {
        let text = fs::read(app.tree.settings()).expect("the settings");
        serde_json::from_slice::<Value>(&text).expect("JSON")
    };
    let (kept_rows, kept_hosts) = (settings()["grants"].clone(), settings()["hosts"].clone());
    let anyones = app.mint("root/a", "doc.md", &nobody);
    assert_eq!(
        anyones,
        app.mint("root/a", "doc.md", &nobody),
        "one key for all"
    );
    let anns = app.mint("root/a", "doc.md", &app.editor("ann"));
    let operators = app.cli_mint("root/a/doc.md");

    let app = changed(app, |settings| {
        settings["grants"] = json!([]);
        settings["hosts"] = json!([]);
    });
    assert_eq!(opens(&app, &operators, &nobody), 200);
    let gone = |key: &str| !keyfile::live(&app.tree.keys()).contains(&keyfile::id(key));
    eventually(
        "the lost keys are revoked unasked",
        Duration::from_secs(10),
        || gone(&anyones) && gone(&anns),
    );
    let app = changed(app, |settings| {
        settings["grants"] = kept_rows;
        settings["hosts"] = kept_hosts;
    });
    for key in [&anyones, &anns] {
        assert_eq!(
            opens(&app, key, &nobody),
            403,
            "a grant that comes back brings none back"
        );
    }
    assert_ne!(app.mint("root/a", "doc.md", &nobody), anyones);
}
