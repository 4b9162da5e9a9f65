//! Reading the audit log, newest first, within a bound: what an administrator's page shows.
//!
//! It reads while others write and set files aside, and misses nothing that stood there when it began.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use jiff::Timestamp;
use memchr::memchr;
use memchr::memmem;
use rustix::fs::OFlags;

use super::rotate::{Node, OLDER, older};
use super::{Act, AuditFile, Line};

/// Bytes that are read at once.
const BLOCK: u64 = 64 * 1024;
/// Longest line; longer ones are of somebody else.
pub(super) const LINE_BYTES: usize = 8 * 1024;

/// Which lines are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of a key whose id begins like this.
    pub key: Option<String>,
    /// By a visitor whose name has this in it.
    pub by: Option<String>,
    /// One of these acts; all if there are none.
    pub acts: Vec<Act>,
    /// From this network, or one that holds it.
    pub from: Option<IpNet>,
    /// Not before.
    pub since: Option<Timestamp>,
    /// Not after.
    pub until: Option<Timestamp>,
}

impl Wanted {
    /// The line in `text`, if it is wanted.
    pub(super) fn line(&self, text: &[u8]) -> Option<Line> {
        // To look for an id costs far less than to read JSON.
        let id = self.key.as_deref().unwrap_or_default();
        if text.len() > LINE_BYTES || memmem::find(text, id.as_bytes()).is_none() {
            return None;
        }
        Line::read(text).filter(|line| self.holds(line))
    }

    fn holds(&self, line: &Line) -> bool {
        let key = self.key.as_ref().is_none_or(|beginning| {
            let id = line.key.map(|id| id.to_string());
            id.is_some_and(|id| id.starts_with(beginning.as_str()))
        });
        let by = self.by.as_ref().is_none_or(|part| {
            let by = line.by.as_ref();
            by.is_some_and(|by| by.contains(part.as_str()))
        });
        let from = self.from.as_ref().is_none_or(|wanted| {
            let from = line.from.as_ref();
            from.is_some_and(|from| from.contains(wanted) || wanted.contains(from))
        });
        key && by
            && from
            && (self.acts.is_empty() || self.acts.contains(&line.act))
            && self.since.is_none_or(|since| line.time >= since)
            && self
                .until
                .is_none_or(|until| line.first.unwrap_or(line.time) <= until)
    }
}

/// What the log says, newest first.
#[derive(Debug, Default)]
pub struct Trace {
    /// The lines, in the order in which they were written, the last one first.
    pub lines: Vec<Line>,
    /// Whether there may be more, further back than was read.
    pub more: bool,
}

/// The newest of the `wanted` lines of the log at `place`: at most `most` of them, and as many as are found in
/// `most_bytes`. Blocks.
///
/// # Errors
/// What the disk says. A log that is not there is empty.
pub fn read(place: &AuditFile, wanted: &Wanted, most: usize, most_bytes: u64) -> io::Result<Trace> {
    let mut trace = Trace::default();
    let mut left = most_bytes;
    for (file, _) in files(&place.path)? {
        if !backwards(&file, wanted, most, &mut left, &mut trace.lines)? {
            trace.more = true;
            break;
        }
    }
    Ok(trace)
}

/// Reads `file` from its end; whether all of it was read.
fn backwards(
    file: &File,
    wanted: &Wanted,
    most: usize,
    left: &mut u64,
    lines: &mut Vec<Line>,
) -> io::Result<bool> {
    let mut at = file.metadata()?.len();
    // A line whose beginning stands in front of what was read.
    let mut tail: Vec<u8> = Vec::new();
    while at > 0 {
        if *left == 0 || lines.len() >= most {
            return Ok(false);
        }
        let from = at.saturating_sub(BLOCK.min(*left));
        let mut block = vec![0; usize::try_from(at - from).unwrap_or_default()];
        match file.read_exact_at(&mut block, from) {
            // What was being added was taken back: the disk is full.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(true),
            read => read?,
        }
        *left -= at - from;
        at = from;
        block.append(&mut tail);
        let whole = match memchr(b'\n', &block) {
            _ if from == 0 => 0,
            Some(end) => end + 1,
            None => block.len(),
        };
        tail = block.drain(..whole).collect();
        if tail.len() > LINE_BYTES {
            tail.clear();
        }
        for text in block.rsplit(|byte| *byte == b'\n') {
            if lines.len() >= most {
                return Ok(false);
            }
            lines.extend(wanted.line(text));
        }
    }
    Ok(true)
}

/// The files of the log, newest first, each once: opened in this order, none is missed that is set aside meanwhile.
pub(super) fn files(path: &Path) -> io::Result<Vec<(File, Node)>> {
    let mut files: Vec<(File, Node)> = Vec::new();
    for path in std::iter::once(path.to_owned()).chain(older(path, OLDER)) {
        let Some((file, node)) = open(&path)? else {
            continue;
        };
        if files.iter().all(|(_, known)| *known != node) {
            files.push((file, node));
        }
    }
    Ok(files)
}

fn open(path: &PathBuf) -> io::Result<Option<(File, Node)>> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let opened = File::options()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path);
    let file = match opened {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let found = file.metadata()?;
    Ok(found.is_file().then(|| (file, (found.dev(), found.ino()))))
}
