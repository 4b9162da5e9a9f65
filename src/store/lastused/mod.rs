//! Last uses, to the day, and how many there were: `lastused.json`.
//!
//! To read a file must not cost a write: an entry is written when the day is new, else at most once an hour a key, and when
//! the server ends. What was counted since is lost where a server is killed, and nothing else. A key without an entry
//! counts from its minting.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

mod table;

pub use table::Used;
use table::{UseTable, last};

use super::StoreError;
use super::keys::Uses;
use super::log::Log;
use crate::mint::KeyId;

/// Most keys whose uses wait to be written; the uses of those beyond are not counted.
const WAITING: usize = 1_000_000;
/// Keys that wait of which all are written at once, to make room.
const CROWD: usize = WAITING / 2;
/// How long uses of a day that is known are counted before they are written.
const COUNTED: SignedDuration = SignedDuration::from_hours(1);

/// Uses of one key that wait to be written.
#[derive(Clone, Copy)]
struct Waiting {
    /// When the last of them was; its day is worked out when somebody asks, not at each use.
    last: Timestamp,
    uses: u64,
    /// When the first of them was.
    since: Timestamp,
}

impl Waiting {
    /// The day of the last of them.
    fn day(&self) -> Date {
        day(self.last)
    }

    /// Whether it is time to write them beside `last`.
    fn due(&self, last: Option<Used>, now: Timestamp) -> bool {
        let new = last.is_none_or(|last| last.day < self.day());
        new || now.duration_since(self.since).abs() >= COUNTED
    }
}

/// By key; looked up at every use.
type Waitings = hashbrown::HashMap<KeyId, Waiting, hashbrown::DefaultHashBuilder>;

/// When keys were used last, and how often.
#[derive(Clone)]
pub struct LastUses {
    log: Arc<Log<UseTable>>,
    waiting: Arc<Mutex<Waitings>>,
    /// One writing at a time: what waits is added once.
    flushing: Arc<tokio::sync::Mutex<()>>,
}

