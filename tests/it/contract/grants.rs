//! What hosts granted and withdrew, wherever it stands.

use editkey::store::{Sessions, StoreError, Withdrawn};

use super::sessions::{HOUR, grant, host_grant};
use super::{SEEN, at_once, later, now, places, wait};
use crate::support::eventually;

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
fn nodes_that_grant_at_once_grant_no_more_than_may_be() {
    for place in places() {
        let nodes = [place.sessions(2), place.sessions(2)];
        let told = at_once(40, |number| {
            let album = host_grant("album", None, later(HOUR));
            grant(&nodes[number % 2], &number.to_string(), album).is_ok()
        });
        let granted = told.into_iter().filter(|granted| *granted).count();
        assert_eq!(granted, 8, "{}", place.name);
    }
}
