//! Pruned and brought back, on real files.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use proptest::prelude::*;

use super::super::{Added, Found, Still, backup};
use super::*;
use crate::mint::{AccessKey, Bind, Limits, Sealer, Secrets};
use crate::names::{Basename, Dirname, Rights};

struct Fixture {
    folder: tempfile::TempDir,
    sealer: Sealer,
}

fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn now() -> Timestamp {
    time("2026-11-22T05:00:00Z")
}

fn always() -> Arc<Still> {
    Arc::new(|_, keys| Ok(vec![true; keys.len()]))
}

impl Fixture {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            sealer: Secrets::derive(&[1; 32]).sealer(),
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("accesskeys.json")
    }

    fn keys(&self) -> Keys {
        Keys::at(&self.path(), self.sealer.clone())
    }

    fn add(&self, keys: &Keys, name: &str, parent: Option<KeyId>) -> KeyId {
        let key = AccessKey::generate().expect("random");
        let (id, record) = (key.id(), record(name, parent));
        let sealed = Some(self.sealer.seal(&key, &id).expect("random"));
        let added = keys.add_blocking(vec![(id, Record { sealed, ..record })]);
        assert_eq!(added.expect("added").new, [id]);
        id
    }

    fn backups(&self) -> Vec<PathBuf> {
        let all = backup::all(&self.path());
        all.into_iter().map(|(_, path)| path).collect()
    }
}

fn record(name: &str, parent: Option<KeyId>) -> Record {
    Record {
        place: Place {
            dirname: Dirname::parse("/srv/a").expect("clean"),
            basename: Basename::parse(name).expect("a name"),
        },
        scope: Scope::File,
        rights: Rights::Edit,
        created: Some(time("2026-11-20T12:00:00Z")),
        expires: None,
        by: "local".into(),
        label: None,
        sealed: None,
        bind: Bind::Holder,
        limits: Limits {
            parent,
            ..Limits::default()
        },
    }
}

fn found(keys: &Keys, ids: &[KeyId]) -> Vec<Found> {
    let all = keys.log().look_blocking(|look| {
        let found = ids.iter().map(|id| look.table.find(id).expect("there"));
        found.collect()
    });
    all.expect("readable")
}

fn prune(keys: &Keys, ids: &[KeyId], at: Timestamp) -> Vec<KeyId> {
    let removed = keys.prune_by(3, found(keys, ids), at, &always(), |_, _| true);
    assert!(removed.failed.is_none(), "{:?}", removed.failed);
    removed.keys.iter().map(|found| found.id).collect()
}

fn all(keys: &Keys) -> BTreeMap<KeyId, Record> {
    let all = keys.log().look_blocking(|look| {
        let each = look.table.each();
        each.map(|found| (found.id, Keys::record(look, &found).expect("a record")))
            .collect()
    });
    all.expect("readable")
}

fn undo(keys: &Keys) -> BTreeMap<KeyId, Option<LeftOut>> {
    let undone = keys
        .undo_blocking(now(), |_, _| ())
        .expect("undone")
        .expect("a backup");
    undone
        .keys
        .into_iter()
        .map(|key| (key.id, key.left_out))
        .collect()
}

#[test]
fn a_prune_is_undone_from_the_last_to_the_first_and_three_are_kept() {
    let fixture = Fixture::new();
    let keys = fixture.keys();
    let ids: Vec<KeyId> = (0..5)
        .map(|at| fixture.add(&keys, &format!("{at}"), None))
        .collect();
    let before = all(&keys);
    for id in &ids {
        assert_eq!(prune(&keys, &[*id], now()), [*id]);
    }
    let backups = fixture.backups();
    assert_eq!(backups.len(), 3, "the last three, of one second at that");
    for path in &backups {
        let mode = fs::metadata(path).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let text = fs::read(path).expect("there");
        serde_json::from_slice::<serde_json::Value>(&text).expect("one JSON object");
        let file = Keys::at(path, fixture.sealer.clone());
        assert_eq!(all(&file).len(), 1, "a key file of its own");
    }
    for id in ids.iter().rev().take(3) {
        assert_eq!(undo(&keys), BTreeMap::from([(*id, None)]));
    }
    assert!(
        keys.undo_blocking(now(), |_, _| ())
            .expect("read")
            .is_none()
    );
    let back: BTreeMap<_, _> = before
        .into_iter()
        .filter(|(id, _)| ids[2..].contains(id))
        .collect();
    assert_eq!(all(&fixture.keys()), back, "as they were");
    assert!(fixture.backups().is_empty());
}

