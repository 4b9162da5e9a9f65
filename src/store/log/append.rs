//! Writing: one append under the lock, one sync, and only then the acknowledgements.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::sync::Arc;

use super::edit::Change;
use super::layout::{self, Span};
use super::load::Form;
use super::lock::{Guard, Witness};
use super::stamp::Stamp;
use super::table::Texts;
use super::{Entries, Log, Look, Table, Turn};
use crate::store::StoreError;

/// How often a write starts again because the file was replaced under it.
const TRIES: usize = 5;

impl<T: Table> Log<T> {
    /// Plans, writes and syncs `changes` as one, and tells each of them how it went.
    pub(super) fn commit(&self, mut changes: Vec<Box<dyn Change<T>>>) {
        let outcome = self.commit_locked(&mut changes);
        self.failing
            .store(outcome.is_err(), std::sync::atomic::Ordering::Relaxed);
        if let Err(error) = &outcome {
            tracing::error!("{}: nothing was written: {error}", self.path.display());
        }
        for change in changes {
            change.done(outcome.clone());
        }
        if outcome.is_ok() {
            self.compact_if_wanted();
        }
    }

    fn commit_locked(&self, changes: &mut [Box<dyn Change<T>>]) -> Result<(), StoreError> {
        let Some(guard) = self.lock.exclusive().map_err(|error| self.io(&error))? else {
            return Err(self.busy());
        };
        for _ in 0..TRIES {
            let mut turn = self.turn();
            self.refresh_locked(&mut turn)?;
            self.writable(&mut turn, &guard)?;
            let entries = self.plan(changes)?;
            // A torn end is set right even where there is nothing to write.
            let torn = matches!(self.state().loaded.form, Form::Torn);
            if entries.0.is_empty() && !torn {
                let file = self.state().file.clone();
                drop(turn);
                return file.map_or(Ok(()), |file| self.sync(&guard, &file));
            }
            if let Some(file) = self.append(&entries)? {
                drop(turn);
                return self.sync(&guard, &file);
            }
        }
        Err(self.busy())
    }

    /// Makes sure that there is a file of our own form that can be trusted.
    fn writable(&self, turn: &mut Turn, guard: &Guard<'_>) -> Result<(), StoreError> {
        let (broken, form, exists) = {
            let state = self.state();
            (
                state.broken.clone(),
                state.loaded.form,
                state.file.is_some(),
            )
        };
        if let Some(why) = broken {
            return Err(StoreError::Broken(why));
        }
        if !exists {
            return self.create(turn);
        }
        if turn.distrusted || form == Form::Other {
            self.rewrite(guard)?;
            turn.distrusted = false;
        }
        Ok(())
    }

    fn plan(&self, changes: &mut [Box<dyn Change<T>>]) -> Result<Entries, StoreError> {
        let state = self.state();
        let look = Look {
            table: &state.loaded.table,
            texts: Texts::File(state.file.as_deref()),
            synced: state.synced,
            refused: &state.loaded.refused,
        };
        let mut entries = Entries::default();
        let mut pending = T::Pending::default();
        for change in changes {
            change.plan(&look, &mut pending, &mut entries);
        }
        let sayable = |(name, json): &(String, Option<String>)| {
            !name.contains('\n') && json.as_deref().is_none_or(|json| !json.contains('\n'))
        };
        if entries.0.iter().all(sayable) {
            Ok(entries)
        } else {
            Err(StoreError::Limit("an entry must be one line"))
        }
    }

