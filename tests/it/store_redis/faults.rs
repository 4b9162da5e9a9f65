//! Redis away, killed, stopped, full, or somebody's replica, under nodes that run.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use serde_json::json;

use super::{BACK, KEEPS, STALE, at, node, refused};
use crate::metrics::numbers;
use crate::support::redis::Redis;
use crate::support::{Jar, Request, TestApp, eventually, hash_text, random_key};

/// What became of requests: the keys that were acknowledged, and all that was answered.
type Answers<'a> = (&'a Mutex<Vec<String>>, &'a Mutex<BTreeSet<u16>>);

/// Asks for one key after another until it is done.
fn mints(app: &TestApp, jar: &Jar, half: usize, (kept, told): Answers<'_>, done: &AtomicBool) {
    for at in (half..400).step_by(2).cycle().take(20_000) {
        if done.load(Ordering::Relaxed) {
            return;
        }
        let name = format!("f{at}.md");
        let begun = Instant::now();
        let label = random_key();
        let reply = app.redirect("root/a", &name, &[("label", &label)], jar);
        assert!(begun.elapsed() < Duration::from_secs(4), "{reply:?}");
        told.lock().expect("a set").insert(reply.status);
        match reply.status {
            302 => kept
                .lock()
                .expect("a list")
                .push(reply.key().expect("a key")),
            503 => {
                assert_eq!(reply.header("retry-after"), Some("1"), "{reply:?}");
                sleep(Duration::from_millis(5));
            }
            _ => panic!("{reply:?}"),
        }
    }
}

#[test]
fn nothing_acknowledged_is_lost_when_redis_is_killed_and_the_node_is_back_by_itself() {
    const ROUNDS: usize = 3;
    let mut redis = Redis::with(KEEPS);
    let app = node(&redis);
    for at in 0..400 {
        app.tree.write(&format!("root/a/f{at}.md"), "text\n");
    }
    let jar = app.poweruser();
    let (kept, told, done) = (
        Mutex::new(Vec::new()),
        Mutex::new(BTreeSet::new()),
        AtomicBool::new(false),
    );
    thread::scope(|scope| {
        for half in 0..2 {
            let (app, jar, kept, told, done) = (&app, &jar, &kept, &told, &done);
            scope.spawn(move || mints(app, jar, half, (kept, told), done));
        }
        for _ in 0..ROUNDS {
            sleep(Duration::from_millis(300));
            redis.kill();
            eventually("/readyz is true to it", Duration::from_secs(2), || {
                app.ready() == 503
            });
            sleep(Duration::from_millis(300));
            assert_eq!(app.ready(), 503);
            app.send(&Request::get("/healthz")).expect(200);
            redis.start_again();
            let begun = Instant::now();
            eventually("it is back", BACK, || app.ready() == 200);
            eventually("it mints again", BACK, || {
                app.redirect("root/a", "doc.md", &[], &jar).status == 302
            });
            println!("back after {:?}", begun.elapsed());
        }
        sleep(Duration::from_millis(300));
        done.store(true, Ordering::Relaxed);
    });
    let kept: BTreeSet<String> = kept.into_inner().expect("a list").into_iter().collect();
    assert_eq!(told.into_inner().expect("a set"), [302, 503].into());
    println!("{} keys", kept.len());
    assert!(kept.len() > 50, "{}", kept.len());
    for key in &kept {
        app.get_file(key).expect(200);
    }
}

#[test]
fn while_redis_is_silent_nothing_opens_after_the_bound_and_nobody_waits() {
    let redis = Redis::start();
    let app = node(&redis);
    let jar = app.poweruser();
    let key = app.mint("root/a", "doc.md", &jar);
    for _ in 0..3 {
        app.get_file(&key).expect(200);
    }
    for _ in 0..2 {
        redis.pause();
        let begun = Instant::now();
        // It answers from what it has read while that is young.
        app.get_file(&key).expect(200);
        eventually("a key that was read does not open", STALE, || {
            app.get_file(&key).status == 503
        });
        println!("refused after {:?}", begun.elapsed());
        sleep(Duration::from_millis(200));
        for _ in 0..10 {
            let begun = Instant::now();
            refused(app.get_file(&key));
            refused(app.open(&key));
            refused(app.redirect("root/a", "doc.md", &[], &jar));
            refused(app.send(&Request::get("/readyz")));
            let took = begun.elapsed();
            assert!(took < Duration::from_millis(800), "{took:?}");
        }
        redis.resume();
        let begun = Instant::now();
        eventually("it opens again", BACK, || app.get_file(&key).status == 200);
        eventually("it is ready", BACK, || app.ready() == 200);
        println!("back after {:?}", begun.elapsed());
    }
}

