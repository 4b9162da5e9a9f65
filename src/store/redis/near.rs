//! What was read of the server and still holds: it tells us itself when something changes, and a beat on the same
//! connection shows that nothing it told is on its way.
//!
//! **Invariant:** whatever is kept was read after the last change that the server told of its key, in the present
//! connection; and [`Near::holds`] only while a beat that was sent within the bound has been answered.

use std::any::Any;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use quick_cache::Weighter;
use redis::{PushInfo, PushKind, Value};

use crate::cache::{Cache, cache_by_weight};

/// What keeping one value costs, besides its key and what it says that it takes: its places in two tables, which double
/// as they grow, three allocations, and a trace after it is gone.
const ENTRY_BYTES: u64 = 320;
/// What one entry is thought to take.
const TYPICAL_BYTES: u64 = 1024;
/// What a node takes that keeps nothing, where it may take much more than that.
const OWN_BYTES: u64 = 16 << 20;
/// Which part of what a node may take goes to what an allocator loses, and to what it notes of keys beside.
const LOST: u64 = 5;
/// Few, so that the share of each holds large values on a machine with any number of cores.
const SHARDS: usize = 8;

/// What is kept, how long it counts, and what is being read.
pub(super) struct Near {
    kept: Cache<Box<[u8]>, Kept, Bytes>,
    reading: Mutex<Reading>,
    born: Instant,
    /// Nanoseconds after `born` until which what is kept counts.
    until: AtomicU64,
}

#[derive(Clone)]
struct Kept {
    value: Arc<dyn Any + Send + Sync>,
    bytes: u64,
}

#[derive(Clone)]
struct Bytes;

impl Weighter<Box<[u8]>, Kept> for Bytes {
    fn weight(&self, key: &Box<[u8]>, kept: &Kept) -> u64 {
        key.len() as u64 + kept.bytes + ENTRY_BYTES
    }
}

/// The keys that are being read, over which connection.
#[derive(Default)]
struct Reading {
    epoch: u64,
    keys: HashMap<Box<[u8]>, (Arc<AtomicBool>, usize)>,
}

/// One reading of a key, from before it is sent until its answer is kept or dropped.
pub(super) struct Mark<'a> {
    near: &'a Near,
    key: Box<[u8]>,
    changed: Arc<AtomicBool>,
}

impl Near {
    /// Keeps so much that a node takes so many bytes at most.
    pub(super) fn keeping(bytes: u64) -> Self {
        let part = bytes / LOST;
        let bytes = bytes - part - part.min(OWN_BYTES);
        let items = usize::try_from(bytes / TYPICAL_BYTES).unwrap_or(usize::MAX);
        let kept = cache_by_weight((items.max(1), bytes), SHARDS, Bytes);
        Self {
            kept,
            reading: Mutex::default(),
            born: Instant::now(),
            until: AtomicU64::new(0),
        }
    }

    /// Whether what is kept counts at this moment.
    pub(super) fn holds(&self) -> bool {
        let now = nanos(self.born, Instant::now());
        now < self.until.load(Ordering::Acquire)
    }

    /// It counts until then.
    pub(super) fn hold_until(&self, end: Instant) {
        self.until.store(nanos(self.born, end), Ordering::Release);
    }

    /// It counts no longer, whatever was said.
    pub(super) fn let_go(&self) {
        self.until.store(0, Ordering::Release);
    }

    /// The value at `key`, if it is kept, counts and is a `V`. Whether it counts is looked at first: what is found then
    /// was right when that was so, or is newer.
    pub(super) fn find<V: Send + Sync + 'static>(&self, key: &[u8]) -> Option<Arc<V>> {
        if !self.holds() {
            return None;
        }
        self.kept.get(key)?.value.downcast().ok()
    }

    /// Begins a reading of `key` in the connection of this epoch, if that is the present one.
    pub(super) fn mark(&self, key: &[u8], epoch: u64) -> Option<Mark<'_>> {
        let mut reading = self.reading();
        if reading.epoch != epoch {
            return None;
        }
        let key: Box<[u8]> = key.into();
        let entry = reading.keys.entry(key.clone()).or_default();
        entry.1 += 1;
        let changed = Arc::clone(&entry.0);
        Some(Mark {
            near: self,
            key,
            changed,
        })
    }

    /// Forgets what stands at `key`, and what is being read of it.
    pub(super) fn forget(&self, key: &[u8]) {
        let mut reading = self.reading();
        if let Some((changed, _)) = reading.keys.remove(key) {
            changed.store(true, Ordering::Release);
        }
        self.kept.remove(key);
    }

    /// Forgets everything, and what is being read; the number of the connection that counts from here on.
    pub(super) fn begin(&self) -> u64 {
        let mut reading = self.reading();
        reading.epoch += 1;
        self.forget_all(&mut reading);
        reading.epoch
    }

    /// Does what the server tells, in the order in which it does.
    pub(super) fn hear(&self, push: &PushInfo) {
        if push.kind != PushKind::Invalidate {
            return;
        }
        match push.data.first() {
            Some(Value::Array(keys)) => {
                for key in keys {
                    if let Value::BulkString(key) = key {
                        self.forget(key);
                    } else {
                        self.forget_all(&mut self.reading());
                    }
                }
            }
            // All of them: the database was emptied.
            _ => self.forget_all(&mut self.reading()),
        }
    }

    fn forget_all(&self, reading: &mut Reading) {
        for (changed, _) in reading.keys.drain().map(|(_, reading)| reading) {
            changed.store(true, Ordering::Release);
        }
        self.kept.clear();
    }

    fn reading(&self) -> MutexGuard<'_, Reading> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mark<'_> {
    /// Keeps what was read, unless the server has told since that it changed.
    pub(super) fn keep<V: Send + Sync + 'static>(self, value: Arc<V>, bytes: usize) {
        // Under the lock: whoever forgets the key comes before, and is seen, or after, and finds it.
        let reading = self.near.reading();
        if !self.changed.load(Ordering::Acquire) {
            let bytes = bytes as u64;
            self.near
                .kept
                .insert(self.key.clone(), Kept { value, bytes });
        }
        drop(reading);
    }
}

impl Drop for Mark<'_> {
    fn drop(&mut self) {
        let key = std::mem::take(&mut self.key);
        if let Entry::Occupied(mut entry) = self.near.reading().keys.entry(key)
            && Arc::ptr_eq(&entry.get().0, &self.changed)
        {
            entry.get_mut().1 -= 1;
            if entry.get().1 == 0 {
                entry.remove();
            }
        }
    }
}

fn nanos(born: Instant, at: Instant) -> u64 {
    let since = at.saturating_duration_since(born);
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
