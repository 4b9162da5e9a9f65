//! The policy table from end to end: groups, levels, everyone, names in paths, rows that add up and rows taken back, by
//! what a sign-on's headers say.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Jar, Reply, Request, TestApp, Tree, eventually, keyfile};

/// A server that believes this machine's headers and has these rows.
fn with_rows(rows: impl FnOnce(&Tree) -> Value) -> TestApp {
    let tree = Tree::new();
    let rows = rows(&tree);
    set_rows(&tree, &rows);
    TestApp::on(Arc::new(tree))
}

fn set_rows(tree: &Tree, rows: &Value) {
    let mut settings: Value =
        serde_json::from_slice(&tree.read("state/settings.json")).expect("JSON");
    settings["trusted_headers"] = json!({"networks": ["127.0.0.1"]});
    settings["grants"] = rows.clone();
    tree.write_settings(&settings);
}

/// What a request to edit this file gets, by these headers.
fn asked(app: &TestApp, folder: &str, basename: &str, headers: &[(&str, &str)]) -> Reply {
    let request = Request::get(app.redirect_target(folder, basename, &[("rights", "edit")]));
    let said = |request: Request, (name, value): &(&str, &str)| request.header(name, value);
    app.send(&headers.iter().fold(request, said))
}

/// The statuses for `root/a/doc.md` and `root/b/b.md`.
fn both(app: &TestApp, headers: &[(&str, &str)]) -> [u16; 2] {
    [("root/a", "doc.md"), ("root/b", "b.md")]
        .map(|(folder, basename)| asked(app, folder, basename, headers).status)
}

#[test]
fn a_row_for_a_group_holds_for_its_members_alone() {
    let app = with_rows(|tree| {
        json!([
            {"group": "staff", "directories": [tree.at("root/a")]},
            {"group": "staff", "user": "ann", "directories": [tree.at("root/b")]},
        ])
    });
    for (user, groups, statuses) in [
        ("ann", "staff", [302, 302]),
        ("ann", "x, staff ,y", [302, 302]),
        ("bob", "x,staff", [302, 403]),
        ("bob", "", [403, 403]),
        ("bob", "Staff", [403, 403]),
        ("bob", "staff2,sta", [403, 403]),
        ("bob", "staff|x", [403, 403]),
        ("ann", "x", [403, 403]),
        ("staff", "0,998", [403, 403]),
    ] {
        let headers = [("Remote-User", user), ("Remote-Groups", groups)];
        assert_eq!(both(&app, &headers), statuses, "{user} in {groups}");
    }
    assert_eq!(both(&app, &[]), [403, 403]);
}

#[test]
fn a_group_is_never_of_digits_alone() {
    let tree = Tree::new();
    set_rows(&tree, &json!([{"group": "998", "poweruser": true}]));
    let said = TestApp::try_on(Arc::new(tree)).err().expect("no start");
    assert!(said.contains("grants[0].group"), "{said}");
    // A group that a sign-on calls "0" is no level 0.
    let app =
        with_rows(|_| json!([{"level": 0, "poweruser": true}, {"level": 4, "poweruser": true}]));
    for groups in ["0", "0,1,2,3,4", "Admin"] {
        let headers = [("Remote-User", "ann"), ("Remote-Groups", groups)];
        assert_eq!(both(&app, &headers), [403, 403], "{groups}");
    }
}

#[test]
fn level_998_is_anyone_signed_in_and_999_everyone() {
    let ann = [("Remote-User", "ann")];
    for (row, signed_in, nobody) in [
        (json!({"level": 0}), 403, 403),
        (json!({"level": 4}), 403, 403),
        (json!({"level": 997}), 403, 403),
        (json!({"level": 998}), 302, 403),
        (json!({"level": 999}), 302, 302),
        (json!({"anyone": true}), 302, 302),
        (json!({"source": "header"}), 302, 403),
        (json!({"source": "jwt", "level": 998}), 403, 403),
        (json!({"source": "header", "level": 998}), 302, 403),
    ] {
        let app = with_rows(|tree| {
            let mut row = row.clone();
            row["directories"] = json!([tree.at("root/a")]);
            json!([row])
        });
        assert_eq!(both(&app, &ann), [signed_in, 403], "{row}");
        assert_eq!(both(&app, &[]), [nobody, 403], "{row}");
        // A host decides what its users are called, so no row without its name holds for them.
        let host = app.session(&json!({"user": "ann", "directories": []}));
        let status = app.redirect("root/a", "doc.md", &[], &host).status;
        assert_eq!(status, nobody, "{row}");
    }
}

