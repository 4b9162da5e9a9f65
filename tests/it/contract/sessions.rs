//! Sessions, grants and tickets, wherever they stand.

use std::collections::HashMap;

use editkey::store::{HostGrant, Session, Sessions, StoreError, Ticket, Withdrawn};
use jiff::Timestamp;

use super::{SEEN, at_once, later, now, places, wait};
use crate::support::eventually;

const HOUR: i64 = 3_600_000;

fn session(what: &str, expires: Timestamp) -> Session {
    Session {
        state: HashMap::from([("holder".to_owned(), what.to_owned())]),
        created: now(),
        expires,
    }
}

fn keep(sessions: &Sessions, name: &str, expires: Timestamp) {
    wait(sessions.keep(name.to_owned(), session(name, expires))).expect("kept");
}

fn lives(sessions: &Sessions, name: &str) -> bool {
    let found = wait(sessions.session(name, now())).expect("an answer");
    found.is_some()
}

fn host_grant(host: &str, user: Option<&str>, expires: Timestamp) -> HostGrant {
    HostGrant {
        host: host.to_owned(),
        user: user.map(str::to_owned),
        poweruser: None,
        directories: Vec::new(),
        expires,
    }
}

fn ticket(expires: Timestamp) -> Ticket {
    Ticket {
        grant: None,
        file: None,
        expires,
    }
}

/// Grants with a ticket of the same name.
fn grant(sessions: &Sessions, id: &str, grant: HostGrant) -> Result<(), StoreError> {
    let ticket = ticket(grant.expires);
    wait(sessions.grant(id.to_owned(), grant, format!("to-{id}"), ticket))
}

fn standing(sessions: &Sessions, ids: &[&str]) -> Vec<String> {
    let ids: Vec<String> = ids.iter().map(|&id| id.to_owned()).collect();
    let one = |id: &String| {
        let found = wait(sessions.grants(std::slice::from_ref(id), now()));
        !found.expect("an answer").is_empty()
    };
    ids.into_iter().filter(one).collect()
}

fn granted(sessions: &Sessions, host: &str, user: &str) -> usize {
    let found = wait(sessions.granted(host, user, now()));
    found.expect("an answer").len()
}

