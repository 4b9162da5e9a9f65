//! `/metrics`: exactly what was done and how the server stands, in numbers, and nothing else.

mod who;

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::beside::repository;
use crate::support::{Request, TestApp, audit, eventually, hash_text, random_key};

/// All that can be done.
const ACTS: [&str; 13] = [
    "mint", "open", "save", "derive", "set", "revoke", "link", "unlock", "claim", "prune", "undo",
    "import", "refuse",
];
const SOON: Duration = Duration::from_secs(5);

fn listed(settings: &mut Value) {
    settings["metrics_networks"] = json!(["127.0.0.0/8"]);
}

fn text(app: &TestApp) -> String {
    let reply = app.send(&Request::get("/metrics")).expect(200);
    let kind = reply.header("content-type");
    let open_metrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(kind, Some(open_metrics));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    reply.text()
}

/// All numbers, by their names with the labels.
pub(crate) fn numbers(app: &TestApp) -> BTreeMap<String, u64> {
    let text = text(app);
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let number = |line: &str| {
        let (name, number) = line.rsplit_once(' ').expect("a name and a number");
        (name.to_owned(), number.parse().expect("a number"))
    };
    lines.map(number).collect()
}

/// Those of one name, by the value of their label; it must be this one.
fn by(all: &BTreeMap<String, u64>, name: &str, label: &str) -> BTreeMap<String, u64> {
    let beginning = format!("{name}{{{label}=\"");
    let those = all.iter().filter_map(|(name, number)| {
        let value = name.strip_prefix(&beginning)?.strip_suffix("\"}")?;
        Some((value.to_owned(), *number))
    });
    those.collect()
}

fn acts(told: &[(&str, u64)]) -> BTreeMap<String, u64> {
    let none = ACTS.map(|act| (act.to_owned(), 0));
    let mut acts: BTreeMap<String, u64> = none.into_iter().collect();
    for (act, count) in told {
        acts.insert((*act).to_owned(), *count);
    }
    acts
}

fn answers(counts: [u64; 4]) -> BTreeMap<String, u64> {
    let classes = ["2xx", "3xx", "4xx", "5xx"].map(str::to_owned);
    classes.into_iter().zip(counts).collect()
}

#[test]
fn what_was_done_is_counted_each_for_itself_whether_or_not_it_is_logged() {
    for file in ["audit.log", "off"] {
        let app = TestApp::with(|settings| {
            listed(settings);
            settings["audit"] = json!({"file": file});
        });
        let before = numbers(&app);
        assert_eq!(by(&before, "editkey_acts_total", "act"), acts(&[]));
        let told = by(&before, "editkey_answers_total", "code");
        assert_eq!(told, answers([0; 4]), "the answer itself comes after it");
        let jar = app.poweruser(); // 201, and a redirect
        let key = app.mint("root/a", "doc.md", &jar);
        assert_eq!(app.mint("root/a", "doc.md", &jar), key, "the same key");
        app.mint("root/a/deep", "x.md", &jar);
        for _ in 0..20 {
            app.open(&key).expect(200);
        }
        let etag = app.get_file(&key).expect(200);
        let etag = etag.header("etag").expect("a revision").to_owned();
        app.save(&key, &etag, b"new\n").expect(204);
        app.save(&key, &etag, b"newer\n").expect(412);
        for _ in 0..7 {
            app.open("AAAAAAAAAAAAAAAAAAAAAAAA").expect(403);
        }
        app.get_file(&random_key()).expect(403);
        app.send(&Request::get("/nothing")).expect(404);
        let derive = Request::new("POST", "/api/key/derive").bearer(&key);
        app.send(&derive.json(&json!({"rights": "view"})))
            .expect(201);
        let end = Request::new("DELETE", format!("/api/keys/{}", hash_text(&key))).jar(&jar);
        app.send(&end.header("Sec-Fetch-Site", "same-origin"))
            .expect(204);
        app.open(&key).expect(403);

        let after = numbers(&app);
        let wanted = [
            ("mint", 2),
            ("open", 21),
            ("save", 1),
            ("derive", 1),
            ("revoke", 1),
            ("refuse", 9),
        ];
        assert_eq!(by(&after, "editkey_acts_total", "act"), acts(&wanted));
        let told = by(&after, "editkey_answers_total", "code");
        assert_eq!(told, answers([26, 4, 11, 0]), "audit: {file}");
        let lost = by(&after, "editkey_audit_dropped_total", "why");
        assert_eq!(lost.len(), 2, "{lost:?}");
        assert!(lost.values().all(|count| *count == 0), "{lost:?}");
        assert_eq!(after["editkey_keys"], 1);
        assert_eq!(after["editkey_sessions"], 1);
        let version = env!("CARGO_PKG_VERSION");
        let build = format!("editkey_build_info{{version=\"{version}\"}}");
        assert_eq!(after[&build], 1);
        let now = std::time::SystemTime::UNIX_EPOCH
            .elapsed()
            .expect("the clock")
            .as_secs();
        let age = now.abs_diff(after["process_start_time_seconds"]);
        assert!(age < 300, "{age}");
    }
}

