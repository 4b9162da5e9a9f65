//! One pass over the rows: what is wanted is counted, and of it the first in order are kept, never more than a page.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::sync::Arc;

use jiff::Timestamp;

use super::best::{Best, Page};
use super::cursor::Value;
use super::row::{DIRECTORY, GONE, MORE, PASSPHRASE, Row, secs};
use super::search::{Hit, Hits, Order, Search, Sort, State, Whose};
use super::table::{Found, KeyTable};
use super::texts::{Names, Needle};
use super::used_most::by_uses;
use super::uses::KnownUses;
use crate::mint::More;
use crate::names::Place;
use crate::store::day;

/// What is known beside the table.
pub(super) struct Beside<'a> {
    /// When keys were used.
    pub(super) uses: &'a dyn KnownUses,
    /// Whether a key of somebody nameless is theirs.
    pub(super) mine: &'a dyn Fn(&Found) -> bool,
    pub(super) now: Timestamp,
}

impl KeyTable {
    /// The page of `whose` keys that `search` asks for.
    pub(super) fn search(&self, whose: &Whose, search: &Search, beside: &Beside<'_>) -> Hits {
        let mut page = Page::of(search);
        if matches!(search.sort, Sort::Used | Sort::Uses) && search.order == Order::Desc {
            self.search_used_most(whose, search, beside, &mut page);
        } else {
            self.search_some(whose, search, beside, u32::MAX, &mut page);
        }
        page.into_hits()
    }

    /// Takes into `page` what is wanted of the rows before `end`.
    pub(super) fn search_some(
        &self,
        whose: &Whose,
        search: &Search,
        beside: &Beside<'_>,
        end: u32,
        page: &mut Page<'_>,
    ) {
        let mut best = Best::of(search);
        self.scan(whose, search, beside, 0, &mut |at, row| {
            if at >= end {
                return ControlFlow::Break(());
            }
            best.count();
            best.offer(at, &row.id, self.value(at, row, search.sort, beside));
            ControlFlow::Continue(())
        });
        page.add(best, self, beside);
    }

    /// Calls `each` with every row from this one on that is wanted, until it has enough. A text that is too long stands nowhere.
    pub(super) fn scan<'a>(
        &'a self,
        whose: &Whose,
        search: &Search,
        beside: &Beside<'_>,
        from: u32,
        each: &mut dyn FnMut(u32, &'a Row) -> ControlFlow<()>,
    ) {
        let needle = search.text.as_deref().map(Needle::of).transpose();
        let by = search.by.as_deref().map(Needle::of).transpose();
        let (Ok(needle), Ok(by)) = (needle, by) else {
            return;
        };
        let mut wanted = Wanted::of(self, whose, search, needle.as_ref(), by.as_ref(), beside);
        let rows = self.rows.get(from as usize..).unwrap_or_default();
        for (at, row) in (from..).zip(rows) {
            if wanted.has(at, row) && each(at, row).is_break() {
                return;
            }
        }
    }

    fn value(&self, at: u32, row: &Row, sort: Sort, beside: &Beside<'_>) -> Value<'_> {
        match sort {
            Sort::Created => Value::Number(row.created.into()),
            Sort::Expires if row.expires == 0 => Value::Number(u64::MAX),
            Sort::Expires => Value::Number(row.expires.into()),
            Sort::Used | Sort::Uses => by_uses(sort, beside.uses.of(&row.id)),
            Sort::Name => Value::Text(Cow::Borrowed(self.names.at(at))),
            Sort::By => {
                let by = self.bys.at(row.by);
                Value::Text(Cow::Borrowed(by.map_or("", |by| by)))
            }
        }
    }

    /// What is to be said of a key in a list.
    pub(super) fn hit(&self, found: Found, beside: &Beside<'_>) -> Hit {
        let idle = |key: &Found| {
            let Some(idle) = key.limits().and_then(|limits| limits.idle) else {
                return false;
            };
            let used = beside.uses.of(&key.id).day;
            let since = used.or_else(|| key.created.map(day));
            since.is_none_or(|since| idle.end(since) <= beside.now)
        };
        let standing = self.standing(&found.id);
        let live = standing.is_some_and(|key| !key.expired(beside.now) && !key.line().any(idle));
        Hit {
            uses: beside.uses.of(&found.id),
            state: if live { State::Live } else { State::Expired },
            found,
        }
    }
}

/// What is asked of a row, as far as it can be worked out before.
struct Wanted<'a> {
    table: &'a KeyTable,
    search: &'a Search,
    beside: &'a Beside<'a>,
    /// Whose, and whether they are nameless; nothing where everybody's are wanted.
    whose: Option<Vec<(u32, bool)>>,
    /// By number of the minter.
    by: Option<Vec<bool>>,
    /// By number of the directory.
    below: Option<Vec<bool>>,
    /// The directory that was asked for, as a key of it stands in the table.
    itself: Option<(u32, String)>,
    text: Option<Texts<'a>>,
    now: u32,
}

