//! Keys that are taken back for good, with all that was derived from them: first the mark, then the file.

use super::gone::Mark;
use super::marks_at::MarksAt;
use super::plan::Pending;
use super::shared::Shared;
use super::wanted::Wanted;
use super::{At, KeyTable, Keys};
use crate::mint::KeyId;
use crate::store::StoreError;
use crate::store::log::{Entries, Look};

impl Keys {
    /// Removes these keys and all that was derived from them, at once. Those that are not there are no error: an older key
    /// file or an undo does not bring them back either. Returns how many of these were there.
    ///
    /// # Errors
    /// Any [`StoreError`]; nothing was removed from a key file then, and some of them from a server where they are many.
    pub fn revoke_blocking(&self, ids: Vec<KeyId>) -> Result<usize, StoreError> {
        if let At::Shared(shared) = &self.at {
            return pollster::block_on(from_server(shared, ids));
        }
        let marks = self.marks();
        self.edit_blocking(&Wanted::families(&ids), revoking(ids, marks))?
    }

    /// The same for a server.
    ///
    /// # Errors
    /// As [`revoke_blocking`](Self::revoke_blocking).
    pub async fn revoke(&self, ids: Vec<KeyId>) -> Result<usize, StoreError> {
        if let At::Shared(shared) = &self.at {
            return from_server(shared, ids).await;
        }
        let marks = self.marks();
        self.edit(&Wanted::families(&ids), revoking(ids, marks))
            .await?
    }
}

/// Takes them back at a server: in halves where they are too many for one step, and alone where so many were derived from
/// one that they are: without it nothing of that opens.
async fn from_server(shared: &Shared, ids: Vec<KeyId>) -> Result<usize, StoreError> {
    let (mut there, mut left) = (0, vec![ids]);
    while let Some(mut ids) = left.pop() {
        let plan = revoking(ids.clone(), MarksAt::Within);
        match shared.edit(&Wanted::families(&ids), plan).await {
            Err(StoreError::Limit(_)) if ids.len() > 1 => {
                let rest = ids.split_off(ids.len() / 2);
                left.extend([rest, ids]);
            }
            Err(StoreError::Limit(why)) => {
                tracing::warn!(
                    "a key is revoked, and what was derived from it stays as dead: {why}"
                );
                let wanted = Wanted::keys(&ids);
                there += shared
                    .edit(&wanted, revoking(ids, MarksAt::Within))
                    .await??;
            }
            done => there += done??,
        }
    }
    Ok(there)
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
