//! Looking at keys and changing them, wherever they stand: over the key file all of them are there to see, at a server
//! those that are wanted.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::marks_at::MarksAt;
use super::plan::Pending;
use super::shared::Moved;
use super::wanted::Wanted;
use super::{At, InFile, KeyTable, Keys, Mark};
use crate::mint::KeyId;
use crate::store::StoreError;
use crate::store::log::{Entries, Look, Problem};
use crate::store::redis::LinkState;

/// Whether keys can be resolved, and minted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeysState {
    /// Both; how many there are, where that is known.
    Good(Option<usize>),
    /// They can be resolved; why none can be minted.
    ReadOnly(Arc<str>),
    /// Neither; why.
    Away(Arc<str>),
}

impl Keys {
    /// What `read` makes of the keys as they stand now. It sees what is wanted, and may be asked again.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`], [`StoreError::Away`].
    pub async fn look<R>(
        &self,
        wanted: &Wanted,
        read: impl FnMut(&Look<'_, KeyTable>) -> R,
    ) -> Result<R, StoreError> {
        match &self.at {
            At::File(file) => file.log.look_fresh(read).await,
            At::Shared(shared) => Box::pin(shared.look(wanted, read)).await,
        }
    }

    /// The same on a thread that may block.
    ///
    /// # Errors
    /// As [`look`](Self::look).
    pub fn look_blocking<R>(
        &self,
        wanted: &Wanted,
        read: impl FnMut(&Look<'_, KeyTable>) -> R,
    ) -> Result<R, StoreError> {
        match &self.at {
            At::File(file) => file.log.look_blocking(read),
            At::Shared(shared) => pollster::block_on(shared.look(wanted, read)),
        }
    }

    /// What `plan` answers, once all that it put is kept. It sees what is wanted, and runs again where that has changed
    /// meanwhile.
    ///
    /// # Errors
    /// Any [`StoreError`] but `Stale`; nothing was acknowledged then.
    pub(super) async fn edit<R: Send + 'static>(
        &self,
        wanted: &Wanted,
        plan: impl FnMut(&Look<'_, KeyTable>, &mut Pending, &mut Entries) -> R + Send + 'static,
    ) -> Result<R, StoreError> {
        match &self.at {
            At::File(file) => file.log.edit(plan).await,
            At::Shared(shared) => Box::pin(shared.edit(wanted, plan)).await,
        }
    }

    /// The same on a thread that may block.
    ///
    /// # Errors
    /// As [`edit`](Self::edit).
    pub(super) fn edit_blocking<R: Send + 'static>(
        &self,
        wanted: &Wanted,
        plan: impl FnMut(&Look<'_, KeyTable>, &mut Pending, &mut Entries) -> R + Send + 'static,
    ) -> Result<R, StoreError> {
        match &self.at {
            At::File(file) => file.log.edit_blocking(plan),
            At::Shared(shared) => pollster::block_on(shared.edit(wanted, plan)),
        }
    }

    /// Where it is kept what became of those that are gone.
    pub(super) fn marks(&self) -> MarksAt {
        match &self.at {
            At::File(file) => MarksAt::beside(&file.gone),
            At::Shared(_) => MarksAt::Within,
        }
    }

    /// The file, for what only a file can do.
    pub(super) fn in_file(&self) -> Result<&InFile, StoreError> {
        match &self.at {
            At::File(file) => Ok(file),
            At::Shared(_) => Err(StoreError::Away("not built yet".into())),
        }
    }

    /// Whether keys can be resolved and minted now.
    pub async fn state(&self) -> KeysState {
        match &self.at {
            At::File(file) => match file.log.look_fresh(|look| look.table.len()).await {
                Ok(count) if file.log.trusted() => KeysState::Good(Some(count)),
                Ok(_) => KeysState::ReadOnly("the last write did not get to the disk".into()),
                Err(error) => KeysState::Away(error.to_string().into()),
            },
            At::Shared(shared) => match shared.state() {
                LinkState::Up => KeysState::Good(None),
                LinkState::ReadOnly(why) => KeysState::ReadOnly(why),
                LinkState::Down(why) => KeysState::Away(why),
            },
        }
    }

    /// Reads the file, and sets a torn end of it aside. Blocks.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`].
    pub fn open_blocking(&self) -> Result<(), StoreError> {
        let Some(log) = self.file() else {
            return Ok(());
        };
        log.look_blocking(|_| ())?;
        if let Err(error) = log.mend_blocking() {
            tracing::warn!("a torn end stays as it is until the next write: {error}");
        }
        Ok(())
    }

    /// Sees whether another folder stands at the key file's folder; to be called about once a second.
    pub fn look_at_folder(&self, now: Timestamp) {
        if let Some(log) = self.file() {
            log.look_at_folder_at(now);
        }
    }

    /// Whether it is this process that does `what`, now and for so long: where several nodes share the keys, one of them.
    pub async fn turn(&self, what: &str, lasts: Duration) -> bool {
        let At::Shared(shared) = &self.at else {
            return true;
        };
        let taken = shared.take(what, lasts).await;
        taken.unwrap_or_else(|error| {
            tracing::warn!("{what}: {error}");
            false
        })
    }

    /// Takes those out that ended long ago, as far as that is not done otherwise; to be called each minute, by one of the
    /// processes that share the keys. Returns how many it took out.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub async fn sweep(&self, now: Timestamp) -> Result<usize, StoreError> {
        match &self.at {
            At::File(_) => Ok(0),
            At::Shared(shared) => Box::pin(shared.sweep(now)).await,
        }
    }

    /// The entries at the server behind `after`, text for text and in the order of the bytes of their names: so many, or
    /// all that are left. None where the keys stand in a file. Blocks.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub fn entries_blocking(
        &self,
        kind: Moved,
        after: Option<&str>,
        most: usize,
    ) -> Result<Vec<(String, String)>, StoreError> {
        match &self.at {
            At::File(_) => Ok(Vec::new()),
            At::Shared(shared) => pollster::block_on(shared.entries(kind, after, most)),
        }
    }

