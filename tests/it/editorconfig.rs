//! `.editorconfig`: what the page is told of a file, from its own directory up to its root; and hostile ones, which say
//! nothing and give nothing away.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use serde_json::{Value, json};

use crate::support::TestApp;

/// What the page of `root/a/NAME` is told.
#[track_caller]
fn told(app: &TestApp, dirname: &str, basename: &str) -> Value {
    let key = app.tree.hand_made(dirname, basename, &json!({}));
    let page = app.open(&key).expect(200).text();
    let (_, rest) = page.split_once("data-style=\"").expect("the attribute");
    let (text, _) = rest.split_once('"').expect("its end");
    if text.is_empty() {
        return Value::Null;
    }
    serde_json::from_str(&text.replace("&#34;", "\"")).expect("JSON")
}

#[test]
fn the_nearest_has_the_last_word_up_to_the_first_that_calls_itself_root() {
    let app = TestApp::start();
    assert_eq!(told(&app, "root/a/deep", "x.md"), Value::Null);
    app.tree.write(
        "root/a/.editorconfig",
        "[*]\nindent_style = tab\nindent_size = 8\ncharset = utf-8\n[*.rs]\nmax_line_length = 100\n[deep/*.md]\nend_of_line = lf\n",
    );
    let above = json!({"indentStyle": "tab", "indentSize": 8, "tabWidth": 8, "charset": "utf-8"});
    assert_eq!(told(&app, "root/a", "doc.md"), above);
    app.tree.write(
        "root/a/deep/.editorconfig",
        "[*.md]\nindent_size = 2\nindent_style = space\n",
    );
    let both = json!({"indentStyle": "space", "indentSize": 2, "tabWidth": 2, "charset": "utf-8", "endOfLine": "lf"});
    assert_eq!(told(&app, "root/a/deep", "x.md"), both);
    app.tree.write(
        "root/a/deep/.editorconfig",
        "root = true\n[*.md]\nindent_size = 2\ntrim_trailing_whitespace = true\ninsert_final_newline = true\n",
    );
    let alone = json!({"indentSize": 2, "tabWidth": 2, "trimTrailingWhitespace": true, "insertFinalNewline": true});
    assert_eq!(told(&app, "root/a/deep", "x.md"), alone);
}

#[test]
fn above_the_root_nothing_is_read() {
    let app = TestApp::start();
    app.tree
        .write("root/.editorconfig", "[*]\nindent_size = 7\n");
    app.tree.write(".editorconfig", "[*]\nindent_size = 6\n");
    assert_eq!(told(&app, "root/a", "doc.md"), Value::Null);
    assert_eq!(told(&app, "root/a/deep", "x.md"), Value::Null);
}

#[test]
fn a_hostile_one_says_nothing_and_gives_nothing_away() {
    let app = TestApp::start();
    let at = app.tree.path.join("root/a/.editorconfig");
    let valid = format!("[*]\nindent_size = 5\nmax_line_length = {}\n", 77);
    app.tree.write("outside/config", &valid);
    let secret = format!(
        "[*]\nindent_size = {0}\ncharset = {0}\n{0} = {0}\n",
        app.tree.canary
    );
    app.tree.write("outside/secret", &secret);
    let outside = app.tree.path.join("outside");
    let page = |what: &str| {
        let key = app.tree.hand_made("root/a", "doc.md", &json!({}));
        let page = app.open(&key).expect(200).text();
        assert!(!page.contains(&app.tree.canary), "{what}");
        page
    };
    let makes: [(&str, &dyn Fn()); 8] = [
        ("a link to outside", &|| {
            symlink(outside.join("config"), &at).expect("a link");
        }),
        ("a link within", &|| {
            app.tree.write("root/a/config", &valid);
            symlink("config", &at).expect("a link");
        }),
        ("a hard link", &|| {
            fs::hard_link(outside.join("config"), &at).expect("a link");
        }),
        ("a directory", &|| fs::create_dir(&at).expect("a directory")),
        ("a device", &|| symlink("/dev/zero", &at).expect("a link")),
        ("a pipe", &|| {
            let made = std::process::Command::new("mkfifo").arg(&at).status();
            assert!(made.expect("mkfifo").success());
        }),
        ("a huge one", &|| {
            fs::write(&at, format!("{valid}{}", "# \n".repeat(40_000))).expect("a file");
        }),
        ("one with secrets for values", &|| {
            fs::write(&at, &secret).expect("a file");
        }),
    ];
    for (what, make) in makes {
        make();
        page(what);
        let told = told(&app, "root/a", "doc.md");
        assert!(told.is_null() || told == json!({}), "{what}: {told}");
        if at.symlink_metadata().expect("it").is_dir() {
            fs::remove_dir(&at).expect("gone");
        } else {
            fs::remove_file(&at).expect("gone");
        }
    }
    app.tree.write("root/a/.editorconfig", &valid);
    assert_eq!(told(&app, "root/a", "doc.md")["indentSize"], 5);
    // Who may not read it is told nothing; the superuser may read everything.
    fs::set_permissions(&at, fs::Permissions::from_mode(0o000)).expect("its mode");
    let readable = fs::File::open(&at).is_ok();
    let told = told(&app, "root/a", "doc.md");
    assert_eq!(told.is_null() || told == json!({}), !readable, "{told}");
    page("an unreadable one");
}

#[test]
fn a_pattern_made_to_take_for_ever_takes_no_time() {
    let app = TestApp::start();
    let hostile = format!("[{}]\nindent_size = 5\n", "{a,[a],?}".repeat(50));
    let stars = format!("[{}x]\nindent_size = 5\n", "*".repeat(400));
    app.tree
        .write("root/a/.editorconfig", format!("{hostile}{stars}"));
    let name = format!("{}.md", "a".repeat(200));
    app.tree.write(&format!("root/a/{name}"), "x\n");
    let before = std::time::Instant::now();
    let told = told(&app, "root/a", &name);
    assert!(told.is_null() || told == json!({}), "{told}");
    assert!(before.elapsed().as_secs() < 5, "{:?}", before.elapsed());
}
