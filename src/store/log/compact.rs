//! Compaction: the live entries in a new file beside the old one, and a rename.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::append::fresh_epoch;
use super::blocks::Blocks;
use super::layout::{self, Span};
use super::load::{LoadError, Loaded};
use super::lock::{Guard, Witness};
use super::stamp::Stamp;
use super::{Log, Table};
use crate::store::StoreError;

/// Dead bytes below which a file is left as it is.
const LITTLE: u64 = 1 << 20;
/// So many times as many dead bytes as live ones are waited for while more are on their way.
const PATIENT: u64 = 8;
/// After so long without a word others are taken to have written what they had to.
const OTHERS_DONE: Duration = Duration::from_secs(1);

impl<T: Table> Log<T> {
    pub(super) fn wants_compaction(&self) -> bool {
        let state = self.state();
        let live = state.loaded.table.live_bytes();
        let others = state.others.is_some_and(|at| at.elapsed() < OTHERS_DONE);
        let patience = if others || self.patient.load(Ordering::Relaxed) {
            PATIENT
        } else {
            1
        };
        state.loaded.end.saturating_sub(live) > live.max(LITTLE).saturating_mul(patience)
    }

    /// Whether many changes are on their way, for which a rewritten file would be half dead again at once.
    pub fn be_patient(&self, patient: bool) {
        self.patient.store(patient, Ordering::Relaxed);
    }

    /// Rewrites the file if most of it is dead. What goes wrong is said in the log; the old file stays then.
    pub fn compact_if_wanted(&self) {
        let compact = || {
            if !self.wants_compaction() {
                return Ok(());
            }
            self.compact_unless(|| !self.wants_compaction())
        };
        if let Err(error) = compact() {
            tracing::warn!("{}: could not be compacted: {error}", self.path.display());
        }
    }

    /// Rewrites the file with its live entries only. Readers go on with the old file until the new one is in place.
    ///
    /// # Errors
    /// When the new file cannot be written; the old one then stays.
    pub fn compact(&self) -> Result<(), StoreError> {
        self.compact_unless(|| false)
    }

    /// The same, unless it turns out under the lock that another process has done it.
    fn compact_unless(&self, done: impl Fn() -> bool) -> Result<(), StoreError> {
        let Some(guard) = self.lock.exclusive().map_err(|error| self.io(&error))? else {
            return Err(self.busy());
        };
        let mut turn = self.turn();
        self.refresh_locked(&mut turn)?;
        if let Some(why) = self.state().broken.clone() {
            return Err(StoreError::Broken(why));
        }
        if done() {
            return Ok(());
        }
        self.rewrite(&guard)
    }

    /// The same, by one who holds the lock and whose turn it is.
    pub(super) fn rewrite(&self, guard: &Guard<'_>) -> Result<(), StoreError> {
        self.rewrite_until(guard, u64::MAX)
    }

    /// The same with the entries before `limit` only: those behind it were never acknowledged.
    pub(super) fn rewrite_until(&self, guard: &Guard<'_>, limit: u64) -> Result<(), StoreError> {
        let mut path = self.path.as_os_str().to_owned();
        path.push(".new");
        let path = PathBuf::from(path);
        let written = self
            .write_live(&path, limit)
            .and_then(|file| self.replace(&path, file, guard));
        written.map_err(|error| {
            let _ = std::fs::remove_file(&path);
            match error {
                LoadError::Io(error) => self.io(&error),
                LoadError::Broken(why) => StoreError::Broken(why.into()),
            }
        })
    }

    fn write_live(&self, path: &PathBuf, limit: u64) -> Result<File, LoadError> {
        let _ = std::fs::remove_file(path);
        let file = File::options()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        let state = self.state();
        let source = state.file.clone();
        let mut out = BufWriter::with_capacity(1 << 20, &file);
        out.write_all(layout::OPENING.as_bytes())?;
        let mut failed: Option<io::Error> = None;
        let (mut line, mut blocks) = (Vec::new(), source.as_deref().map(Blocks::of));
        let mut copy = |name: &str, span: Span| {
            if failed.is_some() || span.offset >= limit {
                return;
            }
            line.clear();
            let copied = one::<T>(blocks.as_mut(), name, span, &mut line)
                .and_then(|()| out.write_all(&line));
            failed = copied.err();
        };
        state.loaded.table.each_live(&mut copy);
        for (name, span) in &state.loaded.refused {
            copy(name, *span);
        }
        if let Some(error) = failed {
            return Err(error.into());
        }
        let blank = vec![b' '; layout::room(state.loaded.table.live_bytes())];
        out.write_all(&blank)?;
        out.write_all(layout::CLOSING.as_bytes())?;
        out.flush()?;
        drop(out);
        if let Some(source) = source {
            crate::store::ownership::like_file(&source, &file)?;
        }
        file.sync_all()?;
        Ok(file)
    }

    /// Puts `file`, which stands at `path` and is on the disk, in the log's place.
    pub(super) fn replace(
        &self,
        path: &PathBuf,
        file: File,
        guard: &Guard<'_>,
    ) -> Result<(), LoadError> {
        let size = file.metadata()?.len();
        let loaded = Loaded::<T>::read(&file, size)?;
        let epoch =
            fresh_epoch().map_err(|error| LoadError::Io(io::Error::other(error.to_string())))?;
        std::fs::rename(path, &self.path)?;
        self.sync_folder()?;
        let stamp = Stamp::open(&file)?;
        let mut state = self.write_state();
        let end = loaded.end;
        state.loaded = loaded;
        state.file = Some(Arc::new(file));
        state.writable = true;
        state.stamp = Some(stamp);
        state.epoch = epoch;
        state.synced = end;
        state.stale = false;
        state.broken = None;
        drop(state);
        guard.leave(&Witness {
            epoch,
            end,
            synced: end,
            stamp,
        });
        Ok(())
    }
}

/// The line of one entry, read from `source`.
fn one<T: Table>(
    source: Option<&mut Blocks<'_>>,
    name: &str,
    span: Span,
    line: &mut Vec<u8>,
) -> io::Result<()> {
    let source = source.ok_or_else(|| io::Error::other("no file to read from"))?;
    let json = String::from_utf8(source.read(span)?).map_err(io::Error::other)?;
    let json = if json.contains('\n') {
        serde_json::from_str::<serde_json::Value>(&json)?.to_string()
    } else {
        json
    };
    match T::rewrite(name, &json) {
        Some((name, json)) => layout::entry(line, &name, Some(&json)),
        None => layout::entry(line, name, Some(&json)),
    }
    Ok(())
}
