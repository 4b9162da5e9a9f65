//! Keys and files on a file system that is not the machine's own: FUSE stands for all of them, with its real number.

use std::fs::File;
use std::os::fd::AsFd as _;
use std::sync::Arc;

use rustix::fs::{FlockOperation, flock};
use serde_json::json;

use crate::support::mount::Mount;
use crate::support::{TestApp, Tree, server};

#[test]
fn whoever_keeps_keys_on_a_file_system_of_others_is_told_what_a_lock_does_there() {
    let tree = Arc::new(Tree::new());
    let _keys = Mount::by_fuse(&tree.path.join("state/keys"));
    let _files = Mount::by_fuse(&tree.path.join("root/b"));
    let app = TestApp::on(Arc::clone(&tree));
    let log = app.log();
    let keys = tree.at("state/keys");
    let warning = format!(
        "warning: the key file is in {keys}, on FUSE, where a lock may bind this machine alone"
    );
    assert!(log.contains(&warning), "{log}");
    let note = format!("the root {} lies on FUSE", tree.at("root/b"));
    assert!(log.contains(&note), "{log}");
    assert!(
        !log.contains(&format!("the root {} lies", tree.at("root/a"))),
        "{log}"
    );
    // It serves all the same, and saves.
    let key = tree.hand_made("root/b", "b.md", &json!({}));
    let seen = app.get_file(&key).expect(200);
    app.save(&key, seen.header("etag").expect("one"), b"saved")
        .expect(204);
}

#[test]
fn on_a_disk_of_its_own_nothing_is_said() {
    let app = TestApp::start();
    assert!(!app.log().contains("docs/deploy.md"), "{}", app.log());
}

#[test]
fn a_second_machine_does_not_serve_the_same_key_folder() {
    let tree = Arc::new(Tree::new());
    let keys = Mount::by_fuse(&tree.path.join("state/keys"));
    let sign = json!({
        "url": "http://10.0.0.12:8181/", "local_access": false, "follows_open": false, "roots": [],
        "machine": "another-machine",
    });
    tree.write("state/keys/server-8181.json", sign.to_string());
    let sign = File::open(tree.path.join("state/keys/server-8181.json")).expect("the sign");
    flock(sign.as_fd(), FlockOperation::LockExclusive).expect("its lock");
    let check = || server::cli(&tree, &["serve", "--check"], "");
    let refused = check();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success(), "{said}");
    for word in ["another-machine", "http://10.0.0.12:8181/", "Redis"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    // Once that one has ended, this one serves.
    drop(sign);
    let served = check();
    assert!(served.status.success(), "{served:?}");
    drop(keys);
}
