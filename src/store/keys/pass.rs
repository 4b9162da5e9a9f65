//! A pass through all keys, some at a time: others get their turn between.

use super::{At, Found, KeyTable, Keys};
use crate::store::StoreError;
use crate::store::log::Look;

/// Keys that are looked at without letting others write.
const SOME: usize = 4096;

/// How far a pass through all keys has come.
#[derive(Debug, Clone, Default)]
pub struct Pass {
    /// The row of the key file that comes next.
    next: u32,
    /// What was gone through last of the index at the server.
    pub(super) last: Option<Vec<u8>>,
    /// How many keys were gone through.
    pub(super) done: usize,
    /// How many there are.
    pub(super) all: usize,
}

impl Pass {
    /// How many keys were gone through.
    #[must_use]
    pub fn done(&self) -> usize {
        self.done
    }

    /// How many there are, as far as that was known at the last look.
    #[must_use]
    pub fn all(&self) -> usize {
        self.all
    }
}

impl Keys {
    /// What `read` makes of the next keys, each with those that it was derived from there to see; nothing at the end. A
    /// key that is there from the beginning to the end is seen once. Blocks.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`], [`StoreError::Away`].
    pub fn some_blocking<R>(
        &self,
        pass: &mut Pass,
        mut read: impl FnMut(&Look<'_, KeyTable>, Vec<Found>) -> R,
    ) -> Result<Option<R>, StoreError> {
        match &self.at {
            At::File(file) => {
                let (next, count, all, read) = file.log.look_blocking(|look| {
                    let rows: Vec<_> = look.table.from(pass.next).take(SOME).collect();
                    let next = rows.last().map(|(row, _)| row + 1);
                    let some: Vec<Found> = rows.into_iter().map(|(_, found)| found).collect();
                    let count = some.len();
                    let read = next.is_some().then(|| read(look, some));
                    (next, count, look.table.len(), read)
                })?;
                pass.next = next.unwrap_or(pass.next);
                pass.done += count;
                pass.all = all;
                Ok(read)
            }
            At::Shared(shared) => pollster::block_on(shared.some(pass, SOME, read)),
        }
    }
}
