//! The names of keys, a cell of 32 bytes each: where one stands follows from the number of its row, so that a processor
//! waits for both at once. What is longer stands elsewhere.

use std::collections::TryReserveError;
use std::ops::Range;

const CELL: usize = 32;
/// Stands for the length of a name that stands elsewhere.
const FAR: u8 = 127;

/// A name; or, where it is far, where it begins and how long it is.
type Rest = [u8; CELL - 1];

/// Names by row, in the order of the rows.
#[derive(Default)]
pub(super) struct Cells {
    /// The length of a name, and the name. No name holds a byte that is such a length.
    cells: Vec<[u8; CELL]>,
    far: Vec<u8>,
}

impl Cells {
    /// The name of the next row, of at most 255 bytes.
    pub(super) fn push(&mut self, name: &str) {
        let name = name.as_bytes();
        let mut rest: Rest = [0; CELL - 1];
        let length = if let Some(room) = rest.get_mut(..name.len()) {
            room.copy_from_slice(name);
            name.len()
        } else {
            rest = far(self.far.len(), name.len());
            self.far.extend_from_slice(name);
            usize::from(FAR)
        };
        let mut cell = [0; CELL];
        let [first, room @ ..] = &mut cell;
        *first = u8::try_from(length).unwrap_or(FAR);
        *room = rest;
        self.cells.push(cell);
    }

    /// The name of this row.
    pub(super) fn at(&self, row: u32) -> &str {
        let bytes = match self.cells.get(row as usize) {
            Some([FAR, rest @ ..]) => self.far.get(range(rest)),
            Some([length, rest @ ..]) => rest.get(..usize::from(*length)),
            None => None,
        };
        std::str::from_utf8(bytes.unwrap_or_default()).unwrap_or_default()
    }

    /// Where in [`near`](Self::near) the name of this row stands; nothing where it stands elsewhere.
    pub(super) fn place(&self, row: u32) -> Option<Range<usize>> {
        let row = row as usize;
        let length = *self.cells.get(row)?.first()?;
        let start = row * CELL + 1;
        (length != FAR).then(|| start..start + usize::from(length))
    }

    /// All names that are not far, with something between them.
    pub(super) fn near(&self) -> &[u8] {
        self.cells.as_flattened()
    }

    /// Makes room for so many more names.
    ///
    /// # Errors
    /// There is not that much memory.
    pub(super) fn try_reserve(&mut self, more: usize) -> Result<(), TryReserveError> {
        self.cells.try_reserve(more)
    }
}

fn far(start: usize, length: usize) -> Rest {
    let mut rest = [0; CELL - 1];
    let (starts, lengths) = rest.split_at_mut(size_of::<usize>());
    starts.copy_from_slice(&start.to_ne_bytes());
    if let Some(room) = lengths.first_mut() {
        *room = u8::try_from(length).unwrap_or(u8::MAX);
    }
    rest
}

fn range(rest: &Rest) -> Range<usize> {
    let (starts, lengths) = rest.split_at(size_of::<usize>());
    let start = usize::from_ne_bytes(starts.first_chunk().copied().unwrap_or_default());
    let length = lengths.first().copied().unwrap_or(0);
    start..start.saturating_add(length.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_all_lengths_are_what_they_were_and_no_length_is_a_byte_of_a_name() {
        let mut cells = Cells::default();
        let names: Vec<String> = (1..=255)
            .map(|length| {
                if length % 2 == 0 {
                    "é".repeat(length / 2)
                } else {
                    "a".repeat(length)
                }
            })
            .collect();
        for name in &names {
            cells.push(name);
        }
        for (row, name) in (0..).zip(&names) {
            assert_eq!(cells.at(row), name);
            let near = cells.place(row).map(|place| &cells.near()[place]);
            assert_eq!(near, (name.len() < CELL).then_some(name.as_bytes()));
        }
        assert_eq!((cells.at(255), cells.place(255)), ("", None));
        for length in (0..32_u8).chain([FAR]) {
            assert!(char::from(length).is_control(), "{length}");
        }
    }
}
