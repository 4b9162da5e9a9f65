//! `editkey keys migrate` from a key file to Redis, back, and from one Redis to another, while nodes serve.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::{KEEPS, at, node, tree};
use crate::support::redis::Redis;
use crate::support::unlock::HASH;
use crate::support::{TestApp, Tree, eventually, hash_text, keyfile, random_key};

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
            parent = id.strip_prefix("sha256:").expect("an id").to_owned();
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

#[test]
fn five_thousand_keys_go_to_redis_and_back_and_a_move_that_was_killed_goes_on() {
    let redis = Redis::start();
    let tree = tree(&redis, |settings| settings["store"] = json!("json"));
    written(&tree.keys(), &generated(&tree));
    let marks: Map<String, Value> = (0..300)
        .map(|number| {
            let what = ["revoked", "pruned", "pruned-20261101T000000Z"][number % 3];
            (keyfile::id(&format!("x{number:023}")), json!(what))
        })
        .collect();
    written(&tree.keys().with_file_name("gone.json"), &marks);
    let uses: Map<String, Value> = (0..MANY)
        .step_by(3)
        .map(|number| {
            let used = match number % 2 {
                0 => json!({"day": "2026-11-02", "uses": number}),
                _ => json!("2026-11-01"),
            };
            (keyfile::id(&format!("{number:024}")), used)
        })
        .collect();
    written(&tree.keys().with_file_name("lastused.json"), &uses);

    let there = at(&redis);
    let mut killed = command(&tree, &["--from", "json", "--to", &there])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program");
    let count = || {
        redis
            .run(&["ZCARD", "{editkey}:all"])
            .parse::<usize>()
            .expect("a number")
    };
    eventually("some are there", Duration::from_secs(60), || count() >= 500);
    killed.kill().expect("killed");
    killed.wait().expect("gone");
    let some = count();
    let begun = Instant::now();
    let first = moved(&tree, "json", &there);
    println!(
        "{some} before it was killed; the rest in {:?}",
        begun.elapsed()
    );
    let known = MANY - MANY.div_ceil(12) * 2 + 1;
    assert!(some < known, "it was killed too late: {some}");
    assert!(of(&first, "keys")["changed"].as_u64().expect("a number") < known as u64);
    // Those of 2020 are left out, and those that are not understood are in no order.
    let over = (0..MANY).filter(|number| number % 12 == 6).count();
    let odd = (0..MANY).filter(|number| number % 12 == 8).count();
    assert_eq!(count(), MANY - over - odd);
    assert_eq!(of(&first, "keys")["entries"], MANY - over);
    let gone = keyfile::id(&format!("{:024}", 6));
    let gone = gone.strip_prefix("sha256:").expect("an id");
    assert_eq!(
        redis.run(&["EXISTS", &format!("{{editkey}}:k:{gone}")]),
        "0"
    );
    // They end there, too.
    let ends = hash_text(&format!("{:024}", 4));
    let end = redis.run(&["PEXPIRETIME", &format!("{{editkey}}:k:{ends}")]);
    assert_eq!(end, ((4_070_908_800 + 30 * 86_400_i64) * 1000).to_string());
    let unending = hash_text(&format!("{:024}", 1));
    assert_eq!(
        redis.run(&["PTTL", &format!("{{editkey}}:k:{unending}")]),
        "-1"
    );

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
    let used = entries(&back.join("lastused.json"));
    assert_eq!(used.len(), uses.len());
    for (id, one) in &uses {
        let day = one.get("day").unwrap_or(one);
        let count = one.get("uses").cloned().unwrap_or(json!(0));
        assert_eq!(used[id], json!({"day": day, "uses": count}), "{id}");
    }
    // Nothing differs any more, either way.
    let again = moved(&tree, "json", &there);
    assert_eq!(
        (&again["passes"], &of(&again, "keys")["changed"]),
        (&json!(1), &json!(0))
    );

    // A node on it finds them as if it had minted them.
    let settings = fs::read(tree.settings()).expect("settings");
    let mut settings: Value = serde_json::from_slice(&settings).expect("JSON");
    settings["store"] = json!(there);
    tree.write_settings(&settings);
    let app = TestApp::on(tree);
    let list = |more: &[&str]| -> usize {
        let output = app.cli(&[&["keys", "list", "--json"], more].concat(), "");
        let all: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        all.as_array().expect("an array").len()
    };
    assert_eq!(list(&[]), MANY - over - odd);
    let twelfth = (0..MANY).filter(|number| number % 12 == 1).count();
    assert_eq!(list(&["--by", "host/cms:ann"]), twelfth);
}

