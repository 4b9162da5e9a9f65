//! What is done, at both places, and what each of them says.

use std::collections::BTreeMap;
use std::sync::Arc;

use editkey::mint::{AccessKey, Browser, KeyId, Record};
use editkey::store::{Ask, Changed, Claiming, Derived, Found, Same, Still, Want};
use jiff::SignedDuration;

use super::super::{record_above, wait};
use super::drafts::same;
use super::{Asked, Deed, Side, Story, found};

type Sides = [Side; 2];
/// What each of them said; nothing where there is no such key yet.
type Said = [String; 2];

impl Story<'_> {
    /// Does it at both.
    pub(super) fn does(&mut self, deed: &Deed, sides: &Sides) -> Said {
        match deed {
            Deed::Mint(asked) => self.mint(asked, sides),
            Deed::Derive(key) => self.derive(*key, sides).unwrap_or_default(),
            Deed::Narrow { key, how } => self.narrow(*key, *how, sides).unwrap_or_default(),
            Deed::Claim { key, browser } => self.claim(*key, *browser, sides).unwrap_or_default(),
            Deed::Revoke(keys) => {
                let ids = self.ids(keys);
                sides.each_ref().map(|side| {
                    let revoked = wait(side.keys.revoke(ids.clone()));
                    format!("{:?}", revoked.expect("an answer"))
                })
            }
            Deed::Add { key, parent } => self.add(*key, *parent, sides).unwrap_or_default(),
            Deed::Prune(keys) => {
                let ids = self.ids(keys);
                sides.each_ref().map(|side| self.prune(side, &ids))
            }
            Deed::Undo => sides.each_ref().map(|side| self.undo(side)),
            Deed::Use(key) => {
                for (side, id) in sides.iter().zip(self.id(*key).into_iter().cycle()) {
                    side.uses.used(id, self.now);
                    wait(side.uses.flush()).expect("written");
                }
                Said::default()
            }
            Deed::Wait(hours) => {
                self.now += SignedDuration::from_hours(*hours);
                Said::default()
            }
        }
    }

    fn ids(&self, keys: &[usize]) -> Vec<KeyId> {
        keys.iter().filter_map(|key| self.id(*key)).collect()
    }

    fn mint(&mut self, asked: &Asked, sides: &Sides) -> Said {
        let draft = self.draft(asked);
        self.known.push((draft.id, draft.record.clone()));
        sides.each_ref().map(|side| {
            let earlier = wait(side.keys.find_same(&Ask::of(&draft), self.now, &side.uses));
            let alive = match earlier.expect("an answer") {
                Same::Key(key) => return format!("earlier {}", key.id()),
                Same::Nothing(alive) => alive,
            };
            let minted = wait(side.keys.mint(same(&draft), self.now, alive)).expect("minted");
            format!("minted {} {}", minted.key.id(), minted.new)
        })
    }

    fn derive(&mut self, key: usize, sides: &Sides) -> Option<Said> {
        let draft = self.derived(self.id(key)?, &sides[0])?;
        self.known.push((draft.id, draft.record.clone()));
        Some(sides.each_ref().map(|side| {
            let derived = wait(side.keys.derive(same(&draft), self.now));
            match derived.expect("an answer") {
                Derived::Key(key) => key.id().to_string(),
                Derived::Unknown => "unknown".to_owned(),
                Derived::Deep => "deep".to_owned(),
                Derived::Many => "many".to_owned(),
            }
        }))
    }

    fn narrow(&self, key: usize, how: usize, sides: &Sides) -> Option<Said> {
        let (id, by, now) = (self.id(key)?, Self::narrowing(how), self.now);
        Some(sides.each_ref().map(|side| {
            let by = by.clone();
            let change = move |record: &Record| record.narrowed(&by, now);
            match wait(side.keys.change(id, change)).expect("an answer") {
                Changed::To(record) => record.to_json(),
                Changed::Unknown => "unknown".to_owned(),
                Changed::Not(why) => why.to_string(),
            }
        }))
    }

    fn claim(&self, key: usize, browser: usize, sides: &Sides) -> Option<Said> {
        let id = self.id(key)?;
        let secret = AccessKey::parse(&format!("{browser:024}")).expect("a key");
        let claim = |key: &Found| Claiming {
            id: key.id,
            browser: Browser::of(&secret, &key.id),
            passphrase: None,
        };
        Some(sides.each_ref().map(|side| {
            let wanted = Want::Key(id).into();
            let line = wait(side.keys.look(&wanted, |look| look.table.standing(&id)));
            let line = line.expect("an answer");
            let line = line.iter().flat_map(Found::line).map(claim).collect();
            let claimed = wait(side.keys.claim(line, self.now));
            format!("{:?}", claimed.expect("an answer"))
        }))
    }

    fn add(&self, key: usize, parent: Option<usize>, sides: &Sides) -> Option<Said> {
        let (id, mut record) = self.known.get(key % self.known.len().max(1))?.clone();
        let parent = parent.and_then(|parent| self.id(parent));
        let parent = parent.filter(|parent| *parent != id);
        record.limits.parent = record.limits.parent.or(parent);
        Some(sides.each_ref().map(|side| {
            let added = side.keys.add_blocking(vec![(id, record.clone())]);
            format!("{:?}", added.expect("an answer"))
        }))
    }

    fn undo(&self, side: &Side) -> String {
        let undone = side.keys.undo_blocking(self.now, |_, _| ());
        let undone = undone.expect("an answer");
        let keys = undone.map(|undone| undone.keys).unwrap_or_default();
        let what = keys
            .iter()
            .map(|key| (key.id, format!("{:?} {:?}", key.place, key.left_out)));
        format!("{:?}", what.collect::<BTreeMap<_, _>>())
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
            std::iter::successors(Some(found.clone()), |key| record_above(&side.keys, key))
                .take(9)
                .count()
        };
        keys.sort_by_key(|found| (std::cmp::Reverse(above(found)), found.id));
        let still: Arc<Still> = Arc::new(|_, keys| Ok(vec![true; keys.len()]));
        let removed = side
            .keys
            .prune_blocking(keys, self.now, &still, |_, _| true);
        assert!(removed.failed.is_none(), "{:?}", removed.failed);
        let mut gone: Vec<KeyId> = removed.keys.iter().map(|found| found.id).collect();
        gone.sort();
        format!("{gone:?}")
    }
}
