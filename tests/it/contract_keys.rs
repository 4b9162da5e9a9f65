//! One suite for keys, run against each place where they may stand: a key file, and a real Redis. A node is a value of its
//! own over the same place, as another process would have it.

mod equal;
mod family;
mod given;
mod pruned;
mod redis_edges;
mod redis_only;
mod seconds;
mod taken;
mod together;

use std::time::Duration;

use editkey::grants::Grants;
use editkey::mint::{
    AccessKey, Draft, KeyId, Life, Record, Sealer, Secrets, Terms, draft, draft_derived,
};
use editkey::names::{Basename, Dirname, Place, Rights, Scope};
use editkey::store::{Derived, Found, Keys};
use editkey::visitor::{Source, Visitor};
use jiff::{SignedDuration, Timestamp};

use crate::support::asking::{at_once, up, wait};
use crate::support::redis::Redis;

/// Longest that a change at one node may be unseen by another.
const SEEN: Duration = Duration::from_secs(1);

/// Where keys stand. Each call for them gives those of one more node.
struct Ground {
    name: &'static str,
    folder: tempfile::TempDir,
    redis: Option<Redis>,
    sealer: Sealer,
}

fn grounds() -> [Ground; 2] {
    let ground = |name, redis| Ground {
        name,
        folder: tempfile::tempdir().expect("a folder"),
        redis,
        sealer: Secrets::derive(&[1; 32]).sealer(),
    };
    [ground("file", None), ground("Redis", Some(Redis::start()))]
}

impl Ground {
    fn keys(&self) -> Keys {
        match &self.redis {
            Some(redis) => {
                let link = redis.link();
                up(&link);
                Keys::over(link, self.sealer.clone())
            }
            None => Keys::at(
                &self.folder.path().join("accesskeys.json"),
                self.sealer.clone(),
            ),
        }
    }

    fn draft(&self, name: &str) -> Draft {
        self.draft_for(name, Source::Local, Life::Unlimited)
    }

    fn draft_for(&self, name: &str, source: Source, life: Life) -> Draft {
        self.draft_at((name, source, life), now())
    }

    fn draft_at(&self, (name, source, life): (&str, Source, Life), when: Timestamp) -> Draft {
        let permit = Grants::everything(Rights::Edit)
            .permit(place(name), Scope::File, None, &Visitor::of(source))
            .expect("granted");
        draft(permit, Terms::of(life), when, &self.sealer).expect("random")
    }

    fn mint(&self, keys: &Keys, name: &str) -> AccessKey {
        let minted = keys.mint_blocking(self.draft(name), now());
        minted.expect("minted").key
    }

    fn derive(&self, keys: &Keys, parent: KeyId) -> Derived {
        let found = wait(keys.standing(&parent)).expect("an answer");
        let mut record = record(&found.expect("there").place.basename.to_string());
        record.limits.parent = Some(parent);
        let draft = draft_derived(record, &self.sealer).expect("random");
        wait(keys.derive(draft, now())).expect("an answer")
    }

    fn child(&self, keys: &Keys, parent: KeyId) -> KeyId {
        match self.derive(keys, parent) {
            Derived::Key(key) => key.id(),
            Derived::Unknown => panic!("{}: not derived: no parent", self.name),
            Derived::Deep | Derived::Many => panic!("{}: not derived: too many", self.name),
        }
    }
}

fn place(name: &str) -> Place {
    Place {
        dirname: Dirname::parse("/srv/a").expect("clean"),
        basename: Basename::parse(name).expect("a name"),
    }
}

/// A record that another program may have written.
fn record(name: &str) -> Record {
    let text = format!(
        r#"{{"dirname":"/srv/a","basename":"{name}","created":"{}","by":"local"}}"#,
        now() - SignedDuration::from_hours(24)
    );
    Record::parse(text.as_bytes(), |_| None, |by| by.into()).expect("a record")
}

fn find(keys: &Keys, id: &KeyId) -> Option<Found> {
    wait(keys.find(id)).expect("an answer")
}

fn stands(keys: &Keys, id: &KeyId) -> bool {
    wait(keys.standing(id)).expect("an answer").is_some()
}

/// The second that it is.
fn now() -> Timestamp {
    Timestamp::from_second(Timestamp::now().as_second()).expect("a time")
}

/// The key that this one was derived from, where it is there.
fn record_above(keys: &Keys, key: &Found) -> Option<Found> {
    let parent = key.parent()?;
    let above = keys.look_blocking(&editkey::store::Want::Key(parent).into(), |look| {
        look.table.find(&parent)
    });
    above.expect("an answer")
}
