//! Several servers, one after the other and side by side: nobody is refused while one gives way to the next, and two that
//! save the same file lose nothing.

mod behind_nginx;
mod held;
mod load;
mod repeated;
mod systemd;
mod two;
mod volumes;

use std::net::TcpStream;
use std::sync::atomic::Ordering;

use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::json;

use crate::support::{Request, TestApp, Tree};
use held::Held;
use load::{Client, Way};

/// Clients of both kinds of request and of connection, by each of the ways.
fn clients(held: &Held, ways: &[Way]) -> Vec<Client> {
    let mut clients = Vec::new();
    for (at, way) in ways.iter().enumerate() {
        for (saves, keeps) in [(false, false), (true, false), (false, true), (true, true)] {
            let name = format!("load-{at}-{saves}-{keeps}.md");
            held.tree.write(&format!("root/a/{name}"), "first\n");
            clients.push(Client {
                way: way.clone(),
                base: "/",
                key: held.tree.hand_made("root/a", &name, &json!({})),
                saves,
                keeps,
            });
        }
    }
    clients
}

#[test]
fn ten_restarts_on_sockets_that_systemd_holds_refuse_nobody() {
    let held = Held::new(|_| ());
    let ways = [Way::Tcp(held.address), Way::Unix(held.socket.clone())];
    let clients = clients(&held, &ways);
    let mut node = held.start();
    let seen = load::under(&clients, |seen| {
        for _ in 0..10 {
            node.told_to_end();
            assert_eq!(held.heard(), "STOPPING=1");
            assert!(node.ended().success(), "{}", held.said());
            assert!(held.socket.exists(), "the socket file is not the server's");
            node = held.start();
            seen.more(40);
        }
    });
    // Each of the four that keep theirs was told each time, but for one that asked nothing just then.
    let announced = seen.announced.load(Ordering::Relaxed);
    let idle = seen.ended_idle.load(Ordering::Relaxed);
    assert!(announced + idle >= 40, "{announced} {idle}");
    assert!(announced >= 30, "{announced} {idle}");
}

#[test]
fn a_node_that_ends_says_so_and_serves_on_for_a_while() {
    let held = Held::new(|settings| settings["limits"]["drain"] = json!("3s"));
    let key = held.tree.hand_made("root/a", "doc.md", &json!({}));
    let mut node = held.start();
    let ask = |target: &str| Request::get(target).bearer(&key).send(held.address);
    ask("/readyz").expect(200);
    let idle = TcpStream::connect(held.address).expect("a connection");
    node.told_to_end();
    assert_eq!(held.heard(), "STOPPING=1");
    let ready = ask("/readyz").expect(503);
    assert_eq!(ready.text(), "draining\n");
    assert_eq!(ready.header("connection"), Some("close"));
    ask("/healthz").expect(200);
    let file = ask("/api/file").expect(200);
    assert_eq!(file.header("connection"), Some("close"));
    // Told once more, it waits no longer.
    node.told_to_end();
    assert!(node.ended().success());
    drop(idle);
}

#[test]
fn of_two_servers_that_save_one_file_one_wins_each_revision() {
    const ROUNDS: usize = 60;
    let tree = Arc::new(Tree::new());
    let apps = [
        TestApp::on(Arc::clone(&tree)),
        TestApp::on(Arc::clone(&tree)),
    ];
    tree.write("root/a/doc.md", "0");
    let key = tree.hand_made("root/a", "doc.md", &json!({}));
    // Which revision each save that was taken replaced, and which it made.
    let taken: Mutex<Vec<(String, String, String)>> = Mutex::new(Vec::new());
    let first = apps[0].get_file(&key).expect(200);
    let first = first.header("etag").expect("one").to_owned();
    thread::scope(|scope| {
        for (at, app) in apps.iter().chain(&apps).enumerate() {
            let (key, taken) = (&key, &taken);
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    let seen = app.get_file(key).expect(200);
                    let seen = seen.header("etag").expect("one").to_owned();
                    let text = format!("{at} in round {round}");
                    let reply = app.save(key, &seen, text.as_bytes());
                    assert!(matches!(reply.status, 204 | 412), "{reply:?}");
                    if reply.status == 204 {
                        let made = reply.header("etag").expect("one").to_owned();
                        taken.lock().expect("the list").push((seen, made, text));
                    }
                }
            });
        }
    });
    // One chain from the first revision to what the file is now: no save was lost, none replaced what it had not seen.
    let taken = taken.into_inner().expect("the list");
    let (mut at, mut length, mut text) = (first, 0, "0".to_owned());
    while let Some((_, made, said)) = taken.iter().find(|(seen, ..)| *seen == at) {
        let winners = taken.iter().filter(|(seen, ..)| *seen == at).count();
        assert_eq!(winners, 1, "{winners} saves replaced one revision");
        (at, text) = (made.clone(), said.clone());
        length += 1;
    }
    assert_eq!(length, taken.len(), "saves beside the chain");
    assert!(length > ROUNDS, "too few saves to show anything: {length}");
    assert_eq!(tree.read("root/a/doc.md"), text.as_bytes());
}
