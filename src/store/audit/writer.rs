//! What becomes of events before they are written: repeats are counted, a flood is dropped and counted, changes stay.
//!
//! What it holds in memory is bounded, whatever comes and whether or not the log can be written.

use std::collections::VecDeque;
use std::io;
use std::num::NonZeroU32;
use std::sync::Arc;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use hashbrown::{DefaultHashBuilder, HashMap};
use jiff::{SignedDuration, Timestamp};

use super::heard::{Heard, Loss};
use super::line::{self, Line};
use super::queue::{Alike, Count, Many, Queue};
use super::rotate::LogFile;
use super::{Act, Addresses, AuditFile, Event};

/// How long alike opens and refusals are counted before a line is written.
const COUNTED: SignedDuration = SignedDuration::from_secs(60);
/// How often it is looked whose time is over.
const LOOKED: SignedDuration = SignedDuration::from_secs(1);
/// Most different opens and refusals that are counted at a time.
const ALIKE: usize = 65_536;
/// Different opens a second, and how many at once. Each has a key that is good.
const OPENS: (NonZeroU32, NonZeroU32) = (positive(1_000), positive(10_000));
/// Different refusals a second, and how many at once. Anybody makes them, and they must not push the rest out of the log.
const REFUSALS: (NonZeroU32, NonZeroU32) = (positive(20), positive(1_000));
/// Most bytes of lines that are written at once; no more than a file takes.
const BATCH: usize = 64 * 1024;
/// Most bytes of changes that wait for a log that cannot be written.
const WAITING: usize = 16 * 1024 * 1024;

const fn positive(number: u32) -> NonZeroU32 {
    match NonZeroU32::new(number) {
        Some(number) => number,
        None => NonZeroU32::MIN,
    }
}

/// What came since the line was written that said the same.
struct Repeats {
    written: Timestamp,
    more: Count,
}

/// Whether another that differs from all before is taken, until the next are looked at: a limit that said no is not asked
/// again for each of a flood.
struct Takes {
    opens: bool,
    refusals: bool,
}

/// Turns events into lines, and writes them.
pub(super) struct Writer {
    file: LogFile,
    addresses: Addresses,
    alike: HashMap<Alike, Repeats, DefaultHashBuilder>,
    opens: DefaultDirectRateLimiter,
    refusals: DefaultDirectRateLimiter,
    /// Opens and refusals that were too many.
    flood: Count,
    /// Changes that nobody could write.
    lost: Count,
    /// Who counts both.
    heard: Arc<Heard>,
    looked: Timestamp,
    last: Timestamp,
    /// Room for the line that is made.
    text: Vec<u8>,
    batches: VecDeque<Vec<u8>>,
    batch: usize,
    waiting: usize,
}

impl Writer {
    /// The writer of the log at `place`; what it cannot write is counted by `heard`.
    pub(super) fn of(place: &AuditFile, heard: Arc<Heard>) -> Self {
        let limiter =
            |(second, burst)| RateLimiter::direct(Quota::per_second(second).allow_burst(burst));
        Self {
            file: LogFile::at(place),
            addresses: place.address,
            alike: HashMap::default(),
            opens: limiter(OPENS),
            refusals: limiter(REFUSALS),
            flood: Count::default(),
            lost: Count::default(),
            heard,
            looked: Timestamp::MIN,
            last: Timestamp::MIN,
            text: Vec::new(),
            batches: VecDeque::new(),
            batch: usize::try_from(place.size).map_or(BATCH, |size| size.min(BATCH)),
            waiting: 0,
        }
    }

    /// Takes what was `noted`; lines stand in the order in which it happened. While the log fails, only changes are kept.
    pub(super) fn take(&mut self, noted: &mut Queue, failing: bool) {
        let mut takes = Takes {
            opens: !failing,
            refusals: !failing,
        };
        let (changes, often) = noted.drain();
        let mut changes = changes.peekable();
        for (alike, many) in often {
            while let Some(event) = changes.next_if(|event| event.time < many.first) {
                self.change(&event);
            }
            self.often(alike, &many, &mut takes);
        }
        for event in changes {
            self.change(&event);
        }
        if noted.dropped > 0 {
            self.flood.add(noted.dropped, self.last);
            self.heard.lose(Loss::TooMany, noted.dropped);
        }
    }

