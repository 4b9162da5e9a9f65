//! Reading a log: all of it, or the part that another process has appended.
//!
//! Never writes. A file in any other layout is read as the JSON object that it is.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use super::layout::{self, Span};
use super::scan::{Scan, State, Stop, entries_in, lines};
use super::{Applied, Problem, Table};
use crate::store::StoreError;

/// Most problems that are kept; a file with more has a mistake in each line.
const PROBLEMS: usize = 100;

/// A log as it was read.
pub(super) struct Loaded<T> {
    pub(super) table: T,
    /// Where the next entry goes.
    pub(super) end: u64,
    /// The closing brace.
    pub(super) brace: u64,
    pub(super) form: Form,
    /// Entries read, dead ones included; 0 means that the next one goes without a comma.
    pub(super) entries: u64,
    pub(super) problems: Vec<Problem>,
    pub(super) refused: HashMap<String, Span>,
}

/// How far the file is in our own form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// One entry a line.
    Lines,
    /// An interrupted write stands behind `end`.
    Torn,
    /// JSON in another layout.
    Other,
    /// An empty file, or none.
    Empty,
}

/// Why a log could not be read.
#[derive(Debug)]
pub(super) enum LoadError {
    Io(io::Error),
    /// Says what is wrong and where; keys in it are not quoted.
    Broken(String),
}

impl From<io::Error> for LoadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl<T: Table> Loaded<T> {
    pub(super) fn empty() -> Self {
        Self {
            table: T::default(),
            end: 0,
            brace: 0,
            form: Form::Empty,
            entries: 0,
            problems: Vec::new(),
            refused: HashMap::new(),
        }
    }

    /// All of `file`, which has `size` bytes.
    pub(super) fn read(file: &File, size: u64) -> Result<Self, LoadError> {
        let (mut scan, stop) = Self::scanned(file, size)?;
        match (stop, scan.state) {
            (Some(Stop::Format(format)), _) => Err(LoadError::Broken(format!(
                "format {format}: this version reads format {} only; the file is left alone",
                layout::FORMAT
            ))),
            (None, State::Closed) => Ok(scan.loaded.formed(Form::Lines)),
            (None, State::Start) => Ok(Self::empty()),
            (None, State::Entries) => {
                scan.loaded.end = scan.loaded.end.min(size);
                Ok(scan.loaded.formed(Form::Torn))
            }
            (Some(Stop::Line(offset)), state) => {
                let bytes = whole(file, size)?;
                let from = usize::try_from(offset).unwrap_or(usize::MAX);
                let rest = bytes.get(from..).unwrap_or_default();
                if matches!(state, State::Entries) && layout::torn(rest, offset) {
                    scan.loaded.end = offset;
                    return Ok(scan.loaded.formed(Form::Torn));
                }
                Self::any_layout(&bytes)
            }
        }
    }

    /// All of `file`, where a torn end is as bad as anything else that is no JSON.
    pub(super) fn read_strictly(file: &File, size: u64) -> Result<Self, LoadError> {
        let loaded = Self::read(file, size)?;
        match loaded.form {
            Form::Lines | Form::Other => Ok(loaded),
            Form::Torn | Form::Empty => Self::any_layout(&whole(file, size)?),
        }
    }

    /// The lines before `end`, as far as they are of our form.
    fn scanned(file: &File, end: u64) -> io::Result<(Scan<T>, Option<Stop>)> {
        let mut scan = Scan {
            loaded: Self::empty(),
            line: 0,
            state: State::Start,
        };
        scan.loaded.table.prepare(entries_in(file, end)?);
        let stop = lines(file, 0, end, &mut |line, offset| scan.take(line, offset))?;
        scan.loaded.table.complete();
        Ok((scan, stop))
    }

    /// What stands before `end`, where the next entry goes as a witness says. `None` when that is not so.
    pub(super) fn read_until(file: &File, end: u64) -> io::Result<Option<Self>> {
        let (scan, stop) = Self::scanned(file, end)?;
        let open = matches!(scan.state, State::Entries) && scan.loaded.end == end;
        Ok((stop.is_none() && open).then(|| scan.loaded.formed(Form::Lines)))
    }

    /// Whether `file`, of `size` bytes, has only room behind what was read, and its brace.
    pub(super) fn is_all_of(&self, file: &File, size: u64) -> bool {
        let mut rest = vec![0; usize::try_from(size.saturating_sub(self.end)).unwrap_or(0)];
        let read = file.read_exact_at(&mut rest, self.end).is_ok();
        let room = rest.strip_suffix(layout::CLOSING.as_bytes());
        let blank = |room: &[u8]| room.iter().all(|byte| *byte == b' ');
        read && (room.is_some_and(blank) || rest == b"}\n")
    }

    /// What stands between `self.end` and `end`, appended by another process.
    pub(super) fn read_on(&mut self, file: &File, end: u64) -> Result<(), LoadError> {
        let line = 0;
        let mut scan = Scan {
            loaded: std::mem::replace(self, Self::empty()),
            line,
            state: State::Entries,
        };
        let from = scan.loaded.end;
        let stop = lines(file, from, end, &mut |line, offset| scan.take(line, offset));
        *self = scan.loaded;
        match stop? {
            None => Ok(()),
            Some(_) => Err(LoadError::Broken("an append was not whole".to_owned())),
        }
    }

    pub(super) fn formed(mut self, form: Form) -> Self {
        self.form = form;
        self
    }

    /// One entry. `false` when its value is no JSON.
    pub(super) fn take(&mut self, name: &str, value: &[u8], span: Span, line: u64) -> bool {
        let json = (value != b"null").then_some(value);
        let applied = self.table.apply(name, json, span);
        if applied == Applied::NotJson {
            return false;
        }
        if !self.refused.is_empty() {
            self.refused.remove(name);
        }
        if let Applied::Refused(reason) = applied {
            self.refused.insert(name.to_owned(), span);
            if self.problems.len() < PROBLEMS {
                self.problems.push(Problem { line, reason });
            }
        }
        self.entries += 1;
        true
    }
}

fn whole(file: &File, size: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(size).unwrap_or(0)];
    let mut read = 0;
    while let Some(rest) = bytes.get_mut(read..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, read as u64)? {
            0 => break,
            got => read += got,
        }
    }
    bytes.truncate(read);
    Ok(bytes)
}

/// What a file of this form holds, read once, a torn end left out; for files that nobody writes any more.
///
/// # Errors
/// [`StoreError::Broken`]; [`StoreError::Unwritable`] when it cannot be read.
pub(in crate::store) fn read_once<T: Table>(path: &Path, file: &File) -> Result<T, StoreError> {
    let io = |error: std::io::Error| StoreError::from_io(path, &error);
    let size = file.metadata().map_err(io)?.len();
    match Loaded::<T>::read(file, size) {
        Ok(loaded) => Ok(loaded.table),
        Err(LoadError::Io(error)) => Err(io(error)),
        Err(LoadError::Broken(why)) => Err(StoreError::Broken(
            format!("{}: {why}", path.display()).into(),
        )),
    }
}
