//! Keys that were derived, claimed or narrowed.

use editkey::mint::{Browser, Claims, Life, Limits, Narrowing, Record};
use editkey::names::Rights;
use editkey::store::{CHILDREN, Changed, Claimed, Claiming, DEPTH, Derived};
use jiff::SignedDuration;

use super::{Ground, at_once, find, grounds, now, record, stands, wait};
use crate::support::eventually;

fn browser(number: usize, id: &editkey::mint::KeyId) -> Browser {
    let secret = editkey::mint::AccessKey::parse(&format!("{number:024}")).expect("a key");
    Browser::of(&secret, id)
}

#[test]
fn a_limit_of_uses_holds_exactly_whoever_claims_at_once() {
    for ground in grounds() {
        let nodes = [ground.keys(), ground.keys()];
        let id = ground.mint(&nodes[0], "a").id();
        let limited = |record: &Record| {
            let claims = Some(Claims {
                left: 5,
                browsers: Vec::new(),
            });
            let limits = Limits {
                claims,
                ..record.limits.clone()
            };
            Ok::<_, ()>(Record {
                limits,
                ..record.clone()
            })
        };
        let changed = nodes[0].change_blocking(id, limited).expect("an answer");
        assert!(matches!(changed, Changed::To(_)));
        let claimed = at_once(16, |number| {
            let claiming = Claiming {
                id,
                browser: browser(number, &id),
                passphrase: None,
            };
            wait(nodes[number % 2].claim(vec![claiming], now())).expect("an answer")
        });
        let yes = claimed.iter().filter(|claimed| **claimed == Claimed::Yes);
        assert_eq!(yes.count(), 5, "{}: {claimed:?}", ground.name);
        let taken = claimed.iter().filter(|claimed| **claimed == Claimed::Taken);
        assert_eq!(taken.count(), 11, "{}", ground.name);
        eventually("the claims are seen", super::SEEN, || {
            let found = find(&nodes[1], &id).expect("there");
            let claims = found.limits().and_then(|limits| limits.claims.clone());
            claims.is_some_and(|claims| claims.left == 0 && claims.browsers.len() == 5)
        });
    }
}

#[test]
fn no_more_are_derived_from_a_key_than_may_be_whoever_asks_at_once() {
    for ground in grounds() {
        let nodes = [ground.keys(), ground.keys()];
        let id = ground.mint(&nodes[0], "a").id();
        let derived = at_once(8, |number| {
            let keys = &nodes[number % 2];
            let made = (0..16).filter(|_| matches!(ground.derive(keys, id), Derived::Key(_)));
            made.count()
        });
        assert_eq!(derived.iter().sum::<usize>(), CHILDREN, "{}", ground.name);
        assert!(matches!(ground.derive(&nodes[0], id), Derived::Many));
    }
}

#[test]
fn keys_stand_above_one_another_so_deep_and_fall_with_the_one_above() {
    for ground in grounds() {
        let (keys, other) = (ground.keys(), ground.keys());
        let mut line = vec![ground.mint(&keys, "a").id()];
        for at in 0..DEPTH {
            line.push(ground.child(&keys, line[at]));
        }
        assert!(matches!(ground.derive(&keys, line[DEPTH]), Derived::Deep));
        assert!(line.iter().all(|id| stands(&other, id)), "{}", ground.name);
        let narrower = |record: &Record| {
            let by = Narrowing {
                rights: Some(Rights::View),
                ..Narrowing::default()
            };
            record.narrowed(&by, now())
        };
        let narrowed = other.change_blocking(line[1], narrower).expect("an answer");
        assert!(matches!(narrowed, Changed::To(_)), "{}", ground.name);
        eventually("it is narrowed for all below", super::SEEN, || {
            let deepest = wait(keys.standing(&line[DEPTH])).expect("an answer");
            deepest.expect("there").rights == Rights::View
        });
        assert_eq!(other.revoke_blocking(vec![line[1]]).expect("revoked"), 1);
        assert!(find(&other, &line[DEPTH]).is_none(), "{}", ground.name);
        eventually("they fell", super::SEEN, || {
            line.iter().skip(1).all(|id| !stands(&keys, id))
        });
        assert!(stands(&keys, &line[0]));
        assert!(matches!(
            derived_of_gone(&ground, line[1]),
            Derived::Unknown
        ));
    }
}

fn derived_of_gone(ground: &Ground, parent: editkey::mint::KeyId) -> Derived {
    let mut record = record("a");
    record.limits.parent = Some(parent);
    let draft = editkey::mint::draft_derived(record, &ground.sealer).expect("random");
    wait(ground.keys().derive(draft, now())).expect("an answer")
}

#[test]
fn a_change_to_a_key_that_is_claimed_or_revoked_at_the_same_time_loses_neither() {
    for ground in grounds() {
        let nodes = [ground.keys(), ground.keys()];
        for round in 0..10 {
            let id = ground.mint(&nodes[0], &format!("{round}")).id();
            let child = ground.child(&nodes[0], id);
            let done = at_once(4, |number| match number {
                0 => wait(nodes[0].revoke(vec![id])).expect("an answer") == 1,
                1 => matches!(ground_derive(&ground, &nodes[1], id), Derived::Key(_)),
                _ => {
                    let end =
                        now() + SignedDuration::from_hours(1) * i32::try_from(number).expect("few");
                    let by = Narrowing {
                        life: Some(Life::Until(end)),
                        ..Narrowing::default()
                    };
                    let narrower = move |record: &Record| record.narrowed(&by, now());
                    let changed = nodes[1].change_blocking(id, narrower);
                    matches!(changed.expect("an answer"), Changed::To(_))
                }
            });
            assert!(done[0], "{}: it was there", ground.name);
            let fresh = ground.keys();
            assert!(find(&fresh, &id).is_none() && find(&fresh, &child).is_none());
            let left = fresh
                .look_blocking(&editkey::store::Want::Of("local".into()).into(), |look| {
                    look.table.of("local").count()
                })
                .expect("an answer");
            assert_eq!(left, 0, "{}: nothing of it is left", ground.name);
        }
    }
}

fn ground_derive(
    ground: &Ground,
    keys: &editkey::store::Keys,
    parent: editkey::mint::KeyId,
) -> Derived {
    let mut record = record("a");
    record.limits.parent = Some(parent);
    let draft = editkey::mint::draft_derived(record, &ground.sealer).expect("random");
    wait(keys.derive(draft, now())).expect("an answer")
}
