//! `/api/file/events`, the file: whoever changes it, and however, the pages that have it open are told its revision within a
//! second; what a key would not open is told as gone. And how many have it open.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::listener::Listener;
use crate::support::{Request, TestApp, keyfile};

/// What the issue promises.
const TOLD: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(8);
/// As long as two looks and a little.
const A_WHILE: Duration = Duration::from_millis(1300);

fn listening(app: &TestApp, key: &str) -> Listener {
    let request = Request::get("/api/file/events").bearer(key);
    let mut listener = Listener::open(app.address, &request);
    assert_eq!(listener.event(PATIENCE).0["state"], "live");
    listener
}

#[track_caller]
fn told(listener: &mut Listener) -> (Value, Duration) {
    let (told, took) = listener.named("file", PATIENCE);
    (told["revision"].clone(), took)
}

/// The entity tag under which the key gets the file now.
#[track_caller]
fn tag(app: &TestApp, key: &str) -> String {
    let reply = app.get_file(key).expect(200);
    reply.header("etag").expect("a tag").to_owned()
}

#[track_caller]
fn done(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().expect("it starts");
    assert!(output.status.success(), "{output:?}");
}

/// Does it, and the revision that is told within a second is the one of the file by then.
#[track_caller]
fn after(app: &TestApp, listener: &mut Listener, key: &str, what: &str, act: impl FnOnce()) {
    act();
    let since = Instant::now();
    // What is written in two steps may be told as two.
    let wanted = tag(app, key);
    while told(listener).0 != wanted {
        assert!(since.elapsed() < TOLD, "{what}");
    }
    assert!(since.elapsed() < TOLD, "{what}: {:?}", since.elapsed());
}

fn git(folder: &Path, arguments: &[&str]) {
    let settled = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
    done(
        Command::new("git")
            .current_dir(folder)
            .args(settled)
            .args(arguments),
    );
}

#[test]
fn the_revision_is_told_first_of_all_and_is_the_entity_tag_also_to_who_may_only_view() {
    let app = TestApp::start();
    for rights in ["edit", "view"] {
        let key = app
            .tree
            .hand_made("root/a", "doc.md", &json!({"rights": rights}));
        let mut listener = listening(&app, &key);
        let (revision, took) = told(&mut listener);
        assert_eq!(revision, tag(&app, &key));
        assert!(took < TOLD, "{took:?}");
    }
}

#[test]
fn whoever_changes_the_file_and_however_is_told_within_a_second() {
    let app = TestApp::start();
    let key = app.tree.hand_made("root/a", "doc.md", &json!({}));
    let other = app.tree.hand_made("root/a", "doc.md", &json!({}));
    let file = app.tree.path.join("root/a/doc.md");
    let folder = file.parent().expect("a folder");
    let mut listener = listening(&app, &key);
    told(&mut listener);
    let tree = &app.tree;
    let mut after = |what: &str, act: &dyn Fn()| after(&app, &mut listener, &key, what, act);
    after("written in place", &|| {
        tree.write("root/a/doc.md", "in place\n");
    });
    after("moved over it", &|| {
        tree.write("root/a/next", "moved\n");
        done(Command::new("mv").arg(folder.join("next")).arg(&file));
    });
    after("another key", &|| {
        let saved = app.save(&other, &tag(&app, &other), b"by another key\n");
        saved.expect(204);
    });
    for copying in ["no", "yes"] {
        after("vim", &|| {
            let save = ["-c", "normal ovim was here", "-c", "wq"];
            let copying = format!("set nocp backupcopy={copying}");
            let quiet = ["-Nu", "NONE", "-n", "-es", "-c", &copying];
            done(Command::new("vim").args(quiet).args(save).arg(&file));
        });
    }
    git(folder, &["init", "-q", "-b", "one"]);
    git(folder, &["add", "doc.md"]);
    git(folder, &["commit", "-qm", "one"]);
    after("git, another branch", &|| {
        git(folder, &["checkout", "-qb", "two"]);
        tree.write("root/a/doc.md", "of the other branch\n");
        git(folder, &["commit", "-qam", "two"]);
    });
    after("git checkout", &|| git(folder, &["checkout", "-q", "one"]));
    after("git merge", &|| git(folder, &["merge", "-q", "two"]));
}

#[test]
fn our_own_save_is_told_as_the_revision_that_the_save_was_answered_with() {
    let app = TestApp::start();
    let key = app.tree.hand_made("root/a", "doc.md", &json!({}));
    let mut listener = listening(&app, &key);
    let before = told(&mut listener).0;
    let saved = app
        .save(&key, before.as_str().expect("a tag"), b"mine\n")
        .expect(204);
    let (revision, took) = told(&mut listener);
    assert_eq!(revision, saved.header("etag").expect("a tag"));
    assert!(took < TOLD, "{took:?}");
}

#[test]
fn a_file_that_goes_and_comes_back_is_told_as_gone_and_as_what_it_is_then() {
    let app = TestApp::start();
    for rights in ["edit", "view"] {
        let key = app
            .tree
            .hand_made("root/a", "doc.md", &json!({"rights": rights}));
        let mut listener = listening(&app, &key);
        let before = told(&mut listener).0;
        fs::remove_file(app.tree.path.join("root/a/doc.md")).expect("removed");
        let (gone, took) = told(&mut listener);
        assert_eq!(gone, Value::Null);
        assert!(took < TOLD, "{took:?}");
        app.tree.write("root/a/doc.md", "again\n");
        after(&app, &mut listener, &key, "made again", || {});
        let back = tag(&app, &key);
        app.tree.write("root/a/doc.md", "# A document\n");
        let (first, took) = told(&mut listener);
        assert_eq!(first, before, "the same bytes: the same revision");
        assert_ne!(first, back);
        assert!(took < TOLD, "{took:?}");
    }
}

