//! Where a change of keys finds and writes what became of keys that are gone: beside the key file, or among the keys.

use std::sync::Arc;

use super::gone::{Gone, Mark, Marks};
use super::plan::Pending;
use crate::mint::KeyId;
use crate::store::StoreError;

/// Where a change of keys finds what became of those that are gone.
#[derive(Clone)]
pub(super) enum MarksAt {
    /// Beside the key file.
    Beside(Arc<Marks>),
    /// Among the keys: it was read with them, and is written with them.
    Within,
}

impl MarksAt {
    /// Those beside the key file, opened for a while.
    pub(super) fn beside(gone: &Gone) -> Self {
        Self::Beside(Arc::new(gone.open()))
    }

    /// What became of each of these.
    pub(super) fn of(
        &self,
        pending: &Pending,
        ids: &[KeyId],
    ) -> Result<Vec<Option<Mark>>, StoreError> {
        match self {
            Self::Beside(marks) => marks.look(|mark| ids.iter().map(mark).collect()),
            Self::Within => {
                let marks = ids.iter().map(|id| pending.marks.get(id).copied());
                Ok(marks.collect())
            }
        }
    }

    /// Writes that these become so. What was revoked stays revoked.
    pub(super) fn put(
        &self,
        pending: &mut Pending,
        ids: Vec<KeyId>,
        mark: Mark,
    ) -> Result<(), StoreError> {
        match self {
            Self::Beside(marks) => marks.put(ids, mark),
            Self::Within => {
                let marks = &pending.marks;
                let new = ids.into_iter().filter(|id| {
                    let before = marks.get(id);
                    before != Some(&mark) && before != Some(&Mark::Revoked)
                });
                pending.marked.extend(new.map(|id| (id, mark)));
                Ok(())
            }
        }
    }

    /// Forgets those that were pruned by this very prune: they are back. Among the keys, the key itself took its mark's place.
    pub(super) fn forget(&self, ids: Vec<KeyId>, mark: Mark) -> Result<(), StoreError> {
        match self {
            Self::Beside(marks) => marks.forget(ids, mark),
            Self::Within => Ok(()),
        }
    }
}
