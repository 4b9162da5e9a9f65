//! What is seen of many keys, or of one and those around it, together with when they were used. It blocks, and takes a
//! moment where there are many.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::ControlFlow;

use jiff::Timestamp;

use super::scan::Beside;
use super::search::{Hit, Hits, Search, Seen, Whose};
use super::shared::Walk;
use super::table::{Found, KeyTable};
use super::uses::{KnownUses, Uses};
use super::{At, Keys};
use crate::mint::KeyId;
use crate::store::log::Log;
use crate::store::{LastUses, StoreError, Used};

/// How often a look is tried again because keys were written meanwhile.
const TRIES: usize = 1000;

impl Keys {
    /// The page of `whose` keys that `search` asks for. Where these are not everybody's, of those of nameless visitors
    /// only the ones that `mine` says yes to. Blocks.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`].
    pub fn search_blocking(
        &self,
        whose: &Whose,
        search: &Search,
        mine: &dyn Fn(&Found) -> bool,
        last_uses: &LastUses,
        now: Timestamp,
    ) -> Result<Hits, StoreError> {
        if let At::Shared(shared) = &self.at {
            let walk = Walk::of(whose, search, mine, now);
            return pollster::block_on(shared.search(walk, &|ids| last_uses.of_blocking(ids)));
        }
        self.together(last_uses, |table, uses| {
            table.search(whose, search, &Beside { uses, mine, now })
        })
    }

    /// The key, with those that it was derived from, and those that were derived from it. Blocks.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`].
    pub fn see_blocking(
        &self,
        id: &KeyId,
        last_uses: &LastUses,
        now: Timestamp,
    ) -> Result<Option<Seen>, StoreError> {
        if let At::Shared(shared) = &self.at {
            return pollster::block_on(shared.see(id, &|ids| last_uses.of_blocking(ids), now));
        }
        self.together(last_uses, |table, uses| table.see(id, uses, now))
    }

    /// The page of all keys that `search` asks for, however long, and why nothing is known of last uses where that is so.
    /// Blocks.
    ///
    /// # Errors
    /// As [`search_blocking`](Self::search_blocking).
    pub fn page_blocking(
        &self,
        search: &Search,
        last_uses: &LastUses,
        now: Timestamp,
    ) -> Result<(Hits, Option<StoreError>), StoreError> {
        let log = match &self.at {
            At::File(file) => &file.log,
            At::Shared(shared) => {
                let unknown = RefCell::new(None);
                let uses = or_unknown(last_uses, &unknown);
                let walk = Walk::of(&Whose::All, search, &|_| true, now);
                let hits = pollster::block_on(shared.search(walk, &uses))?;
                return Ok((hits, unknown.take()));
            }
        };
        let (uses, unknown) = beside(log, last_uses);
        let hits = log.look_blocking(|look| look.table.page(search, &uses, now))?;
        Ok((hits, unknown))
    }

    /// Calls `each` with all keys that `search` asks for, in the order in which they stand and behind `after`, until it has
    /// enough. Why nothing is known of last uses, where that is so. Blocks.
    ///
    /// # Errors
    /// As [`search_blocking`](Self::search_blocking).
    pub fn each_wanted_blocking(
        &self,
        search: &Search,
        after: Option<KeyId>,
        last_uses: &LastUses,
        now: Timestamp,
        each: &mut dyn FnMut(Found, Uses) -> ControlFlow<()>,
    ) -> Result<Option<StoreError>, StoreError> {
        let log = match &self.at {
            At::File(file) => &file.log,
            At::Shared(shared) => {
                let unknown = RefCell::new(None);
                let uses = or_unknown(last_uses, &unknown);
                let walk = Walk::of(&Whose::All, search, &|_| true, now);
                pollster::block_on(shared.each_wanted(walk, after, &uses, each))?;
                return Ok(unknown.take());
            }
        };
        let (uses, unknown) = beside(log, last_uses);
        log.look_blocking(|look| {
            let mut each = |found: Found| {
                let used = uses.of(&found.id);
                each(found, used)
            };
            look.table.each_wanted(search, after, &uses, now, &mut each);
        })?;
        Ok(unknown)
    }