    /// The entries of these names at the server, as they stand now. Blocks.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub fn entries_named_blocking(
        &self,
        kind: Moved,
        names: &[String],
    ) -> Result<Vec<Option<String>>, StoreError> {
        match &self.at {
            At::File(_) => Ok(vec![None; names.len()]),
            At::Shared(shared) => pollster::block_on(shared.entries_named(kind, names)),
        }
    }

    /// How many entries there are at the server. Blocks.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub fn entry_count_blocking(&self, kind: Moved) -> Result<u64, StoreError> {
        match &self.at {
            At::File(_) => Ok(0),
            At::Shared(shared) => pollster::block_on(shared.entry_count(kind)),
        }
    }

    /// Sets these entries at the server, text for text, or removes those without one. A mark stays. Blocks.
    ///
    /// # Errors
    /// Any [`StoreError`]; some may stand then.
    pub fn set_entries_blocking(
        &self,
        kind: Moved,
        entries: Vec<(String, Option<String>)>,
    ) -> Result<(), StoreError> {
        match &self.at {
            At::File(_) => Err(StoreError::Limit("keys in a file are written as a file")),
            At::Shared(shared) => pollster::block_on(shared.set_entries(kind, entries)),
        }
    }

    /// What became of a key that is gone. Blocks.
    ///
    /// # Errors
    /// As [`look`](Self::look).
    pub fn mark_blocking(&self, id: &KeyId) -> Result<Option<Mark>, StoreError> {
        match &self.at {
            At::File(file) => file.gone.find_blocking(id),
            At::Shared(shared) => pollster::block_on(shared.mark(id)),
        }
    }

    /// The keys that were pruned and whose ids begin like this. Blocks.
    ///
    /// # Errors
    /// As [`look`](Self::look).
    pub fn pruned_blocking(&self, beginning: &str) -> Result<Vec<KeyId>, StoreError> {
        match &self.at {
            At::File(file) => file.gone.pruned_blocking(beginning),
            At::Shared(shared) => pollster::block_on(shared.pruned(beginning)),
        }
    }

    /// The records at the server that are not understood, and why; they open nothing, and stay as they are. Blocks.
    ///
    /// # Errors
    /// [`StoreError::Away`].
    pub fn refused_blocking(&self) -> Result<Vec<(KeyId, String)>, StoreError> {
        match &self.at {
            At::File(_) => Ok(Vec::new()),
            At::Shared(shared) => pollster::block_on(shared.refused()),
        }
    }

    /// What was refused when the file was read, and whether its end was torn.
    #[must_use]
    pub fn problems(&self) -> (Vec<Problem>, bool) {
        self.file()
            .map_or_else(Default::default, |log| log.problems())
    }
}