#[test]
fn what_was_revoked_or_minted_since_is_left_out_and_said() {
    let fixture = Fixture::new();
    let keys = fixture.keys();
    let (revoked, anew, back) = (
        fixture.add(&keys, "revoked", None),
        fixture.add(&keys, "anew", None),
        fixture.add(&keys, "back", None),
    );
    let child = fixture.add(&keys, "revoked", Some(revoked));
    prune(&keys, &[child, revoked, anew, back], now());
    // Of a key that is in a backup alone.
    assert_eq!(keys.revoke_blocking(vec![revoked]).expect("marked"), 0);
    let newer = fixture.add(&keys, "anew", None);
    let what = undo(&keys);
    assert_eq!(what[&revoked], Some(LeftOut::Revoked));
    assert_eq!(what[&child], Some(LeftOut::Orphaned));
    assert_eq!(what[&anew], Some(LeftOut::MintedAnew));
    assert_eq!(what[&back], None);
    let there: Vec<KeyId> = all(&fixture.keys()).into_keys().collect();
    let mut wanted = vec![newer, back];
    wanted.sort();
    assert_eq!(there, wanted);
}

#[test]
fn a_key_that_is_gone_is_not_imported() {
    let fixture = Fixture::new();
    let keys = fixture.keys();
    let (pruned, parent) = (fixture.add(&keys, "p", None), fixture.add(&keys, "r", None));
    let child = fixture.add(&keys, "r", Some(parent));
    let older = all(&keys);
    prune(&keys, &[pruned], now());
    keys.revoke_blocking(vec![parent]).expect("revoked");
    let added = keys
        .add_blocking(older.into_iter().collect())
        .expect("read");
    assert!(added.new.is_empty() && added.there.is_empty(), "{added:?}");
    let gone: BTreeMap<KeyId, Mark> = added.gone.into_iter().collect();
    assert!(matches!(gone[&pruned], Mark::Pruned(Some(_))));
    assert_eq!(
        (gone[&parent], gone[&child]),
        (Mark::Revoked, Mark::Revoked)
    );
    let orphan = AccessKey::generate().expect("random").id();
    let added = keys.add_blocking(vec![(orphan, record("r", Some(parent)))]);
    let wanted = Added {
        orphans: vec![orphan],
        ..Added::default()
    };
    assert_eq!(added.expect("read"), wanted);
    assert!(all(&keys).is_empty());
}

