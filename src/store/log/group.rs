//! Group commit: whoever writes at the same time shares one lock, one write and one sync.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, OnceLock};

use super::edit::Change;
use super::{Log, Table};
use crate::store::StoreError;

/// Most changes in one write.
const BATCH: usize = 1024;
/// Most changes that wait for their turn.
const QUEUE: usize = 8192;

/// The one thread that writes a log; started by the first write.
pub(super) struct Group<T>(OnceLock<SyncSender<Box<dyn Change<T>>>>);

impl<T> Default for Group<T> {
    fn default() -> Self {
        Self(OnceLock::new())
    }
}

impl<T: Table> Log<T> {
    /// Hands `change` to the writing thread; its `done` is called there.
    pub(super) fn submit(self: &Arc<Self>, change: Box<dyn Change<T>>) {
        let queue = self.group.0.get_or_init(|| {
            let (sender, receiver) = sync_channel(QUEUE);
            let log = Arc::downgrade(self);
            let writer = move || run(&log, &receiver);
            if let Err(error) = std::thread::Builder::new()
                .name("editkey-log".to_owned())
                .spawn(writer)
            {
                tracing::error!("no thread to write with: {error}");
            }
            sender
        });
        match queue.try_send(change) {
            Ok(()) => {}
            Err(TrySendError::Full(change) | TrySendError::Disconnected(change)) => {
                change.done(Err(self.busy()));
            }
        }
    }
}

fn run<T: Table>(log: &std::sync::Weak<Log<T>>, queue: &Receiver<Box<dyn Change<T>>>) {
    while let Ok(first) = queue.recv() {
        let mut batch = Vec::with_capacity(64);
        batch.push(first);
        while batch.len() < BATCH {
            match queue.try_recv() {
                Ok(change) => batch.push(change),
                Err(_) => break,
            }
        }
        match log.upgrade() {
            Some(log) => log.commit(batch),
            None => batch.into_iter().for_each(|change| {
                change.done(Err(StoreError::Unwritable("the server is ending".into())));
            }),
        }
    }
}
