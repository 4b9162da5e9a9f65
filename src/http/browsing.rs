//! How often somebody may list and search, and how many do so at a time: both read the disk, and a search much of it.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::access::too_often;
use crate::error::{Kind, Refused};
use crate::store::Throttle;

/// Directories that are listed at a time.
const LISTING: usize = 4;
/// Searches at a time: each has a core to itself.
const SEARCHING: usize = 2;
/// How many of each may wait for their turn besides.
const WAITING: usize = 32;
/// Longest search.
const SEARCH: Duration = Duration::from_secs(5);

/// At once, and then so many a second.
struct Rate(u32, u32);

/// Of pages for one visitor from one network.
const PAGES: Rate = Rate(300, 20);
/// Of searches for the same: one while a person types.
const SEARCHES: Rate = Rate(30, 2);

/// The throttles and the queues, which are of this node.
pub(super) struct Browsing {
    pages: Throttle,
    searches: Throttle,
    listing: Queue,
    searching: Queue,
}

/// So many at a time, and some who wait.
struct Queue {
    waiting: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

/// Leave to read; gone when it is dropped.
pub(super) struct Turn {
    _waiting: OwnedSemaphorePermit,
    _reading: OwnedSemaphorePermit,
    until: Option<Instant>,
}

impl Turn {
    /// Whether there is still time.
    pub(super) fn goes_on(&self) -> bool {
        self.until.is_none_or(|until| Instant::now() < until)
    }
}

impl Browsing {
    pub(super) fn new() -> Self {
        Self {
            pages: throttle("pages", &PAGES),
            searches: throttle("searches", &SEARCHES),
            listing: Queue::of(LISTING),
            searching: Queue::of(SEARCHING),
        }
    }

    /// Waits for a turn to list a directory for `who`.
    ///
    /// # Errors
    /// [`Kind::TooMany`], with the seconds to wait; [`Kind::Unavailable`] when too many wait already.
    pub(super) async fn list(&self, who: &str) -> Result<Turn, Refused> {
        check(&self.pages, who).await?;
        self.listing.turn(None).await
    }

    /// Waits for a turn to search for `who`; the search has its time from then on.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub(super) async fn search(&self, who: &str) -> Result<Turn, Refused> {
        check(&self.searches, who).await?;
        self.searching.turn(Some(SEARCH)).await
    }

    /// Forgets who has not come for a while.
    pub(super) fn forget(&self) {
        self.pages.forget();
        self.searches.forget();
    }
}

impl Queue {
    fn of(turns: usize) -> Self {
        Self {
            waiting: Arc::new(Semaphore::new(turns + WAITING)),
            turns: Arc::new(Semaphore::new(turns)),
        }
    }

    async fn turn(&self, time: Option<Duration>) -> Result<Turn, Refused> {
        let full = || Refused::new(Kind::Unavailable, "too many list and search");
        let waiting = Arc::clone(&self.waiting).try_acquire_owned();
        let waiting = waiting.map_err(|_| full())?;
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        Ok(Turn {
            _waiting: waiting,
            _reading: turn.map_err(|_| full())?,
            until: time.map(|time| Instant::now() + time),
        })
    }
}

fn throttle(kind: &'static str, Rate(at_once, a_second): &Rate) -> Throttle {
    let at_once = NonZeroU32::new(*at_once).unwrap_or(NonZeroU32::MIN);
    Throttle::new(None, kind, at_once, Duration::from_secs(1) / *a_second)
}

async fn check(throttle: &Throttle, who: &str) -> Result<(), Refused> {
    let counted = throttle.count(who).await;
    counted.map_err(|why| too_often(why, format_args!("{who}: lists and searches too often")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn who_searches_on_and_on_waits_and_nobody_else_does() {
        let browsing = Browsing::new();
        let mut searched = 0;
        let told = loop {
            match browsing.search("ann").await {
                Ok(_) if searched < 1000 => searched += 1,
                other => break other.err().map(|refused| refused.kind),
            }
        };
        assert!(matches!(told, Some(Kind::TooMany(_))), "{told:?}");
        assert!((30..1000).contains(&searched), "{searched}");
        assert!(browsing.search("bob").await.is_ok());
        assert!(browsing.list("ann").await.is_ok());
    }

    #[actix_web::test]
    async fn so_many_search_at_a_time_and_when_too_many_wait_the_next_is_told_so() {
        let browsing = Arc::new(Browsing::new());
        let mut searching = Vec::new();
        for at in 0..SEARCHING {
            searching.push(browsing.search(&format!("{at}")).await.expect("a turn"));
        }
        let waiting: Vec<_> = (0..WAITING)
            .map(|at| {
                let browsing = Arc::clone(&browsing);
                actix_web::rt::spawn(
                    async move { browsing.search(&format!("w{at}")).await.is_ok() },
                )
            })
            .collect();
        while browsing.searching.waiting.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let full = browsing.search("late").await.err();
        assert_eq!(full.expect("told").kind, Kind::Unavailable);
        assert!(browsing.list("late").await.is_ok());
        drop(searching);
        for waited in waiting {
            assert!(waited.await.expect("ended"));
        }
    }
}
