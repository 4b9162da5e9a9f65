//! The end of the file: room for entries to come, what an interrupted write left there, and taking a write back.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};

use super::layout;
use super::{Log, Table};
use crate::store::StoreError;

/// Bytes that an append leaves free on the disk, for compaction and for the other logs.
const RESERVE: u64 = 64 * 1024;

impl<T: Table> Log<T> {
    /// Adds room and the closing brace to `text`, which goes to `end` of a file of `size` bytes.
    pub(super) fn make_room(
        &self,
        text: &mut Vec<u8>,
        end: u64,
        size: u64,
    ) -> Result<(), StoreError> {
        let folder = self
            .path
            .parent()
            .unwrap_or_else(|| std::path::Path::new("."));
        let free = fs2::available_space(folder).map_err(|error| self.io(&error))?;
        let least = text.len() as u64 + RESERVE;
        if free < least {
            return Err(StoreError::Full(self.path.display().to_string().into()));
        }
        let spare = usize::try_from((free - least) / 4).unwrap_or(layout::LEAST_ROOM);
        let room = layout::room(end).min(spare);
        // Whatever stood behind the end is covered.
        let cover = usize::try_from(size.saturating_sub(end)).unwrap_or(0);
        let length = (text.len() + room).max(cover);
        text.resize(length, b' ');
        text.extend_from_slice(layout::CLOSING.as_bytes());
        Ok(())
    }

    /// Keeps what an interrupted write left behind, before it is overwritten.
    pub(super) fn set_aside(&self, file: &File, end: u64, size: u64) -> Result<(), StoreError> {
        let keep = || -> io::Result<()> {
            let mut bytes = vec![0; usize::try_from(size.saturating_sub(end)).unwrap_or(0)];
            file.read_exact_at(&mut bytes, end)?;
            let torn = bytes.trim_ascii_end();
            if torn.is_empty() || torn == b"}" {
                return Ok(());
            }
            let mut path = self.path.as_os_str().to_owned();
            path.push(".torn");
            let aside = File::options()
                .create(true)
                .append(true)
                .mode(0o600)
                .open(&path)?;
            io::Write::write_all(&mut &aside, torn)?;
            io::Write::write_all(&mut &aside, b"\n")?;
            aside.sync_all()
        };
        keep().map_err(|error| self.io(&error))
    }

    /// Brings the blank room and the closing brace back after a write that failed half-way.
    pub(super) fn take_back(&self, file: &File, end: u64, brace: u64, size: u64, torn: bool) {
        if torn {
            return;
        }
        let mut old = vec![b' '; usize::try_from(brace.saturating_sub(end)).unwrap_or(0)];
        if let Some(last) = old.last_mut() {
            *last = b'\n';
        }
        old.extend_from_slice(b"}\n");
        let restored = file
            .write_all_at(&old, end)
            .and_then(|()| file.set_len(size.min(end + old.len() as u64)));
        if let Err(error) = restored {
            tracing::error!(
                "{}: a failed write could not be taken back: {error}",
                self.path.display()
            );
        }
        self.write_state().stale = true;
    }
}
