//! `editkey keys migrate`: everything goes along while a server runs, every entry is compared, and nothing is lost by
//! running it the wrong way or twice.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use crate::support::{TestApp, hash_text};

fn migrate(app: &TestApp, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_editkey"))
        .arg("-c")
        .arg(app.tree.settings())
        .args(["keys", "migrate", "--json"])
        .args(arguments)
        .output()
        .expect("the program")
}

fn outcome(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("{output:?}"))
}

fn of<'a>(outcome: &'a Value, what: &str) -> &'a Value {
    let kinds = outcome["kinds"].as_array().expect("kinds");
    kinds.iter().find(|kind| kind["what"] == what).expect(what)
}

fn folder(app: &TestApp, name: &str) -> (PathBuf, String) {
    let folder = app.tree.path.join(name);
    DirBuilder::new().mode(0o700).create(&folder).expect("made");
    let named = format!("json:{}/accesskeys.json", folder.display());
    (folder, named)
}

/// What stands in the file; a name that was removed stands there with nothing until it is compacted.
fn entries(file: &Path) -> Value {
    let text = fs::read_to_string(file).unwrap_or_else(|_| "{}".to_owned());
    let mut all: serde_json::Map<String, Value> = serde_json::from_str(&text).expect("JSON");
    all.retain(|_, value| !value.is_null());
    all.into()
}

#[test]
fn everything_goes_along_and_what_was_revoked_meanwhile_goes_too() {
    let app = TestApp::start();
    let (one, two) = (app.cli_mint("root/a/doc.md"), app.cli_mint("root/b/b.md"));
    app.get_file(&one).expect(200);
    let gone = app.cli_mint("root/a/deep/x.md");
    app.cli(&["keys", "revoke", &hash_text(&gone)], "");
    let (there, named) = folder(&app, "there");
    let first = migrate(&app, &["--from", "json", "--to", &named]);
    assert!(first.status.success(), "{first:?}");
    let told = outcome(&first);
    assert_eq!((&told["equal"], &told["passes"]), (&true.into(), &2.into()));
    assert_eq!(
        (
            of(&told, "keys")["changed"].clone(),
            of(&told, "marks")["changed"].clone()
        ),
        (2.into(), 1.into())
    );
    let keys = app.tree.keys();
    assert_eq!(entries(&keys), entries(&there.join("accesskeys.json")));
    assert_eq!(
        entries(&keys.with_file_name("gone.json")),
        entries(&there.join("gone.json"))
    );

    // The server goes on meanwhile; a second run takes that up, and changes nothing else.
    app.cli(&["keys", "revoke", &hash_text(&two)], "");
    let three = app.cli_mint("root/b/c.md");
    let dry = outcome(&migrate(
        &app,
        &["--from", "json", "--to", &named, "--dry-run"],
    ));
    assert_eq!(
        (dry["equal"].clone(), of(&dry, "keys")["changed"].clone()),
        (false.into(), 2.into())
    );
    assert!(
        entries(&there.join("accesskeys.json"))
            .to_string()
            .contains(&hash_text(&two))
    );
    let second = outcome(&migrate(&app, &["--from", "settings", "--to", &named]));
    assert_eq!(
        (
            second["equal"].clone(),
            of(&second, "keys")["changed"].clone()
        ),
        (true.into(), 2.into())
    );
    let moved = entries(&there.join("accesskeys.json")).to_string();
    assert!(!moved.contains(&hash_text(&two)) && moved.contains(&hash_text(&three)));

    // The way back leads to the same, byte for byte.
    let (back, home) = folder(&app, "back");
    let third = outcome(&migrate(&app, &["--from", &named, "--to", &home]));
    for what in ["marks", "keys", "last uses", "sessions"] {
        assert_eq!(
            of(&third, what)["digest"],
            of(&second, what)["digest"],
            "{what}"
        );
    }
    assert_eq!(entries(&keys), entries(&back.join("accesskeys.json")));
    app.get_file(&one).expect(200);
    app.get_file(&two).expect(403);
}

#[test]
fn the_wrong_direction_is_refused_before_a_key_is_lost() {
    let app = TestApp::start();
    let key = app.cli_mint("root/a/doc.md");
    let (empty, named) = folder(&app, "empty");
    fs::write(empty.join("accesskeys.json"), "{\n}\n").expect("written");
    let wrong = migrate(&app, &["--from", &named, "--to", "json"]);
    let told = String::from_utf8_lossy(&wrong.stderr);
    assert!(
        !wrong.status.success() && told.contains("is the direction right?"),
        "{told}"
    );
    app.get_file(&key).expect(200);
    let meant = migrate(&app, &["--from", &named, "--to", "json", "--replace"]);
    assert!(meant.status.success(), "{meant:?}");
    app.get_file(&key).expect(403);
    for (arguments, why) in [
        (["--from", "json", "--to", "settings"], "the same store"),
        (
            ["--from", "json:/nowhere/k.json", "--to", "json"],
            "there is no key file /nowhere/k.json",
        ),
        (
            ["--from", "redis://:w0rd@cache", "--to", "json"],
            "a password on the command line",
        ),
        (
            ["--from", "json", "--to", "mysql://a"],
            "this is 'json', or the address",
        ),
    ] {
        let output = migrate(&app, &arguments);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && told.contains(why) && !told.contains("w0rd"),
            "{told}"
        );
    }
}

#[test]
fn nothing_is_lost_while_keys_are_minted() {
    let app = TestApp::start();
    let (there, named) = folder(&app, "there");
    app.cli_mint("root/a/doc.md");
    let done = AtomicBool::new(false);
    let minted = std::thread::scope(|scope| {
        let minting = scope.spawn(|| {
            let mut minted = Vec::new();
            while !done.load(Ordering::Relaxed) || minted.len() < 5 {
                minted.push(app.cli_mint(&format!("root/b/{}.md", minted.len())));
            }
            minted
        });
        for _ in 0..5 {
            let output = migrate(&app, &["--from", "json", "--to", &named]);
            assert!(output.stderr.is_empty(), "{output:?}");
        }
        done.store(true, Ordering::Relaxed);
        minting.join().expect("minted")
    });
    let last = migrate(&app, &["--from", "json", "--to", &named]);
    assert!(last.status.success(), "{last:?}");
    let moved = entries(&there.join("accesskeys.json")).to_string();
    for key in &minted {
        assert!(moved.contains(&hash_text(key)));
    }
    assert_eq!(
        entries(&app.tree.keys()),
        entries(&there.join("accesskeys.json"))
    );
}