    /// What `read` makes of the keys and their uses. Nobody waits for the uses while keys are read from the disk.
    fn together<R>(
        &self,
        last_uses: &LastUses,
        read: impl Fn(&KeyTable, &dyn KnownUses) -> R,
    ) -> Result<R, StoreError> {
        let log = &self.in_file()?.log;
        for _ in 0..TRIES {
            log.look_blocking(|_| ())?;
            let tried = last_uses.read_blocking(|uses| log.look(|look| read(look.table, uses)))?;
            match tried {
                Err(StoreError::Stale) => std::thread::yield_now(),
                other => return other,
            }
        }
        Err(StoreError::Busy(log.path().display().to_string().into()))
    }
}

/// Reads the last uses while the keys are read, too. What is wrong with the keys is said by the look that follows.
fn beside(log: &Log<KeyTable>, last_uses: &LastUses) -> (HashMap<KeyId, Used>, Option<StoreError>) {
    let uses = std::thread::scope(|scope| {
        let uses = scope.spawn(|| last_uses.uses_blocking());
        let _ = log.refresh();
        uses.join()
    });
    match uses {
        Ok(Ok(uses)) => (uses, None),
        Ok(Err(error)) => (HashMap::new(), Some(error)),
        Err(_) => (
            HashMap::new(),
            Some(StoreError::Limit("they could not be read")),
        ),
    }
}

/// The uses of keys at hand; none where they cannot be read, and why goes to `unknown`.
fn or_unknown(
    last_uses: &LastUses,
    unknown: &RefCell<Option<StoreError>>,
) -> impl Fn(&[KeyId]) -> Result<HashMap<KeyId, Used>, StoreError> {
    move |ids| {
        if unknown.borrow().is_some() {
            return Ok(HashMap::new());
        }
        let uses = last_uses.of_blocking(ids);
        Ok(uses.unwrap_or_else(|error| {
            *unknown.borrow_mut() = Some(error);
            HashMap::new()
        }))
    }
}

impl KeyTable {
    /// The key, and those around it.
    pub(super) fn see(&self, id: &KeyId, uses: &dyn KnownUses, now: Timestamp) -> Option<Seen> {
        let mine = &|_: &Found| true;
        let beside = Beside { uses, mine, now };
        let hit = |found| self.hit(found, &beside);
        let key = hit(self.find(id)?);
        let children = self.children(id).iter();
        let children = children.filter_map(|child| self.find(child));
        let mut children: Vec<Hit> = children.map(hit).collect();
        children.sort_by_key(|child| child.found.id);
        let above = self.standing(id).map_or_else(Vec::new, |found| found.above);
        Some(Seen {
            key,
            above: above.into_iter().map(hit).collect(),
            children,
        })
    }

    /// The page of all keys that `search` asks for.
    #[must_use]
    pub fn page(&self, search: &Search, uses: &dyn KnownUses, now: Timestamp) -> Hits {
        let mine = &|_: &Found| true;
        self.search(&Whose::All, search, &Beside { uses, mine, now })
    }

    /// Calls `each` with all keys that `search` asks for, in the order of the file and behind `after`, until it has enough.
    pub fn each_wanted(
        &self,
        search: &Search,
        after: Option<KeyId>,
        uses: &dyn KnownUses,
        now: Timestamp,
        each: &mut dyn FnMut(Found) -> ControlFlow<()>,
    ) {
        let mine = &|_: &Found| true;
        let beside = Beside { uses, mine, now };
        let from = after.and_then(|id| self.at(&id)).map_or(0, |at| at + 1);
        self.scan(&Whose::All, search, &beside, from, &mut |at, _| {
            self.found(at).map_or(ControlFlow::Continue(()), &mut *each)
        });
    }
}
