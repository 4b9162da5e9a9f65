//! What was moved to a Redis stands there as what nodes wrote, and nothing is moved to or from a wrong one.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use serde_json::json;

use super::{command, folder, moved, of};
use crate::store_redis::{at, node, tree};
use crate::support::redis::Redis;
use crate::support::{TestApp, eventually, keyfile};

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
                let line = line.split_once(") ").map_or(line, |(_, line)| line);
                second(name, line).unwrap_or_else(|| line.to_owned())
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

/// What counts of a score in an index: the second. Where in it a key came to stand is a node's own.
fn second(name: &str, line: &str) -> Option<String> {
    let index = [":all", ":nameless"].iter().any(|end| name.ends_with(end)) || name.contains(":b:");
    let score: u64 = line.trim_matches('"').parse().ok().filter(|_| index)?;
    Some((score / 1_000_000).to_string())
}

#[test]
fn what_was_moved_stands_as_what_was_minted_there_with_its_ends_and_indices() {
    let (one, other) = (Redis::start(), Redis::start());
    let app = node(&one);
    let jar = app.editor("ann");
    let key = app.mint("root/a", "doc.md", &jar);
    app.mint_with(
        "root/a/deep",
        "x.md",
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
    assert!(directory.status.success(), "{directory:?}");
    let gone = app.cli_mint("root/b/b.md");
    app.cli(&["keys", "revoke", "-"], &format!("{gone}\n"));
    app.get_file(&key).expect(200);
    let told = Command::new("kill").arg(app.id().to_string()).status();
    assert!(told.expect("kill").success());
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
    app.tree.set("store", &json!(at(&other)));
    let next = TestApp::on(app.tree.clone());
    next.get_file(&key).expect(200);
    next.get_file(&gone).expect(403);
    assert_eq!(next.mint("root/a", "doc.md", &jar), key, "the same ask");
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
    let left = redis.run(&["EXISTS", "{editkey}:all", "{editkey}:secret", "{editkey}:u"]);
    assert_eq!(left, "0", "a dry run leaves nothing");
    redis.run(&["SET", "{editkey}:secret", "somebody-else"]);
    redis.run(&["SET", "{editkey}:format", "1"]);
    for (from, to) in [("json", &*there), (&*there, "json")] {
        let other = said(from, to, &[]);
        assert!(other.contains("have another secret"), "{other}");
    }
    redis.kill();
    let away = said("json", &there, &[]);
    assert!(away.contains("the store does not answer"), "{away}");
}
