//! What a prune removed: a key file of its own beside the key file, `accesskeys.json.pruned-2026-11-22T05-00-00Z`.
//!
//! It is on the disk before anything is removed. Who writes or uses up one holds its lock, so that nobody takes it away
//! from the other.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::table::PREFIX;
use crate::mint::{KeyId, Record};
use crate::store::log::{self, Applied, Span, Table};
use crate::store::{StoreError, ownership};

/// How many are kept.
pub(super) const KEPT: usize = 3;
/// What stands between the key file's name and the time.
const BETWEEN: &str = ".pruned-";
/// The time in a name: RFC 3339 without colons.
const TIME: &str = "%Y-%m-%dT%H-%M-%SZ";
/// Most names that are tried, since others prune as well.
const AHEAD: u32 = 60;
/// What ends the file.
const END: &[u8] = b"}\n";

/// The time that names a prune.
pub(super) fn spelled(secs: u32) -> String {
    let time = Timestamp::from_second(secs.into()).unwrap_or_default();
    time.to_zoned(TimeZone::UTC).strftime(TIME).to_string()
}

/// The second that `text` names, in its one spelling.
pub(super) fn seconds(text: &str) -> Option<u32> {
    let time = jiff::civil::DateTime::strptime(TIME, text).ok()?;
    let time = time.to_zoned(TimeZone::UTC).ok()?.timestamp();
    let secs = u32::try_from(time.as_second()).ok()?;
    (spelled(secs) == text).then_some(secs)
}

/// A backup that is being written.
pub(super) struct Backup {
    path: PathBuf,
    file: File,
    /// Which prune it is of.
    pub(super) secs: u32,
    /// Where the next entries go.
    end: u64,
}

impl Backup {
    /// A new one, on the disk, with nothing in it.
    pub(super) fn create(key_file: &Path, now: u32) -> Result<Self, StoreError> {
        // Later than all that are there, also where the clock was put back: the last prune is undone first.
        let newest = all(key_file)
            .first()
            .map(|(secs, _)| secs.saturating_add(1));
        let first = newest.unwrap_or(now).max(now);
        for secs in first..first.saturating_add(AHEAD) {
            let path = named(key_file, secs);
            let made = File::options()
                .read(true)
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&path);
            let file = match made {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                made => made.map_err(|error| StoreError::from_io(&path, &error))?,
            };
            let mut backup = Self {
                end: log::OPENING.len() as u64,
                path,
                file,
                secs,
            };
            let begun = backup.begin(key_file);
            if let Err(error) = begun {
                backup.remove();
                return Err(StoreError::from_io(&backup.path, &error));
            }
            return Ok(backup);
        }
        Err(StoreError::Busy(key_file.display().to_string().into()))
    }

    fn begin(&mut self, key_file: &Path) -> io::Result<()> {
        fs2::FileExt::try_lock_exclusive(&self.file)?;
        ownership::like_file(&File::open(key_file)?, &self.file)?;
        self.file
            .write_all_at(&[log::OPENING.as_bytes(), END].concat(), 0)?;
        self.file.sync_all()?;
        sync_folder(&self.path)
    }

    /// Whether it is still what stands at its path.
    pub(super) fn stands(&self) -> bool {
        let same = || {
            let (there, ours) = (self.path.symlink_metadata()?, self.file.metadata()?);
            io::Result::Ok((there.dev(), there.ino()) == (ours.dev(), ours.ino()))
        };
        same().unwrap_or(false)
    }

    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// Adds these, and has them on the disk.
    pub(super) fn add(&mut self, entries: &[(KeyId, Vec<u8>)]) -> Result<(), StoreError> {
        let mut text = Vec::with_capacity(entries.len() * 400);
        for (id, json) in entries {
            let json = std::str::from_utf8(json).unwrap_or("null");
            log::entry(&mut text, &id.named(PREFIX), Some(json));
        }
        let end = self.end + text.len() as u64;
        text.extend_from_slice(END);
        let written = self.file.write_all_at(&text, self.end);
        written
            .and_then(|()| self.file.sync_data())
            .map_err(|error| StoreError::from_io(&self.path, &error))?;
        self.end = end;
        Ok(())
    }

    /// Takes out again what was added behind `end`; all of it where that leaves nothing.
    pub(super) fn cut(&mut self, end: u64) {
        if end <= log::OPENING.len() as u64 {
            return self.remove();
        }
        let cut = self
            .file
            .set_len(end)
            .and_then(|()| self.file.write_all_at(END, end));
        if let Err(error) = cut.and_then(|()| self.file.sync_data()) {
            tracing::warn!("{}: {error}", self.path.display());
        }
        self.end = end;
    }

    fn remove(&mut self) {
        if self.stands() {
            let _ = std::fs::remove_file(&self.path);
            let _ = sync_folder(&self.path);
        }
    }
}

