//! The keys that are asked for.

use editkey::grants::Grants;
use editkey::mint::{Draft, Idle, KeyId, Life, Narrowing, Terms, draft, draft_derived};
use editkey::names::{Label, Rights, Scope};
use editkey::store::{Keys, Want};
use editkey::visitor::{Source, Visitor};
use jiff::SignedDuration;

use super::super::{now, place};
use super::{Asked, Side, Story, found};

pub(super) fn same(draft: &Draft) -> Draft {
    Draft {
        key: draft.key.clone(),
        id: draft.id,
        record: draft.record.clone(),
        life: draft.life,
    }
}

impl Story<'_> {
    pub(super) fn draft(&self, asked: &Asked) -> Draft {
        let Asked {
            name,
            source,
            life,
            view,
            directory,
        } = *asked;
        let host = "cms".parse().expect("a name");
        let visitor = match source {
            0 => Visitor::of(Source::Local),
            1 => Visitor::of(Source::Operator),
            2 => Visitor::of(Source::Anyone),
            _ => Visitor::of(Source::Host(host)),
        };
        let scope = if directory {
            Scope::Directory
        } else {
            Scope::File
        };
        let rights = if view { Rights::View } else { Rights::Edit };
        let day = SignedDuration::from_hours(24);
        let life = [
            Life::Unlimited,
            Life::For(3 * 86_400),
            Life::For(30 * 86_400),
            Life::Until(now() + day * 9),
        ][life];
        let name = ["a", "b.md", "C"][name];
        let permit = Grants::everything(Rights::Edit)
            .permit(place(name), scope, Some(rights), &visitor)
            .expect("granted");
        draft(permit, Terms::of(life), self.now, &self.ground.sealer).expect("random")
    }

    pub(super) fn derived(&self, parent: KeyId, of: &Side) -> Option<Draft> {
        let found = found(&of.keys, &parent)?;
        let wanted = Want::Key(parent).into();
        let record = of.keys.look_blocking(&wanted, |look| {
            Keys::record(look, &look.table.find(&parent)?)
        });
        let mut record = record.expect("an answer")?;
        record.limits = editkey::mint::Limits {
            parent: Some(found.id),
            ..Default::default()
        };
        record.created = Some(self.now);
        draft_derived(record, &self.ground.sealer).ok()
    }

    pub(super) fn narrowing(&self, how: usize) -> Narrowing {
        let none = Narrowing::default;
        match how {
            0 => Narrowing {
                rights: Some(Rights::View),
                ..none()
            },
            1 => Narrowing {
                uses: Some(2),
                ..none()
            },
            2 => Narrowing {
                idle: Idle::days(3).ok(),
                ..none()
            },
            3 => Narrowing {
                label: Some(Label::parse("for Bob").ok()),
                ..none()
            },
            4 => Narrowing {
                life: Some(Life::For(86_400)),
                ..none()
            },
            _ => Narrowing {
                uses: Some(0),
                ..none()
            },
        }
    }
}
