//! Minting among links, odd files and editkey's own state: what is minted is the canonical place of a plain file
//! within the grant; redeeming follows no link at all.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::support::{TestApp, Tree, keyfile};

#[test]
fn a_link_that_stays_is_minted_under_its_targets_name() {
    let app = TestApp::start();
    let jar = app.editor("ann");
    let key = app.mint("root/a", "inner", &jar);
    assert_eq!(
        keyfile::record(&app.tree.keys(), &key)["basename"],
        "doc.md"
    );
    assert_eq!(key, app.mint("root/a", "doc.md", &jar));
}

#[test]
fn what_leaves_the_grant_or_is_no_plain_file_is_refused() {
    let app = TestApp::start();
    for jar in [app.editor("ann"), app.poweruser()] {
        for basename in [
            "out", "outdir", "dangling", "loop", "magic", "fifo", "socket", "sub", "hard.md",
        ] {
            app.redirect("root/a", basename, &[], &jar).expect(403);
        }
        app.redirect("root/a/outdir", "canary.txt", &[], &jar)
            .expect(403);
        app.redirect("root/a/magic/etc", "passwd", &[], &jar)
            .expect(403);
    }
    // Within the roots, but not within what ann was granted.
    app.redirect("root/a", "tob", &[], &app.editor("ann"))
        .expect(403);
    app.redirect("root/a", "tob", &[], &app.poweruser())
        .expect(302);
}

#[test]
fn a_link_that_came_later_is_refused() {
    let app = TestApp::start();
    let jar = app.editor("ann");
    let file = app.mint("root/a", "doc.md", &jar);
    let below = app.mint("root/a/deep", "x.md", &jar);
    let new = app.mint("root/a", "new.md", &jar);
    let etag = app
        .get_file(&file)
        .expect(200)
        .header("etag")
        .map(str::to_owned);
    let at = |name: &str| app.tree.path.join(name);
    fs::remove_file(at("root/a/doc.md")).expect("the removal");
    symlink(at("outside/canary.txt"), at("root/a/doc.md")).expect("the link");
    fs::rename(at("root/a/deep"), at("root/a/elsewhere")).expect("the move");
    fs::create_dir(at("outside/deep")).expect("a folder");
    fs::copy(at("outside/canary.txt"), at("outside/deep/x.md")).expect("a copy");
    symlink(at("outside/deep"), at("root/a/deep")).expect("the link");
    symlink(at("outside/not-yet.md"), at("root/a/new.md")).expect("the link");
    app.get_file(&file).expect(403);
    app.open(&file).expect(403);
    app.save(&file, &etag.expect("an entity tag"), b"x")
        .expect(403);
    app.get_file(&below).expect(403);
    app.save(&below, "*", b"x").expect(403);
    app.create(&new, b"x").expect(403);
    assert!(!at("outside/not-yet.md").exists());
    assert_eq!(
        app.tree.read("outside/canary.txt"),
        app.tree.canary.as_bytes()
    );
}

#[test]
fn our_own_files_are_never_minted() {
    let tree = Arc::new(Tree::with(|settings| {
        let keys = settings["roots"][2]
            .as_str()
            .map(|root| format!("{root}/keys/accesskeys.json"));
        settings["access_key_file"] = json!(keys);
        settings["secret_file"] = json!("../root/b/keys/secret");
    }));
    let folder = tree.path.join("root/b/keys");
    fs::create_dir(&folder).expect("a folder");
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    fs::set_permissions(&folder, private).expect("its mode");
    let app = TestApp::on(Arc::clone(&tree));
    let jar = app.poweruser();
    app.mint("root/b", "b.md", &jar);
    symlink("keys/secret", tree.path.join("root/b/link.md")).expect("a link");
    fs::hard_link(folder.join("secret"), tree.path.join("root/b/hard")).expect("a second name");
    fs::hard_link(tree.settings(), tree.path.join("root/b/settings.md")).expect("a second name");
    for (folder, basename) in [
        ("root/b/keys", "accesskeys.json"),
        ("root/b/keys", "secret"),
        ("root/b/keys", "sessions.json"),
        ("root/b/keys", "new.md"),
        ("root/b", "link.md"),
        ("root/b", "hard"),
        ("root/b", "settings.md"),
    ] {
        app.redirect(folder, basename, &[], &jar).expect(403);
    }
}

#[test]
fn swapping_links_beside_resolves_and_saves_gives_nothing() {
    let app = TestApp::start();
    let jar = app.editor("ann");
    let key = app.mint("root/a/deep", "x.md", &jar);
    let (at, done) = (
        |name: &str| app.tree.path.join(name),
        AtomicBool::new(false),
    );
    fs::create_dir(at("outside/deep")).expect("a folder");
    fs::copy(at("outside/canary.txt"), at("outside/deep/x.md")).expect("a copy");
    symlink(at("outside/deep"), at("root/a/swap")).expect("a link");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // The directory and a link to one outside change places, as fast as the kernel can.
            let here = fs::File::open(at("root/a")).expect("the folder");
            while !done.load(Ordering::Relaxed) {
                let exchange = rustix::fs::RenameFlags::EXCHANGE;
                rustix::fs::renameat_with(&here, "deep", &here, "swap", exchange)
                    .expect("the exchange");
            }
        });
        let rounds = if std::env::var_os("LONG_TESTS").is_some() {
            10_000
        } else {
            1_000
        };
        for round in 0..rounds {
            let reply = app.get_file(&key);
            let disclosed = reply.text().contains(&app.tree.canary);
            let etag = reply.header("etag").unwrap_or("\"none\"").to_owned();
            let saved = app.save(&key, &etag, format!("round {round}").as_bytes());
            if disclosed || reply.status >= 500 || saved.status >= 500 {
                done.store(true, Ordering::Relaxed);
                panic!("round {round}: {reply:?} {saved:?}");
            }
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(
        fs::read(at("outside/deep/x.md")).expect("the file"),
        app.tree.canary.as_bytes()
    );
}