#[test]
fn everyone_shares_one_key_for_each_file() {
    let app = with_rows(
        |tree| json!([{"anyone": true, "directories": [tree.at("root/a")], "rights": "view"}]),
    );
    let none = Jar::default();
    let key = app.mint("root/a", "doc.md", &none);
    assert_eq!(app.mint("root/a", "doc.md", &none), key);
    // Who is known by name has a key of their own, which shows in their list and goes with them.
    let ann =
        Request::get(app.redirect_target("root/a", "doc.md", &[])).header("Remote-User", "ann");
    let ann = app.send(&ann).expect(302).key().expect("a key");
    assert_eq!(keyfile::record(&app.tree.keys(), &ann)["by"], "header:ann");
    assert_eq!(keyfile::record(&app.tree.keys(), &key)["by"], "anyone");
    assert_eq!(keyfile::record(&app.tree.keys(), &key)["rights"], "view");
    app.redirect("root/a", "doc.md", &[("rights", "edit")], &none)
        .expect(403);
    app.redirect("root/b", "b.md", &[], &none).expect(403);
    app.redirect("root/a", "not-there.md", &[], &none)
        .expect(403);
    // A new key still takes a navigation, and the button where another site sent somebody.
    let target = app.redirect_target("root/a/deep", "x.md", &[]);
    let image = Request::get(&target).header("Sec-Fetch-Dest", "image");
    app.send(&image).expect(403);
    let page = app.send(&Request::get(&target).header("Sec-Fetch-Site", "cross-site"));
    let page = page.expect(200).text();
    let token = page
        .split_once("name=\"token\" value=\"")
        .expect("a token")
        .1;
    let token = token.split('"').next().expect("a token");
    let (_, query) = target.split_once('?').expect("a query");
    let pressed = Request::new("POST", "/redirect").body(format!("{query}&token={token}"));
    app.send(&pressed.clone().header("Origin", "https://evil.example"))
        .expect(403);
    app.send(&pressed.header("Sec-Fetch-Site", "same-origin"))
        .expect(303);
}

#[test]
fn a_name_in_a_path_is_one_clean_component_or_nothing() {
    let app = with_rows(|tree| {
        fs::create_dir_all(tree.path.join("root/a/home/ann/sub")).expect("folders");
        fs::create_dir_all(tree.path.join("root/a/home/ann@example.org")).expect("a folder");
        fs::create_dir_all(tree.path.join("root/a/home/{user}")).expect("a folder");
        tree.write("root/a/home/ann/own.md", "own\n");
        tree.write("root/a/home/own.md", "common\n");
        json!([{"level": 998, "directories": [format!("{}/{{user}}", tree.at("root/a/home"))]}])
    });
    let by = |name| [("Remote-User", name)];
    asked(&app, "root/a/home/ann", "own.md", &by("ann")).expect(302);
    asked(&app, "root/a/home/ann/sub", "new.md", &by("ann")).expect(302);
    asked(&app, "root/a/home", "own.md", &by("ann")).expect(403);
    asked(&app, "root/a/home/ann", "own.md", &by("bob")).expect(403);
    asked(&app, "root/a/home/ann", "own.md", &by("Ann")).expect(403);
    asked(&app, "root/a/home/{user}", "new.md", &by("{user}x")).expect(403);
    let address = [("Remote-Email", "ANN@example.org")];
    asked(&app, "root/a/home/ann@example.org", "new.md", &address).expect(302);
    for hostile in [
        ".",
        "..",
        "/",
        "./ann",
        "ann/",
        "/ann",
        "../home/ann",
        "ann/..",
        "ann/sub",
        "ann/../..",
        "..%2f..",
        "%2e%2e",
        "ann\\..\\..",
        "\\",
        "~",
        "*",
        "ann\u{202e}",
        "a:b",
        "{user}",
        "...",
        "home",
        "$HOME",
        "-",
        "ann%00",
        "𝕒𝕟𝕟",
        "ANN",
    ] {
        for (folder, basename) in [
            ("root/a/home/ann", "own.md"),
            ("root/a/home/ann/sub", "new.md"),
            ("root/a/home", "own.md"),
            ("root/a", "doc.md"),
            ("root/b", "b.md"),
            ("root/a-secret", "s.md"),
            ("outside", "canary.txt"),
        ] {
            let reply = asked(&app, folder, basename, &by(hostile));
            assert_eq!(reply.status, 403, "{hostile} at {folder}/{basename}");
        }
    }
}

