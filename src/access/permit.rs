//! What is asked for, held against the grants: a permit for the canonical place, and the life of the key.

use super::{Access, Asked, Moment};
use crate::error::{Kind, Refused};
use crate::grants::{Denied, Grants, Permit};
use crate::mint::Life;
use crate::names::{Dirname, Rights};
use crate::resolve::{Refusal, Roots};
use crate::visitor::Visitor;

impl Access {
    /// The proof that `grants` hold what is asked for, at its canonical place.
    pub(super) fn permit(
        &self,
        visitor: &Visitor,
        grants: &Grants,
        asked: &Asked,
        now: Moment,
    ) -> Result<Permit, Refused> {
        let roots = self.roots();
        // Most directories are granted by their canonical spelling, and then nothing more has to be looked at.
        let spelled = self.permit_by(&roots, visitor, grants, asked, now);
        match spelled {
            Ok(permit) if permit.rights == Rights::Edit || asked.rights.is_some() => Ok(permit),
            spelled if grants.directories.is_empty() => spelled,
            spelled => {
                let grants = grants.with_directories(|path| roots.canonical_directory(path));
                self.permit_by(&roots, visitor, &grants, asked, now)
                    .or(spelled)
            }
        }
    }

    fn permit_by(
        &self,
        roots: &Roots,
        visitor: &Visitor,
        grants: &Grants,
        asked: &Asked,
        now: Moment,
    ) -> Result<Permit, Refused> {
        let refused = |refusal: Refusal| Refused::new(Kind::Refused, refusal);
        let located = if grants.everything.is_some() {
            roots.locate(&asked.dirname, &asked.basename, now.instant)
        } else {
            let held = grants
                .directories
                .iter()
                .map(|granted| granted.path.clone());
            let held: Vec<Dirname> = held.collect();
            roots.locate_below(&held, &asked.dirname, &asked.basename, now.instant)
        };
        let located = located.map_err(refused)?;
        let most = grants.rights_at(&located.place).ok_or(Denied::Place)?;
        let most = most.min(self.policy.rights);
        let rights = asked.rights.unwrap_or(most);
        if rights > most {
            return Err(Denied::Place.into());
        }
        if !located.existing && rights != Rights::Edit {
            return Err(refused(Refusal::Missing));
        }
        Ok(grants.permit(located.place, Some(rights), visitor)?)
    }

    /// The life of a new key: what was asked for within what is allowed, or all that is allowed.
    pub(super) fn life(
        &self,
        grants: &Grants,
        asked: Option<Life>,
        now: Moment,
    ) -> Result<Life, Refused> {
        let longest = match (self.policy.lifetime, grants.longest) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        match (asked, longest) {
            (Some(life), Some(longest)) if life.exceeds(longest, now.time) => {
                Err(Denied::Life.into())
            }
            (Some(life), _) => Ok(life),
            (None, Some(longest)) => Ok(Life::of(longest)?),
            (None, None) => Ok(Life::Unlimited),
        }
    }
}
