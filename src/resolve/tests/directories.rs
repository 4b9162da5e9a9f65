//! Directories that keys are made of: by both ways of reaching them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Instant;

use super::*;

/// Where minting finds a directory, of somebody who was granted these.
fn found(roots: &Roots, grants: &[Dirname], asked: &Path) -> Result<String, Refusal> {
    let place = roots.locate_directory_below(grants, &dirname(asked), Instant::now())?;
    Ok(place.to_string())
}

fn there(roots: &Roots, path: &Path) -> Result<String, Refusal> {
    let directory = roots.resolve_directory(&place(path), Instant::now())?;
    Ok(directory.dirname().to_string())
}

/// A root with somebody's directory in it, and links from there to everywhere.
fn linked() -> (TempDir, PathBuf, PathBuf) {
    let (kept, base) = tree();
    let root = base.join("root");
    for dir in ["mine/sub/deep", "mine-too", "other"] {
        fs::create_dir_all(root.join(dir)).expect("made");
    }
    fs::create_dir(base.join("outside")).expect("made");
    fs::write(root.join("mine/f"), "f").expect("written");
    for (link, to) in [
        ("mine/inner", "sub"),
        ("mine/theirs", "../other"),
        ("mine/prefix", "../mine-too"),
        ("mine/out", "../../outside"),
        ("mine/up", ".."),
        ("mine/dead", "nowhere"),
        ("mine/magic", "/proc/self/root"),
        ("mine/round", "../other/back"),
        ("other/back", "../mine/sub"),
        ("alias", "mine"),
    ] {
        symlink(to, root.join(link)).expect("linked");
    }
    (kept, base, root)
}

#[test]
fn a_directory_is_found_within_the_grants_alone() {
    let (_kept, base, root) = linked();
    for way in WAYS {
        let roots = roots(way, &root, vec![]);
        let grants = [dirname(&root.join("mine"))];
        let at = |path: &str| Ok(root.join(path).to_str().expect("UTF-8").to_owned());
        let ask = |path: &str| found(&roots, &grants, &root.join(path));
        for (asked, place) in [
            ("mine", "mine"),
            ("mine/sub", "mine/sub"),
            ("mine/sub/deep", "mine/sub/deep"),
            ("mine/inner", "mine/sub"),
            ("mine/inner/deep", "mine/sub/deep"),
            ("alias", "mine"),
            ("alias/inner", "mine/sub"),
        ] {
            assert_eq!(ask(asked), at(place), "{asked}");
        }
        for asked in [
            "other",
            "mine-too",
            "mine/theirs",
            "mine/prefix",
            "mine/out",
            "mine/up",
            "mine/dead",
            "mine/not-there",
            "mine/f",
            "mine/f/g",
            "mine/magic",
            "mine/magic/etc",
            "mine/round",
            "",
            "..",
        ] {
            let asked = path_clean::clean(root.join(asked));
            assert!(found(&roots, &grants, &asked).is_err(), "{asked:?}");
        }
        // Everything below the roots, the root itself among it.
        let all = |path: &str| {
            let asked = dirname(&root.join(path));
            let place = roots.locate_directory(&asked, Instant::now());
            place.map(|place| place.to_string())
        };
        let itself = root.to_str().expect("UTF-8").to_owned();
        assert_eq!(found(&roots, roots.paths(), &root), Ok(itself), "the root");
        assert_eq!(all("mine/theirs"), at("other"));
        assert!(all("mine/out").is_err());
        assert!(found(&roots, &[dirname(Path::new("/"))], &base).is_err());
        assert!(found(&roots, &[dirname(Path::new("/"))], Path::new("/")).is_err());
    }
}

#[test]
fn a_directory_is_opened_at_its_place_through_no_link() {
    let (_kept, base) = tree();
    let root = base.join("root");
    fs::create_dir_all(root.join("album/deep")).expect("made");
    fs::create_dir(base.join("outside")).expect("made");
    fs::write(root.join("f"), "f").expect("written");
    symlink("album", root.join("link")).expect("linked");
    for way in WAYS {
        let roots = roots(way, &root, vec![]);
        for path in ["album", "album/deep"] {
            let path = root.join(path);
            assert_eq!(
                there(&roots, &path),
                Ok(path.to_str().expect("UTF-8").to_owned())
            );
        }
        assert!(there(&roots, &root).is_ok(), "a root itself");
        assert_eq!(there(&roots, &root.join("link")), Err(Refusal::Link));
        assert_eq!(there(&roots, &root.join("link/deep")), Err(Refusal::Link));
        for path in ["f", "gone", "album/gone", "../outside"] {
            let path = path_clean::clean(root.join(path));
            assert_eq!(there(&roots, &path), Err(Refusal::Outside), "{path:?}");
        }
        // A link that crept in.
        fs::rename(root.join("album"), root.join("moved")).expect("moved");
        symlink("../outside", root.join("album")).expect("linked");
        assert_eq!(there(&roots, &root.join("album")), Err(Refusal::Link));
        assert_eq!(there(&roots, &root.join("album/deep")), Err(Refusal::Link));
        fs::remove_file(root.join("album")).expect("removed");
        assert_eq!(there(&roots, &root.join("album")), Err(Refusal::Outside));
        fs::rename(root.join("moved"), root.join("album")).expect("moved");
    }
}

#[test]
fn no_directory_of_our_own_is_ever_one() {
    let (_kept, base) = tree();
    let keys = base.join("site/keys");
    fs::create_dir_all(keys.join("deep/er")).expect("made");
    symlink("keys", base.join("site/alias")).expect("linked");
    for way in WAYS {
        let roots = roots(way, &base, vec![keys.clone()]);
        for path in ["site/keys", "site/keys/deep", "site/keys/deep/er"] {
            let path = base.join(path);
            let minted = found(&roots, roots.paths(), &path);
            assert_eq!(minted, Err(Refusal::Protected), "{path:?}");
            assert_eq!(there(&roots, &path), Err(Refusal::Protected), "{path:?}");
        }
        for path in ["site/alias", "site/alias/deep"] {
            let minted = found(&roots, roots.paths(), &base.join(path));
            assert_eq!(minted, Err(Refusal::Protected), "{path}");
        }
        // Moved away from under its spelling it is still known.
        fs::rename(&keys, base.join("moved")).expect("moved");
        for path in ["moved", "moved/deep", "moved/deep/er"] {
            let minted = found(&roots, roots.paths(), &base.join(path));
            assert_eq!(minted, Err(Refusal::Protected), "{path}");
        }
        fs::rename(base.join("moved"), &keys).expect("moved");
        // One that holds it may be a key's: each file in it is looked at by itself.
        assert!(found(&roots, roots.paths(), &base.join("site")).is_ok());
        assert!(resolved(&roots, &keys.join("new")).is_err());
    }
}
