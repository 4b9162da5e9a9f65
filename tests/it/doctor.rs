//! `editkey doctor`: what is well is said to be, each thing that is wrong is found and says what to do, and nothing is
//! made or mended.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;

use fs2::FileExt as _;
use serde_json::{Value, json};

use crate::support::audit::path;
use crate::support::beside::free_address;
use crate::support::server::cli;
use crate::support::tree::names;
use crate::support::{TestApp, Tree};

/// The findings, and whether one is a problem, as the exit code says.
#[track_caller]
fn findings(tree: &Tree) -> (Vec<Value>, bool) {
    let output = cli(tree, &["doctor", "--json"], "");
    let list: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    let problem = list.iter().any(|finding| finding["verdict"] == "problem");
    assert_eq!(output.status.code(), Some(i32::from(problem)), "{output:?}");
    (list, problem)
}

/// That of all findings those that are not `ok` are one of this verdict about `check`, which says each of `says`.
#[track_caller]
fn finds(tree: &Tree, verdict: &str, check: &str, says: &[&str]) {
    let (list, _) = findings(tree);
    let ill: Vec<&Value> = list.iter().filter(|it| it["verdict"] != "ok").collect();
    let [one] = ill[..] else {
        panic!("not one finding: {ill:?}");
    };
    assert_eq!(
        (&one["verdict"], &one["check"]),
        (&json!(verdict), &json!(check)),
        "{one}"
    );
    for part in says {
        assert!(
            one["says"].as_str().is_some_and(|text| text.contains(part)),
            "{part}: {one}"
        );
    }
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("ours");
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

/// A tree where a server has run and a key was made.
fn used() -> Arc<Tree> {
    let app = TestApp::start();
    app.cli_mint("root/a/doc.md");
    Arc::clone(&app.tree)
}

#[test]
fn a_server_that_runs_well_has_nothing_wrong() {
    let app = TestApp::start();
    app.cli_mint("root/a/doc.md");
    let (list, problem) = findings(&app.tree);
    assert!(
        !problem && list.iter().all(|it| it["verdict"] == "ok"),
        "{list:?}"
    );
    let said = text(&app.cli(&["doctor"], ""));
    let answers = format!("ok\tlisten\thttp://{}/ answers: ready", app.address);
    for line in [
        &*answers,
        &format!("ok\troots\t{}", app.tree.at("root/a")),
        "ok\tkeys\t1 key, 0 of them expired",
    ] {
        assert!(
            said.lines().any(|it| it.starts_with(line)),
            "{line}: {said}"
        );
    }
}

#[test]
fn before_the_first_start_nothing_is_wrong_and_nothing_is_made() {
    let tree = Tree::new();
    let (list, problem) = findings(&tree);
    assert!(!problem, "{list:?}");
    assert_eq!(names(&tree.path.join("state/keys")), [""; 0]);
    fs::remove_dir(tree.path.join("state/keys")).expect("empty");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_editkey"))
        .args(["doctor", "-c"])
        .arg(tree.settings())
        .env("STATE_DIRECTORY", tree.path.join("state/elsewhere"))
        .output()
        .expect("the program");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(
        text(&output).contains("the first start makes it"),
        "{output:?}"
    );
    assert_eq!(names(&tree.path.join("state")), ["settings.json"]);
}

#[test]
fn settings_and_places_that_are_wrong_are_all_told() {
    let tree = Tree::with(|settings| settings["roots"] = json!(["/nowhere/at/all"]));
    finds(
        &tree,
        "problem",
        "roots",
        &["/nowhere/at/all", "take it out"],
    );
    tree.set("lissten", &json!([]));
    finds(
        &tree,
        "problem",
        "settings",
        &["lissten", "settings.json: "],
    );
}

#[test]
fn what_others_can_write_or_read_is_told_with_what_mends_it() {
    let tree = used();
    let keys = tree.path.join("state/keys");
    mode(&keys.join("secret"), 0o604);
    finds(&tree, "warning", "secret", &["mode 0604", "chmod o= '"]);
    mode(&keys.join("secret"), 0o620);
    finds(&tree, "problem", "secret", &["chmod go-w '"]);
    fs::write(keys.join("secret"), "short").expect("written");
    mode(&keys.join("secret"), 0o600);
    finds(&tree, "problem", "secret", &["bring the secret back"]);
    assert_eq!(tree.read("state/keys/secret"), b"short");
}

#[test]
fn a_broken_key_file_and_a_lock_that_is_stuck_are_problems() {
    let tree = used();
    let good = tree.read("state/keys/accesskeys.json");
    tree.write("state/keys/accesskeys.json", "{ broken");
    finds(&tree, "problem", "keys", &["line 1", "editkey keys edit"]);
    tree.write("state/keys/accesskeys.json", &good);
    let lock = tree.path.join("state/keys/accesskeys.json.lock");
    let lock = fs::File::open(lock).expect("the lock");
    lock.lock_exclusive().expect("ours");
    finds(
        &tree,
        "problem",
        "lock",
        &["fuser -v", "accesskeys.json.lock"],
    );
    fs2::FileExt::unlock(&lock).expect("free");
    assert!(!findings(&tree).1);
}

#[test]
fn an_audit_log_that_cannot_be_written_is_a_problem() {
    let tree = used();
    fs::remove_file(path(&tree)).expect("there");
    fs::create_dir(path(&tree)).expect("something in its place");
    mode(&path(&tree), 0o700);
    finds(&tree, "problem", "audit log", &["audit.file"]);
}

#[test]
fn an_address_that_another_program_has_is_a_problem() {
    let tree = Tree::new();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    tree.set("listen", &json!([address.to_string()]));
    std::thread::spawn(move || drop(listener.accept()));
    finds(&tree, "problem", "listen", &[&address.to_string()]);
    tree.set("listen", &json!(["192.0.2.1:8181"]));
    let (list, problem) = findings(&tree);
    assert!(problem, "{list:?}");
    let free = free_address().to_string();
    tree.set("listen", &json!([free]));
    let (list, problem) = findings(&tree);
    let said = format!("no server runs; {free} is free for 'editkey serve'");
    assert!(
        !problem && list.iter().any(|it| it["says"] == said),
        "{list:?}"
    );
}

#[test]
fn a_store_that_does_not_answer_is_a_problem() {
    let nobody = free_address();
    let tree = Tree::with(|settings| {
        settings["store"] = json!(format!("redis://{nobody}/"));
    });
    finds(
        &tree,
        "problem",
        "store",
        &["does not answer", "docs/redis.md"],
    );
}
