//! Keys that are taken back for good, with all that was derived from them: first the mark, then the file.

use super::gone::Mark;
use super::marks_at::MarksAt;
use super::plan::Pending;
use super::wanted::Wanted;
use super::{KeyTable, Keys};
use crate::mint::KeyId;
use crate::store::StoreError;
use crate::store::log::{Entries, Look};

impl Keys {
    /// Removes these keys and all that was derived from them, at once. Those that are not there are no error: an older key
    /// file or an undo does not bring them back either. Returns how many of these were there.
    ///
    /// # Errors
    /// Any [`StoreError`]; nothing was removed then.
    pub fn revoke_blocking(&self, ids: Vec<KeyId>) -> Result<usize, StoreError> {
        let marks = self.marks();
        self.edit_blocking(&Wanted::families(&ids), revoking(ids, marks))?
    }

    /// The same for a server.
    ///
    /// # Errors
    /// As [`revoke_blocking`](Self::revoke_blocking).
    pub async fn revoke(&self, ids: Vec<KeyId>) -> Result<usize, StoreError> {
        let marks = self.marks();
        self.edit(&Wanted::families(&ids), revoking(ids, marks))
            .await?
    }
}

fn revoking(
    ids: Vec<KeyId>,
    marks: MarksAt,
) -> impl FnMut(&Look<'_, KeyTable>, &mut Pending, &mut Entries) -> Result<usize, StoreError> + Send
{
    move |look, pending, out| {
        if ids.is_empty() {
            return Ok(0);
        }
        let all = pending.families(look, &ids);
        let marked = marks.put(pending, all.clone(), Mark::Revoked);
        if let Err(error) = marked {
            // To revoke too little is worse: a key that is there goes all the same.
            if !ids.iter().all(|id| pending.there(look, id)) {
                return Err(error);
            }
            tracing::error!(
                "keys are revoked, but an older key file would bring them back: {error}"
            );
        }
        let there = ids.iter().filter(|id| pending.there(look, id)).count();
        for id in &all {
            pending.remove(look, out, id);
        }
        Ok(there)
    }
}
