//! Last uses, to the day, and how many there were: in `lastused.json`, or in Redis where several nodes share them.
//!
//! To read a file must not cost a write: uses are counted in memory. In the file an entry is written when the day is new,
//! else at most once an hour a key, and when the server ends; at Redis those of a minute are added at once. What was counted
//! since is lost where a server is killed, and nothing else. A key without an entry counts from its minting.

mod file;
mod moving;
mod server;
mod table;
mod waiting;

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

pub use table::Used;

use super::StoreError;
use super::keys::KnownUses;
use super::redis::Link;
use crate::mint::KeyId;
use file::InFile;
use server::AtServer;
use waiting::{Waiting, Waitings};

/// When keys were used last, and how often.
#[derive(Clone)]
pub struct LastUses {
    place: Place,
    waiting: Arc<Mutex<Waitings>>,
    /// One writing at a time: what waits is added once.
    flushing: Arc<tokio::sync::Mutex<()>>,
}

/// Where they stand.
#[derive(Clone)]
enum Place {
    File(InFile),
    Server(AtServer),
}

impl LastUses {
    /// The last uses in the file at `path`, unread.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self::of_place(Place::File(InFile::at(path)))
    }

    /// The last uses at the server.
    #[must_use]
    pub fn over(link: Link) -> Self {
        Self::of_place(Place::Server(AtServer::over(link)))
    }

    fn of_place(place: Place) -> Self {
        Self {
            place,
            waiting: Arc::default(),
            flushing: Arc::default(),
        }
    }

    /// Remembers that the key was used `now`; written by a later [`flush`](Self::flush).
    pub fn used(&self, id: KeyId, now: Timestamp) {
        self.lock().used(id, now);
    }

    /// A day since which the key was used, as far as this process knows without asking anybody; it may have been used later.
    #[must_use]
    pub fn known(&self, id: &KeyId) -> Option<Date> {
        let waiting = self.waiting().get(id).map(Waiting::day);
        match &self.place {
            Place::File(_) => waiting,
            Place::Server(server) => server.known(id).max(waiting),
        }
    }

    /// The day of the key's last use, written or not.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`], [`StoreError::Away`].
    pub async fn last(&self, id: &KeyId) -> Result<Option<Date>, StoreError> {
        let written = match &self.place {
            Place::File(file) => file.last(id).await?,
            Place::Server(server) => server.last(id).await?,
        };
        Ok(written.max(self.waiting().get(id).map(Waiting::day)))
    }

    /// The same for the command line, which may block.
    ///
    /// # Errors
    /// As [`last`](Self::last).
    pub fn last_blocking(&self, id: &KeyId) -> Result<Option<Date>, StoreError> {
        let written = match &self.place {
            Place::File(file) => file.last_blocking(id)?,
            Place::Server(server) => pollster::block_on(server.last(id))?,
        };
        Ok(written.max(self.waiting().get(id).map(Waiting::day)))
    }

    /// The last use of each of these keys that was used, and how many there were, written or not.
    ///
    /// # Errors
    /// As [`last`](Self::last).
    pub async fn of(&self, ids: &[KeyId]) -> Result<HashMap<KeyId, Used>, StoreError> {
        let mut uses = match &self.place {
            Place::File(file) => file.of(ids).await?,
            Place::Server(server) => server.of(ids).await?,
        };
        self.waiting().add_to(ids, &mut uses);
        Ok(uses)
    }

    /// The same for the command line, which may block.
    ///
    /// # Errors
    /// As [`last`](Self::last).
    pub fn of_blocking(&self, ids: &[KeyId]) -> Result<HashMap<KeyId, Used>, StoreError> {
        let mut uses = match &self.place {
            Place::File(file) => file.of_blocking(ids)?,
            Place::Server(server) => pollster::block_on(server.of(ids))?,
        };
        self.waiting().add_to(ids, &mut uses);
        Ok(uses)
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
        if self.waiting().is_crowd() {
            return self.flush().await;
        }
        self.flush_those(move |one, last| one.due(last, now)).await
    }

    async fn flush_those(
        &self,
        due: impl Fn(&Waiting, Option<Used>) -> bool + Send + 'static,
    ) -> Result<(), StoreError> {
        let _alone = self.flushing.lock().await;
        let uses = self.waiting().all();
        if uses.is_empty() {
            return Ok(());
        }
        match &self.place {
            Place::File(file) => {
                let written = file.add(uses, due).await?;
                self.waiting().written(written.iter());
            }
            // To add is one cheap step there, and others want to see it.
            Place::Server(server) => {
                let uses: Vec<_> = uses.into_iter().collect();
                for some in uses.chunks(server::AT_ONCE) {
                    server.add(some).await?;
                    self.waiting()
                        .written(some.iter().map(|(id, one)| (id, one)));
                }
            }
        }
        Ok(())
    }

    /// All that waits, counted.
    fn waiting(&self) -> MutexGuard<'_, Waitings> {
        let mut waiting = self.lock();
        waiting.count();
        waiting
    }

    fn lock(&self) -> MutexGuard<'_, Waitings> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The day of each key's last use. Blocks; as [`uses_blocking`](Self::uses_blocking).
    ///
    /// # Errors
    /// As [`last`](Self::last).
    pub fn days_blocking(&self) -> Result<HashMap<KeyId, Date>, StoreError> {
        let uses = self.uses_blocking()?.into_iter();
        Ok(uses.map(|(id, used)| (id, used.day)).collect())
    }

    /// The last use of each key and how many there were, as far as they were written; for a server, with those that wait
    /// to be. Blocks. Over Redis it is for few keys: who has many asks [`of`](Self::of) those that matter.
    ///
    /// # Errors
    /// As [`last`](Self::last).
    pub fn uses_blocking(&self) -> Result<HashMap<KeyId, Used>, StoreError> {
        let mut uses = match &self.place {
            Place::File(file) => file.uses_blocking()?,
            Place::Server(server) => pollster::block_on(server.uses())?,
        };
        self.waiting().add_all_to(&mut uses);
        Ok(uses)
    }

    /// What `read` makes of the uses as they stand at this moment, written or not. Blocks; over Redis as
    /// [`uses_blocking`](Self::uses_blocking).
    ///
    /// # Errors
    /// As [`last`](Self::last).
    pub fn read_blocking<R>(&self, read: impl Fn(&dyn KnownUses) -> R) -> Result<R, StoreError> {
        match &self.place {
            // Uses from now on may be missed.
            Place::File(file) => file.read_blocking(|| self.waiting().all(), read),
            Place::Server(_) => Ok(read(&self.uses_blocking()?)),
        }
    }

    /// The same of these keys alone.
    ///
    /// # Errors
    /// As [`last`](Self::last).
    pub fn days_of_blocking(
        &self,
        ids: &HashSet<KeyId>,
    ) -> Result<HashMap<KeyId, Date>, StoreError> {
        let ids: Vec<KeyId> = ids.iter().copied().collect();
        let uses = self.of_blocking(&ids)?.into_iter();
        Ok(uses.map(|(id, used)| (id, used.day)).collect())
    }

    /// Forgets keys that are gone. Blocks.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub fn forget_blocking(&self, ids: Vec<KeyId>) -> Result<(), StoreError> {
        match &self.place {
            Place::File(file) => file.forget_blocking(ids),
            Place::Server(server) => pollster::block_on(server.forget(&ids)),
        }
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
        let Place::File(file) = &uses.place else {
            unreachable!("it is in a file");
        };
        file.compact();
        let size = std::fs::metadata(&path).expect("a file").len();
        assert!(size < 200_000, "{size}");
        assert_eq!(stands(&path, key(1)), Some(("2026-01-05".to_owned(), 1)));
        assert_eq!(stands(&path, key(2)), Some(("2026-01-06".to_owned(), 3)));
        assert_eq!(stands(&path, key(5)), Some(("2026-01-06".to_owned(), 10)));
    }
}
