//! The keys that were used last, or most: read off the uses in turn, since to look up those of each key costs more.

use std::ops::ControlFlow;

use jiff::civil::Date;

use super::best::{Best, Page};
use super::cursor::Value;
use super::scan::Beside;
use super::search::{Search, Sort, Whose};
use super::table::KeyTable;
use super::uses::Uses;

/// Where so many times fewer keys are wanted than were used, or a page holds so much of what is wanted, the uses of each
/// key are looked up all the same.
const FEW: usize = 8;

impl KeyTable {
    /// Takes into `page` what `search` asks for of `whose` keys, in a list that begins with the most used.
    pub(super) fn search_used_most(
        &self,
        whose: &Whose,
        search: &Search,
        beside: &Beside<'_>,
        page: &mut Page<'_>,
    ) {
        self.search_by_uses(whose, search, beside, page, |wanted| {
            wanted / FEW > search.limit && wanted > beside.uses.count() / FEW
        });
    }

    /// The same; `in_turn` says whether so many wanted keys are worth going through all uses.
    pub(super) fn search_by_uses(
        &self,
        whose: &Whose,
        search: &Search,
        beside: &Beside<'_>,
        page: &mut Page<'_>,
        in_turn: impl Fn(usize) -> bool,
    ) {
        let mut best = Best::of(search);
        let mut wanted = vec![0_u64; self.rows.len().div_ceil(64)];
        self.scan(whose, search, beside, 0, &mut |at, _| {
            best.count();
            if let Some(some) = wanted.get_mut(at as usize / 64) {
                *some |= 1 << (at % 64);
            }
            ControlFlow::Continue(())
        });
        let is_wanted = |at: u32| {
            let some = wanted.get(at as usize / 64);
            some.is_some_and(|some| some >> (at % 64) & 1 == 1)
        };
        let in_turn = in_turn(best.total());
        if in_turn {
            beside.uses.each(&mut |id, uses| {
                let value = by_uses(search.sort, uses);
                if best.takes(&value, id)
                    && let Some(at) = self.at(id).filter(|at| is_wanted(*at))
                {
                    best.offer(at, id, value);
                }
            });
        }
        // The rest: all of them, or those that were never used, for which there may be no room left.
        let none = by_uses(search.sort, Uses::default());
        let rows = self.rows.iter().zip(0..).filter(|(_, at)| is_wanted(*at));
        for (row, at) in rows {
            if in_turn && !best.takes(&none, &row.id) {
                continue;
            }
            let uses = beside.uses.of(&row.id);
            if !in_turn || uses == Uses::default() {
                best.offer(at, &row.id, by_uses(search.sort, uses));
            }
        }
        page.add(best, self, beside);
    }
}

/// What a key with these uses is sorted by.
pub(super) fn by_uses(sort: Sort, uses: Uses) -> Value<'static> {
    Value::Number(if sort == Sort::Uses {
        uses.count
    } else {
        uses.day.map_or(0, number)
    })
}

/// A day as a number: the later the greater.
fn number(day: Date) -> u64 {
    let [year, month, day] = [day.year(), day.month().into(), day.day().into()];
    let part = |part: i16| u64::try_from(part).unwrap_or(0);
    part(year) << 9 | part(month) << 5 | part(day)
}
