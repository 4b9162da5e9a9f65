//! Each operation, done, and held against what should come of it.

use std::fs;

use editkey::grants::Permit;
use editkey::mint::{
    self, AccessKey, Claims, Draft, KeyId, Life, Limits, MOST_USES, Record, Terms,
};
use editkey::names::{Rights, Scope};
use editkey::store::{CHILDREN, Changed, DEPTH, Found};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::ask::{Ask, Edit, browser, claimed, hash};
use super::scene::{Scene, minute, path, secrets};
use super::seen::no_more_than;
use crate::support::{keyfile, random_key};

impl Scene {
    pub(super) fn mint(&mut self, whole: bool, ask: &Ask) {
        let now = minute(self.now).time;
        let claims = ask.uses.filter(|uses| (1..=MOST_USES).contains(uses));
        let terms = Terms {
            limits: Limits {
                idle: ask.narrowing().idle,
                claims: claims.map(|left| Claims {
                    left,
                    browsers: Vec::new(),
                }),
                passphrase: ask.passphrase.then(hash),
                parent: None,
            },
            ..Terms::of(ask.narrowing().life.unwrap_or(Life::Unlimited))
        };
        let scope = if whole { Scope::Directory } else { Scope::File };
        let permit = Permit::operator(
            self.place(whole),
            scope,
            ask.rights().unwrap_or(Rights::Edit),
        );
        let draft = mint::draft(permit, terms, now, &secrets().sealer()).expect("random");
        let uses = &self.sides[0].last_uses;
        let minted = self
            .keys(0)
            .issue_blocking(draft, now, uses)
            .expect("minted");
        let id = minted.key.id();
        assert_eq!(minted.new, !self.ids().contains(&id), "a key is new once");
        assert!(self.seen(0, &id).is_some(), "a dead key was handed out");
        if minted.new {
            self.known.push((id, None));
        }
    }

    pub(super) fn mint_plain(&mut self) -> KeyId {
        let ask = Ask {
            view: None,
            hours: Some(1000 + u32::try_from(self.known.len()).expect("few")),
            idle: None,
            uses: None,
            passphrase: false,
        };
        self.mint(false, &ask);
        self.known.last().expect("minted").0
    }

    /// A draft as it would be written of a parent that was live when it was looked at.
    pub(super) fn draft_from(parent: &Found) -> Option<Draft> {
        let mut record = Record::parse(
            json!({"dirname": parent.place.dirname.as_str(), "basename": parent.place.basename.as_str()})
                .to_string()
                .as_bytes(),
            |_| None,
            |by| by.into(),
        )
        .ok()?;
        record.limits.parent = Some(parent.id);
        mint::draft_derived(record, &secrets().sealer()).ok()
    }

    pub(super) fn derive(&mut self, of: Option<KeyId>, side: usize, ask: &Ask) {
        let Some(of) = of else { return };
        let now = minute(self.now);
        let Some(parent) = self.live(side, &of) else {
            return;
        };
        let good = self.derives(&parent, ask, now.time);
        let derived = self.sides[side].derive_blocking(&parent, &ask.narrowing(), now);
        assert_eq!(derived.is_ok(), good, "{ask:?} from {parent:?}");
        let Ok(key) = derived else { return };
        let id = key.id();
        self.known.push((id, Some(of)));
        let allows = self.seen(side, &id).expect("it lives");
        ask.holds(&allows, id, now.time);
        assert!(self.limits.lifetime.is_none_or(|longest| {
            let end = now.time + SignedDuration::try_from(longest).expect("short");
            allows.expires.is_some_and(|expires| expires <= end)
        }));
        let idle = self.record(id).limits.idle;
        assert!(
            self.limits
                .idle
                .is_none_or(|most| idle.is_some_and(|idle| idle <= most))
        );
    }

