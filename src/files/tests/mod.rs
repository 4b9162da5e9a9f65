//! Tests of reading and saving together, on real directories and small mounted file systems.

mod attack;
mod reading;
mod rooms;
mod saving;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use tempfile::TempDir;

use crate::names::{Basename, Dirname, Place};
use crate::resolve::{HardLinks, Protected, Refusal, Roots};

use super::*;

const LIMIT: u64 = 1 << 20;

/// A root in a temporary directory, and a reader and a saver for it.
struct Desk {
    _kept: TempDir,
    base: PathBuf,
    roots: Roots,
    reader: Reader,
    saver: Saver,
}

impl Desk {
    fn new() -> Self {
        Self::with(HardLinks::Refuse)
    }

    fn with(hard_links: HardLinks) -> Self {
        let kept = tempfile::tempdir().expect("a directory");
        let base = fs::canonicalize(kept.path()).expect("canonical");
        let roots = Roots::open(vec![dirname(&base)], hard_links, Protected::new(vec![]));
        Self {
            _kept: kept,
            roots: roots.expect("a root"),
            reader: Reader::new(),
            saver: Saver::new(LIMIT, None),
            base,
        }
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.base.join(name);
        fs::write(&path, bytes).expect("written");
        path
    }

    fn read_at(&self, path: &Path, now: SystemTime) -> Result<Read, ReadError> {
        let path = self.roots.resolve(&place(path), Instant::now())?;
        self.reader.read(&path, LIMIT, now)
    }

    fn content(&self, path: &Path) -> Arc<Content> {
        match self.read_at(path, SystemTime::now()).expect("readable") {
            Read::Whole(content) => content,
            Read::Large(_) => panic!("not so large"),
        }
    }

    fn save(
        &self,
        path: &Path,
        precondition: &Precondition,
        bytes: &[u8],
    ) -> Result<Revision, SaveError> {
        let now = Instant::now();
        self.saver
            .save(&self.roots, &place(path), precondition, bytes, now)
    }

    /// The names in the root, none of which may be left over from a save.
    fn names(&self) -> Vec<String> {
        names(&self.base)
    }
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .expect("listed")
        .map(|entry| entry.expect("an entry").file_name())
        .map(|name| name.into_string().expect("UTF-8"))
        .collect();
    names.sort();
    names
}

fn seen(bytes: impl AsRef<[u8]>) -> Precondition {
    Precondition::Match(vec![Revision::of_contents(bytes.as_ref())])
}

fn dirname(path: &Path) -> Dirname {
    Dirname::parse(path.to_str().expect("UTF-8")).expect("clean")
}

fn place(path: &Path) -> Place {
    let name = path.file_name().and_then(|name| name.to_str());
    Place {
        dirname: dirname(path.parent().expect("a parent")),
        basename: Basename::parse(name.expect("a name")).expect("one component"),
    }
}
