//! Keys that are handed out: they stand where every node sees them, and the same ask gets the same one.

use std::collections::HashSet;

use editkey::mint::{AccessKey, KeyId, Life};
use editkey::store::{Ask, LastUses, Same, StoreError};
use editkey::visitor::Source;
use jiff::SignedDuration;

use super::{at_once, find, grounds, now, wait};

#[test]
fn a_key_opens_on_every_node_and_the_same_ask_gets_it_again() {
    for ground in grounds() {
        let (one, other) = (ground.keys(), ground.keys());
        let key = ground.mint(&one, "a.md");
        let found = find(&other, &key.id()).expect("there");
        assert_eq!(found.place.to_string(), "/srv/a/a.md", "{}", ground.name);
        assert!(ground.mint(&other, "a.md") == key, "{}", ground.name);
        assert!(ground.mint(&one, "b.md") != key);
        let uses = LastUses::at(&ground.folder.path().join("lastused.json"));
        let ask = Ask::of(&ground.draft("a.md"));
        let same = wait(other.find_same(&ask, now(), &uses)).expect("an answer");
        assert!(matches!(same, Same::Key(same) if same == key));
        let ask = Ask::of(&ground.draft("c.md"));
        let same = wait(other.find_same(&ask, now(), &uses)).expect("an answer");
        assert!(matches!(same, Same::Nothing(alive) if alive.is_empty()));
    }
}

#[test]
fn asks_at_once_on_two_nodes_get_one_key_and_lose_none() {
    for ground in grounds() {
        let nodes = [ground.keys(), ground.keys()];
        let minted: Vec<Vec<AccessKey>> = at_once(8, |writer| {
            let keys = &nodes[writer % 2];
            (0..25)
                .map(|n| ground.mint(keys, &format!("{}-{n}", writer % 4)))
                .collect()
        });
        let minted: Vec<KeyId> = minted.iter().flatten().map(AccessKey::id).collect();
        let distinct: HashSet<&KeyId> = minted.iter().collect();
        assert_eq!(distinct.len(), 100, "{}", ground.name);
        let keys = ground.keys();
        assert!(minted.iter().all(|id| find(&keys, id).is_some()));
    }
}

#[test]
fn an_ask_for_another_life_rights_or_visitor_gets_another_key() {
    for ground in grounds() {
        let keys = ground.keys();
        let end = now() + SignedDuration::from_hours(1);
        let lives = [
            Life::Unlimited,
            Life::For(3600),
            Life::For(60),
            Life::Until(end),
        ];
        let mint = |life, source| {
            let draft = ground.draft_for("a", source, life);
            keys.mint_blocking(draft, now()).expect("minted")
        };
        let given: Vec<_> = lives
            .iter()
            .map(|life| mint(*life, Source::Local))
            .collect();
        let ids: HashSet<KeyId> = given.iter().map(|minted| minted.key.id()).collect();
        // The same second, by its length or by its end, is the same life.
        assert!(
            ids.len() >= 3 && given[0].new && given[1].new,
            "{}",
            ground.name
        );
        assert!(mint(Life::Unlimited, Source::Operator).new);
        for (life, before) in lives.iter().zip(&given) {
            let again = mint(*life, Source::Local);
            assert!(
                !again.new && again.key == before.key,
                "{}: {life:?}",
                ground.name
            );
        }
    }
}

#[test]
fn an_expired_key_is_found_and_not_handed_out_again() {
    for ground in grounds() {
        let keys = ground.keys();
        let draft = ground.draft_for("a", Source::Local, Life::For(60));
        let first = keys.mint_blocking(draft, now()).expect("minted").key;
        let later = now() + SignedDuration::from_secs(120);
        let draft = ground.draft_for("a", Source::Local, Life::For(60));
        let second = keys.mint_blocking(draft, later).expect("minted");
        assert!(second.new && second.key != first, "{}", ground.name);
        assert!(find(&keys, &first.id()).expect("there").expired(later));
    }
}

#[test]
fn a_place_that_does_not_answer_hands_out_nothing() {
    for mut ground in grounds() {
        let keys = ground.keys();
        let key = ground.mint(&keys, "a");
        match &mut ground.redis {
            Some(redis) => redis.kill(),
            None => std::fs::write(ground.folder.path().join("accesskeys.json"), "{ no")
                .expect("written"),
        }
        crate::support::eventually("it is seen", super::SEEN * 3, || {
            wait(keys.standing(&key.id())).is_err()
        });
        let minted = keys.mint_blocking(ground.draft("b"), now());
        let Err(error) = minted else {
            panic!("{}: handed out", ground.name);
        };
        let away = matches!(error, StoreError::Away(_) | StoreError::Broken(_));
        assert!(away, "{}: {error}", ground.name);
    }
}
