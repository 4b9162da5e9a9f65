//! `editkey keys migrate` from a key file to Redis, back, and from one Redis to another, while nodes serve.

mod busy;
mod stands;

use std::fs::{self, DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::{at, tree};
use crate::support::redis::Redis;
use crate::support::unlock::HASH;
use crate::support::{TestApp, Tree, eventually, hash_text, keyfile};

/// Keys of the large move.
const MANY: usize = 5000;

fn command(tree: &Tree, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_editkey"));
    command.arg("-c").arg(tree.settings());
    command.args(["keys", "migrate", "--json"]).args(arguments);
    command
}

fn migrate(tree: &Tree, from: &str, to: &str) -> Output {
    command(tree, &["--from", from, "--to", to])
        .output()
        .expect("the program")
}

#[track_caller]
fn moved(tree: &Tree, from: &str, to: &str) -> Value {
    let output = migrate(tree, from, to);
    assert!(output.status.success(), "{output:?}");
    let outcome: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(outcome["equal"], true, "{outcome}");
    outcome
}

fn of<'a>(outcome: &'a Value, what: &str) -> &'a Value {
    let kinds = outcome["kinds"].as_array().expect("kinds");
    kinds.iter().find(|kind| kind["what"] == what).expect(what)
}

/// A folder for a key file, and what the command calls that.
fn folder(tree: &Tree, name: &str) -> (PathBuf, String) {
    let folder = tree.path.join(name);
    DirBuilder::new().mode(0o700).create(&folder).expect("made");
    let named = format!("json:{}/accesskeys.json", folder.display());
    (folder, named)
}

/// What stands in a file, without what was removed and without those that ended long ago.
fn entries(file: &Path) -> Map<String, Value> {
    let text = fs::read_to_string(file).unwrap_or_else(|_| "{}".to_owned());
    let mut all: Map<String, Value> = serde_json::from_str(&text).expect("JSON");
    all.retain(|name, value| {
        let over = value["expires"].as_str().is_some_and(|end| end < "2021");
        !value.is_null() && !over && name.starts_with("sha256:")
    });
    all
}

/// One of each sort of keys, again and again, as our own and other makers' programs write them.
fn generated(tree: &Tree) -> Map<String, Value> {
    let mut all = Map::new();
    let mut parent = String::new();
    for number in 0..MANY {
        let id = keyfile::id(&format!("{number:024}"));
        let mut record = json!({
            "dirname": tree.at("root/a"), "basename": format!("n{number}.md"),
            "rights": "edit", "created": format!("2026-0{}-01T00:00:0{}Z", 1 + number % 9, number % 10),
        });
        let more = match number % 12 {
            0 => json!({"scope": "directory", "basename": "deep", "by": "local"}),
            1 => json!({"idle": "30d", "by": "host/cms:ann"}),
            2 => json!({"uses": 3}),
            3 => json!({"passphrase": HASH, "by": format!("users:u{}", number % 40)}),
            4 => {
                json!({"label": format!("für \"Ann\" {number}"), "expires": "2099-01-01T00:00:00Z"})
            }
            5 => json!({"parent": parent, "rights": "view"}),
            6 => json!({"expires": "2020-01-01T00:00:00Z"}),
            7 => json!({"sealed": "bm90IG91cnM", "by": "oidc:x"}),
            // Not understood: it opens nothing, and goes along as it is.
            8 => json!({"colour": "red"}),
            9 => json!({"expires": jiff::Timestamp::now().to_string(), "by": "browser:abc"}),
            _ => json!({"by": "operator"}),
        };
        for (field, value) in more.as_object().expect("fields") {
            record[field] = value.clone();
        }
        if number % 12 == 10 {
            parent.clone_from(&id);
        }
        if record["parent"] == "" {
            record.as_object_mut().expect("fields").remove("parent");
        }
        all.insert(id, record);
    }
    all.insert("a note of somebody".to_owned(), json!("about these keys"));
    all
}

fn written(file: &Path, all: &Map<String, Value>) {
    let text = serde_json::to_string_pretty(all).expect("JSON");
    fs::write(file, text).expect("written");
    fs::set_permissions(file, Permissions::from_mode(0o600)).expect("ours");
}

/// What became of keys that are gone, in all forms.
fn marks() -> Map<String, Value> {
    (0..300)
        .map(|number| {
            let what = ["revoked", "pruned", "pruned-2026-11-01T00-00-00Z"][number % 3];
            (keyfile::id(&format!("x{number:023}")), json!(what))
        })
        .collect()
}

/// Last uses, in both their forms.
fn uses() -> Map<String, Value> {
    (0..MANY)
        .step_by(3)
        .map(|number| {
            let used = match number % 2 {
                0 => json!({"day": "2026-11-02", "uses": number}),
                _ => json!("2026-11-01"),
            };
            (keyfile::id(&format!("{number:024}")), used)
        })
        .collect()
}

