//! The keys, on real files.

use std::fs;
use std::os::unix::fs::{FileExt as _, symlink};
use std::path::Path;
use std::time::Instant;

use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::*;
use crate::grants::{Grants, Permit};
use crate::mint::{Life, Secrets, Terms, draft};
use crate::names::{Basename, Dirname, Place, Rights, Scope};
use crate::visitor::{Source, Visitor};

struct Fixture {
    folder: tempfile::TempDir,
    sealer: Sealer,
}

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().expect("a time")
}

fn permit(name: &str) -> Permit {
    permit_of(name, Scope::File)
}

fn permit_of(name: &str, scope: Scope) -> Permit {
    let place = Place {
        dirname: Dirname::parse("/srv/a").expect("clean"),
        basename: Basename::parse(name).expect("a name"),
    };
    Grants::everything(Rights::Edit)
        .permit(place, scope, None, &Visitor::of(Source::Local))
        .expect("granted")
}

impl Fixture {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            sealer: Secrets::derive(&[1; 32]).sealer(),
        }
    }

    /// On a file system whose handles tell.
    fn in_memory() -> Self {
        Self {
            folder: tempfile::tempdir_in("/dev/shm").expect("a folder"),
            ..Self::new()
        }
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("accesskeys.json")
    }

    fn keys(&self) -> Keys {
        Keys::at(&self.path(), self.sealer.clone())
    }

    fn mint(&self, keys: &Keys, name: &str) -> AccessKey {
        self.mint_by(keys, permit(name))
    }

    fn mint_by(&self, keys: &Keys, permit: Permit) -> AccessKey {
        let draft = draft(permit, Terms::of(Life::Unlimited), now(), &self.sealer).expect("random");
        keys.mint_blocking(draft, now())
            .map(|minted| minted.key)
            .expect("minted")
    }
}

fn opens(keys: &Keys, key: &AccessKey) -> Option<String> {
    keys.log()
        .look_blocking(|look| {
            look.table
                .find(&key.id())
                .map(|found| found.place.to_string())
        })
        .expect("readable")
}

#[test]
fn a_minted_key_opens_its_file_here_and_in_another_process() {
    let fixture = Fixture::new();
    let (one, other) = (fixture.keys(), fixture.keys());
    let first = fixture.mint(&one, "a.md");
    assert_eq!(opens(&other, &first).as_deref(), Some("/srv/a/a.md"));
    let second = fixture.mint(&other, "b.md");
    assert_eq!(opens(&one, &second).as_deref(), Some("/srv/a/b.md"));
    assert!(
        fixture.mint(&one, "b.md") == second,
        "the same ask, the same key"
    );
    assert!(
        serde_json::from_slice::<serde_json::Value>(&fs::read(fixture.path()).expect("there"))
            .is_ok()
    );
    assert_eq!(one.revoke_blocking(vec![second.id()]).expect("revoked"), 1);
    assert_eq!(opens(&other, &second), None);
    assert!(
        fixture.mint(&other, "b.md") != second,
        "a revoked key never comes back"
    );
}

type Deed = fn(&Path, &Path);

/// What may become of the key file, a path beside it, and whether its key opens after that.
const DEEDS: [(&str, Deed, bool); 8] = [
    (
        "removed",
        |at, _| fs::remove_file(at).expect("removed"),
        false,
    ),
    (
        "moved away",
        |at, to| fs::rename(at, to).expect("moved"),
        false,
    ),
    (
        "emptied by rename",
        |at, to| {
            fs::write(to, "{}").expect("written");
            fs::rename(to, at).expect("moved");
        },
        false,
    ),
    (
        "emptied in place",
        |at, _| fs::write(at, "{}").expect("written"),
        false,
    ),
    (
        "exchanged with an empty one",
        |at, to| {
            fs::write(to, "{}").expect("written");
            renameat_with(CWD, at, CWD, to, RenameFlags::EXCHANGE).expect("exchanged");
        },
        false,
    ),
    (
        "another by a link",
        |at, to| {
            fs::remove_file(at).expect("removed");
            fs::write(to, "{}").expect("written");
            symlink(to, at).expect("linked");
        },
        false,
    ),
    (
        "moved away and back",
        |at, to| {
            fs::rename(at, to).expect("moved");
            fs::rename(to, at).expect("moved");
        },
        true,
    ),
    (
        "the same by rename",
        |at, to| {
            fs::copy(at, to).expect("copied");
            fs::rename(to, at).expect("moved");
        },
        true,
    ),
];

