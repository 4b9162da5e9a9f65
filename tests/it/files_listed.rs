//! `/api/files`: whoever is granted a directory sees what could be opened there, and nobody learns anything else.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::sign_in::{PASSWORD, add_ann, sign_in, with_ann};
use crate::support::wire::encode;
use crate::support::{Jar, Reply, Request, TestApp, Tree, eventually};

pub(crate) fn ask(app: &TestApp, query: &str, jar: &Jar) -> Reply {
    app.send(&Request::get(format!("/api/files{query}")).jar(jar))
}

/// What is asked of a folder of the tree.
pub(crate) fn of(app: &TestApp, folder: &str) -> String {
    format!("?dirname={}", encode(&app.tree.at(folder)))
}

pub(crate) fn names(page: &Value) -> Vec<String> {
    let entries = page["entries"].as_array().expect("entries");
    let name = |entry: &Value| entry["name"].as_str().expect("a name").to_owned();
    entries.iter().map(name).collect()
}

pub(crate) fn listed(app: &TestApp, folder: &str, jar: &Jar) -> Vec<String> {
    names(&ask(app, &of(app, folder), jar).expect(200).json())
}

/// The whole paths that an answer tells.
pub(crate) fn told(reply: &Reply) -> BTreeSet<String> {
    let page = reply.json();
    let entries = page["entries"].as_array().expect("entries");
    let text = |entry: &Value, field: &str| entry[field].as_str().expect("a text").to_owned();
    let path = |entry: &Value| match text(entry, "kind").as_str() {
        "directory" => text(entry, "dirname"),
        _ => format!("{}/{}", text(entry, "dirname"), text(entry, "name")),
    };
    entries.iter().map(path).collect()
}

#[test]
fn a_visitor_sees_the_granted_directories_and_what_could_be_opened_in_them() {
    let app = TestApp::start();
    let ann = app.editor("ann");
    let key = app.mint("root/a", "doc.md", &ann);
    let top = ask(&app, "", &ann).expect(200);
    assert_eq!(told(&top), BTreeSet::from([app.tree.at("root/a")]));
    let reply = ask(&app, &of(&app, "root/a"), &ann).expect(200);
    // No link, wherever it leads, no second name of a file outside, nothing special.
    assert_eq!(names(&reply.json()), ["deep", "sub", "doc.md"]);
    let page = reply.json();
    let [deep, _, doc] = page["entries"].as_array().expect("entries").as_slice() else {
        panic!("{page}");
    };
    assert_eq!(deep["dirname"], app.tree.at("root/a/deep"));
    assert_eq!(doc["dirname"], app.tree.at("root/a"));
    assert_eq!(
        (&doc["kind"], &doc["rights"], &doc["size"]),
        (&json!("file"), &json!("edit"), &json!(13))
    );
    assert!(
        doc["modified"]
            .as_str()
            .is_some_and(|time| time.ends_with('Z'))
    );
    assert_eq!(
        (&page["next"], &page["bounded"]),
        (&Value::Null, &Value::Null)
    );
    for reply in [&top, &reply] {
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        assert!(!reply.text().contains(&key), "a key");
        assert!(reply.header("set-cookie").is_none());
    }
    // Whatever is told can be opened, just as it stands there.
    for entry in page["entries"].as_array().expect("entries") {
        if entry["kind"] == "file" {
            app.mint("root/a", entry["name"].as_str().expect("a name"), &ann);
        }
    }
}

#[test]
fn what_is_not_granted_is_one_answer_whether_it_is_there_or_not() {
    let app = TestApp::start();
    let ann = app.editor("ann");
    let nobody = ask(&app, "", &Jar::default()).expect(403);
    let at = |path: &str| format!("?dirname={}", encode(path));
    for query in [
        of(&app, "root/b"),
        of(&app, "root/none"),
        of(&app, "root/a-secret"),
        of(&app, "root"),
        of(&app, "outside"),
        of(&app, "state/keys"),
        of(&app, "root/a/none"),
        of(&app, "root/a/doc.md"),
        of(&app, "root/a/outdir"),
        of(&app, "root/a/magic"),
        of(&app, "root/a/fifo"),
        at("/"),
        at("/etc"),
        at("/proc/self/root"),
    ] {
        for search in ["", "&q=a"] {
            let reply = ask(&app, &format!("{query}{search}"), &ann).expect(403);
            assert_eq!(reply.but_for_date(), nobody.but_for_date(), "{query}");
        }
    }
    // Texts that no directory has are refused for the text alone.
    for (field, value) in [
        ("dirname", "root/a"),
        ("dirname", "/root/../etc"),
        ("dirname", "/a\\b"),
        ("after", "x"),
        ("after", "file/.."),
        ("limit", "0"),
        ("limit", "1001"),
        ("order", "asc"),
    ] {
        ask(&app, &format!("?{field}={}", encode(value)), &ann).expect(400);
    }
    ask(&app, &format!("?q={}", "a".repeat(257)), &ann).expect(400);
    let up = format!(
        "?dirname={}",
        encode(&format!("{}/../b", app.tree.at("root/a")))
    );
    ask(&app, &up, &ann).expect(400);
}

