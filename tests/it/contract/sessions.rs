//! Sessions, grants and tickets, wherever they stand.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use editkey::cache::Made;
use editkey::store::{HostGrant, Session, Sessions, StoreError, Ticket};
use jiff::Timestamp;

use super::{SEEN, at_once, later, now, places, up, wait};
use crate::support::eventually;

pub(super) const HOUR: i64 = 3_600_000;

fn session(what: &str, expires: Timestamp) -> Session {
    Session {
        state: HashMap::from([("holder".to_owned(), what.to_owned())]),
        created: now(),
        expires,
        made: Made::default(),
    }
}

/// What is made of the session's word, as the store remembers it.
fn word(sessions: &Sessions, name: &str) -> Option<Arc<Option<String>>> {
    let word = |session: &Session| session.state.get("holder").cloned();
    wait(sessions.made(name, (now(), Instant::now()), word)).expect("an answer")
}

fn keep(sessions: &Sessions, name: &str, expires: Timestamp) {
    wait(sessions.keep(name.to_owned(), session(name, expires))).expect("kept");
}

fn lives(sessions: &Sessions, name: &str) -> bool {
    let found = wait(sessions.session(name, now())).expect("an answer");
    found.is_some()
}

pub(super) fn host_grant(host: &str, user: Option<&str>, expires: Timestamp) -> HostGrant {
    HostGrant {
        host: host.to_owned(),
        user: user.map(str::to_owned),
        poweruser: None,
        directories: Vec::new(),
        expires,
    }
}

pub(super) fn ticket(expires: Timestamp) -> Ticket {
    Ticket {
        grant: None,
        file: None,
        expires,
    }
}

/// Grants with a ticket of the same name.
pub(super) fn grant(sessions: &Sessions, id: &str, grant: HostGrant) -> Result<(), StoreError> {
    let ticket = ticket(grant.expires);
    wait(sessions.grant(id.to_owned(), grant, format!("to-{id}"), ticket))
}

#[test]
fn a_session_lives_on_every_node_until_its_end_or_until_it_is_ended() {
    for place in places() {
        let (here, there) = (place.sessions(10), place.sessions(10));
        let expires = later(HOUR);
        keep(&here, "a", expires);
        keep(&here, "b", expires);
        let (told, name) = (word(&there, "a"), place.name);
        assert_eq!(told, Some(Arc::new(Some("a".to_owned()))), "{name}");
        let length = |session: &Session| session.state.len();
        let count = wait(there.made("a", (now(), Instant::now()), length)).expect("one");
        assert_eq!(count, Some(Arc::new(1)), "{name}: another type");
        assert_eq!(word(&there, "c"), None, "{name}");
        let at_end = wait(there.session("a", expires)).expect("an answer");
        assert!(at_end.is_none(), "{name}: its end");
        assert!(lives(&there, "a") && !lives(&there, "c"), "{name}");
        // It says something else from now on.
        wait(here.keep("a".to_owned(), session("other", expires))).expect("kept");
        eventually("another word of it is seen", SEEN, || {
            word(&there, "a").is_some_and(|told| told.as_deref() == Some("other"))
        });
        wait(here.end("a".to_owned())).expect("ended");
        wait(here.end("never".to_owned())).expect("ended");
        assert!(!lives(&here, "a"), "{name}");
        eventually("its end is seen", SEEN, || !lives(&there, "a"));
        assert!(lives(&there, "b"), "{name}");
    }
}

#[test]
fn the_session_that_ends_first_makes_way() {
    for place in places() {
        let (sessions, name) = (place.sessions(3), place.name);
        for (session, millis) in [("b", 2 * HOUR), ("a", HOUR), ("c", 3 * HOUR)] {
            keep(&sessions, session, later(millis));
        }
        // One that is there takes no room.
        keep(&sessions, "b", later(4 * HOUR));
        assert!(lives(&sessions, "a"), "{name}");
        keep(&sessions, "d", later(HOUR));
        let left = ["a", "b", "c", "d"].map(|session| lives(&sessions, session));
        assert_eq!(left, [false, true, true, true], "{name}");
        keep(&sessions, "e", later(5 * HOUR));
        let left = ["b", "c", "d", "e"].map(|session| lives(&sessions, session));
        assert_eq!(left, [true, true, false, true], "{name}");
    }
}

#[test]
fn nodes_that_keep_sessions_at_once_keep_no_more_than_may_be() {
    for place in places() {
        let nodes = [place.sessions(10), place.sessions(10)];
        at_once(60, |number| {
            keep(&nodes[number % 2], &number.to_string(), later(HOUR));
        });
        let sessions = place.sessions(10);
        let live = (0..60).filter(|number| lives(&sessions, &number.to_string()));
        assert_eq!(live.count(), 10, "{}", place.name);
    }
}