fn keys_at(redis: &Redis) -> usize {
    let count = redis.run(&["ZCARD", "{editkey}:all"]);
    count.parse().expect("a number")
}

/// Begins to move and is killed. Returns how many keys are there.
fn killed(tree: &Tree, redis: &Redis) -> usize {
    let mut killed = command(tree, &["--from", "json", "--to", &at(redis)])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program");
    eventually("some are there", Duration::from_secs(60), || {
        keys_at(redis) >= 500
    });
    killed.kill().expect("killed");
    killed.wait().expect("gone");
    keys_at(redis)
}

/// A node on it finds them as if it had minted them.
fn found(tree: Arc<Tree>, redis: &Redis, all: usize) {
    tree.set("store", &json!(at(redis)));
    let app = TestApp::on(tree);
    let list = |more: &[&str]| -> usize {
        let output = app.cli(&[&["keys", "list", "--json"], more].concat(), "");
        let all: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        all.as_array().expect("an array").len()
    };
    assert_eq!(list(&[]), all);
    let twelfth = (0..MANY).filter(|number| number % 12 == 1).count();
    assert_eq!(list(&["--by", "host/cms:ann"]), twelfth);
}

fn same_uses(uses: &Map<String, Value>, used: &Map<String, Value>) {
    assert_eq!(used.len(), uses.len());
    for (id, one) in uses {
        let day = one.get("day").unwrap_or(one);
        let count = one.get("uses").cloned().unwrap_or(json!(0));
        assert_eq!(used[id], json!({"day": day, "uses": count}), "{id}");
    }
}

/// What ended long ago is not there, and what ends will go.
fn ends(redis: &Redis) {
    let gone = keyfile::id(&format!("{:024}", 6));
    let gone = gone.strip_prefix("sha256:").expect("an id");
    assert_eq!(
        redis.run(&["EXISTS", &format!("{{editkey}}:k:{gone}")]),
        "0"
    );
    // They end there, too.
    let ending = hash_text(&format!("{:024}", 4));
    let end = redis.run(&["PEXPIRETIME", &format!("{{editkey}}:k:{ending}")]);
    assert_eq!(end, ((4_070_908_800 + 30 * 86_400_i64) * 1000).to_string());
    let unending = hash_text(&format!("{:024}", 1));
    assert_eq!(
        redis.run(&["PTTL", &format!("{{editkey}}:k:{unending}")]),
        "-1"
    );
}

#[test]
fn five_thousand_keys_go_to_redis_and_back_and_a_move_that_was_killed_goes_on() {
    let redis = Redis::start();
    let tree = tree(&redis, |settings| settings["store"] = json!("json"));
    written(&tree.keys(), &generated(&tree));
    let (marks, uses) = (marks(), uses());
    written(&tree.keys().with_file_name("gone.json"), &marks);
    written(&tree.keys().with_file_name("lastused.json"), &uses);

    let there = at(&redis);
    let count = || keys_at(&redis);
    let some = killed(&tree, &redis);
    let begun = Instant::now();
    let first = moved(&tree, "json", &there);
    println!(
        "{some} before it was killed; the rest in {:?}",
        begun.elapsed()
    );
    // Those of 2020 are left out, and those that are not understood are in no order.
    let over = (0..MANY).filter(|number| number % 12 == 6).count();
    let odd = (0..MANY).filter(|number| number % 12 == 8).count();
    assert!(some < MANY - over - odd, "it was killed too late: {some}");
    let left = of(&first, "keys")["changed"].as_u64().expect("a number");
    assert!(left < (MANY - over) as u64, "{left}");
    assert_eq!(count(), MANY - over - odd);
    assert_eq!(of(&first, "keys")["entries"], MANY - over);
    ends(&redis);

    let (back, home) = folder(&tree, "back");
    let begun = Instant::now();
    let second = moved(&tree, &there, &home);
    println!("back in {:?}", begun.elapsed());
    for what in ["marks", "keys", "last uses", "sessions"] {
        assert_eq!(
            of(&first, what)["digest"],
            of(&second, what)["digest"],
            "{what}"
        );
    }
    assert_eq!(
        entries(&tree.keys()),
        entries(&back.join("accesskeys.json"))
    );
    assert_eq!(marks, entries(&back.join("gone.json")));
    same_uses(&uses, &entries(&back.join("lastused.json")));
    // Nothing differs any more, either way.
    let again = moved(&tree, "json", &there);
    assert_eq!(
        (&again["passes"], &of(&again, "keys")["changed"]),
        (&json!(1), &json!(0))
    );

    found(tree, &redis, MANY - over - odd);
}
