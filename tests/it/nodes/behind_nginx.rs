//! What holds of two nodes behind nginx that share nothing but Redis, the secret and the files.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::load;
use super::two::{NAME, Sockets, Two, entered};
use crate::support::{Jar, Reply, Request, eventually};

#[test]
fn what_one_node_does_holds_at_the_other_and_one_alone_goes_on() {
    let mut two = Two::start(Sockets::TheirOwn);
    let [one, other] = two.nodes.each_ref().map(|place| place.address);
    // The nodes share nothing but Redis, the secret and the files, and find nothing to warn of.
    for place in &two.nodes {
        assert!(!place.folder.join("state/accesskeys.json").exists());
        let said = fs::read_to_string(place.folder.join("said")).expect("its log");
        assert!(!said.contains("warning"), "{said}");
    }
    // A host grants at one node; the browser enters, and gets its key, at the other and at the one.
    let jar = entered(&two.granted("ann", one), other);
    let key = two.wish("doc.md", &jar).send(one).expect(302).key();
    let key = key.expect("a key");
    let file = Request::get("/api/file").bearer(&key);
    let opened = file.send(other).expect(200);
    // Saved at one, and so seen at the other.
    let saved = Request::new("PUT", "/api/file").bearer(&key);
    let saved = saved.header("If-Match", opened.header("etag").expect("one"));
    saved.clone().body("by one").send(one).expect(204);
    assert_eq!(file.send(other).expect(200).body, b"by one");
    saved.body("by the other").send(other).expect(412);
    // Revoked at the other.
    file.send(one).expect(200);
    let revoked = Instant::now();
    assert!(revoking(&key, &jar).send(other).status < 300);
    eventually("it opens nowhere", Duration::from_secs(1), || {
        file.send(one).status == 403
    });
    assert!(revoked.elapsed() < Duration::from_secs(1));
    // One is killed: whatever is asked goes on by the other; the session too.
    two.nodes[0].node.kill();
    let again = two.ask(&two.wish("doc.md", &jar)).expect(302).key();
    let again = again.expect("another key");
    assert_ne!(again, key);
    let mut etag = String::new();
    for round in 0..20 {
        let read = two
            .ask(&Request::get("/api/file").bearer(&again))
            .expect(200);
        if round > 0 {
            assert_eq!(read.header("etag"), Some(etag.as_str()));
        }
        let save = Request::new("PUT", "/api/file").bearer(&again);
        let save = save.header("If-Match", read.header("etag").expect("one"));
        let saved = two.ask(&save.body(format!("round {round}"))).expect(204);
        saved.header("etag").expect("one").clone_into(&mut etag);
    }
    // The other was killed too: it finds all of that when it is back.
    two.start_again(0);
    let file = Request::get("/api/file").bearer(&again);
    assert_eq!(file.send(one).expect(200).body, b"round 19");
    two.wish("doc.md", &jar).send(one).expect(302);
    // What the host withdraws at one the session loses at the other.
    let withdraw = Request::new("DELETE", "/api/grants?user=ann").bearer(&two.tree.cms_token);
    withdraw.send(one).expect(204);
    eventually("nothing is granted", Duration::from_secs(1), || {
        two.wish("new.md", &jar).send(other).status == 403
    });
}

#[test]
fn ten_rolling_restarts_behind_nginx_fail_no_request() {
    let mut two = Two::start(Sockets::Held);
    let clients = two.clients();
    load::under(&clients, |seen| {
        for round in 0..10 {
            two.restart(round % 2);
            seen.more(30);
        }
    });
}

#[test]
fn rolling_restarts_of_nodes_with_sockets_of_their_own_fail_no_request() {
    let mut two = Two::start(Sockets::TheirOwn);
    let clients = two.clients();
    load::under(&clients, |seen| {
        for round in 0..10 {
            two.restart(round % 2);
            // As long as nginx passes a node over that was away, and a moment.
            let until = Instant::now() + Duration::from_millis(2500);
            while Instant::now() < until {
                seen.more(10);
            }
        }
    });
}

/// What takes a key back, as the page does.
fn revoking(key: &str, jar: &Jar) -> Request {
    let own = format!("https://{NAME}");
    let revoke = Request::new("DELETE", "/api/key").bearer(key).jar(jar);
    revoke.header("Host", NAME).header("Origin", &own)
}

/// Longest until all is well once Redis is back.
const AGAIN: Duration = Duration::from_secs(5);
/// Fewer than somebody may mint in a minute.
const MINTED: usize = 40;

/// Somebody who asks by nginx without a pause.
#[derive(Default)]
struct Asker {
    answered: AtomicUsize,
    refused: AtomicUsize,
}

