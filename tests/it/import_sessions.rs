//! `editkey keys import DIR`: the sessions of Open Guide Editor in JavaScript; and `keys export`.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::process::Output;

use serde_json::{Value, json};

use crate::support::{TestApp, keyfile};

fn import(app: &TestApp, more: &[&str]) -> Output {
    let folder = app.tree.at("sessions");
    app.cli(&[&["keys", "import", &folder], more].concat(), "")
}

fn session(app: &TestApp, id: &str, session: &Value) {
    let folder = app.tree.path.join("sessions");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join(format!("{id}.json")), session.to_string()).expect("written");
}

/// One that lives, one without an end, and one that has ended.
fn three_sessions(app: &TestApp, dir: &str) {
    let end = 4_102_444_800_999_u64;
    session(
        app,
        "2egCVJLd-one",
        &json!({"dir": dir, "expires": end, "sessionid": "2egCVJLd-one",
        "files": ["doc.md", "deep/x.md", "doc.md"], "user": "ann", "font": "Cousine", "ogeoverride": {"a": 1}}),
    );
    session(
        app,
        "other",
        &json!({"dir": dir, "expires": 0, "files": ["doc.md"]}),
    );
    session(
        app,
        "ended",
        &json!({"dir": dir, "expires": 1_748_793_600_000_u64, "files": ["doc.md"]}),
    );
}

fn hostile_sessions(app: &TestApp, dir: &str) {
    let of = |files: Value| json!({"dir": dir, "expires": 0, "files": files});
    session(
        app,
        "out",
        &of(json!([
            "../b/b.md",
            "/etc/passwd",
            "outdir/canary.txt",
            "out",
            "none.md",
            "sub",
            "fifo",
            ""
        ])),
    );
    session(
        app,
        "outside",
        &json!({"dir": app.tree.at("outside"), "expires": 0, "files": ["canary.txt"]}),
    );
    session(
        app,
        "keys",
        &json!({"dir": app.tree.at("state/keys"), "expires": 0, "files": ["secret"]}),
    );
    session(app, "many", &of(json!(vec!["doc.md"; 1001])));
    session(
        app,
        "huge",
        &json!({"dir": dir, "expires": 0, "files": ["doc.md"], "x": "x".repeat(70_000)}),
    );
    session(
        app,
        "liar",
        &json!({"dir": dir, "expires": 0, "sessionid": "out", "files": ["doc.md"]}),
    );
    session(
        app,
        "when",
        &json!({"dir": dir, "expires": "soon", "files": ["doc.md"]}),
    );
    session(app, "odd name", &of(json!(["doc.md"])));
}

fn hostile_files(app: &TestApp, dir: &str) {
    let folder = app.tree.path.join("sessions");
    fs::write(
        app.tree.path.join("elsewhere.json"),
        json!({"dir": dir, "expires": 0, "files": ["doc.md"]}).to_string(),
    )
    .expect("written");
    symlink(
        app.tree.path.join("elsewhere.json"),
        folder.join("link.json"),
    )
    .expect("a link");
    fs::create_dir(folder.join("folder.json")).expect("a folder");
    let fifo = std::process::Command::new("mkfifo")
        .arg(folder.join("fifo.json"))
        .status();
    assert!(fifo.expect("mkfifo").success());
    fs::write(folder.join("text.json"), "not JSON").expect("written");
}

