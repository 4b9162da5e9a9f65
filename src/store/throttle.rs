//! How often somebody may do something: counted in this process, or at the server for all nodes together.
//!
//! Where the server is away nothing is let through: that is an error, and no leave.

use std::collections::{HashSet, VecDeque};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::clock::Clock as _;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::StoreError;
use super::redis::Link;

/// Most that this process remembers of one kind.
const REMEMBERED: usize = 10_000;
/// How long the server remembers.
const REMEMBERED_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How often one is counted that would have to wait until a moment that has passed.
const LOOKS: usize = 3;

/// How often something may be done by each of many: some times at once, and then once in a while.
pub struct Throttle(Counted);

enum Counted {
    Here(DefaultKeyedRateLimiter<String>),
    AtServer {
        link: Link,
        kind: &'static str,
        burst: NonZeroU32,
        gap: Duration,
    },
}

/// Why it may not be done now.
#[derive(Debug, thiserror::Error)]
pub enum NotNow {
    /// Too often; so many seconds must pass.
    #[error("too often; {0} s to wait")]
    Wait(u32),
    /// Nobody can tell.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Throttle {
    /// `burst` times at once and then once in each `gap`, which is more than none; counted at the server where there is one,
    /// as `kind`.
    #[must_use]
    pub fn new(link: Option<&Link>, kind: &'static str, burst: NonZeroU32, gap: Duration) -> Self {
        Self(match link {
            None => {
                let quota = Quota::with_period(gap).unwrap_or(Quota::per_minute(burst));
                Counted::Here(RateLimiter::keyed(quota.allow_burst(burst)))
            }
            Some(link) => Counted::AtServer {
                link: link.clone(),
                kind,
                burst,
                gap,
            },
        })
    }

    /// Counts that `who` does it once more.
    ///
    /// # Errors
    /// [`NotNow`]; it is not counted then.
    pub async fn count(&self, who: &str) -> Result<(), NotNow> {
        match &self.0 {
            Counted::Here(limit) => check(limit, who),
            Counted::AtServer {
                link,
                kind,
                burst,
                gap,
            } => {
                let counted = link.throttle(kind, who, burst.get(), *gap).await?;
                counted.map_err(NotNow::Wait)
            }
        }
    }

    /// Forgets who has not come for a while.
    pub fn forget(&self) {
        if let Counted::Here(limit) = &self.0 {
            limit.retain_recent();
        }
    }
}

/// Counts in this process. Of several at once one may have looked at the clock before the first that was counted: it is told
/// to wait until a moment that has passed, so it is asked for again.
fn check(limit: &DefaultKeyedRateLimiter<String>, who: &str) -> Result<(), NotNow> {
    let who = who.to_owned();
    for _ in 0..LOOKS {
        let Err(until) = limit.check_key(&who) else {
            return Ok(());
        };
        let wait = until.wait_time_from(limit.clock().now());
        if !wait.is_zero() {
            let secs = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX);
            return Err(NotNow::Wait(secs.saturating_add(1)));
        }
    }
    Err(NotNow::Wait(1))
}

/// A few that are remembered: in this process the last ten thousand, at the server each for thirty days.
pub struct Remembered(Place);

enum Place {
    Here(Mutex<Few>),
    AtServer(Link, &'static str),
}

/// The oldest first.
#[derive(Default)]
struct Few {
    known: HashSet<Arc<str>>,
    order: VecDeque<Arc<str>>,
}

impl Remembered {
    /// None yet in this process; at the server, where there is one, those of this kind.
    #[must_use]
    pub fn new(link: Option<&Link>, kind: &'static str) -> Self {
        Self(match link {
            None => Place::Here(Mutex::default()),
            Some(link) => Place::AtServer(link.clone(), kind),
        })
    }

    /// Remembers this one.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub async fn add(&self, one: &str) -> Result<(), StoreError> {
        match &self.0 {
            Place::AtServer(link, kind) => link.note(kind, one, REMEMBERED_FOR).await,
            Place::Here(few) => {
                let (mut few, one) = (here(few), Arc::<str>::from(one));
                if few.known.insert(Arc::clone(&one)) {
                    few.order.push_back(one);
                }
                if few.order.len() > REMEMBERED
                    && let Some(oldest) = few.order.pop_front()
                {
                    few.known.remove(&oldest);
                }
                Ok(())
            }
        }
    }

    /// Whether this one is remembered.
    ///
    /// # Errors
    /// [`StoreError::Away`].
    pub async fn has(&self, one: &str) -> Result<bool, StoreError> {
        match &self.0 {
            Place::AtServer(link, kind) => link.noted(kind, one).await,
            Place::Here(few) => Ok(here(few).known.contains(one)),
        }
    }
}

fn here(few: &Mutex<Few>) -> MutexGuard<'_, Few> {
    few.lock().unwrap_or_else(PoisonError::into_inner)
}
