//! The gate's verdict: who asks, what decides at the address, and whether a grant or a key covers the file there.
//!
//! It must never let a key or a grant reach further here than when a file is opened: the same places, the same rules. Nor
//! may a refusal depend on what the disk holds, but for whether somebody is known.

use std::sync::Arc;
use std::time::Duration;

use super::tokens::Tokens;
use super::voucher::Voucher;
use super::{Access, Entry, Hands, Holder, Known, LOST, Moment};
use crate::error::{Kind, Refused};
use crate::gate::{Decides, Identity, Question, Verdict, Wanted};
use crate::grants::{Grants, Who};
use crate::mint::KeyId;
use crate::names::{Dirname, Place, Rights, Scope};
use crate::resolve::{Refusal, Roots};
use crate::store::{Act, Found};
use crate::visitor::Evidence;

/// What comes with a question.
pub struct Asking<'a> {
    /// The question.
    pub question: &'a Question<'a>,
    /// Whom the proxy's own configuration asks for; it decides alone.
    pub requirement: Option<&'a Who>,
    /// Keys that came along.
    pub keys: &'a [KeyId],
    /// Our word on keys that ask for more than themselves.
    pub vouchers: &'a [Voucher],
    /// What the browser's sessions say.
    pub holders: &'a [Arc<Holder>],
    /// What else came along.
    pub evidence: &'a dyn Evidence,
}

impl Entry {
    /// The verdict on what is asked at this moment.
    ///
    /// # Errors
    /// What the stores say.
    pub async fn verdict(
        &self,
        access: &Access,
        asking: &Asking<'_>,
        now: Moment,
    ) -> Result<Verdict, Refused> {
        if let Some(who) = asking.requirement {
            return self.by_rule(who, asking, now).await;
        }
        let table = self.gate();
        let target = asking.question.target.as_ref();
        let found = target.and_then(|target| Some((table.find(target)?, target)));
        let Some(((entry, rest), target)) = found else {
            return self.denied(asking, now).await;
        };
        match &entry.decides {
            Decides::Rule(who) => self.by_rule(who, asking, now).await,
            Decides::Mount(directory) => {
                let wanted = Wanted::of(directory, rest, &target.path);
                self.by_mount(access, &wanted, asking, now).await
            }
        }
    }

    async fn by_rule(
        &self,
        who: &Who,
        asking: &Asking<'_>,
        now: Moment,
    ) -> Result<Verdict, Refused> {
        let known = self.at_gate(asking, now).await?;
        let mut people = known.people();
        if let Some(visitor) = people.find(|visitor| who.holds(visitor)) {
            return Ok(self.allowed(Identity::of(visitor)));
        }
        if who.holds(&known.anybody()) {
            let first = known.people().next();
            return Ok(self.allowed(first.map(Identity::of).unwrap_or_default()));
        }
        Ok(refused(&known))
    }

    async fn by_mount(
        &self,
        access: &Access,
        wanted: &Wanted<'_>,
        asking: &Asking<'_>,
        now: Moment,
    ) -> Result<Verdict, Refused> {
        let roots = access.roots();
        let mut not = Vec::new();
        for id in asking.keys {
            let found = match self
                .covering((access, &roots), id, wanted, asking, now)
                .await?
            {
                Ok(found) => found,
                Err(why) => {
                    not.push((*id, why));
                    continue;
                }
            };
            let by = access.bound(&found).then(|| Arc::clone(&found.by));
            let bound = by.is_some();
            asking.note(access, (Act::Open, "gate"), found.id, by, now);
            if bound {
                return Ok(self
                    .allowed(Identity::nobody())
                    .no_longer_than(left(&found, now)));
            }
            return Ok(Verdict::Allowed {
                identity: Identity::nobody(),
                until: left(&found, now),
            });
        }
        let known = self.at_gate(asking, now).await?;
        let need = need(asking.question);
        let mut parties = known.parties();
        let party = parties.find(|party| {
            let granted = granted(&roots, &party.grants, wanted, need, now);
            granted.is_some_and(|granted| granted >= need)
        });
        if let Some(party) = party {
            return Ok(self.allowed(Identity::of(&party.visitor)));
        }
        for (id, why) in not {
            asking.note(access, (Act::Refuse, why), id, None, now);
        }
        Ok(refused(&known))
    }

    /// Allowed by what is known of a visitor. It holds for this moment alone where that depends on more than the cookies
    /// and `Authorization` that a cache tells requests apart by: on the address, or on a token in a header of its own.
    fn allowed(&self, identity: Identity) -> Verdict {
        let more = self.policy().names_networks() || self.tokens.iter().any(Tokens::in_own_header);
        Verdict::Allowed {
            identity,
            until: more.then_some(Duration::ZERO),
        }
    }

    async fn denied(&self, asking: &Asking<'_>, now: Moment) -> Result<Verdict, Refused> {
        Ok(refused(&self.at_gate(asking, now).await?))
    }

