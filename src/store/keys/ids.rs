//! Which row a key's id leads to: one line of memory is read on the way there, and then the row.
//!
//! A slot holds the beginning of an id beside the row, so that no row is looked at but the right one. Ids are hashes: they are
//! spread already.

use std::collections::TryReserveError;
use std::mem::replace;

use crate::mint::KeyId;

/// At most so many of [`OF`] slots are taken: the next free one is near.
const TAKEN: usize = 2;
const OF: usize = 3;
/// The least room there is, once there is any.
const LEAST: usize = 8;
/// What stands in a slot that is not taken.
const FREE: u64 = 0;

/// Rows by id.
///
/// **Invariant:** from where an id belongs up to the slot that it took, over the end to the beginning if need be, no slot
/// is free.
#[derive(Default)]
pub(super) struct Ids {
    /// In the upper half the beginning of an id, in the lower one its row, counted from 1.
    slots: Vec<u64>,
    taken: usize,
}

impl Ids {
    /// How many ids lead to a row.
    pub(super) fn len(&self) -> usize {
        self.taken
    }

    /// The row that the id leads to; `is` tells whether a row is its.
    pub(super) fn find(&self, id: &KeyId, is: impl Fn(u32) -> bool) -> Option<u32> {
        row(self.at(self.slot(id, is)?))
    }

    /// Lets the id lead to this row, which is below 2^32 − 1, and gives the one that it led to.
    pub(super) fn insert(&mut self, id: &KeyId, to: u32, is: impl Fn(u32) -> bool) -> Option<u32> {
        let new = beginning(id) << u32::BITS | u64::from(to.wrapping_add(1));
        if let Some(slot) = self.slot(id, is) {
            return row(replace(self.slots.get_mut(slot)?, new));
        }
        if room_for(self.taken + 1) > self.slots.len() {
            self.move_to(vec![FREE; room_for(self.taken * 2).max(LEAST)]);
        }
        self.put(new);
        self.taken += 1;
        None
    }

    /// Lets the id lead nowhere, and gives the row that it led to.
    pub(super) fn remove(&mut self, id: &KeyId, is: impl Fn(u32) -> bool) -> Option<u32> {
        let mut free = self.slot(id, is)?;
        let before = row(self.at(free));
        // Those behind it must not be cut off from where they belong.
        let mut next = self.after(free);
        while self.at(next) != FREE {
            let home = self.home(self.at(next));
            if self.way(home, next) >= self.way(free, next) {
                self.slots.swap(free, next);
                free = next;
            }
            next = self.after(next);
        }
        *self.slots.get_mut(free)? = FREE;
        self.taken -= 1;
        before
    }

    /// Makes room for so many more ids.
    ///
    /// # Errors
    /// There is not that much memory; all is as it was.
    pub(super) fn try_reserve(&mut self, more: usize) -> Result<(), TryReserveError> {
        let wanted = room_for(self.taken.saturating_add(more));
        if wanted > self.slots.len() {
            let mut slots = Vec::new();
            slots.try_reserve_exact(wanted)?;
            slots.resize(wanted, FREE);
            self.move_to(slots);
        }
        Ok(())
    }

    fn move_to(&mut self, slots: Vec<u64>) {
        for slot in replace(&mut self.slots, slots) {
            if slot != FREE {
                self.put(slot);
            }
        }
    }

    /// Takes the first free slot from where this one belongs; there is one.
    fn put(&mut self, new: u64) {
        let mut at = self.home(new);
        while self.at(at) != FREE {
            at = self.after(at);
        }
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = new;
        }
    }

    /// The slot that the id took.
    fn slot(&self, id: &KeyId, is: impl Fn(u32) -> bool) -> Option<usize> {
        let beginning = beginning(id);
        let mut at = self.home(beginning << u32::BITS);
        loop {
            let slot = self.at(at);
            let row = row(slot)?;
            if slot >> u32::BITS == beginning && is(row) {
                return Some(at);
            }
            at = self.after(at);
        }
    }

    /// Where a slot belongs: as far from the beginning of all as its id is among all ids.
    fn home(&self, slot: u64) -> usize {
        let share = u128::from(slot >> u32::BITS) * self.slots.len() as u128;
        usize::try_from(share >> u32::BITS).unwrap_or(0)
    }

    fn after(&self, at: usize) -> usize {
        if at + 1 < self.slots.len() { at + 1 } else { 0 }
    }

    /// How many slots `to` is behind `from`.
    fn way(&self, from: usize, to: usize) -> usize {
        let around = if to < from { self.slots.len() } else { 0 };
        to + around - from
    }

    fn at(&self, at: usize) -> u64 {
        self.slots.get(at).copied().unwrap_or(FREE)
    }
}

/// The first 32 bits.
fn beginning(id: &KeyId) -> u64 {
    let first = id.as_bytes().first_chunk().copied().unwrap_or_default();
    u32::from_be_bytes(first).into()
}

fn row(slot: u64) -> Option<u32> {
    u32::try_from(slot & u64::from(u32::MAX))
        .ok()?
        .checked_sub(1)
}

/// How many slots so many ids need.
fn room_for(ids: usize) -> usize {
    ids.saturating_mul(OF).div_ceil(TAKEN)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// One of 256 ids, whose beginnings are four: at the ends of all and in the middle, where they meet.
    fn id(number: u8) -> KeyId {
        let beginning =
            [[0; 4], [255; 4], [127, 255, 255, 255], [128, 0, 0, 0]][usize::from(number % 4)];
        let mut bytes = [number; 32];
        bytes[..4].copy_from_slice(&beginning);
        KeyId::from_bytes(bytes)
    }

    proptest! {
        #[test]
        fn ids_lead_where_they_were_let_to_whatever_was_done_before(deeds in vec((any::<u8>(), 0..3_u8), 0..600)) {
            let mut ids = Ids::default();
            let mut rows: Vec<KeyId> = Vec::new();
            let mut known: HashMap<u8, u32> = HashMap::new();
            for (number, deed) in deeds {
                let id = id(number);
                let is = |at: u32| rows.get(at as usize) == Some(&id);
                if deed == 0 {
                    prop_assert_eq!(ids.remove(&id, is), known.remove(&number));
                } else {
                    let at = u32::try_from(rows.len()).expect("few");
                    prop_assert_eq!(ids.insert(&id, at, is), known.insert(number, at));
                    rows.push(id);
                }
                prop_assert_eq!(ids.len(), known.len());
            }
            for number in 0..=u8::MAX {
                let id = self::id(number);
                let is = |at: u32| rows.get(at as usize) == Some(&id);
                prop_assert_eq!(ids.find(&id, is), known.get(&number).copied());
            }
        }
    }

    #[test]
    fn room_is_made_once_and_what_was_there_stays() {
        let mut ids = Ids::default();
        let nothing = |_| unreachable!("there is no row");
        assert_eq!(ids.find(&id(1), nothing), None);
        assert_eq!(ids.remove(&id(1), nothing), None);
        ids.insert(&id(7), 7, nothing);
        ids.try_reserve(1000).expect("room");
        let room = ids.slots.len();
        for number in 0..200 {
            ids.insert(&id(number), u32::from(number), |at| at == u32::from(number));
        }
        assert_eq!((ids.slots.len(), ids.len()), (room, 200));
        assert!(ids.try_reserve(usize::MAX).is_err());
        assert_eq!(ids.find(&id(7), |at| at == 7), Some(7));
    }
}
