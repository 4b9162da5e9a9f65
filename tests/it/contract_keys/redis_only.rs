//! What holds of keys in Redis besides: several nodes, hands at the server, and what goes by itself.

use std::time::{Duration, Instant};

use editkey::mint::{KeyId, Life, Secrets};
use editkey::store::{
    Keys, LastUses, Moved, NAMELESS_KEYS, Order, Search, Sort, StoreError, Want, Whose,
};
use editkey::visitor::Source;
use jiff::SignedDuration;

use super::{Ground, at_once, find, grounds, now, record, stands, wait};
use crate::support::eventually;

fn ground() -> Ground {
    let [_, redis] = grounds();
    redis
}

impl Ground {
    fn cli(&self, words: &[&str]) -> String {
        self.redis.as_ref().expect("Redis").run(words)
    }

    fn name(kind: &str, id: &KeyId) -> String {
        format!("{{editkey}}:{kind}:{id}")
    }
}

#[test]
fn two_nodes_in_each_others_way_lose_nothing() {
    let ground = ground();
    let nodes = [ground.keys(), ground.keys()];
    let root = ground.mint(&nodes[0], "root").id();
    let made = at_once(8, |number| {
        let keys = &nodes[number % 2];
        let mut kept = Vec::new();
        for round in 0..20 {
            let key = ground.mint(keys, &format!("{round}")).id();
            let own = keys.mint_blocking(ground.draft(&format!("{number}-{round}")), now());
            let own = own.expect("minted").key.id();
            let child = (round < 10).then(|| ground.child(keys, root));
            if round % 2 == 0 {
                wait(keys.revoke(vec![own])).expect("revoked");
            } else {
                kept.push(own);
            }
            kept.push(key);
            kept.extend(child);
        }
        kept
    });
    let fresh = ground.keys();
    for id in made.iter().flatten() {
        assert!(stands(&fresh, id));
    }
    let own = fresh.look_blocking(&Want::Of("local".into()).into(), |look| {
        look.table.of("local").count()
    });
    // The root, its 80 children, 20 that all asked for and 10 of each of eight.
    assert_eq!(own.expect("an answer"), 1 + 80 + 20 + 80);
}

#[test]
fn a_revocation_is_in_force_on_the_other_node_within_a_second() {
    let ground = ground();
    let (one, other) = (ground.keys(), ground.keys());
    let mut longest = Duration::ZERO;
    for round in 0..50 {
        let id = ground.mint(&one, &format!("{round}")).id();
        assert!(stands(&other, &id) && stands(&other, &id));
        one.revoke_blocking(vec![id]).expect("revoked");
        let begun = Instant::now();
        while stands(&other, &id) {
            assert!(begun.elapsed() < super::SEEN, "it opens still");
        }
        longest = longest.max(begun.elapsed());
    }
    assert!(longest < super::SEEN, "{longest:?}");
}

