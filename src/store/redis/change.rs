//! A change that is one step at the server: it happens where everything still stands as it was read, or not at all.

use redis::{Cmd, ToRedisArgs};

/// What must still hold, and what is done then.
#[derive(Default)]
pub struct Change {
    /// Strings at the server, each with the bytes that were read; `None` where nothing was there.
    pub(super) compare: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// What must have room.
    pub(super) rooms: Vec<Room>,
    /// What is done first.
    pub(super) notes: Vec<Cmd>,
    /// What is done, in order.
    pub(super) commands: Vec<Cmd>,
}

/// A sorted set that must have room.
pub(super) struct Room {
    pub(super) key: Vec<u8>,
    /// Members that do not count.
    pub(super) leaving: Vec<Vec<u8>>,
    pub(super) fewer_than: usize,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It stands; so many keys were taken away by its `DEL`.
    Done(u64),
    /// Something was not as it was read; nothing was done.
    Conflict,
}

impl Change {
    /// Only where the string at `key` is `read` still.
    pub fn expect(&mut self, key: Vec<u8>, read: Option<Vec<u8>>) {
        self.compare.push((key, read));
    }

    /// Only where the sorted set at `key`, without the members `leaving`, holds fewer than so many.
    pub fn room(&mut self, key: Vec<u8>, leaving: Vec<Vec<u8>>, fewer_than: usize) {
        self.rooms.push(Room {
            key,
            leaving,
            fewer_than,
        });
    }

    /// Does this, too. All keys are ours: they begin with the link's prefix.
    pub fn run(&mut self, command: Cmd) {
        self.commands.push(command);
    }

    /// Adds this before anything else: no harm is done where it stands alone, since the server refuses what comes after it.
    /// So it is spared the look at what stands there.
    pub fn note(&mut self, command: Cmd) {
        self.notes.push(command);
    }

    /// Sets a string, until `end` (milliseconds since 1970) where one is given.
    pub fn set(&mut self, key: &[u8], value: impl ToRedisArgs, end: Option<i64>) {
        let mut command = redis::cmd("SET");
        command.arg(key).arg(value);
        if let Some(end) = end {
            command.arg("PXAT").arg(end);
        }
        self.run(command);
    }

    /// Whether it says how the string at `key` must stand.
    #[cfg(test)]
    pub(in crate::store) fn compares(&self, key: &[u8]) -> bool {
        self.compare.iter().any(|(one, _)| one == key)
    }

    /// Whether it does nothing and asks nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.compare.is_empty() && self.rooms.is_empty() && self.writing().next().is_none()
    }

    /// All commands, in the order in which they are done.
    pub(super) fn writing(&self) -> impl Iterator<Item = &Cmd> {
        self.notes.iter().chain(&self.commands)
    }
}