#[test]
fn an_undo_and_a_prune_that_were_killed_between_two_steps_lose_and_widen_nothing() {
    let fixture = Fixture::new();
    let keys = fixture.keys();
    let (one, other) = (fixture.add(&keys, "a", None), fixture.add(&keys, "b", None));
    let before = all(&keys);
    let bytes = fs::read(fixture.path()).expect("there");
    prune(&keys, &[one, other], now());
    let backup = fixture.backups().remove(0);
    let kept = fs::read(&backup).expect("there");
    // Killed after the backup and the marks, before the keys went: they are there, and an undo uses the backup up.
    fs::write(fixture.path(), &bytes).expect("written");
    assert_eq!(all(&fixture.keys()), before);
    let keys = fixture.keys();
    assert!(undo(&keys).values().all(|why| *why == Some(LeftOut::There)));
    assert_eq!(all(&keys), before);
    // Killed in the middle of the backup: whole lines count, and what is torn was never taken out.
    fs::write(&backup, &kept[..kept.len() - 40]).expect("written");
    let what = undo(&keys);
    assert_eq!(what.len(), 1);
    assert_eq!(all(&keys), before);
    // Killed after the keys are back, before the backup is used up; then one is narrowed and pruned again.
    prune(&keys, &[one, other], now());
    let backup = fixture.backups().remove(0);
    let kept = fs::read(&backup).expect("there");
    undo(&keys);
    fs::write(&backup, &kept).expect("written");
    let narrower = |record: &Record| {
        Ok::<_, ()>(Record {
            rights: Rights::View,
            ..record.clone()
        })
    };
    keys.change_blocking(one, narrower).expect("narrowed");
    prune(&keys, &[one], now() + Duration::from_secs(60));
    let later = fixture.backups().remove(0);
    assert_ne!(later, backup);
    fs::remove_file(later).expect("removed");
    let what = undo(&keys);
    assert_eq!(what[&one], Some(LeftOut::PrunedLater), "it would be wider");
    assert_eq!(what[&other], Some(LeftOut::There));
}

#[test]
fn a_prune_at_work_keeps_its_backup_from_an_undo() {
    let fixture = Fixture::new();
    let keys = fixture.keys();
    let ids: Vec<KeyId> = (0..6)
        .map(|at| fixture.add(&keys, &format!("{at}"), None))
        .collect();
    let second = fixture.keys();
    let removed = keys.prune_by(2, found(&keys, &ids), now(), &always(), |_, _| {
        let busy = second.undo_blocking(now(), |_, _| ());
        assert!(matches!(busy, Err(StoreError::Busy(_))), "{busy:?}");
        true
    });
    assert_eq!(removed.keys.len(), 6);
    assert_eq!(fixture.backups().len(), 1);
    assert_eq!(undo(&second).len(), 6);
}

#[test]
fn the_file_is_rewritten_once_a_prune_is_over_by_whom_so_ever() {
    let fixture = Fixture::new();
    let (keys, other) = (fixture.keys(), fixture.keys());
    let many = (0..6000).map(|number| {
        let id = AccessKey::generate().expect("random").id();
        (id, record(&format!("{number:0200}"), None))
    });
    let ids = keys.add_blocking(many.collect()).expect("added").new;
    let inode = || {
        use std::os::unix::fs::MetadataExt as _;
        fs::metadata(fixture.path()).expect("there").ino()
    };
    let (before, full) = (inode(), fs::metadata(fixture.path()).expect("there").len());
    assert!(full > 2 << 20, "{full}");
    let removed = keys.prune_by(1000, found(&keys, &ids), now(), &always(), |_, _| {
        // The other process writes after each batch; a rewrite now would be half dead again after the next.
        fixture.add(&other, "new", None);
        assert_eq!(inode(), before);
        true
    });
    assert_eq!(removed.keys.len(), 6000);
    std::thread::sleep(std::time::Duration::from_millis(1100));
    fixture.add(&other, "last", None);
    assert_ne!(inode(), before);
    assert!(fs::metadata(fixture.path()).expect("there").len() < full / 4);
    assert_eq!(all(&fixture.keys()).len(), 7);
}

#[test]
fn a_key_that_changed_or_is_not_due_any_more_stays() {
    let fixture = Fixture::new();
    let keys = fixture.keys();
    let (one, other) = (fixture.add(&keys, "a", None), fixture.add(&keys, "b", None));
    let seen = found(&keys, &[one, other]);
    let narrower = |record: &Record| {
        Ok::<_, ()>(Record {
            rights: Rights::View,
            ..record.clone()
        })
    };
    keys.change_blocking(one, narrower).expect("narrowed");
    let never: Arc<Still> = Arc::new(|_, keys| Ok(vec![false; keys.len()]));
    assert!(
        keys.prune_blocking(seen.clone(), now(), &never, |_, _| true)
            .keys
            .is_empty()
    );
    assert!(
        fixture.backups().is_empty(),
        "nothing went, nothing is kept"
    );
    let gone = keys
        .prune_blocking(seen, now(), &always(), |_, _| true)
        .keys;
    assert_eq!(gone.len(), 1);
    assert_eq!(gone[0].id, other);
}

