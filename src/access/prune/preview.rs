//! Which keys are due, and why. Nothing here is ever removed.

use std::collections::HashSet;

use super::due::{Criteria, Days, Reason};
use super::reach::Reach;
use super::{Due, LookAtRoots, NotPruned, Preview, Prunes, Watch};
use crate::mint::KeyId;
use crate::store::{Found, KeyTable};

/// Keys that are looked at without letting others write.
const LOOK: usize = 4096;
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
        let days = if criteria.asks_for_uses() {
            self.last_uses.days_blocking()?
        } else {
            Days::new()
        };
        let mut sorting = Sorting::default();
        let (mut at, mut all) = (0, 0);
        while let Some(next) = self.some(
            at,
            criteria,
            &days,
            reach.as_ref(),
            watch,
            &mut sorting,
            &mut all,
        )? {
            at = next;
            if !watch.told(at as usize, all) {
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
        let held = self
            .keys
            .log()
            .look_blocking(|look| sorting.families(look.table))?;
        Ok(Preview {
            due: sorting.due,
            all,
            held,
            away,
        })
    }

    /// Sorts some keys from the row `at` on, and says where the next stand.
    #[expect(
        clippy::too_many_arguments,
        reason = "one step of a loop, apart for its length"
    )]
    fn some(
        &self,
        at: u32,
        criteria: &Criteria,
        days: &Days,
        reach: Option<&Reach>,
        watch: &dyn Watch,
        sorting: &mut Sorting,
        all: &mut usize,
    ) -> Result<Option<u32>, NotPruned> {
        let now = watch.now();
        let (next, unsure) = self.keys.log().look_blocking(|look| {
            *all = look.table.len();
            let (mut next, mut unsure) = (None, Vec::new());
            for (row, found) in look.table.from(at).take(LOOK) {
                next = Some(row + 1);
                if !criteria.within(&found) {
                    sorting.stays(&found);
                } else if let Some(reason) = criteria.by_record(&found, look.table, days, now.time)
                {
                    sorting.due.push(Due { found, reason });
                } else {
                    unsure.push(found);
                }
            }
            (next, unsure)
        })?;
        for found in unsure {
            let by_place =
                reach.and_then(|reach| Reason::by_place(&found, reach, watch.now().instant));
            match by_place {
                Some(reason) => sorting.due.push(Due { found, reason }),
                None => sorting.stays(&found),
            }
        }
        Ok(next)
    }
}
