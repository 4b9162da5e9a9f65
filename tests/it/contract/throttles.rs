//! Throttles: in one process, and for all nodes where they share a Redis.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use editkey::store::redis::Link;
use editkey::store::{NotNow, Remembered, StoreError, Throttle};

use super::{Place, at_once, places, up, wait};
use crate::support::eventually;

const FIVE: NonZeroU32 = NonZeroU32::new(5).expect("not none");

fn throttle(link: Option<&Link>, kind: &'static str, gap: Duration) -> Throttle {
    Throttle::new(link, kind, FIVE, gap)
}

/// The throttle of so many nodes; one process has one.
fn nodes(place: &Place, kind: &'static str, gap: Duration) -> Vec<Throttle> {
    let count = if place.redis.is_some() { 2 } else { 1 };
    (0..count)
        .map(|_| throttle(place.link().as_ref(), kind, gap))
        .collect()
}

fn counted(throttle: &Throttle, who: &str) -> Result<(), u32> {
    match wait(throttle.count(who)) {
        Ok(()) => Ok(()),
        Err(NotNow::Wait(secs)) => Err(secs),
        Err(NotNow::Store(error)) => panic!("{error}"),
    }
}

#[test]
fn all_nodes_together_let_through_no_more_than_one_would() {
    for place in places() {
        let (nodes, name) = (nodes(&place, "one", Duration::from_secs(60)), place.name);
        let node = |number: usize| &nodes[number % nodes.len()];
        let told = at_once(40, |number| counted(node(number), "ann"));
        let let_through = told.iter().filter(|told| told.is_ok()).count();
        assert_eq!(let_through, 5, "{name}");
        for wait in told.into_iter().filter_map(Result::err) {
            assert!((55..=60).contains(&wait), "{name}: {wait}");
        }
        // Who is told to wait is not counted, and others are not held back.
        assert!(counted(node(0), "ann").is_err_and(|secs| secs <= 60));
        assert_eq!(counted(node(1), "bob"), Ok(()), "{name}");
        let other = throttle(place.link().as_ref(), "other", Duration::from_secs(60));
        assert_eq!(counted(&other, "ann"), Ok(()), "{name}: another kind");
    }
}

#[test]
fn as_many_as_may_at_once_are_let_through_at_once() {
    for round in 0..300 {
        let place = throttle(None, "all", Duration::from_secs(60));
        let told = at_once(5, |_| counted(&place, "ann"));
        assert!(told.iter().all(Result::is_ok), "{round}: {told:?}");
    }
}

#[test]
fn after_the_gap_one_more_is_let_through_and_after_all_of_them_all() {
    const GAP: Duration = Duration::from_millis(400);
    for place in places() {
        let (nodes, name) = (nodes(&place, "gap", GAP), place.name);
        let node = |number: usize| &nodes[number % nodes.len()];
        let start = Instant::now();
        let mut through = 0;
        while start.elapsed() < GAP * 4 {
            through += u32::from(counted(node(through as usize), "ann").is_ok());
            std::thread::sleep(Duration::from_millis(5));
        }
        // Five at once, and one in each gap since.
        assert!((8..=9).contains(&through), "{name}: {through}");
        if let Some(redis) = &place.redis {
            eventually("all is forgotten", GAP * 6, || {
                redis.run(&["DBSIZE"]) == "0"
            });
        } else {
            std::thread::sleep(GAP * 5);
        }
        let told: Vec<_> = (0..6).map(|number| counted(node(number), "ann")).collect();
        assert!(told[..5].iter().all(Result::is_ok), "{name}: {told:?}");
        assert_eq!(told[5], Err(1), "{name}");
    }
}

#[test]
fn nobody_is_let_through_while_redis_is_away_and_everybody_soon_after() {
    let [_, mut place] = places();
    let link = place.link().expect("Redis");
    let throttle = throttle(Some(&link), "away", Duration::from_secs(60));
    assert_eq!(counted(&throttle, "ann"), Ok(()));
    let redis = place.redis.as_mut().expect("Redis");
    redis.kill();
    let mut away = 0;
    for _ in 0..10 {
        match wait(throttle.count("ann")) {
            Err(NotNow::Store(StoreError::Away(_))) => away += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(away, 10);
    redis.start_again();
    up(&link);
    assert_eq!(counted(&throttle, "ann"), Ok(()));
}

#[test]
fn a_password_that_was_typed_for_a_name_does_not_stand_in_redis() {
    let [_, place] = places();
    let link = place.link();
    let throttle = throttle(link.as_ref(), "name", Duration::from_secs(60));
    counted(&throttle, "correct horse battery").expect("counted");
    let remembered = Remembered::new(link.as_ref(), "signed-in");
    wait(remembered.add("correct horse battery")).expect("remembered");
    let redis = place.redis.as_ref().expect("Redis");
    let names = redis.run(&["KEYS", "*"]);
    let ours = |name: &&str| name.contains(":r:") || name.contains(":n:");
    let ours: Vec<&str> = names.lines().filter(ours).collect();
    assert_eq!(ours.len(), 2, "{names}");
    for name in ours {
        let all = format!("{name} {}", redis.run(&["GET", name]));
        assert!(!all.contains("horse"), "{all}");
        let left = redis.run(&["TTL", name]);
        assert!(left.parse::<i64>().is_ok_and(|left| left > 0), "{left}");
    }
}

#[test]
fn what_one_node_remembers_all_do() {
    for place in places() {
        let link = place.link();
        let here = Remembered::new(link.as_ref(), "a");
        let other_kind = Remembered::new(link.as_ref(), "b");
        wait(here.add("ann from here")).expect("remembered");
        let has = |all: &Remembered, one: &str| wait(all.has(one)).expect("an answer");
        assert!(has(&here, "ann from here"), "{}", place.name);
        assert!(!has(&here, "ann from there"), "{}", place.name);
        assert!(!has(&other_kind, "ann from here"), "{}", place.name);
        if let Some(link) = place.link() {
            assert!(has(&Remembered::new(Some(&link), "a"), "ann from here"));
        }
    }
}