#[test]
fn how_the_server_stands_is_told_as_readyz_tells_it() {
    let app = TestApp::with(listed);
    app.mint("root/a", "doc.md", &app.poweruser());
    let stands = |numbers: &BTreeMap<String, u64>| {
        ["keys", "keys_resolvable", "keys_writable", "audit_trusted"]
            .map(|name| numbers.get(&format!("editkey_{name}")).copied())
    };
    let (yes, no) = (Some(1), Some(0));
    let well = numbers(&app);
    assert_eq!(stands(&well), [yes, yes, yes, yes]);
    assert!(!well.contains_key("editkey_store_reachable"), "files alone");
    let whole = fs::read(app.tree.keys()).expect("the key file");
    app.tree.write("state/keys/accesskeys.json", "{ broken");
    assert_eq!(app.ready(), 503);
    let broken = numbers(&app);
    assert_eq!(stands(&broken), [None, no, no, yes]);
    let errors = by(&broken, "editkey_answers_total", "code")["5xx"];
    assert_eq!(errors, 1, "that of /readyz");
    app.tree.write("state/keys/accesskeys.json", whole);
    assert_eq!(app.ready(), 200);
    let log = audit::path(&app.tree);
    eventually("the mint is written", SOON, || log.exists());
    fs::remove_file(&log).expect("the log");
    fs::create_dir(&log).expect("something in its place");
    app.open(&random_key()).expect(403);
    eventually("the log is not trusted", SOON, || {
        stands(&numbers(&app)) == [yes, yes, yes, no]
    });
}

#[test]
fn an_answer_that_no_handler_gave_is_counted_too() {
    let app = TestApp::with(listed);
    let jar = app.poweruser();
    let count = || by(&numbers(&app), "editkey_answers_total", "code");
    let before = count();
    app.tree.write("state/keys/sessions.json", "{ broken");
    let broken = app.send(&Request::get("/enter?ticket=x").jar(&jar));
    let broken = broken.expect(503);
    assert_eq!(broken.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(broken.header("cache-control"), Some("no-store"));
    assert!(broken.header("content-security-policy").is_some());
    assert!(broken.text().contains("\"status\":503"), "{broken:?}");
    app.send(&Request::get("/").header("Service-Worker", "script"))
        .expect(403);
    let after = count();
    let more = |class: &str| after[class] - before[class];
    assert_eq!((more("4xx"), more("5xx")), (1, 1));
    let all = numbers(&app);
    assert!(!all.contains_key("editkey_sessions"), "nobody can say");
}

#[test]
fn no_name_of_a_key_a_visitor_or_a_file_is_among_the_numbers() {
    let app = TestApp::with(listed);
    app.tree
        .write("root/a/canary-file.md", "said in confidence\n");
    let jar = app.editor("canary-user");
    let label = [("label", "canary-label")];
    let key = app.mint_with("root/a", "canary-file.md", &label, &jar);
    let etag = app.get_file(&key).expect(200);
    let etag = etag.header("etag").expect("a revision").to_owned();
    app.save(&key, &etag, b"canary-text\n").expect(204);
    app.open("canary-key").expect(403);
    app.redirect("root/b", "canary-file.md", &[], &jar)
        .expect(403);
    app.send(&Request::get("/canary-address").header("User-Agent", "canary-agent"))
        .expect(404);
    let text = text(&app);
    let id = hash_text(&key);
    let place = app.tree.at("root/a");
    for secret in ["canary", "confidence", "cms", "127.0.0", &key, &id, &place] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    for line in text.lines() {
        let labels = line.matches("=\"").count();
        assert!(labels <= 1, "{line}");
    }
}

#[test]
fn another_parser_reads_the_numbers() {
    let app = TestApp::with(listed);
    app.mint("root/a", "doc.md", &app.poweruser());
    let said = app.tree.path.join("log/metrics.txt");
    fs::write(&said, text(&app)).expect("a file");
    let parse = "
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
for family in text_string_to_metric_families(open(sys.argv[1]).read()):
    for sample in family.samples:
        print(family.type, sample.name, ','.join(sample.labels.values()), sample.value)
";
    let read = Command::new("python3")
        .args(["-c", parse])
        .arg(&said)
        .env("PYTHONPATH", repository("target/wheels"))
        .output()
        .expect("python3; ./test installs it");
    let out = String::from_utf8_lossy(&read.stdout);
    assert!(
        read.status.success(),
        "{read:?}; ./test installs the parser"
    );
    for line in [
        "counter editkey_acts_total mint 1",
        "counter editkey_answers_total 3xx 2",
        "gauge editkey_keys  1",
        "gauge process_start_time_seconds ",
        "info editkey_build_info ",
    ] {
        assert!(out.contains(line), "{line:?} is not in {out}");
    }
    assert_eq!(out.lines().count(), 1 + 1 + 13 + 2 + 4 + 3 + 2, "{out}");
}
