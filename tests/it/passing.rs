//! What passes: a file that is replaced without rest, a machine that is short of descriptors. Nobody is told then that a link
//! is dead, and nobody's network is held to be guessing.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use serde_json::json;

use crate::merged::{FILE, replaced};
use crate::support::wire::PATIENCE;
use crate::support::{Reply, Request, TestApp, eventually, random_key};

const READS: usize = 2_000;
const SHORT: usize = 60;
/// More than a network may guess wrong within a minute.
const GUESSES: usize = 700;
/// So deep that its directory is opened each time.
const DEEP: &str = "root/a/one/two/three";

#[test]
fn a_file_that_is_replaced_without_rest_opens_each_time() {
    let app = TestApp::start();
    let key = app.mint("root/a", "doc.md", &app.editor("ann"));
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for time in 0_u64.. {
                replaced(&app, time.to_string());
                if stop.load(Ordering::Relaxed) {
                    break;
                }
            }
        });
        let statuses: Vec<u16> = (0..READS).map(|_| app.get_file(&key).status).collect();
        stop.store(true, Ordering::Relaxed);
        let other = statuses.iter().filter(|status| **status != 200);
        assert_eq!(other.collect::<Vec<_>>(), Vec::<&u16>::new());
    });
    assert!(app.tree.read(FILE) != b"# A document\n");
}

#[test]
fn a_server_that_is_short_of_descriptors_says_not_now_and_goes_on_when_it_is_not() {
    let app = TestApp::start();
    let key = app.mint("root/a", "doc.md", &app.editor("ann"));
    fs::create_dir_all(app.tree.path.join(DEEP)).expect("directories");
    app.tree.write(&format!("{DEEP}/doc.md"), "deep\n");
    let deep = app.tree.hand_made(DEEP, "doc.md", &json!({}));
    let pid = Pid::from_raw(i32::try_from(app.id()).expect("a process"));
    // As it inherited it.
    let maximum = getrlimit(Resource::Nofile).maximum;
    let limit = |current| {
        let limit = Rlimit { current, maximum };
        prlimit(pid, Resource::Nofile, limit).expect("another limit");
    };
    let mut line = TcpStream::connect(app.address).expect("a connection");
    for key in [&key, &deep] {
        assert_eq!(asked(&mut line, &app, key).status, 200);
    }
    // Until the connections before this one are closed, theirs come free.
    eventually("it is short", PATIENCE, || {
        limit(Some(free_descriptor(app.id())));
        replaced(&app, "another\n");
        asked(&mut line, &app, &key).status == 503
    });
    for _ in 0..SHORT {
        // Whatever was remembered is not of this one.
        replaced(&app, "another\n");
        let reply = asked(&mut line, &app, &key);
        assert_eq!(reply.status, 503, "{}", reply.text());
        assert_eq!(reply.header("retry-after"), Some("1"));
    }
    for _ in 0..GUESSES {
        assert_eq!(asked(&mut line, &app, &deep).status, 503);
    }
    limit(maximum);
    let reply = asked(&mut line, &app, &key).expect(200);
    assert_eq!(reply.body, b"another\n");
    assert_eq!(asked(&mut line, &app, &deep).expect(200).body, b"deep\n");
    let wrong = asked(&mut line, &app, &random_key());
    assert_eq!(wrong.status, 403, "none of it was a guess");
}

/// The answer to one request more on a connection that is held.
fn asked(line: &mut TcpStream, app: &TestApp, key: &str) -> Reply {
    let bytes = Request::get("/api/file").bearer(key).bytes(app.address);
    let text = String::from_utf8(bytes).expect("ASCII");
    let held = text.replace("Connection: close\r\n", "");
    line.write_all(held.as_bytes()).expect("a request");
    line.set_read_timeout(Some(PATIENCE)).expect("patience");
    let mut heard = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = line.read(&mut buffer).expect("an answer");
        assert!(count > 0, "the connection ended");
        heard.extend_from_slice(&buffer[..count]);
        if let Some(reply) = Reply::parse(&heard, false, false) {
            return reply;
        }
    }
}

/// The lowest that the process has not open.
fn free_descriptor(id: u32) -> u64 {
    let open = |number: &u64| fs::symlink_metadata(format!("/proc/{id}/fd/{number}")).is_ok();
    (0..1 << 20)
        .find(|number| !open(number))
        .expect("a free one")
}
