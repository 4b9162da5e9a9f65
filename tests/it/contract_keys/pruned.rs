//! Keys that were pruned, and what comes back of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use editkey::mint::KeyId;
use editkey::store::{Found, Keys, LeftOut, Mark, Still, StoreError};
use jiff::{SignedDuration, Timestamp};

use super::{Ground, find, grounds, now, wait};

fn prune(keys: &Keys, ids: &[KeyId], at: Timestamp) -> Vec<KeyId> {
    let found: Vec<Found> = ids.iter().filter_map(|id| find(keys, id)).collect();
    let removed = keys.prune_blocking(found, at, &always(), |_, _| true);
    assert!(removed.failed.is_none(), "{:?}", removed.failed);
    removed.keys.iter().map(|found| found.id).collect()
}

fn always() -> Arc<Still> {
    Arc::new(|_, keys| Ok(vec![true; keys.len()]))
}

fn undo(keys: &Keys) -> BTreeMap<KeyId, Option<LeftOut>> {
    let undone = keys.undo_blocking(now(), |_, _| ());
    let undone = undone.expect("undone").expect("a backup");
    undone
        .keys
        .into_iter()
        .map(|key| (key.id, key.left_out))
        .collect()
}

fn mint(ground: &Ground, keys: &Keys, name: &str) -> KeyId {
    ground.mint(keys, name).id()
}

#[test]
fn a_prune_is_undone_from_the_last_to_the_first_and_three_are_kept() {
    for ground in grounds() {
        let (keys, other) = (ground.keys(), ground.keys());
        let ids: Vec<KeyId> = (0..5)
            .map(|at| mint(&ground, &keys, &format!("{at}")))
            .collect();
        for id in &ids {
            assert_eq!(prune(&keys, &[*id], now()), [*id], "{}", ground.name);
            assert!(matches!(
                other.mark_blocking(id),
                Ok(Some(Mark::Pruned(Some(_))))
            ));
        }
        for id in ids.iter().rev().take(3) {
            assert!(other.last_backup_blocking().is_some(), "{}", ground.name);
            assert_eq!(undo(&other), BTreeMap::from([(*id, None)]));
            assert!(find(&keys, id).is_some());
            assert_eq!(keys.mark_blocking(id).expect("an answer"), None);
        }
        assert!(keys.last_backup_blocking().is_none(), "{}", ground.name);
        let nothing = keys.undo_blocking(now(), |_, _| ()).expect("an answer");
        assert!(nothing.is_none());
    }
}

#[test]
fn what_was_revoked_minted_or_derived_since_is_left_out_of_an_undo() {
    for ground in grounds() {
        let keys = ground.keys();
        let [revoked, anew, back] =
            ["revoked", "anew", "back"].map(|name| mint(&ground, &keys, name));
        let child = ground.child(&keys, revoked);
        prune(&keys, &[child, revoked, anew, back], now());
        assert_eq!(keys.revoke_blocking(vec![revoked]).expect("marked"), 0);
        let later = now() + SignedDuration::from_secs(2);
        let newer = keys
            .mint_blocking(ground.draft("anew"), later)
            .expect("minted");
        assert!(newer.new, "{}", ground.name);
        let what = undo(&keys);
        assert_eq!(what[&revoked], Some(LeftOut::Revoked), "{}", ground.name);
        assert_eq!(what[&child], Some(LeftOut::Orphaned));
        assert_eq!(what[&anew], Some(LeftOut::MintedAnew));
        assert_eq!(what[&back], None);
        assert!(find(&keys, &back).is_some() && find(&keys, &anew).is_none());
    }
}

#[test]
fn a_key_goes_only_with_all_that_was_derived_from_it_and_not_when_it_changed() {
    for ground in grounds() {
        let keys = ground.keys();
        let [parent, other] = ["a", "b"].map(|name| mint(&ground, &keys, name));
        let child = ground.child(&keys, parent);
        assert_eq!(prune(&keys, &[parent], now()), [], "{}", ground.name);
        let seen: Vec<Found> = [other, child, parent]
            .iter()
            .filter_map(|id| find(&keys, id))
            .collect();
        let view = |record: &editkey::mint::Record| {
            Ok::<_, ()>(editkey::mint::Record {
                rights: editkey::names::Rights::View,
                ..record.clone()
            })
        };
        keys.change_blocking(other, view).expect("narrowed");
        let gone = keys
            .prune_blocking(seen, now(), &always(), |_, _| true)
            .keys;
        let gone: Vec<KeyId> = gone.iter().map(|found| found.id).collect();
        assert_eq!(gone, [child, parent], "{}", ground.name);
    }
}

#[test]
fn a_prune_at_work_keeps_its_backup_from_an_undo() {
    for ground in grounds() {
        let (keys, other) = (ground.keys(), ground.keys());
        prune(&keys, &[mint(&ground, &keys, "before")], now());
        let ids: Vec<KeyId> = (0..1100)
            .map(|at| mint(&ground, &keys, &format!("{at}")))
            .collect();
        let wanted = editkey::store::Wanted::keys(&ids);
        let found = wait(keys.look(&wanted, |look| {
            let found = ids.iter().filter_map(|id| look.table.find(id));
            found.collect::<Vec<_>>()
        }));
        let busy = std::cell::Cell::new(0);
        let removed = keys.prune_blocking(found.expect("an answer"), now(), &always(), |_, _| {
            let undone = other.undo_blocking(now(), |_, _| ());
            busy.set(busy.get() + usize::from(matches!(undone, Err(StoreError::Busy(_)))));
            true
        });
        assert_eq!(removed.keys.len(), 1100, "{}", ground.name);
        assert!(busy.get() > 0, "{}", ground.name);
        assert_eq!(undo(&other).len(), 1100, "{}", ground.name);
        assert!(ids.iter().all(|id| find(&keys, id).is_some()));
    }
}