#[test]
fn each_visitor_sees_their_own_grants_and_view_is_called_view() {
    let app = TestApp::start();
    let (a, b) = (app.tree.at("root/a"), app.tree.at("root/b"));
    let narrow = app
        .host_grant_as(
            &app.tree.narrow_token,
            &json!({"user": "eve", "directories": [a]}),
        )
        .expect(201)
        .json();
    let (eve, _) = app.enter(narrow["url"].as_str().expect("an address"));
    let bob = app.session(&json!({"user": "bob", "directories": [b]}));
    let rights = |jar: &Jar, folder: &str| {
        let page = ask(&app, &of(&app, folder), jar).expect(200).json();
        page["entries"][0]["rights"].as_str().map(ToOwned::to_owned)
    };
    assert_eq!(rights(&eve, "root/a").as_deref(), Some("view"));
    assert_eq!(
        rights(&app.editor("ann"), "root/a").as_deref(),
        Some("edit")
    );
    assert_eq!(told(&ask(&app, "", &bob).expect(200)), BTreeSet::from([b]));
    ask(&app, &of(&app, "root/a"), &bob).expect(403);
    let roots = ["root/a", "root/a-secret", "root/b"].map(|root| app.tree.at(root));
    assert_eq!(
        told(&ask(&app, "", &app.poweruser()).expect(200)),
        BTreeSet::from(roots)
    );
}

#[test]
fn nested_grants_are_shown_once_and_each_with_its_rights() {
    let app = TestApp::with(|settings| {
        let a = settings["roots"][0].as_str().expect("a root").to_owned();
        settings["grants"] = json!([
            {"anyone": true, "directories": [format!("{a}/deep")]},
            {"anyone": true, "rights": "view", "directories": [a, format!("{a}/nowhere")]},
        ]);
    });
    let anyone = Jar::default();
    let top = ask(&app, "", &anyone).expect(200);
    assert_eq!(told(&top), BTreeSet::from([app.tree.at("root/a")]));
    let page = ask(&app, &of(&app, "root/a"), &anyone).expect(200).json();
    let rights: Vec<&str> = page["entries"]
        .as_array()
        .expect("entries")
        .iter()
        .filter_map(|entry| entry["rights"].as_str())
        .collect();
    assert_eq!(
        (names(&page), rights),
        (
            vec!["deep".to_owned(), "sub".to_owned(), "doc.md".to_owned()],
            vec!["edit", "view", "view"]
        )
    );
}

#[test]
fn a_grant_withdrawn_and_a_row_taken_out_bite_at_the_next_request() {
    let tree = Arc::new(Tree::with(with_ann));
    add_ann(&tree);
    let app = TestApp::on(tree);
    let granted = app
        .host_grant(&json!({"user": "carl", "directories": [app.tree.at("root/a")]}))
        .expect(201)
        .json();
    let (carl, _) = app.enter(granted["url"].as_str().expect("an address"));
    assert_eq!(listed(&app, "root/a", &carl).len(), 3);
    let withdraw = format!("/api/grants/{}", granted["id"].as_str().expect("an id"));
    app.send(&Request::new("DELETE", withdraw).bearer(&app.tree.cms_token))
        .expect(204);
    ask(&app, &of(&app, "root/a"), &carl).expect(403);
    let mut ann = Jar::default();
    sign_in(&app, &mut ann, "ann", PASSWORD).expect(303);
    assert_eq!(listed(&app, "root/a", &ann).len(), 3);
    let mut settings: Value =
        serde_json::from_slice(&app.tree.read("state/settings.json")).expect("JSON");
    settings["grants"].as_array_mut().expect("rows").remove(0);
    app.tree.write_settings(&settings);
    eventually("the policy is read anew", Duration::from_secs(10), || {
        ask(&app, &of(&app, "root/a"), &ann).status == 403
    });
}

#[test]
fn another_site_a_key_and_another_method_get_nothing() {
    let app = TestApp::start();
    let ann = app.editor("ann");
    let key = app.mint("root/a", "doc.md", &ann);
    let target = format!("/api/files{}", of(&app, "root/a"));
    let nobody = ask(&app, "", &Jar::default()).expect(403);
    let with =
        |name: &str, value: &str| app.send(&Request::get(&target).jar(&ann).header(name, value));
    for (name, value) in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Sec-Fetch-Site", "none"),
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
    ] {
        let reply = with(name, value).expect(403);
        assert_eq!(
            reply.but_for_date(),
            nobody.but_for_date(),
            "{name}: {value}"
        );
    }
    with("Sec-Fetch-Site", "same-origin").expect(200);
    with("Origin", "http://editkey.test").expect(200);
    // A key opens its file, and lists nothing.
    let by_key = app.send(&Request::get(&target).bearer(&key)).expect(403);
    assert_eq!(by_key.but_for_date(), nobody.but_for_date());
    for method in ["HEAD", "POST", "PUT", "DELETE", "OPTIONS"] {
        let reply = app.send(&Request::new(method, &target).jar(&ann));
        assert!(matches!(reply.status, 404 | 405), "{method}: {reply:?}");
        assert!(!reply.text().contains("doc.md"), "{method}");
        assert!(reply.header("access-control-allow-origin").is_none());
    }
}
