//! How often somebody may try to sign in, and how many passwords are hashed at a time.
//!
//! Tries are counted before anything is looked up, so that a name that nobody has is treated like any other. Strangers
//! share buckets: of a name and a network, of a network, and of a name. A browser that signed in as this user before, or
//! a network that somebody did so from, has a bucket of its own, which no stranger can empty (OWASP's device cookies).

use std::collections::{HashSet, VecDeque};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Kind, Refused};

/// Passwords that are hashed at a time: each takes a core, and 19 MiB.
const HASHING: usize = 2;
/// Tries that may wait for their turn besides.
const WAITING: usize = 64;
/// Networks that are remembered as having signed somebody in.
const NETWORKS: usize = 10_000;

/// At once, and then one in so many seconds.
struct Rate(u32, u64);

/// Of one name from one network.
const NAME_AND_NETWORK: Rate = Rate(10, 60);
/// Of one network, whatever the names.
const NETWORK: Rate = Rate(60, 5);
/// Of one name, from wherever: what a crowd of networks may try together.
const NAME: Rate = Rate(100, 60);
/// Of a browser or a network that signed in as this user before.
const KNOWN: Rate = Rate(10, 30);
/// Of new passphrases that somebody chooses, so that they leave room in the queue for others.
const CHOSEN: Rate = Rate(20, 3);

type Limit = DefaultKeyedRateLimiter<String>;

/// The throttles and the queue.
pub(super) struct Tries {
    name_and_network: Limit,
    network: Limit,
    name: Limit,
    known: Limit,
    chosen: Limit,
    signed_in: Mutex<SignedInFrom>,
    waiting: Arc<Semaphore>,
    hashing: Arc<Semaphore>,
}

/// Names and networks that went together well, the oldest first.
#[derive(Default)]
struct SignedInFrom {
    known: HashSet<String>,
    order: VecDeque<String>,
}

/// Leave to hash one password; gone when it is dropped.
pub(super) struct Turn {
    _waiting: OwnedSemaphorePermit,
    _hashing: OwnedSemaphorePermit,
}

impl Tries {
    pub(super) fn new() -> Self {
        Self {
            name_and_network: limit(&NAME_AND_NETWORK),
            network: limit(&NETWORK),
            name: limit(&NAME),
            known: limit(&KNOWN),
            chosen: limit(&CHOSEN),
            signed_in: Mutex::default(),
            waiting: Arc::new(Semaphore::new(HASHING + WAITING)),
            hashing: Arc::new(Semaphore::new(HASHING)),
        }
    }

    /// Counts a try to sign in as `name`. `device` is what a browser has that did so before.
    ///
    /// # Errors
    /// [`Kind::TooMany`], with the seconds to wait.
    pub(super) fn count(
        &self,
        name: &str,
        network: &str,
        device: Option<&str>,
    ) -> Result<(), Refused> {
        if let Some(device) = device {
            return check(&self.known, &format!("device {device}"));
        }
        let both = format!("{name} {network}");
        let signed_in = self.signed_in.lock();
        let known = signed_in
            .unwrap_or_else(PoisonError::into_inner)
            .known
            .contains(&both);
        if known {
            return check(&self.known, &format!("network {both}"));
        }
        check(&self.name_and_network, &both)?;
        check(&self.network, &network.to_owned())?;
        check(&self.name, &name.to_owned())
    }

    /// Remembers that somebody signed in as `name` from `network`.
    pub(super) fn signed_in(&self, name: &str, network: &str) {
        let both = format!("{name} {network}");
        let signed_in = self.signed_in.lock();
        let mut from = signed_in.unwrap_or_else(PoisonError::into_inner);
        if from.known.insert(both.clone()) {
            from.order.push_back(both);
        }
        if from.order.len() > NETWORKS
            && let Some(oldest) = from.order.pop_front()
        {
            from.known.remove(&oldest);
        }
    }

    /// Waits for a turn to hash a new passphrase that `who` chose.
    ///
    /// # Errors
    /// [`Kind::TooMany`], with the seconds to wait; as [`turn`](Self::turn).
    pub(super) async fn turn_of(&self, who: &str) -> Result<Turn, Refused> {
        check(&self.chosen, &who.to_owned())?;
        self.turn().await
    }

