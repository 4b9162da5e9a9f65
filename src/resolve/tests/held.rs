//! Files that are held by their handles: whatever becomes of them or of the directories above them is seen at once.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::time::{Duration, SystemTime};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::*;
use crate::file_system::handles_tell;

/// Longer than a file system's clock takes for a tick, so that a change has another time than the one before.
const TICK: Duration = Duration::from_millis(30);

/// A moment from which on what was made just now has been left alone for long.
fn later() -> SystemTime {
    SystemTime::now() + Duration::from_secs(60)
}

/// The handles that this process has below `base`, by the kind of their end.
fn handles(base: &Path) -> (usize, usize) {
    let open = fs::read_dir("/proc/self/fd").expect("handles").flatten();
    let open = open.filter_map(|handle| fs::read_link(handle.path()).ok());
    let open: Vec<PathBuf> = open.filter(|path| path.starts_with(base)).collect();
    let files = open.iter().filter(|path| path.is_file()).count();
    (files, open.len() - files)
}

/// Roots in which this file was gone to until it is held.
fn holding(root: &Path, file: &Path) -> Roots {
    std::thread::sleep(TICK);
    let roots = roots(WAYS[0], root, vec![]);
    resolved(&roots, file).expect("there");
    roots.let_go_at(later());
    for _ in 0..3 {
        resolved(&roots, file).expect("there");
    }
    let tells = handles_tell(fs::File::open(root).expect("a directory"));
    assert_eq!(
        handles(file),
        (usize::from(tells), 0),
        "held where that tells"
    );
    roots
}

type Deed = fn(&Path, &Path);

fn exchange(one: &Path, other: &Path) {
    renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).expect("exchanged");
}

/// What may happen to `root/a/b/f`; the second path is a directory elsewhere.
const DEEDS: [(&str, Deed, Result<bool, Refusal>); 16] = [
    (
        "removed",
        |at, _| fs::remove_file(at).expect("removed"),
        Err(Refusal::Missing),
    ),
    (
        "moved away",
        |at, to| fs::rename(at, to.join("f")).expect("moved"),
        Err(Refusal::Missing),
    ),
    (
        "another in its place",
        |at, to| {
            fs::write(to.join("g"), "theirs").expect("written");
            fs::rename(to.join("g"), at).expect("moved");
        },
        Ok(false),
    ),
    (
        "itself by a link",
        |at, to| {
            fs::rename(at, to.join("f")).expect("moved");
            symlink(to.join("f"), at).expect("linked");
        },
        Err(Refusal::Link),
    ),
    (
        "a second name",
        |at, to| fs::hard_link(at, to.join("f")).expect("linked"),
        Err(Refusal::HardLinks),
    ),
    (
        "written",
        |at, _| fs::write(at, "more").expect("written"),
        Ok(true),
    ),
    (
        "other permissions",
        |at, _| fs::set_permissions(at, fs::Permissions::from_mode(0o600)).expect("set"),
        Ok(true),
    ),
    (
        "its directory moved",
        |at, to| fs::rename(at.parent().expect("b"), to.join("b")).expect("moved"),
        Err(Refusal::Outside),
    ),
    (
        "its directory by a link",
        |at, to| {
            let b = at.parent().expect("b");
            fs::rename(b, to.join("b")).expect("moved");
            symlink(to.join("b"), b).expect("linked");
        },
        Err(Refusal::Link),
    ),
    (
        "the one above moved",
        |at, to| {
            let a = at.parent().and_then(Path::parent).expect("a");
            fs::rename(a, to.join("a")).expect("moved");
        },
        Err(Refusal::Outside),
    ),
    (
        "the one above by a link",
        |at, to| {
            let a = at.parent().and_then(Path::parent).expect("a");
            fs::rename(a, to.join("a")).expect("moved");
            symlink(to.join("a"), a).expect("linked");
        },
        Err(Refusal::Link),
    ),
    (
        "exchanged with a link beside it",
        |at, to| {
            symlink(to, at.with_file_name("link")).expect("linked");
            exchange(at, &at.with_file_name("link"));
        },
        Err(Refusal::Link),
    ),
    (
        "exchanged with another elsewhere",
        |at, to| {
            fs::write(to.join("g"), "theirs").expect("written");
            exchange(at, &to.join("g"));
        },
        Ok(false),
    ),
    (
        "its directory exchanged with one beside it",
        |at, _| {
            let b = at.parent().expect("b");
            fs::create_dir(b.with_file_name("c")).expect("made");
            exchange(b, &b.with_file_name("c"));
        },
        Err(Refusal::Missing),
    ),
    (
        "the one above exchanged with a link",
        |at, to| {
            let a = at.parent().and_then(Path::parent).expect("a");
            symlink(to, a.with_file_name("link")).expect("linked");
            exchange(a, &a.with_file_name("link"));
        },
        Err(Refusal::Link),
    ),
    (
        "another beside it",
        |at, _| fs::write(at.with_file_name("other"), "").expect("written"),
        Ok(true),
    ),
];

