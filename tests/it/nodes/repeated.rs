//! What nginx asks a second node by `examples/two-nodes/nginx.conf` when the first one failed: nothing is done twice.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use serde_json::json;

use super::two::nginx;
use crate::proxy::scene::certificate;
use crate::support::{Request, TestApp, Tree};

#[test]
fn a_save_whose_answer_is_lost_is_done_once() {
    let tree = Tree::new();
    certificate(&tree.path);
    let app = TestApp::on(Arc::new(tree));
    let key = app.tree.hand_made("root/a", "doc.md", &json!({}));
    let first = app.get_file(&key).expect(200);
    // In place of the first node somebody who passes the save on, and is gone before its answer.
    let lossy = TcpListener::bind("127.0.0.1:0").expect("a port");
    let place = lossy.local_addr().expect("its address");
    let node = app.address;
    let passing = thread::spawn(move || {
        let (mut from, _) = lossy.accept().expect("nginx");
        let mut words = vec![0; 4096];
        let count = from.read(&mut words).expect("the save");
        let mut to = TcpStream::connect(node).expect("the node");
        to.write_all(&words[..count]).expect("passed on");
        let count = to.read(&mut words).expect("its answer");
        String::from_utf8_lossy(&words[..count]).into_owned()
    });
    let nginx = nginx(&app.tree, [place, node]);
    let save = Request::new("PUT", "/api/file").bearer(&key);
    let save = save.header("If-Match", first.header("etag").expect("one"));
    let told = save.body("once").send(nginx.address);
    let lost = passing.join().expect("the first");
    assert!(lost.starts_with("HTTP/1.1 204 "), "{lost}");
    // Asked again, it changes nothing, and says that the file is another one: the one that was saved.
    assert_eq!(told.status, 412);
    assert_eq!(app.tree.read("root/a/doc.md"), b"once");
}

#[test]
fn nginx_asks_twice_what_may_be_asked_twice_and_nothing_else() {
    let tree = Tree::new();
    certificate(&tree.path);
    let listeners = [1, 2].map(|_| TcpListener::bind("127.0.0.1:0").expect("a port"));
    let addresses = listeners
        .each_ref()
        .map(|listener| listener.local_addr().expect("its address"));
    let (heard, hearing) = mpsc::channel();
    // Two that take a request, and are gone.
    for listener in listeners {
        let heard = heard.clone();
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut buffer = [0; 4096];
                let count = stream.read(&mut buffer).unwrap_or(0);
                let words = String::from_utf8_lossy(&buffer[..count]).into_owned();
                let verb = words.split(' ').next().unwrap_or_default().to_owned();
                if heard.send(verb).is_err() {
                    return;
                }
                let _ = stream.flush();
            }
        });
    }
    let nginx = nginx(&tree, addresses);
    let asked = |request: &Request| {
        // As long as one that failed is passed over.
        thread::sleep(Duration::from_millis(3100));
        request.send(nginx.address).expect(502);
        hearing.try_iter().collect::<Vec<String>>()
    };
    let verb = |verb: &str| Request::new(verb, "/api/file").body("a body");
    assert_eq!(asked(&Request::get("/api/file")), ["GET", "GET"]);
    // A save names the revision that it replaces: asked twice, it is done once.
    assert_eq!(asked(&verb("PUT")), ["PUT", "PUT"]);
    assert_eq!(asked(&verb("POST")), ["POST"]);
    assert_eq!(asked(&Request::new("POST", "/api/file")), ["POST"]);
}
