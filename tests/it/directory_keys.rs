//! Keys of whole directories: given for a directory that is granted whole, and opened as a page that says so.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::{Value, json};

use crate::support::wire::encode;
use crate::support::{Jar, Reply, Request, TestApp, keyfile, random_key};

const WHOLE: (&str, &str) = ("scope", "directory");

/// The answer to an ask for the directory of that name.
fn ask(app: &TestApp, folder: &str, basename: &str, jar: &Jar) -> Reply {
    app.redirect(folder, basename, &[WHOLE], jar)
}

#[track_caller]
fn mint(app: &TestApp, folder: &str, basename: &str, jar: &Jar) -> String {
    app.mint_with(folder, basename, &[WHOLE], jar)
}

fn about(app: &TestApp, key: &str, jar: &Jar) -> Value {
    let request = Request::get("/api/key").bearer(key).jar(jar);
    app.send(&request).expect(200).json()
}

/// Two answers are equal to the byte, but for the date.
#[track_caller]
fn alike(one: &Reply, other: &Reply, what: &str) {
    assert_eq!(one.but_for_date(), other.but_for_date(), "{what}");
}

#[test]
fn a_granted_directory_becomes_a_bookmark_that_says_what_it_opens() {
    let app = TestApp::start();
    let jar = app.editor("ann");
    let key = mint(&app, "root/a", "deep", &jar);
    let record = keyfile::record(&app.tree.keys(), &key);
    assert_eq!(record["scope"], "directory");
    assert_eq!(record["dirname"], app.tree.at("root/a"));
    assert_eq!(record["basename"], "deep");
    assert_eq!(record["rights"], "edit");
    assert_eq!(mint(&app, "root/a", "deep", &jar), key, "the same ask");
    assert_ne!(
        app.mint_with("root/a", "deep", &[WHOLE, ("rights", "view")], &jar),
        key
    );

    let reply = app.open(&key).expect(200);
    let page = reply.text();
    assert!(page.contains("All files in deep"), "{page}");
    assert!(
        page.contains("view and change all files") && page.contains("It ends at 2"),
        "{page}"
    );
    assert!(!page.contains(&key) && !page.contains("root/a"), "{page}");
    assert!(!page.contains("x.md"), "it lists nothing: {page}");
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert!(reply.header("set-cookie").is_none(), "{reply:?}");

    let known = about(&app, &key, &Jar::default());
    assert_eq!(
        (&known["scope"], &known["basename"]),
        (&json!("directory"), &json!("deep"))
    );
    assert!(known.get("dirname").is_none(), "{known}");
    assert_eq!(about(&app, &key, &jar)["dirname"], app.tree.at("root/a"));
    let file = app.mint("root/a", "doc.md", &jar);
    assert_eq!(about(&app, &file, &jar)["scope"], "file");
    // All of what was granted, and all of a root.
    let all = mint(&app, "root", "a", &jar);
    assert!(app.open(&all).expect(200).text().contains("All files in a"));
    mint(&app, "root", "b", &app.poweruser());
}

#[test]
fn a_file_and_a_directory_of_one_name_are_never_one_key() {
    let app = TestApp::start();
    let jar = app.editor("ann");
    let of_file = app.mint_with("root/a", "new", &[("scope", "file")], &jar);
    assert_eq!(app.mint("root/a", "new", &jar), of_file);
    ask(&app, "root/a", "new", &jar).expect(403);
    fs::create_dir(app.tree.path.join("root/a/new")).expect("a folder");
    let of_directory = mint(&app, "root/a", "new", &jar);
    assert_ne!(of_file, of_directory);
    app.redirect("root/a", "new", &[], &jar).expect(403);
    app.get_file(&of_file).expect(403);
    app.open(&of_file).expect(403);
    app.open(&of_directory).expect(200);
    for odd in ["", "File", "tree", "directory/", "*"] {
        app.redirect("root/a", "new", &[("scope", odd)], &jar)
            .expect(400);
    }
    app.redirect("root/a", "new", &[WHOLE, WHOLE], &jar)
        .expect(400);
}

#[test]
fn a_directory_that_is_not_granted_whole_is_refused_as_one_that_is_not_there() {
    let app = TestApp::start();
    fs::create_dir(app.tree.path.join("root/a/deep-too")).expect("a folder");
    let deep = json!({"user": "sub", "directories": [app.tree.at("root/a/deep")]});
    let (ann, sub) = (app.editor("ann"), app.session(&deep));
    mint(&app, "root/a", "deep", &sub);
    let missing = ask(&app, "root/a", "not-there", &ann).expect(403);
    let kept = keyfile::live(&app.tree.keys());
    for (jar, folder, basename) in [
        (&sub, "root", "a"),
        (&sub, "root/a", "sub"),
        (&sub, "root/a", "deep-too"),
        (&sub, "root/a/deep", "not-there"),
        (&ann, "root", "a-secret"),
        (&ann, "root", "b"),
        (&ann, "root", "not-there"),
        (&ann, "", "root"),
        (&ann, "", "outside"),
        (&ann, "root/a", "out"),
        (&ann, "root/a", "outdir"),
        (&ann, "root/a", "dangling"),
        (&ann, "root/a", "loop"),
        (&ann, "root/a", "magic"),
        (&ann, "root/a/magic", "etc"),
        (&ann, "root/a", "doc.md"),
        (&ann, "root/a", "inner"),
        (&ann, "root/a", "fifo"),
        (&ann, "root/a", "socket"),
        (&ann, "root/a/doc.md", "x"),
        (&ann, "state", "keys"),
    ] {
        let reply = ask(&app, folder, basename, jar);
        alike(&reply, &missing, &format!("{folder}/{basename}"));
    }
    let power = app.poweruser();
    for (folder, basename) in [("", "root"), ("", "outside"), ("root/a", "outdir")] {
        let reply = ask(&app, folder, basename, &power);
        alike(&reply, &missing, basename);
    }
    assert_eq!(keyfile::live(&app.tree.keys()), kept, "nothing was minted");
}

