//! Last uses, wherever they stand.

use std::collections::HashMap;

use editkey::mint::{AccessKey, KeyId};
use editkey::store::{LastUses, Used};
use jiff::Timestamp;

use super::{at_once, places, wait};

fn id() -> KeyId {
    AccessKey::generate().expect("random").id()
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn flush(uses: &LastUses) {
    wait(uses.flush()).expect("written");
}

fn used(day: &str, count: u64) -> Used {
    Used {
        day: day.parse().expect("a day"),
        count,
    }
}

const NOON: &str = "2026-11-21T12:00:00Z";
const NEXT: &str = "2026-11-22T12:00:00Z";

#[test]
fn uses_that_several_nodes_counted_add_up() {
    for place in places() {
        let (one, other) = (id(), id());
        let nodes: Vec<LastUses> = (0..4).map(|_| place.last_uses()).collect();
        at_once(4, |node| {
            for round in 0..20 {
                for _ in 0..=round {
                    nodes[node].used(one, at(NOON));
                }
                nodes[node].used(other, at(NOON));
                flush(&nodes[node]);
            }
        });
        let expected = HashMap::from([
            (one, used("2026-11-21", 4 * (1..=20).sum::<u64>())),
            (other, used("2026-11-21", 80)),
        ]);
        let reader = place.last_uses();
        let told = wait(reader.of(&[one, other, id()])).expect("uses");
        assert_eq!(told, expected, "{}", place.name);
        assert_eq!(reader.of_blocking(&[one, other]).expect("uses"), expected);
        assert_eq!(reader.uses_blocking().expect("uses"), expected);
        assert_eq!(wait(reader.of(&[])).expect("uses"), HashMap::new());
    }
}

#[test]
fn the_later_day_stays_whoever_writes_last() {
    for place in places() {
        let (key, name) = (id(), place.name);
        let (early, late) = (place.last_uses(), place.last_uses());
        early.used(key, at(NOON));
        late.used(key, at(NEXT));
        flush(&late);
        flush(&early);
        let reader = place.last_uses();
        let told = wait(reader.of(&[key])).expect("uses");
        assert_eq!(told[&key], used("2026-11-22", 2), "{name}");
        let day = wait(reader.last(&key)).expect("a day");
        assert_eq!(day, Some(used("2026-11-22", 0).day), "{name}");
        assert_eq!(reader.last_blocking(&key).expect("a day"), day, "{name}");
        assert_eq!(wait(reader.last(&id())).expect("none"), None, "{name}");
    }
}

#[test]
fn what_waits_to_be_written_counts_where_it_was_counted_and_is_added_once() {
    for place in places() {
        let (key, name) = (id(), place.name);
        let (here, there) = (place.last_uses(), place.last_uses());
        here.used(key, at(NOON));
        assert_eq!(wait(there.of(&[key])).expect("uses"), HashMap::new());
        assert_eq!(here.known(&key), Some(used("2026-11-21", 0).day), "{name}");
        assert_eq!(there.known(&key), None, "{name}");
        let once = HashMap::from([(key, used("2026-11-21", 1))]);
        assert_eq!(wait(here.of(&[key])).expect("uses"), once, "{name}");
        wait(here.flush_due(at(NOON))).expect("written");
        flush(&here);
        assert_eq!(wait(here.of(&[key])).expect("uses"), once, "{name}");
        assert_eq!(wait(there.of(&[key])).expect("uses"), once, "{name}");
        here.used(key, at(NEXT));
        here.read_blocking(|uses| {
            let (one, none) = (uses.of(&key), uses.of(&id()));
            assert_eq!((one.count, none.count, none.day), (2, 0, None), "{name}");
            assert_eq!(one.day, Some(used("2026-11-22", 0).day), "{name}");
        })
        .expect("uses");
    }
}

#[test]
fn keys_that_are_gone_are_forgotten_and_no_others() {
    for place in places() {
        let uses = place.last_uses();
        let ids: Vec<KeyId> = (0..1200).map(|_| id()).collect();
        for id in &ids {
            uses.used(*id, at(NOON));
        }
        flush(&uses);
        assert_eq!(wait(uses.of(&ids)).expect("uses").len(), 1200);
        let (gone, left) = ids.split_at(1100);
        uses.forget_blocking(gone.to_vec()).expect("forgotten");
        let reader = place.last_uses();
        let told = reader.uses_blocking().expect("uses");
        assert_eq!(told.len(), left.len(), "{}", place.name);
        assert!(left.iter().all(|id| told.contains_key(id)));
        let days = reader.days_of_blocking(&ids.iter().copied().collect());
        assert_eq!(days.expect("days").len(), left.len(), "{}", place.name);
    }
}
