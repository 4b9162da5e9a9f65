//! Last uses, to the day: `lastused.json`.
//!
//! At most one entry a key a day, written each minute: to read a file must not cost a write. A key without an entry
//! counts from its minting.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::StoreError;
use super::log::{Applied, Log, Span, Table};
use crate::mint::KeyId;

/// Bytes of an entry, all of it.
const ENTRY_BYTES: u64 = 68;
/// Most keys whose uses wait to be written; those beyond are written with a later use.
const WAITING: usize = 1_000_000;

/// The day of each key's last use.
#[derive(Default)]
pub(super) struct UseTable(HashMap<KeyId, (Date, u64)>);

impl Table for UseTable {
    type Pending = ();

    fn apply(&mut self, name: &str, json: Option<&[u8]>, span: Span) -> Applied {
        let Some(id) = name
            .strip_prefix("sha256:")
            .and_then(|id| KeyId::parse(id).ok())
        else {
            return Applied::Refused("its name is no key id".to_owned());
        };
        match json.map(serde_json::from_slice::<Date>) {
            None => {
                self.0.remove(&id);
            }
            Some(Ok(day)) => {
                self.0.insert(id, (day, span.offset));
            }
            Some(Err(error)) if error.is_data() => return Applied::Refused("not a day".to_owned()),
            Some(Err(_)) => return Applied::NotJson,
        }
        Applied::Taken
    }

    fn live_bytes(&self) -> u64 {
        self.0.len() as u64 * ENTRY_BYTES
    }

    fn each_live(&self, each: &mut dyn FnMut(&str, Span)) {
        for (id, (_, offset)) in &self.0 {
            each(
                &format!("sha256:{id}"),
                Span {
                    offset: *offset,
                    length: 12,
                },
            );
        }
    }
}

/// Uses of one key that wait to be written.
#[derive(Clone, Copy)]
struct Waiting {
    day: Date,
    uses: u64,
}

/// When keys were used last.
#[derive(Clone)]
pub struct LastUses {
    log: Arc<Log<UseTable>>,
    waiting: Arc<Mutex<HashMap<KeyId, Waiting>>>,
}

impl LastUses {
    /// The last uses at `path`, unread.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self {
            log: Arc::new(Log::at(path)),
            waiting: Arc::default(),
        }
    }

    /// Remembers that the key was used `now`; written by the next [`flush`](Self::flush).
    pub fn used(&self, id: KeyId, now: Timestamp) {
        let day = day(now);
        let mut waiting = self.waiting();
        let room = waiting.len() < WAITING;
        match waiting.get_mut(&id) {
            Some(one) => {
                one.day = one.day.max(day);
                one.uses += 1;
            }
            None if room => {
                waiting.insert(id, Waiting { day, uses: 1 });
            }
            None => {}
        }
    }

    /// The day of the key's last use, written or not.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`].
    pub async fn last(&self, id: &KeyId) -> Result<Option<Date>, StoreError> {
        let written = self
            .log
            .look_fresh(|look| look.table.0.get(id).map(|(day, _)| *day))
            .await?;
        let waiting = self.waiting().get(id).map(|one| one.day);
        Ok(written.max(waiting))
    }

    /// The same for the command line, which may block.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`].
    pub fn last_blocking(&self, id: &KeyId) -> Result<Option<Date>, StoreError> {
        let written = self
            .log
            .look_blocking(|look| look.table.0.get(id).map(|(day, _)| *day))?;
        let waiting = self.waiting().get(id).map(|one| one.day);
        Ok(written.max(waiting))
    }

    /// Writes what was used since the last time. What cannot be written waits.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub async fn flush(&self) -> Result<(), StoreError> {
        let uses = self.waiting().clone();
        if uses.is_empty() {
            return Ok(());
        }
        let kept = uses.clone();
        self.log
            .edit(move |look, (), out| {
                for (id, one) in &uses {
                    if look.table.0.get(id).is_none_or(|(last, _)| *last < one.day) {
                        out.put(format!("sha256:{id}"), Some(format!("\"{}\"", one.day)));
                    }
                }
            })
            .await?;
        // What was used meanwhile waits on.
        let mut waiting = self.waiting();
        for (id, written) in kept {
            let left = waiting.get_mut(&id).map(|one| {
                one.uses = one.uses.saturating_sub(written.uses);
                one.uses
            });
            if left == Some(0) {
                waiting.remove(&id);
            }
        }
        Ok(())
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<KeyId, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The day of each key's last use. Blocks.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`].
    pub fn days_blocking(&self) -> Result<HashMap<KeyId, Date>, StoreError> {
        self.log.look_blocking(|look| {
            look.table
                .0
                .iter()
                .map(|(id, (day, _))| (*id, *day))
                .collect()
        })
    }

    /// Forgets keys that are gone. Blocks.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub fn forget_blocking(&self, ids: Vec<KeyId>) -> Result<(), StoreError> {
        self.log.edit_blocking(move |look, (), out| {
            for id in ids.iter().filter(|id| look.table.0.contains_key(id)) {
                out.put(format!("sha256:{id}"), None);
            }
        })
    }
}

/// The day of `now`, in UTC.
#[must_use]
pub fn day(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}
