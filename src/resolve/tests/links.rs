//! Links while minting, and the two ways held against each other and against the system.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Instant;

use proptest::prelude::*;

use super::*;

#[test]
fn links_lead_no_further_than_the_grants() {
    let (_kept, base) = tree();
    for dir in ["root/mine", "root/mine-too", "root/other"] {
        fs::create_dir_all(base.join(dir)).expect("made");
    }
    let root = base.join("root");
    for file in ["mine/f", "mine-too/f", "other/f"] {
        fs::write(root.join(file), file).expect("written");
    }
    symlink("../other/f", root.join("mine/theirs")).expect("linked");
    symlink("../mine-too/f", root.join("mine/prefix")).expect("linked");
    symlink("../other/back", root.join("mine/round")).expect("linked");
    symlink("../mine/f", root.join("other/back")).expect("linked");
    symlink("mine", root.join("alias")).expect("linked");
    for way in WAYS {
        let roots = roots(way, &root, vec![]);
        let grants = [roots
            .canonical_directory(&dirname(&root.join("alias")))
            .expect("there")];
        assert_eq!(grants[0], dirname(&root.join("mine")));
        let ask = |path: &str| {
            let place = place(&root.join(path));
            roots
                .locate_below(&grants, &place.dirname, &place.basename, Instant::now())
                .map(|located| located.place.to_string())
        };
        let file = root.join("mine/f").to_str().expect("UTF-8").to_owned();
        assert_eq!(ask("mine/f").as_ref(), Ok(&file));
        assert_eq!(
            ask("alias/f").as_ref(),
            Ok(&file),
            "the link stands outside the grant"
        );
        assert_eq!(ask("mine/theirs"), Err(Refusal::Outside));
        assert_eq!(ask("mine/prefix"), Err(Refusal::Outside));
        assert_eq!(
            ask("mine/round"),
            Err(Refusal::Link),
            "the second link is another's"
        );
        assert_eq!(ask("other/f"), Err(Refusal::Outside));
        assert_eq!(
            roots.canonical_directory(&dirname(&root.join("none"))),
            Err(Refusal::Outside)
        );
    }
}

#[test]
fn links_made_up_by_the_kernel_are_refused() {
    let (_kept, base) = tree();
    fs::write(base.join("f"), "x").expect("written");
    let pid = std::process::id();
    for way in WAYS {
        for root in [base.clone(), Path::new("/").to_owned()] {
            let roots = roots(way, &root, vec![]);
            for through in ["self", "thread-self", &pid.to_string()] {
                let asked = format!("/proc/{through}/root{}/f", base.display());
                assert_eq!(
                    located(&roots, Path::new(&asked)),
                    Err(Refusal::Link),
                    "{asked}"
                );
            }
            let environ = format!("/proc/{pid}/environ");
            assert!(located(&roots, Path::new(&environ)).is_err());
            assert!(resolved(&roots, Path::new(&environ)).is_err());
        }
        for made_up in ["/proc", "/sys", "/proc/self/fd"] {
            let opened = Roots::open_by(
                way,
                vec![dirname(Path::new(made_up))],
                HardLinks::Refuse,
                Protected::new(vec![]),
            );
            assert!(opened.is_err(), "{made_up}");
        }
    }
}

/// A tree of links in all directions; `{}` stands for its own path.
const LINKS: [(&str, &str); 14] = [
    ("a/link", "b"),
    ("a/up", ".."),
    ("a/b/up", "../.."),
    ("a/b/link", "../f"),
    ("b/abs", "{}/a"),
    ("b/link", "{}/a/link/../b/f"),
    ("b/f", "../a/up/a/b/f"),
    ("link", "a/./b//"),
    ("up", "../.."),
    ("c", "d"),
    ("d", "c"),
    ("dead", "a/nothing"),
    ("f", "a/f/"),
    ("deep", "link/up/b/abs/link/f"),
];

#[test]
fn both_ways_and_the_system_agree_on_every_path() {
    let (_kept, base) = tree();
    let root = base.join("root");
    fs::create_dir_all(root.join("a/b")).expect("made");
    fs::create_dir_all(root.join("b")).expect("made");
    for file in ["root/a/f", "root/a/b/f", "f"] {
        fs::write(base.join(file), file).expect("written");
    }
    for (name, target) in LINKS {
        let target = target.replace("{}", root.to_str().expect("UTF-8"));
        symlink(target, root.join(name)).expect("linked");
    }
    let both = WAYS.map(|way| roots(way, &root, vec![]));
    let names = prop::sample::select(vec![
        "a", "b", "c", "f", "up", "link", "abs", "dead", "deep",
    ]);
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(4000)
    };
    proptest!(config, |(names in prop::collection::vec(names, 1..6))| {
        let asked = root.join(names.join("/"));
        let resolved = both.each_ref().map(|roots| resolved(roots, &asked));
        prop_assert_eq!(resolved[0], resolved[1]);
        // The second oracle: a place opens without links only where it is its own canonical spelling.
        let canonical = fs::canonicalize(&asked).ok();
        let file = canonical.as_ref().filter(|path| path.is_file());
        prop_assert_eq!(resolved[0].is_ok(), file == Some(&asked));

        let located = both.each_ref().map(|roots| located(roots, &asked));
        prop_assert_eq!(&located[0], &located[1]);
        match &located[0] {
            Ok(found) if found.existing => {
                prop_assert_eq!(Some(&place(file.expect("a file"))), Some(&found.place));
                prop_assert!(file.is_some_and(|file| file.starts_with(&root)));
            }
            Ok(found) => {
                prop_assert!(fs::symlink_metadata(&asked).is_err());
                let parent = fs::canonicalize(asked.parent().expect("a parent")).expect("there");
                prop_assert_eq!(found.place.dirname.as_path(), parent.as_path());
            }
            // A link that ends in a slash is no file for the system; else only what leaves the root is refused.
            Err(_) => prop_assert!(
                file.is_none_or(|file| !file.starts_with(&root) || names.contains(&"up"))
            ),
        }
    });
}
