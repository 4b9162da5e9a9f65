//! The gate's verdict: who asks, what decides at the address, and whether a grant or a key covers the file there.
//!
//! It must never let a key or a grant reach further here than when a file is opened: the same places, the same rules. Nor
//! may a refusal depend on what the disk holds, but for whether somebody is known.

use std::sync::Arc;
use std::time::Duration;

use super::covered::{covers, granted};
use super::refusals::closed;
use super::tokens::Tokens;
use super::voucher::Voucher;
use super::{Access, Entry, Hands, Holder, Known, LOST, Moment};
use crate::error::{Kind, Refused};
use crate::gate::{Decides, Identity, Question, Verdict, Wanted};
use crate::grants::Who;
use crate::mint::KeyId;
use crate::names::Rights;
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
        let (mut not, mut untold) = (Vec::new(), None);
        for id in asking.keys {
            let found = match self
                .covering((access, &roots), id, wanted, asking, now)
                .await?
            {
                Ok(found) => found,
                Err(Not::So(why)) => {
                    not.push((*id, why));
                    continue;
                }
                Err(Not::Told(refusal)) => {
                    untold = Some(closed(refusal));
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
        for party in known.parties() {
            match granted(&roots, &party.grants, wanted, need, now) {
                Ok(Some(granted)) if granted >= need => {
                    return Ok(self.allowed(Identity::of(&party.visitor)));
                }
                Ok(_) => {}
                Err(refused) => untold = Some(refused),
            }
        }
        // What could not be looked at may be covered: nobody is told that it is not, and no key counts as a wrong one.
        if let Some(untold) = untold {
            return Err(untold);
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
    ) -> Result<Result<Found, Not>, Refused> {
        let not = |why| Ok(Err(Not::So(why)));
        let found = match access.live(id, now).await {
            Ok(found) => found,
            Err(refused) if refused.kind == Kind::Refused => return not(refused.why),
            Err(refused) => return Err(refused),
        };
        if found.rights < need(asking.question) {
            return not("not here");
        }
        match covers(roots, &found, wanted, now) {
            Ok(true) => {}
            Ok(false) => return not("not here"),
            Err(refusal) => return Ok(Err(Not::Told(refusal))),
        }
        if self.lost(&found, access) {
            Box::pin(access.revoke_lost(found.id, now)).await?;
            return not(LOST);
        }
        if access.bound(&found) && !self.at_gate(asking, now).await?.is(&found.by) {
            return not("other visitor");
        }
        let hands = self.hands_at_gate(&found, asking, &access.secrets, now.time);
        if hands != Hands::Good {
            return not("not in hand");
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

/// Why no key is given for what is wanted.
enum Not {
    /// As the audit log says it.
    So(&'static str),
    /// What stands there could not be told at this moment.
    Told(Refusal),
}
