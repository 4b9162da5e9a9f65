//! Reading a log: all of it, or the part that another process has appended.
//!
//! Never writes. A file in any other layout is read as the JSON object that it is.

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::layout::{self, Line, Span};
use super::{Applied, Problem, Table};

/// Most problems that are kept; a file with more has a mistake in each line.
const PROBLEMS: usize = 100;
/// Read at a time: what fits into a core's cache is still there when it is looked at.
const PIECE: usize = 1 << 18;
/// Bytes below which no entry of ours is, so that a file of empty lines does not take memory for a key each.
const LEAST_ENTRY: u64 = 64;

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
    pub(super) refused: Vec<(String, Span)>,
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
            refused: Vec::new(),
        }
    }

    /// All of `file`, which has `size` bytes.
    pub(super) fn read(file: &File, size: u64) -> Result<Self, LoadError> {
        let mut scan = Scan {
            loaded: Self::empty(),
            line: 0,
            state: State::Start,
        };
        scan.loaded.table.prepare(entries_in(file, size)?);
        let stop = lines(file, 0, size, &mut |line, offset| scan.take(line, offset))?;
        scan.loaded.table.complete();
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

    fn formed(mut self, form: Form) -> Self {
        self.form = form;
        self
    }

    fn any_layout(bytes: &[u8]) -> Result<Self, LoadError> {
        let mut loaded = Self::empty();
        let mut reader = serde_json::Deserializer::from_slice(bytes);
        let visitor = Object {
            loaded: &mut loaded,
            bytes,
        };
        let read = reader
            .deserialize_map(visitor)
            .and_then(|format| reader.end().map(|()| format));
        match read {
            Ok(Some(format)) => Err(LoadError::Broken(format!(
                "format {format}: this version reads format {} only; the file is left alone",
                layout::FORMAT
            ))),
            Ok(None) => Ok(loaded.formed(Form::Other)),
            Err(error) => Err(LoadError::Broken(position(&error))),
        }
    }

    /// One entry. `false` when its value is no JSON.
    fn take(&mut self, name: &str, value: &[u8], span: Span, line: u64) -> bool {
        let json = (value != b"null").then_some(value);
        match self.table.apply(name, json, span) {
            Applied::Taken => self.refused.retain(|(refused, _)| refused != name),
            Applied::NotJson => return false,
            Applied::Refused(reason) => {
                self.refused.retain(|(refused, _)| refused != name);
                self.refused.push((name.to_owned(), span));
                if self.problems.len() < PROBLEMS {
                    self.problems.push(Problem { line, reason });
                }
            }
        }
        self.entries += 1;
        true
    }
}

/// serde's message without what it quotes, and its place.
fn position(error: &serde_json::Error) -> String {
    let what = if error.is_eof() {
        "it ends too early"
    } else {
        "it is no JSON object"
    };
    format!("line {}, column {}: {what}", error.line(), error.column())
}

enum State {
    Start,
    Entries,
    Closed,
}

enum Stop {
    Line(u64),
    Format(u64),
}

struct Scan<T> {
    loaded: Loaded<T>,
    line: u64,
    state: State,
}

impl<T: Table> Scan<T> {
    /// One line at `offset`; says where to stop when it is not of our form.
    fn take(&mut self, text: &[u8], offset: u64) -> Option<Stop> {
        self.line += 1;
        let after = offset + text.len() as u64 + 1;
        match (&self.state, Line::read(text)) {
            (_, Line::Blank) => {}
            (State::Start, Line::Open) => {
                self.state = State::Entries;
                self.loaded.end = after;
            }
            (State::Entries, Line::Close) => {
                // Room on the brace's own line is none: half an entry there would join up with the brace.
                self.loaded.brace = if text.starts_with(b"}") {
                    offset
                } else {
                    self.loaded.end
                };
                self.state = State::Closed;
            }
            (
                State::Entries,
                Line::Entry {
                    name,
                    value,
                    at,
                    comma,
                },
            ) => {
                let first = self.loaded.entries == 0;
                if comma == first {
                    return Some(Stop::Line(offset));
                }
                if name == layout::HEADER {
                    self.loaded.entries += 1;
                    match layout::format(value) {
                        Some(layout::FORMAT) => {}
                        Some(format) => return Some(Stop::Format(format)),
                        None => return Some(Stop::Line(offset)),
                    }
                } else {
                    let length = u32::try_from(value.len()).unwrap_or(u32::MAX);
                    let span = Span {
                        offset: offset + at as u64,
                        length,
                    };
                    if !self.loaded.take(&name, value, span, self.line) {
                        return Some(Stop::Line(offset));
                    }
                }
                self.loaded.end = after;
            }
            _ => return Some(Stop::Line(offset)),
        }
        None
    }
}

