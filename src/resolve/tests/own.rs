//! editkey's own state: out of reach by every way in.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Instant;

use super::*;

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
fn no_root_lies_within_what_is_our_own() {
    let (_kept, base) = tree();
    let keys = base.join("keys");
    fs::create_dir_all(keys.join("deep/er")).expect("made");
    let ours = vec![keys];
    for way in WAYS {
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
