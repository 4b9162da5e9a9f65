//! What is asked for, held against the grants: a permit for the canonical place, and the life of the key.

use super::refusals::closed;
use super::told::Told;
use super::{Access, Asked, Known, Moment, Party};
use crate::error::{Kind, Refused};
use crate::grants::{Denied, Grants, Permit};
use crate::mint::Life;
use crate::names::{Dirname, Place, Rights, Scope};
use crate::resolve::{Located, Refusal, Roots};
use crate::store::Found;
use crate::visitor::Visitor;

impl Access {
    /// The proof that what is asked for is granted to one of those whom `known` is, at its canonical place, and how long
    /// the key lives.
    pub(super) fn permit(
        &self,
        known: &Known,
        asked: &Asked,
        now: Moment,
    ) -> Result<(Permit, Life), Refused> {
        let mut best: Option<(Permit, Life)> = None;
        let mut refused: Option<Refused> = None;
        for Party {
            visitor, grants, ..
        } in known.parties()
        {
            let permit = self.permit_one(visitor, grants, asked, now);
            let with_life = permit.and_then(|permit| {
                let life = self.life(grants, asked.life, now)?;
                Ok((permit, life))
            });
            match with_life {
                Ok((permit, life)) => {
                    let most = asked.rights.is_some() || permit.rights == Rights::Edit;
                    if best
                        .as_ref()
                        .is_none_or(|(best, _)| permit.rights > best.rights)
                    {
                        best = Some((permit, life));
                    }
                    if most {
                        break;
                    }
                }
                Err(error) => {
                    refused = Some(match refused {
                        Some(first) => first.or(error),
                        None => error,
                    });
                }
            }
        }
        let nobody = || Refused::new(Kind::Refused, "nobody whom a grant names");
        best.ok_or_else(|| refused.unwrap_or_else(nobody))
    }

    fn permit_one(
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
                let told = Told::of(grants, &roots);
                let given = self.permit_by(&roots, visitor, &told.grants, asked, now);
                let given = given.or_else(|refused| spelled.map_err(|first| first.or(refused)));
                given.map_err(|refused| told.untold().unwrap_or(refused))
            }
        }
    }

    /// Whether any grant of whom `known` is holds what `found` names.
    #[must_use]
    pub fn granted(&self, known: &Known, found: &Found) -> bool {
        let roots = self.roots();
        known.parties().any(|party| {
            let told = Told::of(&party.grants, &roots);
            told.grants.rights_at(&found.place, found.scope).is_some()
        })
    }

    fn permit_by(
        &self,
        roots: &Roots,
        visitor: &Visitor,
        grants: &Grants,
        asked: &Asked,
        now: Moment,
    ) -> Result<Permit, Refused> {
        let located = locate(roots, grants, asked, now).map_err(closed)?;
        let most = grants.rights_at(&located.place, asked.scope);
        let most = most.ok_or(Denied::Place)?.min(self.key_limits.rights);
        let rights = asked.rights.unwrap_or(most);
        if rights > most {
            return Err(Denied::Place.into());
        }
        if !located.existing && rights != Rights::Edit {
            return Err(closed(Refusal::Missing));
        }
        Ok(grants.permit(located.place, asked.scope, Some(rights), visitor)?)
    }

    /// The life of a new key: what was asked for within what is allowed, or all that is allowed.
    fn life(&self, grants: &Grants, asked: Option<Life>, now: Moment) -> Result<Life, Refused> {
        let longest = match (self.key_limits.lifetime, grants.longest) {
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

/// The canonical place of what is asked for, by links that stay within the grants.
fn locate(roots: &Roots, grants: &Grants, asked: &Asked, now: Moment) -> Result<Located, Refusal> {
    let held = grants
        .directories
        .iter()
        .map(|granted| granted.path.clone());
    let held: Vec<Dirname> = match grants.everything {
        Some(_) => roots.paths().to_vec(),
        None => held.collect(),
    };
    match asked.scope {
        Scope::File => roots.locate_below(&held, &asked.dirname, &asked.basename, now.instant),
        Scope::Directory => {
            let asked = Place {
                dirname: asked.dirname.clone(),
                basename: asked.basename.clone(),
            };
            let directory = asked.as_directory().ok_or(Refusal::Outside)?;
            let place = roots.locate_directory_below(&held, &directory, now.instant)?;
            Ok(Located {
                place,
                existing: true,
            })
        }
    }
}
