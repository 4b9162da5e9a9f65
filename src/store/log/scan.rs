//! Reading a log line by line, in its own form.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use super::Table;
use super::layout::{self, Line, Span};
use super::load::Loaded;

/// Read at a time: what fits into a core's cache is still there when it is looked at.
const PIECE: usize = 1 << 18;
/// Bytes below which no entry of ours is, so that a file of empty lines does not take memory for a key each.
const LEAST_ENTRY: u64 = 64;

/// Where in the file the lines are.
pub(super) enum State {
    /// Before the first brace.
    Start,
    /// Among the entries.
    Entries,
    /// Behind the last brace.
    Closed,
}

/// Why the lines were not read to their end.
pub(super) enum Stop {
    /// A line that is not of our form, at this offset.
    Line(u64),
    /// A format that is not ours.
    Format(u64),
}

/// A log that is being read line by line.
pub(super) struct Scan<T> {
    pub(super) loaded: Loaded<T>,
    pub(super) line: u64,
    pub(super) state: State,
}

impl<T: Table> Scan<T> {
    /// One line at `offset`; says where to stop when it is not of our form.
    pub(super) fn take(&mut self, text: &[u8], offset: u64) -> Option<Stop> {
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
pub(super) fn lines<S>(
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
pub(super) fn entries_in(file: &File, size: u64) -> io::Result<usize> {
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
