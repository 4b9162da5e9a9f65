//! All that can be seen of keys at one place.

use std::ops::ControlFlow;
use std::sync::Arc;

use editkey::mint::KeyId;
use editkey::store::{Found, Hit, Keys, Pass, Search, Want, Wanted, Whose};

use super::{Side, Story};

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
    /// All that can be seen there.
    pub(super) fn seen(&self, side: &Side) -> Vec<String> {
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
                let hit =
                    |hit: &Hit| format!("{} {:?} {:?}", told(&hit.found), hit.uses, hit.state);
                let all = |hits: &[Hit]| hits.iter().map(hit).collect::<Vec<_>>();
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
    pub(super) fn listed(&self, side: &Side, search: &Search, whose: &Whose) -> Vec<String> {
        let (mut listed, mut search) = (Vec::new(), search.clone());
        loop {
            let mine = |found: &Found| found.by.len() % 2 == 0;
            let hits = side
                .keys
                .search_blocking(whose, &search, &mine, &side.uses, self.now);
            let hits = hits.expect("an answer");
            let key = |hit: &Hit| format!("{} {:?} {:?}", told(&hit.found), hit.uses, hit.state);
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
