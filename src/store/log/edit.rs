//! A change: planned under the lock on what the file then holds, answered once it is on the disk.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::{Entries, Log, Look, Table};
use crate::store::StoreError;

/// What the writing thread sees of an edit, whatever its answer is.
pub(in crate::store) trait Change<T: Table>: Send {
    /// Adds the entries to write. Called again, from the start, when the file was replaced meanwhile.
    fn plan(&mut self, look: &Look<'_, T>, pending: &mut T::Pending, out: &mut Entries);

    /// Whether somebody waits for it still.
    fn is_awaited(&self) -> bool;

    /// Told once, after the entries are on the disk or failed to get there.
    fn done(self: Box<Self>, outcome: Result<(), StoreError>);
}

struct Edit<P, R> {
    plan: P,
    answer: Option<R>,
    reply: oneshot::Sender<Result<R, StoreError>>,
}

impl<T, P, R> Change<T> for Edit<P, R>
where
    T: Table,
    P: FnMut(&Look<'_, T>, &mut T::Pending, &mut Entries) -> R + Send,
    R: Send,
{
    fn plan(&mut self, look: &Look<'_, T>, pending: &mut T::Pending, out: &mut Entries) {
        self.answer = Some((self.plan)(look, pending, out));
    }

    fn is_awaited(&self) -> bool {
        !self.reply.is_closed()
    }

    fn done(self: Box<Self>, outcome: Result<(), StoreError>) {
        let Self { answer, reply, .. } = *self;
        let answer = outcome.and_then(|()| answer.ok_or_else(ended));
        // Whoever asked may have left; what was written stays and is found by the next ask.
        let _ = reply.send(answer);
    }
}

/// A change that does `plan`, and where its answer comes.
pub(in crate::store) fn edit<T: Table, R: Send + 'static>(
    plan: impl FnMut(&Look<'_, T>, &mut T::Pending, &mut Entries) -> R + Send + 'static,
) -> (Box<dyn Change<T>>, oneshot::Receiver<Result<R, StoreError>>) {
    let (reply, answer) = oneshot::channel();
    let edit = Edit {
        plan,
        answer: None,
        reply,
    };
    (Box::new(edit), answer)
}

impl<T: Table> Log<T> {
    /// What `plan` answers, once all that it put is on the disk. `plan` runs on the writing thread, under the lock, on
    /// what the file then holds; it runs again when the file is replaced meanwhile.
    ///
    /// # Errors
    /// Any [`StoreError`] but `Stale`; nothing was acknowledged then.
    pub async fn edit<R: Send + 'static>(
        self: &Arc<Self>,
        plan: impl FnMut(&Look<'_, T>, &mut T::Pending, &mut Entries) -> R + Send + 'static,
    ) -> Result<R, StoreError> {
        let (change, answer) = edit(plan);
        self.submit(change);
        answer.await.unwrap_or_else(|_| Err(ended()))
    }

    /// The same on this thread, for the command line, which may block.
    ///
    /// # Errors
    /// As [`edit`](Self::edit).
    pub fn edit_blocking<R: Send + 'static>(
        &self,
        plan: impl FnMut(&Look<'_, T>, &mut T::Pending, &mut Entries) -> R + Send + 'static,
    ) -> Result<R, StoreError> {
        let (change, mut answer) = edit(plan);
        self.commit(vec![change]);
        answer.try_recv().unwrap_or_else(|_| Err(ended()))
    }
}

fn ended() -> StoreError {
    StoreError::Unwritable("the writer has ended".into())
}
