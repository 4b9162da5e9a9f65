//! One key in memory: 64 bytes.

use jiff::Timestamp;

use crate::mint::{Bind, KeyId};
use crate::names::{Rights, Scope};
use crate::store::log::Span;

/// One key but for its name, in one line of the processor's cache. Times are seconds since 1970 as 32 bits, 0 where there is none.
#[repr(align(64))]
pub(super) struct Row {
    pub(super) id: KeyId,
    pub(super) span: u64,
    pub(super) dirname: u32,
    pub(super) by: u32,
    pub(super) created: u32,
    pub(super) expires: u32,
    pub(super) flags: u8,
}

pub(super) const LENGTH_BITS: u32 = 20;
pub(super) const EDIT: u8 = 1;
pub(super) const GONE: u8 = 2;
pub(super) const SEALED: u8 = 4;
pub(super) const BOUND: u8 = 8;
pub(super) const DIRECTORY: u8 = 16;
/// Of this key there is more than a row: [`crate::mint::More`].
pub(super) const MORE: u8 = 32;
/// It was derived from another key, or only those who claimed it may use it: nobody gets it by asking again.
pub(super) const APART: u8 = 64;
/// It asks for a passphrase of its own.
pub(super) const PASSPHRASE: u8 = 128;

impl Row {
    pub(super) fn is(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    pub(super) fn rights(&self) -> Rights {
        if self.is(EDIT) {
            Rights::Edit
        } else {
            Rights::View
        }
    }

    pub(super) fn scope(&self) -> Scope {
        if self.is(DIRECTORY) {
            Scope::Directory
        } else {
            Scope::File
        }
    }

    /// What tells two keys of one place apart.
    pub(super) fn what(&self) -> (Scope, Rights, bool) {
        (self.scope(), self.rights(), self.is(PASSPHRASE))
    }

    pub(super) fn bind(&self) -> Bind {
        if self.is(BOUND) {
            Bind::Visitor
        } else {
            Bind::Holder
        }
    }

    /// The length of its life; 0 where it has no end.
    pub(super) fn length(&self) -> u32 {
        if self.expires == 0 {
            0
        } else {
            self.expires.saturating_sub(self.created)
        }
    }

    pub(super) fn span(&self) -> Span {
        Span {
            offset: self.span >> LENGTH_BITS,
            length: u32::try_from(self.span & ((1 << LENGTH_BITS) - 1)).unwrap_or(0),
        }
    }
}

/// Seconds since 1970; a time before 1970 is the first second, one beyond 32 bits the last: a key only ends sooner.
pub(super) fn secs(time: Option<Timestamp>) -> u32 {
    time.map_or(0, |time| {
        u32::try_from(time.as_second().max(1)).unwrap_or(u32::MAX)
    })
}

pub(super) fn time(secs: u32) -> Option<Timestamp> {
    (secs != 0)
        .then(|| Timestamp::from_second(secs.into()).ok())
        .flatten()
}
