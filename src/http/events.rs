//! `/api/file/events`: what becomes of a key, and of its file, told to whoever has its page open, within a second of its
//! happening.
//!
//! The key is looked up as at any request, so that revoking, narrowing, the end of its time, of a parent or of a grant bite
//! here too, whoever wrote them; its file is looked at only after that. An open stream is no use of the key, and it ends
//! with the key.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use futures_util::stream;
use jiff::Timestamp;
use serde_json::json;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::answer::ForProgram;
use super::shared::{Shared, moment};
use super::watched::{Watched, Watching, event};
use super::{facts, key};
use crate::error::{Kind, Refused};
use crate::mint::{AccessKey, KeyId};
use crate::names::Rights;
use crate::store::Found;

/// How often a stream looks at its key.
const LOOKS: Duration = Duration::from_millis(500);
/// After so many looks without news a comment says that the stream is alive: 15 s.
const QUIET_LOOKS: u32 = 30;
/// The same where others have the file open: 3 s. A client that went without a word is noticed by writing to it, and
/// counts until then.
const QUIET_LOOKS_SHARED: u32 = 6;
/// Most streams of one key.
const OF_KEY: usize = 50;
/// Most streams of one network.
const OF_NETWORK: usize = 200;
/// Most streams in all.
const IN_ALL: usize = 2000;
/// Before a client that had too many tries again, in seconds.
const WAIT_SECS: u32 = 30;
/// For a proxy that would wait for more before it passes anything on (nginx).
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Who holds a stream.
#[derive(Default)]
pub(super) struct Streams {
    held: Arc<Mutex<Held>>,
    files: Watched,
}

#[derive(Default)]
struct Held {
    keys: HashMap<KeyId, usize>,
    networks: HashMap<String, usize>,
    all: usize,
}

/// Leave to hold one stream; given back when it is dropped.
struct Seat {
    held: Arc<Mutex<Held>>,
    key: KeyId,
    network: String,
}

impl Streams {
    /// # Errors
    /// [`Kind::TooMany`] for a key or a network that has too many; [`Kind::Unavailable`] when all have too many.
    fn seat(&self, key: KeyId, network: String) -> Result<Seat, Refused> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let of_key = held.keys.get(&key).copied().unwrap_or_default();
        let of_network = held.networks.get(&network).copied().unwrap_or_default();
        if of_key >= OF_KEY || of_network >= OF_NETWORK {
            let why = format_args!("{network}: too many open streams");
            return Err(Refused::new(Kind::TooMany(WAIT_SECS), why));
        }
        if held.all >= IN_ALL {
            return Err(Refused::new(Kind::Unavailable, "too many open streams"));
        }
        held.all += 1;
        *held.keys.entry(key).or_default() += 1;
        *held.networks.entry(network.clone()).or_default() += 1;
        Ok(Seat {
            held: Arc::clone(&self.held),
            key,
            network,
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.all = held.all.saturating_sub(1);
        one_less(&mut held.keys, &self.key);
        one_less(&mut held.networks, &self.network);
    }
}

fn one_less<K: Eq + std::hash::Hash>(counts: &mut HashMap<K, usize>, of: &K) {
    if let Some(count) = counts.get_mut(of) {
        *count -= 1;
        if *count == 0 {
            counts.remove(of);
        }
    }
}

/// What is told of a key as long as it lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Said {
    rights: Rights,
    expires: Option<Timestamp>,
}

impl Said {
    fn of(found: &Found) -> Self {
        Self {
            rights: found.rights,
            expires: found.expires,
        }
    }

    fn event(self, state: &str) -> String {
        let Self { rights, expires } = self;
        event(
            "key",
            &json!({"state": state, "rights": rights, "expires": expires}),
        )
    }
}

/// One client that listens.
struct Listener {
    request: HttpRequest,
    shared: web::Data<Shared>,
    key: AccessKey,
    said: Said,
    file: Watching,
    first: bool,
    looks: Interval,
    quiet: u32,
    _seat: Seat,
}

