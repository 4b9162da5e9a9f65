//! `GET /redirect`: who gets a key, for what, and what never mints. (Links and odd files: `redirect_links.rs`.)

use serde_json::json;

use crate::support::wire::encode;
use crate::support::{Jar, Request, TestApp, keyfile};

#[test]
fn a_permitted_file_becomes_a_relative_bookmark() {
    let app = TestApp::start();
    let jar = app.editor("ann");
    let reply = app.redirect("root/a", "doc.md", &[], &jar).expect(302);
    let key = reply.key().expect("a key");
    assert_eq!(
        reply.header("location"),
        Some(format!("./?accesskey={key}").as_str())
    );
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let form =
        |character: char| character.is_ascii_alphanumeric() || character == '-' || character == '_';
    assert!(key.len() == 24 && key.chars().all(form), "{key}");

    let php =
        app.redirect_target("root/a", "doc.md", &[])
            .replacen("/redirect", "/php/redirect.php", 1);
    let reply = app.send(&Request::get(php).jar(&jar)).expect(302);
    assert_eq!(
        reply.header("location"),
        Some(format!("../?accesskey={key}").as_str())
    );
    assert_eq!(app.get_file(&key).expect(200).body, b"# A document\n");

    let record = keyfile::record(&app.tree.keys(), &key);
    assert_eq!(record["dirname"], app.tree.at("root/a"));
    assert_eq!(record["basename"], "doc.md");
    assert_eq!(record["rights"], "edit");
    assert_eq!(record["by"], "host/cms:ann");
    let text = String::from_utf8(app.tree.read("state/keys/accesskeys.json")).expect("UTF-8");
    assert!(!text.contains(&key), "the key itself is at rest");
}

#[test]
fn parameters_are_refused_rather_than_repaired() {
    let app = TestApp::start();
    let jar = app.poweruser();
    let a = encode(&app.tree.at("root/a"));
    for query in [
        String::new(),
        format!("?dirname={a}"),
        "?basename=doc.md".to_owned(),
        format!("?dirname={a}&basename="),
        "?dirname=&basename=doc.md".to_owned(),
        format!("?dirname={a}&dirname={a}&basename=doc.md"),
        format!("?dirname={a}&basename=doc.md&basename=doc.md"),
        format!("?dirname={a}&basename=doc.md&rights=view&rights=view"),
        format!("?dirname={a}&basename=doc.md&rights=admin"),
        format!("?dirname={a}&basename=doc.md&rights="),
        format!("?dirname={a}&basename=doc.md&expires=soon"),
        format!("?dirname={a}&basename=doc.md&expires=2001-01-01T00:00:00Z"),
        format!("?dirname={a}&basename=doc.md&expires=-3d"),
        format!("?dirname={a}&basename=doc.md&expires=0s"),
        format!("?dirname={a}&basename=doc.md&label={}", "x".repeat(201)),
        format!("?dirname={a}&basename=doc.md&label=a%0ab"),
        format!("?dirname={a}%2f..&basename=doc.md"),
        format!("?dirname={a}%2f%2fdeep&basename=x.md"),
        format!("?dirname={a}&basename=deep%2fx.md"),
        format!("?dirname={a}&basename=.."),
        format!("?dirname={a}&basename=a%00"),
        "?dirname=root/a&basename=doc.md".to_owned(),
    ] {
        for path in ["/redirect", "/php/redirect.php"] {
            let reply = app.send(&Request::get(format!("{path}{query}")).jar(&jar));
            assert_eq!(reply.status, 400, "{path}{query}: {}", reply.text());
        }
    }
    assert!(keyfile::live(&app.tree.keys()).is_empty());
    // One trailing slash is the same directory.
    let slash = app.mint("root/a/", "doc.md", &jar);
    assert_eq!(slash, app.mint("root/a", "doc.md", &jar));
}

#[test]
fn nobody_gets_nothing() {
    let app = TestApp::start();
    app.redirect("root/a", "doc.md", &[], &Jar::default())
        .expect(403);
    let mut forged = Jar::default();
    forged.absorb(&app.enter("/enter?ticket=nonsense").1);
    app.redirect("root/a", "doc.md", &[], &forged).expect(403);
    assert!(keyfile::live(&app.tree.keys()).is_empty());
}

