//! Tests on real directories, by both ways of reaching them.

mod directories;
mod held;
mod links;
mod listing;
mod own;
mod places;
mod recent;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use tempfile::TempDir;

use crate::names::Basename;

use super::*;

const WAYS: [Way; 2] = [Way::Kernel, Way::Walk];

fn dirname(path: &Path) -> Dirname {
    Dirname::parse(path.to_str().expect("UTF-8")).expect("clean")
}

fn place(path: &Path) -> Place {
    Place {
        dirname: dirname(path.parent().expect("a parent")),
        basename: basename(
            path.file_name()
                .and_then(|name| name.to_str())
                .expect("a name"),
        ),
    }
}

fn basename(text: &str) -> Basename {
    Basename::parse(text).expect("one component")
}

/// A canonical temporary directory.
fn tree() -> (TempDir, PathBuf) {
    let kept = tempfile::tempdir().expect("a directory");
    let path = fs::canonicalize(kept.path()).expect("canonical");
    (kept, path)
}

fn roots(way: Way, root: &Path, protected: Vec<PathBuf>) -> Roots {
    let protected = Protected::new(protected);
    Roots::open_by(way, vec![dirname(root)], HardLinks::Refuse, protected).expect("a root")
}

fn resolved(roots: &Roots, path: &Path) -> Result<Node, Refusal> {
    roots
        .resolve(&place(path), Instant::now())
        .map(|path| path.identity().node)
}

fn located(roots: &Roots, path: &Path) -> Result<Located, Refusal> {
    let place = place(path);
    roots.locate(&place.dirname, &place.basename, Instant::now())
}
