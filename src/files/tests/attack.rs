//! Somebody who may write below the root swaps what is there, without rest, for what is not.

use std::os::unix::fs::{MetadataExt, symlink};
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

const CANARY: &str = "CANARY";
const READS: usize = 10_000;
const SAVE_EACH: usize = 20;

/// Swaps a directory on the way and the file itself for links and hard links to the canary, and back.
fn swap(base: &Path, stop: &AtomicBool) {
    let (dir, away) = (base.join("root/dir"), base.join("root/away"));
    let (file, aside) = (dir.join("f"), dir.join("aside"));
    let canary = base.join("outside/f");
    while !stop.load(Ordering::Relaxed) {
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
        let _ = fs::rename(&aside, &file);
    }
}

fn under_attack(open: fn(Vec<Dirname>, HardLinks, Protected) -> Roots) {
    let kept = tempfile::tempdir().expect("a directory");
    let base = fs::canonicalize(kept.path()).expect("canonical");
    for dir in ["root/dir", "outside"] {
        fs::create_dir_all(base.join(dir)).expect("made");
    }
    let canary = base.join("outside/f");
    fs::write(&canary, CANARY).expect("written");
    let before = fs::metadata(&canary).expect("there");
    let asked = place(&base.join("root/dir/f"));
    fs::write(base.join("root/dir/f"), "mine").expect("written");
    let roots = open(
        vec![dirname(&base.join("root"))],
        HardLinks::Refuse,
        Protected::new(vec![]),
    );
    let (reader, saver) = (Reader::new(), Saver::new(LIMIT, None));
    let stop = AtomicBool::new(false);
    let (mut opened, mut refused, mut done) = (0, 0, 0);
    std::thread::scope(|scope| {
        scope.spawn(|| swap(&base, &stop));
        let mut last = seen("mine");
        for round in 0..READS {
            let now = Instant::now();
            let read = roots
                .resolve(&asked, now)
                .map_err(ReadError::from)
                .and_then(|path| reader.read(&path, LIMIT, SystemTime::now()));
            match read {
                Ok(Read::Whole(content)) => {
                    assert_ne!(content.bytes, CANARY);
                    last = Precondition::Match(vec![content.revision]);
                    opened += 1;
                }
                Ok(Read::Large(_)) => panic!("nothing is large"),
                Err(_) => refused += 1,
            }
            if let Ok(found) = roots.locate(&asked.dirname, &asked.basename, now) {
                assert!(found.place.dirname.as_path().starts_with(base.join("root")));
            }
            if round % SAVE_EACH == 0 {
                let any = Precondition::Match(vec![Revision::of_contents(CANARY.as_bytes())]);
                for precondition in [&last, &any, &Precondition::Absent] {
                    let bytes = format!("mine {round}");
                    done += usize::from(
                        saver
                            .save(&roots, &asked, precondition, bytes.as_bytes(), now)
                            .is_ok(),
                    );
                }
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    let after = fs::metadata(&canary).expect("there");
    assert_eq!(fs::read_to_string(&canary).expect("read"), CANARY);
    assert_eq!(
        (after.ino(), after.mtime_nsec()),
        (before.ino(), before.mtime_nsec())
    );
    assert_eq!(
        names(&base.join("outside")),
        ["f"],
        "nothing was made there"
    );
    assert!(
        opened > 0 && refused > 0 && done > 0,
        "{opened} {refused} {done}"
    );
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
