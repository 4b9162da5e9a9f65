//! What was noted and waits for the thread that writes: each for itself, and where opens and refusals are too many for that,
//! each kind of them once and how often.
//!
//! It is bounded: of opens and refusals by how many different ones there are, of changes by whoever notes the last one
//! and writes them all.

use std::borrow::Cow;
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashMap};
use ipnet::IpNet;
use jiff::Timestamp;

use super::line::{self, Line};
use super::{Act, Addresses, Event};
use crate::mint::KeyId;

/// Opens and refusals, and changes, for which room is kept however few there are.
const ROOM: usize = 1024;
/// Most different opens and refusals that wait; those beyond are dropped, and counted.
const ALIKE: usize = 65_536;
/// How many opens and refusals wait as they came. Only where there are more, those that are alike are put together before
/// the thread that writes takes them.
const AS_THEY_CAME: usize = 16_384;
/// Most changes that wait before whoever notes one more writes them all: only what changes keys by the ten thousand
/// comes there.
const CHANGES: usize = 16_384;

/// What opens and refusals have in common that are one line.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Alike {
    pub(super) act: Act,
    key: Option<KeyId>,
    by: Option<Arc<str>>,
    from: Option<IpNet>,
    why: Option<Cow<'static, str>>,
}

impl Alike {
    fn of(event: Event, addresses: Addresses) -> Self {
        Self {
            act: event.act,
            key: event.key,
            by: event.by,
            from: event.from.and_then(|from| line::shown(from, addresses)),
            why: event.why,
        }
    }

    pub(super) fn line(&self, time: Timestamp) -> Line {
        Line {
            key: self.key,
            by: self.by.as_deref().map(line::by),
            from: self.from,
            why: self.why.as_deref().map(line::why),
            ..Line::bare(time, self.act)
        }
    }
}

/// How many, from when to when.
#[derive(Default, Clone, Copy)]
pub(super) struct Count {
    pub(super) count: u64,
    pub(super) times: Option<(Timestamp, Timestamp)>,
}

impl Count {
    pub(super) fn add(&mut self, count: u64, time: Timestamp) {
        self.join(Self {
            count,
            times: Some((time, time)),
        });
    }

    pub(super) fn join(&mut self, other: Self) {
        let Some((from, to)) = other.times else {
            return;
        };
        let (first, last) = self.times.unwrap_or((from, to));
        self.count += other.count;
        self.times = Some((first.min(from), last.max(to)));
    }
}

/// Opens or refusals that are alike: the first, and those after it.
pub(super) struct Many {
    pub(super) first: Timestamp,
    pub(super) more: Count,
}

impl Many {
    fn one(time: Timestamp) -> Self {
        Self {
            first: time,
            more: Count::default(),
        }
    }
}

/// What was noted and not looked at yet.
#[derive(Default)]
pub(super) struct Queue {
    changes: Vec<Event>,
    /// Opens and refusals as they came.
    lately: Vec<(Alike, Timestamp)>,
    /// Those before, each kind once.
    often: HashMap<Alike, Many, DefaultHashBuilder>,
    pub(super) dropped: u64,
    /// How many opens and refusals came.
    came: usize,
}

impl Queue {
    /// Whether there is too much of it now.
    pub(super) fn push(&mut self, event: Event, addresses: Addresses) -> bool {
        if !event.act.is_often() {
            self.changes.push(event);
            return self.changes.len() >= CHANGES;
        }
        let time = event.time;
        self.came += 1;
        self.lately.push((Alike::of(event, addresses), time));
        if self.lately.len() >= AS_THEY_CAME {
            self.gather();
        }
        false
    }

    /// Puts those together that are alike.
    fn gather(&mut self) {
        for (alike, time) in self.lately.drain(..) {
            if let Some(many) = self.often.get_mut(&alike) {
                many.more.add(1, time);
            } else if self.often.len() < ALIKE {
                self.often.insert(alike, Many::one(time));
            } else {
                self.dropped += 1;
            }
        }
    }

    /// The changes, and the opens and refusals, each in the order in which they happened.
    pub(super) fn drain(
        &mut self,
    ) -> (
        impl Iterator<Item = Event>,
        impl Iterator<Item = (Alike, Many)>,
    ) {
        let mut before: Vec<(Alike, Many)> = self.often.drain().collect();
        before.sort_by_key(|(_, many)| many.first);
        let lately = self.lately.drain(..);
        let lately = lately.map(|(alike, time)| (alike, Many::one(time)));
        (self.changes.drain(..), before.into_iter().chain(lately))
    }

    /// Nothing, and room for twice as many as there were.
    pub(super) fn emptied(mut self) -> Self {
        let room = ROOM.max(self.came * 2);
        self.changes.clear();
        self.changes.shrink_to(ROOM);
        self.lately.clear();
        self.lately.shrink_to(room);
        self.often.clear();
        self.often.shrink_to(room);
        self.dropped = 0;
        self.came = 0;
        self
    }
}
