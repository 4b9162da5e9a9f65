//! What was pruned can be brought back, what was revoked never: backups, marks, the settings' policy, a full disk.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::mount::Mount;
use crate::support::tree::names;
use crate::support::{TestApp, Tree, eventually, hash_text, keyfile};

fn said(app: &TestApp, arguments: &[&str], code: i32) -> Value {
    let output = app.cli(arguments, "");
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn old(app: &TestApp, more: &Value) -> String {
    let mut record = json!({"created": "2020-01-01T00:00:00Z"});
    let fields = more.as_object().expect("fields").clone();
    record.as_object_mut().expect("fields").extend(fields);
    app.tree.hand_made("root/a", "doc.md", &record)
}

fn backups(tree: &Tree) -> Vec<String> {
    let mut names = names(&tree.path.join("state/keys"));
    names.retain(|name| name.contains(".pruned-"));
    names
}

const PRUNE: &[&str] = &["prune", "--older-than", "1000d", "--json"];

#[test]
fn a_prune_is_undone_while_a_server_runs_but_for_what_was_revoked_since() {
    let app = TestApp::start();
    let (one, other) = (old(&app, &json!({})), old(&app, &json!({"label": "two"})));
    let fresh = app.cli_mint("root/a/doc.md");
    let before = keyfile::record(&app.tree.keys(), &other);
    assert_eq!(said(&app, PRUNE, 0)["pruned"], 2);
    app.get_file(&one).expect(403);
    let kept = backups(&app.tree);
    assert_eq!(kept.len(), 1, "{kept:?}");
    let backup = app.tree.path.join("state/keys").join(&kept[0]);
    let mode = fs::metadata(&backup).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(keyfile::live(&backup).len(), 2, "a key file of its own");
    // By the beginning of an id that is in the backup alone.
    let revoked = said(
        &app,
        &[
            "keys",
            "revoke",
            &format!("sha256:{}", &hash_text(&one)[..9]),
            "--json",
        ],
        0,
    );
    assert_eq!(revoked["pruned_before"], json!([hash_text(&one)]));
    let undone = said(&app, &["keys", "prune", "--undo", "--json"], 0);
    assert_eq!(
        (&undone["back"], &undone["left_out"]),
        (&json!(1), &json!(1))
    );
    app.get_file(&one).expect(403);
    app.get_file(&other).expect(200);
    app.get_file(&fresh).expect(200);
    assert_eq!(
        keyfile::record(&app.tree.keys(), &other),
        before,
        "as it was"
    );
    assert!(backups(&app.tree).is_empty(), "used up");
    let again = app.cli(&["prune", "--undo"], "");
    assert_eq!(again.status.code(), Some(1), "{again:?}");
    assert_eq!(
        app.cli(&["prune", "--undo", "--expired"], "").status.code(),
        Some(2)
    );
}

#[test]
fn what_is_dead_is_due_and_a_parent_waits_for_its_children() {
    let app = TestApp::start();
    let id = |key: &String| keyfile::id(key);
    let parent = old(&app, &json!({"expires": "2021-01-01T00:00:00Z"}));
    let child = old(&app, &json!({"parent": id(&parent)}));
    let orphan = old(
        &app,
        &json!({"parent": keyfile::id(&crate::support::random_key())}),
    );
    let idle = old(&app, &json!({"idle": "30d"}));
    let used = old(&app, &json!({"idle": "30d"}));
    let live = old(&app, &json!({}));
    let fresh = app
        .tree
        .hand_made("root/a", "doc.md", &json!({"parent": id(&live)}));
    let today =
        keyfile::record(&app.tree.keys(), &app.cli_mint("root/a/doc.md"))["created"].clone();
    let days = app.tree.path.join("state/keys/lastused.json");
    let today = today
        .as_str()
        .expect("a time")
        .split('T')
        .next()
        .expect("a day");
    keyfile::append(&days, &id(&used), &json!(today));
    let dry = said(&app, &["prune", "--expired", "--dry-run", "--json"], 0);
    let reason = |key: &String| {
        let keys = dry["keys"].as_array().expect("keys").iter();
        let mut own = keys.filter(|entry| entry["id"] == json!(hash_text(key)));
        own.next().map(|entry| entry["reason"].clone())
    };
    assert_eq!(reason(&parent), Some(json!("expired")));
    assert_eq!(
        reason(&child),
        Some(json!("expired")),
        "as dead as its parent"
    );
    assert_eq!(reason(&orphan), Some(json!("orphaned")));
    assert_eq!(reason(&idle), Some(json!("idle")));
    for key in [&used, &live, &fresh] {
        assert_eq!(reason(key), None);
    }
    assert_eq!(dry["pruned"], 4);
    // Not yet for so long.
    let dry = said(
        &app,
        &["prune", "--expired-for", "10000d", "--dry-run", "--json"],
        0,
    );
    assert_eq!(dry["pruned"], 0);
    // Old is the parent, its child is not.
    let created = json!({"created": today.to_owned() + "T00:00:00Z", "parent": id(&live)});
    let young = app.tree.hand_made("root/a", "doc.md", &created);
    let output = app.cli(PRUNE, "");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("1 stay for what was derived from them"),
        "{said}"
    );
    for key in [&live, &young] {
        app.get_file(key).expect(200);
    }
    assert!(keyfile::live(&app.tree.keys()).contains(&id(&live)));
}