/// Everything at a server: by name its value and end, as `redis-cli` shows it; without what is no key's, or of a node alone.
fn everything(redis: &Redis) -> BTreeMap<String, (Vec<String>, String)> {
    let names = redis.run(&["KEYS", "*"]);
    let names = names.lines().filter(|name| {
        let kind = name.strip_prefix("{editkey}:").expect("ours");
        let kind = kind.split(':').next().expect("a kind");
        !matches!(
            kind,
            "r" | "n" | "turn" | "swept" | "looked" | "backup" | "backups" | "trial"
        )
    });
    let value = |name: &str| {
        let command = match redis.run(&["TYPE", name]).as_str() {
            "string" => vec!["GET", name],
            "set" => vec!["SMEMBERS", name],
            "hash" => vec!["HGETALL", name],
            // When something was revoked is not moved.
            "zset" if name.ends_with(":revoked") => vec!["ZRANGE", name, "0", "-1"],
            "zset" => vec!["ZRANGE", name, "0", "-1", "WITHSCORES"],
            other => panic!("{name}: {other}"),
        };
        let said = redis.run(&[&["--no-raw"], &command[..]].concat());
        let mut lines: Vec<String> = said
            .lines()
            .map(|line| {
                let line = line.trim_start();
                line.split_once(") ")
                    .map_or(line, |(_, line)| line)
                    .to_owned()
            })
            .collect();
        lines.sort();
        lines
    };
    names
        .map(|name| {
            let end = redis.run(&["PEXPIRETIME", name]);
            (name.to_owned(), (value(name), end))
        })
        .collect()
}

#[test]
fn what_was_moved_stands_as_what_was_minted_there_with_its_ends_and_indices() {
    let (one, other) = (Redis::start(), Redis::start());
    let app = node(&one);
    let jar = app.editor("ann");
    let key = app.mint("root/a", "doc.md", &jar);
    app.mint_with(
        "root/a",
        "deep/x.md",
        &[("expires", "2d"), ("label", "two")],
        &jar,
    );
    let granted = app.host_grant(&json!({"poweruser": true})).expect(201);
    granted.json()["url"].as_str().expect("a ticket that waits");
    let child = app.cli(
        &[
            "keys",
            "mint",
            "--from",
            &keyfile::id(&key),
            "--rights",
            "view",
        ],
        "",
    );
    assert!(child.status.success(), "{child:?}");
    let directory = app.cli(
        &["keys", "mint", "--directory", &app.tree.at("root/a/deep")],
        "",
    );
    println!("{directory:?}");
    let gone = app.cli_mint("root/b/b.md");
    app.cli(&["keys", "revoke", "-"], &format!("{gone}\n"));
    app.get_file(&key).expect(200);
    eventually("the use is written", Duration::from_secs(15), || {
        one.run(&["HLEN", "{editkey}:u"]) == "1"
    });

    let (_, file) = folder(&app.tree, "between");
    let to_file = moved(&app.tree, &at(&one), &file);
    assert_eq!(
        of(&to_file, "sessions")["changed"],
        4,
        "a session, two grants, a ticket"
    );
    moved(&app.tree, &file, &at(&other));
    let (before, after) = (everything(&one), everything(&other));
    for (name, value) in &before {
        assert_eq!(Some(value), after.get(name), "{name}");
    }
    assert_eq!(before.len(), after.len(), "{after:?}");
    // And straight from one to the other nothing is left to do.
    let straight = moved(&app.tree, "settings", &at(&other));
    assert_eq!(straight["passes"], 1, "{straight}");

    // Whoever was signed in is so at a node on the other, and whoever was not is not.
    let settings = fs::read(app.tree.settings()).expect("settings");
    let mut settings: Value = serde_json::from_slice(&settings).expect("JSON");
    settings["store"] = json!(at(&other));
    app.tree.write_settings(&settings);
    let next = TestApp::on(app.tree.clone());
    next.get_file(&key).expect(200);
    next.get_file(&gone).expect(403);
    assert_eq!(next.mint("root/a", "doc.md", &jar), key, "the same ask");
}

/// Mints, saves and revokes at `app` until told, and says what lives and what does not.
fn busy(app: &TestApp, done: &AtomicBool, lives: &Mutex<Vec<String>>, dead: &Mutex<Vec<String>>) {
    let jar = app.editor("ann");
    let mut number = 0;
    while !done.load(Ordering::Relaxed) || number < 12 {
        let label = random_key();
        let key = app.mint_with("root/a", "doc.md", &[("label", &label)], &jar);
        let etag = app.get_file(&key).expect(200);
        let etag = etag.header("etag").expect("one").to_owned();
        app.save(&key, &etag, number.to_string().as_bytes())
            .expect(204);
        if number % 3 == 0 {
            // An older one, which was carried along perhaps.
            let mut lives = lives.lock().expect("a list");
            let old = lives.len() / 2;
            let old = if lives.is_empty() {
                key.clone()
            } else {
                lives.swap_remove(old)
            };
            let output = app.cli(&["keys", "revoke", "-"], &format!("{old}\n"));
            assert!(output.status.success(), "{output:?}");
            dead.lock().expect("a list").push(old.clone());
            if old != key {
                lives.push(key);
            }
        } else {
            lives.lock().expect("a list").push(key);
        }
        number += 1;
    }
}