impl LastUses {
    /// The last uses at `path`, unread.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self {
            log: Arc::new(Log::at(path)),
            waiting: Arc::default(),
            flushing: Arc::default(),
        }
    }

    /// Remembers that the key was used `now`; written by a later [`flush`](Self::flush).
    pub fn used(&self, id: KeyId, now: Timestamp) {
        let mut waiting = self.waiting();
        let room = waiting.len() < WAITING;
        match waiting.get_mut(&id) {
            Some(one) => {
                one.last = one.last.max(now);
                one.uses += 1;
            }
            None if room => {
                waiting.insert(
                    id,
                    Waiting {
                        last: now,
                        uses: 1,
                        since: now,
                    },
                );
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
            .look_fresh(|look| look.table.uses.get(id).map(|(used, _)| used.day))
            .await?;
        let waiting = self.waiting().get(id).map(Waiting::day);
        Ok(written.max(waiting))
    }

    /// The same for the command line, which may block.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`].
    pub fn last_blocking(&self, id: &KeyId) -> Result<Option<Date>, StoreError> {
        let written = self
            .log
            .look_blocking(|look| last(look.table, id).map(|used| used.day))?;
        let waiting = self.waiting().get(id).map(Waiting::day);
        Ok(written.max(waiting))
    }

    /// Writes all that was counted since the last time. What cannot be written waits.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.flush_those(|_, _| true).await
    }

    /// Writes what is due `now`: to be called each minute.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub async fn flush_due(&self, now: Timestamp) -> Result<(), StoreError> {
        if self.waiting().len() > CROWD {
            return self.flush().await;
        }
        self.flush_those(move |one, last| one.due(last, now)).await
    }

    async fn flush_those(
        &self,
        due: impl Fn(&Waiting, Option<Used>) -> bool + Send + 'static,
    ) -> Result<(), StoreError> {
        let _alone = self.flushing.lock().await;
        let mut uses = self.waiting().clone();
        if uses.is_empty() {
            return Ok(());
        }
        self.log
            .look_fresh(|look| uses.retain(|id, one| due(one, last(look.table, id))))
            .await?;
        if uses.is_empty() {
            return Ok(());
        }
        let written = uses.clone();
        self.log
            .edit(move |look, (), out| {
                for (id, one) in &uses {
                    let before = last(look.table, id);
                    let used = Used {
                        day: before.map_or(one.day(), |last| last.day.max(one.day())),
                        count: before.map_or(0, |last| last.count).saturating_add(one.uses),
                    };
                    out.put(format!("sha256:{id}"), serde_json::to_string(&used).ok());
                }
            })
            .await?;
        // What was used meanwhile waits on.
        let mut waiting = self.waiting();
        for (id, written) in written {
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

    fn waiting(&self) -> MutexGuard<'_, Waitings> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The day of each key's last use. Blocks.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`].
    pub fn days_blocking(&self) -> Result<HashMap<KeyId, Date>, StoreError> {
        let uses = self.uses_blocking()?.into_iter();
        Ok(uses.map(|(id, used)| (id, used.day)).collect())
    }

    /// The last use of each key and how many there were, as far as they were written; for a server, with those that wait
    /// to be. Blocks.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`].
    pub fn uses_blocking(&self) -> Result<HashMap<KeyId, Used>, StoreError> {
        let mut uses: HashMap<KeyId, Used> = self.log.look_blocking(|look| {
            let uses = look.table.uses.iter();
            uses.map(|(id, (used, _))| (*id, *used)).collect()
        })?;
        for (id, one) in self.waiting().iter() {
            let (day, count) = (one.day(), 0);
            let used = uses.entry(*id).or_insert(Used { day, count });
            used.day = used.day.max(day);
            used.count = used.count.saturating_add(one.uses);
        }
        Ok(uses)
    }

    /// What `read` makes of the uses as they stand at this moment, written or not. Blocks.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`].
    pub fn read_blocking<R>(
        &self,
        mut read: impl FnMut(&dyn Fn(&KeyId) -> Uses) -> R,
    ) -> Result<R, StoreError> {
        self.log.look_blocking(|look| {
            // Uses from now on may be missed; most often there are none to look through.
            let none = self.waiting().is_empty();
            read(&|id| {
                let written = last(look.table, id);
                let waiting = if none {
                    None
                } else {
                    self.waiting().get(id).copied()
                };
                let day = written.map(|used| used.day);
                let count = written.map_or(0, |used| used.count);
                Uses {
                    day: day.max(waiting.map(|one| one.day())),
                    count: count.saturating_add(waiting.map_or(0, |one| one.uses)),
                }
            })
        })
    }

    /// The same of these keys alone.
    ///
    /// # Errors
    /// As [`days_blocking`](Self::days_blocking).
    pub fn days_of_blocking(
        &self,
        ids: &HashSet<KeyId>,
    ) -> Result<HashMap<KeyId, Date>, StoreError> {
        let written = self.log.look_blocking(|look| {
            let day = |id: &KeyId| Some((*id, last(look.table, id)?.day));
            ids.iter().filter_map(day).collect::<HashMap<_, _>>()
        })?;
        let waiting = self.waiting();
        let day = |id: &KeyId| {
            let day = written.get(id).copied();
            Some((*id, day.max(waiting.get(id).map(Waiting::day))?))
        };
        Ok(ids.iter().filter_map(day).collect())
    }

    /// Forgets keys that are gone. Blocks.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub fn forget_blocking(&self, ids: Vec<KeyId>) -> Result<(), StoreError> {
        self.log.edit_blocking(move |look, (), out| {
            for id in ids.iter().filter(|id| look.table.uses.contains_key(*id)) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mint::AccessKey;

    fn key(number: u8) -> KeyId {
        AccessKey::parse(&format!("{number:024}"))
            .expect("a key")
            .id()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn wait<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_time().build().expect("a runtime");
        runtime.block_on(future)
    }

    /// What stands in the file, read by another process.
    fn stands(path: &Path, id: KeyId) -> Option<(String, u64)> {
        let uses = LastUses::at(path).uses_blocking().expect("uses");
        let used = uses.get(&id)?;
        Some((used.day.to_string(), used.count))
    }

    #[test]
    fn a_new_day_is_written_at_once_and_else_once_an_hour() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("lastused.json");
        let uses = LastUses::at(&path);
        let id = key(1);
        let day = |text: &str, count| Some((text.to_owned(), count));
        let used = |time: &str, expected| {
            uses.used(id, at(time));
            wait(uses.flush_due(at(time))).expect("written");
            assert_eq!(stands(&path, id), expected, "{time}");
        };
        used("2026-11-21T10:00:00Z", day("2026-11-21", 1));
        used("2026-11-21T10:01:00Z", day("2026-11-21", 1));
        used("2026-11-21T11:00:59Z", day("2026-11-21", 1));
        used("2026-11-21T11:01:00Z", day("2026-11-21", 4));
        used("2026-11-21T23:59:00Z", day("2026-11-21", 4));
        used("2026-11-22T00:00:00Z", day("2026-11-22", 6));
        used("2026-11-22T00:01:00Z", day("2026-11-22", 6));
        wait(uses.flush()).expect("written");
        assert_eq!(stands(&path, id), day("2026-11-22", 7));
        wait(uses.flush()).expect("written");
        assert_eq!(stands(&path, id), day("2026-11-22", 7), "added once");
    }

    #[test]
    fn several_writers_add_up() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("lastused.json");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                let uses = LastUses::at(&path);
                scope.spawn(move || {
                    for round in 0..20 {
                        for _ in 0..=round {
                            uses.used(key(1), at("2026-11-21T10:00:00Z"));
                        }
                        wait(async {
                            let (one, other) = tokio::join!(uses.flush(), uses.flush());
                            one.and(other).expect("written");
                        });
                    }
                });
            }
        });
        let all = 4 * (1..=20).sum::<u64>();
        assert_eq!(stands(&path, key(1)), Some(("2026-11-21".to_owned(), all)));
    }

    #[test]
    fn a_day_alone_is_read_and_counted_on_and_compaction_keeps_both_forms() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("lastused.json");
        let name = |number| format!("sha256:{}", key(number));
        let text = format!(
            "{{\n\"$editkey\": {{\"format\": 1}}\n,\"{}\": \"2026-01-05\"\n\
             ,\"{}\": {{\"day\":\"2026-01-06\",\"uses\":3}}\n\
             ,\"{}\": {{\"day\":\"2026-01-06\"}}\n,\"{}\": 7\n\n}}\n",
            name(1),
            name(2),
            name(3),
            name(4)
        );
        std::fs::write(&path, text).expect("a file");
        assert_eq!(stands(&path, key(1)), Some(("2026-01-05".to_owned(), 0)));
        assert_eq!(stands(&path, key(2)), Some(("2026-01-06".to_owned(), 3)));
        assert_eq!((stands(&path, key(3)), stands(&path, key(4))), (None, None));
        let uses = LastUses::at(&path);
        uses.used(key(1), at("2026-01-05T10:00:00Z"));
        wait(uses.flush()).expect("written");
        assert_eq!(stands(&path, key(1)), Some(("2026-01-05".to_owned(), 1)));
        // So much of it is dead that the next write makes the file anew.
        let dead = format!(",\"{}\": {{\"day\":\"2026-01-06\",\"uses\":9}}\n", name(5));
        let text = std::fs::read_to_string(&path).expect("a file");
        let text = text.replacen("\n,", &format!("\n{},", dead.repeat(30_000)), 1);
        std::fs::write(&path, text).expect("a file");
        uses.used(key(5), at("2026-01-05T10:00:00Z"));
        wait(uses.flush()).expect("written");
        uses.log.compact().expect("compacted");
        let size = std::fs::metadata(&path).expect("a file").len();
        assert!(size < 200_000, "{size}");
        assert_eq!(stands(&path, key(1)), Some(("2026-01-05".to_owned(), 1)));
        assert_eq!(stands(&path, key(2)), Some(("2026-01-06".to_owned(), 3)));
        assert_eq!(stands(&path, key(5)), Some(("2026-01-06".to_owned(), 10)));
    }
}
