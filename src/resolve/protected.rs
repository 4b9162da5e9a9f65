//! editkey's own state: what no root, link, hard link or key ever reaches.
//!
//! It must never go by spellings alone: everything is known by device and inode as well, so that a hard link or a
//! mount under another name changes nothing.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use crate::names::{Basename, Dirname, Place};

use super::identity::Node;

/// Most files of one protected directory that are known by their inodes; the others by their directory.
const FILES_MOST: usize = 4096;

/// The files and directories that are never minted, resolved or listed. Looked at again each second.
pub struct Protected {
    paths: Vec<PathBuf>,
    known: RwLock<Known>,
}

/// What one look found. The inodes are sorted.
#[derive(Default)]
struct Known {
    files: Vec<Node>,
    directories: Vec<Node>,
    file_places: Vec<Place>,
    directory_paths: Vec<Dirname>,
}

impl Protected {
    /// Protects these files, and these directories with all below them. A path at which nothing stands is protected
    /// as a file would be, for when one appears.
    #[must_use]
    pub fn new(paths: Vec<PathBuf>) -> Self {
        let known = RwLock::new(Known::look(&paths));
        Self { paths, known }
    }

    /// Looks again now, as is otherwise done each second.
    pub fn refresh(&self) {
        let found = Known::look(&self.paths);
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = found;
    }

    /// Whether what stands at `path` is protected, as the last look found it: by its inode, or by where it lies.
    #[must_use]
    pub fn holds(&self, path: &Path) -> bool {
        let canonical = canonical(path);
        let node = fs::metadata(&canonical).ok().as_ref().map(node);
        let text = canonical.to_str().and_then(|text| text.rsplit_once('/'));
        node.is_some_and(|node| self.knows_file(node))
            || text.and_then(place).is_some_and(|place| {
                self.covers(&place.dirname) || self.names(&place.dirname, &place.basename)
            })
    }

    fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn knows_file(&self, node: Node) -> bool {
        self.known().files.binary_search(&node).is_ok()
    }

    /// Whether the spelling of a canonical directory lies within a protected one.
    pub(super) fn covers(&self, dirname: &Dirname) -> bool {
        self.known()
            .directory_paths
            .iter()
            .any(|path| dirname.below(path).is_some())
    }

    /// Whether the spelling of a canonical place is that of a protected file.
    pub(super) fn names(&self, dirname: &Dirname, basename: &Basename) -> bool {
        self.known()
            .file_places
            .iter()
            .any(|place| place.basename == *basename && place.dirname == *dirname)
    }

    /// Whether it is a protected directory.
    pub(super) fn is_directory(&self, node: Node) -> bool {
        self.known().directories.binary_search(&node).is_ok()
    }

    /// Whether it is a protected file. A hit is looked up again: a file of ours that was just replaced leaves its
    /// inode number to the next new file of anybody, which must not be refused for that.
    pub(super) fn is_file(&self, node: Node) -> bool {
        self.knows_file(node) && {
            self.refresh();
            self.knows_file(node)
        }
    }
}

impl Known {
    fn look(paths: &[PathBuf]) -> Self {
        let mut known = Self::default();
        for path in paths {
            known.add(path);
        }
        known.files.sort_unstable();
        known.directories.sort_unstable();
        known
    }

    fn add(&mut self, path: &Path) {
        let canonical = canonical(path);
        let text = canonical.to_str();
        match fs::metadata(&canonical) {
            Ok(found) if found.is_dir() => {
                self.directories.push(node(&found));
                self.directory_paths
                    .extend(text.and_then(|text| Dirname::parse(text).ok()));
                self.add_files_of(&canonical);
            }
            found => {
                self.files.extend(found.ok().as_ref().map(node));
                self.file_places
                    .extend(text.and_then(|text| text.rsplit_once('/')).and_then(place));
            }
        }
    }

    fn add_files_of(&mut self, directory: &Path) {
        let Ok(entries) = fs::read_dir(directory) else {
            return;
        };
        for entry in entries.flatten().take(FILES_MOST) {
            if let Ok(found) = fs::symlink_metadata(entry.path()) {
                if found.is_dir() {
                    self.directories.push(node(&found));
                } else {
                    self.files.push(node(&found));
                }
            }
        }
    }
}

/// The canonical spelling, also of a file that is not there yet.
fn canonical(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => {
            let parent = if parent.as_os_str().is_empty() {
                Path::new(".")
            } else {
                parent
            };
            fs::canonicalize(parent).map_or_else(|_| path.to_owned(), |parent| parent.join(name))
        }
        _ => path.to_owned(),
    })
}

fn node(found: &fs::Metadata) -> Node {
    Node {
        device: found.dev(),
        inode: found.ino(),
    }
}

fn place((dirname, basename): (&str, &str)) -> Option<Place> {
    let dirname = if dirname.is_empty() { "/" } else { dirname };
    Some(Place {
        dirname: Dirname::parse(dirname).ok()?,
        basename: Basename::parse(basename).ok()?,
    })
}
