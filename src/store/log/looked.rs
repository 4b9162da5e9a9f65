//! Whether the file is what was read: one look at it, by its name or by its handle, and what stands in the memory of it.
//!
//! It must never answer from a file that has changed since it was read.

use std::fs::File;
use std::sync::PoisonError;

use jiff::Timestamp;

use super::stamp::Stamp;
use super::{Log, Look, State, StoreError, Table, open_folder};
use crate::file_system::handles_tell;

impl<T: Table> State<T> {
    /// Whether the file's handle tells what its name does.
    fn asks_handle(&self) -> bool {
        self.told.is_some() && self.told == self.stamp
    }
}

impl<T: Table> Log<T> {
    /// `read`'s answer on what the file holds at this moment, without waiting for anything.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the file has changed and must be read first; [`StoreError::Broken`].
    pub fn look<R>(&self, read: impl FnOnce(&Look<'_, T>) -> R) -> Result<R, StoreError> {
        let state = self.state();
        let stamp = match &state.file {
            Some(file) if state.asks_handle() => Stamp::open(file).map(Some),
            _ => self.stamp(),
        };
        let stamp = stamp.map_err(|error| self.io(&error))?;
        let known = (state.stamp == stamp).then_some(state);
        known.ok_or(StoreError::Stale)?.look(read)
    }

    /// Sees whether another folder stands at the folder's path.
    pub fn look_at_folder(&self) {
        *self.folder.write().unwrap_or_else(PoisonError::into_inner) = open_folder(&self.path);
    }

    /// The same, to be called about once a second. Where the name leads to the file that was read, which has been left
    /// alone for a while, the next looks ask its handle instead of the name.
    pub fn look_at_folder_at(&self, now: Timestamp) {
        self.look_at_folder();
        let named = self.stamp().ok().flatten();
        let mut state = self.write_state();
        let told = named.filter(|named| {
            let opened = state.file.as_ref().filter(|_| state.stamp == Some(*named));
            named.settled(now) && opened.is_some_and(|file| self.handle_tells(file, named))
        });
        state.told = told;
    }

    #[cfg(test)]
    pub(in crate::store) fn asks_handle(&self) -> bool {
        self.state().asks_handle()
    }

    /// Whether the handle tells when the name is taken from the file, and the name is no link that could be turned.
    fn handle_tells(&self, file: &File, named: &Stamp) -> bool {
        let folder = self.folder.read().unwrap_or_else(PoisonError::into_inner);
        let itself = match (&*folder, self.path.file_name()) {
            (Some(folder), Some(name)) => Stamp::of_name(folder, name).ok().flatten(),
            _ => None,
        };
        itself.as_ref() == Some(named)
            && Stamp::open(file).is_ok_and(|stamp| stamp == *named)
            && handles_tell(file)
    }

    /// What the file looks like now.
    fn stamp(&self) -> std::io::Result<Option<Stamp>> {
        let folder = self.folder.read().unwrap_or_else(PoisonError::into_inner);
        match (&*folder, self.path.file_name()) {
            (Some(folder), Some(name)) => Stamp::within(folder, name),
            _ => Stamp::at(&self.path),
        }
    }
}
