//! How often somebody may try to sign in, and how many passwords are hashed at a time.
//!
//! Tries are counted before anything is looked up, so that a name that nobody has is treated like any other. Strangers
//! share buckets: of a name and a network, of a network, and of a name. A browser that signed in as this user before, or
//! a network that somebody did so from, has a bucket of its own, which no stranger can empty (OWASP's device cookies).

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::access::too_often;
use crate::error::{Kind, Refused};
use crate::store::redis::Link;
use crate::store::{Remembered, Throttle};

/// Passwords that are hashed at a time: each takes a core, and 19 MiB.
const HASHING: usize = 2;
/// Tries that may wait for their turn besides.
const WAITING: usize = 64;

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

/// The throttles, which hold for all nodes, and the queue, which is of this one.
pub(super) struct Tries {
    name_and_network: Throttle,
    network: Throttle,
    name: Throttle,
    known: Throttle,
    chosen: Throttle,
    /// Names and networks that went together well.
    signed_in: Remembered,
    waiting: Arc<Semaphore>,
    hashing: Arc<Semaphore>,
}

/// Leave to hash one password; gone when it is dropped.
pub(super) struct Turn {
    _waiting: OwnedSemaphorePermit,
    _hashing: OwnedSemaphorePermit,
}

impl Tries {
    /// Those that are counted at the server, where there is one.
    pub(super) fn new(link: Option<&Link>) -> Self {
        let limit = |kind, Rate(at_once, secs): &Rate| {
            let burst = NonZeroU32::new(*at_once).unwrap_or(NonZeroU32::MIN);
            Throttle::new(link, kind, burst, Duration::from_secs(*secs))
        };
        Self {
            name_and_network: limit("name-and-network", &NAME_AND_NETWORK),
            network: limit("network", &NETWORK),
            name: limit("name", &NAME),
            known: limit("known", &KNOWN),
            chosen: limit("chosen", &CHOSEN),
            signed_in: Remembered::new(link, "signed-in"),
            waiting: Arc::new(Semaphore::new(HASHING + WAITING)),
            hashing: Arc::new(Semaphore::new(HASHING)),
        }
    }

    /// Counts a try to sign in as `name`. `device` is what a browser has that did so before.
    ///
    /// # Errors
    /// [`Kind::TooMany`], with the seconds to wait; [`Kind::Unavailable`] where nobody can count.
    pub(super) async fn count(
        &self,
        name: &str,
        network: &str,
        device: Option<&str>,
    ) -> Result<(), Refused> {
        if let Some(device) = device {
            return check(&self.known, &format!("device {device}")).await;
        }
        let both = format!("{name} {network}");
        if self.signed_in.has(&both).await? {
            return check(&self.known, &format!("network {both}")).await;
        }
        check(&self.name_and_network, &both).await?;
        check(&self.network, network).await?;
        check(&self.name, name).await
    }

    /// Remembers that somebody signed in as `name` from `network`. Where that fails they are a stranger next time.
    pub(super) async fn signed_in(&self, name: &str, network: &str) {
        if let Err(error) = self.signed_in.add(&format!("{name} {network}")).await {
            tracing::warn!("a network that signed somebody in is not remembered: {error}");
        }
    }

    /// Waits for a turn to hash a new passphrase that `who` chose.
    ///
    /// # Errors
    /// [`Kind::TooMany`], with the seconds to wait; [`Kind::Unavailable`] where nobody can count; as [`turn`](Self::turn).
    pub(super) async fn turn_of(&self, who: &str) -> Result<Turn, Refused> {
        check(&self.chosen, who).await?;
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
            limit.forget();
        }
    }
}

async fn check(limit: &Throttle, who: &str) -> Result<(), Refused> {
    let counted = limit.count(who).await;
    counted.map_err(|why| too_often(why, "too many tries to sign in"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn until_told(tries: &Tries, name: &str, network: &str, device: Option<&str>) -> u32 {
        let good = |_: &u32| pollster::block_on(tries.count(name, network, device)).is_ok();
        u32::try_from((0..1000).take_while(good).count()).expect("few")
    }

    #[test]
    fn a_stranger_empties_no_bucket_of_the_owner() {
        let tries = Tries::new(None);
        pollster::block_on(tries.signed_in("ann", "192.0.2"));
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
        let tries = Tries::new(None);
        let count = |name: &str| pollster::block_on(tries.count(name, "198.51.100", None));
        let names = |at: u32| count(&format!("u{at}")).is_ok();
        assert_eq!((0..1000).filter(|at| names(*at)).count(), 60);
        let told = count("x").expect_err("told");
        assert!(matches!(told.kind, Kind::TooMany(1..=6)));
    }

    #[actix_web::test]
    async fn when_too_many_wait_to_be_hashed_the_next_is_told_so_at_once() {
        let tries = Arc::new(Tries::new(None));
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
