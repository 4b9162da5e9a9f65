//! Floors and ceilings that only many requests, or a slow one, can show.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::keys_api_changes::own as change;
use crate::support::sign_in::{own, token};
use crate::support::{Request, TestApp, hash_text};

#[test]
fn wrong_keys_are_throttled_without_harming_holders_of_right_ones() {
    let app = TestApp::start();
    let key = app.mint("root/a", "doc.md", &app.poweruser());
    let wrong = |at: u32| Request::get("/api/file").bearer(&format!("{at:024}"));
    let mut statuses = (0..900).map(|at| wrong(at).send(app.address).status);
    assert!(
        statuses.by_ref().take(300).all(|status| status == 403),
        "some are mistakes"
    );
    let told = statuses.find(|status| *status != 403);
    assert_eq!(told, Some(429), "a stranger who goes on is told to wait");
    app.get_file(&key).expect(200);
    let page = Request::get(format!("/?accesskey={key}")).send(app.address);
    assert_eq!(page.status, 200, "from the same network");
}

#[test]
fn a_body_that_comes_too_slowly_is_given_up() {
    let app = TestApp::start();
    let key = app.mint("root/a", "doc.md", &app.poweruser());
    let etag = app
        .get_file(&key)
        .header("etag")
        .expect("a revision")
        .to_owned();
    let mut stream = TcpStream::connect(app.address).expect("a connection");
    stream
        .set_read_timeout(Some(Duration::from_secs(1)))
        .expect("a timeout");
    let head = format!(
        "PUT /api/file HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {key}\r\nIf-Match: {etag}\r\nContent-Length: 30000\r\n\r\n",
        app.address
    );
    stream.write_all(head.as_bytes()).expect("sent");
    let start = Instant::now();
    let mut answer = Vec::new();
    while answer.is_empty() && start.elapsed() < Duration::from_secs(30) {
        // A byte a second, for ever.
        let _ = stream.write_all(b"x");
        let mut piece = [0; 512];
        if let Ok(got) = stream.read(&mut piece) {
            answer.extend_from_slice(&piece[..got]);
        }
    }
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert_eq!(
        app.tree.read("root/a/doc.md"),
        app.get_file(&key).body,
        "nothing was saved"
    );
}

#[test]
fn what_root_makes_belongs_to_the_folders_owner() {
    let app = TestApp::start();
    let keys = app.tree.path.join("state/keys");
    let stranger = 4711;
    for entry in std::fs::read_dir(&keys).expect("the key folder") {
        chown(
            entry.expect("an entry").path(),
            Some(stranger),
            Some(stranger),
        )
        .expect("we are root");
    }
    chown(&keys, Some(stranger), Some(stranger)).expect("we are root");
    std::fs::remove_file(app.tree.keys()).ok();
    app.cli_mint("root/a/doc.md");
    for name in ["accesskeys.json", "accesskeys.json.lock"] {
        let owner = std::fs::metadata(keys.join(name)).expect("made").uid();
        assert_eq!(owner, stranger, "{name}");
    }
}

#[test]
fn who_sets_passphrases_without_end_waits_and_hashes_none_for_what_is_not_theirs() {
    let app = TestApp::with(|settings| settings["limits"] = json!({"new_keys_per_minute": 0}));
    let (ann, bob) = (app.editor("ann"), app.editor("bob"));
    let (key, other) = (
        app.mint("root/a", "doc.md", &ann),
        app.mint("root/a", "doc.md", &bob),
    );
    let form = token(&app.send(&own("GET", "/keys", &ann)).expect(200));
    let sent = |act: &str, key: &str| {
        let body = format!("token={form}&id={}&passphrase=long-enough", hash_text(key));
        app.send(&own("POST", &format!("/keys/{act}"), &ann).body(body))
            .status
    };
    // A hash for each of these would use up what follows.
    for _ in 0..30 {
        assert_eq!((sent("narrow", &other), sent("derive", &other)), (404, 404));
    }
    let until = |set: &dyn Fn() -> u16| (0..60).map(|_| set()).position(|status| status == 429);
    let patched = || {
        let target = format!("/api/keys/{}", hash_text(&key));
        let body = json!({"passphrase": "long enough"});
        app.send(&change("PATCH", &target, &ann).json(&body)).status
    };
    assert_eq!(patched(), 200);
    assert!(until(&patched).is_some_and(|count| count > 5), "no end");
    assert_eq!(sent("narrow", &key), 429);
    assert_eq!(sent("derive", &key), 429);
    // Others go on.
    let target = format!("/api/keys/{}", hash_text(&other));
    let body = json!({"passphrase": "long enough"});
    app.send(&change("PATCH", &target, &bob).json(&body))
        .expect(200);
}
