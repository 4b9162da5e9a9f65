//! Which keys are due, and why. Nothing here is ever removed.

use std::collections::HashSet;

use super::due::{Criteria, Days, Reason};
use super::reach::Reach;
use super::{Due, LookAtRoots, NotPruned, Preview, Prunes, Watch};
use crate::mint::KeyId;
use crate::store::{Found, KeyTable, Pass, StoreError, Wanted};

/// Most keys above one another that are gone through: more than there may be, since hands write what they like.
const LINE: usize = 64;

/// A look at all keys, as far as it has come.
#[derive(Default)]
struct Sorting {
    due: Vec<Due>,
    /// Parents of keys that stay.
    held: HashSet<KeyId>,
}

impl Sorting {
    fn stays(&mut self, found: &Found) {
        self.held.extend(found.parent());
    }

    /// What [`families`](Self::families) looks at.
    fn wanted(&self) -> Wanted {
        let below = self.due.iter().filter(|due| due.found.parent().is_some());
        Wanted::keys(self.held.iter().chain(below.map(|due| &due.found.id)))
    }

    /// Takes those out that stay because something below them does, and puts the leaves first. Returns how many stay.
    fn families(&mut self, table: &KeyTable) -> usize {
        if !table.has_families() {
            return 0;
        }
        let mut left: Vec<KeyId> = self.held.iter().copied().collect();
        while let Some(id) = left.pop() {
            let above = table.find(&id).and_then(|found| found.parent());
            left.extend(above.filter(|above| self.held.insert(*above)));
        }
        let all = self.due.len();
        self.due.retain(|due| !self.held.contains(&due.found.id));
        let held = all - self.due.len();
        self.due
            .sort_by_cached_key(|due| std::cmp::Reverse(generation(table, &due.found)));
        held
    }
}

/// How many keys stand above this one.
fn generation(table: &KeyTable, found: &Found) -> usize {
    let above = std::iter::successors(found.parent(), |id| table.find(id)?.parent());
    above.take(LINE).count()
}

impl Prunes {
    /// Which keys are due, and why. `roots` are looked at where the criteria ask for missing files.
    ///
    /// # Errors
    /// [`NotPruned`].
    pub fn preview(
        &self,
        criteria: &Criteria,
        roots: LookAtRoots<'_>,
        watch: &dyn Watch,
    ) -> Result<Preview, NotPruned> {
        let look = || {
            criteria
                .missing_files
                .then(|| roots().map_err(NotPruned::Roots))
        };
        let reach = look().transpose()?;
        // Where all of them are here, they are read once; else those of the keys at hand, again and again.
        let days = match (criteria.asks_for_uses(), self.keys.file()) {
            (false, _) => Some(Days::new()),
            (true, Some(_)) => Some(self.last_uses.days_blocking()?),
            (true, None) => None,
        };
        let (mut sorting, mut pass) = (Sorting::default(), Pass::default());
        while self.some(
            &mut pass,
            criteria,
            days.as_ref(),
            reach.as_ref(),
            watch,
            &mut sorting,
        )? {
            if !watch.told(pass.done(), pass.all()) {
                return Err(NotPruned::Ended);
            }
        }
        let mut away = Vec::new();
        // Once more: a root that went away while we looked has made its files look missing.
        if let Some(reach) = look().transpose()? {
            let Sorting { due, held } = &mut sorting;
            due.retain(|Due { found, reason }| {
                let known = !reason.missing() || reach.is_away(&found.place, found.scope).is_none();
                if !known {
                    held.extend(found.parent());
                }
                known
            });
            away.extend(reach.away().iter().map(|away| away.why.clone()));
        }
        let wanted = sorting.wanted();
        let held = self
            .keys
            .look_blocking(&wanted, |look| sorting.families(look.table))?;
        Ok(Preview {
            due: sorting.due,
            all: pass.all(),
            held,
            away,
        })
    }

    /// Sorts the next keys of the pass. `false` where there are none.
    fn some(
        &self,
        pass: &mut Pass,
        criteria: &Criteria,
        days: Option<&Days>,
        reach: Option<&Reach>,
        watch: &dyn Watch,
        sorting: &mut Sorting,
    ) -> Result<bool, NotPruned> {
        let now = watch.now();
        let sorted = self.keys.some_blocking(pass, |look, some| {
            let own = match days {
                Some(_) => None,
                None => Some(self.days_of(look.table, &some)?),
            };
            let (days, mut unsure) = (days.or(own.as_ref()), Vec::new());
            for found in some {
                let by_record = |days| criteria.by_record(&found, look.table, days, now.time);
                if !criteria.within(&found) {
                    sorting.stays(&found);
                } else if let Some(reason) = days.and_then(by_record) {
                    sorting.due.push(Due { found, reason });
                } else {
                    unsure.push(found);
                }
            }
            Ok::<_, StoreError>(unsure)
        })?;
        let Some(unsure) = sorted.transpose()? else {
            return Ok(false);
        };
        for found in unsure {
            let by_place =
                reach.and_then(|reach| Reason::by_place(&found, reach, watch.now().instant));
            match by_place {
                Some(reason) => sorting.due.push(Due { found, reason }),
                None => sorting.stays(&found),
            }
        }
        Ok(true)
    }
}
