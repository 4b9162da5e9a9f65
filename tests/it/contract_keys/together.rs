//! New keys that are asked for at the same time: in few steps at Redis, and each of them as if it were alone.

use std::collections::HashMap;
use std::time::Duration;

use editkey::mint::KeyId;
use editkey::store::redis::{Link, Options, RedisPlace, Where};
use editkey::store::{Keys, Want};

use super::{at_once, grounds, now, stands, wait};
use crate::support::asking::up;
use crate::support::fleet::relay::Relay;
use crate::support::redis::{options, store_at};

/// Who asks at the same time, and how often each.
const ASKING: usize = 64;
const TIMES: usize = 10;

#[test]
fn those_who_ask_at_once_share_steps_and_each_has_a_key_of_its_own() {
    let [_, ground] = grounds();
    let keys = ground.keys();
    let steps = || {
        let said = ground
            .redis
            .as_ref()
            .map(|redis| redis.run(&["INFO", "commandstats"]));
        let said = said.expect("Redis");
        let line = said
            .lines()
            .find(|line| line.starts_with("cmdstat_evalsha:"));
        let count = line.and_then(|line| line.split(['=', ',']).nth(1));
        count.map_or(0, |count| count.parse::<usize>().expect("a count"))
    };
    let before = steps();
    let made = at_once(ASKING, |number| {
        let one = |time| {
            let draft = ground.draft(&format!("{number}-{time}"));
            let minted = wait(keys.mint(draft, now(), Vec::new())).expect("minted");
            assert!(minted.new);
            minted.key.id()
        };
        (0..TIMES).map(one).collect::<Vec<KeyId>>()
    });
    let (all, took) = (ASKING * TIMES, steps() - before);
    assert!(took < all / 2, "{took} steps for {all} keys");
    let fresh = ground.keys();
    for id in made.iter().flatten() {
        assert!(stands(&fresh, id));
    }
    let listed = fresh.look_blocking(&Want::Of("local".into()).into(), |look| {
        look.table.of("local").count()
    });
    assert_eq!(listed.expect("an answer"), all);
}

#[test]
fn at_a_server_far_away_nobody_waits_for_what_many_others_asked_before() {
    let [_, ground] = grounds();
    let server = ground.redis.as_ref().expect("Redis").address();
    let relay = Relay::to(server);
    let place = RedisPlace::Tcp("127.0.0.1".to_owned(), relay.address.port());
    let far = Options {
        stale: Duration::from_secs(3),
        within: Duration::from_secs(4),
        ..options()
    };
    let link = Link::to(store_at(Where::Server(place)), &far);
    up(&link);
    // A second there and back: one step behind another, they would take five.
    relay.slow(Duration::from_millis(500));
    let keys = Keys::over(link, ground.sealer.clone());
    let made = at_once(ASKING * TIMES, |number| {
        let draft = ground.draft(&format!("far-{number}"));
        wait(keys.mint(draft, now(), Vec::new())).is_ok_and(|minted| minted.new)
    });
    assert!(made.iter().all(|made| *made), "somebody was refused");
}

#[test]
fn who_asks_for_the_same_at_once_at_two_nodes_has_the_same_key() {
    for ground in grounds() {
        let nodes = [ground.keys(), ground.keys()];
        let made = at_once(32, |number| {
            let one = |time: usize| {
                let (node, name) = (&nodes[number % 2], (time + number / 2) % 20);
                let draft = ground.draft(&name.to_string());
                let minted = wait(node.mint(draft, now(), Vec::new())).expect("minted");
                (name, minted.key.id(), minted.new)
            };
            (0..20).map(one).collect::<Vec<_>>()
        });
        let mut known: HashMap<usize, KeyId> = HashMap::new();
        for (name, id, _) in made.iter().flatten() {
            assert_eq!(known.entry(*name).or_insert(*id), id, "{}", ground.name);
        }
        let new = made.iter().flatten().filter(|(_, _, new)| *new).count();
        assert_eq!((known.len(), new), (20, 20), "{}", ground.name);
    }
}
