//! Bounds: how long sessions live and how many there are, and how much is taken in.

use std::num::NonZeroU32;
use std::time::Duration;

use super::meaning::Reader;
use super::raw::{RawLimits, RawSessions};
use super::{Limits, Sessions, span};

/// The most sessions that can be asked for.
const MOST_SESSIONS: u64 = 1_000_000;

/// The longest time that the server may serve on once it is told to end.
const LONGEST_DRAIN: Duration = Duration::from_secs(600);

fn drain(text: &str) -> Result<Duration, String> {
    let drain = span::duration(text).map_err(|error| error.to_string())?;
    if drain > LONGEST_DRAIN {
        return Err("at most '10m'".to_owned());
    }
    Ok(drain)
}

impl Reader<'_> {
    pub(super) fn sessions(&mut self, raw: &RawSessions) -> Sessions {
        let max = raw.max.unwrap_or(1);
        if !(1..=MOST_SESSIONS).contains(&max) {
            self.refuse("sessions.max", &"this is from 1 to 1000000");
        }
        Sessions {
            lifetime: self
                .optional("sessions.lifetime", raw.lifetime.as_deref(), span::duration)
                .unwrap_or(Duration::from_secs(1)),
            max: usize::try_from(max).unwrap_or(usize::MAX),
        }
    }

    pub(super) fn limits(&mut self, raw: &RawLimits) -> Limits {
        let new_keys = u32::try_from(raw.new_keys_per_minute.unwrap_or(1)).unwrap_or_else(|_| {
            self.refuse(
                "limits.new_keys_per_minute",
                &"this is from 0 (no limit) to 4294967295",
            );
            1
        });
        Limits {
            body: self
                .optional("limits.body", raw.body.as_deref(), span::size)
                .unwrap_or(0),
            new_keys_per_minute: NonZeroU32::new(new_keys),
            drain: self.optional("limits.drain", raw.drain.as_deref(), drain),
        }
    }
}
