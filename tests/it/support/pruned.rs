//! A prune of many keys while a server goes on minting: nothing is lost, and all of it comes back. By the number of keys:
//! some in every run, a million in the long ones.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use super::{TestApp, Tree, hash_text, keyfile};

/// A key file of that many keys that have expired.
fn plant(tree: &Tree, keys: usize) {
    let mut text = String::from("{\n\"$editkey\": {\"format\": 1}\n");
    let folder = tree.at("root/a");
    for at in 0..keys {
        let id = hash_text(&format!("{at:024}"));
        let _ = writeln!(
            text,
            ",\"sha256:{id}\": {{\"dirname\":\"{folder}\",\"basename\":\"{at}.md\",\"rights\":\"edit\",\"created\":\"2020-01-01T00:00:00Z\",\"expires\":\"2021-01-01T00:00:00Z\",\"by\":\"host/cms:ann\"}}"
        );
    }
    text.push_str("\n}\n");
    fs::write(tree.keys(), text).expect("written");
    fs::set_permissions(tree.keys(), fs::Permissions::from_mode(0o600)).expect("its mode");
}

/// A command that prints much. Returns whether it succeeded, and what it says of it.
fn run(tree: &Tree, arguments: &[&str]) -> (bool, String) {
    let settings = tree.settings();
    let start = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_editkey"))
        .args(["-c", settings.to_str().expect("UTF-8")])
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output()
        .expect("the program");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    eprintln!("{arguments:?}: {:?}: {said}", start.elapsed());
    (output.status.success(), said)
}

/// The keys that a server minted while `arguments` ran, which said `expected`.
fn minted_beside(app: &TestApp, arguments: &[&str], expected: &str) -> BTreeSet<String> {
    let jar = app.poweruser();
    let over = AtomicBool::new(false);
    let ((good, said), minted) = thread::scope(|scope| {
        let minter = scope.spawn(|| {
            let mut minted = BTreeSet::new();
            while !over.load(Ordering::Relaxed) {
                let name = format!("{}-{}.md", arguments.join(""), minted.len());
                minted.insert(keyfile::id(&app.mint("root/a", &name, &jar)));
            }
            minted
        });
        let said = run(&app.tree, arguments);
        over.store(true, Ordering::Relaxed);
        (said, minter.join().expect("every mint got its key"))
    });
    assert!(good && said.contains(expected), "{said}");
    assert!(minted.len() > 10, "{}", minted.len());
    minted
}

/// Prunes so many keys and brings them back, while each mint by a server gets its key.
pub(crate) fn pruned_while_minting(keys: usize) {
    let tree = Arc::new(Tree::new());
    plant(&tree, keys);
    let planted = keyfile::live(&tree.keys());
    assert_eq!(planted.len(), keys);
    let app = TestApp::on(Arc::clone(&tree));
    let pruned = format!("{keys} pruned");
    let mut minted = minted_beside(&app, &["prune", "--expired"], &pruned);
    assert_eq!(keyfile::live(&tree.keys()), minted);
    let back = format!("{keys} are back, 0 left out");
    minted.extend(minted_beside(&app, &["prune", "--undo"], &back));
    minted.extend(planted);
    assert_eq!(keyfile::live(&tree.keys()), minted);
}
