//! Lists of keys of which many were minted in one second: in the order of their ids, whatever the page.

use editkey::mint::{KeyId, Life};
use editkey::store::{LastUses, Order, Search, Sort, Whose};
use editkey::visitor::Source;
use jiff::SignedDuration;

use super::{grounds, now, wait};

#[test]
fn a_second_with_more_keys_than_a_page_is_gone_through_whole_and_in_order() {
    for ground in grounds() {
        let keys = ground.keys();
        let mut ids: Vec<KeyId> = Vec::new();
        for (second, count) in [(0, 3), (1, 200), (2, 1), (3, 150)] {
            let when = now() + SignedDuration::from_secs(second);
            let mut some: Vec<KeyId> = (0..count)
                .map(|at| {
                    let what = (format!("{second}-{at}"), Source::Local, Life::Unlimited);
                    let draft = ground.draft_at((&what.0, what.1, what.2), when);
                    wait(keys.mint(draft, when, Vec::new()))
                        .expect("minted")
                        .key
                        .id()
                })
                .collect();
            some.sort();
            ids.extend(some);
        }
        let uses = LastUses::at(&ground.folder.path().join("lastused.json"));
        for order in [Order::Asc, Order::Desc] {
            let mut search = Search {
                limit: 64,
                sort: Sort::Created,
                order,
                ..Search::default()
            };
            let mut listed = Vec::new();
            loop {
                let hits = keys
                    .search_blocking(&Whose::All, &search, &|_| true, &uses, now())
                    .expect("an answer");
                assert_eq!(hits.total, ids.len());
                listed.extend(hits.keys.iter().map(|hit| hit.found.id));
                search.after = hits.next;
                if search.after.is_none() {
                    break;
                }
            }
            if order == Order::Desc {
                listed.reverse();
            }
            assert!(
                listed == ids,
                "{order:?}: {} of {}",
                listed.len(),
                ids.len()
            );
        }
    }
}
