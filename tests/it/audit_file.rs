//! The file of the audit log: several processes at once, a disk that takes nothing, a flood, a kill, and who reaches it.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use crate::support::audit::{lines, path, told};
use crate::support::keyfile::id;
use crate::support::mount::Mount;
use crate::support::{Jar, Request, TestApp, Tree, eventually, random_key, server};

/// Longest wait for what happens within a second.
const SOON: Duration = Duration::from_secs(10);

/// What all files of the log say, each line whole.
fn all(tree: &Tree) -> Vec<serde_json::Value> {
    let older = (1..=100).map(|number| path(tree).with_extension(format!("log.{number}")));
    let texts = older.map_while(|path| fs::read_to_string(path).ok());
    let mut all = lines(tree);
    for text in texts {
        assert!(text.ends_with('\n'), "torn: {text}");
        let whole = text.lines();
        all.extend(whole.map(|line| serde_json::from_str::<serde_json::Value>(line).expect(line)));
    }
    all
}

/// The ids of the keys of which some line says that they were minted; of lines that are just being written, and of files
/// that are just set aside, nothing is said yet.
fn said_to_be_minted(tree: &Tree) -> BTreeSet<String> {
    let older = (1..=100).map(|number| path(tree).with_extension(format!("log.{number}")));
    let texts = std::iter::once(path(tree)).chain(older);
    let texts: Vec<String> = texts
        .map_while(|path| fs::read_to_string(path).ok())
        .collect();
    let lines = texts.iter().flat_map(|text| text.lines());
    let lines = lines.filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    lines
        .filter(|line| line["act"] == "mint")
        .filter_map(|line| Some(format!("sha256:{}", line["key"].as_str()?)))
        .collect()
}

fn ready(app: &TestApp) -> String {
    app.send(&Request::get("/readyz")).expect(200).text()
}

#[test]
fn two_servers_and_commands_lose_and_tear_no_line_while_the_file_is_set_aside() {
    let tree = Arc::new(Tree::with(|settings| {
        settings["audit"] = json!({"size": "2KiB", "keep": 100});
    }));
    let apps = [
        TestApp::on(Arc::clone(&tree)),
        TestApp::on(Arc::clone(&tree)),
    ];
    std::thread::scope(|scope| {
        for (number, app) in apps.iter().enumerate() {
            scope.spawn(move || {
                let jar = app.poweruser();
                for count in 0..60 {
                    app.mint("root/a", &format!("{number}-{count}.md"), &jar);
                }
            });
        }
        scope.spawn(|| {
            for count in 0..10 {
                let file = tree.at(&format!("root/a/by-command-{count}.md"));
                let made = server::cli(&tree, &["keys", "mint", &file], "");
                assert!(made.status.success(), "{made:?}");
            }
        });
    });
    let live = crate::support::keyfile::live(&tree.keys());
    assert_eq!(live.len(), 130);
    eventually("all are written", SOON, || said_to_be_minted(&tree) == live);
    let all = all(&tree);
    let minted = all.iter().filter(|line| line["act"] == "mint");
    assert_eq!(minted.count(), 130, "each is told once");
    assert!(path(&tree).with_extension("log.5").exists());
}

#[test]
fn a_log_that_cannot_be_written_fails_no_request_and_is_said_once() {
    let app = TestApp::with(|settings| settings["metrics_networks"] = json!(["127.0.0.1"]));
    fs::create_dir(path(&app.tree)).expect("something in its place");
    let jar = app.poweruser();
    let keys: Vec<String> = (0..5)
        .map(|number| app.mint("root/a", &format!("{number}.md"), &jar))
        .collect();
    eventually("it is said", SOON, || ready(&app).contains("degraded"));
    assert_eq!(ready(&app), "degraded\nthe audit log is not written\n");
    for key in &keys {
        app.open(key).expect(200);
    }
    fs::remove_dir(path(&app.tree)).expect("out of the way");
    eventually("it is well again", SOON, || ready(&app).contains("ready"));
    for key in &keys {
        let key = id(key);
        told(
            &app,
            &json!({"act": "mint", "key": key.trim_start_matches("sha256:")}),
        );
    }
    let said = app.log();
    assert_eq!(said.matches("the audit log cannot be written").count(), 1);
}