#[test]
fn a_ticket_is_redeemed_once_whoever_asks_at_the_same_moment() {
    for place in places() {
        let nodes = [place.sessions(10), place.sessions(10)];
        for round in 0..5 {
            let name = format!("ticket-{round}");
            nodes[0]
                .ticket_blocking(name.clone(), &ticket(later(HOUR)))
                .expect("kept");
            let told = at_once(100, |number| {
                let redeemed = wait(nodes[number % 2].redeem(name.clone(), now()));
                redeemed.expect("an answer").is_some()
            });
            let won = told.into_iter().filter(|won| *won).count();
            assert_eq!(won, 1, "{}", place.name);
        }
    }
}

#[test]
fn a_ticket_that_is_unknown_or_has_ended_opens_nothing() {
    for place in places() {
        let (sessions, name) = (place.sessions(10), place.name);
        let redeem = |ticket: &str, now| {
            let redeemed = wait(sessions.redeem(ticket.to_owned(), now));
            redeemed.expect("an answer").is_some()
        };
        let end = later(HOUR);
        sessions
            .ticket_blocking("late".to_owned(), &ticket(end))
            .expect("kept");
        assert!(!redeem("never", now()), "{name}");
        assert!(!redeem("late", end), "{name}: at its end");
        assert!(!redeem("late", now()), "{name}: it is used up by that");
    }
}

#[test]
fn a_ticket_leads_to_its_grant() {
    for place in places() {
        let (here, there) = (place.sessions(10), place.sessions(10));
        let lasting = host_grant("album", Some("ann"), later(HOUR));
        let carried = Ticket {
            grant: Some("g".to_owned()),
            ..ticket(later(HOUR))
        };
        wait(here.grant("g".to_owned(), lasting, "to-g".to_owned(), carried)).expect("granted");
        let redeemed = wait(there.redeem("to-g".to_owned(), now())).expect("an answer");
        let id = redeemed.and_then(|ticket| ticket.grant).expect("a grant");
        let found = wait(there.grants(&[id], now())).expect("an answer");
        assert_eq!(found[0].user.as_deref(), Some("ann"), "{}", place.name);
    }
}

#[test]
fn what_has_ended_leaves_nothing_behind() {
    for place in places() {
        let (sessions, name) = (place.sessions(1000), place.name);
        let soon = later(2_000);
        keep(&sessions, "session", soon);
        for id in 0..20 {
            let user = (id % 2 == 0).then_some("ann");
            let ending = host_grant("album", user, soon);
            grant(&sessions, &id.to_string(), ending).expect("granted");
        }
        wait(sessions.sweep(now())).expect("swept");
        assert!(lives(&sessions, "session"), "{name}: it lives still");
        eventually("all has ended", std::time::Duration::from_secs(10), || {
            let ended = now() > soon;
            wait(sessions.sweep(now())).expect("swept");
            match &place.redis {
                Some(redis) => redis.run(&["DBSIZE"]) == "0",
                None => ended,
            }
        });
        assert!(!lives(&sessions, "session"), "{name}");
        if place.redis.is_none() {
            let file = place.folder.path().join("sessions.json");
            let text = std::fs::read_to_string(file).expect("a file");
            let live = editkey_names(&text);
            assert_eq!(live, Vec::<String>::new(), "{name}");
        }
    }
}

/// The names in the file that stand for something.
fn editkey_names(text: &str) -> Vec<String> {
    let whole: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(text).expect("JSON");
    let live = whole.into_iter().filter(|(_, value)| !value.is_null());
    live.map(|(name, _)| name)
        .filter(|name| name != "$editkey")
        .collect()
}

#[test]
fn nothing_is_said_of_sessions_and_grants_while_redis_is_away() {
    let [_, mut place] = places();
    let sessions = place.sessions(10);
    keep(&sessions, "a", later(HOUR));
    grant(
        &sessions,
        "g",
        host_grant("album", Some("ann"), later(HOUR)),
    )
    .expect("granted");
    assert!(lives(&sessions, "a"));
    let ids = ["g".to_owned()];
    assert_eq!(wait(sessions.grants(&ids, now())).expect("one").len(), 1);
    let redis = place.redis.as_mut().expect("Redis");
    redis.kill();
    // Both were remembered; that ends with the bound, and what was not is refused from now on.
    let away = |told: Result<(), StoreError>| matches!(told, Err(StoreError::Away(_)));
    eventually("nothing is said any more", SEEN, || {
        away(wait(sessions.session("a", now())).map(drop))
            && away(wait(sessions.grants(&ids, now())).map(drop))
    });
    assert!(away(wait(sessions.session("b", now())).map(drop)));
    assert!(away(
        wait(sessions.granted("album", "ann", now())).map(drop)
    ));
    assert!(away(wait(sessions.end("a".to_owned()))));
    let ticket = wait(sessions.redeem("to-g".to_owned(), now()));
    assert!(away(ticket.map(drop)));
    redis.start_again();
    up(sessions.link().expect("a link"));
    assert!(lives(&sessions, "a"));
    let ticket = wait(sessions.redeem("to-g".to_owned(), now())).expect("an answer");
    assert!(ticket.is_some());
}
