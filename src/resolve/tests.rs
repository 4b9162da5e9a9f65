//! Reaching files, on a real tree and against the system itself.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

const WAYS: [Way; 2] = [Way::Kernel, Way::Walk];

fn dirname(path: &Path) -> Dirname {
    Dirname::parse(path.to_str().expect("UTF-8")).expect("clean")
}

fn place(path: &Path) -> Place {
    Place {
        dirname: dirname(path.parent().expect("a parent")),
        basename: basename(
            path.file_name()
                .and_then(|name| name.to_str())
                .expect("a name"),
        ),
    }
}

fn basename(text: &str) -> Basename {
    Basename::parse(text).expect("one component")
}

/// A canonical temporary directory.
fn tree() -> (TempDir, std::path::PathBuf) {
    let kept = tempfile::tempdir().expect("a directory");
    let path = fs::canonicalize(kept.path()).expect("canonical");
    (kept, path)
}

fn roots(way: Way, root: &Path, protected: Vec<std::path::PathBuf>) -> Roots {
    let protected = Protected::new(protected);
    Roots::open_by(way, vec![dirname(root)], HardLinks::Refuse, protected).expect("a root")
}

fn resolved(roots: &Roots, path: &Path) -> Result<Node, Refusal> {
    roots
        .resolve(&place(path), Instant::now())
        .map(|path| path.identity().node)
}

fn located(roots: &Roots, path: &Path) -> Result<Located, Refusal> {
    let place = place(path);
    roots.locate(&place.dirname, &place.basename, Instant::now())
}

#[test]
fn only_regular_files_with_one_name_open() {
    let (_kept, base) = tree();
    let root = base.join("root");
    fs::create_dir_all(root.join("dir")).expect("made");
    fs::create_dir(base.join("root-secret")).expect("made");
    for file in [
        "root/file",
        "root/one",
        "root/dir/file",
        "root-secret/s",
        "outside",
    ] {
        fs::write(base.join(file), file).expect("written");
    }
    fs::hard_link(root.join("one"), root.join("two")).expect("linked");
    symlink("file", root.join("link")).expect("linked");
    symlink("dir", root.join("dirlink")).expect("linked");
    symlink("../outside", root.join("out")).expect("linked");
    symlink("nothing", root.join("dangling")).expect("linked");
    let fifo = root.join("fifo");
    assert!(
        Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .expect("run")
            .success()
    );
    let socket = std::os::unix::net::UnixListener::bind(root.join("socket")).expect("bound");
    for way in WAYS {
        let roots = roots(way, &root, vec![]);
        let ask = |path: &str| resolved(&roots, &root.join(path)).map(|_| ());
        assert_eq!(ask("file"), Ok(()));
        assert_eq!(ask("dir/file"), Ok(()));
        assert_eq!(ask("none"), Err(Refusal::Missing));
        assert_eq!(ask("none/none"), Err(Refusal::Outside));
        assert_eq!(ask("file/none"), Err(Refusal::Outside));
        assert_eq!(ask("dir"), Err(Refusal::NotRegular));
        assert_eq!(ask("fifo"), Err(Refusal::NotRegular));
        assert_eq!(ask("socket"), Err(Refusal::NotRegular));
        assert_eq!(ask("two"), Err(Refusal::HardLinks));
        assert_eq!(ask("link"), Err(Refusal::Link));
        assert_eq!(ask("dirlink/file"), Err(Refusal::Link));
        assert_eq!(
            resolved(&roots, &base.join("root-secret/s")),
            Err(Refusal::Outside)
        );
        assert_eq!(
            resolved(&roots, &base.join("outside")),
            Err(Refusal::Outside)
        );

        let found = |path: &str| located(&roots, &root.join(path));
        let at = |path: &str| Located {
            place: place(&root.join(path)),
            existing: true,
        };
        assert_eq!(found("link"), Ok(at("file")));
        assert_eq!(found("dirlink/file"), Ok(at("dir/file")));
        assert_eq!(found("dirlink/new").map(|new| new.existing), Ok(false));
        assert_eq!(found("out"), Err(Refusal::Outside));
        assert_eq!(found("dangling"), Err(Refusal::Link));
        assert_eq!(found("fifo"), Err(Refusal::NotRegular));
        assert_eq!(found("two"), Err(Refusal::HardLinks));
        assert_eq!(found("none/new"), Err(Refusal::Outside));
    }
    drop(socket);
}

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
            None
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