impl Asker {
    /// The answer of this status. Until it comes nothing but a refusal does, which says when to ask again.
    fn ask(&self, two: &Two, request: &Request, status: u16) -> Reply {
        let begun = Instant::now();
        loop {
            let reply = two.ask(request);
            if reply.status != 503 {
                self.answered.fetch_add(1, Ordering::Relaxed);
                return reply.expect(status);
            }
            assert_eq!(reply.header("retry-after"), Some("1"), "{reply:?}");
            self.refused.fetch_add(1, Ordering::Relaxed);
            assert!(begun.elapsed() < AGAIN, "refused for good");
        }
    }

    /// All files, each with the key that was minted for it; so slowly that some are left when Redis is back.
    fn mints(&self, two: &Two, jar: &Jar) -> Vec<(String, String)> {
        let mint = |number| {
            thread::sleep(Duration::from_millis(50));
            let name = format!("{number}.md");
            let key = self.ask(two, &two.wish(&name, jar), 302).key();
            (name, key.expect("a key"))
        };
        (0..MINTED).map(mint).collect()
    }

    /// The last text that was saved. Each save is done once, also where it was refused before: another revision is a 412.
    fn saves(&self, two: &Two, key: &str, enough: &AtomicBool) -> String {
        let (mut etag, mut text) = (None, String::new());
        let file = Request::get("/api/file").bearer(key);
        for round in 0.. {
            if enough.load(Ordering::Relaxed) {
                break;
            }
            let before = etag.unwrap_or_else(|| revision(&self.ask(two, &file, 200)));
            text = format!("save {round}");
            let save = Request::new("PUT", "/api/file").bearer(key);
            let save = save.header("If-Match", &before).body(text.clone());
            etag = Some(revision(&self.ask(two, &save, 204)));
        }
        text
    }
}

fn revision(reply: &Reply) -> String {
    reply.header("etag").expect("one").to_owned()
}

/// However it ends, so do those who ask.
struct Ended<'a>(&'a AtomicBool);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Waits until each of these was counted so many times more.
fn more<const N: usize>(what: &str, counts: [&AtomicUsize; N]) {
    let before = counts.map(|count| count.load(Ordering::Relaxed));
    eventually(what, AGAIN, || {
        let now = counts.iter().map(|count| count.load(Ordering::Relaxed));
        now.zip(before).all(|(now, before)| now > before + 3)
    });
}

#[test]
fn redis_killed_in_between_costs_a_while_of_503_and_nothing_that_was_acknowledged() {
    let two = Two::start(Sockets::TheirOwn);
    let addresses = two.nodes.each_ref().map(|place| place.address);
    let [one, other] = addresses;
    let jar = entered(&two.granted("ann", one), other);
    two.tree.write("root/a/gone.md", "first");
    for number in 0..MINTED {
        two.tree.write(&format!("root/a/{number}.md"), "first");
    }
    let key_of = |name: &str| two.wish(name, &jar).send(one).key().expect("a key");
    let (key, gone) = (key_of("doc.md"), key_of("gone.md"));
    let opens = |key: &str, node| Request::get("/api/file").bearer(key).send(node);
    opens(&gone, one).expect(200);
    let askers: [Asker; 2] = Default::default();
    let [minting, saving] = &askers;
    let enough = AtomicBool::new(false);
    let (minted, saved, ticket) = thread::scope(|scope| {
        let minted = scope.spawn(|| minting.mints(&two, &jar));
        let saved = scope.spawn(|| saving.saves(&two, &key, &enough));
        let _ended = Ended(&enough);
        let answered = askers.each_ref().map(|one| &one.answered);
        more("all are answered", answered);
        // The last that is acknowledged before the power is cut.
        let ticket = two.granted("bob", one);
        assert!(revoking(&gone, &jar).send(other).status < 300);
        two.redis.kill();
        more("all are refused", askers.each_ref().map(|one| &one.refused));
        for node in addresses {
            Request::get("/readyz").send(node).expect(503);
            Request::get("/healthz").send(node).expect(200);
        }
        two.redis.start_again();
        more("all are answered again", answered);
        let minted = minted.join().expect("all minted");
        enough.store(true, Ordering::Relaxed);
        (minted, saved.join().expect("saved"), ticket)
    });
    for node in addresses {
        Request::get("/readyz").send(node).expect(200);
        assert_eq!(opens(&key, node).expect(200).text(), saved);
        opens(&gone, node).expect(403);
        for (name, key) in &minted {
            opens(key, node).expect(200);
            // The session stands, and the same ask gives the same key.
            let again = two.wish(name, &jar).send(node).expect(302).key();
            assert_eq!(again.as_ref(), Some(key));
        }
    }
    let bob = entered(&ticket, other);
    two.wish("doc.md", &bob).send(one).expect(302);
}
