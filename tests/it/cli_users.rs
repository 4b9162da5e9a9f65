//! `editkey users`: passwords by standard input alone, a file that is ours alone, and a setting that is written once.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::support::server::cli;
use crate::support::sign_in::{PASSWORD, add_ann, sign_in, with_ann};
use crate::support::{Jar, TestApp, Tree};

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[track_caller]
fn refused(tree: &Tree, arguments: &[&str], stdin: &str, why: &str) {
    let output = cli(tree, arguments, stdin);
    assert!(!output.status.success(), "{arguments:?}");
    assert!(said(&output).contains(why), "{arguments:?}: {output:?}");
}

#[test]
fn users_come_and_go_and_no_password_is_an_argument() {
    let tree = Tree::with(with_ann);
    let file = tree.path.join("state/keys/users.json");
    add_ann(&tree);
    let output = cli(&tree, &["users", "add", "bob", "--admin"], PASSWORD);
    assert!(output.status.success(), "{output:?}");
    let mode = fs::metadata(&file).expect("made").permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
    let list = cli(&tree, &["users", "list", "--json"], "").stdout;
    let list: Value = serde_json::from_slice(&list).expect("JSON");
    let names: Vec<&str> = list
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|user| user["name"].as_str())
        .collect();
    assert_eq!(names, ["ann", "bob"]);
    assert_eq!(
        (&list[0]["admin"], &list[1]["admin"]),
        (&json!(false), &json!(true))
    );
    assert!(!list.to_string().contains("argon2"));
    let removed = cli(&tree, &["users", "remove", "bob"], "");
    assert!(removed.status.success() && said(&removed).contains("sessions have ended"));
    let text = fs::read_to_string(&file).expect("text");
    assert!(text.contains("$argon2id$v=19$m=19456,t=2,p=1$") && !text.contains(PASSWORD));
    fs::set_permissions(&file, PermissionsExt::from_mode(0o660)).expect("ours");
    refused(&tree, &["users", "list"], "", "chmod go-w");
    let Err(said) = TestApp::try_on(Arc::new(tree)) else {
        panic!("it started with a file that others can write");
    };
    assert!(said.contains("users.json' is writable by others"), "{said}");
}

#[test]
fn what_is_no_password_or_no_name_is_refused() {
    let tree = Tree::with(with_ann);
    add_ann(&tree);
    refused(&tree, &["users", "add", "ann"], PASSWORD, "already");
    refused(
        &tree,
        &["users", "add", "carl"],
        "7 chars",
        "at least 8 characters",
    );
    refused(
        &tree,
        &["users", "add", "carl"],
        "",
        "at least 8 characters",
    );
    refused(
        &tree,
        &["users", "add", "carl"],
        &"x".repeat(2000),
        "at most 1024 bytes",
    );
    refused(
        &tree,
        &["users", "add", "carl"],
        "two lines\nof it\n",
        "control characters",
    );
    refused(
        &tree,
        &["users", "add", "carl", PASSWORD],
        "",
        "unexpected argument",
    );
    refused(
        &tree,
        &["users", "password", "carl"],
        PASSWORD,
        "no user 'carl'",
    );
    refused(&tree, &["users", "remove", "carl"], "", "no user 'carl'");
    for name in ["", "a b", "a:b", "a/b", "-a", "..", &"x".repeat(65)] {
        refused(&tree, &["users", "add", "--", name], PASSWORD, "64 letters");
    }
}

#[test]
fn the_first_user_names_the_file_in_the_settings() {
    let tree = Tree::new();
    refused(&tree, &["users", "list"], "", "editkey users add NAME");
    let text = fs::read_to_string(tree.settings()).expect("text");
    fs::write(tree.settings(), format!("// A comment.\n{text}")).expect("written");
    let output = cli(&tree, &["users", "add", "ann"], PASSWORD);
    assert!(output.status.success(), "{output:?}");
    assert!(
        said(&output).contains("users_file is now set"),
        "{output:?}"
    );
    assert!(said(&output).contains("no row of the policy"), "{output:?}");
    let text = fs::read_to_string(tree.settings()).expect("text");
    assert!(
        text.starts_with("// A comment.\n") && text.contains("\"users_file\""),
        "{text}"
    );
    assert!(tree.path.join("state/keys/users.json").exists());
    let output = cli(&tree, &["users", "add", "bob"], PASSWORD);
    assert!(
        !said(&output).contains("users_file is now set"),
        "{output:?}"
    );
    let list = cli(&tree, &["users", "list"], "").stdout;
    assert_eq!(String::from_utf8_lossy(&list).lines().count(), 3);
}

#[test]
fn the_users_file_is_our_own_and_never_opened() {
    let tree = Arc::new(Tree::with(|settings| {
        settings["users_file"] = json!("../root/b/own/users.json");
    }));
    let folder = tree.path.join("root/b/own");
    fs::create_dir(&folder).expect("a folder");
    fs::set_permissions(&folder, PermissionsExt::from_mode(0o700)).expect("its mode");
    add_ann(&tree);
    fs::hard_link(folder.join("users.json"), tree.path.join("root/b/hard")).expect("a second name");
    let app = TestApp::on(tree);
    let jar = app.poweruser();
    app.mint("root/b", "b.md", &jar);
    for (folder, name) in [
        ("root/b/own", "users.json"),
        ("root/b/own", "users.json.lock"),
        ("root/b/own", "new.md"),
        ("root/b", "hard"),
    ] {
        let refused = app.redirect(folder, name, &[], &jar).expect(303);
        assert!(refused.key().is_none(), "{refused:?}");
        let key = app.tree.hand_made(folder, name, &json!({}));
        app.get_file(&key).expect(403);
    }
}

/// `editkey users add NAME` on a terminal of its own, where `typed` is typed.
fn on_a_terminal(tree: &Tree, name: &str, typed: &str) -> Output {
    let command = format!(
        "'{}' -c '{}' users add {name}",
        env!("CARGO_BIN_EXE_editkey"),
        tree.settings().display()
    );
    let mut script = Command::new("script")
        .args(["--quiet", "--return", "--echo", "never", "--command"])
        .args([&command, "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("script (Debian: bsdutils)");
    let mut terminal = script.stdin.take().expect("its input");
    terminal.write_all(typed.as_bytes()).expect("typed");
    let output = script.wait_with_output().expect("its end");
    drop(terminal);
    output
}

#[test]
fn a_password_on_a_terminal_is_typed_twice_and_not_shown() {
    let tree = Tree::with(with_ann);
    let different = on_a_terminal(&tree, "ann", &format!("{PASSWORD}\n{PASSWORD}!\n"));
    let shown = String::from_utf8_lossy(&different.stdout).into_owned();
    assert!(!different.status.success(), "{shown}");
    assert!(shown.contains("the two are not the same"), "{shown}");
    assert!(!shown.contains(PASSWORD), "{shown}");
    let good = on_a_terminal(&tree, "ann", &format!("{PASSWORD}\n{PASSWORD}\n"));
    let shown = String::from_utf8_lossy(&good.stdout).into_owned();
    assert!(good.status.success(), "{shown}");
    assert!(
        shown.contains("Password: ") && !shown.contains(PASSWORD),
        "{shown}"
    );
    let app = TestApp::on(Arc::new(tree));
    sign_in(&app, &mut Jar::default(), "ann", PASSWORD).expect(303);
}
