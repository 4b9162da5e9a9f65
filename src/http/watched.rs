//! The files that pages have open: which revision stands there, and how many pages have it, for `/api/file/events`.
//!
//! It must never look at a file for a key that was not good a moment ago, nor say of what may not be read more than that
//! there is nothing. However many pages have a file open, it is read once after each change.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::web;
use serde_json::json;
use tokio::sync::Mutex as Turns;

use super::shared::Shared;
use crate::access::Moment;
use crate::error::{Kind, Refused};
use crate::files::Revision;
use crate::names::{Place, Rights};
use crate::resolve::{Identity, SafePath};
use crate::store::Found;

/// All files that a page has open.
#[derive(Default)]
pub(super) struct Watched(Arc<Mutex<HashMap<Place, Arc<Watch>>>>);

/// One of them.
#[derive(Default)]
struct Watch {
    /// How many pages have it open.
    open: AtomicUsize,
    /// What it was when it was read last; whoever reads it holds the others up.
    seen: Turns<Option<Seen>>,
}

struct Seen {
    identity: Identity,
    /// Whether it had been left alone for so long that the same numbers mean the same bytes.
    settled: bool,
    revision: Revision,
}

/// What stands at the place of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stands {
    /// Nothing that may be read.
    Nothing,
    /// A file with these bytes.
    As(Revision),
}

impl Stands {
    fn event(self) -> String {
        let revision = match self {
            Self::Nothing => None,
            Self::As(revision) => Some(revision.to_string()),
        };
        event("file", &json!({ "revision": revision }))
    }
}

/// One page that has a file open, and what it was told; given back when it is dropped.
pub(super) struct Watching {
    all: Arc<Mutex<HashMap<Place, Arc<Watch>>>>,
    place: Place,
    watch: Arc<Watch>,
    told: Option<Stands>,
    told_others: Option<usize>,
}

impl Watched {
    /// One page more has the file open.
    pub(super) fn open(&self, place: &Place) -> Watching {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let watch = Arc::clone(all.entry(place.clone()).or_default());
        watch.open.fetch_add(1, Ordering::Relaxed);
        Watching {
            all: Arc::clone(&self.0),
            place: place.clone(),
            watch,
            told: None,
            told_others: None,
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if self.watch.open.fetch_sub(1, Ordering::Relaxed) == 1 {
            all.remove(&self.place);
        }
    }
}

impl Watching {
    /// Whether it is the file of this key.
    pub(super) fn is_of(&self, found: &Found) -> bool {
        self.place == found.place
    }

    /// How many other pages have the file open.
    pub(super) fn others(&self) -> usize {
        self.watch.open.load(Ordering::Relaxed).saturating_sub(1)
    }

    /// The events that are due to the holder of a key that is good now: empty where there is no news.
    pub(super) async fn news(
        &mut self,
        shared: &web::Data<Shared>,
        found: &Found,
        now: Moment,
    ) -> String {
        let mut events = String::new();
        match self.stands(shared, now).await {
            Ok(stands) if self.told != Some(stands) => {
                self.told = Some(stands);
                events += &stands.event();
            }
            Ok(_) => {}
            // It is being written, say: the next look will tell.
            Err(refused) => tracing::debug!("a file that is open in a page: {}", refused.cause),
        }
        if found.rights < Rights::Edit {
            self.told_others = None;
            return events;
        }
        let others = self.others();
        if self.told_others != Some(others) {
            self.told_others = Some(others);
            events += &event("presence", &json!({ "others": others }));
        }
        events
    }

    /// What stands there at this moment.
    async fn stands(&self, shared: &web::Data<Shared>, now: Moment) -> Result<Stands, Refused> {
        let Some(path) = shared.access.standing_at(&self.place, now)? else {
            return Ok(Stands::Nothing);
        };
        let identity = *path.identity();
        let settled = identity.settled(now.time.into());
        let mut seen = self.watch.seen.lock().await;
        if let Some(seen) = &*seen
            && seen.identity == identity
            && (seen.settled || !settled)
        {
            return Ok(Stands::As(seen.revision));
        }
        let revision = revision(shared, path, now).await?;
        *seen = Some(Seen {
            identity,
            settled,
            revision,
        });
        Ok(Stands::As(revision))
    }
}

/// The revision of the file at `path`, read off the async threads.
async fn revision(
    shared: &web::Data<Shared>,
    path: SafePath,
    now: Moment,
) -> Result<Revision, Refused> {
    let reading = shared.clone();
    let read = web::block(move || reading.access.revision(&path, now)).await;
    read.map_err(|error| Refused::new(Kind::Unavailable, error))?
}

/// One event as it goes over the wire.
pub(super) fn event(name: &str, data: &serde_json::Value) -> String {
    format!("event: {name}\ndata: {data}\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::{Basename, Dirname};

    fn place(name: &str) -> Place {
        Place {
            dirname: Dirname::parse("/srv/a").expect("a directory"),
            basename: Basename::parse(name).expect("a name"),
        }
    }

    #[test]
    fn pages_are_counted_by_file_and_nothing_is_left_of_those_that_closed() {
        let watched = Watched::default();
        let open = |name| watched.open(&place(name));
        let (one, two, other) = (open("a.md"), open("a.md"), open("b.md"));
        let count = |watching: &Watching| watching.watch.open.load(Ordering::Relaxed);
        assert_eq!((count(&one), count(&two), count(&other)), (2, 2, 1));
        drop(two);
        assert_eq!(count(&one), 1);
        let again = open("a.md");
        assert_eq!(count(&one), 2);
        drop((one, again, other));
        assert!(watched.0.lock().expect("no thread failed").is_empty());
    }
}