#[test]
fn a_file_that_was_left_alone_is_asked_by_its_handle_and_whatever_becomes_of_it_is_seen() {
    for (what, deed, stays) in DEEDS {
        let fixture = Fixture::in_memory();
        let keys = fixture.keys();
        let key = fixture.mint(&keys, "a.md");
        keys.look_at_folder(Timestamp::now());
        assert!(!keys.log().asks_handle(), "written a moment ago");
        // Longer than a tick of the file system's clock.
        std::thread::sleep(std::time::Duration::from_millis(30));
        keys.look_at_folder("2099-01-01T00:00:00Z".parse().expect("a time"));
        assert!(keys.log().asks_handle());
        assert!(opens(&keys, &key).is_some());
        deed(&fixture.path(), &fixture.folder.path().join("beside"));
        assert_eq!(opens(&keys, &key).is_some(), stays, "{what}");
        assert!(!keys.log().asks_handle(), "{what}");
        let again = fixture.mint(&keys, "b.md");
        assert!(opens(&keys, &again).is_some(), "{what}");
    }
}

#[test]
fn a_file_that_is_written_all_the_time_is_asked_by_its_handle_while_its_folder_is_left_alone() {
    for (what, deed, stays) in DEEDS {
        let fixture = Fixture::in_memory();
        let elsewhere = fixture.folder.path().join("elsewhere");
        fs::create_dir(&elsewhere).expect("made");
        let keys = fixture.keys();
        let key = fixture.mint(&keys, "a.md");
        keys.look_at_folder(Timestamp::now());
        assert!(!keys.log().asks_folder(), "made a moment ago");
        std::thread::sleep(std::time::Duration::from_millis(30));
        keys.look_at_folder("2099-01-01T00:00:00Z".parse().expect("a time"));
        let second = fixture.mint(&keys, "b.md");
        assert!(keys.log().asks_folder() && !keys.log().asks_handle());
        assert!(opens(&keys, &key).is_some() && opens(&keys, &second).is_some());
        keys.log().look_at_folder();
        assert!(keys.log().asks_folder(), "the same folder, left alone");
        deed(&fixture.path(), &elsewhere.join("beside"));
        assert_eq!(opens(&keys, &key).is_some(), stays, "{what}");
        assert_eq!(opens(&keys, &second).is_some(), stays, "{what}");
        let again = fixture.mint(&keys, "c.md");
        assert!(opens(&keys, &again).is_some(), "{what}");
    }
}

#[test]
fn what_began_before_a_look_is_answered_by_it_and_what_began_after_it_looks_again() {
    let fixture = Fixture::new();
    let (keys, others) = (fixture.keys(), fixture.keys());
    let key = fixture.mint(&others, "a.md");
    assert!(opens(&keys, &key).is_some());
    let stands = |began: Instant| {
        let look = keys
            .log()
            .look_since(Some(began), |look| look.table.find(&key.id()));
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().build().expect("a runtime");
        runtime.block_on(look).expect("an answer").is_some()
    };
    let (before, began) = (Instant::now(), Instant::now());
    assert!(stands(began));
    fs::remove_file(fixture.path()).expect("removed");
    // They began before the look: what it saw is as new as they are.
    assert!(stands(began) && stands(before));
    assert!(!stands(Instant::now()) && !stands(before));
    // A request sees its own doing.
    let again = fixture.mint(&keys, "b.md");
    assert!(opens(&keys, &again).is_some());
}

#[test]
fn a_file_behind_a_link_is_looked_at_by_its_name() {
    let fixture = Fixture::in_memory();
    let key = fixture.mint(&fixture.keys(), "a.md");
    let beside = fixture.folder.path().join("beside");
    fs::rename(fixture.path(), &beside).expect("moved");
    symlink(&beside, fixture.path()).expect("linked");
    let keys = fixture.keys();
    assert!(opens(&keys, &key).is_some());
    keys.look_at_folder("2099-01-01T00:00:00Z".parse().expect("a time"));
    assert!(!keys.log().asks_handle() && !keys.log().asks_folder());
    let other = fixture.folder.path().join("other");
    fs::write(&other, "{}").expect("written");
    fs::remove_file(fixture.path()).expect("removed");
    symlink(&other, fixture.path()).expect("linked");
    assert!(opens(&keys, &key).is_none());
}

