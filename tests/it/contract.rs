//! One suite for what nodes share, run against each place where it may stand: files, and a real Redis. A node is a value of
//! its own over the same place, as another process would have it.

mod grants;
mod sessions;
mod throttles;
mod uses;

use std::time::Duration;

use editkey::store::redis::Link;
use editkey::store::{LastUses, Sessions};
use jiff::{SignedDuration, Timestamp};

use crate::support::asking::{at_once, up, wait};
use crate::support::redis::Redis;

/// Longest that a change at one node may be unseen by another.
const SEEN: Duration = Duration::from_secs(1);

/// Where what is shared stands. Each call for a value gives that of one more node.
struct Place {
    name: &'static str,
    folder: tempfile::TempDir,
    redis: Option<Redis>,
}

fn places() -> [Place; 2] {
    let folder = || tempfile::tempdir().expect("a folder");
    [
        Place {
            name: "files",
            folder: folder(),
            redis: None,
        },
        Place {
            name: "Redis",
            folder: folder(),
            redis: Some(Redis::with(&["--appendonly", "yes"])),
        },
    ]
}

impl Place {
    fn sessions(&self, max: usize) -> Sessions {
        match self.link() {
            Some(link) => Sessions::over(link, max),
            None => Sessions::at(&self.folder.path().join("sessions.json"), max),
        }
    }

    fn last_uses(&self) -> LastUses {
        match self.link() {
            Some(link) => LastUses::over(link),
            None => LastUses::at(&self.folder.path().join("lastused.json")),
        }
    }

    /// One more way to the server, which is up.
    fn link(&self) -> Option<Link> {
        let link = self.redis.as_ref()?.link();
        up(&link);
        Some(link)
    }
}

fn now() -> Timestamp {
    Timestamp::now()
}

fn later(millis: i64) -> Timestamp {
    now() + SignedDuration::from_millis(millis)
}
