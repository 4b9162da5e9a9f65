//! Crashes and crowds, by the number of rounds: a few in every run, many in the long ones.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::thread;

use super::{TestApp, Tree, keyfile};

/// Mints in several threads, kills the server in the middle, starts it again; `rounds` times. Every key whose redirect
/// was answered still opens, and the file parses whenever nobody writes it.
pub(crate) fn killed_while_minting(rounds: usize) {
    let tree = Arc::new(Tree::new());
    let mut app = TestApp::on(Arc::clone(&tree));
    let jar = app.poweruser();
    let answered: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());
    for round in 0..rounds {
        let before = answered.lock().expect("the list").len();
        let address = app.address;
        thread::scope(|scope| {
            for thread in 0..4 {
                let (app, jar, answered) = (&app, &jar, &answered);
                let target = move |count| {
                    app.redirect_target("root/a", &format!("new-{round}-{thread}-{count}.md"), &[])
                };
                scope.spawn(move || {
                    for count in 0..20_000 {
                        let request = super::Request::get(target(count)).jar(jar);
                        let Some(key) = request.try_send(address).and_then(|reply| reply.key())
                        else {
                            return;
                        };
                        let name = format!("new-{round}-{thread}-{count}.md");
                        answered.lock().expect("the list").push((name, key));
                    }
                });
            }
            // Killed after a number of answers that differs from round to round.
            super::eventually("some mints", super::wire::PATIENCE, || {
                answered.lock().expect("the list").len() >= before + 1 + round * 7 % 40
            });
            kill_by_id(app.id());
        });
        app = app.restart();
        let all = answered.lock().expect("the list");
        let unseen = all.iter().skip(before);
        for (name, key) in unseen {
            let reply = app.get_file(key);
            assert_eq!(reply.status, 404, "round {round}: {name}: {reply:?}");
        }
        let live = keyfile::live(&tree.keys());
        for (name, key) in all.iter() {
            assert!(
                live.contains(&keyfile::id(key)),
                "round {round}: {name} is lost"
            );
        }
    }
}

/// Two servers and a command line mint on one key file at the same time; nothing is lost, and two simultaneous asks
/// for the same file give one key.
pub(crate) fn crowded(each: usize) {
    let tree = Arc::new(Tree::new());
    let apps = [
        TestApp::on(Arc::clone(&tree)),
        TestApp::on(Arc::clone(&tree)),
    ];
    let jars = [apps[0].poweruser(), apps[1].poweruser()];
    let keys: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let same: Mutex<BTreeSet<(usize, String)>> = Mutex::new(BTreeSet::new());
    thread::scope(|scope| {
        for (at, (app, jar)) in apps.iter().zip(&jars).enumerate() {
            for thread in 0..2 {
                let (keys, same) = (&keys, &same);
                scope.spawn(move || {
                    for count in 0..each {
                        let own = app.mint("root/a", &format!("{at}-{thread}-{count}.md"), jar);
                        keys.lock().expect("the list").push(own);
                        let shared = app.mint("root/b", &format!("same-{count}.md"), jar);
                        same.lock().expect("the set").insert((count, shared));
                    }
                });
            }
        }
        scope.spawn(|| {
            for count in 0..each.min(20) {
                tree.write(&format!("root/a/cli-{count}.md"), "");
                let key = apps[0].cli_mint(&format!("root/a/cli-{count}.md"));
                keys.lock().expect("the list").push(key);
            }
        });
    });
    let same = same.into_inner().expect("the set");
    assert_eq!(
        same.len(),
        each,
        "one file, one visitor, several keys: {same:?}"
    );
    let live = keyfile::live(&tree.keys());
    let shared = same.into_iter().map(|(_, key)| key);
    for key in keys
        .into_inner()
        .expect("the list")
        .into_iter()
        .chain(shared)
    {
        assert!(live.contains(&keyfile::id(&key)), "a key is lost");
        for app in &apps {
            let status = app.get_file(&key).status;
            assert!(matches!(status, 200 | 404), "{status}");
        }
    }
}

fn kill_by_id(id: u32) {
    let id = i32::try_from(id)
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    rustix::process::kill_process(id.expect("its id"), rustix::process::Signal::KILL)
        .expect("the kill");
}
