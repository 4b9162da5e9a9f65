//! Somebody who may write below the root swaps what is there, without rest, for what is not.

use std::os::unix::fs::{MetadataExt, symlink};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::resolve::Access;

use super::*;

const CANARY: &str = "CANARY";
const READS: usize = 10_000;
const SAVE_EACH: usize = 20;
const CALM: Duration = Duration::from_millis(1);

/// Swaps a directory on the way and the file itself for links and hard links to the canary, and back.
fn swap(base: &Path, stop: &AtomicBool) {
    let (dir, away) = (base.join("root/dir"), base.join("root/away"));
    let (file, aside) = (dir.join("f"), dir.join("aside"));
    let elsewhere = base.join("root/f");
    let canary = base.join("outside/f");
    let mut round = 0;
    while !stop.load(Ordering::Relaxed) {
        // Now and then there is time for a whole save, and the next swap comes in the middle of one.
        round += 1;
        let calm_until = Instant::now() + CALM * u32::from(round % 16 == 0);
        while Instant::now() < calm_until {
            std::hint::spin_loop();
        }
        // Each step may fail because a save came between; the next round goes on from there.
        let _ = fs::rename(&dir, &away);
        let _ = symlink("../outside", &dir);
        let _ = fs::remove_file(&dir);
        let _ = fs::rename(&away, &dir);
        let _ = fs::rename(&file, &aside);
        let _ = symlink("../../outside/f", &file);
        let _ = fs::remove_file(&file);
        let _ = fs::hard_link(&canary, &file);
        let _ = fs::remove_file(&file);
        let _ = fs::hard_link(&canary, &file);
        let _ = fs::rename(&file, &elsewhere);
        let _ = fs::remove_file(&elsewhere);
        let _ = fs::rename(&aside, &file);
    }
}

/// What came of the attempts.
#[derive(Default)]
struct Tally {
    opened: usize,
    refused: usize,
    saved: usize,
}

/// Reads and mints without rest, and saves now and then, also over what the canary holds.
fn work(roots: &Roots, asked: &Place) -> Tally {
    let (reader, saver) = (Reader::new(), Saver::new(LIMIT, None));
    let mut tally = Tally::default();
    let mut last = seen("mine");
    for round in 0..READS {
        let now = Instant::now();
        let read = roots
            .resolve(asked, now)
            .map_err(ReadError::from)
            .and_then(|path| reader.read(&path, LIMIT, SystemTime::now()));
        match read {
            Ok(Read::Whole(content)) => {
                assert_ne!(content.bytes, CANARY);
                last = Precondition::Match(vec![content.revision]);
                tally.opened += 1;
            }
            Ok(Read::Large(_)) => panic!("nothing is large"),
            Err(_) => tally.refused += 1,
        }
        if let Ok(found) = roots.locate(&asked.dirname, &asked.basename, now) {
            let root = roots.paths().first().expect("one root");
            assert!(found.place.dirname.below(root).is_some());
        }
        if round % SAVE_EACH == 0 {
            for precondition in [&last, &seen(CANARY), &Precondition::Absent] {
                let bytes = format!("mine {round}");
                let result = saver.save(roots, asked, precondition, bytes.as_bytes(), now);
                tally.saved += usize::from(result.is_ok());
            }
        }
    }
    tally
}

fn under_attack(open: fn(Vec<Dirname>, HardLinks, Protected) -> Roots) {
    let kept = tempfile::tempdir().expect("a directory");
    let base = fs::canonicalize(kept.path()).expect("canonical");
    for dir in ["root/dir", "outside"] {
        fs::create_dir_all(base.join(dir)).expect("made");
    }
    let (file, canary) = (base.join("root/dir/f"), base.join("outside/f"));
    fs::write(&file, "mine").expect("written");
    fs::write(&canary, CANARY).expect("written");
    let before = fs::metadata(&canary).expect("there");
    let root = vec![dirname(&base.join("root"))];
    let roots = open(root, HardLinks::Refuse, Protected::new(vec![]));
    let stop = AtomicBool::new(false);
    let tally = std::thread::scope(|scope| {
        scope.spawn(|| swap(&base, &stop));
        let tally = scope.spawn(|| work(&roots, &place(&file))).join();
        stop.store(true, Ordering::Relaxed);
        tally.expect("the canary was not read")
    });
    let after = fs::metadata(&canary).expect("there");
    assert_eq!(fs::read_to_string(&canary).expect("read"), CANARY);
    assert_eq!(after.ino(), before.ino());
    assert_eq!(after.mtime_nsec(), before.mtime_nsec());
    assert_eq!(names(&base.join("outside")), ["f"], "nothing is new there");
    assert!(tally.opened > 0 && tally.refused > 0 && tally.saved > 0);
}

#[test]
fn a_swapping_attacker_gets_nothing_from_the_kernels_way() {
    under_attack(|paths, hard_links, protected| {
        Roots::open(paths, hard_links, protected).expect("a root")
    });
}

#[test]
fn a_swapping_attacker_gets_nothing_from_the_walk() {
    under_attack(|paths, hard_links, protected| {
        Roots::open_walking(paths, hard_links, protected).expect("a root")
    });
}

/// A hard link to the canary makes two names of it; taken away between the opening and the look, it leaves one.
#[test]
fn a_hard_link_that_comes_and_goes_is_not_taken_for_the_file() {
    let desk = Desk::new();
    let (file, aside) = (desk.write("f", "mine"), desk.base.join("aside"));
    let other = desk.base.join("elsewhere");
    fs::create_dir(&other).expect("made");
    let canary = desk.write("elsewhere/f", CANARY);
    let path = desk.roots.resolve(&place(&file), Instant::now());
    let path = path.expect("a file");
    let stop = AtomicBool::new(false);
    let read = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let _ = fs::rename(&file, &aside);
                for _ in 0..4 {
                    let _ = fs::hard_link(&canary, &file);
                    let _ = fs::remove_file(&file);
                }
                let _ = fs::hard_link(&canary, &file);
                let _ = fs::rename(&file, other.join("g"));
                let _ = fs::remove_file(other.join("g"));
                let _ = fs::rename(&aside, &file);
            }
        });
        let read: Vec<String> = (0..READS * 3)
            .filter_map(|_| path.open(Access::Read).ok())
            .map(|(file, _)| std::io::read_to_string(file).expect("read"))
            .collect();
        stop.store(true, Ordering::Relaxed);
        read
    });
    assert!(path.open(Access::Read).is_ok(), "it is there again");
    let canaries = read.iter().filter(|bytes| *bytes == CANARY).count();
    assert_eq!(canaries, 0);
}