/// Calls `take` with each line between `from` and `to`, until it wants to stop.
fn lines<S>(
    file: &File,
    from: u64,
    to: u64,
    take: &mut dyn FnMut(&[u8], u64) -> Option<S>,
) -> io::Result<Option<S>> {
    let mut buffer = vec![0; PIECE];
    // The bytes of the buffer that hold the beginning of a line, and where that stands in the file.
    let (mut kept, mut offset) = (0, from);
    while offset + (kept as u64) < to {
        if kept == buffer.len() {
            buffer.resize(kept * 2, 0);
        }
        let left = usize::try_from(to - offset).unwrap_or(usize::MAX);
        let until = buffer.len().min(left);
        let free = buffer.get_mut(kept..until).unwrap_or_default();
        let got = file.read_at(free, offset + kept as u64)?;
        if got == 0 {
            break;
        }
        let held = buffer.get(..kept + got).unwrap_or_default();
        let mut start = 0;
        for end in newlines(held, kept) {
            let line = held.get(start..end).unwrap_or_default();
            if let Some(stop) = take(line, offset + start as u64) {
                return Ok(Some(stop));
            }
            start = end + 1;
        }
        kept = held.len() - start;
        buffer.copy_within(start..start + kept, 0);
        offset += start as u64;
    }
    match buffer.get(..kept) {
        None | Some([]) => Ok(None),
        Some(last) => Ok(take(last, offset)),
    }
}

/// About how many entries a file of our own form has, by the lines at its beginning.
fn entries_in(file: &File, size: u64) -> io::Result<usize> {
    let mut sample = vec![0; PIECE / 4];
    let got = file.read_at(&mut sample, 0)?;
    sample.truncate(got);
    let lines = memchr::memchr_iter(b'\n', &sample).count() as u64;
    let entries = (size / LEAST_ENTRY).min(lines * size / (got as u64).max(1));
    Ok(usize::try_from(entries).unwrap_or(0))
}

fn newlines(held: &[u8], from: usize) -> impl Iterator<Item = usize> + '_ {
    memchr::memchr_iter(b'\n', held.get(from..).unwrap_or_default()).map(move |at| at + from)
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

/// A log in any layout.
struct Object<'a, T> {
    loaded: &'a mut Loaded<T>,
    bytes: &'a [u8],
}

impl<'de, T: Table> Visitor<'de> for Object<'_, T> {
    /// A format that is not ours.
    type Value = Option<u64>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut foreign = None;
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            let value: &RawValue = map.next_value()?;
            let text = value.get();
            if name == layout::HEADER {
                foreign = match layout::format(text.as_bytes()) {
                    Some(layout::FORMAT) => foreign,
                    other => Some(other.unwrap_or(0)),
                };
                continue;
            }
            let at = text
                .as_ptr()
                .addr()
                .saturating_sub(self.bytes.as_ptr().addr());
            let span = Span {
                offset: at as u64,
                length: u32::try_from(text.len()).unwrap_or(u32::MAX),
            };
            let known = self.loaded.problems.len();
            self.loaded.take(&name, text.as_bytes(), span, 0);
            if let Some(problem) = self.loaded.problems.get_mut(known) {
                let before = self.bytes.get(..at).unwrap_or_default();
                problem.line = memchr::memchr_iter(b'\n', before).count() as u64 + 1;
            }
        }
        Ok(foreign)
    }
}
