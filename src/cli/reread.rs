//! The policy of a running server, and the gate's mounts and rules, follow the settings file: whoever is taken out of it
//! gets nothing any more.
//!
//! Nothing but `grants`, `gate.mounts` and `gate.rules` is taken up, and only from settings that are good as a whole; all else counts from the next start.

use std::cell::Cell;
use std::fs::metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::access::{Access, Entry};
use crate::settings::{self, Settings, Sources};

/// What the settings file looked like: device, inode, size, and when it was changed.
type Seen = Option<(u64, u64, u64, [i64; 4])>;

/// The settings file, to be looked at about once a second.
pub struct Reread {
    file: Option<PathBuf>,
    sources: Sources,
    seen: Cell<Seen>,
}

impl Reread {
    /// The file that `settings` were just read from, by `sources`.
    pub(super) fn of(settings: &Settings, sources: Sources) -> Self {
        let file = settings.settings_file.clone();
        Self {
            seen: Cell::new(file.as_deref().and_then(look)),
            file,
            sources,
        }
    }

    /// No file: nothing is followed.
    pub(super) fn nothing() -> Self {
        Self {
            file: None,
            sources: Sources::default(),
            seen: Cell::new(None),
        }
    }

    /// Takes up the policy, if the file has changed.
    pub(super) fn look(&self, access: &Access, entry: &Entry) {
        let Some(file) = &self.file else { return };
        let now = look(file);
        if now == self.seen.get() {
            return;
        }
        self.seen.set(now);
        match settings::load(&self.sources) {
            Ok(settings) if settings.settings_file.as_ref() == Some(file) => {
                let roots = access.roots();
                entry.replace_policy(settings.grants, &roots);
                entry.replace_gate(settings.gate.table, &roots);
                tracing::info!(
                    "{}: grants, gate.mounts and gate.rules were read anew; other settings count from the next start",
                    file.display()
                );
            }
            Ok(_) => tracing::warn!("{} is gone: the policy stays as it was", file.display()),
            Err(problems) => {
                tracing::warn!("{problems}\nuntil that is mended, the policy stays as it was");
            }
        }
    }
}

fn look(file: &Path) -> Seen {
    let found = metadata(file).ok()?;
    let times = [
        found.mtime(),
        found.mtime_nsec(),
        found.ctime(),
        found.ctime_nsec(),
    ];
    Some((found.dev(), found.ino(), found.size(), times))
}
