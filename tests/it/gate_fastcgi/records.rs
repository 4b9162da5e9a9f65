//! Records that no web server sends: each costs its sender the connection, and nobody else anything.

use std::io::Write as _;
use std::time::{Duration, Instant};

use super::authorizer::{app, ask, begin, by_tcp, pair, read, record, request, told, variables};

/// The file that every round asks for afterwards.
const OPEN: &str = "/wiki/open";

#[test]
fn hostile_records_break_only_their_own_connection() {
    let app = app(|_| ());
    let params =
        |content: &[u8]| [begin(1, 2, 1), record(4, 1, content), record(4, 1, &[])].concat();
    let big = vec![b'a'; 60_000];
    for (what, bytes) in [
        ("http", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec()),
        ("zeros", vec![0; 4096]),
        ("ones", vec![0xff; 4096]),
        (
            "version 0",
            [vec![0], begin(1, 2, 1)[1..].to_vec()].concat(),
        ),
        (
            "version 2",
            [vec![2], begin(1, 2, 1)[1..].to_vec()].concat(),
        ),
        ("request 0", begin(0, 2, 1)),
        ("a short begin", record(1, 1, &[0, 2])),
        ("an empty begin", record(1, 1, &[])),
        ("begun twice", [begin(1, 2, 1), begin(1, 2, 1)].concat()),
        ("an answer", record(6, 1, b"Status: 200\r\n\r\n")),
        ("an end", record(3, 1, &[0; 8])),
        ("an unknown kind", record(99, 1, &[])),
        ("a length of 2 GiB", params(&[0xff; 8])),
        ("a name cut off", params(&[5, 0, b'a'])),
        ("a value cut off", params(&[1, 5, b'a', b'b'])),
        ("a length cut off", params(&[0x80, 0])),
        ("values cut off", record(9, 0, &[3])),
        (
            "endless variables",
            [begin(1, 2, 1), record(4, 1, &big).repeat(40)].concat(),
        ),
        (
            "endless small variables",
            [begin(1, 2, 1), record(4, 1, b"\0\0").repeat(2000)].concat(),
        ),
        ("endless management", record(77, 0, &[]).repeat(2000)),
        ("endless bodies", record(5, 1, b"x").repeat(2000)),
    ] {
        let mut line = by_tcp(&app);
        let _ = line.write_all(&bytes);
        let started = Instant::now();
        while let Some((kind, _, _)) = read(&mut line) {
            assert!(matches!(kind, 10 | 11), "{what}: an answer of kind {kind}");
        }
        // At once, not when time is up.
        assert!(started.elapsed() < Duration::from_secs(4), "{what}");
        assert_eq!(ask(&app, OPEN, &[]).status, 200, "after {what}");
    }
    assert!(!app.log().contains("panicked"), "{}", app.log());
}

#[test]
fn other_roles_and_requests_at_once_are_turned_away() {
    let app = app(|_| ());
    for role in [0, 1, 3, 9] {
        let mut line = by_tcp(&app);
        line.write_all(&begin(1, role, 0)).expect("sent");
        assert_eq!(read(&mut line), Some((3, 1, vec![0, 0, 0, 0, 3, 0, 0, 0])));
        assert_eq!(read(&mut line), None);
    }
    let mut line = by_tcp(&app);
    let whole = request(1, &variables(OPEN, &[]));
    line.write_all(&whole[..16]).expect("sent");
    line.write_all(&begin(2, 2, 1)).expect("sent");
    line.write_all(&whole[16..]).expect("sent");
    assert_eq!(read(&mut line), Some((3, 2, vec![0, 0, 0, 0, 1, 0, 0, 0])));
    assert_eq!(told(&mut line, 1).status, 200);
    // One that was given up leaves the connection as it was.
    line.write_all(&[begin(7, 2, 1), record(2, 7, &[])].concat())
        .expect("sent");
    assert_eq!(read(&mut line), Some((3, 7, vec![0; 8])));
    line.write_all(&record(9, 0, &pair("FCGI_MPXS_CONNS", "")))
        .expect("sent");
    let (kind, id, values) = read(&mut line).expect("values");
    assert_eq!(
        (kind, id, &*values),
        (10, 0, &b"\x0f\x01FCGI_MPXS_CONNS0"[..])
    );
    line.write_all(&whole).expect("sent");
    assert_eq!(told(&mut line, 1).status, 200);
}

#[test]
fn many_requests_pass_on_one_connection() {
    let app = app(|_| ());
    let mut line = by_tcp(&app);
    for id in 1..=300 {
        let whole = [request(id, &variables(OPEN, &[])), record(5, id, &[])];
        line.write_all(&whole.concat()).expect("sent");
        assert_eq!(told(&mut line, id).status, 200);
    }
    let at_once: Vec<u8> = (1..=50)
        .flat_map(|id| request(id, &variables(OPEN, &[])))
        .collect();
    line.write_all(&at_once).expect("sent");
    for id in 1..=50 {
        assert_eq!(told(&mut line, id).status, 200);
    }
}

#[test]
fn a_request_that_is_too_large_is_refused_and_answered() {
    let app = app(|_| ());
    let cookie = "a".repeat(30_000);
    let more = [("HTTP_COOKIE", &*cookie)];
    assert_eq!(ask(&app, OPEN, &more).status, 200);
    let mut line = by_tcp(&app);
    let part = pair("HTTP_X", &cookie);
    let large = [
        begin(1, 2, 1),
        record(4, 1, &part).repeat(5),
        record(4, 1, &[]),
    ]
    .concat();
    line.write_all(&large).expect("sent");
    assert_eq!(told(&mut line, 1).status, 403);
    line.write_all(&request(2, &variables(OPEN, &[])))
        .expect("sent");
    assert_eq!(told(&mut line, 2).status, 200);
}

#[test]
fn a_slow_sender_is_left_after_five_seconds() {
    let app = app(|_| ());
    let bytes = request(1, &variables(OPEN, &[]));
    let mut slow: Vec<_> = (0..40).map(|_| by_tcp(&app)).collect();
    let started = Instant::now();
    for line in &mut slow {
        line.write_all(&bytes[..20]).expect("sent");
    }
    assert_eq!(ask(&app, OPEN, &[]).status, 200);
    // A byte now and then does not help.
    let mut last = by_tcp(&app);
    for byte in &bytes {
        if last.write_all(&[*byte]).is_err() || started.elapsed() > Duration::from_secs(7) {
            break;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    slow.push(last);
    for mut line in slow {
        assert_eq!(read(&mut line), None);
    }
    let waited = started.elapsed();
    assert!(
        waited > Duration::from_secs(4) && waited < Duration::from_secs(9),
        "{waited:?}"
    );
    assert_eq!(ask(&app, OPEN, &[]).status, 200);
}
