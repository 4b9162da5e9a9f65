//! Which servers run on this key folder: each keeps a small file there, and a lock on it while it lives.

use std::cell::RefCell;
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
    /// The name of the machine that it runs on.
    #[serde(default)]
    pub machine: String,
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

/// A sign that is tried again until it is up: a server that is still ending keeps its own at the same port.
pub(super) struct Hung {
    folder: PathBuf,
    port: u16,
    running: Running,
    sign: RefCell<Option<Sign>>,
}

impl Hung {
    /// Puts the sign up, or says why it cannot be.
    pub(super) fn up(folder: PathBuf, port: u16, running: Running) -> Self {
        let sign = Sign::put_up(&folder, port, &running).inspect_err(|error| {
            tracing::warn!(
                "until the server before this one has ended, 'editkey open' and 'editkey login' do not find this one: {error}"
            );
        });
        Self {
            sign: RefCell::new(sign.ok()),
            folder,
            port,
            running,
        }
    }

    /// Tries again; to be called about once a second.
    pub(super) fn look(&self) {
        let mut sign = self.sign.borrow_mut();
        if sign.is_none() {
            *sign = Sign::put_up(&self.folder, self.port, &self.running).ok();
        }
    }
}

/// The name of this machine.
#[must_use]
pub fn machine() -> String {
    let names = rustix::system::uname();
    names.nodename().to_string_lossy().into_owned()
}

/// The servers of this machine that run on `folder`. Files of servers that were killed are removed.
#[must_use]
pub fn servers(folder: &Path) -> Vec<Running> {
    let here = machine();
    let mut servers = Vec::new();
    for (path, file, running) in signs(folder) {
        let elsewhere = |running: &Running| !running.machine.is_empty() && running.machine != here;
        if running.as_ref().is_some_and(elsewhere) {
            continue;
        }
        if fs2::FileExt::try_lock_shared(&file).is_ok() {
            let _ = fs::remove_file(&path);
        } else {
            servers.extend(running);
        }
    }
    servers.sort_by(|a, b| a.url.cmp(&b.url));
    servers
}

/// A server of another machine that runs on `folder`, as far as its lock tells.
#[must_use]
pub fn of_another_machine(folder: &Path) -> Option<Running> {
    let here = machine();
    signs(folder).into_iter().find_map(|(_, file, running)| {
        let running = running.filter(|it| !it.machine.is_empty() && it.machine != here)?;
        fs2::FileExt::try_lock_shared(&file)
            .is_err()
            .then_some(running)
    })
}

/// The signs in `folder`, with what each says.
fn signs(folder: &Path) -> Vec<(PathBuf, File, Option<Running>)> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut signs = Vec::new();
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
        let (Ok(file), Ok(text)) = (File::open(&path), fs::read(&path)) else {
            continue;
        };
        signs.push((path, file, serde_json::from_slice(&text).ok()));
    }
    signs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_goes_up_once_the_server_before_has_ended() {
        let folder = tempfile::tempdir().expect("a folder");
        let running = |url: &str| Running {
            url: url.to_owned(),
            local_access: true,
            follows_open: false,
            roots: Vec::new(),
            machine: machine(),
        };
        let up = |url| Hung::up(folder.path().to_owned(), 8181, running(url));
        let urls = || {
            servers(folder.path())
                .into_iter()
                .map(|it| it.url)
                .collect::<Vec<_>>()
        };
        let before = up("before");
        let after = up("after");
        after.look();
        assert_eq!(urls(), ["before"]);
        drop(before);
        after.look();
        assert_eq!(urls(), ["after"]);
        drop(after);
        assert!(urls().is_empty());
    }
}
