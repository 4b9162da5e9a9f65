//! The life of a key, whatever is done to it in whatever order: it is never widened and never revived, and it never
//! allows more than the key that it was derived from.
//!
//! On real files, through two handles as of two processes; time is an argument. [`ask::Op`] is what can be done: one
//! more operation is one more variant of it and one more arm of [`Scene::apply`].

mod ask;
mod done;
mod gone;
mod scene;
mod seen;

use editkey::mint::{Claims, Narrowing, Widens};
use editkey::store::{Changed, Derived};
use futures_util::future::join_all;
use proptest::prelude::*;
use proptest::test_runner::Config;

use ask::{Op, browser};
use gone::Most;
use scene::{Scene, minute};
use seen::{Allows, no_more_than};

/// What holds after each operation, for every key that there ever was.
fn check(scene: &mut Scene, before: &[Option<Allows>], op: &Op) -> Vec<Option<Allows>> {
    let ids = scene.ids();
    let now: Vec<Option<Allows>> = ids.iter().map(|id| scene.seen(0, id)).collect();
    for (at, (id, allows)) in ids.iter().zip(&now).enumerate() {
        assert_eq!(
            *allows,
            scene.seen(1, id),
            "two handles differ after {op:?}"
        );
        let most = before.get(at).map(|before| scene.most(at, before.as_ref()));
        if let Some(Most::This(most)) = most {
            let wider = no_more_than(allows.as_ref(), most);
            assert_eq!(wider, Ok(()), "key {at} after {op:?}");
        }
        if let Some(parent) = scene.parent(at) {
            let parent = ids.iter().position(|id| *id == parent);
            let parent = parent.and_then(|at| now.get(at)?.as_ref());
            let wider = no_more_than(allows.as_ref(), parent);
            assert_eq!(wider, Ok(()), "key {at} against its parent after {op:?}");
        }
    }
    let live = ids.iter().zip(&now).filter(|(_, allows)| allows.is_some());
    scene.past.lived.extend(live.map(|(id, _)| *id));
    now
}

proptest! {
    #![proptest_config(Config { cases: 48, failure_persistence: None, ..Config::default() })]

    #[test]
    fn no_sequence_widens_or_revives_a_key(
        ceilings in any::<bool>(),
        ops in prop::collection::vec(ask::op(), 1..60),
    ) {
        let mut scene = Scene::new(ceilings);
        let mut before = Vec::new();
        for op in ops {
            scene.apply(&op);
            before = check(&mut scene, &before, &op);
        }
    }
}

#[test]
fn of_many_claims_at_once_exactly_so_many_win() {
    let mut scene = Scene::new(false);
    let id = scene.mint_plain();
    let narrowing = Narrowing {
        uses: Some(7),
        ..Narrowing::default()
    };
    scene.set(0, id, narrowing).expect("narrower");
    let claims = (0..60_u8).map(|at| {
        let keys = scene.keys(usize::from(at % 2));
        async move {
            keys.change(id, move |record| ask::claimed(record, browser(at)))
                .await
        }
    });
    let outcomes = Scene::block_on(join_all(claims));
    let won = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Ok(Changed::To(_))))
        .count();
    let Claims { left, browsers } = scene.record(id).limits.claims.expect("claims");
    assert_eq!((won, left, browsers.len()), (7, 0, 7));
    let distinct: std::collections::HashSet<_> = browsers.into_iter().collect();
    assert_eq!(distinct.len(), 7);
}

#[test]
fn of_many_narrowings_at_once_the_least_of_each_stands() {
    let mut scene = Scene::new(false);
    let id = scene.mint_plain();
    let narrowings = (0..40_u8).map(|at| {
        let keys = scene.keys(usize::from(at % 2));
        let narrowing = Narrowing {
            uses: Some(5 + at % 9),
            idle: editkey::mint::Idle::days(3 + u16::from(at % 7)).ok(),
            rights: (at == 20).then_some(editkey::names::Rights::View),
            ..Narrowing::default()
        };
        let now = minute(0).time;
        async move {
            keys.change(id, move |record| record.narrowed(&narrowing, now))
                .await
        }
    });
    let outcomes = Scene::block_on(join_all(narrowings));
    let told: Vec<_> = outcomes
        .into_iter()
        .filter_map(|outcome| match outcome.expect("written") {
            Changed::To(record) => Some(record),
            Changed::Not(Widens::Uses | Widens::Idle) => None,
            other @ (Changed::Unknown | Changed::Not(_)) => panic!("{other:?}"),
        })
        .collect();
    let record = scene.record(id);
    let (left, idle) = (
        record.limits.claims.expect("claims").left,
        record.limits.idle,
    );
    // Nobody was told of less than what stands now.
    for told in told {
        assert!(told.limits.claims.expect("claims").left >= left);
        assert!(told.limits.idle >= idle);
    }
}

#[test]
fn of_many_derivations_at_once_a_hundred_stand_and_none_beside_a_revocation() {
    let mut scene = Scene::new(false);
    let id = scene.mint_plain();
    let parent = scene.standing(id).expect("live");
    let by = Narrowing::default();
    let derive = |at: usize| scene.access(at % 2).derive(&parent, &by, minute(0));
    let outcomes = Scene::block_on(join_all((0..130).map(derive)));
    let good = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(good, editkey::store::CHILDREN);

    let id = scene.mint_plain();
    let parent = scene.standing(id).expect("live");
    let derive = |at: usize| scene.access(at % 2).derive(&parent, &by, minute(0));
    let revoke = async {
        let revoked = scene.keys(1).revoke(vec![id]).await;
        assert_eq!(revoked.expect("written"), 1);
    };
    let all = futures_util::future::join(join_all((0..40).map(derive)), revoke);
    let (outcomes, ()) = Scene::block_on(all);
    assert!(scene.standing(id).is_none());
    for key in outcomes.into_iter().filter_map(Result::ok) {
        assert!(scene.standing(key.id()).is_none(), "it outlived its parent");
    }
}

#[test]
fn what_is_derived_from_a_key_that_was_narrowed_meanwhile_is_as_narrow() {
    let mut scene = Scene::new(false);
    let id = scene.mint_plain();
    let wide = scene.standing(id).expect("live");
    let narrowing = Narrowing {
        rights: Some(editkey::names::Rights::View),
        uses: Some(1),
        ..Narrowing::default()
    };
    scene.set(1, id, narrowing).expect("narrower");
    // Whoever derives still has the wide one in hand.
    let key = scene
        .access(0)
        .derive_blocking(&wide, &Narrowing::default(), minute(0))
        .expect("derived");
    let child = scene.seen(0, &key.id());
    let parent = scene.seen(0, &id);
    assert!(child.is_some());
    assert_eq!(no_more_than(child.as_ref(), parent.as_ref()), Ok(()));
}

#[test]
fn a_dead_parent_is_seen_under_the_lock() {
    let mut scene = Scene::new(false);
    let id = scene.mint_plain();
    let parent = scene.standing(id).expect("live");
    scene.keys(1).revoke_blocking(vec![id]).expect("written");
    let derived = scene
        .access(0)
        .derive_blocking(&parent, &Narrowing::default(), minute(0));
    assert!(derived.is_err());
    assert!(!matches!(
        Scene::draft_from(&parent)
            .map(|draft| scene.keys(0).derive_blocking(draft, minute(0).time)),
        Some(Ok(Derived::Key(_)))
    ));
}