#[test]
fn an_append_of_another_process_is_read_without_reading_all() {
    let fixture = Fixture::new();
    let (one, other) = (fixture.keys(), fixture.keys());
    let first = fixture.mint(&one, "a.md");
    assert!(opens(&other, &first).is_some());
    let epoch = |keys: &Keys| keys.log().epoch_and_end();
    let before = epoch(&other);
    let second = fixture.mint(&one, "b.md");
    assert!(opens(&other, &second).is_some());
    let after = epoch(&other);
    assert_eq!(before.0, after.0, "the same epoch: the tail was enough");
    assert!(after.1 > before.1);
}

#[test]
fn whoever_edits_by_hand_sees_the_effect() {
    let fixture = Fixture::new();
    let keys = fixture.keys();
    let (first, second) = (fixture.mint(&keys, "a.md"), fixture.mint(&keys, "b.md"));
    // In place, in another layout.
    let value: serde_json::Value =
        serde_json::from_slice(&fs::read(fixture.path()).expect("there")).expect("json");
    fs::write(
        fixture.path(),
        serde_json::to_string_pretty(&value).expect("json"),
    )
    .expect("written");
    assert!(opens(&keys, &first).is_some() && opens(&keys, &second).is_some());
    // By rename, with one key less.
    let mut map = value.as_object().expect("an object").clone();
    map.remove(&format!("sha256:{}", second.id()));
    let beside = fixture.folder.path().join("edited");
    fs::write(&beside, serde_json::to_string(&map).expect("json")).expect("written");
    fs::rename(&beside, fixture.path()).expect("renamed");
    assert!(opens(&keys, &first).is_some() && opens(&keys, &second).is_none());
    // A mint on top keeps what the hand left.
    let third = fixture.mint(&keys, "c.md");
    assert!(opens(&keys, &first).is_some() && opens(&keys, &third).is_some());
    fs::remove_file(fixture.path()).expect("removed");
    assert!(opens(&keys, &first).is_none(), "no file, no keys");
    let again = fixture.mint(&keys, "d.md");
    assert!(opens(&keys, &again).is_some());
}

#[test]
fn open_guide_editors_file_works_in_place_and_is_hashed_by_the_first_write() {
    let fixture = Fixture::new();
    fs::write(
        fixture.path(),
        r#"{"8oQNEvf7I3b1VOQg3Bi7yNQE":{"dirname":"\/srv\/a","basename":"old.txt"}}"#,
    )
    .expect("written");
    let keys = fixture.keys();
    let old = AccessKey::parse("8oQNEvf7I3b1VOQg3Bi7yNQE").expect("a key");
    assert_eq!(opens(&keys, &old).as_deref(), Some("/srv/a/old.txt"));
    let new = fixture.mint(&keys, "new.md");
    assert!(opens(&keys, &old).is_some() && opens(&keys, &new).is_some());
    let text = fs::read_to_string(fixture.path()).expect("there");
    assert!(!text.contains("8oQNEvf7I3b1VOQg3Bi7yNQE"), "{text}");
    assert!(opens(&fixture.keys(), &old).is_some());
}

#[test]
fn a_torn_end_is_set_aside_and_the_rest_is_served() {
    for cut in [1, 3, 4, 40, 200] {
        let fixture = Fixture::new();
        let keys = fixture.keys();
        let (first, second) = (fixture.mint(&keys, "a.md"), fixture.mint(&keys, "b.md"));
        let text = fs::read_to_string(fixture.path()).expect("there");
        let entries = text.trim_end().trim_end_matches('}').trim_end();
        fs::write(fixture.path(), &entries[..entries.len() - cut]).expect("written");
        let keys = fixture.keys();
        assert!(opens(&keys, &first).is_some(), "cut {cut}");
        assert!(opens(&keys, &second).is_none(), "cut {cut}");
        let third = fixture.mint(&keys, "c.md");
        for keys in [&keys, &fixture.keys()] {
            assert!(
                opens(keys, &first).is_some() && opens(keys, &third).is_some(),
                "cut {cut}"
            );
        }
        assert!(fixture.folder.path().join("accesskeys.json.torn").exists());
        assert!(
            serde_json::from_slice::<serde_json::Value>(&fs::read(fixture.path()).expect("there"))
                .is_ok()
        );
    }
}

