//! The files of a key folder as a side to move from or to: each entry as it stands, whatever it means.
//!
//! Changes go by the files' own lock, beside a server that runs. Names are kept in memory, and nothing else.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Entry, Kind, Side};
use crate::store::log::{Applied, Log, Look, Span, Table};
use crate::store::{Gone, LastUses, Moved, StoreError};

/// The files of a key folder as a side.
pub struct Files {
    logs: BTreeMap<Kind, Arc<Log<Whole>>>,
}

impl Files {
    /// The files of this key file, whose sessions and last uses stand in `folder`.
    #[must_use]
    pub fn of(key_file: &Path, folder: &Path) -> Self {
        let log = |path: PathBuf| Arc::new(Log::at(&path));
        let logs = [
            (Kind::Marks, Gone::path_beside(key_file)),
            (Kind::Keys, key_file.to_owned()),
            (Kind::Uses, folder.join("lastused.json")),
            (Kind::Sessions, folder.join("sessions.json")),
        ];
        let logs = logs.map(|(kind, path)| (kind, log(path)));
        Self { logs: logs.into() }
    }

    fn log(&self, kind: Kind) -> Result<&Arc<Log<Whole>>, StoreError> {
        let log = self.logs.get(&kind);
        log.ok_or(StoreError::Limit("no file for this"))
    }
}

impl Side for Files {
    fn chunk(
        &self,
        kind: Kind,
        after: Option<&str>,
        most: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let log = self.log(kind)?;
        let read = log.look_blocking(|look| {
            let behind = look.table.0.range::<str, _>((start, Bound::Unbounded));
            let entries = behind.take(most).map(|(name, span)| {
                let json = text(look, kind, *span)?;
                Some((name.to_string(), json))
            });
            entries.collect::<Option<Vec<Entry>>>()
        })?;
        read.ok_or_else(|| busy(log))
    }

    fn find(&self, kind: Kind, names: &[String]) -> Result<Vec<Option<String>>, StoreError> {
        let log = self.log(kind)?;
        let read = log.look_blocking(|look| {
            let one = |name: &String| match look.table.0.get(name.as_str()) {
                Some(span) => text(look, kind, *span).map(Some),
                None => Some(None),
            };
            names.iter().map(one).collect::<Option<Vec<_>>>()
        })?;
        read.ok_or_else(|| busy(log))
    }

    fn holds(&self, _kind: Kind, _entry: &Entry) -> bool {
        true
    }

    fn put(&self, kind: Kind, entries: Vec<(String, Option<String>)>) -> Result<(), StoreError> {
        self.log(kind)?.edit_blocking(move |look, (), out| {
            for (name, json) in &entries {
                if json.is_some() || look.table.0.contains_key(name.as_str()) {
                    out.put(name.clone(), json.clone());
                }
            }
        })
    }

    fn count(&self, kind: Kind) -> Result<u64, StoreError> {
        self.log(kind)?
            .look_blocking(|look| look.table.0.len() as u64)
    }
}

/// What stands there, in the one spelling of its kind.
fn text(look: &Look<'_, Whole>, kind: Kind, span: Span) -> Option<String> {
    let json = String::from_utf8(look.json(span)?).ok()?;
    let json = on_one_line(json);
    Some(match kind {
        Kind::Marks => Moved::Marks.spelled(json),
        Kind::Uses => LastUses::spelled(&json).unwrap_or(json),
        Kind::Keys | Kind::Sessions => json,
    })
}

fn busy(log: &Log<Whole>) -> StoreError {
    StoreError::Busy(log.path().display().to_string().into())
}

/// The JSON on one line, as entries are written; what a person laid out over several is set anew.
fn on_one_line(json: String) -> String {
    if !json.contains(['\n', '\r']) {
        return json;
    }
    let value = serde_json::from_str::<serde_json::Value>(&json);
    value.map_or(json, |value| value.to_string())
}

/// Every entry of a file, whatever it means.
#[derive(Default)]
struct Whole(BTreeMap<Box<str>, Span>);

impl Table for Whole {
    type Pending = ();

    fn apply(&mut self, name: &str, json: Option<&[u8]>, span: Span) -> Applied {
        match json.map(serde_json::from_slice::<serde::de::IgnoredAny>) {
            None => drop(self.0.remove(name)),
            Some(Ok(_)) => drop(self.0.insert(name.into(), span)),
            Some(Err(_)) => return Applied::NotJson,
        }
        Applied::Taken
    }

    fn live_bytes(&self) -> u64 {
        let sizes = self.0.iter();
        sizes
            .map(|(name, span)| name.len() as u64 + u64::from(span.length) + 5)
            .sum()
    }

    fn each_live(&self, each: &mut dyn FnMut(&str, Span)) {
        let mut all: Vec<_> = self.0.iter().collect();
        all.sort_unstable_by_key(|(_, span)| span.offset);
        for (name, span) in all {
            each(name, *span);
        }
    }
}
