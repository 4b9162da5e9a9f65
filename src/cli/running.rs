//! Which servers run on this key folder: each keeps a small file there, and a lock on it while it lives.

use std::fs::{self, File};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A server that runs.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct Running {
    /// Its address on this machine, with the base path.
    pub url: String,
    /// Whether it takes links from the command line.
    pub local_access: bool,
    /// Whether its roots are those that `open` remembers.
    pub follows_open: bool,
    /// Its roots when it started.
    pub roots: Vec<PathBuf>,
}

/// Says that a server runs, until it is dropped or its process ends.
pub struct Sign {
    path: PathBuf,
    _locked: File,
}

impl Sign {
    /// Puts the sign up in `folder`. A server without a sign serves all the same.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn put_up(folder: &Path, port: u16, running: &Running) -> std::io::Result<Self> {
        let path = folder.join(format!("server-{port}.json"));
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)?;
        fs2::FileExt::try_lock_exclusive(&file)?;
        file.set_len(0)?;
        serde_json::to_writer(&file, running)?;
        Ok(Self {
            path,
            _locked: file,
        })
    }
}

impl Drop for Sign {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// The servers that run on `folder`. Files of servers that were killed are removed.
#[must_use]
pub fn servers(folder: &Path) -> Vec<Running> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut servers = Vec::new();
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or("");
        let port = name
            .strip_prefix("server-")
            .and_then(|rest| rest.strip_suffix(".json"));
        if port.is_none_or(|port| port.parse::<u16>().is_err()) {
            continue;
        }
        let Ok(file) = File::open(&path) else {
            continue;
        };
        if fs2::FileExt::try_lock_shared(&file).is_ok() {
            let _ = fs::remove_file(&path);
        } else if let Ok(text) = fs::read(&path) {
            servers.extend(serde_json::from_slice::<Running>(&text));
        }
    }
    servers.sort_by(|a, b| a.url.cmp(&b.url));
    servers
}