#[test]
fn rows_add_up_and_addresses_are_compared_without_regard_to_case() {
    let app = with_rows(|tree| {
        json!([
            {"email": "Ann@Example.org", "directories": [tree.at("root/a")], "rights": "view"},
            {"group": "writers", "directories": [tree.at("root/a/deep")]},
            {"user": "ann", "directories": [tree.at("root/b")]},
        ])
    });
    let headers = [
        ("Remote-User", "ann"),
        ("Remote-Email", "aNN@eXample.org"),
        ("Remote-Groups", "writers"),
    ];
    for (folder, basename, headers, status) in [
        ("root/a", "doc.md", &headers[..], 403),
        ("root/a/deep", "x.md", &headers[..], 302),
        ("root/b", "b.md", &headers[..], 302),
        ("root/b", "b.md", &headers[1..], 403),
        ("root/a/deep", "x.md", &headers[1..], 302),
        ("root/a/deep", "x.md", &headers[..2], 403),
    ] {
        let reply = asked(&app, folder, basename, headers);
        assert_eq!(reply.status, status, "{folder} {headers:?}");
    }
    let view = Request::get(app.redirect_target("root/a", "doc.md", &[("rights", "view")]));
    app.send(&view.header("Remote-Email", "ann@example.org"))
        .expect(302);
}

#[test]
fn a_row_taken_back_bites_at_the_next_mint_and_bookmarks_stay() {
    let app = with_rows(|_| json!([{"group": "staff", "poweruser": true}]));
    let headers = [("Remote-User", "ann"), ("Remote-Groups", "staff")];
    let key = asked(&app, "root/a", "doc.md", &headers)
        .expect(302)
        .key()
        .expect("a key");
    // Out of the group at the sign-on.
    asked(&app, "root/a", "doc.md", &headers[..1]).expect(403);
    set_rows(&app.tree, &json!([{"group": "other", "poweruser": true}]));
    let app = app.restart();
    asked(&app, "root/a", "doc.md", &headers).expect(403);
    asked(&app, "root/b", "b.md", &headers).expect(403);
    app.open(&key).expect(200);
    assert_eq!(app.get_file(&key).expect(200).body, b"# A document\n");
}

#[test]
fn a_row_taken_out_of_the_settings_bites_without_a_restart() {
    let app = with_rows(|_| json!([{"group": "staff", "poweruser": true}]));
    let headers = [("Remote-User", "ann"), ("Remote-Groups", "staff")];
    asked(&app, "root/a", "doc.md", &headers).expect(302);
    let status = || asked(&app, "root/b", "b.md", &headers).status;

    // What is broken as a whole changes nothing, and is said.
    let good = fs::read(app.tree.settings()).expect("the settings");
    let broken = String::from_utf8_lossy(&good).replacen('}', "", 1);
    fs::write(app.tree.settings(), broken).expect("broken");
    let patience = Duration::from_secs(5);
    eventually("the log tells of the mistake", patience, || {
        app.log().contains("the policy stays as it was")
    });
    assert_eq!(status(), 302);

    fs::write(app.tree.settings(), good).expect("mended");
    set_rows(&app.tree, &json!([{"group": "other", "poweruser": true}]));
    eventually("the row is gone", patience, || status() == 403);
    set_rows(&app.tree, &json!([{"user": "ann", "poweruser": true}]));
    eventually("another row is there", patience, || status() == 302);
}
