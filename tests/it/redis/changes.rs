//! Changes: one step, or nothing.

use editkey::store::StoreError;
use editkey::store::redis::{Change, Outcome};

use super::{get, key, read, remembered, set, wait};
use crate::support::redis::Redis;

#[test]
fn a_change_happens_where_all_is_as_it_was_read_or_not_at_all() {
    let server = Redis::start();
    let link = server.link();
    let mut change = Change::default();
    change.expect(key("k:1"), None);
    change.set(&key("k:1"), "one", None);
    let mut add = redis::cmd("SADD");
    add.arg(key("i:1")).arg("1");
    change.run(add);
    let done = wait(link.commit(change)).expect("an answer");
    assert_eq!(done, Outcome::Done(0));
    assert_eq!(
        get(&link, "k:1").expect("an answer").as_deref(),
        Some("one")
    );

    for read in [None, Some("two"), Some("")] {
        let mut change = Change::default();
        change.expect(key("k:2"), None);
        change.expect(key("k:1"), read.map(|read| read.as_bytes().to_vec()));
        change.set(&key("k:1"), "three", None);
        change.set(&key("k:2"), "three", None);
        let done = wait(link.commit(change)).expect("an answer");
        assert!(matches!(done, Outcome::Conflict), "{read:?}");
    }
    assert_eq!(
        get(&link, "k:1").expect("an answer").as_deref(),
        Some("one")
    );
    assert_eq!(get(&link, "k:2").expect("an answer"), None);
}

#[test]
fn what_a_change_takes_away_is_counted() {
    let server = Redis::start();
    let link = server.link();
    server.run(&["SET", "{editkey}:k:1", "one"]);
    let mut change = Change::default();
    for name in ["k:1", "k:2"] {
        change.run(redis::Cmd::del(key(name)));
    }
    let mut leave = redis::cmd("SREM");
    leave.arg(key("i:1")).arg("1");
    change.run(leave);
    let done = wait(link.commit(change)).expect("an answer");
    assert_eq!(done, Outcome::Done(1));
}

#[test]
fn where_a_note_cannot_be_made_nothing_but_notes_is_done() {
    let server = Redis::start();
    let link = server.link();
    server.run(&["SET", "{editkey}:i:2", "a string"]);
    let mut change = Change::default();
    change.expect(key("k:1"), None);
    for index in ["i:1", "i:2"] {
        let mut add = redis::cmd("SADD");
        add.arg(key(index)).arg("1");
        change.note(add);
    }
    change.set(&key("k:1"), "one", None);
    let told = wait(link.commit(change)).expect_err("another kind");
    assert!(matches!(told, StoreError::Broken(_)), "{told}");
    assert_eq!(get(&link, "k:1").expect("an answer"), None);
    assert_eq!(server.run(&["SMEMBERS", "{editkey}:i:1"]), "1");
    assert_eq!(server.run(&["GET", "{editkey}:i:2"]), "a string");
}

#[test]
fn what_must_not_be_there_is_set_whole_or_not_at_all() {
    let server = Redis::start();
    let link = server.link();
    let change = |names: &[&str]| {
        let mut change = Change::default();
        for name in names {
            change.expect(key(name), None);
            change.set(&key(name), "new", None);
        }
        wait(link.commit(change)).expect("an answer")
    };
    assert_eq!(change(&["k:1", "k:2"]), Outcome::Done(0));
    assert_eq!(change(&["k:3", "k:2"]), Outcome::Conflict);
    assert_eq!(get(&link, "k:3").expect("an answer"), None);
    // Another kind of thing is there, too.
    server.run(&["SADD", "{editkey}:k:4", "member"]);
    assert_eq!(change(&["k:3", "k:4"]), Outcome::Conflict);
    assert_eq!(server.run(&["SMEMBERS", "{editkey}:k:4"]), "member");
    assert_eq!(change(&["k:3"]), Outcome::Done(0));
    // By one command each.
    let said = server.run(&["INFO", "commandstats"]);
    assert!(said.contains("cmdstat_msetnx:calls=4,"), "{said}");
}

#[test]
fn a_command_that_could_fail_in_the_middle_is_refused_before_anything_is_done() {
    let server = Redis::start();
    let link = server.link();
    assert_eq!(server.run(&["SADD", "{editkey}:i", "x"]), "1");
    let refused = |second: &[&str]| {
        let mut change = Change::default();
        change.set(&key("k"), "new", None);
        let mut command = redis::cmd(second[0]);
        for word in &second[1..] {
            command.arg(*word);
        }
        change.run(command);
        let said = wait(link.commit(change)).expect_err("refused");
        assert!(
            matches!(said, StoreError::Broken(_)),
            "{second:?}: {said:?}"
        );
        assert_eq!(server.run(&["EXISTS", "{editkey}:k"]), "0", "{second:?}");
    };
    // The server's own look: another kind stands there. Ours: the command is not in the table.
    refused(&["APPEND", "{editkey}:i", "y"]);
    refused(&["HSET", "{editkey}:i", "f", "v"]);
    refused(&["INCR", "{editkey}:n"]);
    refused(&["SADD", "{editkey}:k", "of two kinds"]);
}

#[test]
fn a_read_is_remembered_until_our_own_change_is_answered() {
    let server = Redis::start();
    let link = server.link();
    set(&link, "k", "one").expect("set");
    for round in 0..200 {
        let before = if round == 0 {
            "one".to_owned()
        } else {
            format!("{}", round - 1)
        };
        // News of the change before may still come with the first read, which is not kept then.
        while remembered(&link, "k").is_none() {
            let text = read(&link, "k").expect("read").expect("a text");
            assert_eq!(*text, before);
        }
        assert_eq!(remembered(&link, "k").as_deref(), Some(&before));
        set(&link, "k", &round.to_string()).expect("set");
        let now = remembered(&link, "k");
        assert!(
            now.is_none_or(|now| *now == round.to_string()),
            "round {round}"
        );
    }
}
