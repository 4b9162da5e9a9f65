//! What goes along when last uses move from a server or to one: entries as `lastused.json` spells them. Blocks.

use super::server::AtServer;
use super::table::{PREFIX, read};
use super::{LastUses, Place, Used};
use crate::mint::KeyId;
use crate::store::StoreError;

impl LastUses {
    /// The names of all entries at the server, in the order of their bytes. None where they stand in a file.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub fn entry_names_blocking(&self) -> Result<Vec<String>, StoreError> {
        let Ok(server) = self.server() else {
            return Ok(Vec::new());
        };
        let uses = pollster::block_on(server.uses())?;
        let mut names: Vec<String> = uses.into_keys().map(|id| id.named(PREFIX)).collect();
        names.sort_unstable();
        Ok(names)
    }

    /// What stands under these names there.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub fn entries_blocking(&self, names: &[String]) -> Result<Vec<Option<String>>, StoreError> {
        let Ok(server) = self.server() else {
            return Ok(vec![None; names.len()]);
        };
        let ids: Vec<KeyId> = names.iter().filter_map(|name| id_of(name)).collect();
        let uses = pollster::block_on(server.of(&ids))?;
        let text = |name: &String| spelled(*uses.get(&id_of(name)?)?);
        Ok(names.iter().map(text).collect())
    }

    /// How many entries there are at the server.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub fn entry_count_blocking(&self) -> Result<u64, StoreError> {
        match self.server() {
            Ok(server) => pollster::block_on(server.count()),
            Err(_) => Ok(0),
        }
    }

    /// Sets these entries at the server, or removes those without a text.
    ///
    /// # Errors
    /// Any [`StoreError`]; some may stand then.
    pub fn set_entries_blocking(
        &self,
        entries: &[(String, Option<String>)],
    ) -> Result<(), StoreError> {
        let server = self.server()?;
        let (mut set, mut gone) = (Vec::new(), Vec::new());
        for (name, text) in entries {
            let Some(id) = id_of(name) else { continue };
            match text {
                None => gone.push(id),
                Some(text) => set.extend(read(text.as_bytes()).ok().map(|used| (id, used))),
            }
        }
        pollster::block_on(server.set(&set))?;
        pollster::block_on(server.forget(&gone))
    }

    /// The one text for an entry, of those that there are; none where it is not understood.
    #[must_use]
    pub fn spelled(text: &str) -> Option<String> {
        spelled(read(text.as_bytes()).ok()?)
    }

    fn server(&self) -> Result<&AtServer, StoreError> {
        match &self.place {
            Place::File(_) => Err(StoreError::Limit(
                "last uses in a file are written as a file",
            )),
            Place::Server(server) => Ok(server),
        }
    }
}

fn spelled(used: Used) -> Option<String> {
    serde_json::to_string(&used).ok()
}

fn id_of(name: &str) -> Option<KeyId> {
    KeyId::parse(name.strip_prefix(PREFIX)?).ok()
}
