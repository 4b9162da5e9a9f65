//! What opens at a place, what does not, and what a root is when its path changes.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::process::Command;
use std::time::{Duration, Instant};

use super::*;

/// A directory `root` with one of each kind of file, and what is beside it.
fn one_of_each() -> (TempDir, PathBuf) {
    let (kept, base) = tree();
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
    std::os::unix::net::UnixListener::bind(root.join("socket")).expect("bound");
    (kept, base)
}

#[test]
fn only_regular_files_with_one_name_open() {
    let (_kept, base) = one_of_each();
    let root = base.join("root");
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
    }
}

#[test]
fn links_are_followed_to_regular_files_when_minting() {
    let (_kept, base) = one_of_each();
    let root = base.join("root");
    for way in WAYS {
        let roots = roots(way, &root, vec![]);
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
