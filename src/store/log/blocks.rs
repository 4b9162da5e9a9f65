//! Many values of a file, read in blocks: they had better be asked for in the order of the file.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use super::layout::Span;

/// Bytes that are read at once.
const BLOCK: usize = 64 * 1024;

/// A file of which a block is at hand.
pub(super) struct Blocks<'a> {
    file: &'a File,
    /// Where the block stands in the file.
    at: u64,
    block: Vec<u8>,
}

impl<'a> Blocks<'a> {
    pub(super) fn of(file: &'a File) -> Self {
        Self {
            file,
            at: 0,
            block: Vec::new(),
        }
    }

    /// What stands at `span`.
    ///
    /// # Errors
    /// What the disk says; also where the file ends before.
    pub(super) fn read(&mut self, span: Span) -> io::Result<Vec<u8>> {
        if let Some(bytes) = self.at_hand(span) {
            return Ok(bytes.to_vec());
        }
        self.block.resize(BLOCK, 0);
        let read = self.file.read_at(&mut self.block, span.offset);
        self.block.truncate(*read.as_ref().unwrap_or(&0));
        self.at = span.offset;
        read?;
        if let Some(bytes) = self.at_hand(span) {
            return Ok(bytes.to_vec());
        }
        // What is longer, or was read in part, is read alone.
        let mut bytes = vec![0; span.length as usize];
        self.file.read_exact_at(&mut bytes, span.offset)?;
        Ok(bytes)
    }

    fn at_hand(&self, span: Span) -> Option<&[u8]> {
        let start = usize::try_from(span.offset.checked_sub(self.at)?).ok()?;
        let end = start.checked_add(span.length as usize)?;
        self.block.get(start..end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_in_blocks_is_what_stands_there_in_any_order_and_at_the_end() {
        let bytes: Vec<u8> = (0..3 * BLOCK + 17)
            .map(|at| u8::try_from(at % 251).expect("small"))
            .collect();
        let file = tempfile::tempfile().expect("a file");
        file.write_all_at(&bytes, 0).expect("written");
        let mut blocks = Blocks::of(&file);
        let end = bytes.len();
        for (from, length) in [
            (0, 10),
            (BLOCK - 3, 9),
            (BLOCK + 6, BLOCK + 5),
            (5, 0),
            (end - 4, 4),
            (2, 300),
            (end, 0),
        ] {
            let (offset, length) = (from as u64, u32::try_from(length).expect("small"));
            let read = blocks.read(Span { offset, length }).expect("read");
            assert_eq!(read, bytes[from..from + length as usize], "{from}");
        }
        let beyond = Span {
            offset: end as u64 - 4,
            length: 5,
        };
        assert!(blocks.read(beyond).is_err());
    }
}
