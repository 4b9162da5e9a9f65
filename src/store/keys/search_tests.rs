//! What a search finds, held against looking at each key by itself.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

#[path = "search_made.rs"]
mod made_up;

use made_up::{Made, made, now, search, table, uses};

use super::*;
use crate::mint::KeyId;
use crate::store::{KnownUses, Order, Uses};

struct Known(BTreeMap<KeyId, Uses>);

impl KnownUses for Known {
    fn of(&self, id: &KeyId) -> Uses {
        self.0.get(id).copied().unwrap_or_default()
    }

    fn each(&self, each: &mut dyn FnMut(&KeyId, Uses)) {
        self.0.iter().for_each(|(id, uses)| each(id, *uses));
    }

    fn count(&self) -> usize {
        self.0.len()
    }
}

/// Letters as a person would say that they are the same.
fn fold(text: &str) -> String {
    text.to_lowercase().replace('\u{212a}', "k")
}

/// Whether a key is wanted, by its own words.
fn wanted(search: &Search, whose: &Whose, hit: &Hit, mine: &dyn Fn(&Found) -> bool) -> bool {
    let found = &hit.found;
    let has = |text: &str, part: &str| fold(text).contains(&fold(part));
    let limits = found.limits();
    let text = |part: &str| {
        has(&found.place.to_string(), part)
            || has(&found.by, part)
            || found.label().is_some_and(|label| has(label.as_str(), part))
    };
    let theirs = match whose {
        Whose::All => true,
        Whose::Of(names) => names.contains(&found.by) && (!found.is_nameless() || mine(found)),
    };
    theirs
        && search.text.as_deref().is_none_or(text)
        && search
            .directory
            .as_ref()
            .is_none_or(|above| found.lies_below(above))
        && search.by.as_deref().is_none_or(|by| has(&found.by, by))
        && search.state.is_none_or(|state| state == hit.state)
        && search.rights.is_none_or(|rights| rights == found.rights)
        && search.scope.is_none_or(|scope| scope == found.scope)
        && search
            .passphrase
            .is_none_or(|it| it == limits.is_some_and(|limits| limits.passphrase.is_some()))
        && search
            .claimed
            .is_none_or(|it| it == limits.is_some_and(|limits| limits.claims.is_some()))
}

/// What a key is sorted by, so that greater is later.
fn sorted_by(sort: Sort, hit: &Hit) -> (i64, String, String) {
    let text = |text: &str| (0, text.to_ascii_lowercase(), text.to_owned());
    let number = |number| (number, String::new(), String::new());
    match sort {
        Sort::Created => number(hit.found.created.map_or(0, Timestamp::as_second)),
        Sort::Expires => number(hit.found.expires.map_or(i64::MAX, Timestamp::as_second)),
        Sort::Used => number(hit.uses.day.map_or(0, |day| i64::from(day.day()))),
        Sort::Uses => number(i64::try_from(hit.uses.count).expect("few")),
        Sort::Name => text(hit.found.place.basename.as_str()),
        Sort::By => text(&hit.found.by),
    }
}

fn every_page(table: &KeyTable, search: &Search, whose: &Whose, beside: &Beside<'_>) -> Vec<KeyId> {
    let mut search = search.clone();
    let mut all = Vec::new();
    loop {
        let hits = table.search(whose, &search, beside);
        assert!(hits.keys.len() <= search.limit);
        all.extend(hits.keys.iter().map(|hit| hit.found.id));
        let Some(next) = hits.next else {
            assert_eq!(hits.total, all.len());
            return all;
        };
        // As text, as it goes out and comes back.
        search.after = Some(next.to_string().parse().expect("our own cursor"));
    }
}

