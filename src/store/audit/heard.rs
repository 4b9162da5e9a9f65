//! How often each thing was noted since the process began, whether or not a log is written: numbers, and nothing of whom
//! or of which key.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Act;

/// Why an event does not stand in the log for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// It was one of a flood of opens or refusals.
    TooMany,
    /// Nobody could write it, and too much was waiting already.
    NotWritten,
}

impl Loss {
    /// Both.
    pub const ALL: [Self; 2] = [Self::TooMany, Self::NotWritten];

    /// The words for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TooMany => "too many",
            Self::NotWritten => "not written",
        }
    }
}

/// The counts. To count is one addition, which waits for nobody and orders nothing.
#[derive(Default)]
pub struct Heard {
    acts: [AtomicU64; Act::ALL.len()],
    losses: [AtomicU64; Loss::ALL.len()],
}

impl Heard {
    /// How often this was noted.
    #[must_use]
    pub fn of(&self, act: Act) -> u64 {
        read(&self.acts, act as usize)
    }

    /// How many events were lost in this way.
    #[must_use]
    pub fn lost(&self, loss: Loss) -> u64 {
        read(&self.losses, loss as usize)
    }

    pub(super) fn note(&self, act: Act) {
        add(&self.acts, act as usize, 1);
    }

    pub(super) fn lose(&self, loss: Loss, count: u64) {
        add(&self.losses, loss as usize, count);
    }
}

fn add(counts: &[AtomicU64], at: usize, more: u64) {
    if let Some(count) = counts.get(at) {
        count.fetch_add(more, Ordering::Relaxed);
    }
}

fn read(counts: &[AtomicU64], at: usize) -> u64 {
    let count = counts.get(at);
    count.map_or(0, |count| count.load(Ordering::Relaxed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_act_and_each_loss_has_a_count_of_its_own() {
        let heard = Heard::default();
        for (number, act) in (1_u64..).zip(Act::ALL) {
            for _ in 0..number {
                heard.note(act);
            }
        }
        heard.lose(Loss::TooMany, 40);
        heard.lose(Loss::NotWritten, 2);
        for (number, act) in (1_u64..).zip(Act::ALL) {
            assert_eq!(heard.of(act), number, "{}", act.as_str());
        }
        assert_eq!(Loss::ALL.map(|loss| heard.lost(loss)), [40, 2]);
    }
}