/// A backup to be used up. It stays locked while this lives.
pub(super) struct Kept {
    pub(super) path: PathBuf,
    file: File,
    /// Which prune it is of.
    pub(super) secs: u32,
    /// What it holds, in its order.
    pub(super) keys: Vec<KeptKey>,
}

/// A key in a backup.
pub(super) struct KeptKey {
    pub(super) id: KeyId,
    pub(super) parent: Option<KeyId>,
    span: Span,
}

impl Kept {
    /// The newest one.
    pub(super) fn newest(key_file: &Path) -> Result<Option<Self>, StoreError> {
        let Some((secs, path)) = all(key_file).into_iter().next() else {
            return Ok(None);
        };
        let not_ours = |error: ownership::NotOurs| StoreError::Unwritable(error.to_string().into());
        ownership::check_state(&path).map_err(not_ours)?;
        let io = |error: io::Error| StoreError::from_io(&path, &error);
        let file = File::open(&path).map_err(io)?;
        if fs2::FileExt::try_lock_exclusive(&file).is_err() {
            return Err(StoreError::Busy(path.display().to_string().into()));
        }
        let KeptTable(keys) = log::read_once(&path, &file)?;
        Ok(Some(Self {
            path,
            file,
            secs,
            keys,
        }))
    }

    /// The record of a key in it.
    pub(super) fn record(&self, key: &KeptKey) -> Option<Record> {
        let mut json = vec![0; key.span.length as usize];
        self.file.read_exact_at(&mut json, key.span.offset).ok()?;
        Record::parse(&json, |_| None, |by| by.into()).ok()
    }

    /// It is used up.
    pub(super) fn remove(self) -> Result<(), StoreError> {
        let removed = std::fs::remove_file(&self.path).and_then(|()| sync_folder(&self.path));
        removed.map_err(|error| StoreError::from_io(&self.path, &error))
    }
}

#[derive(Default)]
struct KeptTable(Vec<KeptKey>);

impl Table for KeptTable {
    type Pending = ();

    fn apply(&mut self, name: &str, json: Option<&[u8]>, span: Span) -> Applied {
        let id = name.strip_prefix(PREFIX).map(KeyId::parse);
        let (Some(Ok(id)), Some(json)) = (id, json) else {
            return Applied::Refused("not what a prune writes".to_owned());
        };
        match Record::parse(json, |_| None, |by| by.into()) {
            Ok(record) => {
                let parent = record.limits.parent;
                self.0.push(KeptKey { id, parent, span });
                Applied::Taken
            }
            Err(error) => Applied::Refused(error.to_string()),
        }
    }

    fn live_bytes(&self) -> u64 {
        0
    }

    fn each_live(&self, _: &mut dyn FnMut(&str, Span)) {}
}

/// Those beside this key file, the newest first.
pub(super) fn all(key_file: &Path) -> Vec<(u32, PathBuf)> {
    let beginning = key_file.file_name().and_then(|name| name.to_str());
    let beginning = beginning.map(|name| format!("{name}{BETWEEN}"));
    let folder = key_file.parent().and_then(|folder| folder.read_dir().ok());
    let (Some(beginning), Some(folder)) = (beginning, folder) else {
        return Vec::new();
    };
    let mut all: Vec<(u32, PathBuf)> = folder
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let name = entry.file_name();
            let secs = seconds(name.to_str()?.strip_prefix(&beginning)?)?;
            Some((secs, entry.path()))
        })
        .collect();
    all.sort_unstable_by(|one, other| other.cmp(one));
    all
}

/// Removes those beyond the ones that are kept, unless somebody is at them.
pub(super) fn rotate(key_file: &Path) {
    for (_, path) in all(key_file).into_iter().skip(KEPT) {
        let free =
            File::open(&path).is_ok_and(|file| fs2::FileExt::try_lock_exclusive(&file).is_ok());
        if free && let Err(error) = std::fs::remove_file(&path) {
            tracing::warn!("{}: {error}", path.display());
        }
    }
}

fn named(key_file: &Path, secs: u32) -> PathBuf {
    let mut name = key_file.as_os_str().to_owned();
    name.push(BETWEEN);
    name.push(spelled(secs));
    PathBuf::from(name)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path.parent().unwrap_or_else(|| Path::new(".")))?.sync_all()
}
