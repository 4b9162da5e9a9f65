//! Whatever is done to keys in a file and to the same keys in Redis, the answers are the same, and so is all that can be
//! seen afterwards.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use editkey::grants::Grants;
use editkey::mint::{
    Browser, Draft, Idle, KeyId, Life, Narrowing, Record, Terms, draft, draft_derived,
};
use editkey::names::{Label, Rights, Scope};
use editkey::store::{
    Ask, Changed, Claiming, Found, Keys, LastUses, Order, Pass, Same, Search, Sort, State, Still,
    Want, Wanted, Whose,
};
use editkey::visitor::{Source, Visitor};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::{Ground, grounds, now, place, wait};

/// Something that is done; numbers name keys by when they came.
#[derive(Debug, Clone)]
enum Deed {
    Mint {
        name: usize,
        source: usize,
        life: usize,
        view: bool,
        directory: bool,
    },
    Derive(usize),
    Narrow {
        key: usize,
        how: usize,
    },
    Claim {
        key: usize,
        browser: usize,
    },
    Revoke(Vec<usize>),
    Add {
        key: usize,
        parent: Option<usize>,
    },
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
    let mint = mint.prop_map(|(name, source, life, view, directory)| Deed::Mint {
        name,
        source,
        life,
        view,
        directory,
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

fn same(draft: &Draft) -> Draft {
    Draft {
        key: draft.key.clone(),
        id: draft.id,
        record: draft.record.clone(),
        life: draft.life,
    }
}

fn found(keys: &Keys, id: &KeyId) -> Option<Found> {
    let found = keys.look_blocking(&Want::Key(*id).into(), |look| look.table.find(id));
    found.expect("an answer")
}

/// What is told of a key, and of those above it.
fn told(found: &Found) -> String {
    let one = |key: &Found| {
        format!(
            "{} {} {:?} {:?} {:?} {:?} {} {:?} {:?}",
            key.id,
            key.place,
            key.scope,
            key.rights,
            key.created,
            key.expires,
            key.by,
            key.bind,
            key.more
        )
    };
    found.line().map(one).collect::<Vec<_>>().join("\n  ")
}

impl Story<'_> {
    fn id(&self, number: usize) -> Option<KeyId> {
        let (id, _) = self.known.get(number % self.known.len().max(1))?;
        Some(*id)
    }

    fn draft(&self, name: usize, source: usize, life: usize, view: bool, directory: bool) -> Draft {
        let host = "cms".parse().expect("a name");
        let visitor = match source {
            0 => Visitor::of(Source::Local),
            1 => Visitor::of(Source::Operator),
            2 => Visitor::of(Source::Anyone),
            _ => Visitor::of(Source::Host(host)),
        };
        let scope = if directory {
            Scope::Directory
        } else {
            Scope::File
        };
        let rights = if view { Rights::View } else { Rights::Edit };
        let day = SignedDuration::from_hours(24);
        let life = [
            Life::Unlimited,
            Life::For(3 * 86_400),
            Life::For(30 * 86_400),
            Life::Until(now() + day * 9),
        ][life];
        let name = ["a", "b.md", "C"][name];
        let permit = Grants::everything(Rights::Edit)
            .permit(place(name), scope, Some(rights), &visitor)
            .expect("granted");
        draft(permit, Terms::of(life), self.now, &self.ground.sealer).expect("random")
    }

    fn derived(&self, parent: KeyId, of: &Side) -> Option<Draft> {
        let found = found(&of.keys, &parent)?;
        let wanted = Want::Key(parent).into();
        let record = of.keys.look_blocking(&wanted, |look| {
            Keys::record(look, &look.table.find(&parent)?)
        });
        let mut record = record.expect("an answer")?;
        record.limits = editkey::mint::Limits {
            parent: Some(found.id),
            ..Default::default()
        };
        record.created = Some(self.now);
        draft_derived(record, &self.ground.sealer).ok()
    }

    fn narrowing(&self, how: usize) -> Narrowing {
        let none = Narrowing::default;
        match how {
            0 => Narrowing {
                rights: Some(Rights::View),
                ..none()
            },
            1 => Narrowing {
                uses: Some(2),
                ..none()
            },
            2 => Narrowing {
                idle: Idle::days(3).ok(),
                ..none()
            },
            3 => Narrowing {
                label: Some(Label::parse("for Bob").ok()),
                ..none()
            },
            4 => Narrowing {
                life: Some(Life::For(86_400)),
                ..none()
            },
            _ => Narrowing {
                uses: Some(0),
                ..none()
            },
        }
    }

    /// Does it at both, and gives what each of them said.
    fn does(&mut self, deed: &Deed, sides: &[Side; 2]) -> [String; 2] {
        match deed {
            Deed::Mint {
                name,
                source,
                life,
                view,
                directory,
            } => {
                let draft = self.draft(*name, *source, *life, *view, *directory);
                self.known.push((draft.id, draft.record.clone()));
                sides.each_ref().map(|side| {
                    let ask = Ask::of(&draft);
                    let earlier =
                        wait(side.keys.find_same(&ask, self.now, &side.uses)).expect("an answer");
                    let alive = match earlier {
                        Same::Key(key) => return format!("earlier {}", key.id()),
                        Same::Nothing(alive) => alive,
                    };
                    let minted =
                        wait(side.keys.mint(same(&draft), self.now, alive)).expect("minted");
                    format!("minted {} {}", minted.key.id(), minted.new)
                })
            }
            Deed::Derive(key) => {
                let draft = self.id(*key).and_then(|id| self.derived(id, &sides[0]));
                let Some(draft) = draft else {
                    return Default::default();
                };
                self.known.push((draft.id, draft.record.clone()));
                sides.each_ref().map(|side| {
                    let derived =
                        wait(side.keys.derive(same(&draft), self.now)).expect("an answer");
                    match derived {
                        editkey::store::Derived::Key(key) => key.id().to_string(),
                        editkey::store::Derived::Unknown => "unknown".to_owned(),
                        editkey::store::Derived::Deep => "deep".to_owned(),
                        editkey::store::Derived::Many => "many".to_owned(),
                    }
                })
            }
            Deed::Narrow { key, how } => {
                let Some(id) = self.id(*key) else {
                    return Default::default();
                };
                let (by, now) = (self.narrowing(*how), self.now);
                sides.each_ref().map(|side| {
                    let by = by.clone();
                    let change = move |record: &Record| record.narrowed(&by, now);
                    let changed = wait(side.keys.change(id, change)).expect("an answer");
                    match changed {
                        Changed::To(record) => record.to_json(),
                        Changed::Unknown => "unknown".to_owned(),
                        Changed::Not(why) => why.to_string(),
                    }
                })
            }
            Deed::Claim { key, browser } => {
                let Some(id) = self.id(*key) else {
                    return Default::default();
                };
                let secret =
                    editkey::mint::AccessKey::parse(&format!("{browser:024}")).expect("a key");
                sides.each_ref().map(|side| {
                    let line = wait(
                        side.keys
                            .look(&Want::Key(id).into(), |look| look.table.standing(&id)),
                    );
                    let line = line.expect("an answer");
                    let claim = |key: &Found| Claiming {
                        id: key.id,
                        browser: Browser::of(&secret, &key.id),
                        passphrase: None,
                    };
                    let line = line.iter().flat_map(Found::line).map(claim).collect();
                    format!(
                        "{:?}",
                        wait(side.keys.claim(line, self.now)).expect("an answer")
                    )
                })
            }
            Deed::Revoke(keys) => {
                let ids: Vec<KeyId> = keys.iter().filter_map(|key| self.id(*key)).collect();
                sides.each_ref().map(|side| {
                    format!(
                        "{:?}",
                        wait(side.keys.revoke(ids.clone())).expect("an answer")
                    )
                })
            }
            Deed::Add { key, parent } => {
                let Some((id, mut record)) = self.known.get(key % self.known.len().max(1)).cloned()
                else {
                    return Default::default();
                };
                let parent = parent
                    .and_then(|parent| self.id(parent))
                    .filter(|parent| *parent != id);
                record.limits.parent = record.limits.parent.or(parent);
                sides.each_ref().map(|side| {
                    let added = side.keys.add_blocking(vec![(id, record.clone())]);
                    format!("{:?}", added.expect("an answer"))
                })
            }
            Deed::Prune(keys) => {
                let ids: Vec<KeyId> = keys.iter().filter_map(|key| self.id(*key)).collect();
                sides.each_ref().map(|side| self.prune(side, &ids))
            }
            Deed::Undo => sides.each_ref().map(|side| {
                let undone = side
                    .keys
                    .undo_blocking(self.now, |_, _| ())
                    .expect("an answer");
                let keys = undone.map(|undone| undone.keys).unwrap_or_default();
                let keys: BTreeMap<KeyId, String> = keys
                    .iter()
                    .map(|key| (key.id, format!("{:?} {:?}", key.place, key.left_out)))
                    .collect();
                format!("{keys:?}")
            }),
            Deed::Use(key) => {
                let Some(id) = self.id(*key) else {
                    return Default::default();
                };
                for side in sides {
                    side.uses.used(id, self.now);
                    wait(side.uses.flush()).expect("written");
                }
                Default::default()
            }
            Deed::Wait(hours) => {
                self.now += SignedDuration::from_hours(*hours);
                Default::default()
            }
        }
    }

    fn prune(&self, side: &Side, ids: &[KeyId]) -> String {
        let mut keys: Vec<Found> = Vec::new();
        for id in ids {
            keys.extend(
                found(&side.keys, id).filter(|found| keys.iter().all(|key| key.id != found.id)),
            );
        }
        // What was derived comes before what it was derived from.
        let above = |found: &Found| {
            std::iter::successors(Some(found.clone()), |key| {
                super::record_above(&side.keys, key)
            })
            .take(9)
            .count()
        };
        keys.sort_by_key(|found| (std::cmp::Reverse(above(found)), found.id));
        let still: Arc<Still> = Arc::new(|_, keys| Ok(vec![true; keys.len()]));
        let removed = side.keys.prune_blocking(keys, self.now, &still, |_| true);
        assert!(removed.failed.is_none(), "{:?}", removed.failed);
        let mut gone: Vec<KeyId> = removed.keys.iter().map(|found| found.id).collect();
        gone.sort();
        format!("{gone:?}")
    }

    /// All that can be seen there.
    fn seen(&self, side: &Side) -> Vec<String> {
        let mut seen = Vec::new();
        for (id, record) in &self.known {
            let wanted = Wanted(vec![Want::Family(*id)]);
            let look = side.keys.look_blocking(&wanted, |look| {
                let found = look.table.find(id);
                let record = found.as_ref().and_then(|found| Keys::record(look, found));
                let mut children = look.table.children(id).to_vec();
                children.sort();
                let standing = look.table.standing(id);
                let found = found.as_ref().map(told);
                (
                    found,
                    standing.as_ref().map(told),
                    record.map(|record| record.to_json()),
                    children,
                )
            });
            seen.push(format!("{id}: {:?}", look.expect("an answer")));
            seen.push(format!(
                "{:?}",
                side.keys.mark_blocking(id).expect("an answer")
            ));
            let by: Arc<str> = record.by.clone();
            let of = side
                .keys
                .look_blocking(&Want::Of(by.clone()).into(), |look| {
                    let mut of: Vec<KeyId> = look.table.of(&by).map(|found| found.id).collect();
                    of.sort();
                    of
                });
            seen.push(format!("{:?}", of.expect("an answer")));
            let near = side
                .keys
                .see_blocking(id, &side.uses, self.now)
                .expect("an answer");
            let near = near.map(|near| {
                let hit = |hit: &editkey::store::Hit| {
                    format!("{} {:?} {:?}", told(&hit.found), hit.uses, hit.state)
                };
                let all = |hits: &[editkey::store::Hit]| hits.iter().map(hit).collect::<Vec<_>>();
                (hit(&near.key), all(&near.above), all(&near.children))
            });
            seen.push(format!("{near:?}"));
            let beginning = &id.to_string()[..8];
            seen.push(format!(
                "{:?}",
                side.keys.pruned_blocking(beginning).expect("an answer")
            ));
            let begins =
                side.keys
                    .look_blocking(&Want::Beginning(beginning.to_owned()).into(), |look| {
                        let begins = |found: &Found| found.id.to_string().starts_with(beginning);
                        look.table.each().filter(begins).count()
                    });
            seen.push(format!("{:?}", begins.expect("an answer")));
        }
        let nameless = side
            .keys
            .look_blocking(&Want::Nameless.into(), |look| look.table.nameless());
        seen.push(format!("{:?}", nameless.expect("an answer")));
        seen.push(format!("{:?}", side.keys.last_backup_blocking().is_some()));
        let (mut pass, mut all) = (Pass::default(), Vec::new());
        while let Some(some) = side
            .keys
            .some_blocking(&mut pass, |_, some| some)
            .expect("an answer")
        {
            all.extend(some.iter().map(|found| told(found)));
        }
        all.sort();
        seen.push(format!("{} {} {all:?}", pass.done(), pass.all()));
        seen
    }

    /// All pages of a list there.
    fn listed(&self, side: &Side, search: &Search, whose: &Whose) -> Vec<String> {
        let (mut listed, mut search) = (Vec::new(), search.clone());
        loop {
            let mine = |found: &Found| found.by.len() % 2 == 0;
            let hits = side
                .keys
                .search_blocking(whose, &search, &mine, &side.uses, self.now);
            let hits = hits.expect("an answer");
            let key = |hit: &editkey::store::Hit| {
                format!("{} {:?} {:?}", told(&hit.found), hit.uses, hit.state)
            };
            listed.push(format!("{} of {}", hits.keys.len(), hits.total));
            listed.extend(hits.keys.iter().map(key));
            listed.push(format!("{:?}", hits.next));
            match hits.next {
                Some(next) => search.after = Some(next),
                None => break,
            }
        }
        let mut rows = Vec::new();
        let mut each = |found: Found, uses| {
            rows.push(format!("{} {uses:?}", told(&found)));
            ControlFlow::Continue(())
        };
        let unknown = side
            .keys
            .each_wanted_blocking(&search, None, &side.uses, self.now, &mut each);
        assert!(unknown.expect("an answer").is_none());
        rows.sort();
        listed.extend(rows);
        let (page, _) = side
            .keys
            .page_blocking(&search, &side.uses, self.now)
            .expect("an answer");
        listed.push(format!("{} {:?}", page.total, page.next));
        listed
    }
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
