//! Directories that were gone to a moment ago: what is put in their place is seen at once.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};

use super::*;

#[test]
fn a_directory_gone_to_before_is_looked_at_again() {
    for (way, levels) in WAYS
        .into_iter()
        .flat_map(|way| (1..=3).map(move |n| (way, n)))
    {
        let (_kept, base) = tree();
        let root = base.join("root");
        let inner = ["a", "b", "c"]
            .iter()
            .take(levels)
            .fold(root.clone(), |at, name| at.join(name));
        let outer = root.join("a");
        fs::create_dir_all(&inner).expect("made");
        fs::create_dir(base.join("elsewhere")).expect("made");
        let file = inner.join("f");
        fs::write(&file, "ours").expect("written");
        let roots = roots(way, &root, vec![]);
        let node = |path: &Path| fs::metadata(path).map(|found| found.ino()).expect("there");
        let resolve = || resolved(&roots, &file);
        for _ in 0..2 {
            assert_eq!(resolve().map(|node| node.inode), Ok(node(&file)));
        }

        let away = base.join("elsewhere/a");
        fs::rename(&outer, &away).expect("moved");
        assert_eq!(resolve(), Err(Refusal::Outside), "moved out of the root");
        symlink(&away, &outer).expect("linked");
        assert_eq!(
            resolve(),
            Err(Refusal::Link),
            "the same directory by a link"
        );
        fs::remove_file(&outer).expect("removed");
        fs::create_dir_all(&inner).expect("made");
        assert_eq!(
            resolve(),
            Err(Refusal::Missing),
            "another directory of the name"
        );
        fs::write(&file, "theirs").expect("written");
        assert_eq!(resolve().map(|node| node.inode), Ok(node(&file)));
        fs::remove_dir_all(&outer).expect("removed");
        fs::rename(&away, &outer).expect("back");
        assert_eq!(resolve().map(|node| node.inode), Ok(node(&file)));

        roots.let_go();
        fs::remove_dir_all(&outer).expect("removed");
        assert_eq!(resolve(), Err(Refusal::Outside));
        fs::write(&outer, "a file").expect("written");
        assert_eq!(resolve(), Err(Refusal::Outside));
    }
}

#[test]
fn no_directory_is_held_open_once_it_was_let_go() {
    let (_kept, base) = tree();
    fs::create_dir_all(base.join("a/b")).expect("made");
    fs::write(base.join("a/b/f"), "").expect("written");
    let roots = roots(WAYS[0], &base, vec![]);
    resolved(&roots, &base.join("a/b/f")).expect("there");
    let held = || {
        let open = fs::read_dir("/proc/self/fd").expect("handles").flatten();
        open.filter_map(|handle| fs::read_link(handle.path()).ok())
            .filter(|path| path.starts_with(base.join("a")))
            .count()
    };
    assert!(held() > 0);
    roots.let_go();
    assert_eq!(held(), 0);
}
