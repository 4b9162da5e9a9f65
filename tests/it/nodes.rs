//! Several servers, one after the other and side by side: nobody is refused while one gives way to the next, and two that
//! save the same file lose nothing.

mod held;
mod load;

use std::net::TcpStream;
use std::sync::atomic::Ordering;

use serde_json::json;

use crate::support::Request;
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
