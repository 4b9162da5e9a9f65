//! Keys that are taken back: for good, and on every node.

use editkey::store::{Added, Mark};

use super::{find, grounds, record, stands};
use crate::support::eventually;

#[test]
fn what_was_revoked_is_gone_on_every_node_and_does_not_come_back() {
    for ground in grounds() {
        let (one, other) = (ground.keys(), ground.keys());
        let (key, kept) = (ground.mint(&one, "a"), ground.mint(&one, "b"));
        let id = key.id();
        assert!(stands(&other, &id) && stands(&one, &id), "{}", ground.name);
        assert_eq!(one.revoke_blocking(vec![id, id]).expect("revoked"), 2);
        eventually("it is revoked on the other node", super::SEEN, || {
            !stands(&other, &id)
        });
        assert_eq!(other.revoke_blocking(vec![id]).expect("again"), 0);
        assert_eq!(other.mark_blocking(&id).expect("one"), Some(Mark::Revoked));
        assert_eq!(other.mark_blocking(&kept.id()).expect("none"), None);
        let added = other.add_blocking(vec![(id, record("a"))]).expect("added");
        let gone = Added {
            gone: vec![(id, Mark::Revoked)],
            ..Added::default()
        };
        assert_eq!(added, gone, "{}", ground.name);
        assert!(find(&one, &id).is_none());
        assert!(ground.mint(&other, "a") != key, "{}", ground.name);
        assert!(stands(&one, &kept.id()));
    }
}

#[test]
fn what_was_never_there_is_revoked_all_the_same() {
    for ground in grounds() {
        let keys = ground.keys();
        let id = ground.draft("a").id;
        assert_eq!(keys.revoke_blocking(vec![id]).expect("revoked"), 0);
        let added = keys.add_blocking(vec![(id, record("a"))]).expect("added");
        assert_eq!(added.gone, [(id, Mark::Revoked)], "{}", ground.name);
    }
}
