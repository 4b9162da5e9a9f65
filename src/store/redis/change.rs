//! A change that is one step at the server: it happens where everything still stands as it was read, or not at all.

use redis::{Cmd, ToRedisArgs};

/// What must still hold, and what is done then.
#[derive(Default)]
pub struct Change {
    /// Strings at the server, each with the bytes that were read; `None` where nothing was there.
    pub(super) compare: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// Sorted sets, each with members that leave it, and fewer than how many others it must hold.
    pub(super) rooms: Vec<(Vec<u8>, Vec<Vec<u8>>, usize)>,
    /// What is done, in order.
    pub(super) commands: Vec<Cmd>,
}

/// What became of a change.
#[derive(Debug)]
pub enum Outcome {
    /// It stands, and so do the answers to its commands.
    Done(Vec<redis::Value>),
    /// Something was not as it was read; nothing was done.
    Conflict,
}

impl Change {
    /// Only where the string at `key` is `read` still.
    pub fn expect(&mut self, key: Vec<u8>, read: Option<Vec<u8>>) {
        self.compare.push((key, read));
    }

    /// Only where the sorted set at `key`, without the members `leaving`, holds fewer than `most`.
    pub fn room(&mut self, key: Vec<u8>, leaving: Vec<Vec<u8>>, most: usize) {
        self.rooms.push((key, leaving, most));
    }

    /// Does this, too. All keys are ours: they begin with the link's prefix.
    pub fn run(&mut self, command: Cmd) {
        self.commands.push(command);
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

    /// Whether it does nothing and asks nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.compare.is_empty() && self.rooms.is_empty() && self.commands.is_empty()
    }
}