#[test]
fn a_key_that_a_hand_wrote_opens_is_listed_after_a_sweep_and_goes_with_its_family() {
    let ground = ground();
    let (keys, other) = (ground.keys(), ground.keys());
    let parent = ground.mint(&keys, "a").id();
    let id = ground.draft("a").id;
    let json =
        format!(r#"{{"dirname":"/srv/a","basename":"a","by":"hand","parent":"sha256:{parent}"}}"#);
    ground.cli(&["SET", &Ground::name("k", &id), &json]);
    assert!(stands(&keys, &id) && find(&other, &id).is_some());
    let of_hand = || {
        let of = keys.look_blocking(&Want::Of("hand".into()).into(), |look| {
            look.table.of("hand").count()
        });
        of.expect("an answer")
    };
    assert_eq!(of_hand(), 0, "no index names it");
    wait(keys.sweep(now())).expect("swept");
    assert_eq!(of_hand(), 1);
    assert_eq!(other.revoke_blocking(vec![parent]).expect("revoked"), 1);
    assert_eq!(ground.cli(&["EXISTS", &Ground::name("k", &id)]), "0");
    assert_eq!(of_hand(), 0);
}

#[test]
fn a_record_that_is_not_understood_opens_nothing_stays_and_is_told() {
    let ground = ground();
    let keys = ground.keys();
    let id = ground.draft("a").id;
    let json = r#"{"dirname":"/srv/a","basename":"a","future":1}"#;
    ground.cli(&["SET", &Ground::name("k", &id), json]);
    assert!(!stands(&keys, &id) && find(&keys, &id).is_none());
    let added = keys.add_blocking(vec![(id, record("a"))]).expect("added");
    assert_eq!(
        (added.there.as_slice(), added.new.len()),
        ([id].as_slice(), 0)
    );
    wait(keys.sweep(now())).expect("swept");
    assert_eq!(ground.cli(&["GET", &Ground::name("k", &id)]), json);
    let refused = keys.refused_blocking().expect("an answer");
    assert!(matches!(refused.as_slice(), [(one, why)] if *one == id && why.contains("future")));
    assert_eq!(keys.revoke_blocking(vec![id]).expect("revoked"), 0);
}

#[test]
fn what_ended_long_ago_is_swept_with_all_that_names_it() {
    let ground = ground();
    let keys = ground.keys();
    // But for what a link tries its writing with, which ends by itself.
    let names = || {
        let names = ground.cli(&["KEYS", "*"]);
        let kept = |name: &&str| !name.contains(":looked") && !name.contains(":trial");
        let names: Vec<String> = names.lines().filter(kept).map(str::to_owned).collect();
        names
    };
    let before = names().len();
    let day = SignedDuration::from_hours(24);
    let short = ground.draft_for("a", Source::Anyone, Life::For(60));
    let id = keys.mint_blocking(short, now()).expect("minted").key.id();
    let kept = ground.mint(&keys, "b").id();
    let ttl: i64 = ground
        .cli(&["TTL", &Ground::name("k", &id)])
        .parse()
        .expect("a number");
    assert!((29 * 86_400..=31 * 86_400).contains(&ttl), "{ttl}");
    assert_eq!(wait(keys.sweep(now() + day)).expect("swept"), 0);
    assert_eq!(wait(keys.sweep(now() + day * 30)).expect("swept"), 1);
    assert!(find(&keys, &kept).is_some());
    eventually("it is gone", super::SEEN, || find(&keys, &id).is_none());
    keys.revoke_blocking(vec![kept]).expect("revoked");
    // But for the mark, its index and its time, and what the sweep remembers.
    let left = names();
    assert_eq!(left.len(), 3 + before, "{left:?}");
}

#[test]
fn an_index_forgets_what_went_by_itself_when_it_is_read() {
    let ground = ground();
    let keys = ground.keys();
    let ids: Vec<KeyId> = (0..5)
        .map(|at| ground.mint(&keys, &format!("{at}")).id())
        .collect();
    ground.cli(&["DEL", &Ground::name("k", &ids[2])]);
    let uses = LastUses::at(&ground.folder.path().join("lastused.json"));
    let search = Search {
        limit: 10,
        sort: Sort::Created,
        ..Search::default()
    };
    let hits = keys
        .search_blocking(&Whose::All, &search, &|_| true, &uses, now())
        .expect("an answer");
    assert_eq!((hits.keys.len(), hits.total), (4, 4));
    assert_eq!(ground.cli(&["ZCARD", "{editkey}:all"]), "4");
    // The ask for its place gets a new one.
    assert!(ground.mint(&keys, "2").id() != ids[2]);
}

#[test]
fn what_hands_put_into_an_index_hides_no_key() {
    let ground = ground();
    let fill = "for at = 1, 9000 do redis.call('ZADD', KEYS[1], ARGV[1], ARGV[1] .. ' ' .. at) end";
    for score in ["-5", "0", "1763000000000000", "1e300"] {
        ground.cli(&["EVAL", fill, "1", "{editkey}:all", score]);
    }
    let keys = ground.keys();
    let id = ground.mint(&keys, "a").id();
    let uses = LastUses::at(&ground.folder.path().join("lastused.json"));
    for order in [Order::Asc, Order::Desc] {
        let search = Search {
            limit: 10,
            sort: Sort::Created,
            order,
            ..Search::default()
        };
        let hits = keys
            .search_blocking(&Whose::All, &search, &|_| true, &uses, now())
            .expect("an answer");
        let listed: Vec<KeyId> = hits.keys.iter().map(|hit| hit.found.id).collect();
        assert_eq!(listed, [id], "{order:?}");
    }
}

#[test]
fn so_many_keys_of_the_nameless_and_not_one_more_whoever_asks_at_once() {
    let ground = ground();
    let most = NAMELESS_KEYS - 5;
    let fill = format!("for at = 1, {most} do redis.call('ZADD', KEYS[1], 0, 'other' .. at) end");
    // Before anybody listens: the server answers nobody meanwhile.
    ground.cli(&["EVAL", &fill, "1", "{editkey}:nameless"]);
    let nodes = [ground.keys(), ground.keys()];
    let minted = at_once(16, |number| {
        let draft = ground.draft_for(&format!("{number}"), Source::Anyone, Life::Unlimited);
        match wait(nodes[number % 2].mint(draft, now(), Vec::new())) {
            Ok(minted) => minted.new,
            Err(StoreError::Limit(_)) => false,
            Err(error) => panic!("{error}"),
        }
    });
    assert_eq!(minted.iter().filter(|new| **new).count(), 5);
    // Whoever has a name gets one.
    ground.mint(&nodes[0], "a");
}

#[test]
fn one_node_has_the_turn_and_keeps_it() {
    let ground = ground();
    let (one, other) = (ground.keys(), ground.keys());
    let long = Duration::from_secs(60);
    assert!(wait(one.turn("prune", long)));
    assert!(!wait(other.turn("prune", long)) && wait(other.turn("sweep", long)));
    assert!(wait(one.turn("prune", Duration::from_millis(1))));
    eventually("it ends by itself", super::SEEN, || {
        wait(other.turn("prune", long))
    });
    assert!(!wait(one.turn("prune", long)));
}

#[test]
fn entries_come_in_the_order_of_their_names_and_go_in_as_they_came() {
    let (ground, other) = (ground(), self::ground());
    let keys = ground.keys();
    let ids: Vec<KeyId> = (0..300)
        .map(|at| ground.mint(&keys, &format!("{at}")).id())
        .collect();
    keys.revoke_blocking(ids[..50].to_vec()).expect("revoked");
    let copy = Keys::over(
        {
            let link = other.redis.as_ref().expect("Redis").link();
            super::up(&link);
            link
        },
        Secrets::derive(&[1; 32]).sealer(),
    );
    for (kind, count) in [(Moved::Marks, 50), (Moved::Keys, 250)] {
        let (mut all, mut after) = (Vec::new(), None::<String>);
        loop {
            let some = keys
                .entries_blocking(kind, after.as_deref(), 7)
                .expect("an answer");
            after = some.last().map(|(name, _)| name.clone());
            all.extend(some.clone());
            if some.len() < 7 {
                break;
            }
        }
        assert!(all.is_sorted() && all.len() == count, "{}", all.len());
        let to_set = all
            .iter()
            .map(|(name, text)| (name.clone(), Some(text.clone())));
        copy.set_entries_blocking(kind, to_set.collect())
            .expect("set");
        assert_eq!(
            copy.entries_blocking(kind, None, 1000).expect("an answer"),
            all
        );
        assert_eq!(
            copy.entry_count_blocking(kind).expect("an answer"),
            count as u64
        );
    }
    // The same ask gets the same key there.
    assert!(ids.contains(&ground.mint(&copy, "299").id()));
}