#[test]
fn what_is_our_own_is_never_reached() {
    let (_kept, base) = tree();
    let keys = base.join("keys");
    fs::create_dir_all(keys.join("deep/er")).expect("made");
    for file in ["keys/secret", "keys/deep/er/f", "settings.json", "README"] {
        fs::write(base.join(file), file).expect("written");
    }
    symlink("keys", base.join("alias")).expect("linked");
    symlink("settings.json", base.join("conf")).expect("linked");
    fs::hard_link(keys.join("secret"), base.join("hard")).expect("linked");
    for way in WAYS {
        let ours = vec![
            keys.clone(),
            base.join("settings.json"),
            base.join("users.json"),
        ];
        let roots = Roots::open_by(
            way,
            vec![dirname(&base)],
            HardLinks::Write,
            Protected::new(ours.clone()),
        )
        .expect("a root");
        assert!(resolved(&roots, &base.join("README")).is_ok());
        for path in [
            "keys/secret",
            "keys/new",
            "keys/deep/er/f",
            "settings.json",
            "hard",
            "users.json",
        ] {
            let path = base.join(path);
            assert_eq!(resolved(&roots, &path), Err(Refusal::Protected), "{path:?}");
            assert_eq!(located(&roots, &path), Err(Refusal::Protected), "{path:?}");
        }
        for path in ["alias/secret", "alias/new", "conf"] {
            assert!(resolved(&roots, &base.join(path)).is_err());
            assert_eq!(
                located(&roots, &base.join(path)),
                Err(Refusal::Protected),
                "{path}"
            );
        }
        // Moved away from under its spelling, it is still known, at once when minting and resolving in it.
        fs::rename(&keys, base.join("moved")).expect("moved");
        assert_eq!(
            resolved(&roots, &base.join("moved/new")),
            Err(Refusal::Protected)
        );
        assert_eq!(
            located(&roots, &base.join("moved/deep/er/f")),
            Err(Refusal::Protected)
        );
        fs::rename(base.join("moved"), &keys).expect("moved");

        for root in ["keys", "keys/deep", "keys/deep/er"] {
            let opened = Roots::open_by(
                way,
                vec![dirname(&base.join(root))],
                HardLinks::Refuse,
                Protected::new(ours.clone()),
            );
            assert!(
                opened.is_err_and(|unfit| unfit.reason == Refusal::Protected),
                "{root}"
            );
        }
    }
}

#[test]
fn an_inode_number_that_was_ours_is_free_again() {
    let (_kept, base) = tree();
    let ours = base.join("ours");
    fs::write(&ours, "x").expect("written");
    let roots = roots(Way::Kernel, &base, vec![ours.clone()]);
    fs::rename(&ours, base.join("theirs")).expect("moved");
    let now = Instant::now();
    assert!(roots.resolve(&place(&base.join("theirs")), now).is_ok());
}

#[test]
fn a_root_comes_back_as_what_stands_at_its_path() {
    let (_kept, base) = tree();
    let root = base.join("root");
    for way in WAYS {
        fs::create_dir(&root).expect("made");
        fs::write(root.join("f"), "old").expect("written");
        let roots = roots(way, &root, vec![]);
        let start = Instant::now();
        let ask = |after_secs| {
            let now = start + Duration::from_secs(after_secs);
            let found = roots.resolve(&place(&root.join("f")), now);
            found.map(|path| path.identity().node.inode)
        };
        assert!(ask(0).is_ok());
        fs::rename(&root, base.join("away")).expect("moved");
        assert_eq!(ask(2), Err(Refusal::Outside));
        symlink("away", &root).expect("linked");
        assert_eq!(ask(4), Err(Refusal::Outside), "a link is not the root");
        fs::remove_file(&root).expect("removed");
        fs::create_dir(&root).expect("made");
        fs::write(root.join("f"), "new").expect("written");
        let new = fs::metadata(root.join("f")).expect("there").ino();
        assert_eq!(ask(6), Ok(new));
        fs::remove_dir_all(base.join("away")).expect("removed");
        fs::remove_dir_all(&root).expect("removed");
    }
}

#[test]
fn what_was_swapped_in_after_the_look_does_not_open() {
    let (_kept, base) = tree();
    let file = base.join("f");
    let secret = base.join("secret");
    fs::write(&secret, "canary").expect("written");
    let roots = roots(Way::Kernel, &base, vec![secret.clone()]);
    let swap = |make: &dyn Fn()| {
        fs::write(&file, "x").expect("written");
        let path = roots
            .resolve(&place(&file), Instant::now())
            .expect("a file");
        fs::remove_file(&file).expect("removed");
        make();
        let opened = path.open(Access::Read).map(|_| ());
        let opened_to_write = path.open(Access::Write).map(|_| ());
        assert_eq!(opened, opened_to_write);
        fs::remove_file(&file).expect("removed");
        opened
    };
    assert_eq!(
        swap(&|| symlink("secret", &file).expect("linked")),
        Err(Refusal::Link)
    );
    let hard = swap(&|| fs::hard_link(&secret, &file).expect("linked"));
    assert_eq!(hard, Err(Refusal::Protected));
    let fifo = || {
        assert!(
            Command::new("mkfifo")
                .arg(&file)
                .status()
                .expect("run")
                .success()
        );
    };
    assert_eq!(swap(&fifo), Err(Refusal::NotRegular));
    assert_eq!(swap(&|| fs::write(&file, "y").expect("written")), Ok(()));
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