    /// Who asks. Where several sessions came along, all of them count.
    async fn at_gate(&self, asking: &Asking<'_>, now: Moment) -> Result<Known, Refused> {
        let (first, rest) = match asking.holders.split_first() {
            Some((first, rest)) => (first, rest),
            None => (&Arc::default(), &[][..]),
        };
        let mut known = self.known(asking.evidence, first, now).await?;
        for holder in rest {
            let policy = self.policy();
            let other = self.by_session(&policy, asking.evidence, holder, now);
            known.join(other.await?);
        }
        Ok(known)
    }

    /// The live record of a key that covers what is wanted, in these hands; else why it is none.
    async fn covering(
        &self,
        (access, roots): (&Access, &Roots),
        id: &KeyId,
        wanted: &Wanted<'_>,
        asking: &Asking<'_>,
        now: Moment,
    ) -> Result<Result<Found, &'static str>, Refused> {
        let found = match access.live(id, now).await {
            Ok(found) => found,
            Err(refused) if refused.kind == Kind::Refused => return Ok(Err(refused.why)),
            Err(refused) => return Err(refused),
        };
        if found.rights < need(asking.question) || !covers(roots, &found, wanted, now) {
            return Ok(Err("not here"));
        }
        if self.lost(&found, access) {
            Box::pin(access.revoke_lost(found.id, now)).await?;
            return Ok(Err(LOST));
        }
        if access.bound(&found) && !self.at_gate(asking, now).await?.is(&found.by) {
            return Ok(Err("other visitor"));
        }
        let hands = self.hands_at_gate(&found, asking, &access.secrets, now.time);
        if hands != Hands::Good {
            return Ok(Err("not in hand"));
        }
        access.used(&found, now);
        Ok(Ok(found))
    }
}

/// How long a key is still good.
fn left(found: &Found, now: Moment) -> Option<Duration> {
    let left = found.expires.map(|end| now.time.duration_until(end));
    left.map(|left| Duration::try_from(left).unwrap_or_default())
}

/// Whoever is known may not; of nobody that is not said yet.
fn refused(known: &Known) -> Verdict {
    if known.people().next().is_none() {
        Verdict::Unknown
    } else {
        Verdict::Forbidden
    }
}

fn need(question: &Question<'_>) -> Rights {
    if question.reads {
        Rights::View
    } else {
        Rights::Edit
    }
}

/// Where what is wanted really is.
enum Spot {
    File(Place),
    Directory(Dirname),
}

/// Where that is, if it is below one of `held`. What is not there is with its directory: the proxy says that it is not
/// there.
fn spot(roots: &Roots, held: &[Dirname], wanted: &Wanted<'_>, now: Moment) -> Option<Spot> {
    if let Some(place) = wanted.file() {
        match roots.locate_below(held, &place.dirname, &place.basename, now.instant) {
            Ok(located) => return Some(Spot::File(located.place)),
            // A directory, asked for without the slash.
            Err(Refusal::NotRegular) => {}
            Err(_) => return None,
        }
    }
    let located = roots.locate_directory_below(held, &wanted.directory()?, now.instant);
    located.ok()?.as_directory().map(Spot::Directory)
}

/// Whether the key leads to what is wanted: its very file, or what is in its directory.
fn covers(roots: &Roots, found: &Found, wanted: &Wanted<'_>, now: Moment) -> bool {
    if found.scope == Scope::Directory {
        let held = found.place.as_directory();
        return held.is_some_and(|held| spot(roots, &[held], wanted, now).is_some());
    }
    if wanted.is_file(&found.place) {
        return roots.stood_lately(&found.place, now.instant).is_ok();
    }
    // The address may lead there by a link.
    let Some(place) = wanted.file() else {
        return false;
    };
    let located = roots.locate(&place.dirname, &place.basename, now.instant);
    located.is_ok_and(|located| located.existing && located.place == found.place)
}

/// What `grants` give at what is wanted, by the spelling of their directories or by their canonical one: the most, or
/// `enough`.
#[must_use]
pub fn granted(
    roots: &Roots,
    grants: &Grants,
    wanted: &Wanted<'_>,
    enough: Rights,
    now: Moment,
) -> Option<Rights> {
    let spelled = most(roots, grants, wanted, now);
    if spelled.is_some_and(|rights| rights >= enough) || grants.directories.is_empty() {
        return spelled;
    }
    let canonical = grants.with_directories(|path| roots.canonical_directory(path));
    spelled.max(most(roots, &canonical, wanted, now))
}

/// The most that `grants` give at what is wanted, at its canonical place.
fn most(roots: &Roots, grants: &Grants, wanted: &Wanted<'_>, now: Moment) -> Option<Rights> {
    // Most often nothing on the way is a link: what was asked for is the canonical place.
    let spelled = wanted.file();
    if let Some(place) = spelled.filter(|place| roots.stood_lately(place, now.instant).is_ok())
        && let Some(rights) = grants.rights_at(&place, Scope::File)
    {
        return Some(rights);
    }
    let found = if grants.everything.is_some() {
        spot(roots, roots.paths(), wanted, now)
    } else {
        let held = grants
            .directories
            .iter()
            .map(|granted| granted.path.clone());
        let held: Vec<Dirname> = held.collect();
        spot(roots, &held, wanted, now)
    };
    match found? {
        Spot::File(place) => grants.rights_at(&place, Scope::File),
        Spot::Directory(dirname) => grants.rights_within(&dirname),
    }
}
