//! A server that stands in for another: what was acknowledged is there, and nobody is left with the old one.

use std::thread::sleep;
use std::time::{Duration, Instant};

use editkey::store::StoreError;
use editkey::store::redis::{Link, LinkState, Options};

use super::{get, read, remembered, set};
use crate::support::eventually;
use crate::support::redis::options;
use crate::support::redis_group::{Cluster, NAME, Sentinels};

/// Longest that a group takes for choosing another primary.
const CHOSEN: Duration = Duration::from_secs(30);

fn kept(replicas: u32) -> Options {
    Options {
        replicas,
        ..options()
    }
}

/// Counts on at the link until it has gone through `more` changes after the last refusal; the last that was acknowledged.
fn count_on(link: &Link, from: u32, more: u32) -> u32 {
    let begun = Instant::now();
    let (mut next, mut well, mut last) = (from, 0, from);
    while well < more {
        assert!(begun.elapsed() < CHOSEN, "{:?}", link.state());
        next += 1;
        match set(link, "k", &next.to_string()) {
            Ok(_) => (well, last) = (well + 1, next),
            Err(StoreError::Away(_)) => {
                well = 0;
                sleep(Duration::from_millis(10));
            }
            Err(error) => panic!("{error:?}"),
        }
    }
    last
}

#[test]
fn sentinels_choose_another_primary_and_what_was_acknowledged_is_there() {
    let mut group = Sentinels::start();
    // Whichever replica they choose, it has what both had to have.
    let last = count_on(&Link::to(group.store(), &kept(2)), 0, 100);
    let link = Link::to(group.store(), &kept(1));
    get(&link, "k").expect("an answer");
    group.servers[0].kill();
    let begun = Instant::now();
    eventually("another primary answers", CHOSEN, || {
        get(&link, "k").is_ok()
    });
    println!("another primary after {:?}", begun.elapsed());
    assert_eq!(get(&link, "k").expect("an answer"), Some(last.to_string()));
    let last = count_on(&link, last, 100);
    // The old one comes back, thinks for a while that it is the primary, and is not believed.
    group.servers[0].start_again();
    for _ in 0..100 {
        if let Ok(now) = get(&link, "k") {
            assert_eq!(now, Some(last.to_string()));
        }
        sleep(Duration::from_millis(20));
    }
    // On demand, while the old one lives.
    let asked = || group.sentinels[0].run(&["SENTINEL", "FAILOVER", NAME]);
    eventually("it is begun", CHOSEN, || asked() == "OK");
    let fresh = count_on(&Link::to(group.store(), &kept(2)), last, 300);
    eventually("the last is there", CHOSEN, || {
        get(&link, "k").is_ok_and(|now| now == Some(fresh.to_string()))
    });
}

#[test]
fn a_node_that_hears_only_the_old_primary_refuses_within_the_bound() {
    let group = Sentinels::start();
    let link = Link::to(group.store(), &options());
    set(&link, "k", "one").expect("set");
    eventually("it is remembered", Duration::from_secs(5), || {
        read(&link, "k").is_ok() && remembered(&link, "k").is_some()
    });
    // Alone with the primary, which is well, and one sentinel.
    group.sentinels[0].pause();
    group.sentinels[1].pause();
    let begun = Instant::now();
    eventually("it refuses", options().stale * 3, || {
        get(&link, "k").is_err()
            && remembered(&link, "k").is_none()
            && set(&link, "k", "two").is_err()
    });
    let took = begun.elapsed();
    assert!(
        took <= options().stale + Duration::from_millis(300),
        "{took:?}"
    );
    eventually(
        "it says why",
        options().stale * 2,
        || matches!(link.state(), LinkState::Down(why) if why.contains("of 3 sentinels")),
    );
    assert_eq!(group.servers[0].run(&["GET", "{editkey}:k"]), "one");
    group.sentinels[1].resume();
    eventually("two of three are enough", Duration::from_secs(5), || {
        set(&link, "k", "two").is_ok()
    });
    group.sentinels[0].resume();
}

#[test]
fn a_change_that_too_few_replicas_have_is_not_acknowledged() {
    let group = Sentinels::start();
    let direct = Link::to(group.servers[0].store(), &kept(2));
    set(&direct, "k", "one").expect("both have it");
    group.servers[1].pause();
    let begun = Instant::now();
    let said = set(&direct, "k", "two").expect_err("one has it");
    assert!(
        matches!(&said, StoreError::Away(why) if why.contains("replicas")),
        "{said:?}"
    );
    assert!(begun.elapsed() <= options().within);
    assert!(matches!(direct.state(), LinkState::ReadOnly(why) if why.contains("replicas")));
    // Known: the next is refused at once, and not done. Reads go on.
    let begun = Instant::now();
    set(&direct, "k", "three").expect_err("refused");
    assert!(begun.elapsed() < Duration::from_millis(200));
    assert_eq!(
        get(&direct, "k").expect("an answer").as_deref(),
        Some("two")
    );
    group.servers[1].resume();
    eventually("both have it again", Duration::from_secs(5), || {
        direct.state() == LinkState::Up && set(&direct, "k", "four").is_ok()
    });
}

#[test]
fn a_cluster_chooses_another_owner_of_our_keys() {
    let mut cluster = Cluster::start();
    let link = Link::to(cluster.store(), &kept(1));
    let last = count_on(&link, 0, 100);
    let owner = cluster.owner();
    cluster.nodes[owner].kill();
    let begun = Instant::now();
    eventually("another owner answers", CHOSEN, || get(&link, "k").is_ok());
    println!("another owner after {:?}", begun.elapsed());
    assert_eq!(get(&link, "k").expect("an answer"), Some(last.to_string()));
    // It has no replica until the old owner is one.
    cluster.nodes[owner].start_again();
    count_on(&link, last, 100);
    assert_ne!(cluster.owner(), owner);
}

#[test]
fn keys_that_move_in_a_cluster_are_followed() {
    let cluster = Cluster::start();
    let link = Link::to(cluster.store(), &options());
    let last = count_on(&link, 0, 50);
    let from = cluster.owner();
    let to = (0..3).find(|node| *node != from).expect("another");
    let (slot, id) = (
        cluster.nodes[from].run(&["CLUSTER", "KEYSLOT", "{editkey}:x"]),
        |node: usize| cluster.nodes[node].run(&["CLUSTER", "MYID"]),
    );
    let (old, new) = (id(from), id(to));
    cluster.nodes[to].run(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &old]);
    cluster.nodes[from].run(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &new]);
    // While it moves, what is not there may be at the other: no change takes it for nothing.
    let said = set(&link, "new", "one");
    assert!(
        matches!(&said, Err(StoreError::Away(why)) if why.contains("moving")),
        "{said:?}"
    );
    let port = cluster.nodes[to].port.to_string();
    let keys = cluster.nodes[from].run(&["CLUSTER", "GETKEYSINSLOT", &slot, "100"]);
    for key in keys.lines() {
        cluster.nodes[from].run(&["MIGRATE", "127.0.0.1", &port, key, "0", "2000"]);
    }
    for node in [to, from] {
        cluster.nodes[node].run(&["CLUSTER", "SETSLOT", &slot, "NODE", &new]);
    }
    eventually("the new owner answers", CHOSEN, || get(&link, "k").is_ok());
    assert_eq!(get(&link, "k").expect("an answer"), Some(last.to_string()));
    count_on(&link, last, 50);
}