    /// Whether a derivation is no more than the parent and the settings allow.
    fn derives(&self, parent: &Found, ask: &Ask, now: Timestamp) -> bool {
        let wanted = ask.narrowing();
        let end = wanted.life.and_then(|life| life.end(now));
        let most = self
            .limits
            .lifetime
            .map(|longest| now + SignedDuration::try_from(longest).expect("short"));
        let later =
            |most: Option<Timestamp>| end.is_some_and(|end| most.is_some_and(|most| end > most));
        let children = self
            .keys(0)
            .file()
            .expect("a file")
            .look_blocking(|look| look.table.children(&parent.id).len());
        parent.claims().next().is_none()
            && parent.above.len() < DEPTH
            && children.expect("readable") < CHILDREN
            && wanted.rights.is_none_or(|rights| rights <= parent.rights)
            && !later(parent.expires)
            && !later(most)
            && wanted
                .idle
                .is_none_or(|idle| self.limits.idle.is_none_or(|most| idle <= most))
            && wanted
                .uses
                .is_none_or(|uses| (1..=MOST_USES).contains(&uses))
    }

    pub(super) fn set_as_asked(&mut self, of: Option<KeyId>, side: usize, ask: &Ask) {
        let Some(id) = of else { return };
        let before = self.seen(side, &id);
        let Some(allowed) = &before else {
            // The dead may be narrowed, where they still stand; what comes of it is checked with all others.
            let _ = self.set(side, id, ask.narrowing());
            return;
        };
        let (record, now) = (self.record(id), minute(self.now).time);
        let wanted = ask.narrowing();
        let end = wanted.life.and_then(|life| life.end(now));
        let left = record
            .limits
            .claims
            .as_ref()
            .map_or(MOST_USES, |claims| claims.left);
        let good = wanted.rights.is_none_or(|rights| rights <= record.rights)
            && end.is_none_or(|end| record.expires.is_none_or(|most| end <= most))
            && wanted
                .idle
                .is_none_or(|idle| record.limits.idle.is_none_or(|most| idle <= most))
            // Without a time of minting there is nothing to count from.
            && (wanted.idle.is_none() || record.created.is_some())
            && wanted.uses.is_none_or(|uses| (1..=left).contains(&uses));
        let outcome = self.set(side, id, wanted);
        assert_eq!(outcome.is_ok(), good, "{ask:?} of {record:?}");
        let after = self.seen(side, &id);
        match after {
            Some(after) if good => ask.holds(&after, id, now),
            // A shorter idle time may end it at once.
            None if good => {}
            after => assert_eq!(
                no_more_than(Some(allowed), after.as_ref()),
                Ok(()),
                "a refusal narrowed"
            ),
        }
    }

    pub(super) fn claim(&mut self, of: Option<KeyId>, side: usize, at: u8) {
        let Some(id) = of.filter(|id| self.seen(side, id).is_some()) else {
            return;
        };
        let left = self
            .record(id)
            .limits
            .claims
            .map_or(0, |claims| claims.left);
        let claiming = move |record: &Record| claimed(record, browser(at));
        let claimed = self
            .keys(side)
            .change_blocking(id, claiming)
            .expect("written");
        assert_eq!(matches!(claimed, Changed::To(_)), left > 0);
    }

    pub(super) fn by_hand(&mut self, of: Option<KeyId>, edit: Edit) {
        let path = path(&self.folder);
        let (Some(id), true) = (of, path.exists()) else {
            return;
        };
        let mut all: Value =
            serde_json::from_slice(&fs::read(&path).expect("the file")).expect("one object");
        let name = format!("sha256:{id}");
        match edit {
            Edit::Delete => {
                let removed = all.as_object_mut().expect("an object").remove(&name);
                if removed.is_some_and(|record| record.is_object()) {
                    self.past.by_hand.insert(id);
                }
            }
            Edit::Restrict if all[&name].is_object() => all[&name]["colour"] = json!("red"),
            Edit::Indent | Edit::Restrict => {}
            Edit::Boast | Edit::Stray => {
                let stray = matches!(edit, Edit::Stray);
                let place = self.place(false);
                let basename = if stray {
                    "y.md"
                } else {
                    place.basename.as_str()
                };
                let key = random_key();
                all[keyfile::id(&key)] = json!({
                    "dirname": place.dirname.as_str(), "basename": basename, "rights": "edit", "parent": name,
                });
                let child = AccessKey::parse(&key).expect("a key").id();
                self.known.push((child, Some(id)));
            }
        }
        fs::write(&path, serde_json::to_string_pretty(&all).expect("JSON")).expect("the file");
    }
}
