//! A prune of a million keys while a server goes on minting: nothing is lost, and all of it comes back.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use crate::support::{TestApp, Tree, hash_text, keyfile};

const KEYS: usize = 1_000_000;

/// A key file of that many keys that have expired.
fn plant(tree: &Tree) {
    let mut text = String::from("{\n\"$editkey\": {\"format\": 1}\n");
    let folder = tree.at("root/a");
    for at in 0..KEYS {
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

/// A command that prints much. Returns what it says of it.
fn run(tree: &Tree, arguments: &[&str]) -> String {
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
    assert!(output.status.success(), "{said}");
    eprintln!("{arguments:?}: {:?}: {said}", start.elapsed());
    said
}

#[test]
fn long_a_million_keys_are_pruned_and_brought_back_while_a_server_mints() {
    let tree = Arc::new(Tree::new());
    plant(&tree);
    let app = TestApp::on(Arc::clone(&tree));
    let jar = app.poweruser();
    let over = AtomicBool::new(false);
    let minted = thread::scope(|scope| {
        let minter = scope.spawn(|| {
            let mut minted = Vec::new();
            while !over.load(Ordering::Relaxed) {
                minted.push(app.mint("root/a", &format!("new-{}.md", minted.len()), &jar));
            }
            minted
        });
        let said = run(&tree, &["prune", "--expired"]);
        assert!(said.contains(&format!("{KEYS} pruned")), "{said}");
        let live = keyfile::live(&tree.keys());
        assert!(live.len() < KEYS / 2, "{}", live.len());
        let said = run(&tree, &["prune", "--undo"]);
        assert!(
            said.contains(&format!("{KEYS} are back, 0 left out")),
            "{said}"
        );
        over.store(true, Ordering::Relaxed);
        minter.join().expect("every mint got its key")
    });
    assert!(minted.len() > 10, "{}", minted.len());
    let live = keyfile::live(&tree.keys());
    assert_eq!(live.len(), KEYS + minted.len());
    assert!(minted.iter().all(|key| live.contains(&keyfile::id(key))));
}
