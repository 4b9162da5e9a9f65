//! `editkey keys edit|verify|import`: the key file in other hands, and what was revoked meanwhile stays revoked.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::support::tree::names;
use crate::support::{TestApp, hash_text, keyfile};

/// `editkey keys edit` with this shell script as the editor; `$1` is the copy, `$EDITKEY` the program with settings.
fn edit(app: &TestApp, script: &str) -> Output {
    let editor = app.tree.path.join("editor.sh");
    fs::write(&editor, format!("#!/bin/sh\nset -e\n{script}\n")).expect("a script");
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o700)).expect("its mode");
    let program = env!("CARGO_BIN_EXE_editkey");
    let settings = app.tree.settings();
    Command::new(program)
        .args(["-c", settings.to_str().expect("UTF-8"), "keys", "edit"])
        .env_remove("VISUAL")
        .env("EDITOR", &editor)
        .env("EDITKEY", format!("{program} -c {}", settings.display()))
        .stdin(Stdio::null())
        .output()
        .expect("the program")
}

fn copies(app: &TestApp) -> Vec<String> {
    let mut names = names(&app.tree.path.join("state/keys"));
    names.retain(|name| name.contains(".edit-") || name.rsplit('.').next() == Some("new"));
    names
}

#[test]
fn an_edit_holds_at_the_next_request() {
    let app = TestApp::start();
    let (one, two) = (app.cli_mint("root/a/doc.md"), app.cli_mint("root/b/b.md"));
    let line = format!("/{}/d", hash_text(&one));
    let output = edit(
        &app,
        &format!("test $(stat -c %a \"$1\") = 600\nsed -i '{line}' \"$1\""),
    );
    assert!(output.status.success(), "{output:?}");
    app.get_file(&one).expect(403);
    app.get_file(&two).expect(200);
    let mode = fs::metadata(app.tree.keys())
        .expect("there")
        .permissions()
        .mode();
    assert_eq!((mode & 0o777, copies(&app).len()), (0o600, 0));
    let before = fs::read(app.tree.keys()).expect("the key file");
    assert!(edit(&app, "true").status.success(), "nothing was changed");
    assert!(!edit(&app, "exit 3").status.success());
    assert_eq!(fs::read(app.tree.keys()).expect("the key file"), before);
    assert!(copies(&app).is_empty());
    let third = app.cli_mint("root/a/deep/x.md");
    app.get_file(&third).expect(200);
}

#[test]
fn what_is_revoked_and_minted_during_an_edit_is_carried_over() {
    let app = TestApp::start();
    let (one, two) = (app.cli_mint("root/a/doc.md"), app.cli_mint("root/b/b.md"));
    let new = app.tree.at("root/a/deep/x.md");
    let script = format!(
        "$EDITKEY keys revoke {} >/dev/null\n$EDITKEY keys mint {new} >/dev/null\nsed -i '/{}/d' \"$1\"",
        hash_text(&one),
        hash_text(&two)
    );
    let output = edit(&app, &script);
    assert!(output.status.success(), "{output:?}");
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("2 entries"),
        "{output:?}"
    );
    app.get_file(&one).expect(403);
    app.get_file(&two).expect(403);
    let live = keyfile::live(&app.tree.keys());
    assert_eq!(live.len(), 1);
    let third = app.cli_mint("root/a/deep/x.md");
    assert!(
        live.contains(&keyfile::id(&third)),
        "the key that was minted meanwhile"
    );
    app.get_file(&third).expect(200);
}

#[test]
fn an_edit_in_any_layout_takes_what_was_appended_meanwhile() {
    let app = TestApp::start();
    let (one, two) = (app.cli_mint("root/a/doc.md"), app.cli_mint("root/b/b.md"));
    let pretty = "python3 -c 'import json,sys; p=sys.argv[1]; d=json.load(open(p)); \
                  open(p,\"w\").write(json.dumps(d, indent=4))' \"$1\"";
    let script = format!(
        "$EDITKEY keys revoke {} >/dev/null\n{pretty}",
        hash_text(&one)
    );
    let output = edit(&app, &script);
    assert!(output.status.success(), "{output:?}");
    app.get_file(&one).expect(403);
    app.get_file(&two).expect(200);
}

#[test]
fn a_bad_edit_is_discarded_and_a_changed_file_is_never_replaced() {
    let app = TestApp::start();
    let key = app.cli_mint("root/a/doc.md");
    let before = fs::read(app.tree.keys()).expect("the key file");
    for (script, said) in [
        ("echo x >> \"$1\"", "line 5, column 1"),
        ("sed -i '$d' \"$1\"", "ends too early"),
        (
            "sed -i 's/\"rights\":\"edit\"/\"rights\":\"admin\"/' \"$1\"",
            "line 3",
        ),
        ("sed -i 's/\"format\": 1/\"format\": 9/' \"$1\"", "format 9"),
        (": > \"$1\"", "ends too early"),
    ] {
        let output = edit(&app, script);
        assert_eq!(output.status.code(), Some(1), "{script}: {output:?}");
        assert!(
            String::from_utf8_lossy(&output.stderr).contains(said),
            "{script}: {output:?}"
        );
        assert_eq!(
            fs::read(app.tree.keys()).expect("the key file"),
            before,
            "{script}"
        );
        assert!(copies(&app).is_empty(), "{script}");
    }
    let keys = app.tree.keys().display().to_string();
    let script = format!(
        "sed -i '/{}/d' {keys}\nsed -i 's/\"edit\"/\"view\"/' \"$1\"",
        hash_text(&key)
    );
    let output = edit(&app, &script);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let kept = copies(&app);
    assert_eq!(kept.len(), 1, "{output:?}");
    assert!(
        String::from_utf8_lossy(&output.stderr).contains(&kept[0]),
        "{output:?}"
    );
    app.get_file(&key).expect(403);
}