#[test]
fn each_file_of_each_session_gets_a_key_and_a_second_import_adds_nothing() {
    // Without a longest life, which would come first.
    let app = TestApp::with(|settings| settings["keys"] = json!({}));
    let dir = app.tree.at("root/a");
    three_sessions(&app, &dir);
    let output = import(&app, &[]);
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let rows: Vec<Vec<&str>> = text
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    assert_eq!(rows.len(), 3, "{text}");
    let key = |row: &[&str]| {
        row[2]
            .split_once("accesskey=")
            .expect("a bookmark")
            .1
            .to_owned()
    };
    let by_path: BTreeMap<(String, String), String> = rows
        .iter()
        .map(|row| ((row[0].to_owned(), row[1].to_owned()), key(row)))
        .collect();
    let ann = &by_path[&(format!("{dir}/doc.md"), "ann".to_owned())];
    let record = keyfile::record(&app.tree.keys(), ann);
    assert_eq!(
        (&record["by"], &record["label"]),
        (&json!("import"), &json!("ann"))
    );
    assert_eq!(record["expires"], "2100-01-01T00:00:00Z");
    let nobody = &by_path[&(format!("{dir}/doc.md"), "-".to_owned())];
    assert!(nobody != ann, "a key of its own for each session");
    assert_eq!(
        keyfile::record(&app.tree.keys(), nobody).get("expires"),
        None
    );
    for key in by_path.values() {
        app.get_file(key).expect(200);
    }
    // What was revoked does not come back by importing once more, and nothing is added twice.
    assert!(
        app.cli(&["keys", "revoke", "-"], &format!("{ann}\n"))
            .status
            .success()
    );
    let output = import(&app, &["--json"]);
    let said: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(
        (&said["imported"], &said["already_there"]),
        (&json!(0), &json!(2))
    );
    assert_eq!((&said["expired"], &said["keys"]), (&json!(1), &json!([])));
    assert_eq!(said["skipped"][0]["reason"], "it was revoked here");
    app.get_file(ann).expect(403);
}

#[test]
fn a_hostile_folder_gives_nothing_beyond_the_sessions_directories() {
    let app = TestApp::start();
    let dir = app.tree.at("root/a");
    hostile_sessions(&app, &dir);
    hostile_files(&app, &dir);
    let output = import(&app, &["--json"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&said["imported"], &said["keys"]), (&json!(0), &json!([])));
    // Eight files of the first, and one line for each of the others.
    assert_eq!(
        said["skipped"].as_array().map(Vec::len),
        Some(8 + 11),
        "{said}"
    );
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        !text.contains("liar") && !text.contains("odd name"),
        "an id is a secret there"
    );
    assert!(!app.tree.keys().exists() || keyfile::live(&app.tree.keys()).is_empty());
}

#[test]
fn an_imported_session_stays_unused_no_longer_than_the_settings_allow() {
    let app = TestApp::with(|settings| settings["keys"] = json!({"idle": "7d"}));
    let dir = app.tree.at("root/a");
    session(
        &app,
        "one",
        &json!({"dir": dir, "expires": 0, "files": ["doc.md"]}),
    );
    assert!(import(&app, &[]).status.success());
    let ids = keyfile::live(&app.tree.keys());
    let keys = keyfile::read(&app.tree.keys());
    let idle: Vec<&Value> = ids.iter().map(|id| &keys[id]["idle"]).collect();
    assert_eq!(idle, ["7d"]);
}

#[test]
fn a_folder_of_too_many_entries_is_refused_as_a_whole() {
    let app = TestApp::start();
    session(
        &app,
        "one",
        &json!({"dir": app.tree.at("root/a"), "expires": 0, "files": ["doc.md"]}),
    );
    for at in 0..100_000 {
        fs::File::create(app.tree.path.join(format!("sessions/{at}.txt"))).expect("a file");
    }
    let output = import(&app, &[]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("100000 entries"),
        "{output:?}"
    );
    assert!(output.stdout.is_empty());
}

#[test]
fn an_export_has_every_key_no_secret_and_no_formula() {
    let app = TestApp::start();
    let key = app.cli_mint("root/a/doc.md");
    let more = json!({"by": "=HYPERLINK(\"x\")", "label": "@SUM(1,2)\u{2003}\"q\"", "sealed": "SECRETSECRET"});
    app.tree.hand_made("root/b", "b.md", &more);
    let output = app.cli(&["keys", "export", "--format", "csv"], "");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(
        lines[0].starts_with("id,dirname,basename,scope,rights"),
        "{text}"
    );
    assert!(text.contains("\"'=HYPERLINK(\"\"x\"\")\""), "{text}");
    assert!(text.contains("\"'@SUM(1,2)\u{2003}\"\"q\"\"\""), "{text}");
    assert!(!text.contains("SECRETSECRET") && !text.contains(&key));
    let directory = app.tree.at("root/a");
    let output = app.cli(&["keys", "export", "--directory", &directory], "");
    let list: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(list.as_array().map(Vec::len), Some(1));
    assert_eq!(list[0]["id"], json!(crate::support::hash_text(&key)));
    let list = app.cli(&["keys", "list", "--directory", &directory, "--json"], "");
    assert_eq!(list.stdout, output.stdout, "as the list has it");
}
