//! `/api/files` among links and editkey's own state: what could not be opened is in no list and no search.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::files_listed::{ask, listed, of, told};
use crate::support::{TestApp, Tree};

#[test]
fn our_own_files_are_in_no_list_and_no_search() {
    let tree = Arc::new(Tree::with(|settings| {
        let keys = settings["roots"][2]
            .as_str()
            .map(|root| format!("{root}/keys/accesskeys.json"));
        settings["access_key_file"] = json!(keys);
        settings["secret_file"] = json!("../root/b/keys/secret");
    }));
    let folder = tree.path.join("root/b/keys");
    fs::create_dir_all(folder.join("deep")).expect("a folder");
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    fs::set_permissions(&folder, private).expect("its mode");
    let app = TestApp::on(Arc::clone(&tree));
    let power = app.poweruser();
    app.mint("root/b", "b.md", &power);
    symlink("keys", tree.path.join("root/b/alias")).expect("a link");
    symlink("keys/secret", tree.path.join("root/b/link.md")).expect("a link");
    fs::hard_link(folder.join("secret"), tree.path.join("root/b/hard")).expect("a second name");
    tree.write("root/b/.editkey-AAAAAAAAAAAAAAAA.tmp", "a save under way");
    assert_eq!(listed(&app, "root/b", &power), ["b.md"]);
    for folder in ["root/b/keys", "root/b/keys/deep", "root/b/alias"] {
        ask(&app, &of(&app, folder), &power).expect(403);
    }
    for text in [
        "secret",
        "accesskeys",
        "sessions",
        "keys",
        "alias",
        "deep",
        ".tmp",
    ] {
        let found = told(&ask(&app, &format!("?q={text}"), &power).expect(200));
        let beyond = found
            .iter()
            .any(|path| path.starts_with(&tree.at("root/b")));
        assert!(!beyond, "{text}: {found:?}");
    }
}

#[test]
fn swapping_a_directory_for_a_link_while_it_is_listed_tells_nothing_from_outside() {
    let app = TestApp::start();
    let ann = app.editor("ann");
    let at = |name: &str| app.tree.path.join(name);
    fs::create_dir(at("outside/deep")).expect("a folder");
    fs::write(at("outside/deep/treasure.md"), "x").expect("a file");
    symlink(at("outside/deep"), at("root/a/swap")).expect("a link");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let here = fs::File::open(at("root/a")).expect("the folder");
            while !done.load(Ordering::Relaxed) {
                let exchange = rustix::fs::RenameFlags::EXCHANGE;
                rustix::fs::renameat_with(&here, "deep", &here, "swap", exchange)
                    .expect("the exchange");
            }
        });
        let mut answers = BTreeSet::new();
        for round in 0..250 {
            // So that the throttle says nothing.
            let jar = if round % 100 == 0 {
                app.editor(&format!("ann{round}"))
            } else {
                ann.clone()
            };
            let reply = ask(&app, &of(&app, "root/a/deep"), &jar);
            answers.insert(reply.status);
            let found = ask(&app, "?q=treasure", &app.editor(&format!("bob{round}")));
            let told = reply.text().contains("treasure") || found.text().contains("treasure");
            if told || !matches!(reply.status, 200 | 403) || found.status != 200 {
                done.store(true, Ordering::Relaxed);
                panic!("round {round}: {reply:?} {found:?} {}", found.text());
            }
        }
        done.store(true, Ordering::Relaxed);
        assert!(
            answers.contains(&200),
            "nothing was ever listed: {answers:?}"
        );
    });
}
