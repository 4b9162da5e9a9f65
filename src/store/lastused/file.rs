//! Last uses in one JSON file.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use jiff::civil::Date;

use super::table::{UseTable, Used, last};
use super::waiting::{Map, Waiting, sum};
use crate::mint::KeyId;
use crate::store::StoreError;
use crate::store::keys::{KnownUses, Uses};
use crate::store::log::{Log, Look};

/// What stands in the file.
#[derive(Clone)]
pub(super) struct InFile {
    log: Arc<Log<UseTable>>,
}

impl InFile {
    pub(super) fn at(path: &Path) -> Self {
        Self {
            log: Arc::new(Log::at(path)),
        }
    }

    pub(super) async fn last(&self, id: &KeyId) -> Result<Option<Date>, StoreError> {
        let last = self.log.look_fresh(|look| last(look.table, id)).await?;
        Ok(last.map(|used| used.day))
    }

    pub(super) fn last_blocking(&self, id: &KeyId) -> Result<Option<Date>, StoreError> {
        let last = self.log.look_blocking(|look| last(look.table, id))?;
        Ok(last.map(|used| used.day))
    }

    pub(super) async fn of(&self, ids: &[KeyId]) -> Result<HashMap<KeyId, Used>, StoreError> {
        self.log.look_fresh(|look| of(look, ids)).await
    }

    pub(super) fn of_blocking(&self, ids: &[KeyId]) -> Result<HashMap<KeyId, Used>, StoreError> {
        self.log.look_blocking(|look| of(look, ids))
    }

    pub(super) fn uses_blocking(&self) -> Result<HashMap<KeyId, Used>, StoreError> {
        self.log.look_blocking(|look| {
            let uses = look.table.uses.iter();
            uses.map(|(id, (used, _))| (*id, *used)).collect()
        })
    }

    /// What `read` makes of what is written at this moment and of what `waiting` says then.
    pub(super) fn read_blocking<R>(
        &self,
        waiting: impl Fn() -> Map,
        read: impl Fn(&dyn KnownUses) -> R,
    ) -> Result<R, StoreError> {
        self.log.look_blocking(|look| {
            read(&Both {
                written: look.table,
                waiting: waiting(),
            })
        })
    }

    /// Adds those that are due, and says which were.
    pub(super) async fn add(
        &self,
        mut uses: Map,
        due: impl Fn(&Waiting, Option<Used>) -> bool + Send + 'static,
    ) -> Result<Map, StoreError> {
        self.log
            .look_fresh(|look| uses.retain(|id, one| due(one, last(look.table, id))))
            .await?;
        if uses.is_empty() {
            return Ok(uses);
        }
        let written = uses.clone();
        self.log
            .edit(move |look, (), out| {
                for (id, one) in &uses {
                    let used = sum(last(look.table, id), Some(*one));
                    let text = used.and_then(|used| serde_json::to_string(&used).ok());
                    out.put(format!("sha256:{id}"), text);
                }
            })
            .await?;
        Ok(written)
    }

    pub(super) fn forget_blocking(&self, ids: Vec<KeyId>) -> Result<(), StoreError> {
        self.log.edit_blocking(move |look, (), out| {
            for id in ids.iter().filter(|id| look.table.uses.contains_key(*id)) {
                out.put(format!("sha256:{id}"), None);
            }
        })
    }

    #[cfg(test)]
    pub(super) fn compact(&self) {
        self.log.compact().expect("compacted");
    }
}

/// What is written and what waits.
struct Both<'a> {
    written: &'a UseTable,
    waiting: Map,
}

impl KnownUses for Both<'_> {
    fn of(&self, id: &KeyId) -> Uses {
        let waiting = self.waiting.get(id).copied();
        sum(last(self.written, id), waiting).into()
    }

    fn each(&self, each: &mut dyn FnMut(&KeyId, Uses)) {
        for (id, (used, _)) in &self.written.uses {
            let waiting = self.waiting.get(id).copied();
            each(id, sum(Some(*used), waiting).into());
        }
        let unwritten = |(id, _): &(&KeyId, _)| !self.written.uses.contains_key(*id);
        for (id, one) in self.waiting.iter().filter(unwritten) {
            each(id, sum(None, Some(*one)).into());
        }
    }

    fn count(&self) -> usize {
        self.written.uses.len().max(self.waiting.len())
    }
}

fn of(look: &Look<'_, UseTable>, ids: &[KeyId]) -> HashMap<KeyId, Used> {
    let used = |id: &KeyId| Some((*id, last(look.table, id)?));
    ids.iter().filter_map(used).collect()
}
