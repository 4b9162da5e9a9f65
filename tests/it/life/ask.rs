//! What is asked for, and what can be done.

use editkey::mint::{AccessKey, Browser, Idle, KeyId, Life, Narrowing, PasswordHash, Record};
use editkey::names::Rights;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::sample::Index;

use super::seen::Allows;

/// Some passphrase's.
const HASH: &str = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA";
/// One of a few browsers.
pub(super) fn browser(at: u8) -> Browser {
    let secret = AccessKey::parse(&format!("browser{at:017}")).expect("a secret");
    Browser::parse(&secret.id().to_string()).expect("a hash")
}

/// The record once this browser claimed the key.
pub(super) fn claimed(record: &Record, browser: Browser) -> Result<Record, ()> {
    let mut record = record.clone();
    let claims = record.limits.claims.as_mut().ok_or(())?;
    claims.left = claims.left.checked_sub(1).ok_or(())?;
    claims.browsers.push(browser);
    Ok(record)
}

/// What is asked for.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    pub(super) view: Option<bool>,
    pub(super) hours: Option<u32>,
    pub(super) idle: Option<u16>,
    pub(super) uses: Option<u8>,
    pub(super) passphrase: bool,
}

impl Ask {
    pub(super) fn rights(&self) -> Option<Rights> {
        let rights = |view| if view { Rights::View } else { Rights::Edit };
        self.view.map(rights)
    }

    pub(super) fn narrowing(&self) -> Narrowing {
        Narrowing {
            rights: self.rights(),
            life: self.hours.map(|hours| Life::For(hours * 3600)),
            idle: self.idle.map(|days| Idle::days(days).expect("days")),
            uses: self.uses,
            passphrase: self.passphrase.then(hash),
            label: None,
        }
    }

    /// What it comes to at least, where it was granted.
    pub(super) fn holds(&self, allows: &Allows, id: KeyId, now: Timestamp) {
        assert!(self.rights().is_none_or(|most| allows.rights <= most));
        assert!(!self.passphrase || allows.passphrase);
        let end = |hours: u32| now + SignedDuration::from_hours(i64::from(hours));
        assert!(
            self.hours
                .is_none_or(|hours| allows.expires <= Some(end(hours)))
        );
        let claims = allows.claims.iter().find(|(other, _)| *other == id);
        let left = claims.map(|(_, claims)| claims.left);
        assert!(self.uses.is_none_or(|uses| left == Some(uses)));
    }
}

/// What can be done. Keys are picked from all that there ever were, the dead among them.
#[derive(Debug, Clone)]
pub(super) enum Op {
    Mint {
        whole: bool,
        ask: Ask,
    },
    Derive {
        of: Index,
        side: usize,
        ask: Ask,
    },
    Set {
        of: Index,
        side: usize,
        ask: Ask,
    },
    Claim {
        of: Index,
        side: usize,
        browser: u8,
    },
    Use {
        of: Index,
    },
    Revoke {
        of: Index,
        side: usize,
    },
    Hand {
        of: Index,
        edit: Edit,
    },
    Prune {
        side: usize,
        due: Due,
        meanwhile: Option<(Index, Ask)>,
    },
    Undo {
        side: usize,
    },
    Copy,
    Import {
        side: usize,
        from: From,
    },
    Reopen,
    Pass {
        minutes: i64,
    },
}

/// Which keys are to be pruned.
#[derive(Debug, Clone, Copy)]
pub(super) enum Due {
    /// The dead.
    Dead,
    /// Those not used for so many hours.
    Unused(u32),
    /// Those minted so many hours ago.
    Old(u32),
    /// Those whose files are missing; no file is ever there.
    Missing,
    /// All of a directory in which there are none.
    Elsewhere,
}

/// What is imported.
#[derive(Debug, Clone)]
pub(super) enum From {
    /// An older copy of the key file.
    Copy(Index),
    /// A file of Open Guide Editor with these keys.
    Guide(Vec<Index>),
}

/// What somebody with an editor does to the file.
#[derive(Debug, Clone, Copy)]
pub(super) enum Edit {
    /// Another layout.
    Indent,
    /// A key is taken out.
    Delete,
    /// A key gets a restriction that no version knows.
    Restrict,
    /// A child that says it may do everything, for ever.
    Boast,
    /// A child of another file.
    Stray,
}

fn ask() -> impl Strategy<Value = Ask> {
    let uses = prop::sample::select(vec![0, 1, 2, 3, 99, 100, 101]);
    (
        prop::option::of(any::<bool>()),
        prop::option::of(1..2000_u32),
        prop::option::of(1..40_u16),
        prop::option::weighted(0.2, uses),
        prop::bool::weighted(0.2),
    )
        .prop_map(|(view, hours, idle, uses, passphrase)| Ask {
            view,
            hours,
            idle,
            uses,
            passphrase,
        })
}

fn due() -> impl Strategy<Value = Due> {
    prop_oneof![
        3 => Just(Due::Dead),
        3 => (1..200_u32).prop_map(Due::Unused),
        3 => (0..200_u32).prop_map(Due::Old),
        2 => Just(Due::Missing),
        1 => Just(Due::Elsewhere),
    ]
}

fn from() -> impl Strategy<Value = From> {
    prop_oneof![
        any::<Index>().prop_map(From::Copy),
        prop::collection::vec(any::<Index>(), 0..4).prop_map(From::Guide),
    ]
}

/// What takes keys out, and what might bring them back.
fn gone() -> impl Strategy<Value = Op> {
    let meanwhile = prop::option::weighted(0.3, (any::<Index>(), ask()));
    let side = || 0..2_usize;
    prop_oneof![
        4 => (side(), due(), meanwhile).prop_map(|(side, due, meanwhile)| Op::Prune { side, due, meanwhile }),
        3 => side().prop_map(|side| Op::Undo { side }),
        2 => Just(Op::Copy),
        3 => (side(), from()).prop_map(|(side, from)| Op::Import { side, from }),
    ]
}

pub(super) fn op() -> impl Strategy<Value = Op> {
    let of = || any::<Index>();
    let side = || 0..2_usize;
    let edits = [
        Edit::Indent,
        Edit::Delete,
        Edit::Restrict,
        Edit::Boast,
        Edit::Stray,
    ];
    prop_oneof![
        3 => (any::<bool>(), ask()).prop_map(|(whole, ask)| Op::Mint { whole, ask }),
        6 => (of(), side(), ask()).prop_map(|(of, side, ask)| Op::Derive { of, side, ask }),
        5 => (of(), side(), ask()).prop_map(|(of, side, ask)| Op::Set { of, side, ask }),
        3 => (of(), side(), 0..4_u8).prop_map(|(of, side, browser)| Op::Claim { of, side, browser }),
        3 => of().prop_map(|of| Op::Use { of }),
        9 => gone(),
        2 => (of(), side()).prop_map(|(of, side)| Op::Revoke { of, side }),
        2 => (of(), prop::sample::select(edits.to_vec())).prop_map(|(of, edit)| Op::Hand { of, edit }),
        1 => Just(Op::Reopen),
        2 => (1..6000_i64).prop_map(|minutes| Op::Pass { minutes }),
    ]
}

pub(super) fn hash() -> PasswordHash {
    PasswordHash::parse(HASH).expect("a hash")
}