#[test]
fn a_broken_file_is_named_by_verify_and_mended_by_edit() {
    let app = TestApp::start();
    let key = app.cli_mint("root/a/doc.md");
    let verify = |code: i32| -> Value {
        let output = app.cli(&["keys", "verify", "--json"], "");
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        serde_json::from_slice(&output.stdout).expect("JSON")
    };
    let good = verify(0);
    assert_eq!((&good["keys"], &good["good"]), (&json!(1), &json!(true)));
    let expired = json!({"expires": "2026-01-02T00:00:00Z", "sealed": "AAAA"});
    app.tree.hand_made("root/a", "doc.md", &expired);
    app.tree
        .hand_made("root/a", "doc.md", &json!({"color": "red"}));
    let some = verify(1);
    assert_eq!((&some["keys"], &some["expired"]), (&json!(2), &json!(1)));
    assert_eq!(some["other_secret"], 1);
    assert_eq!(some["problems"].as_array().map(Vec::len), Some(1), "{some}");
    let output = app.cli(&["keys", "verify"], "");
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("color"),
        "{output:?}"
    );
    let text = fs::read_to_string(app.tree.keys()).expect("text");
    let torn = text.trim_end().trim_end_matches('}').trim_end();
    fs::write(app.tree.keys(), &torn[..torn.len() - 9]).expect("written");
    assert!(
        verify(1)["torn"]
            .as_str()
            .is_some_and(|place| place.contains("line "))
    );
    fs::write(app.tree.keys(), text.replacen(": {", " {", 2)).expect("written");
    let broken = verify(1);
    assert!(
        broken["broken"]
            .as_str()
            .is_some_and(|why| why.contains("column")),
        "{broken}"
    );
    app.get_file(&key).expect(503);
    let mended = app.tree.path.join("mended.json");
    fs::write(&mended, &text).expect("written");
    let output = edit(
        &app,
        &format!("cp {} \"$1\"\nsed -i '/color/d' \"$1\"", mended.display()),
    );
    assert!(output.status.success(), "{output:?}");
    assert_eq!(verify(0)["keys"], 2);
    app.get_file(&key).expect(200);
}

#[test]
fn what_open_guide_editor_made_comes_in_and_opens() {
    let app = TestApp::start();
    let good = "8oQNEvf7I3b1VOQg3Bi7yNQE";
    let linked = "8oQNEvf7I3b1VOQg3Bi7yNQF";
    let outside = "8oQNEvf7I3b1VOQg3Bi7yNQG";
    let bad = "8oQNEvf7I3b1VOQg3Bi7yNQ-";
    let file: PathBuf = app.tree.path.join("accesskeys.json");
    let slashed = |name: &str| app.tree.at(name).replace('/', "\\/");
    let text = format!(
        "{{\"{good}\":{{\"dirname\":\"{a}\",\"basename\":\"doc.md\"}},\
           \"{linked}\":{{\"dirname\":\"{a}\",\"basename\":\"inner\"}},\
           \"{bad}\":{{\"dirname\":\"{a}\",\"basename\":\"doc.md\"}},\
           \"{outside}\":{{\"dirname\":\"{out}\",\"basename\":\"canary.txt\"}}}}",
        a = slashed("root/a"),
        out = slashed("outside"),
    );
    fs::write(&file, &text).expect("written");
    let import = || {
        let output = app.cli(
            &["keys", "import", file.to_str().expect("UTF-8"), "--json"],
            "",
        );
        assert_eq!(output.status.code(), Some(1), "one was skipped: {output:?}");
        let said = String::from_utf8(output.stdout).expect("text");
        assert!(!said.contains("8oQ"), "{said}");
        serde_json::from_str::<Value>(&said).expect("JSON")
    };
    let said = import();
    assert_eq!(
        (&said["imported"], &said["already_there"]),
        (&json!(3), &json!(0))
    );
    assert_eq!(said["skipped"][0]["position"], 3);
    assert_eq!(said["warnings"].as_array().map(Vec::len), Some(1), "{said}");
    assert_eq!(import()["already_there"], 3, "what is there stays");
    assert_eq!(
        fs::read_to_string(&file).expect("text"),
        text,
        "the source is never changed"
    );
    for key in [good, linked] {
        assert_eq!(app.get_file(key).expect(200).text(), "# A document\n");
    }
    app.get_file(outside).expect(403);
    app.get_file(bad).expect(403);
    let record = keyfile::record(&app.tree.keys(), good);
    assert_eq!(record["by"], "import");
    let link = app.cli(&["keys", "link", &keyfile::id(good)], "");
    assert!(
        String::from_utf8_lossy(&link.stdout).contains(good),
        "sealed anew"
    );
    let ours = TestApp::start();
    let from = app.tree.keys();
    let output = ours.cli(&["keys", "import", from.to_str().expect("UTF-8")], "");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(keyfile::live(&ours.tree.keys()), keyfile::live(&from));
}
