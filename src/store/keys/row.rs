//! One key in memory: 64 bytes.

use std::ops::Range;

use jiff::Timestamp;

use crate::mint::{Bind, KeyId};
use crate::names::{Rights, Scope};
use crate::store::log::Span;

/// One key, in one line of the processor's cache. Times are seconds since 1970 as 32 bits, 0 where there is none.
#[repr(align(64))]
pub(super) struct Row {
    pub(super) id: KeyId,
    /// Flags, the length of the name and where it starts.
    pub(super) place: u64,
    pub(super) span: u64,
    pub(super) dirname: u32,
    pub(super) by: u32,
    pub(super) created: u32,
    pub(super) expires: u32,
}

pub(super) const LENGTH_BITS: u32 = 20;
pub(super) const NAME_BITS: u32 = 8;
pub(super) const EDIT: u64 = 1;
pub(super) const GONE: u64 = 2;
pub(super) const SEALED: u64 = 4;
pub(super) const BOUND: u64 = 8;
pub(super) const DIRECTORY: u64 = 16;
/// Of this key there is more than a row: [`crate::mint::More`].
pub(super) const MORE: u64 = 32;
/// It was derived from another key, or only those who claimed it may use it: nobody gets it by asking again.
pub(super) const APART: u64 = 64;
/// It asks for a passphrase of its own.
pub(super) const PASSPHRASE: u64 = 128;
pub(super) const FLAG_BITS: u32 = 8;

impl Row {
    pub(super) fn is(&self, flag: u64) -> bool {
        self.place & flag != 0
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

    /// Where its name stands among all names.
    pub(super) fn name(&self) -> Range<usize> {
        let start = usize::try_from(self.place >> (NAME_BITS + FLAG_BITS)).unwrap_or(usize::MAX);
        let length = ((self.place >> FLAG_BITS) & ((1 << NAME_BITS) - 1)) as usize;
        start..start.saturating_add(length)
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

/// An id is a hash already; the first eight bytes spread as well as any other.
pub(super) fn id_hash(id: &KeyId) -> u64 {
    let mut first = [0; 8];
    first.copy_from_slice(id.as_bytes().split_at(8).0);
    u64::from_le_bytes(first)
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