    /// Waits for a turn to hash. It is held by whoever hashes, not by the request, which may be given up meanwhile.
    ///
    /// # Errors
    /// [`Kind::Unavailable`] when too many wait already.
    pub(super) async fn turn(&self) -> Result<Turn, Refused> {
        let full = || Refused::new(Kind::Unavailable, "too many wait to sign in");
        let waiting = Arc::clone(&self.waiting).try_acquire_owned();
        let waiting = waiting.map_err(|_| full())?;
        let hashing = Arc::clone(&self.hashing).acquire_owned().await;
        Ok(Turn {
            _waiting: waiting,
            _hashing: hashing.map_err(|_| full())?,
        })
    }

    /// Forgets who has not tried for a while.
    pub(super) fn forget(&self) {
        for limit in [
            &self.name_and_network,
            &self.network,
            &self.name,
            &self.known,
            &self.chosen,
        ] {
            limit.retain_recent();
        }
    }
}

fn limit(Rate(at_once, secs): &Rate) -> Limit {
    let burst = NonZeroU32::new(*at_once).unwrap_or(NonZeroU32::MIN);
    let quota = Quota::with_period(Duration::from_secs(*secs));
    RateLimiter::keyed(quota.unwrap_or(Quota::per_minute(burst)).allow_burst(burst))
}

fn check(limit: &Limit, key: &String) -> Result<(), Refused> {
    limit.check_key(key).map_err(|until| {
        let wait = until.wait_time_from(DefaultClock::default().now());
        let secs = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX);
        Refused::new(
            Kind::TooMany(secs.saturating_add(1)),
            "too many tries to sign in",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn until_told(tries: &Tries, name: &str, network: &str, device: Option<&str>) -> u32 {
        let good = |_: &u32| tries.count(name, network, device).is_ok();
        u32::try_from((0..1000).take_while(good).count()).expect("few")
    }

    #[test]
    fn a_stranger_empties_no_bucket_of_the_owner() {
        let tries = Tries::new();
        tries.signed_in("ann", "192.0.2");
        assert_eq!(
            until_told(&tries, "ann", "198.51.100", None),
            NAME_AND_NETWORK.0
        );
        // A crowd.
        let crowd: u32 = (0..50)
            .map(|at| until_told(&tries, "ann", &format!("203.0.{at}"), None))
            .sum();
        assert_eq!(crowd + NAME_AND_NETWORK.0, NAME.0);
        assert_eq!(until_told(&tries, "ann", "192.0.2", None), KNOWN.0);
        assert_eq!(
            until_told(&tries, "ann", "198.51.100", Some("one")),
            KNOWN.0
        );
        assert_eq!(
            until_told(&tries, "ann", "198.51.100", Some("two")),
            KNOWN.0
        );
    }

    #[test]
    fn a_network_tries_no_more_by_trying_many_names() {
        let tries = Tries::new();
        let names = |at: u32| tries.count(&format!("u{at}"), "198.51.100", None).is_ok();
        assert_eq!((0..1000).filter(|at| names(*at)).count(), 60);
        let told = tries.count("x", "198.51.100", None).expect_err("told");
        assert!(matches!(told.kind, Kind::TooMany(1..=6)));
    }

    #[actix_web::test]
    async fn when_too_many_wait_to_be_hashed_the_next_is_told_so_at_once() {
        let tries = Arc::new(Tries::new());
        let mut hashing = Vec::new();
        for _ in 0..HASHING {
            hashing.push(tries.turn().await.expect("a turn"));
        }
        let waiting: Vec<_> = (0..WAITING)
            .map(|_| {
                let tries = Arc::clone(&tries);
                actix_web::rt::spawn(async move { tries.turn().await.is_ok() })
            })
            .collect();
        while tries.waiting.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let full = tries.turn().await.err().expect("told");
        assert_eq!(full.kind, Kind::Unavailable);
        drop(hashing);
        for waited in waiting {
            assert!(waited.await.expect("ended"));
        }
        assert!(tries.turn().await.is_ok());
    }
}
