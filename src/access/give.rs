//! Keys that their own visitor or an administrator makes on a page: derived from one of theirs, or new within the roots.
//!
//! No grant is needed for a new one: an administrator's word permits what the operator's does, and no more. The ceilings
//! of the settings hold for both.

use std::sync::Arc;

use super::manage::Manager;
use super::{Access, Asked, Moment};
use crate::error::{Kind, Refused};
use crate::grants::Permit;
use crate::mint::{
    self, AccessKey, Claims, Idle, KeyId, Life, Limits, MOST_USES, Narrowing, PasswordHash, Terms,
};
use crate::names::{Place, Rights, Scope};
use crate::resolve::Refusal;
use crate::store::{Ask, Found, Minted, Same, Wanted};

const RIGHTS: &str = "The settings allow no key to change files (keys.rights).";
const LIFE: &str = "The settings allow no key to live that long (keys.lifetime).";
const IDLE: &str = "The settings allow no key to stay unused for that long (keys.idle).";
const PASSPHRASE: &str =
    "The settings want every key to have a passphrase (keys.require_passphrase).";
const USES: &str = "1 to 100 browsers may claim a key.";
const PLACE: &str = "There is no such place within the roots that a key may open.";

/// What a new key is to be.
#[derive(Debug, Clone)]
pub struct Making {
    /// What it opens, and for how long.
    pub asked: Asked,
    /// Dead when unused for so long.
    pub idle: Option<Idle>,
    /// For so many browsers.
    pub uses: Option<u8>,
    /// With this passphrase.
    pub passphrase: Option<PasswordHash>,
}

impl Access {
    /// A new key that an administrator makes, or the one that the same ask made before. It is on the disk when this
    /// returns.
    ///
    /// # Errors
    /// [`Kind::Exceeds`] for more than the settings allow, and for a place that no key may open; [`Kind::Refused`] for
    /// whoever is no administrator; what the store says.
    pub async fn make(
        &self,
        manager: &Manager,
        making: Making,
        now: Moment,
    ) -> Result<Minted, Refused> {
        if !manager.sees_all() {
            return Err(Refused::new(Kind::Refused, "no administrator"));
        }
        let (permit, life) = self.permitted(manager.by(), &making.asked, now)?;
        let terms = Terms {
            life,
            label: making.asked.label.clone(),
            bind: self.key_limits.bind,
            limits: self.limits(&making)?,
        };
        let draft = mint::draft(permit, terms, now.time, &self.sealer)?;
        let alive = if draft.record.limits.is_new() {
            Vec::new()
        } else {
            let ask = Ask::of(&draft);
            match self.keys.find_same(&ask, now.time, &self.last_uses).await? {
                Same::Key(key) => return Ok(Minted { key, new: false }),
                Same::Nothing(alive) => alive,
            }
        };
        Ok(self.keys.mint(draft, now.time, alive).await?)
    }

    /// A key that is narrower than one of theirs, which is live.
    ///
    /// # Errors
    /// As [`Access::derive`]; [`Kind::Refused`] for one that is not theirs.
    pub async fn derive_as(
        &self,
        manager: &Manager,
        id: &KeyId,
        by: &Narrowing,
        now: Moment,
    ) -> Result<AccessKey, Refused> {
        self.theirs(manager, id).await?;
        let parent = self.live(id, now).await?;
        self.derive(&parent, by, now).await
    }

    fn permitted(
        &self,
        by: &Arc<str>,
        asked: &Asked,
        now: Moment,
    ) -> Result<(Permit, Life), Refused> {
        let limits = &self.key_limits;
        let rights = asked.rights.unwrap_or(limits.rights);
        if rights > limits.rights {
            return Err(exceeds(RIGHTS));
        }
        let life = match (asked.life, limits.lifetime) {
            (Some(life), Some(longest)) if life.exceeds(longest, now.time) => {
                return Err(exceeds(LIFE));
            }
            (Some(life), _) => life,
            (None, Some(longest)) => Life::of(longest)?,
            (None, None) => Life::Unlimited,
        };
        let place = self.place(asked, rights, now).map_err(|refusal| {
            tracing::debug!("{by}: {refusal}");
            exceeds(PLACE)
        })?;
        let permit = Permit::administrator(place, asked.scope, rights, Arc::clone(by));
        Ok((permit, life))
    }

    fn place(&self, asked: &Asked, rights: Rights, now: Moment) -> Result<Place, Refusal> {
        let roots = self.roots();
        if asked.scope == Scope::Directory {
            let spelled = Place {
                dirname: asked.dirname.clone(),
                basename: asked.basename.clone(),
            };
            let directory = spelled.as_directory().ok_or(Refusal::Outside)?;
            return roots.locate_directory(&directory, now.instant);
        }
        let located = roots.locate(&asked.dirname, &asked.basename, now.instant)?;
        if !located.existing && rights == Rights::View {
            return Err(Refusal::Missing);
        }
        Ok(located.place)
    }

    fn limits(&self, making: &Making) -> Result<Limits, Refused> {
        let most = &self.key_limits;
        if most.require_passphrase && making.passphrase.is_none() {
            return Err(exceeds(PASSPHRASE));
        }
        let idle = match (making.idle, most.idle) {
            (Some(idle), Some(most)) if idle > most => return Err(exceeds(IDLE)),
            (idle, most) => idle.or(most),
        };
        let claims = making.uses.map(|left| {
            let good = (1..=MOST_USES).contains(&left);
            let browsers = Vec::new();
            good.then_some(Claims { left, browsers })
                .ok_or_else(|| exceeds(USES))
        });
        Ok(Limits {
            idle,
            claims: claims.transpose()?,
            passphrase: making.passphrase.clone(),
            parent: None,
        })
    }
}

fn exceeds(rule: &'static str) -> Refused {
    Refused::new(Kind::Exceeds(rule), rule)
}

/// Keys, and all that was derived from them.
pub struct Family {
    /// Each with how far below one of those that were asked for it stands; parents before their children.
    pub keys: Vec<(Found, usize)>,
    /// How many there are, shown or not.
    pub total: usize,
}

impl Access {
    /// Those of `ids` that are theirs to change, and all that was derived from them: what revoking would take. Of at most
    /// `most` it says which.
    ///
    /// # Errors
    /// What the store says.
    pub async fn family(
        &self,
        manager: &Manager,
        ids: &[KeyId],
        most: usize,
    ) -> Result<Family, Refused> {
        let family = self
            .keys
            .look(&Wanted::families(ids), |look| {
                let mut family = Family {
                    keys: Vec::new(),
                    total: 0,
                };
                let mut seen = std::collections::HashSet::new();
                let asked: std::collections::HashSet<&KeyId> = ids.iter().collect();
                // One that is below another of them goes along with that one.
                let below = |found: &Found| {
                    let standing = look.table.standing(&found.id);
                    standing.is_some_and(|key| key.above.iter().any(|up| asked.contains(&up.id)))
                };
                let own = ids.iter().filter_map(|id| look.table.find(id));
                let own = own.filter(|found| manager.changes(found) && !below(found));
                let mut left: Vec<(Found, usize)> = own.map(|found| (found, 0)).collect();
                left.reverse();
                while let Some((found, depth)) = left.pop() {
                    if !seen.insert(found.id) {
                        continue;
                    }
                    let children = look.table.children(&found.id).iter();
                    left.extend(
                        children
                            .filter_map(|child| look.table.find(child))
                            .map(|child| (child, depth + 1)),
                    );
                    family.total += 1;
                    if family.keys.len() < most {
                        family.keys.push((found, depth));
                    }
                }
                family
            })
            .await?;
        Ok(family)
    }
}
