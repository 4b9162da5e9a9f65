//! What a server keeps is looked at, and what it may lose is said with what to do about it.

use editkey::store::redis::{Link, Where};

use super::wait;
use crate::support::redis::{Redis, options};

fn warnings(link: &Link) -> Vec<String> {
    wait(link.check()).expect("an answer")
}

#[test]
fn a_server_that_keeps_everything_gives_no_warning() {
    let server = Redis::with(&["--appendonly", "yes", "--appendfsync", "always"]);
    assert_eq!(warnings(&server.link()), Vec::<String>::new());
}

#[test]
fn each_thing_that_may_lose_keys_is_said() {
    let server = Redis::start();
    let link = server.link();
    let said = |what: &str, advice: &str| {
        let found = warnings(&link);
        let is_said = |line: &String| line.contains(what) && line.contains(advice);
        assert!(found.iter().any(is_said), "{what}: {found:?}");
    };
    said("appendonly of Redis is no", "set it to yes");
    server.run(&["CONFIG", "SET", "appendonly", "yes"]);
    said("appendfsync of Redis is everysec", "set it to always");
    server.run(&["CONFIG", "SET", "appendfsync", "always"]);
    assert_eq!(warnings(&link), Vec::<String>::new());
    server.run(&["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"]);
    said(
        "maxmemory-policy of Redis is allkeys-lru",
        "set it to noeviction",
    );

    let mut lonely = options();
    lonely.replicas = 2;
    let lonely = warnings(&Link::to(server.store(), &lonely));
    assert!(
        lonely
            .iter()
            .any(|line| line.contains("redis.replicas is 2, and Redis has 0")),
        "{lonely:?}"
    );
}

#[test]
fn what_cannot_be_told_is_said_to_be_so() {
    let server = Redis::start();
    server.run(&[
        "ACL",
        "SETUSER",
        "narrow",
        "on",
        ">word",
        "~{editkey}:*",
        "+@all",
        "-@admin",
    ]);
    let mut store = server.store();
    store.user = Some("narrow".to_owned());
    store.password = Some("word".to_owned().into());
    let found = warnings(&Link::to(store, &options()));
    assert!(
        matches!(&*found, [one] if one.contains("cannot be told")),
        "{found:?}"
    );
}

#[test]
fn a_group_where_not_all_replicas_are_waited_for_may_lose_what_it_acknowledged() {
    let group = crate::support::redis_group::Sentinels::start();
    let store = group.store();
    assert!(matches!(store.at, Where::Sentinel { .. }));
    let of = |replicas: u32, words: &str| {
        let mut options = options();
        options.replicas = replicas;
        let found = warnings(&Link::to(store.clone(), &options));
        found
            .iter()
            .any(|line| line.contains("redis.replicas") && line.contains(words))
    };
    assert!(of(0, "redis.replicas is 0"));
    assert!(of(1, "set it to 2"));
    assert!(!of(2, ""));
}