#[test]
fn the_settings_policy_is_what_prune_does_and_what_a_server_does_by_itself() {
    let app = TestApp::with(|settings| {
        settings["prune"] = json!({"expired_for": "1d", "every": "1s"});
    });
    let live = app.cli_mint("root/a/doc.md");
    let expired = old(&app, &json!({"expires": "2021-01-01T00:00:00Z"}));
    eventually("the server prunes", Duration::from_secs(20), || {
        !keyfile::live(&app.tree.keys()).contains(&keyfile::id(&expired))
    });
    app.get_file(&live).expect(200);
    eventually("and says so", Duration::from_secs(5), || {
        app.log().contains("pruned: 1 key;")
    });
    assert_eq!(backups(&app.tree).len(), 1);
    let undone = said(&app, &["prune", "--undo", "--json"], 0);
    assert_eq!(undone["back"], 1);
    let dry = said(&app, &["prune", "--dry-run", "--json"], 0);
    assert!(matches!(dry["pruned"].as_u64(), Some(0 | 1)), "{dry}");
    eventually("it prunes again", Duration::from_secs(20), || {
        !keyfile::live(&app.tree.keys()).contains(&keyfile::id(&expired))
    });
}

#[test]
fn what_was_revoked_here_does_not_come_in_again_by_an_older_key_file() {
    let app = TestApp::start();
    let (one, other) = (app.cli_mint("root/a/doc.md"), app.cli_mint("root/b/b.md"));
    let older = app.tree.path.join("older.json");
    fs::copy(app.tree.keys(), &older).expect("copied");
    let output = app.cli(&["keys", "revoke", "-"], &format!("{one}\n"));
    assert!(output.status.success(), "{output:?}");
    let path = older.to_str().expect("UTF-8");
    let said = said(&app, &["keys", "import", path, "--json"], 1);
    assert_eq!(
        (&said["imported"], &said["already_there"]),
        (&json!(0), &json!(1))
    );
    assert_eq!(said["skipped"][0]["reason"], "it was revoked here");
    app.get_file(&one).expect(403);
    app.get_file(&other).expect(200);
}

#[test]
fn on_a_full_disk_nothing_is_pruned_and_no_backup_stays() {
    let tree = Arc::new(Tree::new());
    let small = Mount::small(&tree.path.join("state/keys"), 512);
    let app = TestApp::on(Arc::clone(&tree));
    let keys: Vec<String> = (0..200)
        .map(|_| old(&app, &json!({"label": "x".repeat(200)})))
        .collect();
    let before = keyfile::live(&tree.keys());
    let mut filler = fs::File::create(tree.path.join("state/keys/filler")).expect("a file");
    while std::io::Write::write_all(&mut filler, &[0; 512]).is_ok() {}
    drop(filler);
    let output = app.cli(PRUNE, "");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("nothing was pruned") && said.contains("no room left"),
        "{said}"
    );
    assert!(backups(&tree).is_empty());
    app.get_file(&keys[0]).expect(200);
    fs::remove_file(tree.path.join("state/keys/filler")).expect("removed");
    assert_eq!(keyfile::live(&tree.keys()), before);
    drop((app, small));
}