/// A family: each key's parent among those before it, or none.
fn family() -> impl Strategy<Value = (Vec<Option<usize>>, Vec<bool>, Option<usize>, Vec<bool>)> {
    (2..16_usize).prop_flat_map(|count| {
        (
            (0..count)
                .map(|at| prop::option::weighted(0.7, 0..at.max(1)))
                .collect::<Vec<_>>(),
            prop::collection::vec(prop::bool::weighted(0.8), count),
            prop::option::of(0..count),
            prop::collection::vec(prop::bool::weighted(0.2), count),
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(40) })]

    #[test]
    fn a_key_goes_only_when_all_that_was_derived_from_it_goes_and_comes_back_below_it(
        (parents, due, late, revoked) in family()
    ) {
        let fixture = Fixture::new();
        let keys = fixture.keys();
        let mut ids: Vec<KeyId> = Vec::new();
        let mut above: HashMap<KeyId, KeyId> = HashMap::new();
        for (at, parent) in parents.iter().enumerate() {
            let parent = parent.filter(|parent| *parent < at).map(|parent| ids[parent]);
            // No deeper than may be.
            let parent = parent.filter(|id| std::iter::successors(Some(*id), |id| above.get(id).copied()).count() < 4);
            let name = parent.map_or_else(|| format!("{at}"), |id| all(&keys)[&id].place.basename.to_string());
            let id = fixture.add(&keys, &name, parent);
            above.extend(parent.map(|parent| (id, parent)));
            ids.push(id);
        }
        let generation = |id: &KeyId| std::iter::successors(Some(*id), |id| above.get(id).copied()).count();
        let mut wanted: Vec<KeyId> = ids.iter().zip(&due).filter(|(_, due)| **due).map(|(id, _)| *id).collect();
        wanted.sort_by_key(|id| std::cmp::Reverse(generation(id)));
        let seen = found(&keys, &wanted);
        // Derived between the look and the lock.
        let late = late.map(|at| ids[at]).filter(|id| generation(id) < 4);
        let born = late.map(|parent| {
            let name = all(&keys)[&parent].place.basename.to_string();
            let id = fixture.add(&keys, &name, Some(parent));
            above.insert(id, parent);
            id
        });
        let before = all(&keys);
        let removed = keys.prune_by(3, seen, now(), &always(), |_, _| true);
        prop_assert!(removed.failed.is_none());
        let gone: HashSet<KeyId> = removed.keys.iter().map(|found| found.id).collect();
        // A key goes if and only if it and all below it are due.
        let stays: HashSet<KeyId> = before
            .keys()
            .filter(|id| !wanted.contains(id))
            .flat_map(|id| std::iter::successors(Some(*id), |id| above.get(id).copied()))
            .collect();
        for id in before.keys() {
            prop_assert_eq!(gone.contains(id), !stays.contains(id));
        }
        prop_assert!(born.is_none_or(|id| !gone.contains(&id)));
        let left = all(&fixture.keys());
        prop_assert!(left.iter().all(|(id, record)| before[id] == *record));
        if gone.is_empty() {
            return Ok(());
        }
        // Some of them are revoked, and what was derived from them stays away with them.
        let taken: Vec<KeyId> = ids.iter().zip(&revoked).filter(|(id, revoked)| **revoked && gone.contains(id)).map(|(id, _)| *id).collect();
        keys.revoke_blocking(taken.clone()).expect("revoked");
        let away = |id: &KeyId| std::iter::successors(Some(*id), |id| above.get(id).copied()).any(|id| taken.contains(&id));
        undo(&keys);
        let wanted: BTreeMap<KeyId, Record> = before.iter().filter(|(id, _)| !away(id)).map(|(id, record)| (*id, record.clone())).collect();
        prop_assert_eq!(all(&fixture.keys()), wanted);
    }
}
