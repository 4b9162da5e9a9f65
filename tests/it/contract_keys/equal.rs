//! Whatever is done to keys in a file and to the same keys in Redis, the answers are the same, and so is all that can be
//! seen afterwards.

mod deeds;
mod drafts;
mod seen;

use editkey::mint::{KeyId, Record};
use editkey::names::Rights;
use editkey::store::{Found, Keys, LastUses, Order, Search, Sort, State, Want, Whose};
use jiff::Timestamp;
use proptest::prelude::*;

use super::{Ground, grounds, now};

/// What is asked for.
#[derive(Debug, Clone)]
struct Asked {
    name: usize,
    source: usize,
    life: usize,
    view: bool,
    directory: bool,
}

/// Something that is done; numbers name keys by when they came.
#[derive(Debug, Clone)]
enum Deed {
    Mint(Asked),
    Derive(usize),
    Narrow { key: usize, how: usize },
    Claim { key: usize, browser: usize },
    Revoke(Vec<usize>),
    Add { key: usize, parent: Option<usize> },
    Prune(Vec<usize>),
    Undo,
    Use(usize),
    Wait(i64),
}

fn deed() -> impl Strategy<Value = Deed> {
    let key = || 0_usize..24;
    let keys = || prop::collection::vec(0_usize..24, 1..5);
    let mint = (
        0_usize..3,
        0_usize..4,
        0_usize..4,
        any::<bool>(),
        prop::bool::weighted(0.2),
    );
    let mint = mint.prop_map(|(name, source, life, view, directory)| {
        Deed::Mint(Asked {
            name,
            source,
            life,
            view,
            directory,
        })
    });
    prop_oneof![
        6 => mint,
        4 => key().prop_map(Deed::Derive),
        3 => (key(), 0_usize..6).prop_map(|(key, how)| Deed::Narrow { key, how }),
        2 => (key(), 0_usize..4).prop_map(|(key, browser)| Deed::Claim { key, browser }),
        2 => keys().prop_map(Deed::Revoke),
        2 => (key(), prop::option::of(key())).prop_map(|(key, parent)| Deed::Add { key, parent }),
        2 => keys().prop_map(Deed::Prune),
        2 => Just(Deed::Undo),
        2 => key().prop_map(Deed::Use),
        1 => (1_i64..40).prop_map(Deed::Wait),
    ]
}

/// One place, and what was done there.
struct Side {
    keys: Keys,
    uses: LastUses,
}

fn side(ground: &Ground) -> Side {
    let uses = match &ground.redis {
        Some(redis) => LastUses::over(redis.link()),
        None => LastUses::at(&ground.folder.path().join("lastused.json")),
    };
    Side {
        keys: ground.keys(),
        uses,
    }
}

/// Keys that ever were, in the order in which they came, each with its record as it was then.
type Known = Vec<(KeyId, Record)>;

struct Story<'a> {
    ground: &'a Ground,
    known: Known,
    now: Timestamp,
}

impl Story<'_> {
    fn id(&self, number: usize) -> Option<KeyId> {
        let (id, _) = self.known.get(number % self.known.len().max(1))?;
        Some(*id)
    }
}

fn found(keys: &Keys, id: &KeyId) -> Option<Found> {
    let found = keys.look_blocking(&Want::Key(*id).into(), |look| look.table.find(id));
    found.expect("an answer")
}

fn search() -> impl Strategy<Value = (Search, Option<Vec<usize>>)> {
    let sorts = vec![
        Sort::Created,
        Sort::Expires,
        Sort::Used,
        Sort::Uses,
        Sort::Name,
        Sort::By,
    ];
    let sort = (prop::sample::select(sorts), any::<bool>(), 1_usize..6);
    let text = prop::option::weighted(
        0.3,
        prop::sample::select(vec!["a", "MD", "v/a", "bob", "cms", "zzz"]),
    );
    let state = prop::option::weighted(0.3, prop_oneof![Just(State::Live), Just(State::Expired)]);
    let rights = prop::option::weighted(0.2, prop_oneof![Just(Rights::View), Just(Rights::Edit)]);
    let claimed = prop::option::weighted(0.2, any::<bool>());
    let whose = prop::option::weighted(0.4, prop::collection::vec(0_usize..24, 0..3));
    (sort, text, state, rights, claimed, whose).prop_map(
        |((sort, asc, limit), text, state, rights, claimed, whose)| {
            let search = Search {
                text: text.map(str::to_owned),
                state,
                rights,
                claimed,
                sort,
                order: if asc { Order::Asc } else { Order::Desc },
                limit,
                ..Search::default()
            };
            (search, whose)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn whatever_is_done_both_places_say_the_same(
        deeds in prop::collection::vec(deed(), 1..40),
        searches in prop::collection::vec(search(), 4),
    ) {
        let grounds = grounds();
        let sides = grounds.each_ref().map(side);
        let mut story = Story { ground: &grounds[0], known: Vec::new(), now: now() };
        for deed in &deeds {
            let [file, redis] = story.does(deed, &sides);
            prop_assert_eq!(file, redis, "{:?}", deed);
        }
        let [file, redis] = sides.each_ref().map(|side| story.seen(side));
        for (file, redis) in file.iter().zip(&redis) {
            prop_assert_eq!(file, redis);
        }
        for (search, whose) in searches {
            let by = |key: usize| story.known.get(key % story.known.len().max(1)).map(|(_, record)| record.by.clone());
            let whose = whose.map_or(Whose::All, |keys| Whose::Of(keys.into_iter().filter_map(by).collect()));
            let [file, redis] = sides.each_ref().map(|side| story.listed(side, &search, &whose));
            prop_assert_eq!(file, redis, "{:?} {:?}", search, whose);
        }
    }
}
