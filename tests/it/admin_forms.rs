//! The pages that manage keys without a script: each form as it is sent, and how much a page costs.

use std::time::Instant;

use serde_json::json;

use crate::admin::tree;
use crate::support::sign_in::{PASSWORD, own, sign_in, token};
use crate::support::wire::encode;
use crate::support::{Jar, Reply, TestApp, keyfile};

/// A server with an administrator and `count` keys of somebody's.
pub(crate) fn app(count: usize) -> TestApp {
    TestApp::on(tree(count, |_| ()))
}

pub(crate) fn signed_in(app: &TestApp, name: &str) -> Jar {
    let mut jar = Jar::default();
    sign_in(app, &mut jar, name, PASSWORD).expect(303);
    jar
}

#[track_caller]
pub(crate) fn page(app: &TestApp, target: &str, jar: &Jar) -> Reply {
    app.send(&own("GET", target, jar)).expect(200)
}

pub(crate) fn post(app: &TestApp, target: &str, jar: &Jar, body: &str) -> Reply {
    app.send(&own("POST", target, jar).body(body))
}

/// The ids that a page has boxes for.
pub(crate) fn ids(page: &Reply) -> Vec<String> {
    let text = page.text();
    let pieces = text.split("name=\"id\" value=\"").skip(1);
    pieces
        .filter_map(|rest| Some(rest.split('"').next()?.to_owned()))
        .collect()
}

/// The key in the bookmark on a page.
#[track_caller]
fn shown(page: &Reply) -> String {
    let text = page.text();
    let key = text.split_once("accesskey=").map(|(_, rest)| &rest[..24]);
    key.unwrap_or_else(|| panic!("no bookmark: {text}"))
        .to_owned()
}

/// The name under which the key file holds a key, as pages say it.
pub(crate) fn id(key: &str) -> String {
    keyfile::id(key).trim_start_matches("sha256:").to_owned()
}

#[test]
fn everything_works_without_a_script() {
    let app = app(3);
    let jar = signed_in(&app, "root");
    let token = token(&page(&app, "/admin", &jar));
    let path = encode(&app.tree.at("root/a/doc.md"));
    let made = post(
        &app,
        "/admin/new",
        &jar,
        &format!("token={token}&path={path}&scope=file&rights=&expires=7d&idle=&uses=&passphrase=&label=mine"),
    )
    .expect(200);
    let key = shown(&made);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    app.open(&key).expect(200);
    let record = keyfile::record(&app.tree.keys(), &key);
    assert_eq!(record["by"], "users:root");
    assert_eq!(record["label"], "mine");
    let id = id(&key);
    let narrow =
        format!("token={token}&id={id}&rights=view&expires=&idle=10d&uses=&passphrase=&label=");
    let said = post(&app, "/admin/narrow", &jar, &narrow).expect(303);
    let location = said.header("location").expect("a place").replace("..", "");
    let about = page(&app, &location, &jar).text();
    assert!(about.contains("The key is narrowed.") && !about.contains(&key));
    let record = keyfile::record(&app.tree.keys(), &key);
    assert_eq!(
        (&record["rights"], &record["idle"]),
        (&json!("view"), &json!("10d"))
    );
    assert!(
        record.get("label").is_none(),
        "a label that is left empty is none"
    );
    // What would widen is refused with the rule, and stands in the form again.
    let wide = format!("token={token}&id={id}&idle=20d");
    let refused = post(&app, "/admin/narrow", &jar, &wide).expect(403).text();
    assert!(refused.contains("A key is only ever narrowed") && refused.contains("value=\"20d\""));
    let link = post(&app, "/admin/link", &jar, &format!("token={token}&id={id}")).expect(200);
    assert_eq!(shown(&link), key);
    let derive = format!("token={token}&id={id}&uses=1");
    let child = shown(&post(&app, "/admin/derive", &jar, &derive).expect(200));
    assert_eq!(keyfile::record(&app.tree.keys(), &child)["uses"], 1);
    let asked = post(
        &app,
        "/admin/revoke",
        &jar,
        &format!("token={token}&id={id}"),
    )
    .expect(200);
    assert!(asked.text().contains("Revoke 2 keys?"), "{}", asked.text());
    app.open(&key).expect(200);
    let revoke = format!("token={token}&id={id}&confirm=yes");
    let done = post(&app, "/admin/revoke", &jar, &revoke).expect(303);
    assert_eq!(done.header("location"), Some("../admin?done=revoked&n=2"));
    app.open(&key).expect(403);
    assert_eq!(keyfile::live(&app.tree.keys()).len(), 3);
}