#[test]
fn a_link_within_the_grant_is_minted_under_its_targets_name() {
    let app = TestApp::start();
    symlink("deep", app.tree.path.join("root/a/alias")).expect("a link");
    symlink("../b", app.tree.path.join("root/a/tob-all")).expect("a link");
    let jar = app.editor("ann");
    let key = mint(&app, "root/a", "alias", &jar);
    assert_eq!(keyfile::record(&app.tree.keys(), &key)["basename"], "deep");
    assert_eq!(key, mint(&app, "root/a", "deep", &jar));
    ask(&app, "root/a", "tob-all", &jar).expect(403);
    let key = mint(&app, "root/a", "tob-all", &app.poweruser());
    assert_eq!(keyfile::record(&app.tree.keys(), &key)["basename"], "b");
}

#[test]
fn a_directory_key_has_no_more_rights_than_the_whole_was_granted_with() {
    let app = TestApp::start();
    let jar = app.session(&json!({"user": "eve", "directories": [
        {"path": app.tree.at("root/a"), "rights": "view"}, app.tree.at("root/a/deep"),
    ]}));
    let rights = |key: &str| keyfile::record(&app.tree.keys(), key)["rights"].clone();
    let edit = [WHOLE, ("rights", "edit")];
    assert_eq!(rights(&mint(&app, "root", "a", &jar)), "view");
    assert_eq!(rights(&mint(&app, "root/a", "sub", &jar)), "view");
    assert_eq!(rights(&mint(&app, "root/a", "deep", &jar)), "edit");
    app.redirect("root", "a", &edit, &jar).expect(403);
    app.redirect("root/a", "sub", &edit, &jar).expect(403);
    app.redirect("root/a", "deep", &edit, &jar).expect(302);
    let key = mint(&app, "root/a", "sub", &jar);
    assert!(app.open(&key).text().contains("view"));
}

#[test]
fn our_own_folders_are_never_a_directory_keys() {
    let app = TestApp::with(|settings| {
        let root = settings["roots"][2].as_str().expect("a path").to_owned();
        let keys = format!("{root}/keys");
        fs::create_dir(&keys).expect("a folder");
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        fs::set_permissions(&keys, private).expect("its mode");
        fs::create_dir(format!("{keys}/deep")).expect("a folder");
        symlink("keys", format!("{root}/alias")).expect("a link");
        settings["access_key_file"] = json!(format!("{keys}/accesskeys.json"));
        settings["secret_file"] = json!("../root/b/keys/secret");
    });
    let power = app.poweruser();
    let missing = ask(&app, "root/b", "not-there", &power).expect(403);
    for (folder, basename) in [
        ("root/b", "keys"),
        ("root/b", "alias"),
        ("root/b/keys", "deep"),
        ("root/b/keys", "accesskeys.json"),
    ] {
        alike(&ask(&app, folder, basename, &power), &missing, basename);
    }
    // Written by hand it opens nothing either.
    let keys = app.tree.path.join("root/b/keys/accesskeys.json");
    let whole = mint(&app, "root", "b", &power);
    app.open(&whole).expect(200);
    for (dirname, basename) in [("root/b", "keys"), ("root/b/keys", "deep")] {
        let (key, dirname) = (random_key(), app.tree.at(dirname));
        let record = json!({"dirname": dirname, "basename": basename, "scope": "directory"});
        keyfile::append(&keys, &keyfile::id(&key), &record);
        app.open(&key).expect(403);
    }
}

#[test]
fn the_button_of_another_site_and_the_start_page_lead_to_the_same_key() {
    let app = TestApp::start();
    let jar = app.editor("ann");
    let target = app.redirect_target("root/a", "deep", &[WHOLE]);
    let from = |site: &str| {
        let request = Request::get(target.clone()).jar(&jar);
        let request = request
            .header("Sec-Fetch-Mode", "navigate")
            .header("Sec-Fetch-Dest", "document");
        app.send(&request.header("Sec-Fetch-Site", site))
    };
    let page = from("cross-site").expect(200).text();
    assert!(page.contains("Open All files in deep"), "{page}");
    assert!(page.contains(r#"name="scope" value="directory""#), "{page}");
    let (_, token) = page.split_once(r#"name="token" value=""#).expect("a token");
    let token = token.split('"').next().expect("its end");
    let form = format!(
        "dirname={}&basename=deep&scope=directory&token={}",
        encode(&app.tree.at("root/a")),
        encode(token)
    );
    let press = Request::new("POST", "/redirect").jar(&jar).body(form);
    let press = press
        .header("Content-Type", "application/x-www-form-urlencoded")
        .header("Sec-Fetch-Site", "same-origin");
    let key = app.send(&press).expect(303).key().expect("a key");
    assert_eq!(
        keyfile::record(&app.tree.keys(), &key)["scope"],
        "directory"
    );
    assert_eq!(from("cross-site").expect(302).key().as_ref(), Some(&key));

    let start = app.send(&Request::get("/").jar(&jar)).expect(200).text();
    assert!(start.contains("All files in deep"), "{start}");
    let (_, link) = start.split_once(r#"href="./redirect"#).expect("a link");
    let link = link.split('"').next().expect("its end");
    let link = format!(
        "/redirect{}",
        link.replace("&#38;", "&").replace("&amp;", "&")
    );
    let led = app.send(&Request::get(link).jar(&jar)).expect(302);
    assert_eq!(led.key(), Some(key));
}