#[test]
fn half_an_entry_never_closes_with_the_files_brace() {
    let fixture = Fixture::new();
    let keys = fixture.keys();
    fixture.mint(&keys, "a.md");
    let key = AccessKey::generate().expect("random");
    // A view-only record, interrupted before its rights: joined with the closing brace it would be an edit key.
    let half = format!(
        ",\"sha256:{}\": {{\"dirname\":\"/srv/a\",\"basename\":\"x\"",
        key.id()
    );
    let end = keys.log().epoch_and_end().1;
    let file = fs::File::options()
        .write(true)
        .open(fixture.path())
        .expect("there");
    file.write_all_at(half.as_bytes(), end).expect("written");
    assert_eq!(opens(&fixture.keys(), &key), None);
    assert_eq!(opens(&keys, &key), None);
}

#[test]
fn what_is_no_json_is_never_overwritten() {
    let fixture = Fixture::new();
    let keys = fixture.keys();
    let first = fixture.mint(&keys, "a.md");
    let text = fs::read_to_string(fixture.path()).expect("there").replacen(
        "\"dirname\":",
        "\"dirname\"",
        1,
    );
    fs::write(fixture.path(), &text).expect("written");
    let look = keys.log().look_blocking(|look| look.table.len());
    assert!(matches!(look, Err(StoreError::Broken(why)) if why.contains("line 3, column")));
    let draft = draft(
        permit("b.md"),
        Terms::of(Life::Unlimited),
        now(),
        &fixture.sealer,
    )
    .expect("random");
    assert!(matches!(
        keys.mint_blocking(draft, now()),
        Err(StoreError::Broken(_))
    ));
    assert_eq!(fs::read_to_string(fixture.path()).expect("there"), text);
    fs::write(
        fixture.path(),
        text.replacen("\"dirname\"", "\"dirname\":", 1),
    )
    .expect("written");
    assert!(opens(&keys, &first).is_some(), "mended");
}

#[test]
fn another_format_is_named_and_left_alone() {
    let fixture = Fixture::new();
    for text in [
        "{\n\"$editkey\": {\"format\": 2}\n}\n",
        "{\"$editkey\": {\"format\": 2}}",
    ] {
        fs::write(fixture.path(), text).expect("written");
        let look = fixture.keys().log().look_blocking(|look| look.table.len());
        assert!(matches!(look, Err(StoreError::Broken(why)) if why.contains("format 2")));
    }
}

#[test]
fn a_bad_entry_refuses_that_key_alone_and_survives_compaction() {
    let fixture = Fixture::new();
    let keys = fixture.keys();
    let first = fixture.mint(&keys, "a.md");
    let bad = AccessKey::generate().expect("random");
    let mut file = fs::read_to_string(fixture.path())
        .expect("there")
        .trim_end()
        .trim_end_matches('}')
        .trim_end()
        .to_owned();
    let entry = format!(
        "\n,\"sha256:{}\": {{\"dirname\":\"/srv/a\",\"basename\":\"x\",\"future\":1}}\n}}\n",
        bad.id()
    );
    file += &entry;
    fs::write(fixture.path(), file).expect("written");
    assert!(opens(&keys, &bad).is_none() && opens(&keys, &first).is_some());
    let (problems, torn) = keys.problems();
    assert_eq!((problems.len(), problems[0].line, torn), (1, 4, false));
    keys.log().compact().expect("compacted");
    assert!(
        fs::read_to_string(fixture.path())
            .expect("there")
            .contains("\"future\":1")
    );
    assert!(opens(&keys, &first).is_some());
    assert!(
        fixture.mint(&keys, "a.md") == first,
        "sealed keys survive compaction"
    );
}

#[test]
fn writers_in_many_threads_and_processes_lose_nothing() {
    let fixture = Fixture::new();
    let minted: Vec<AccessKey> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                let fixture = &fixture;
                scope.spawn(move || {
                    let keys = fixture.keys();
                    (0..25)
                        .map(|n| fixture.mint(&keys, &format!("{}-{n}", writer % 4)))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        writers
            .into_iter()
            .flat_map(|writer| writer.join().expect("no panic"))
            .collect()
    });
    let distinct: std::collections::HashSet<KeyId> = minted.iter().map(AccessKey::id).collect();
    assert_eq!(
        distinct.len(),
        100,
        "two simultaneous asks for the same file give one key"
    );
    let keys = fixture.keys();
    assert!(minted.iter().all(|key| opens(&keys, key).is_some()));
}

