//! A server that nodes share as a side to move from or to. What is set there is set as a node sets it, with its end and all
//! that finds it.
//!
//! Of last uses and sessions, which the server keeps in no order of names, the names are kept in memory while they are gone
//! through.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Entry, Kind, Side};
use crate::mint::{KeyId, Sealer};
use crate::store::redis::Link;
use crate::store::{Keys, LastUses, Moved, Sessions, StoreError};

/// What the names of keys, marks and last uses begin with.
const KEY: &str = "sha256:";

/// A server as a side.
pub struct Server {
    keys: Keys,
    uses: LastUses,
    sessions: Sessions,
    names: Mutex<BTreeMap<Kind, Arc<[String]>>>,
}

impl Server {
    /// The one that this link leads to.
    #[must_use]
    pub fn over(link: &Link, sealer: Sealer) -> Self {
        Self {
            keys: Keys::over(link.clone(), sealer),
            uses: LastUses::over(link.clone()),
            // None of those that move makes way for another.
            sessions: Sessions::over(link.clone(), usize::MAX),
            names: Mutex::default(),
        }
    }

    /// The names of a kind without order, as they were when going through it began.
    fn names(&self, kind: Kind, begins: bool) -> Result<Arc<[String]>, StoreError> {
        let mut all = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(names) = all.get(&kind).filter(|_| !begins) {
            return Ok(Arc::clone(names));
        }
        let names: Arc<[String]> = match kind {
            Kind::Uses => self.uses.entry_names_blocking()?.into(),
            Kind::Marks | Kind::Keys | Kind::Sessions => {
                self.sessions.entry_names_blocking()?.into()
            }
        };
        all.insert(kind, Arc::clone(&names));
        Ok(names)
    }
}

impl Side for Server {
    fn chunk(
        &self,
        kind: Kind,
        after: Option<&str>,
        most: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        if let Some(kind) = of_keys(kind) {
            return self.keys.entries_blocking(kind, after, most);
        }
        let names = self.names(kind, after.is_none())?;
        let behind = |name: &String| after.is_none_or(|after| name.as_str() <= after);
        let begin = after.map_or(0, |_| names.partition_point(behind));
        let mut entries = Vec::new();
        for names in names.get(begin..).unwrap_or_default().chunks(most.max(1)) {
            let both = names.iter().cloned().zip(self.find(kind, names)?);
            entries.extend(both.filter_map(|(name, json)| Some((name, json?))));
            if entries.len() >= most {
                entries.truncate(most);
                break;
            }
        }
        Ok(entries)
    }

    fn find(&self, kind: Kind, names: &[String]) -> Result<Vec<Option<String>>, StoreError> {
        match kind {
            Kind::Marks => self.keys.entries_named_blocking(Moved::Marks, names),
            Kind::Keys => self.keys.entries_named_blocking(Moved::Keys, names),
            Kind::Uses => self.uses.entries_blocking(names),
            Kind::Sessions => self.sessions.entries_blocking(names),
        }
    }

    fn holds(&self, kind: Kind, (name, json): &Entry) -> bool {
        let is_key = || name.strip_prefix(KEY).map(KeyId::parse);
        match kind {
            Kind::Marks | Kind::Keys => matches!(is_key(), Some(Ok(_))),
            Kind::Uses => matches!(is_key(), Some(Ok(_))) && LastUses::spelled(json).is_some(),
            Kind::Sessions => Sessions::understands(name, json),
        }
    }

    fn put(&self, kind: Kind, entries: Vec<(String, Option<String>)>) -> Result<(), StoreError> {
        match kind {
            Kind::Marks => self.keys.set_entries_blocking(Moved::Marks, entries),
            Kind::Keys => self.keys.set_entries_blocking(Moved::Keys, entries),
            Kind::Uses => self.uses.set_entries_blocking(&entries),
            Kind::Sessions => self.sessions.set_entries_blocking(&entries),
        }
    }

    fn count(&self, kind: Kind) -> Result<u64, StoreError> {
        match kind {
            Kind::Marks => self.keys.entry_count_blocking(Moved::Marks),
            Kind::Keys => self.keys.entry_count_blocking(Moved::Keys),
            Kind::Uses => self.uses.entry_count_blocking(),
            Kind::Sessions => self.sessions.entry_count_blocking(),
        }
    }
}

fn of_keys(kind: Kind) -> Option<Moved> {
    match kind {
        Kind::Marks => Some(Moved::Marks),
        Kind::Keys => Some(Moved::Keys),
        Kind::Uses | Kind::Sessions => None,
    }
}
