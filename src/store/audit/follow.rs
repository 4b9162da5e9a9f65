//! Reading the audit log in the order in which it was written, and going on as it grows, across files set aside.
//!
//! Each line is read once and whole; a line that is being written is read when it is.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::PathBuf;

use memchr::memrchr;

use super::read::{LINE_BYTES, files};
use super::rotate::Node;
use super::{AuditFile, Line, Wanted};

/// Bytes that are read at once.
const BLOCK: usize = 256 * 1024;

/// Where the reading has come to.
pub struct Follower {
    path: PathBuf,
    /// The files to read, oldest first; the first one from `at` on.
    files: VecDeque<(File, Node)>,
    at: u64,
    /// What was read of a line that has not ended.
    part: Vec<u8>,
    block: Vec<u8>,
}

impl Follower {
    /// From the beginning of the oldest file at `place`.
    ///
    /// # Errors
    /// What the disk says. A log that is not there is empty.
    pub fn of(place: &AuditFile) -> io::Result<Self> {
        Ok(Self {
            files: files(&place.path)?.into_iter().rev().collect(),
            path: place.path.clone(),
            at: 0,
            part: Vec::new(),
            block: vec![0; BLOCK],
        })
    }

    /// Gives each of the `wanted` lines that were written since the last time.
    ///
    /// # Errors
    /// What the disk says, and what `each` does.
    pub fn more(
        &mut self,
        wanted: &Wanted,
        each: &mut dyn FnMut(Line) -> io::Result<()>,
    ) -> io::Result<()> {
        loop {
            // Looked at first: once another file stands there, nobody adds to this one.
            let newer = self.newer()?;
            let first = self.files.is_empty();
            self.rest(wanted, each)?;
            self.files.extend(newer);
            if first && !self.files.is_empty() {
                continue;
            }
            if self.files.len() < 2 {
                return Ok(());
            }
            self.files.pop_front();
            self.at = 0;
            self.part.clear();
        }
    }

    /// The files that have begun since the newest that is known.
    fn newer(&self) -> io::Result<Vec<(File, Node)>> {
        let known = self.files.back().map(|(_, node)| *node);
        match std::fs::symlink_metadata(&self.path) {
            Ok(found) if known == Some((found.dev(), found.ino())) => return Ok(Vec::new()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            _ => {}
        }
        let files = files(&self.path)?.into_iter();
        let mut newer: Vec<(File, Node)> =
            files.take_while(|(_, node)| Some(*node) != known).collect();
        newer.reverse();
        Ok(newer)
    }

    /// Reads the first file to its end.
    fn rest(
        &mut self,
        wanted: &Wanted,
        each: &mut dyn FnMut(Line) -> io::Result<()>,
    ) -> io::Result<()> {
        let Some((file, _)) = self.files.front() else {
            return Ok(());
        };
        loop {
            let count = file.read_at(&mut self.block, self.at)?;
            let read = self.block.get(..count).unwrap_or_default();
            if read.is_empty() {
                return Ok(());
            }
            self.at += count as u64;
            let Some(end) = memrchr(b'\n', read) else {
                self.part.extend_from_slice(read);
                // Kept so that what follows is seen to be the rest of a line that is too long.
                self.part.truncate(LINE_BYTES + 1);
                continue;
            };
            let (whole, part) = read.split_at(end);
            self.part.extend_from_slice(whole);
            for text in self.part.split(|byte| *byte == b'\n') {
                if let Some(line) = wanted.line(text) {
                    each(line)?;
                }
            }
            self.part.clear();
            self.part.extend(part.iter().skip(1).take(LINE_BYTES + 1));
        }
    }
}
