//! A full disk and a read-only one, for real: what is on the disk is served, what cannot be put there is not handed out.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use crate::support::mount::Mount;
use crate::support::{TestApp, Tree, eventually, keyfile};

#[test]
fn a_full_disk_stops_minting_and_nothing_else() {
    let tree = Arc::new(Tree::new());
    let small = Mount::small(&tree.path.join("state/keys"), 256);
    let app = TestApp::on(Arc::clone(&tree));
    let jar = app.poweruser();
    let key = app.mint("root/a", "doc.md", &jar);
    let fill = || {
        let mut filler = fs::File::create(tree.path.join("state/keys/filler")).expect("a file");
        while std::io::Write::write_all(&mut filler, &[0; 512]).is_ok() {}
    };
    fill();
    let mut acknowledged = vec![key];
    // Room that was kept ready may take some more; every one of them counts.
    let refused = (0..3_000).find_map(|count| {
        let reply = app.redirect("root/a", &format!("{count}.md"), &[], &jar);
        acknowledged.extend(reply.key());
        (reply.status != 302).then_some(reply.status)
    });
    assert!(matches!(refused, Some(507 | 503)), "{refused:?}");
    app.get_file(&acknowledged[0]).expect(200);
    assert_eq!(app.ready(), 200);
    fs::remove_file(tree.path.join("state/keys/filler")).expect("the removal");
    eventually("minting goes on", Duration::from_secs(5), || {
        app.redirect("root/a", "after.md", &[], &jar).status == 302
    });
    let app = app.restart();
    let live = keyfile::live(&tree.keys());
    assert!(
        acknowledged
            .iter()
            .all(|key| live.contains(&keyfile::id(key))),
        "a key is lost"
    );
    app.get_file(&acknowledged[0]).expect(200);
    drop((app, small));
}

#[test]
fn a_read_only_folder_resolves_and_does_not_mint() {
    let tree = Arc::new(Tree::new());
    let small = Mount::small(&tree.path.join("state/keys"), 4_096);
    let mut app = TestApp::on(Arc::clone(&tree));
    let jar = app.poweruser();
    let key = app.mint("root/a", "doc.md", &jar);
    app.kill();
    small.read_only();
    let app = app.restart();
    app.get_file(&key).expect(200);
    app.open(&key).expect(200);
    assert_eq!(app.ready(), 200);
    let status = app.redirect("root/a", "new.md", &[], &jar).status;
    assert!(matches!(status, 507 | 503), "{status}");
    let etag = app
        .get_file(&key)
        .header("etag")
        .map(str::to_owned)
        .expect("an entity tag");
    app.save(&key, &etag, b"saving is another disk\n")
        .expect(204);
    small.writable();
    eventually("minting goes on", Duration::from_secs(5), || {
        app.redirect("root/a", "new.md", &[], &jar).status == 302
    });
}