#[test]
fn what_a_key_would_not_open_is_told_as_gone_whatever_it_holds() {
    let app = TestApp::start();
    let key = app.tree.hand_made("root/a", "doc.md", &json!({}));
    let file = app.tree.path.join("root/a/doc.md");
    let (secret, kept) = (
        app.tree.path.join("secret"),
        app.tree.path.join("root/a/kept"),
    );
    fs::write(&secret, "outside\n").expect("a file");
    let mut listener = listening(&app, &key);
    told(&mut listener);
    let put: [(&str, &dyn Fn()); 4] = [
        ("a link to the outside", &|| {
            symlink(&secret, &file).expect("a link");
        }),
        ("a link to a file beside it", &|| {
            symlink("kept", &file).expect("a link");
        }),
        ("a hard link to the outside", &|| {
            fs::hard_link(&secret, &file).expect("a hard link");
        }),
        ("a directory", &|| fs::create_dir(&file).expect("a folder")),
    ];
    for (what, put) in put {
        fs::rename(&file, &kept).expect("aside");
        put();
        assert_eq!(told(&mut listener).0, Value::Null, "{what}");
        app.get_file(&key).expect(403);
        assert!(!listener.hears("file", A_WHILE), "{what}");
        if file.symlink_metadata().expect("it is there").is_dir() {
            fs::remove_dir(&file).expect("removed");
        } else {
            fs::remove_file(&file).expect("removed");
        }
        fs::rename(&kept, &file).expect("back");
        assert_eq!(told(&mut listener).0, tag(&app, &key), "{what}");
    }
}

#[test]
fn what_changes_no_byte_of_this_file_is_not_told() {
    let app = TestApp::start();
    let key = app.tree.hand_made("root/a", "doc.md", &json!({}));
    let mut listener = listening(&app, &key);
    told(&mut listener);
    listener.named("presence", PATIENCE);
    app.tree.write("root/a/other.md", "another file\n");
    done(Command::new("touch").arg(app.tree.path.join("root/a/doc.md")));
    done(
        Command::new("chmod")
            .arg("600")
            .arg(app.tree.path.join("root/a/doc.md")),
    );
    assert!(!listener.hears("file", A_WHILE), "nothing happened");
    assert!(!listener.hears("presence", Duration::ZERO));
}

#[test]
fn a_file_above_the_limit_is_told_too_by_its_numbers() {
    let app = TestApp::with(|settings| settings["limits"]["body"] = json!("1KiB"));
    let key = app.tree.hand_made("root/a", "doc.md", &json!({}));
    let mut listener = listening(&app, &key);
    told(&mut listener);
    for size in [2000, 2001] {
        after(&app, &mut listener, &key, "grown", || {
            app.tree.write("root/a/doc.md", "x".repeat(size));
        });
        assert!(tag(&app, &key).starts_with("\"s-"));
    }
}

#[test]
fn a_key_that_is_dead_is_told_nothing_of_what_becomes_of_the_file() {
    let app = TestApp::start();
    let key = app.tree.hand_made("root/a", "doc.md", &json!({}));
    let mut listener = listening(&app, &key);
    told(&mut listener);
    keyfile::append(&app.tree.keys(), &keyfile::id(&key), &Value::Null);
    app.tree.write("root/a/doc.md", "after its end\n");
    let (last, _) = listener.event(PATIENCE);
    assert_eq!(last, json!({"state": "revoked"}));
    assert!(listener.ends(Duration::from_secs(2)), "it goes on");
    assert!(!listener.hears("file", Duration::ZERO));
}

#[test]
fn who_may_edit_is_told_how_many_others_have_the_file_open_by_whichever_key() {
    let app = TestApp::start();
    let hand = |more: Value| app.tree.hand_made("root/a", "doc.md", &more);
    let (one, two, view) = (
        hand(json!({})),
        hand(json!({})),
        hand(json!({"rights": "view"})),
    );
    let elsewhere = app.tree.hand_made("root/a/deep", "x.md", &json!({}));
    let others = |listener: &mut Listener| {
        let (told, took) = listener.named("presence", PATIENCE);
        assert!(took < TOLD, "{took:?}");
        told["others"].clone()
    };
    let mut first = listening(&app, &one);
    assert_eq!(others(&mut first), 0);
    let mut second = listening(&app, &two);
    assert_eq!(
        (others(&mut first), others(&mut second)),
        (json!(1), json!(1))
    );
    let mut looks = listening(&app, &view);
    assert_eq!(
        (others(&mut first), others(&mut second)),
        (json!(2), json!(2))
    );
    assert!(
        !looks.hears("presence", A_WHILE),
        "told to who may only view"
    );
    let mut stranger = listening(&app, &elsewhere);
    assert_eq!(others(&mut stranger), 0);
    assert!(!first.hears("presence", A_WHILE), "another file counts");
    let mut record = keyfile::record(&app.tree.keys(), &two);
    record["rights"] = json!("view");
    keyfile::append(&app.tree.keys(), &keyfile::id(&two), &record);
    assert_eq!(second.event(PATIENCE).0["rights"], "view");
    keyfile::append(&app.tree.keys(), &keyfile::id(&view), &Value::Null);
    assert!(looks.ends(PATIENCE));
    assert_eq!(others(&mut first), 1);
    assert!(!second.hears("presence", A_WHILE), "it may only view now");
    drop(second);
    let (closed, took) = first.named("presence", PATIENCE);
    assert_eq!(closed["others"], 0, "closed");
    assert!(took < Duration::from_secs(5), "{took:?}");
}