/// A folder in memory, where handles tell.
fn memory() -> (TempDir, PathBuf) {
    let kept = tempfile::tempdir_in("/dev/shm").expect("a directory");
    let path = fs::canonicalize(kept.path()).expect("canonical");
    assert!(handles_tell(fs::File::open(&path).expect("a directory")));
    (kept, path)
}

/// A root with a file in it, and a directory elsewhere: the root, that directory, the file.
fn planted(base: &Path) -> [PathBuf; 3] {
    let (root, elsewhere) = (base.join("root"), base.join("elsewhere"));
    let file = root.join("a/b/f");
    fs::create_dir_all(root.join("a/b")).expect("made");
    fs::create_dir(&elsewhere).expect("made");
    fs::write(&file, "ours").expect("written");
    [root, elsewhere, file]
}

#[test]
fn whatever_becomes_of_a_held_file_is_seen_at_once() {
    for (_kept, folder) in [memory(), tree()] {
        for (what, deed, outcome) in DEEDS {
            let base = folder.join(what.replace(' ', "-"));
            let [root, elsewhere, file] = planted(&base);
            let node = fs::metadata(&file).expect("there").ino();
            let roots = holding(&root, &file);
            deed(&file, &elsewhere);
            let seen = roots.resolve(&place(&file), Instant::now());
            let seen = seen.map(|path| *path.identity());
            let same = seen.map(|seen| seen.node.inode == node);
            assert_eq!(same, outcome, "{what} in {}", base.display());
            if let Ok(seen) = seen {
                let now = fs::metadata(&file).expect("there");
                assert_eq!((seen.size, seen.mode), (now.size(), now.mode()), "{what}");
            }
        }
    }
}

#[test]
fn minting_finds_a_held_file_as_it_would_find_any_other() {
    for (_kept, folder) in [memory(), tree()] {
        for (what, deed, _) in DEEDS {
            let base = folder.join(what.replace(' ', "-"));
            let [root, elsewhere, file] = planted(&base);
            let asked = place(&file);
            let found =
                |roots: &Roots| roots.locate(&asked.dirname, &asked.basename, Instant::now());
            // Whoever resolved it has not seen the whole chain above it.
            let roots = holding(&root, &file);
            for _ in 0..3 {
                assert_eq!(found(&roots).map(|found| found.existing), Ok(true));
            }
            deed(&file, &elsewhere);
            let fresh = super::roots(WAYS[0], &root, vec![]);
            assert_eq!(found(&roots), found(&fresh), "{what} in {}", base.display());
        }
    }
}

#[test]
fn what_was_touched_a_moment_ago_is_never_held() {
    let (_kept, base) = memory();
    fs::create_dir_all(base.join("a/b")).expect("made");
    let file = base.join("a/b/f");
    fs::write(&file, "").expect("written");
    let roots = roots(WAYS[0], &base, vec![]);
    for now in [
        None,
        Some(SystemTime::now()),
        Some(SystemTime::now() + Duration::from_secs(1)),
    ] {
        if let Some(now) = now {
            resolved(&roots, &file).expect("there");
            roots.let_go_at(now);
        }
        for _ in 0..3 {
            resolved(&roots, &file).expect("there");
        }
        assert_eq!(handles(&file), (0, 0), "{now:?}");
    }
}

#[test]
fn a_held_file_is_let_go_of_and_does_not_outlive_a_look_at_the_roots() {
    let (_kept, base) = memory();
    let root = base.join("root");
    fs::create_dir_all(root.join("a/b")).expect("made");
    let file = root.join("a/b/f");
    fs::write(&file, "").expect("written");
    let roots = holding(&root, &file);
    roots.let_go();
    assert_eq!(handles(&root.join("a")), (0, 0));
    for _ in 0..3 {
        resolved(&roots, &file).expect("there");
    }
    assert_eq!(handles(&file), (1, 0));
    // The root itself is looked at each second: with another one at its path nothing that was held counts.
    fs::rename(&root, base.join("moved")).expect("moved");
    fs::create_dir(&root).expect("made");
    roots.refresh();
    assert_eq!(resolved(&roots, &file), Err(Refusal::Outside));
}

#[test]
fn a_place_gone_to_once_is_not_held() {
    let (_kept, base) = memory();
    fs::create_dir(base.join("a")).expect("made");
    let file = base.join("a/f");
    fs::write(&file, "").expect("written");
    std::thread::sleep(TICK);
    let roots = roots(WAYS[0], &base, vec![]);
    resolved(&roots, &file).expect("there");
    roots.let_go_at(later());
    resolved(&roots, &file).expect("there");
    assert_eq!(handles(&file), (0, 0));
}