/// Moves again and again beside a server that is busy, and once more after that.
fn moved_while_busy(app: &TestApp, from: &str, to: &str) -> (Vec<String>, Vec<String>) {
    let (lives, dead, done) = (Mutex::default(), Mutex::default(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let serving = scope.spawn(|| busy(app, &done, &lives, &dead));
        for _ in 0..4 {
            let output = migrate(&app.tree, from, to);
            assert!(output.stderr.is_empty(), "{output:?}");
        }
        done.store(true, Ordering::Relaxed);
        serving.join().expect("served");
    });
    moved(&app.tree, from, to);
    (
        lives.into_inner().expect("a list"),
        dead.into_inner().expect("a list"),
    )
}

#[test]
fn nothing_is_lost_and_nothing_revoked_comes_along_while_a_server_works() {
    let redis = Redis::with(KEEPS);
    let tree = tree(&redis, |settings| settings["store"] = json!("json"));
    let app = TestApp::on(tree.clone());
    let there = at(&redis);
    let (lives, dead) = moved_while_busy(&app, "json", &there);
    drop(app);
    let settings = fs::read(tree.settings()).expect("settings");
    let mut settings: Value = serde_json::from_slice(&settings).expect("JSON");
    settings["store"] = json!(there);
    tree.write_settings(&settings);
    let next = TestApp::on(tree.clone());
    let opens = |app: &TestApp, lives: &[String], dead: &[String]| {
        for key in lives {
            app.get_file(key).expect(200);
        }
        for key in dead {
            app.get_file(key).expect(403);
        }
        println!("{} live, {} revoked", lives.len(), dead.len());
    };
    assert!(lives.len() > 5 && dead.len() > 3);
    opens(&next, &lives, &dead);

    // And home again, from a server that works.
    let (_, home) = folder(&tree, "home");
    let (more, gone) = moved_while_busy(&next, "settings", &home);
    drop(next);
    settings["store"] = json!("json");
    settings["access_key_file"] = json!(home.strip_prefix("json:").expect("a file"));
    tree.write_settings(&settings);
    let back = TestApp::on(tree);
    opens(&back, &lives, &dead);
    opens(&back, &more, &gone);
}

#[test]
fn what_was_revoked_after_a_move_is_not_brought_back_by_another_the_wrong_way() {
    let redis = Redis::start();
    let tree = tree(&redis, |settings| settings["store"] = json!("json"));
    let app = TestApp::on(tree.clone());
    let (key, other) = (app.cli_mint("root/a/doc.md"), app.cli_mint("root/b/b.md"));
    drop(app);
    let there = at(&redis);
    moved(&tree, "json", &there);
    let settings = fs::read(tree.settings()).expect("settings");
    let mut settings: Value = serde_json::from_slice(&settings).expect("JSON");
    settings["store"] = json!(there);
    tree.write_settings(&settings);
    let next = TestApp::on(tree.clone());
    let output = next.cli(&["keys", "revoke", "-"], &format!("{key}\n"));
    assert!(output.status.success(), "{output:?}");
    for more in [&[][..], &["--replace"]] {
        let output = command(&tree, &["--from", "json", "--to", "settings"])
            .args(more)
            .output()
            .expect("the program");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && said.contains("was revoked"),
            "{said}"
        );
        next.get_file(&key).expect(403);
        next.get_file(&other).expect(200);
    }
    // The right way it goes.
    moved(&tree, "settings", "json");
    assert!(!entries(&tree.keys()).contains_key(&keyfile::id(&key)));
}

#[test]
fn a_redis_of_other_nodes_an_empty_one_and_one_that_is_away_are_told_apart() {
    let mut redis = Redis::start();
    let tree = tree(&redis, |settings| settings["store"] = json!("json"));
    let app = TestApp::on(tree.clone());
    let key = app.cli_mint("root/a/doc.md");
    let there = at(&redis);
    let said = |from: &str, to: &str, more: &[&str]| {
        let output = command(&tree, &["--from", from, "--to", to])
            .args(more)
            .output()
            .expect("the program");
        assert!(!output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).expect("text")
    };
    let empty = said(&there, "json", &["--replace"]);
    assert!(empty.contains("is the direction right?"), "{empty}");
    app.get_file(&key).expect(200);
    assert!(said(&there, &there, &[]).contains("the same store"));
    let dry = command(&tree, &["--from", "json", "--to", &there, "--dry-run"])
        .output()
        .expect("the program");
    assert!(dry.status.success(), "{dry:?}");
    assert_eq!(redis.run(&["DBSIZE"]), "0", "a dry run leaves nothing");
    redis.run(&["SET", "{editkey}:secret", "somebody-else"]);
    redis.run(&["SET", "{editkey}:format", "1"]);
    for (from, to) in [("json", &*there), (&*there, "json")] {
        let other = said(from, to, &[]);
        assert!(other.contains("have another secret"), "{other}");
    }
    redis.kill();
    let away = said("json", &there, &[]);
    assert!(away.contains("Redis"), "{away}");
}
