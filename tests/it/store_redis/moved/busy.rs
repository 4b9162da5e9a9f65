//! Moves beside a server that mints, saves and revokes.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use super::{command, entries, folder, migrate, moved};
use crate::store_redis::{KEEPS, at, tree};
use crate::support::redis::Redis;
use crate::support::{TestApp, keyfile, random_key};

/// Mints, saves and revokes at `app` until told, and says what lives and what does not.
fn busy(app: &TestApp, done: &AtomicBool, lives: &Mutex<Vec<String>>, dead: &Mutex<Vec<String>>) {
    let jar = app.editor("ann");
    let mut number = 0;
    while !done.load(Ordering::Relaxed) || number < 12 {
        let name = format!("{}.md", random_key());
        app.tree.write(&format!("root/a/{name}"), "text\n");
        let key = app.mint("root/a", &name, &jar);
        let etag = app.get_file(&key).expect(200);
        let etag = etag.header("etag").expect("one").to_owned();
        app.save(&key, &etag, number.to_string().as_bytes())
            .expect(204);
        if number % 3 == 0 {
            // An older one, which was carried along perhaps.
            let mut lives = lives.lock().expect("a list");
            let old = lives.len() / 2;
            let old = if lives.is_empty() {
                key.clone()
            } else {
                lives.swap_remove(old)
            };
            let output = app.cli(&["keys", "revoke", "-"], &format!("{old}\n"));
            assert!(output.status.success(), "{output:?}");
            dead.lock().expect("a list").push(old.clone());
            if old != key {
                lives.push(key);
            }
        } else {
            lives.lock().expect("a list").push(key);
        }
        number += 1;
    }
}

/// Moves again and again beside a server that is busy, and once more after that.
fn moved_while_busy(app: &TestApp, from: &str, to: &str) -> (Vec<String>, Vec<String>) {
    let (lives, dead, done) = (Mutex::default(), Mutex::default(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let serving = scope.spawn(|| busy(app, &done, &lives, &dead));
        for _ in 0..4 {
            let output = migrate(&app.tree, from, to);
            assert!(output.stderr.is_empty(), "{output:?}");
        }
        done.store(true, Ordering::Relaxed);
        serving.join().expect("served");
    });
    moved(&app.tree, from, to);
    (
        lives.into_inner().expect("a list"),
        dead.into_inner().expect("a list"),
    )
}

#[test]
fn nothing_is_lost_and_nothing_revoked_comes_along_while_a_server_works() {
    let redis = Redis::with(KEEPS);
    let tree = tree(&redis, |settings| settings["store"] = json!("json"));
    let app = TestApp::on(tree.clone());
    app.cli_mint("root/a/doc.md");
    let there = at(&redis);
    let (lives, dead) = moved_while_busy(&app, "json", &there);
    drop(app);
    tree.set("store", &json!(there));
    let next = TestApp::on(tree.clone());
    let opens = |app: &TestApp, lives: &[String], dead: &[String]| {
        for key in lives {
            app.get_file(key).expect(200);
        }
        for key in dead {
            app.get_file(key).expect(403);
        }
        println!("{} live, {} revoked", lives.len(), dead.len());
    };
    assert!(lives.len() > 5 && dead.len() > 3);
    opens(&next, &lives, &dead);

    // And home again, from a server that works.
    let (_, home) = folder(&tree, "home");
    let (more, gone) = moved_while_busy(&next, "settings", &home);
    drop(next);
    tree.set("store", &json!("json"));
    let file = home.strip_prefix("json:").expect("a file");
    tree.set("access_key_file", &json!(file));
    let back = TestApp::on(tree);
    opens(&back, &lives, &dead);
    opens(&back, &more, &gone);
}

#[test]
fn what_was_revoked_after_a_move_is_not_brought_back_by_another_the_wrong_way() {
    let redis = Redis::start();
    let tree = tree(&redis, |settings| settings["store"] = json!("json"));
    let app = TestApp::on(tree.clone());
    let (key, other) = (app.cli_mint("root/a/doc.md"), app.cli_mint("root/b/b.md"));
    drop(app);
    let there = at(&redis);
    moved(&tree, "json", &there);
    tree.set("store", &json!(there));
    let next = TestApp::on(tree.clone());
    let output = next.cli(&["keys", "revoke", "-"], &format!("{key}\n"));
    assert!(output.status.success(), "{output:?}");
    for more in [&[][..], &["--replace"]] {
        let output = command(&tree, &["--from", "json", "--to", "settings"])
            .args(more)
            .output()
            .expect("the program");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && said.contains("was revoked"),
            "{said}"
        );
        next.get_file(&key).expect(403);
        next.get_file(&other).expect(200);
    }
    // The right way it goes.
    moved(&tree, "settings", "json");
    assert!(!entries(&tree.keys()).contains_key(&keyfile::id(&key)));
}
