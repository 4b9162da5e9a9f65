//! What goes along when sessions, grants and tickets move from a server or to one: entries as `sessions.json` spells them.
//! Blocks.

use super::server::understood;
use super::{Place, Sessions};
use crate::store::StoreError;

impl Sessions {
    /// The names of all entries at the server, in the order of their bytes. None where they stand in a file.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub fn entry_names_blocking(&self) -> Result<Vec<String>, StoreError> {
        match &self.0 {
            Place::File(_) => Ok(Vec::new()),
            Place::Server(server) => pollster::block_on(server.entry_names()),
        }
    }

    /// What stands under these names there.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub fn entries_blocking(&self, names: &[String]) -> Result<Vec<Option<String>>, StoreError> {
        match &self.0 {
            Place::File(_) => Ok(vec![None; names.len()]),
            Place::Server(server) => pollster::block_on(server.entries(names)),
        }
    }

    /// How many entries there are at the server.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub fn entry_count_blocking(&self) -> Result<u64, StoreError> {
        match &self.0 {
            Place::File(_) => Ok(0),
            Place::Server(server) => pollster::block_on(server.entry_count()),
        }
    }

    /// Sets these entries at the server, text for text, or removes those without one.
    ///
    /// # Errors
    /// Any [`StoreError`]; some may stand then.
    pub fn set_entries_blocking(
        &self,
        entries: &[(String, Option<String>)],
    ) -> Result<(), StoreError> {
        match &self.0 {
            Place::File(_) => Err(StoreError::Limit(
                "sessions in a file are written as a file",
            )),
            Place::Server(server) => pollster::block_on(server.set_entries(entries)),
        }
    }

    /// Whether an entry is understood: no other has an end, so no other goes along.
    #[must_use]
    pub fn understands(name: &str, text: &str) -> bool {
        understood(name, text)
    }
}
