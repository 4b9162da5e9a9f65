//! What a directory is said to hold: nothing that could not be opened, by both ways.

use std::collections::BTreeSet;
use std::fs;
use std::ops::ControlFlow;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::time::Instant;

use super::*;

/// The names that a directory tells, those of them that a look lets through, and how many entries there were.
fn listed(roots: &Roots, path: &Path) -> (BTreeSet<String>, BTreeSet<String>, usize) {
    let directory = roots
        .listable(&dirname(path), Instant::now())
        .expect("listable");
    let (mut told, mut seen, mut count) = (BTreeSet::new(), BTreeSet::new(), 0);
    let read = directory.names(&mut |name| {
        count += 1;
        if let Some((kind, name)) = name {
            told.insert(name.to_owned());
            let looked = directory.look(&basename(name));
            seen.extend(
                looked
                    .filter(|looked| looked.kind == kind)
                    .map(|_| name.to_owned()),
            );
        }
        ControlFlow::Continue(())
    });
    read.expect("read");
    (told, seen, count)
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn links_special_files_and_unsayable_names_are_left_out() {
    let (_kept, base) = tree();
    let root = base.join("root");
    fs::create_dir_all(root.join("sub")).expect("made");
    fs::create_dir(base.join("out")).expect("made");
    fs::write(base.join("out/f"), "f").expect("written");
    let long = "n".repeat(255);
    let good = [
        "a b.md",
        "100%.md",
        "#.md",
        "\u{202e}x.md",
        "\u{1f41f}",
        long.as_str(),
    ];
    let bad = ["new\nline", "back\\slash", "%2e%2e", "x%25y"];
    for name in good.iter().chain(&bad) {
        fs::write(root.join(name), "x").expect("written");
    }
    let bytes: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(b"\xff\xfe");
    fs::write(root.join(bytes), "x").expect("written");
    symlink("a b.md", root.join("inner")).expect("linked");
    symlink("../out", root.join("outdir")).expect("linked");
    fs::hard_link(base.join("out/f"), root.join("hard")).expect("linked");
    drop(UnixListener::bind(root.join("socket")));
    for way in WAYS {
        let roots = roots(way, &root, vec![]);
        let (told, seen, count) = listed(&roots, &root);
        let good: Vec<&str> = good.iter().copied().chain(["sub"]).collect();
        assert_eq!(seen, set(&good));
        assert_eq!(told, set(&[&good[..], &["hard"]].concat()));
        // The two dots are among them.
        assert_eq!(count, good.len() + bad.len() + 5 + 2);
    }
}

#[test]
fn no_listing_tells_of_what_is_our_own_nor_starts_there() {
    let (_kept, base) = tree();
    let keys = base.join("keys");
    fs::create_dir_all(keys.join("deep/er")).expect("made");
    for file in ["keys/secret", "settings.json", "README"] {
        fs::write(base.join(file), file).expect("written");
    }
    fs::hard_link(base.join("settings.json"), base.join("copy")).expect("linked");
    for way in WAYS {
        let ours = Protected::new(vec![keys.clone(), base.join("settings.json")]);
        let roots = Roots::open_by(way, vec![dirname(&base)], HardLinks::Write, ours);
        let roots = roots.expect("a root");
        assert_eq!(listed(&roots, &base).1, set(&["README"]));
        for path in ["keys", "keys/deep", "keys/deep/er"] {
            let refused = roots.listable(&dirname(&base.join(path)), Instant::now());
            assert_eq!(refused.err(), Some(Refusal::Protected), "{path}");
        }
        // Moved away from under its spelling it is still known, until the next look at what is ours.
        fs::rename(&keys, base.join("moved")).expect("moved");
        for path in ["moved", "moved/deep", "moved/deep/er"] {
            let refused = roots.listable(&dirname(&base.join(path)), Instant::now());
            assert_eq!(refused.err(), Some(Refusal::Protected), "{path}");
        }
        fs::rename(base.join("moved"), &keys).expect("moved");
    }
}

#[test]
fn no_listing_goes_through_a_link() {
    let (_kept, base) = tree();
    let root = base.join("root");
    fs::create_dir_all(root.join("a/b")).expect("made");
    symlink("a", root.join("link")).expect("linked");
    for way in WAYS {
        let roots = roots(way, &root, vec![]);
        let refused = |path: &str| {
            let path = dirname(&root.join(path));
            roots.listable(&path, Instant::now()).err()
        };
        assert_eq!(refused("a/b"), None);
        assert_eq!(refused("link"), Some(Refusal::Link));
        assert_eq!(refused("link/b"), Some(Refusal::Link));
        assert_eq!(refused("gone"), Some(Refusal::Outside));
        let outside = roots.listable(&dirname(&base), Instant::now());
        assert_eq!(outside.err(), Some(Refusal::Outside));
        // What is open stays what it was, whatever takes its name.
        let open = roots.listable(&dirname(&root.join("a")), Instant::now());
        let open = open.expect("listable");
        fs::rename(root.join("a"), root.join("kept")).expect("moved");
        symlink("/", root.join("a")).expect("linked");
        let mut told = Vec::new();
        let read = open.names(&mut |name| {
            told.extend(name.map(|(_, name)| name.to_owned()));
            ControlFlow::Continue(())
        });
        assert_eq!((read, told), (Ok(()), vec!["b".to_owned()]));
        assert_eq!(refused("a"), Some(Refusal::Link));
        fs::remove_file(root.join("a")).expect("removed");
        fs::rename(root.join("kept"), root.join("a")).expect("moved");
    }
}
