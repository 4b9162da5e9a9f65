//! While all is not well: gone, slow, full, a replica, a locked door. Refused at once, and well again by itself.

use std::thread::sleep;
use std::time::{Duration, Instant};

use editkey::store::StoreError;
use editkey::store::redis::{Change, Link, LinkState, Outcome};

use super::{get, key, read, remembered, set, wait};
use crate::support::eventually;
use crate::support::redis::{Redis, options};

/// Longest that recovery takes, once the server is back.
const BACK: Duration = Duration::from_secs(5);

fn is_away(said: &Result<impl Sized, StoreError>) -> bool {
    matches!(said, Err(StoreError::Away(_)))
}

/// Keeps a text at `name`, and sees that it is remembered.
fn keep(link: &Link, name: &str, text: &str) {
    set(link, name, text).expect("set");
    eventually("it is remembered", BACK, || {
        read(link, name).expect("read");
        remembered(link, name).is_some_and(|known| *known == text)
    });
}

#[test]
fn a_server_that_was_killed_is_away_at_once_and_back_by_itself() {
    let mut server = Redis::with(&["--appendonly", "yes", "--appendfsync", "always"]);
    let link = server.link();
    for round in 0..5 {
        let text = round.to_string();
        keep(&link, "k", &text);
        server.kill();
        eventually("it is away", Duration::from_secs(1), || {
            is_away(&get(&link, "k"))
        });
        for _ in 0..100 {
            let begun = Instant::now();
            assert!(is_away(&get(&link, "k")) && is_away(&set(&link, "k", "lost")));
            let took = begun.elapsed();
            assert!(took < Duration::from_millis(100), "{took:?}");
        }
        eventually("it says so", Duration::from_secs(1), || {
            matches!(link.state(), LinkState::Down(_))
        });
        sleep(options().stale);
        assert!(remembered(&link, "k").is_none());
        server.start_again();
        let begun = Instant::now();
        eventually("it is back", BACK, || link.state() == LinkState::Up);
        println!("back after {:?}", begun.elapsed());
        assert_eq!(get(&link, "k").expect("an answer"), Some(text));
    }
}

#[test]
fn a_server_that_is_not_there_is_away_in_time_and_found_when_it_comes() {
    let mut server = Redis::start();
    server.kill();
    let link = server.link();
    let begun = Instant::now();
    assert!(is_away(&get(&link, "k")));
    assert!(begun.elapsed() < options().within);
    server.start_again();
    eventually("it is there", BACK, || get(&link, "k").is_ok());
}

#[test]
fn a_server_that_stands_still_is_away_within_the_bounds_and_back_when_it_goes_on() {
    let server = Redis::start();
    let (stale, within) = (options().stale, options().within);
    let link = server.link();
    for _ in 0..2 {
        keep(&link, "k", "one");
        server.pause();
        let begun = Instant::now();
        // One that asks before anything is noticed waits no longer than the bound.
        assert!(is_away(&get(&link, "k")));
        let took = begun.elapsed();
        assert!(took <= within + Duration::from_millis(200), "{took:?}");
        assert!(remembered(&link, "k").is_none());
        // By now it is known: the next is refused at once, as is a change.
        let begun = Instant::now();
        assert!(is_away(&get(&link, "k")) && is_away(&read(&link, "k")));
        assert!(is_away(&set(&link, "k", "two")));
        assert!(begun.elapsed() < Duration::from_millis(200));
        server.resume();
        eventually("it goes on", BACK, || get(&link, "k").is_ok());

        // What is remembered ends within the bound, on its own.
        keep(&link, "k", "one");
        server.pause();
        let begun = Instant::now();
        eventually("nothing is remembered", stale * 2, || {
            remembered(&link, "k").is_none()
        });
        let took = begun.elapsed();
        assert!(took <= stale + Duration::from_millis(200), "{took:?}");
        server.resume();
        eventually("it goes on", BACK, || get(&link, "k").is_ok());
    }
}

#[test]
fn a_full_server_does_no_half_change_still_answers_and_frees() {
    let server = Redis::with(&["--maxmemory-policy", "noeviction"]);
    let link = server.link();
    set(&link, "k", "one").expect("set");
    set(&link, "old", &"x".repeat(100_000)).expect("set");
    server.run(&["CONFIG", "SET", "maxmemory", "1mb"]);
    let both = |free: bool| {
        let mut change = Change::default();
        if free {
            let mut delete = redis::cmd("DEL");
            delete.arg(key("old"));
            change.run(delete);
        }
        change.set(&key("a"), "a", None);
        change.set(&key("b"), "b", None);
        wait(link.commit(change))
    };
    let said = both(false).expect_err("full");
    assert!(matches!(said, StoreError::Full(_)), "{said:?}");
    assert_eq!(server.run(&["EXISTS", "{editkey}:a", "{editkey}:b"]), "0");
    assert_eq!(get(&link, "k").expect("an answer").as_deref(), Some("one"));
    assert!(matches!(link.state(), LinkState::ReadOnly(why) if why.contains("memory")));
    // What frees goes through, whole.
    assert!(matches!(both(true), Ok(Outcome::Done(_))));
    assert_eq!(
        server.run(&["EXISTS", "{editkey}:a", "{editkey}:b", "{editkey}:old"]),
        "2"
    );
    server.run(&["CONFIG", "SET", "maxmemory", "0"]);
    eventually("it takes changes again", BACK, || {
        link.state() == LinkState::Up
    });
    assert!(matches!(both(false), Ok(Outcome::Done(_))));
}

#[test]
fn a_server_that_becomes_a_replica_is_no_longer_asked() {
    let other = Redis::start();
    let server = Redis::start();
    let link = server.link();
    keep(&link, "k", "one");
    server.run(&["REPLICAOF", "127.0.0.1", &other.port.to_string()]);
    eventually("it is refused", options().stale * 2, || {
        is_away(&get(&link, "k")) && is_away(&set(&link, "k", "two"))
    });
    eventually("nothing is remembered", options().stale * 2, || {
        remembered(&link, "k").is_none()
    });
    assert!(matches!(link.state(), LinkState::Down(why) if why.contains("replica")));
    server.run(&["REPLICAOF", "NO", "ONE"]);
    eventually("it is a primary again", BACK, || {
        set(&link, "k", "two").is_ok()
    });
}

#[test]
fn a_locked_door_says_so_and_repeats_no_password() {
    let server = Redis::with_cli(
        &["--requirepass", "the-right-one"],
        &["-a", "the-right-one"],
    );
    let try_with = |user: Option<&str>, password: Option<&str>| {
        let mut store = server.store();
        store.user = user.map(str::to_owned);
        store.password = password.map(|password| password.to_owned().into());
        let link = Link::to(store, &options());
        let Err(StoreError::Away(why)) = get(&link, "k") else {
            panic!("let in");
        };
        assert!(
            !format!("{why}{:?}", link.state()).contains("-one"),
            "{why}"
        );
        why
    };
    assert!(try_with(None, None).contains("asks for a password"));
    assert!(try_with(None, Some("the-wrong-one")).contains("does not accept"));
    assert!(try_with(Some("nobody-one"), Some("the-right-one")).contains("does not accept"));
    let mut store = server.store();
    store.password = Some("the-right-one".to_owned().into());
    let link = Link::to(store, &options());
    assert!(get(&link, "k").is_ok());
    // A user who may not read our keys.
    server.run(&[
        "ACL",
        "SETUSER",
        "narrow",
        "on",
        ">narrow-one",
        "~other:*",
        "+@all",
    ]);
    assert!(try_with(Some("narrow"), Some("narrow-one")).contains("does not permit"));
}