#[test]
fn a_full_disk_leaves_whole_lines_and_requests_alone() {
    let tree = Arc::new(Tree::with(|settings| {
        settings["audit"] = json!({"file": "log/audit/audit.log"});
    }));
    let folder = tree.path.join("state/log/audit");
    fs::create_dir_all(&folder).expect("a folder");
    let _small = Mount::small(&folder, 16);
    let app = TestApp::on(Arc::clone(&tree));
    let jar = app.poweruser();
    let mut minted = Vec::new();
    let full = || app.log().contains("the audit log cannot be written");
    for number in 0..400 {
        minted.push(app.mint("root/a", &format!("{number}.md"), &jar));
    }
    eventually("the disk is full", SOON, full);
    let text = fs::read_to_string(folder.join("audit.log")).expect("the log");
    assert!(text.ends_with('\n'), "torn: {text}");
    app.open(&minted[0]).expect(200);
    let made = server::cli(&tree, &["keys", "mint", &tree.at("root/a/doc.md")], "");
    assert!(made.status.success(), "{made:?}");
}

#[test]
fn a_flood_of_wrong_keys_neither_grows_the_log_nor_hides_a_change() {
    let app = TestApp::start();
    let jar = app.poweruser();
    for _ in 0..3_000 {
        app.get_file(&random_key());
    }
    let key = app.mint("root/a", "doc.md", &jar);
    let key = id(&key);
    told(
        &app,
        &json!({"act": "mint", "key": key.trim_start_matches("sha256:")}),
    );
    // 600 wrong keys a minute are told by their ids; what comes beyond is one line.
    let told = lines(&app.tree).len();
    assert!((100..1_000).contains(&told), "{told} lines");
}

#[test]
fn a_kill_loses_a_moment_of_events_and_never_a_line_that_stands() {
    let mut app = TestApp::start();
    let jar = app.poweruser();
    let key = app.mint("root/a", "doc.md", &jar);
    let wanted = json!({"act": "mint", "key": id(&key).trim_start_matches("sha256:")});
    told(&app, &wanted);
    // What was noted so long ago stands there, though nothing more was asked.
    app.open(&key).expect(200);
    std::thread::sleep(Duration::from_secs(1));
    app.open(&key).expect(200);
    app.kill();
    let before = lines(&app.tree);
    let opens =
        |lines: &[serde_json::Value]| lines.iter().filter(|line| line["act"] == "open").count();
    assert_eq!(opens(&before), 1, "{before:?}");
    let app = TestApp::on(Arc::clone(&app.tree));
    app.open(&key).expect(200);
    eventually("it goes on", SOON, || opens(&lines(&app.tree)) == 2);
    assert_eq!(lines(&app.tree)[..before.len()], before);
}

#[test]
fn the_log_and_what_was_set_aside_are_out_of_every_keys_reach() {
    let tree = Arc::new(Tree::with(|settings| {
        let root = settings["roots"][0].as_str().expect("a root").to_owned();
        settings["audit"] =
            json!({"file": format!("{root}/log/audit.log"), "size": "1KiB", "keep": 3});
    }));
    fs::create_dir_all(tree.path.join("root/a/log")).expect("a folder");
    tree.write("root/a/log/other.txt", &tree.canary);
    let app = TestApp::on(Arc::clone(&tree));
    let jar = app.poweruser();
    for number in 0..30 {
        app.mint("root/a", &format!("{number}.md"), &jar);
        app.open(&random_key()).expect(403);
    }
    eventually("it is set aside", SOON, || {
        app.open(&random_key()).expect(403);
        tree.path.join("root/a/log/audit.log.2").exists()
    });
    for name in [
        "audit.log",
        "audit.log.1",
        "audit.log.2",
        "audit.log.lock",
        "other.txt",
    ] {
        app.redirect("root/a/log", name, &[], &jar).expect(403);
        let by_hand = tree.hand_made("root/a/log", name, &json!({}));
        app.get_file(&by_hand).expect(403);
    }
}

#[test]
fn a_log_that_is_switched_off_is_not_made() {
    let app = TestApp::with(|settings| settings["audit"] = json!({"file": "off"}));
    let key = app.cli_mint("root/a/doc.md");
    app.open(&key).expect(200);
    app.redirect("root/a", "doc.md", &[], &Jar::default())
        .expect(403);
    std::thread::sleep(Duration::from_millis(300));
    assert!(!path(&app.tree).exists());
    let said = app.cli(&["audit"], "");
    assert_eq!(said.status.code(), Some(1));
}

#[test]
fn a_log_that_others_may_write_ends_the_start() {
    let tree = Arc::new(Tree::new());
    fs::write(path(&tree), "").expect("a log");
    let open = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o666);
    fs::set_permissions(path(&tree), open).expect("its mode");
    let said = TestApp::try_on(Arc::clone(&tree)).err().expect("no start");
    assert!(
        said.contains("chmod go-w") && said.contains("audit.log"),
        "{said}"
    );
}