#[test]
fn a_session_lives_on_every_node_until_its_end_or_until_it_is_ended() {
    for place in places() {
        let (here, there) = (place.sessions(10), place.sessions(10));
        let expires = later(HOUR);
        keep(&here, "a", expires);
        keep(&here, "b", expires);
        let (told, name) = (
            wait(there.field("a", "holder", now())).expect("an answer"),
            place.name,
        );
        assert_eq!(told.as_deref(), Some("a"), "{name}");
        assert_eq!(wait(there.field("a", "x", now())).expect("one"), None);
        let at_end = wait(there.session("a", expires)).expect("an answer");
        assert!(at_end.is_none(), "{name}: its end");
        assert!(lives(&there, "a") && !lives(&there, "c"), "{name}");
        // It says something else from now on.
        wait(here.keep("a".to_owned(), session("other", expires))).expect("kept");
        eventually("another word of it is seen", SEEN, || {
            let told = wait(there.field("a", "holder", now())).expect("an answer");
            told.as_deref() == Some("other")
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
fn what_a_host_withdraws_is_gone_on_every_node_within_a_second() {
    for place in places() {
        let (here, there, name) = (place.sessions(10), place.sessions(10), place.name);
        let expires = later(HOUR);
        for (id, host, user) in [
            ("1", "album", Some("ann")),
            ("2", "album", Some("ann")),
            ("3", "album", Some("bob")),
            ("4", "other", Some("ann")),
            ("5", "album", None),
        ] {
            grant(&here, id, host_grant(host, user, expires)).expect("granted");
        }
        let all = ["1", "2", "3", "4", "5"];
        assert_eq!(standing(&there, &all), all, "{name}");
        assert_eq!(granted(&there, "album", "ann"), 2, "{name}");
        let withdraw = |host: &str, which| {
            let withdrawn = wait(here.withdraw(host.to_owned(), which));
            withdrawn.expect("withdrawn")
        };
        let one = |id: &str| Withdrawn::One(id.to_owned());
        assert_eq!(withdraw("other", one("5")), 0, "{name}: another's");
        assert_eq!(withdraw("album", one("none")), 0, "{name}");
        assert_eq!(withdraw("album", one("5")), 1, "{name}");
        assert_eq!(standing(&here, &all), ["1", "2", "3", "4"], "{name}");
        eventually("that is seen", SEEN, || {
            standing(&there, &all) == ["1", "2", "3", "4"]
        });
        let ann = Withdrawn::To("ann".to_owned());
        assert_eq!(withdraw("album", ann.clone()), 2, "{name}");
        assert_eq!(withdraw("album", ann), 0, "{name}: once");
        eventually("that is seen, too", SEEN, || {
            standing(&there, &all) == ["3", "4"]
        });
        assert_eq!(granted(&there, "album", "ann"), 0, "{name}");
        assert_eq!(granted(&there, "other", "ann"), 1, "{name}");
        assert_eq!(granted(&there, "album", "bob"), 1, "{name}");
    }
}

#[test]
fn a_withdrawal_counts_each_grant_once_however_many_withdraw() {
    for place in places() {
        let nodes = [place.sessions(10), place.sessions(10)];
        for id in 0..20 {
            let grant_to_ann = host_grant("album", Some("ann"), later(HOUR));
            grant(&nodes[0], &id.to_string(), grant_to_ann).expect("granted");
        }
        let told = at_once(8, |number| {
            let ann = Withdrawn::To("ann".to_owned());
            let withdrawn = wait(nodes[number % 2].withdraw("album".to_owned(), ann));
            withdrawn.expect("withdrawn")
        });
        assert_eq!(told.iter().sum::<usize>(), 20, "{}", place.name);
    }
}

#[test]
fn no_more_is_granted_than_may_be_until_something_makes_room() {
    for place in places() {
        let (here, there, name) = (place.sessions(1), place.sessions(1), place.name);
        let try_one = |sessions: &Sessions, id: &str, millis| {
            grant(
                sessions,
                id,
                host_grant("album", Some("ann"), later(millis)),
            )
        };
        for id in ["1", "2", "3"] {
            try_one(&here, id, HOUR).expect("granted");
        }
        try_one(&there, "4", 1000).expect("granted");
        let refused = try_one(&here, "5", HOUR).expect_err("too many");
        assert!(matches!(refused, StoreError::Limit(_)), "{name}: {refused}");
        assert_eq!(standing(&there, &["5"]), [""; 0], "{name}");
        let none = wait(there.redeem("to-5".to_owned(), now())).expect("an answer");
        assert!(none.is_none(), "{name}: nor a ticket to it");
        let one = Withdrawn::One("1".to_owned());
        wait(there.withdraw("album".to_owned(), one)).expect("withdrawn");
        try_one(&here, "5", HOUR).expect("granted");
        // What ends makes room as soon as it is swept.
        eventually("there is room", std::time::Duration::from_secs(5), || {
            wait(there.sweep(now())).expect("swept");
            try_one(&here, "6", HOUR).is_ok()
        });
        assert_eq!(
            standing(&there, &["2", "3", "4", "5", "6"]),
            ["2", "3", "5", "6"],
            "{name}"
        );
        assert_eq!(granted(&there, "album", "ann"), 4, "{name}");
    }
}

#[test]
fn what_has_ended_leaves_nothing_behind() {
    for place in places() {
        let (sessions, name) = (place.sessions(1000), place.name);
        let soon = later(700);
        keep(&sessions, "session", soon);
        for id in 0..20 {
            let user = (id % 2 == 0).then_some("ann");
            let ending = host_grant("album", user, soon);
            grant(&sessions, &id.to_string(), ending).expect("granted");
        }
        wait(sessions.sweep(now())).expect("swept");
        assert!(lives(&sessions, "session"), "{name}: it lives still");
        eventually("all has ended", std::time::Duration::from_secs(5), || {
            wait(sessions.sweep(now())).expect("swept");
            match &place.redis {
                Some(redis) => redis.say(&["DBSIZE"]) == "0",
                None => now() > soon,
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