#[test]
fn the_file_is_compacted_once_most_of_it_is_dead() {
    let fixture = Fixture::new();
    let keys = fixture.keys();
    let kept = fixture.mint(&keys, "kept");
    for round in 0..6 {
        let drafts: Vec<_> = (0..1500)
            .map(|n| {
                (
                    AccessKey::generate().expect("random"),
                    draft(
                        permit(&format!("{round}-{n}")),
                        Terms::of(Life::Unlimited),
                        now(),
                        &fixture.sealer,
                    )
                    .expect("random")
                    .record,
                )
            })
            .collect();
        let ids = drafts.iter().map(|(key, _)| key.id()).collect();
        keys.import_blocking(drafts).expect("imported");
        keys.revoke_blocking(ids).expect("revoked");
    }
    assert!(fs::metadata(fixture.path()).expect("there").len() < 3 << 20);
    assert!(opens(&keys, &kept).is_some());
    assert!(opens(&fixture.keys(), &kept).is_some());
}

#[test]
fn anyone_counts_as_nameless_and_a_sign_in_a_name_does_not() {
    for by in ["anyone", "host/cms#hash", "php#hash"] {
        assert!(table::nameless(by), "{by}");
    }
    for by in ["header:c#", "host/cms:a#b", "users:anyone", "operator"] {
        assert!(!table::nameless(by), "{by}");
    }
}

#[test]
fn a_key_of_a_directory_says_so_after_every_reading() {
    let fixture = Fixture::new();
    let keys = fixture.keys();
    let of_file = fixture.mint(&keys, "album");
    let of_directory = fixture.mint_by(&keys, permit_of("album", Scope::Directory));
    assert!(of_file != of_directory);
    let scope = |keys: &Keys, key: &AccessKey| {
        let found = keys.log().look_blocking(|look| {
            let found = look.table.find(&key.id())?;
            let record = Keys::record(look, &found)?;
            Some((found.scope, record.scope))
        });
        found.expect("readable").expect("there")
    };
    let both = |scope| (scope, scope);
    keys.log().compact().expect("compacted");
    for keys in [&keys, &fixture.keys()] {
        assert_eq!(scope(keys, &of_file), both(Scope::File));
        assert_eq!(scope(keys, &of_directory), both(Scope::Directory));
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig {
        failure_persistence: None,
        ..proptest::prelude::ProptestConfig::with_cases(48)
    })]

    #[test]
    fn asks_for_a_file_and_for_a_directory_never_share_a_key(
        asks in proptest::collection::vec((0..2_usize, 0..2_usize, 0..2_usize, 0..3_usize, 0..2_usize), 1..12)
    ) {
        let fixture = Fixture::new();
        let mut keys = fixture.keys();
        let mut given: Vec<(Ask, AccessKey)> = Vec::new();
        for (name, scope, rights, life, again) in asks {
            let place = permit(["album", "a"][name]).place;
            let scope = [Scope::File, Scope::Directory][scope];
            let rights = [Rights::View, Rights::Edit][rights];
            let life = [Life::Unlimited, Life::For(60), Life::Until(now() + jiff::SignedDuration::from_secs(60))][life];
            let permit = Grants::everything(Rights::Edit)
                .permit(place.clone(), scope, Some(rights), &Visitor::of(Source::Local))
                .expect("granted");
            let ask = Ask { by: permit.by.clone(), place, scope, rights, life, passphrase: false, idle: None };
            if again == 1 {
                keys = fixture.keys();
            }
            let draft = draft(permit, Terms::of(life), now(), &fixture.sealer).expect("random");
            let key = keys.mint_blocking(draft, now()).expect("minted").key;
            let found = keys.log().look_blocking(|look| look.table.find(&key.id()));
            let found = found.expect("readable").expect("there");
            proptest::prop_assert_eq!((found.scope, found.rights), (scope, rights));
            for (earlier, theirs) in &given {
                if *earlier == ask {
                    proptest::prop_assert!(*theirs == key, "the same ask");
                } else if earlier.scope != ask.scope {
                    proptest::prop_assert!(*theirs != key, "another scope");
                }
            }
            given.push((ask, key));
        }
    }
}