#[test]
fn a_full_redis_opens_on_and_mints_nothing() {
    let redis = Redis::with(&["--maxmemory-policy", "noeviction"]);
    let app = node(&redis);
    let jar = app.poweruser();
    let key = app.mint("root/a", "doc.md", &jar);
    redis.run(&["CONFIG", "SET", "maxmemory", "1"]);
    let reply = app.redirect("root/a/deep", "x.md", &[], &jar);
    assert_eq!(reply.status, 507, "{reply:?}");
    eventually("it says so", BACK, || {
        app.send(&Request::get("/readyz"))
            .text()
            .starts_with("degraded\n")
    });
    let ready = app.send(&Request::get("/readyz")).expect(200).text();
    assert!(ready.contains("takes no writes"), "{ready}");
    eventually("it says so in the log", BACK, || {
        app.log().contains("the store takes no writes: ")
    });
    for _ in 0..3 {
        app.get_file(&key).expect(200);
        app.open(&key).expect(200);
    }
    let etag = app.get_file(&key).header("etag").expect("one").to_owned();
    app.save(&key, &etag, b"saved\n").expect(204);
    // Revoking frees, so it is done.
    let output = app.cli(&["keys", "revoke", "-"], &format!("{key}\n"));
    assert!(output.status.success(), "{output:?}");
    eventually("it does not open", Duration::from_secs(1), || {
        app.get_file(&key).status == 403
    });
    redis.run(&["CONFIG", "SET", "maxmemory", "0"]);
    eventually("it is well again", BACK, || {
        app.send(&Request::get("/readyz")).text() == "ready\n"
    });
    app.mint("root/a", "doc.md", &jar);
}

#[test]
fn a_node_at_a_replica_refuses_until_that_is_the_primary() {
    let redis = Redis::with(&["--repl-diskless-sync-delay", "0"]);
    let replica = Redis::with(&["--replicaof", "127.0.0.1", &redis.port.to_string()]);
    let first = node(&redis);
    let jar = first.poweruser();
    let key = first.mint("root/a", "doc.md", &jar);
    first.get_file(&key).expect(200);
    eventually("the replica has it all", BACK * 4, || {
        let info = replica.run(&["INFO", "replication"]);
        let name = format!("{{editkey}}:k:{}", hash_text(&key));
        info.contains("master_link_status:up") && replica.run(&["EXISTS", &name]) == "1"
    });
    first.tree.set("store", &json!(at(&replica)));
    // How old that is what a replica says, nobody knows.
    let second = TestApp::on(first.tree.clone());
    refused(second.get_file(&key));
    let ready = refused(second.send(&Request::get("/readyz"))).text();
    assert!(ready.contains("this Redis is a replica"), "{ready}");
    replica.run(&["REPLICAOF", "NO", "ONE"]);
    eventually("it serves", BACK, || second.ready() == 200);
    second.get_file(&key).expect(200);
    second.mint("root/a/deep", "x.md", &jar);
    // One that becomes a replica is of no use from then on.
    redis.run(&["REPLICAOF", "127.0.0.1", &replica.port.to_string()]);
    eventually("it refuses", STALE, || {
        first.get_file(&key).status == 503 && first.ready() == 503
    });
    second.get_file(&key).expect(200);
}

#[test]
fn a_primary_without_its_replicas_takes_no_key() {
    let redis = Redis::start();
    let app = node(&redis);
    let jar = app.poweruser();
    let key = app.mint("root/a", "doc.md", &jar);
    redis.run(&["CONFIG", "SET", "min-replicas-to-write", "1"]);
    refused(app.redirect("root/a/deep", "x.md", &[], &jar));
    eventually("it says so", BACK, || {
        app.send(&Request::get("/readyz"))
            .text()
            .starts_with("degraded\n")
    });
    app.get_file(&key).expect(200);
    redis.run(&["CONFIG", "SET", "min-replicas-to-write", "0"]);
    eventually("it is well again", BACK, || {
        app.send(&Request::get("/readyz")).text() == "ready\n"
    });
    app.mint("root/a/deep", "x.md", &jar);
}

#[test]
fn a_redis_that_is_away_is_told_in_numbers() {
    let mut redis = Redis::with(KEEPS);
    let app = node(&redis);
    let says = |name: &str| numbers(&app).get(&format!("editkey_{name}")).copied();
    let stands = || ["store_reachable", "keys_resolvable", "keys_writable"].map(says);
    eventually("all is well", BACK, || stands() == [Some(1); 3]);
    assert_eq!((says("keys"), says("sessions")), (None, None));
    redis.kill();
    eventually("it is away", BACK, || stands() == [Some(0); 3]);
    redis.start_again();
    eventually("it is back", BACK, || stands() == [Some(1); 3]);
}