    fn change(&mut self, event: &Event) {
        self.last = self.last.max(event.time);
        if self.waiting >= WAITING {
            self.lost.add(1, event.time);
            self.heard.lose(Loss::NotWritten, 1);
            return;
        }
        let line = Line {
            key: event.key,
            by: event.by.as_deref().map(line::by),
            from: event
                .from
                .and_then(|from| line::shown(from, self.addresses)),
            why: event.why.as_deref().map(line::why),
            ..Line::bare(event.time, event.act)
        };
        self.add(&line);
    }

    /// Counts these with those that a line was written of; where there are none, it writes one of the first, or counts
    /// these as too many.
    fn often(&mut self, alike: Alike, many: &Many, takes: &mut Takes) {
        let last = many.more.times.map_or(many.first, |(_, last)| last);
        self.last = self.last.max(last);
        if let Some(repeats) = self.alike.get_mut(&alike) {
            repeats.more.add(1, many.first);
            repeats.more.join(many.more);
            return;
        }
        let (limiter, takes) = if alike.act == Act::Refuse {
            (&self.refusals, &mut takes.refusals)
        } else {
            (&self.opens, &mut takes.opens)
        };
        *takes = *takes && self.alike.len() < ALIKE && limiter.check().is_ok();
        if !*takes {
            self.flood.add(1, many.first);
            self.flood.join(many.more);
            self.heard.lose(Loss::TooMany, 1 + many.more.count);
            return;
        }
        let line = alike.line(many.first);
        self.add(&line);
        let repeats = Repeats {
            written: many.first,
            more: many.more,
        };
        self.alike.insert(alike, repeats);
    }

    /// Adds the lines whose time is over at `now`; without a time, all of them.
    pub(super) fn settle(&mut self, now: Option<Timestamp>) {
        if let Some(now) = now {
            // A clock that was set back must not stop it.
            let since = now.duration_since(self.looked);
            if since < LOOKED && since >= SignedDuration::ZERO {
                return;
            }
            self.looked = now;
        }
        let over =
            |since: Timestamp| now.is_none_or(|now| now.duration_since(since).abs() >= COUNTED);
        let mut alike = std::mem::take(&mut self.alike);
        alike.retain(|alike, repeats| {
            if !over(repeats.written) {
                return true;
            }
            let Count { count, times } = std::mem::take(&mut repeats.more);
            let Some((first, last)) = times else {
                return false;
            };
            self.add(&alike.line(last).counted(count, first));
            repeats.written = now.unwrap_or(last);
            now.is_some()
        });
        if alike.is_empty() {
            alike.shrink_to(0);
        }
        self.alike = alike;
        for loss in Loss::ALL {
            let count = *self.count_of(loss);
            if let Some((first, last)) = count.times.filter(|(first, _)| over(*first)) {
                let line = Line {
                    why: Some(loss.as_str().into()),
                    ..Line::bare(last, Act::Dropped)
                };
                self.add(&line.counted(count.count, first));
                *self.count_of(loss) = Count::default();
            }
        }
    }

    fn count_of(&mut self, loss: Loss) -> &mut Count {
        match loss {
            Loss::TooMany => &mut self.flood,
            Loss::NotWritten => &mut self.lost,
        }
    }

    fn add(&mut self, line: &Line) {
        self.text.clear();
        line.write_to(&mut self.text);
        self.waiting += self.text.len();
        let most = self.batch;
        match self.batches.back_mut() {
            Some(batch) if batch.len() + self.text.len() <= most => {
                batch.extend_from_slice(&self.text);
            }
            _ => self.batches.push_back(self.text.clone()),
        }
    }

    /// Writes the lines. Those that cannot be written wait.
    pub(super) fn put(&mut self) -> io::Result<()> {
        if self.batches.is_empty() {
            return Ok(());
        }
        let outcome = self.file.append(&mut self.batches);
        self.waiting = self.batches.iter().map(Vec::len).sum();
        outcome
    }
}
