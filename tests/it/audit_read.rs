//! `editkey audit`: filters, the last ones, and following on across files set aside; and the number of uses of a key.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::support::audit::told;
use crate::support::keyfile::id;
use crate::support::{TestApp, Tree, eventually, random_key};

/// Longest wait for what happens within a second.
const SOON: Duration = Duration::from_secs(10);

fn bare(key: &str) -> String {
    id(key).trim_start_matches("sha256:").to_owned()
}

#[track_caller]
fn audit(app: &TestApp, arguments: &[&str]) -> Vec<Value> {
    let mut all = vec!["audit", "--json"];
    all.extend(arguments);
    let output = app.cli(&all, "");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let line = |line| serde_json::from_str(line).expect("JSON");
    text.lines().map(line).collect()
}

#[test]
fn each_filter_leaves_what_was_asked_for_and_the_newest_is_last() {
    let app = TestApp::start();
    let keys = [
        app.mint("root/a", "doc.md", &app.editor("ann")),
        app.mint("root/a", "other.md", &app.editor("bob")),
    ];
    app.open(&keys[0]).expect(200);
    app.open(&random_key()).expect(403);
    told(&app, &json!({"act": "refuse"}));
    app.cli(&["keys", "revoke", &bare(&keys[0])], "");
    let acts = |arguments: &[&str]| -> Vec<String> {
        let lines = audit(&app, arguments);
        let act = |line: &Value| line["act"].as_str().expect("an act").to_owned();
        lines.iter().map(act).collect()
    };
    assert_eq!(acts(&[]), ["mint", "mint", "open", "refuse", "revoke"]);
    assert_eq!(
        acts(&["--key", &bare(&keys[0])]),
        ["mint", "open", "revoke"]
    );
    assert_eq!(acts(&["--key", &bare(&keys[1])[..10]]), ["mint"]);
    assert_eq!(acts(&["--by", "bob"]), ["mint"]);
    assert_eq!(
        acts(&["--act", "open", "--act", "revoke"]),
        ["open", "revoke"]
    );
    assert_eq!(
        acts(&["--address", "127.0.0.9"]),
        ["mint", "mint", "open", "refuse"]
    );
    assert_eq!(acts(&["--address", "10.0.0.0/8"]), [""; 0]);
    assert_eq!(
        acts(&["--since", "1h", "--limit", "2"]),
        ["refuse", "revoke"]
    );
    assert_eq!(acts(&["--until", "1h"]), [""; 0]);
    assert_eq!(acts(&["--since", "2999-01-01T00:00:00Z"]), [""; 0]);
    let tabs = app.cli(&["audit", "--act", "open"], "");
    let tabs = String::from_utf8(tabs.stdout).expect("UTF-8");
    let cells: Vec<&str> = tabs.trim_end().split('\t').collect();
    assert_eq!(
        cells[1..],
        [
            "open",
            &bare(&keys[0]),
            "-",
            "127.0.0.0/24",
            "page",
            "1",
            "-"
        ]
    );
    refuses_what_it_does_not_know(&app, &keys[0]);
}

fn refuses_what_it_does_not_know(app: &TestApp, key: &str) {
    for wrong in [
        ["--key", "short"],
        ["--act", "eat"],
        ["--since", "soon"],
        ["--address", "x"],
    ] {
        let output = app.cli(&["audit", wrong[0], wrong[1]], "");
        assert_eq!(output.status.code(), Some(2), "{output:?}");
    }
    let output = app.cli(&["audit", "--key", key], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(
        !String::from_utf8_lossy(&output.stderr).contains(key),
        "a key is not repeated"
    );
}

#[test]
fn following_goes_on_across_files_set_aside_and_misses_nothing() {
    let tree = Arc::new(Tree::with(|settings| {
        settings["audit"] = json!({"size": "1KiB", "keep": 50});
    }));
    let app = TestApp::on(Arc::clone(&tree));
    let jar = app.poweruser();
    let mut minted = vec![app.mint("root/a", "first.md", &jar)];
    told(&app, &json!({"act": "mint"}));
    let mut following = Command::new(env!("CARGO_BIN_EXE_editkey"))
        .arg("-c")
        .arg(tree.settings())
        .args(["audit", "--follow", "--json", "--act", "mint"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program");
    let said = BufReader::new(following.stdout.take().expect("its output"));
    let (sender, heard) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for line in said.lines().map_while(Result::ok) {
            let line: Value = serde_json::from_str(&line).expect("JSON");
            let _ = sender.send(line["key"].as_str().expect("a key").to_owned());
        }
    });
    for number in 0..60 {
        minted.push(app.mint("root/a", &format!("{number}.md"), &jar));
    }
    for key in &minted {
        assert_eq!(heard.recv_timeout(SOON).as_ref(), Ok(&bare(key)));
    }
    assert!(tree.path.join("state/keys/audit.log.4").exists());
    following.kill().expect("its end");
    following.wait().expect("its end");
    assert!(heard.recv().is_err(), "nothing twice");
}

fn end(app: &TestApp) {
    let id = i32::try_from(app.id()).ok().and_then(Pid::from_raw);
    kill_process(id.expect("its id"), Signal::TERM).expect("a signal");
}

#[test]
fn uses_are_counted_exactly_and_two_servers_add_up() {
    let tree = Arc::new(Tree::new());
    let apps = [
        TestApp::on(Arc::clone(&tree)),
        TestApp::on(Arc::clone(&tree)),
    ];
    let key = apps[0].cli_mint("root/a/doc.md");
    for app in &apps {
        for _ in 0..20 {
            app.get_file(&key).expect(200);
        }
    }
    let etag = apps[0].get_file(&key).expect(200);
    let etag = etag.header("etag").expect("a tag").to_owned();
    apps[0].save(&key, &etag, b"once\n").expect(204);
    for app in &apps {
        end(app);
    }
    let shown = || -> Value {
        let output = apps[0].cli(&["keys", "show", &bare(&key), "--json"], "");
        serde_json::from_slice(&output.stdout).expect("JSON")
    };
    eventually("both have ended and written", SOON, || {
        shown()["use_count"] == 42
    });
    let listed = apps[0].cli(&["keys", "list", "--json"], "");
    let listed: Value = serde_json::from_slice(&listed.stdout).expect("JSON");
    assert_eq!(listed[0]["use_count"], 42);
    // A day alone, as it was written before, still counts as a day.
    let uses = tree.path.join("state/keys/lastused.json");
    crate::support::keyfile::append(&uses, &id(&key), &json!("2026-01-05"));
    assert_eq!(
        (&shown()["last_used"], &shown()["use_count"]),
        (&json!("2026-01-05"), &json!(0))
    );
}