#[test]
fn an_existing_key_is_handed_out_for_the_same_ask_alone() {
    let app = app(0);
    let jar = signed_in(&app, "root");
    let token = token(&page(&app, "/admin/new", &jar));
    let path = encode(&app.tree.at("root/a/doc.md"));
    let ask = format!("token={token}&path={path}");
    let key = shown(&post(&app, "/admin/new", &jar, &ask).expect(200));
    assert_eq!(
        shown(&post(&app, "/admin/new", &jar, &ask).expect(200)),
        key
    );
    let labelled = post(&app, "/admin/new", &jar, &format!("{ask}&label=mine")).expect(303);
    let there = format!("../admin/keys/{}?done=existing", id(&key));
    assert_eq!(labelled.header("location"), Some(there.as_str()));
    let narrower = format!("{ask}&idle=5d");
    let idle = shown(&post(&app, "/admin/new", &jar, &narrower).expect(200));
    assert_ne!(idle, key);
    assert_eq!(keyfile::record(&app.tree.keys(), &idle)["idle"], "5d");
    assert_eq!(
        shown(&post(&app, "/admin/new", &jar, &narrower).expect(200)),
        idle
    );
}

#[test]
fn a_form_has_a_limit() {
    let app = app(1);
    let jar = signed_in(&app, "root");
    let list = page(&app, "/admin", &jar);
    let (token, id) = (token(&list), ids(&list).remove(0));
    let many = format!("&id={id}").repeat(201);
    post(&app, "/admin/revoke", &jar, &format!("token={token}{many}")).expect(400);
    let large = "x".repeat(64 * 1024);
    post(
        &app,
        "/admin/revoke",
        &jar,
        &format!("token={token}&id={id}&more={large}"),
    )
    .expect(413);
    post(&app, "/admin/revoke", &jar, &format!("token={token}")).expect(400);
    post(
        &app,
        "/admin/narrow",
        &jar,
        &format!("token={token}&id={id}&id={id}"),
    )
    .expect(400);
    post(
        &app,
        "/admin/revoke",
        &jar,
        &format!("token={token}&id={id}%0a"),
    )
    .expect(400);
    for wrong in [
        "sort=nothing-asc",
        "state=x",
        "asks=x",
        "after=x",
        "dir=relative",
    ] {
        app.send(&own("GET", &format!("/admin?{wrong}"), &jar))
            .expect(400);
    }
}

#[test]
fn a_prune_removes_what_was_shown_and_nothing_else() {
    let app = app(12);
    let jar = signed_in(&app, "root");
    let token = token(&page(&app, "/admin/prune", &jar));
    post(&app, "/admin/prune", &jar, &format!("token={token}")).expect(400);
    let rules = format!("token={token}&unused_for=&expired_for=1s");
    let shown = post(&app, "/admin/prune", &jar, &rules).expect(200).text();
    assert!(
        shown.contains("1 of 12 keys would go") && shown.contains("f00007.md"),
        "{shown}"
    );
    let same = shown
        .split_once("name=\"same\" value=\"")
        .expect("what was shown")
        .1;
    let same = same.split('"').next().expect("its end");
    assert_eq!(keyfile::live(&app.tree.keys()).len(), 12);
    // Other rules, or none of what was shown: it is shown first.
    for (rules, same) in [(&format!("{rules}&missing_files=yes"), same), (&rules, "x")] {
        let again = post(
            &app,
            "/admin/prune",
            &jar,
            &format!("{rules}&confirm=yes&same={same}"),
        );
        assert!(again.expect(200).text().contains("look again"));
    }
    assert_eq!(keyfile::live(&app.tree.keys()).len(), 12);
    let done = post(
        &app,
        "/admin/prune",
        &jar,
        &format!("{rules}&confirm=yes&same={same}"),
    )
    .expect(303);
    assert_eq!(done.header("location"), Some("../admin/prune?n=1"));
    let told = page(&app, "/admin/prune?n=1", &jar).text();
    let backup = format!(
        "{}.pruned-",
        app.tree
            .keys()
            .file_name()
            .expect("a name")
            .to_string_lossy()
    );
    assert!(
        told.contains("Pruned 1 key.") && told.contains(&backup),
        "{told}"
    );
    assert_eq!(keyfile::live(&app.tree.keys()).len(), 11);
}

/// A page of a list reads what it shows and no more: were the file read once a key, 4,000 keys would cost 80 times as much.
#[test]
fn a_list_of_thousands_costs_no_read_a_key() {
    let (few, many) = (app(50), app(4000));
    let time = |app: &TestApp| {
        let jar = signed_in(app, "root");
        page(app, "/admin", &jar);
        let times = (0..7).map(|_| {
            let start = Instant::now();
            let list = page(app, "/admin", &jar);
            assert_eq!(ids(&list).len(), 50);
            start.elapsed()
        });
        times.min().expect("a time")
    };
    let (few, many) = (time(&few), time(&many));
    println!("50 keys: {few:?}, 4,000 keys: {many:?}");
    assert!(many < few * 20, "50 keys: {few:?}, 4,000 keys: {many:?}");
}