/// GET: a stream of events.
pub(super) async fn get(
    request: HttpRequest,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, ForProgram> {
    let now = moment();
    let key = key::carried(&request, &shared)?;
    // The page that listens was a use already.
    let redeemed = key::checked(&request, &shared, now).await?;
    let network = facts::network(facts::client(&request, &shared));
    let seat = shared.streams.seat(redeemed.found.id, network)?;
    let mut looks = interval(LOOKS);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let listener = Listener {
        said: Said::of(&redeemed.found),
        file: shared.streams.files.open(&redeemed.found.place),
        request,
        shared,
        key,
        first: true,
        looks,
        quiet: 0,
        _seat: seat,
    };
    let events = stream::unfold(Some(listener), |listener| async {
        let mut listener = listener?;
        let (bytes, goes_on) = listener.next().await?;
        Some((
            Ok::<_, actix_web::Error>(bytes),
            goes_on.then_some(listener),
        ))
    });
    let events: Pin<Box<dyn futures_util::Stream<Item = _>>> = Box::pin(events);
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/event-stream"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((BUFFERING, "no"))
        .streaming(events))
}

impl Listener {
    /// The next words, and whether any follow; nothing at the end.
    async fn next(&mut self) -> Option<(Bytes, bool)> {
        if std::mem::take(&mut self.first) {
            return Some((self.said.event("live").into(), true));
        }
        loop {
            self.looks.tick().await;
            if self.shared.ending() {
                return None;
            }
            let now = moment();
            let found = match key::still(&self.request, &self.shared, &self.key, now).await {
                Ok(found) => found,
                Err(refused) if refused.kind == Kind::Refused => {
                    let revoked = event("key", &json!({"state": "revoked"}));
                    return Some((revoked.into(), false));
                }
                // The client comes again, and is told by a status what is the matter.
                Err(refused) => {
                    tracing::debug!("a stream ends: {}", refused.cause);
                    return None;
                }
            };
            if !self.file.is_of(&found) {
                return None;
            }
            let mut news = String::new();
            let said = Said::of(&found);
            if said != self.said {
                self.said = said;
                news += &said.event("changed");
            }
            news += &self.file.news(&self.shared, &found, now).await;
            self.quiet += 1;
            let longest = match self.file.others() {
                0 => QUIET_LOOKS,
                _ => QUIET_LOOKS_SHARED,
            };
            if news.is_empty() && self.quiet >= longest {
                ": still here\n\n".clone_into(&mut news);
            }
            if !news.is_empty() {
                self.quiet = 0;
                return Some((news.into(), true));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> KeyId {
        AccessKey::generate().expect("random").id()
    }

    #[test]
    fn streams_are_bounded_by_key_by_network_and_in_all() {
        let streams = Streams::default();
        let one = id();
        let mut seats: Vec<Seat> = (0..OF_KEY)
            .map(|_| streams.seat(one, "192.0.2".to_owned()).expect("a seat"))
            .collect();
        let told =
            |key, network: String| streams.seat(key, network).err().map(|refused| refused.kind);
        assert_eq!(
            told(one, "198.51.100".to_owned()),
            Some(Kind::TooMany(WAIT_SECS))
        );
        seats.extend(
            (OF_KEY..OF_NETWORK).map(|_| streams.seat(id(), "192.0.2".to_owned()).expect("a seat")),
        );
        assert_eq!(
            told(id(), "192.0.2".to_owned()),
            Some(Kind::TooMany(WAIT_SECS))
        );
        seats.extend((OF_NETWORK..IN_ALL).map(|at| {
            streams
                .seat(id(), format!("n{}", at / 100))
                .expect("a seat")
        }));
        assert_eq!(told(id(), "198.51.100".to_owned()), Some(Kind::Unavailable));
        drop(seats);
        assert_eq!(told(one, "192.0.2".to_owned()), None);
        let held = streams.held.lock().expect("no thread failed");
        assert!(held.keys.is_empty() && held.networks.is_empty() && held.all == 0);
    }
}