#[test]
fn a_grant_reaches_down_and_never_beside() {
    let app = TestApp::start();
    let jar = app.editor("ann");
    app.mint("root/a", "doc.md", &jar);
    app.mint("root/a/deep", "x.md", &jar);
    for (folder, basename) in [
        ("root/a-secret", "s.md"),
        ("root/b", "b.md"),
        ("root", "a"),
        ("outside", "canary.txt"),
        ("state/keys", "accesskeys.json"),
    ] {
        app.redirect(folder, basename, &[], &jar).expect(403);
    }
    let power = app.poweruser();
    app.mint("root/a-secret", "s.md", &power);
    app.mint("root/b", "b.md", &power);
    app.redirect("outside", "canary.txt", &[], &power)
        .expect(403);
    app.redirect("state", "settings.json", &[], &power)
        .expect(403);
}

#[test]
fn the_order_of_directories_changes_nothing() {
    let app = TestApp::start();
    let (a, deep) = (app.tree.at("root/a"), app.tree.at("root/a/deep"));
    for directories in [json!([deep, a]), json!([a, deep])] {
        let jar = app.session(&json!({"user": "ann", "directories": directories}));
        app.mint("root/a", "doc.md", &jar);
        app.mint("root/a/deep", "x.md", &jar);
        app.redirect("root/b", "b.md", &[], &jar).expect(403);
    }
    // The most that any of them grants.
    let view = json!({"path": a, "rights": "view"});
    let edit = json!({"path": deep, "rights": "edit"});
    for directories in [json!([view, edit]), json!([edit, view])] {
        let jar = app.session(&json!({"user": "bob", "directories": directories}));
        let above = app.mint("root/a", "doc.md", &jar);
        let below = app.mint("root/a/deep", "x.md", &jar);
        assert_eq!(keyfile::record(&app.tree.keys(), &above)["rights"], "view");
        assert_eq!(keyfile::record(&app.tree.keys(), &below)["rights"], "edit");
    }
}

#[test]
fn no_more_than_was_granted() {
    let app = TestApp::start();
    let view = json!({"path": app.tree.at("root/a"), "rights": "view"});
    let jar = app.session(&json!({"user": "vera", "directories": [view]}));
    app.redirect("root/a", "doc.md", &[("rights", "edit")], &jar)
        .expect(403);
    let key = app.mint("root/a", "doc.md", &jar);
    assert_eq!(
        key,
        app.mint_with("root/a", "doc.md", &[("rights", "view")], &jar)
    );
    app.redirect("root/a", "new.md", &[], &jar).expect(403);
    app.redirect("root/a", "doc.md", &[("expires", "91d")], &jar)
        .expect(403);
    let short = app.mint_with("root/a", "doc.md", &[("expires", "1h")], &jar);
    assert_ne!(short, key);
    assert!(keyfile::record(&app.tree.keys(), &short)["expires"].is_string());
}

#[test]
fn the_same_ask_gives_the_same_key() {
    let app = TestApp::start();
    let (ann, bob) = (app.editor("ann"), app.editor("bob"));
    let key = app.mint("root/a", "doc.md", &ann);
    assert_eq!(key, app.mint("root/a", "doc.md", &ann));
    assert_eq!(
        key,
        app.mint_with("root/a", "doc.md", &[("label", "draft")], &ann)
    );
    assert_eq!(
        key,
        app.mint_with("root/a", "doc.md", &[("rights", "edit")], &ann)
    );
    assert_eq!(key, app.mint("root/a", "doc.md", &app.editor("ann")));
    let view = app.mint_with("root/a", "doc.md", &[("rights", "view")], &ann);
    let week = app.mint_with("root/a", "doc.md", &[("expires", "7d")], &ann);
    let other = app.mint("root/a", "doc.md", &bob);
    let deep = app.mint("root/a/deep", "x.md", &ann);
    let keys = std::collections::BTreeSet::from([&key, &view, &week, &other, &deep]);
    assert_eq!(keys.len(), 5);
    assert_eq!(
        week,
        app.mint_with("root/a", "doc.md", &[("expires", "7d")], &ann)
    );
    let output = app.cli(&["keys", "revoke", "-"], &key);
    assert!(output.status.success(), "{output:?}");
    assert_ne!(
        key,
        app.mint("root/a", "doc.md", &ann),
        "a revoked key came back"
    );
}

