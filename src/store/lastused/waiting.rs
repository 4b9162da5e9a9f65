//! Uses that were counted in this process and wait to be written. They are bounded; those beyond are not counted.

use std::collections::HashMap;

use hashbrown::DefaultHashBuilder;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::table::Used;
use crate::mint::KeyId;

/// Most keys whose uses wait to be written; the uses of those beyond are not counted.
const WAITING: usize = 1_000_000;
/// Keys that wait of which all are written at once, to make room.
const CROWD: usize = WAITING / 2;
/// How many uses are counted at one go: a processor waits for the places of several at once.
const AT_ONCE: usize = 64;
/// How long uses of a day that is known are counted before they are written.
const COUNTED: SignedDuration = SignedDuration::from_hours(1);

/// Uses of one key that wait to be written: small, since there may be a million. Times are seconds since 1970.
#[derive(Clone, Copy)]
pub(super) struct Waiting {
    /// When the last of them was; its day is worked out when somebody asks, not at each use.
    last: u32,
    /// When the first of them was.
    since: u32,
    uses: u32,
}

impl Waiting {
    /// How many there were.
    pub(super) fn uses(&self) -> u64 {
        self.uses.into()
    }

    /// The day of the last of them.
    pub(super) fn day(&self) -> Date {
        super::day(time(self.last))
    }

    /// Whether it is time to write them beside `last`.
    pub(super) fn due(&self, last: Option<Used>, now: Timestamp) -> bool {
        let new = last.is_none_or(|last| last.day < self.day());
        new || now.duration_since(time(self.since)).abs() >= COUNTED
    }
}

/// A time before 1970 is the first second, one beyond 32 bits the last.
fn secs(time: Timestamp) -> u32 {
    u32::try_from(time.as_second().max(0)).unwrap_or(u32::MAX)
}

fn time(secs: u32) -> Timestamp {
    Timestamp::from_second(secs.into()).unwrap_or(Timestamp::MAX)
}

/// What was written and what waits, together.
pub(super) fn sum(written: Option<Used>, waiting: Option<Waiting>) -> Option<Used> {
    let Some(one) = waiting else {
        return written;
    };
    Some(Used {
        day: written.map_or(one.day(), |last| last.day.max(one.day())),
        count: written
            .map_or(0, |last| last.count)
            .saturating_add(one.uses()),
    })
}

/// All that waits, by key.
#[derive(Default)]
pub(super) struct Waitings {
    counted: Map,
    /// Uses that were not counted yet.
    lately: Vec<(KeyId, Timestamp)>,
}

/// Uses by key.
pub(super) type Map = hashbrown::HashMap<KeyId, Waiting, DefaultHashBuilder>;

impl Waitings {
    /// One more use; [`count`](Self::count) makes it seen.
    pub(super) fn used(&mut self, id: KeyId, now: Timestamp) {
        self.lately.push((id, now));
        if self.lately.len() >= AT_ONCE {
            self.count();
        }
    }

    /// Counts the uses that were not counted yet.
    pub(super) fn count(&mut self) {
        for (id, now) in self.lately.drain(..) {
            let now = secs(now);
            let room = self.counted.len() < WAITING;
            match self.counted.get_mut(&id) {
                Some(one) => {
                    one.last = one.last.max(now);
                    one.uses = one.uses.saturating_add(1);
                }
                None if room => {
                    let (last, since) = (now, now);
                    let uses = 1;
                    self.counted.insert(id, Waiting { last, since, uses });
                }
                None => {}
            }
        }
    }

    pub(super) fn get(&self, id: &KeyId) -> Option<&Waiting> {
        self.counted.get(id)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.counted.is_empty()
    }

    /// Whether so many wait that room must be made.
    pub(super) fn is_crowd(&self) -> bool {
        self.counted.len() > CROWD
    }

    /// All that waits at this moment.
    pub(super) fn all(&self) -> Map {
        self.counted.clone()
    }

    /// These were written; what was used meanwhile waits on.
    pub(super) fn written<'a>(&mut self, those: impl Iterator<Item = (&'a KeyId, &'a Waiting)>) {
        for (id, written) in those {
            let left = self.counted.get_mut(id).map(|one| {
                one.uses = one.uses.saturating_sub(written.uses);
                one.uses
            });
            if left == Some(0) {
                self.counted.remove(id);
            }
        }
    }

    /// Adds what waits of these keys.
    pub(super) fn add_to(&self, ids: &[KeyId], uses: &mut HashMap<KeyId, Used>) {
        if self.is_empty() {
            return;
        }
        for id in ids {
            if let Some(sum) = sum(uses.get(id).copied(), self.get(id).copied()) {
                uses.insert(*id, sum);
            }
        }
    }

    /// Adds all that waits.
    pub(super) fn add_all_to(&self, uses: &mut HashMap<KeyId, Used>) {
        for (id, one) in &self.counted {
            if let Some(sum) = sum(uses.get(id).copied(), Some(*one)) {
                uses.insert(*id, sum);
            }
        }
    }
}
