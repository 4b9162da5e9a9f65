//! The form of a log: one JSON object, one entry a line, and room for the next ones before the closing brace.
//!
//! ```text
//! {
//! "$editkey": {"format": 1}
//! ,"NAME": {…}
//! ,"NAME": null
//!
//! }
//! ```
//! The line before the brace is blank room that appends overwrite in place, so that a mint changes neither the file's
//! size nor its blocks. Room ends with a newline of its own: half an entry can then never join up with the file's
//! closing brace to something that parses.

use std::borrow::Cow;

use serde::Deserialize;

/// The name of the header entry.
pub(super) const HEADER: &str = "$editkey";
/// The format this version writes and reads.
pub(super) const FORMAT: u64 = 1;
/// A new log up to its first entry.
pub(in crate::store) const OPENING: &str = "{\n\"$editkey\": {\"format\": 1}\n";
/// What follows the room.
pub(super) const CLOSING: &str = "\n}\n";
/// Least and most room made at a time: a file read by eye is not to be blank for the most part.
pub(super) const LEAST_ROOM: usize = 4 * 1024;
const MOST_ROOM: usize = 256 * 1024;
/// Blocks that a disk writes whole or not at all, at the least.
const SECTOR: usize = 512;

/// Where an entry's value stands in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its first byte.
    pub offset: u64,
    /// Its bytes.
    pub length: u32,
}

/// One line of a log, without its newline.
pub(super) enum Line<'a> {
    /// Nothing but blanks.
    Blank,
    /// The first brace.
    Open,
    /// The last brace.
    Close,
    /// `"name": value`; the value's position is relative to the line.
    Entry {
        name: Cow<'a, str>,
        value: &'a [u8],
        at: usize,
        comma: bool,
    },
    /// Anything else.
    Other,
}

impl<'a> Line<'a> {
    pub(super) fn read(line: &'a [u8]) -> Self {
        let text = line.trim_ascii();
        match text {
            b"" => Self::Blank,
            b"{" => Self::Open,
            b"}" => Self::Close,
            _ => Self::entry(line, text).unwrap_or(Self::Other),
        }
    }

    fn entry(line: &'a [u8], text: &'a [u8]) -> Option<Self> {
        let (comma, rest) = match text.strip_prefix(b",") {
            Some(rest) => (true, rest.trim_ascii_start()),
            None => (false, text),
        };
        let (name, after) = name(rest)?;
        let value = after.trim_ascii_start().strip_prefix(b":")?.trim_ascii();
        let at = value.as_ptr().addr().checked_sub(line.as_ptr().addr())?;
        Some(Self::Entry {
            name,
            value,
            at,
            comma,
        })
    }
}

/// The JSON string at the start of `text`, and what follows it.
fn name(text: &[u8]) -> Option<(Cow<'_, str>, &[u8])> {
    let inner = text.strip_prefix(b"\"")?;
    let close = memchr::memchr2(b'"', b'\\', inner)?;
    if inner.get(close) == Some(&b'"') {
        let (name, after) = inner.split_at(close);
        let plain = name.iter().all(|byte| *byte >= b' ');
        return plain.then_some((
            Cow::Borrowed(std::str::from_utf8(name).ok()?),
            after.get(1..)?,
        ));
    }
    let mut stream = serde_json::Deserializer::from_slice(text).into_iter::<String>();
    let name = stream.next()?.ok()?;
    Some((Cow::Owned(name), text.get(stream.byte_offset()..)?))
}

/// The format that a header's value names; `None` where it names none.
pub(super) fn format(value: &[u8]) -> Option<u64> {
    #[derive(Deserialize)]
    struct Header {
        format: u64,
    }
    serde_json::from_slice::<Header>(value)
        .ok()
        .map(|header| header.format)
}

/// The room for a file whose entries end at `end`.
pub(super) fn room(end: u64) -> usize {
    usize::try_from(end / 2)
        .unwrap_or(MOST_ROOM)
        .clamp(LEAST_ROOM, MOST_ROOM)
}

/// The text of one entry, ready to follow others.
pub(in crate::store) fn entry(out: &mut Vec<u8>, name: &str, value: Option<&str>) {
    out.extend_from_slice(b",");
    // A name of ours has nothing to escape, but a name is data.
    if serde_json::to_writer(&mut *out, name).is_err() {
        return;
    }
    out.extend_from_slice(b": ");
    out.extend_from_slice(value.unwrap_or("null").as_bytes());
    out.push(b'\n');
}

/// Whether `rest`, which starts with a line that does not parse at `offset` in the file, is what an interrupted write
/// leaves: the line is the beginning of an entry and nothing follows it, or a sector of the room in it was never
/// overwritten. Anything else is somebody's mistake, to be mended and not to be cut off.
pub(super) fn torn(rest: &[u8], offset: u64) -> bool {
    let content = rest.trim_ascii_end();
    let content = content
        .strip_suffix(b"\n}")
        .unwrap_or(content)
        .trim_ascii_end();
    if !content.contains(&b'\n') {
        return incomplete(content);
    }
    let into_sector = usize::try_from(offset % SECTOR as u64).unwrap_or(0);
    let first = (SECTOR - into_sector) % SECTOR;
    content
        .get(first..)
        .unwrap_or_default()
        .chunks_exact(SECTOR)
        .any(|sector| sector.iter().all(|byte| *byte == b' '))
}

/// Whether `line` is the beginning of an entry.
fn incomplete(line: &[u8]) -> bool {
    let text = line.trim_ascii();
    let text = text.strip_prefix(b",").unwrap_or(text);
    let mut object = Vec::with_capacity(text.len() + 1);
    object.push(b'{');
    object.extend_from_slice(text);
    serde_json::from_slice::<serde::de::IgnoredAny>(&object).is_err_and(|error| error.is_eof())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_unfinished_last_line_is_torn() {
        for torn_text in [
            "",
            ",",
            ",\"sha",
            ",\"a\": {\"dirname\":\"/x\",\"basename\":\"y\"",
            ",\"a\": {\"d",
            ",\"a\"   \n}\n",
            ",\"a\": {\"b\": \"c\"     \n}\n",
        ] {
            assert!(torn(torn_text.as_bytes(), 100), "{torn_text:?}");
        }
        for broken in [
            ",\"a\" {}",
            "x",
            ",\"a\": {\"b\" \"c\"}\n}\n",
            ",\"a\": {\"d\n,\"b\": null\n}\n",
            "]]",
        ] {
            assert!(!torn(broken.as_bytes(), 100), "{broken:?}");
        }
        let mut hole = b",\"a\": {\"d".to_vec();
        hole.extend_from_slice(&[b' '; 1100]);
        hole.extend_from_slice(b"x\"}\n,\"b\": null\n   \n}\n");
        assert!(torn(&hole, 100), "a sector that never reached the disk");
    }
}
