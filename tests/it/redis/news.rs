//! What one link changes, the others know: what they remember is never older than the bound, and never stays old.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use editkey::store::redis::{Change, Link, Outcome};

use super::{get, key, read, remembered, set, wait};
use crate::support::eventually;
use crate::support::redis::{Redis, options};

/// Longest that news takes.
const NEWS: Duration = Duration::from_secs(1);

#[test]
fn a_change_is_known_to_another_link_within_a_second() {
    let server = Redis::start();
    let (here, there) = (server.link(), server.link());
    let mut took = Vec::new();
    for round in 0..500 {
        let text = round.to_string();
        set(&here, "k", &text).expect("set");
        eventually("it is remembered there", NEWS, || {
            read(&there, "k").expect("read");
            remembered(&there, "k").is_some_and(|known| *known == text)
        });
        set(&here, "k", "revoked").expect("set");
        let begun = Instant::now();
        while remembered(&there, "k").is_some_and(|known| *known == text) {
            assert!(begun.elapsed() < NEWS, "round {round}");
        }
        took.push(begun.elapsed());
    }
    took.sort();
    println!(
        "news at the median {:?}, at most {:?}",
        took[250], took[499]
    );
}

#[test]
fn whatever_changes_a_key_is_news() {
    let server = Redis::start();
    let link = server.link();
    for command in [
        &["DEL", "{editkey}:k"][..],
        &["SET", "{editkey}:k", "by another"],
        &["APPEND", "{editkey}:k", "more"],
        &["RENAME", "{editkey}:k", "{editkey}:l"],
        &["PEXPIRE", "{editkey}:k", "1"],
        &["FLUSHDB"],
        &["FLUSHALL"],
    ] {
        set(&link, "k", "one").expect("set");
        eventually("it is remembered", NEWS, || {
            read(&link, "k").expect("read").is_some() && remembered(&link, "k").is_some()
        });
        server.run(command);
        eventually(command[0], NEWS, || remembered(&link, "k").is_none());
    }
}

/// One changes a counter all the time; many read it, through what is remembered where they can. What was acknowledged
/// before the bound is never read as it was before, and when all is quiet everybody knows the last.
#[test]
fn nobody_reads_what_was_changed_longer_ago_than_the_bound() {
    let server = Redis::start();
    let writer = server.link();
    set(&writer, "k", "0").expect("set");
    let (last, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let reads = AtomicUsize::new(0);
    // The counts that were acknowledged, and when.
    let known: Vec<std::sync::OnceLock<Instant>> =
        (0..20_001).map(|_| std::sync::OnceLock::new()).collect();
    let links = [server.link(), server.link()];
    thread::scope(|scope| {
        for number in 0..4 {
            let (link, last, stop, reads, known) =
                (&links[number % 2], &last, &stop, &reads, &known);
            scope.spawn(move || {
                let mut seen = 0;
                while !stop.load(Ordering::Acquire) {
                    let asked = Instant::now();
                    let acknowledged = last.load(Ordering::Acquire);
                    let text = remembered(link, "k")
                        .or_else(|| read(link, "k").expect("read"))
                        .expect("a text");
                    let count: usize = text.parse().expect("a count");
                    reads.fetch_add(1, Ordering::Relaxed);
                    // The next one, where it was acknowledged long before we asked, should have been seen.
                    if count < acknowledged {
                        let next = known[count + 1].get().expect("acknowledged");
                        let late = asked.saturating_duration_since(*next);
                        assert!(late <= options().stale, "{count} is {late:?} old");
                    }
                    seen = seen.max(count);
                }
                assert!(seen > 0);
            });
        }
        for (round, at) in known.iter().enumerate().skip(1) {
            set(&writer, "k", &round.to_string()).expect("set");
            at.set(Instant::now()).expect("once");
            last.store(round, Ordering::Release);
        }
        // Quiet: what is remembered from here on is the last, on both links.
        for link in &links {
            eventually("the last is known", NEWS, || {
                read(link, "k")
                    .expect("read")
                    .is_some_and(|text| *text == "20000")
            });
        }
        stop.store(true, Ordering::Release);
    });
    for link in &links {
        assert_eq!(*read(link, "k").expect("read").expect("a text"), "20000");
    }
    println!(
        "{} reads against 20000 changes",
        reads.load(Ordering::Relaxed)
    );
}

/// Adds one to the counter, again where somebody else was faster.
async fn one_more(link: &Link) {
    loop {
        let mut pipe = redis::pipe();
        pipe.cmd("GET").arg(key("n"));
        let (now,): (String,) = link.ask(pipe).await.expect("an answer");
        let mut change = Change::default();
        change.expect(key("n"), Some(now.clone().into_bytes()));
        let next = now.parse::<u64>().expect("a count") + 1;
        change.set(&key("n"), next.to_string(), None);
        if let Outcome::Done(_) = link.commit(change).await.expect("an answer") {
            return;
        }
    }
}

#[test]
fn many_tasks_and_threads_change_one_counter_and_none_is_lost() {
    let server = Redis::start();
    let link = server.link();
    set(&link, "n", "0").expect("set");
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    wait(one_more(&link));
                }
            });
            let link = link.clone();
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().build();
                runtime.expect("a runtime").block_on(async {
                    let one = |link: Link| async move {
                        for _ in 0..10 {
                            one_more(&link).await;
                        }
                    };
                    let tasks: Vec<_> = (0..5).map(|_| tokio::spawn(one(link.clone()))).collect();
                    for task in tasks {
                        task.await.expect("done");
                    }
                });
            });
        }
    });
    assert_eq!(get(&link, "n").expect("an answer").as_deref(), Some("400"));
}

#[test]
fn what_is_remembered_fits_into_its_bound() {
    let server = Redis::start();
    let mut few = options();
    few.cache = 1 << 20;
    let link = Link::to(server.store(), &few);
    let text: Arc<str> = "x".repeat(1000).into();
    for number in 0..1500 {
        set(&link, &format!("k:{number}"), &text).expect("set");
    }
    for _ in 0..2 {
        for number in 0..1500 {
            read(&link, &format!("k:{number}")).expect("read");
        }
    }
    let kept = (0..1500).filter(|number| remembered(&link, &format!("k:{number}")).is_some());
    let kept = kept.count();
    assert!((400..=(1 << 20) / 1000).contains(&kept), "{kept}");
}
