//! Keys of whole directories at work: a page that looks each time, an unknown key to everything that wants a file, gone
//! with the grant.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::json;

use crate::support::{Jar, Reply, Request, TestApp, keyfile, random_key};

#[track_caller]
fn mint(app: &TestApp, folder: &str, basename: &str, jar: &Jar) -> String {
    app.mint_with(folder, basename, &[("scope", "directory")], jar)
}

/// How a key is tried.
type Ask<'a> = &'a dyn Fn(&str) -> Reply;

/// Two answers are equal to the byte, but for the date.
#[track_caller]
fn alike(one: &Reply, other: &Reply, what: &str) {
    assert_eq!(one.but_for_date(), other.but_for_date(), "{what}");
}

#[test]
fn to_whatever_wants_a_file_a_directory_key_is_an_unknown_key() {
    let app = TestApp::start();
    let jar = app.editor("ann");
    let (key, unknown) = (mint(&app, "root/a", "deep", &jar), random_key());
    let put = |key: &str, condition: &str, value: &str| {
        let request = Request::new("PUT", "/api/file").bearer(key);
        app.send(&request.header(condition, value).body("x"))
    };
    let asks: [(&str, Ask<'_>); 6] = [
        ("GET", &|key| app.get_file(key)),
        ("GET by query", &|key| {
            app.send(&Request::get(format!("/api/file?accesskey={key}")))
        }),
        ("HEAD", &|key| {
            app.send(&Request::new("HEAD", "/api/file").bearer(key))
        }),
        ("PUT", &|key| put(key, "If-Match", "*")),
        ("PUT of a new file", &|key| put(key, "If-None-Match", "*")),
        ("with a session", &|key| {
            app.send(&Request::get("/api/file").bearer(key).jar(&jar))
        }),
    ];
    for (what, ask) in asks {
        let (theirs, reply) = (ask(&unknown), ask(&key));
        assert_eq!(reply.status, 403, "{what}");
        alike(&reply, &theirs, what);
    }
    app.open(&key).expect(200);
    // Nor does it open what lies below it, by whatever name.
    for more in ["&basename=x.md", "&path=x.md", "&dirname=%2F&basename=x.md"] {
        let reply = app.send(&Request::get(format!("/api/file?accesskey={key}{more}")));
        assert_eq!(reply.status, 403, "{more}");
    }
    assert_eq!(app.tree.read("root/a/deep/x.md"), b"deep\n");
}

#[test]
fn each_use_looks_whether_the_directory_is_there_and_no_link() {
    let app = TestApp::start();
    let key = mint(&app, "root/a", "deep", &app.editor("ann"));
    let below = {
        fs::create_dir(app.tree.path.join("root/a/deep/er")).expect("a folder");
        mint(&app, "root/a/deep", "er", &app.editor("ann"))
    };
    let unknown = app.open(&random_key()).expect(403);
    let no_file = app.get_file(&random_key()).expect(403);
    let at = |name: &str| app.tree.path.join(name);
    let refused = |why: &str| {
        for key in [&key, &below] {
            alike(&app.open(key), &unknown, why);
            let reply = app.send(&Request::get("/api/key").bearer(key));
            assert_eq!(reply.status, 403, "{why}");
            // Neither the file that stands there now, nor a new one.
            alike(&app.get_file(key), &no_file, why);
            let saved = [app.create(key, b"x"), app.save(key, "*", b"x")];
            assert!(saved.iter().all(|reply| reply.status == 403), "{why}");
        }
    };
    app.open(&key).expect(200);
    app.open(&below).expect(200);
    fs::rename(at("root/a/deep"), at("root/a/elsewhere")).expect("the move");
    refused("it is gone");
    symlink("elsewhere", at("root/a/deep")).expect("a link");
    refused("a link to the very same");
    fs::remove_file(at("root/a/deep")).expect("the removal");
    fs::write(at("root/a/deep"), "x").expect("a file");
    refused("a file now");
    fs::remove_file(at("root/a/deep")).expect("the removal");
    fs::rename(at("root/a/elsewhere"), at("root/a/deep")).expect("the move");
    app.open(&key).expect(200);
    app.open(&below).expect(200);
    // A record by hand of what lies outside, or of a file.
    for (dirname, basename) in [("", "outside"), ("root/a", "doc.md"), ("root/a", "outdir")] {
        let key = app
            .tree
            .hand_made(dirname, basename, &json!({"scope": "directory"}));
        alike(&app.open(&key), &unknown, basename);
    }
}

#[test]
fn an_ended_revoked_or_bound_directory_key_is_an_unknown_key() {
    let app = TestApp::with(|settings| settings["keys"]["bind"] = json!("visitor"));
    let (ann, bob) = (app.editor("ann"), app.editor("bob"));
    let key = mint(&app, "root/a", "deep", &ann);
    let open =
        |key: &str, jar: &Jar| app.send(&Request::get(format!("/?accesskey={key}")).jar(jar));
    let unknown = open(&random_key(), &ann).expect(403);
    for jar in [&bob, &Jar::default(), &app.poweruser()] {
        alike(&open(&key, jar), &unknown, "bound");
    }
    open(&key, &ann).expect(200);
    app.cli(&["keys", "revoke", "-"], &key);
    alike(&open(&key, &ann), &unknown, "revoked");
    let ended = json!({"scope": "directory", "by": "operator", "expires": "2026-01-02T00:00:00Z"});
    let ended = app.tree.hand_made("root/a", "deep", &ended);
    alike(&open(&ended, &ann), &unknown, "ended");
    let live = json!({"scope": "directory", "by": "operator"});
    open(&app.tree.hand_made("root/a", "deep", &live), &bob).expect(200);
}

#[test]
fn a_directory_key_is_lost_with_its_grant_and_not_before() {
    let app = TestApp::with(|settings| settings["keys"]["on_grant_lost"] = json!("revoke"));
    let jar = app.editor("ann");
    let (all, deep) = (
        mint(&app, "root", "a", &jar),
        mint(&app, "root/a", "deep", &jar),
    );
    let deeper = json!({"user": "ann", "directories": [app.tree.at("root/a/deep")]});
    let granted = app.host_grant(&json!({"user": "ann", "directories": [app.tree.at("root/a")]}));
    let id = granted.expect(201).json()["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    app.session(&deeper);
    let withdraw = |what: &str| {
        let request = Request::new("DELETE", format!("/api/grants{what}"));
        app.send(&request.bearer(&app.tree.cms_token)).expect(204);
    };
    // One of several grants of the same directory.
    withdraw(&format!("/{id}"));
    app.open(&all).expect(200);
    app.open(&deep).expect(200);
    withdraw("?user=ann");
    app.open(&all).expect(403);
    app.open(&deep).expect(403);
    assert!(keyfile::live(&app.tree.keys()).is_empty());
}