proptest! {
    #[test]
    fn a_search_finds_what_looking_at_each_key_finds_in_the_same_order_page_by_page(
        made in proptest::collection::vec(made(), 0..40),
        gone in proptest::collection::btree_set(0_usize..40, 0..6),
        (search, whose) in search(),
    ) {
        let table = table(&made, &gone);
        let known = uses(&made);
        let uses = Known(known);
        let mine = |found: &Found| found.place.dirname.as_str() == "/srv/a";
        let beside = Beside { uses: &uses, mine: &mine, now: now() };
        let hits = table.each().map(|found| table.hit(found, &beside));
        let mut expected: Vec<Hit> = hits.filter(|hit| wanted(&search, &whose, hit, &mine)).collect();
        expected.sort_by_key(|hit| (sorted_by(search.sort, hit), hit.found.id));
        if search.order == Order::Desc {
            expected.reverse();
        }
        let expected: Vec<KeyId> = expected.iter().map(|hit| hit.found.id).collect();
        prop_assert_eq!(every_page(&table, &search, &whose, &beside), expected);
    }

    #[test]
    fn what_is_read_off_the_uses_is_what_each_key_says(
        made in proptest::collection::vec(made(), 0..40),
        gone in proptest::collection::btree_set(0_usize..40, 0..6),
        (search, whose) in search(),
        sort in prop_oneof![Just(Sort::Used), Just(Sort::Uses)],
    ) {
        let table = table(&made, &gone);
        let uses = Known(uses(&made));
        let beside = Beside { uses: &uses, mine: &|_| true, now: now() };
        let mut search = Search { sort, ..search };
        loop {
            let page = |in_turn: bool| {
                let mut page = Page::of(&search);
                table.search_by_uses(&whose, &search, &beside, &mut page, |_| in_turn);
                page.into_hits()
            };
            let (one, other) = (page(true), page(false));
            let ids = |hits: &Hits| hits.keys.iter().map(|hit| hit.found.id).collect::<Vec<_>>();
            prop_assert_eq!((ids(&one), one.total, &one.next), (ids(&other), other.total, &other.next));
            let Some(next) = one.next else { break };
            search.after = Some(next);
        }
    }

    #[test]
    fn keys_that_come_and_go_elsewhere_make_none_appear_twice_and_none_be_left_out(
        made in proptest::collection::vec(made(), 10..40),
        (search, whose) in search(),
        gone in proptest::collection::btree_set(0_usize..40, 1..6),
    ) {
        let known = uses(&made);
        let uses = Known(known);
        let beside = Beside { uses: &uses, mine: &|_| true, now: now() };
        // First all but the last five are there; between two pages some go and the others come.
        let parentless: Vec<Made> = made.iter().map(|one| Made { parent: None, ..one.clone() }).collect();
        let before = table(&parentless[..parentless.len() - 5], &BTreeSet::new());
        let after = table(&parentless, &gone);
        let first = before.search(&whose, &search, &beside);
        let mut seen: Vec<KeyId> = first.keys.iter().map(|hit| hit.found.id).collect();
        let both = |id: &KeyId| before.find(id).is_some() && after.find(id).is_some();
        let staying: BTreeSet<KeyId> = every_page(&before, &search, &whose, &beside).into_iter().filter(both).collect();
        if let Some(next) = first.next {
            seen.extend(every_rest(&after, &Search { after: Some(next), ..search.clone() }, &whose, &beside));
        }
        let distinct: BTreeSet<KeyId> = seen.iter().copied().collect();
        prop_assert_eq!(distinct.len(), seen.len());
        prop_assert!(staying.is_subset(&distinct));
    }
}

fn every_rest(table: &KeyTable, search: &Search, whose: &Whose, beside: &Beside<'_>) -> Vec<KeyId> {
    let hits = table.search(whose, search, beside);
    let mut all: Vec<KeyId> = hits.keys.iter().map(|hit| hit.found.id).collect();
    if let Some(next) = hits.next {
        all.extend(every_rest(
            table,
            &Search {
                after: Some(next),
                ..search.clone()
            },
            whose,
            beside,
        ));
    }
    all
}

#[test]
fn a_text_never_stands_half_in_one_name_and_half_in_the_next() {
    let one = |name| Made {
        directory: 1,
        name,
        by: 0,
        directory_key: false,
        edit: true,
        created: 0,
        expires: None,
        label: None,
        idle: false,
        passphrase: false,
        claimed: false,
        parent: None,
        used: 0,
    };
    // "b" and "a" follow one another in memory.
    let table = table(&[one(3), one(0)], &BTreeSet::new());
    let beside = Beside {
        uses: &Known(BTreeMap::new()),
        mine: &|_| true,
        now: now(),
    };
    let search = |text: &str| Search {
        text: Some(text.to_owned()),
        limit: 9,
        ..Search::default()
    };
    assert_eq!(table.search(&Whose::All, &search("ba"), &beside).total, 0);
    assert_eq!(
        table.search(&Whose::All, &search("SRV/B"), &beside).total,
        1
    );
    assert_eq!(table.search(&Whose::All, &search(""), &beside).total, 2);
}

#[test]
fn a_cursor_is_opaque_and_one_of_another_making_is_refused() {
    use super::super::cursor::Cursor;
    for bad in [
        "",
        "x",
        "e30",
        "eyJzIjoibmFtZSJ9",
        &"A".repeat(2000),
        "bnVsbA",
        "W10",
    ] {
        assert!(bad.parse::<Cursor>().is_err(), "{bad}");
    }
}