#[test]
fn only_a_navigation_mints() {
    let app = TestApp::start();
    let jar = app.editor("ann");
    let ask = |method: &str, headers: &[(&str, &str)]| {
        let target = app.redirect_target("root/a", "doc.md", &[]);
        let request = Request::new(method, target).jar(&jar);
        app.send(&headers.iter().fold(request, |request, (name, value)| {
            request.header(name, value)
        }))
    };
    let (mode, dest) = (
        ("Sec-Fetch-Mode", "navigate"),
        ("Sec-Fetch-Dest", "document"),
    );
    for headers in [
        &[("Sec-Fetch-Mode", "cors"), ("Sec-Fetch-Dest", "empty")][..],
        &[("Sec-Fetch-Mode", "no-cors"), ("Sec-Fetch-Dest", "image")],
        &[("Sec-Fetch-Mode", "same-origin"), dest],
        &[mode, ("Sec-Fetch-Dest", "iframe")],
        &[mode, ("Sec-Fetch-Dest", "object")],
        &[mode, dest, ("Sec-Purpose", "prefetch")],
        &[mode, dest, ("Sec-Purpose", "prefetch;prerender")],
        &[("Service-Worker", "script")],
    ] {
        let reply = ask("GET", headers);
        assert!((400..500).contains(&reply.status), "{headers:?}: {reply:?}");
        assert!(reply.key().is_none());
    }
    assert!(ask("HEAD", &[]).key().is_none());
    assert!(ask("HEAD", &[mode, dest]).key().is_none());
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let reply = ask(method, &[mode, dest]);
        assert!(
            reply.status < 500 && reply.key().is_none(),
            "{method}: {reply:?}"
        );
    }
    assert!(
        keyfile::live(&app.tree.keys()).is_empty(),
        "something minted"
    );
    for site in ["none", "same-origin", "same-site"] {
        ask("GET", &[mode, dest, ("Sec-Fetch-Site", site)]).expect(302);
    }
}

#[test]
fn another_site_gets_a_button_before_a_new_key() {
    let app = TestApp::start();
    let jar = app.editor("ann");
    let from = |site: &str, basename: &str| {
        let request = Request::get(app.redirect_target("root/a", basename, &[])).jar(&jar);
        let request = request
            .header("Sec-Fetch-Mode", "navigate")
            .header("Sec-Fetch-Dest", "document");
        app.send(&request.header("Sec-Fetch-Site", site))
    };
    let page = from("cross-site", "doc.md").expect(200);
    assert!(page.text().contains("Open doc.md"), "{}", page.text());
    assert!(
        page.header("content-type")
            .is_some_and(|kind| kind.starts_with("text/html"))
    );
    assert!(
        keyfile::live(&app.tree.keys()).is_empty(),
        "another site minted a key"
    );
    let escaped = from("cross-site", "<img src=x>.md").expect(200).text();
    assert!(!escaped.contains("<img"), "{escaped}");
    let key = from("same-origin", "doc.md").expect(302).key();
    assert_eq!(
        from("cross-site", "doc.md").expect(302).key(),
        key,
        "the known bookmark needs no button"
    );
    from("cross-site", "../b/b.md").expect(400);
}

#[test]
fn a_new_file_is_minted_by_those_who_may_edit() {
    let app = TestApp::start();
    let jar = app.editor("ann");
    let key = app.mint("root/a", "new.md", &jar);
    assert!(
        !app.tree.path.join("root/a/new.md").exists(),
        "minting made the file"
    );
    app.get_file(&key).expect(404);
    app.open(&key).expect(200);
    app.redirect("root/a", "new.md", &[("rights", "view")], &jar)
        .expect(403);
    app.redirect("root/a/none", "new.md", &[], &jar).expect(403);
}

#[test]
fn new_keys_come_at_the_pace_that_the_settings_name() {
    let app = TestApp::with(|settings| settings["limits"]["new_keys_per_minute"] = json!(3));
    let (ann, bob) = (app.editor("ann"), app.editor("bob"));
    let asked = (0..5).map(|count| {
        app.redirect("root/a", &format!("{count}.md"), &[], &ann)
            .status
    });
    assert_eq!(asked.collect::<Vec<_>>(), [302, 302, 302, 429, 429]);
    app.redirect("root/a", "0.md", &[], &ann).expect(302);
    app.redirect("root/a", "0.md", &[], &bob).expect(302);
    assert_eq!(keyfile::live(&app.tree.keys()).len(), 4);
}
