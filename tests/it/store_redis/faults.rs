//! Redis away, killed, stopped, full, or somebody's replica, under nodes that run.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use serde_json::json;

use super::{BACK, KEEPS, at, node, refused, secret, tree};
use crate::support::redis::Redis;
use crate::support::{Request, TestApp, eventually, random_key};

/// The setting, and what a request may take besides.
const STALE: Duration = Duration::from_millis(1000 + 500);

#[test]
fn a_node_starts_while_redis_is_away_and_joins_when_it_comes() {
    let mut redis = Redis::start();
    redis.kill();
    let app = node(&redis);
    let redirect = app.redirect_target("root/a", "doc.md", &[]);
    for target in [
        "/",
        "/api/file",
        "/api/keys",
        "/login",
        "/enter?ticket=abc",
        "/auth",
        "/metrics",
        "/nowhere",
        &redirect,
    ] {
        refused(app.send(&Request::get(target)));
        refused(app.send(&Request::new("POST", target)));
    }
    refused(app.open(&random_key()));
    refused(app.send(&Request::get("/readyz")));
    app.send(&Request::get("/healthz")).expect(200);
    app.send(&Request::get("/robots.txt")).expect(200);
    let style = app.send(&Request::get("/assets/none.css"));
    assert_eq!(style.status, 404, "{style:?}");
    let said = app.log();
    assert!(said.contains("the store does not answer yet"), "{said}");

    redis.start_again();
    let begun = Instant::now();
    eventually("it joins", BACK, || app.ready() == 200);
    println!("joined after {:?}", begun.elapsed());
    let ready = app.send(&Request::get("/readyz")).expect(200);
    assert_eq!(ready.text(), "ready\n");
    let key = app.mint("root/a", "doc.md", &app.poweruser());
    app.get_file(&key).expect(200);
    assert!(app.log().contains("this node has joined the others"));
}

#[test]
fn a_node_of_another_secret_refuses_to_start_and_one_that_waited_serves_nothing() {
    let mut redis = Redis::with(KEEPS);
    let first = node(&redis);
    let key = first.mint("root/a", "doc.md", &first.poweruser());
    first.get_file(&key).expect(200);
    let stranger = tree(&redis, |_| ());
    let said = TestApp::try_on(stranger.clone()).err().expect("refused");
    assert!(
        said.contains("the other nodes at this Redis have another secret"),
        "{said}"
    );
    // What it could not ask at the start it learns later.
    redis.kill();
    let waited = TestApp::on(stranger);
    redis.start_again();
    eventually("it learns so", BACK, || {
        waited.log().contains("nothing is served: the other nodes")
    });
    refused(waited.get_file(&key));
    refused(waited.send(&Request::get("/readyz")));
    first.get_file(&key).expect(200);
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
            scope.spawn(move || {
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
            });
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
    let reply = app.redirect("root/a", "deep/x.md", &[], &jar);
    assert!(matches!(reply.status, 503 | 507), "{reply:?}");
    println!("minting: {}", reply.status);
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
    println!(
        "revoking: {:?} {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    redis.run(&["CONFIG", "SET", "maxmemory", "0"]);
    eventually("it is well again", BACK, || {
        app.send(&Request::get("/readyz")).text() == "ready\n"
    });
    app.mint("root/a", "doc.md", &jar);
}

#[test]
fn a_node_at_a_replica_opens_and_writes_nothing() {
    let redis = Redis::start();
    let replica = Redis::with(&["--replicaof", "127.0.0.1", &redis.port.to_string()]);
    let first = node(&redis);
    let key = first.mint("root/a", "doc.md", &first.poweruser());
    let jar = first.poweruser();
    let mut settings: serde_json::Value =
        serde_json::from_slice(&std::fs::read(first.tree.settings()).expect("settings"))
            .expect("JSON");
    settings["store"] = json!(at(&replica));
    first.tree.write_settings(&settings);
    eventually("the replica has it all", BACK, || {
        replica.run(&["DBSIZE"]) == redis.run(&["DBSIZE"])
    });
    let second = TestApp::on(first.tree.clone());
    second.get_file(&key).expect(200);
    let reply = second.redirect("root/a", "deep/x.md", &[], &jar);
    refused(reply);
    eventually("it says so", BACK, || {
        let ready = second.send(&Request::get("/readyz"));
        ready.status == 200 && ready.text().starts_with("degraded\n")
    });
    second.get_file(&key).expect(200);
    // What is revoked at the primary does not open at the replica.
    first.cli(&["keys", "revoke", "-"], "");
    settings["store"] = json!(at(&redis));
    first.tree.write_settings(&settings);
    let output = first.cli(&["keys", "revoke", "-"], &format!("{key}\n"));
    assert!(output.status.success(), "{output:?}");
    eventually("it does not open there", Duration::from_secs(1), || {
        second.get_file(&key).status == 403
    });
}

#[test]
fn a_primary_without_its_replicas_takes_no_key() {
    let redis = Redis::start();
    let app = node(&redis);
    let jar = app.poweruser();
    let key = app.mint("root/a", "doc.md", &jar);
    redis.run(&["CONFIG", "SET", "min-replicas-to-write", "1"]);
    refused(app.redirect("root/a", "deep/x.md", &[], &jar));
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
    app.mint("root/a", "deep/x.md", &jar);
}

#[test]
fn an_authorizer_answers_for_nobody_before_its_node_has_joined() {
    use crate::gate_fastcgi::authorizer::{app, ask};
    use crate::support::hash_text;
    let mut redis = Redis::with(KEEPS);
    redis.run(&["SET", "{editkey}:format", "1"]);
    redis.run(&["SET", "{editkey}:secret", "somebody-else"]);
    redis.kill();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("secret");
    secret(&file);
    let app = app(|settings| {
        settings["store"] = json!(at(&redis));
        settings["secret_file"] = json!(file);
    });
    let key = random_key();
    let uri = format!("/album/allowed.txt?accesskey={key}");
    let away = ask(&app, &uri, &[]);
    assert_eq!(
        (away.status, away.headers["retry-after"].as_str()),
        (503, "1")
    );
    redis.start_again();
    let record = json!({
        "dirname": app.tree.at("root/a/album"), "basename": "allowed.txt", "rights": "view",
        "created": "2026-01-01T00:00:00Z",
    });
    let name = format!("{{editkey}}:k:{}", hash_text(&key));
    assert_eq!(redis.run(&["SET", &name, &record.to_string()]), "OK");
    eventually("it learns that it may not", BACK, || {
        app.log().contains("nothing is served: the other nodes")
    });
    assert_eq!(ask(&app, &uri, &[]).status, 503, "the key is there");
    redis.run(&["DEL", "{editkey}:secret"]);
    eventually("it joins", BACK, || app.ready() == 200);
    assert_eq!(ask(&app, &uri, &[]).status, 200);
    redis.pause();
    eventually("nor while Redis is silent", STALE + BACK, || {
        ask(&app, &uri, &[]).status == 503
    });
    redis.resume();
}
