//! What holds of keys in Redis at its edges: families beyond measure, and changes that nobody was told of.

use editkey::mint::KeyId;
use editkey::store::redis::{Link, Options};
use editkey::store::{Ask, Keys, LastUses, Same, StoreError, Want};

use super::{find, grounds, now, stands, up, wait};
use crate::support::eventually;
use crate::support::redis::{Redis, options};

/// Of so many at a time, so that the server answers others in between.
const PART: usize = 30_000;

/// Says of so many keys that are not there that they were derived from this one.
fn crowd(redis: &Redis, id: &KeyId, count: usize) {
    let script = "
        for at = tonumber(ARGV[1]), tonumber(ARGV[2]) do
            redis.call('APPEND', KEYS[1], string.format('%032d', at))
        end";
    let name = format!("{{editkey}}:c:{id}");
    for first in (0..count).step_by(PART) {
        let last = (first + PART).min(count) - 1;
        let (first, last) = (first.to_string(), last.to_string());
        redis.run(&["EVAL", script, "1", &name, &first, &last]);
    }
    let length = redis.run(&["STRLEN", &name]);
    assert_eq!(length, (count * 32).to_string());
}

#[test]
fn a_key_with_a_family_too_large_for_one_step_is_revoked_and_derived_from_all_the_same() {
    let [_, ground] = grounds();
    let (keys, other) = (ground.keys(), ground.keys());
    let root = ground.mint(&keys, "root").id();
    let child = ground.child(&keys, root);
    crowd(ground.redis.as_ref().expect("Redis"), &child, 510_000);
    // A server that was busy for so long may be away for a moment.
    let patience = super::SEEN * 60;
    eventually("all of it is too much", patience, || {
        let whole = keys.look_blocking(&Want::Family(root).into(), |_| ());
        assert!(whole.is_err());
        matches!(whole, Err(StoreError::Limit(_)))
    });
    // Nothing of that stands between the key and those that are derived from it.
    let second = ground.child(&keys, root);
    assert!(stands(&other, &child) && stands(&other, &second));
    eventually("it is revoked", patience, || {
        match keys.revoke_blocking(vec![root]) {
            Ok(_) => true,
            Err(StoreError::Away(_)) => false,
            Err(error) => panic!("{error:?}"),
        }
    });
    eventually("none of them opens", super::SEEN, || {
        ![root, child, second].iter().any(|id| stands(&other, id))
    });
    assert!(find(&keys, &root).is_none());
}

#[test]
fn a_key_that_too_few_replicas_have_is_not_handed_out_by_another_node_either() {
    let primary = Redis::with(&["--repl-diskless-sync-delay", "0"]);
    let port = primary.port.to_string();
    let replica = Redis::with(&["--replicaof", "127.0.0.1", &port]);
    eventually("it is with the primary", super::SEEN * 30, || {
        let said = primary.run(&["INFO", "replication"]);
        said.contains("state=online")
    });
    let [ground, _] = grounds();
    let node = || {
        let kept = Options {
            replicas: 1,
            ..options()
        };
        let link = Link::to(primary.store(), &kept);
        up(&link);
        Keys::over(link, ground.sealer.clone())
    };
    let [one, other, third] = [node(), node(), node()];
    ground.mint(&one, "before");
    replica.pause();
    let away = |minted: Result<editkey::store::Minted, StoreError>| {
        let error = minted.err().expect("not acknowledged");
        assert!(matches!(error, StoreError::Away(_)), "{error:?}");
    };
    away(one.mint_blocking(ground.draft("a"), now()));
    // It stands at the primary, which may be gone in a moment.
    let count = || primary.run(&["ZCARD", "{editkey}:all"]);
    assert_eq!(count(), "2");
    away(other.mint_blocking(ground.draft("a"), now()));
    assert_eq!(count(), "2");
    let uses = LastUses::at(&ground.folder.path().join("lastused.json"));
    let same = |keys: &Keys| {
        let ask = Ask::of(&ground.draft("a"));
        wait(keys.find_same(&ask, now(), &uses))
    };
    assert!(matches!(same(&third), Err(StoreError::Away(_))));
    replica.resume();
    eventually("it is handed out", super::SEEN * 10, || {
        matches!(same(&third), Ok(Same::Key(_)))
    });
    let minted = other.mint_blocking(ground.draft("a"), now());
    assert!(minted.is_ok_and(|minted| !minted.new));
}

#[test]
fn lists_that_were_deleted_are_made_anew_by_the_sweep() {
    let [_, ground] = grounds();
    let keys = ground.keys();
    let id = ground.mint(&keys, "a").id();
    let redis = ground.redis.as_ref().expect("Redis");
    let lists = || {
        let names = redis.run(&["KEYS", "{editkey}:b:*"]);
        let names = names.lines().filter(|name| !name.is_empty());
        let mut lists: Vec<String> = names.map(str::to_owned).collect();
        lists.push("{editkey}:all".to_owned());
        lists.sort();
        lists
    };
    let before = lists();
    for name in &before {
        redis.run(&["DEL", name]);
    }
    wait(keys.sweep(now())).expect("swept");
    assert_eq!(lists(), before);
    let of = keys.look_blocking(&Want::Of("local".into()).into(), |look| {
        look.table
            .of("local")
            .map(|found| found.id)
            .collect::<Vec<_>>()
    });
    assert_eq!(of.expect("an answer"), [id]);
    assert_eq!(redis.run(&["ZCARD", "{editkey}:all"]), "1");
}