    /// A new, empty file on the disk, its folder's entry included.
    fn create(&self, turn: &mut Turn) -> Result<(), StoreError> {
        let make = || -> io::Result<()> {
            let file = File::options()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&self.path)?;
            crate::store::ownership::like_folder(&self.path, &file)?;
            file.write_all_at(
                format!("{}{}", layout::OPENING, layout::CLOSING).as_bytes(),
                0,
            )?;
            file.sync_all()?;
            self.sync_folder()
        };
        make().map_err(|error| self.io(&error))?;
        self.refresh_locked(turn)?;
        let mut state = self.write_state();
        state.epoch = fresh_epoch()?;
        state.synced = state.loaded.end;
        Ok(())
    }

    pub(super) fn sync_folder(&self) -> io::Result<()> {
        let folder = self
            .path
            .parent()
            .unwrap_or_else(|| std::path::Path::new("."));
        File::open(folder)?.sync_all()
    }

    /// Writes `entries` at the end, and says to which file. `None` when the file at the path is another one, or somebody
    /// has touched it, since it was read.
    fn append(&self, entries: &Entries) -> Result<Option<Arc<File>>, StoreError> {
        let (read, end, brace, first, torn) = {
            let state = self.state();
            let loaded = &state.loaded;
            (
                state.stamp,
                loaded.end,
                loaded.brace,
                loaded.entries == 0,
                matches!(loaded.form, Form::Torn | Form::Empty),
            )
        };
        let (mut text, spans) = lines(entries, end, first, torn);
        let file = self.writer()?;
        let before = Stamp::open(&file).map_err(|error| self.io(&error))?;
        if read != Some(before) {
            return Ok(None);
        }
        let written = end + text.len() as u64;
        // The newline that ends the room stays before the brace.
        let fits = !torn && written < brace;
        if torn {
            self.set_aside(&file, end, before.size)?;
        }
        if !fits {
            self.make_room(&mut text, end, before.size)?;
        }
        if let Err(error) = file.write_all_at(&text, end) {
            self.take_back(&file, end, brace, before.size, torn);
            return Err(self.io(&error));
        }
        let after = Stamp::open(&file).map_err(|error| self.io(&error))?;
        if Stamp::at(&self.path).map_err(|error| self.io(&error))? != Some(after) {
            return Ok(None);
        }
        self.publish(entries, &spans, &file, written, after)?;
        Ok(Some(file))
    }

    /// The file that was read, to be written to.
    fn writer(&self) -> Result<Arc<File>, StoreError> {
        let state = self.state();
        if let Some(file) = state.file.as_ref().filter(|_| state.writable) {
            return Ok(Arc::clone(file));
        }
        let file = File::options().read(true).write(true).open(&self.path);
        file.map(Arc::new).map_err(|error| self.io(&error))
    }

    /// Puts what was written into the table.
    fn publish(
        &self,
        entries: &Entries,
        spans: &[Span],
        file: &Arc<File>,
        end: u64,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let epoch = self.state().epoch;
        let epoch = if epoch == 0 { fresh_epoch()? } else { epoch };
        let mut state = self.write_state();
        for ((name, json), span) in entries.0.iter().zip(spans) {
            let _ = state
                .loaded
                .table
                .apply(name, json.as_deref().map(str::as_bytes), *span);
            state.loaded.refused.remove(name);
        }
        state.loaded.entries += entries.0.len() as u64;
        state.loaded.form = Form::Lines;
        state.loaded.end = end;
        state.loaded.brace = stamp.size.saturating_sub(2);
        state.epoch = epoch;
        state.stamp = Some(stamp);
        state.file = Some(Arc::clone(file));
        state.writable = true;
        Ok(())
    }

    /// Puts what was written on the disk. After a failure the same pages are never trusted again.
    fn sync(&self, guard: &Guard<'_>, file: &Arc<File>) -> Result<(), StoreError> {
        let (synced, end) = {
            let state = self.state();
            (state.synced, state.loaded.end)
        };
        if synced >= end {
            return Ok(());
        }
        if let Err(error) = file.sync_data() {
            let mut turn = self.turn();
            turn.distrusted = true;
            self.write_state().stale = true;
            if self.rewrite_until(guard, synced).is_ok() {
                turn.distrusted = false;
            }
            return Err(self.io(&error));
        }
        let mut state = self.write_state();
        let same = state
            .file
            .as_ref()
            .is_some_and(|now| Arc::ptr_eq(now, file));
        if let Some(stamp) = state.stamp.filter(|_| same) {
            state.synced = state.synced.max(end);
            guard.leave(&Witness {
                epoch: state.epoch,
                end,
                synced: state.synced,
                stamp,
            });
        }
        Ok(())
    }
}

/// The text of `entries` for `end`, and where each value will stand.
fn lines(entries: &Entries, end: u64, first: bool, torn: bool) -> (Vec<u8>, Vec<Span>) {
    let mut text = Vec::with_capacity(entries.0.len() * 320 + 64);
    if end == 0 {
        text.extend_from_slice(layout::OPENING.as_bytes());
    } else if torn {
        text.push(b'\n');
    }
    let mut spans = Vec::with_capacity(entries.0.len());
    for (at, (name, json)) in entries.0.iter().enumerate() {
        let start = text.len();
        layout::entry(&mut text, name, json.as_deref());
        if at == 0 && first && end != 0 {
            // The first entry of an object has no comma; a blank keeps the length.
            if let Some(comma) = text.get_mut(start) {
                *comma = b' ';
            }
        }
        let length = json.as_deref().unwrap_or("null").len();
        let offset = end + (text.len() - 1 - length) as u64;
        spans.push(Span {
            offset,
            length: u32::try_from(length).unwrap_or(u32::MAX),
        });
    }
    (text, spans)
}

/// A number that no earlier state of the file had.
pub(super) fn fresh_epoch() -> Result<u64, StoreError> {
    crate::mint::random::<8>()
        .map(|bytes| u64::from_le_bytes(bytes) | 1)
        .map_err(|error| StoreError::Unwritable(error.to_string().into()))
}
