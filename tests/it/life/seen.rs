//! What a key allows at a moment, as a visitor could find out.

use editkey::mint::{Bind, Claims, Idle, KeyId};
use editkey::names::{Place, Rights, Scope};
use editkey::store::Found;
use jiff::Timestamp;

/// What a live key allows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Allows {
    place: Place,
    scope: Scope,
    pub(super) rights: Rights,
    pub(super) expires: Option<Timestamp>,
    bound: bool,
    pub(super) passphrase: bool,
    pub(super) claims: Vec<(KeyId, Claims)>,
    idle: Vec<(KeyId, Option<Idle>)>,
}

impl Allows {
    pub(super) fn of(found: &Found) -> Self {
        let idle = |key: &Found| (key.id, key.limits().and_then(|limits| limits.idle));
        Self {
            place: found.place.clone(),
            scope: found.scope,
            rights: found.rights,
            expires: found.expires,
            bound: found.bind == Bind::Visitor,
            passphrase: found.passphrase().is_some(),
            claims: found
                .claims()
                .map(|(id, claims)| (id, claims.clone()))
                .collect(),
            idle: found.line().map(idle).collect(),
        }
    }

    fn reaches_beyond(&self, most: &Self) -> bool {
        match most.scope {
            Scope::File => (self.scope, &self.place) != (Scope::File, &most.place),
            Scope::Directory => {
                let within = self.place.within(self.scope);
                let most = most.place.within(Scope::Directory).expect("a directory");
                within.is_none_or(|within| within.below(&most).is_none())
            }
        }
    }
}

/// An end, or none, in an order in which less is sooner.
fn end(expires: Option<Timestamp>) -> Timestamp {
    expires.unwrap_or(Timestamp::MAX)
}

/// Whether what is allowed now is no more than `most`; nothing is allowed by what is dead.
pub(super) fn no_more_than(now: Option<&Allows>, most: Option<&Allows>) -> Result<(), String> {
    let Some(now) = now else { return Ok(()) };
    let Some(most) = most else {
        return Err(format!("it lives: {now:?}"));
    };
    let wider = |what: &str| Err(format!("{what}: {now:?} and not {most:?}"));
    if now.reaches_beyond(most) {
        return wider("its place");
    }
    if now.rights > most.rights || end(now.expires) > end(most.expires) {
        return wider("its rights or its end");
    }
    if (most.bound && !now.bound) || (most.passphrase && !now.passphrase) {
        return wider("it asks for less");
    }
    for (id, most_claims) in &most.claims {
        let claims = now.claims.iter().find(|(other, _)| other == id);
        let Some((_, claims)) = claims else {
            return wider("it asks for no claim");
        };
        let new = claims.browsers.iter();
        let new = new.filter(|one| !most_claims.browsers.contains(one));
        if new.count() + usize::from(claims.left) > usize::from(most_claims.left) {
            return wider("more browsers may claim it");
        }
    }
    for (id, most_idle) in &most.idle {
        let idle = now.idle.iter().find(|(other, _)| other == id);
        let shorter = idle.is_some_and(|(_, idle)| match (idle, most_idle) {
            (Some(idle), Some(most)) => idle <= most,
            (None, Some(_)) => false,
            (_, None) => true,
        });
        if !shorter {
            return wider("it may stay unused for longer");
        }
    }
    Ok(())
}