/// Where the text that is looked for stands.
struct Texts<'a> {
    needle: &'a Needle,
    directories: Vec<bool>,
    across: Vec<bool>,
    bys: Vec<bool>,
    names: Names<'a>,
}

impl<'a> Wanted<'a> {
    fn of(
        table: &'a KeyTable,
        whose: &Whose,
        search: &'a Search,
        needle: Option<&'a Needle>,
        by: Option<&Needle>,
        beside: &'a Beside<'a>,
    ) -> Self {
        let above = search.directory.as_ref();
        let itself = above.and_then(Place::of_directory).and_then(|place| {
            let dirname = table.dirnames.find(place.dirname.as_str())?;
            Some((dirname, place.basename.as_str().to_owned()))
        });
        let number = |by: &Arc<str>| Some((table.bys.find(by)?, super::table::nameless(by)));
        Self {
            table,
            search,
            beside,
            whose: match whose {
                Whose::All => None,
                Whose::Of(names) => Some(names.iter().filter_map(number).collect()),
            },
            by: by.map(|needle| needle.among(&table.bys)),
            below: above.map(|above| {
                let directories = table.dirnames.each();
                directories.map(|it| it.below(above).is_some()).collect()
            }),
            itself,
            text: needle.map(|needle| Texts {
                needle,
                directories: needle.among(&table.dirnames),
                across: needle.across(&table.dirnames),
                bys: needle.among(&table.bys),
                names: Names::of(needle, table.names.near()),
            }),
            now: secs(Some(beside.now)),
        }
    }

    fn has(&mut self, at: u32, row: &Row) -> bool {
        let Search {
            rights,
            scope,
            passphrase,
            claimed,
            ..
        } = self.search;
        let whose = self.whose.as_ref();
        let owner = whose.map(|whose| whose.iter().find(|(by, _)| *by == row.by).copied());
        !row.is(GONE)
            && owner.is_none_or(|owner| owner.is_some())
            && rights.is_none_or(|rights| rights == row.rights())
            && scope.is_none_or(|scope| scope == row.scope())
            && passphrase.is_none_or(|wanted| wanted == row.is(PASSPHRASE))
            && self.by.as_ref().is_none_or(|by| is(by, row.by))
            && self.lies_below(at, row)
            && self
                .search
                .state
                .is_none_or(|state| self.state(at, row) == state)
            && claimed.is_none_or(|wanted| {
                let more = self.more(at, row);
                more.is_some_and(|more| more.limits.claims.is_some()) == wanted
            })
            && self.reads(at, row)
            && self.is_theirs(at, owner.flatten().is_some_and(|(_, nameless)| nameless))
    }

    fn is_theirs(&self, at: u32, nameless: bool) -> bool {
        !nameless
            || self
                .table
                .found(at)
                .is_some_and(|found| (self.beside.mine)(&found))
    }

    fn lies_below(&self, at: u32, row: &Row) -> bool {
        let Some(below) = &self.below else {
            return true;
        };
        let itself = |(dirname, name): &(u32, String)| {
            row.is(DIRECTORY) && row.dirname == *dirname && self.table.names.at(at) == name
        };
        is(below, row.dirname) || self.itself.as_ref().is_some_and(itself)
    }

    fn more(&self, at: u32, row: &Row) -> Option<&Arc<More>> {
        row.is(MORE).then(|| self.table.more.get(&at)).flatten()
    }

    fn state(&self, at: u32, row: &Row) -> State {
        let more = self.more(at, row).map(|more| &more.limits);
        if more.is_some_and(|limits| limits.idle.is_some() || limits.parent.is_some()) {
            let hit = self.table.found(at);
            return hit.map_or(State::Expired, |found| {
                self.table.hit(found, self.beside).state
            });
        }
        if row.expires == 0 || row.expires > self.now {
            State::Live
        } else {
            State::Expired
        }
    }

    /// Whether the text stands in the path, in the label or in whom it was minted for.
    fn reads(&mut self, at: u32, row: &Row) -> bool {
        let table = self.table;
        let Some(texts) = &mut self.text else {
            return true;
        };
        if is(&texts.directories, row.dirname) || is(&texts.bys, row.by) {
            return true;
        }
        let there = match table.names.place(at) {
            Some(near) => texts.names.is_in(near.start, near.end),
            None => texts.needle.is_in(table.names.at(at)),
        };
        if there {
            return true;
        }
        if is(&texts.across, row.dirname) && texts.needle.goes_on(table.names.at(at).as_bytes()) {
            return true;
        }
        let more = row.is(MORE).then(|| table.more.get(&at)).flatten();
        let label = more.and_then(|more| more.label.as_ref());
        label.is_some_and(|label| texts.needle.is_in(label.as_str()))
    }
}

fn is(numbers: &[bool], number: u32) -> bool {
    numbers.get(number as usize).is_some_and(|is| *is)
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
