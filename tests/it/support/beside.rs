//! Other programs beside the server: a proxy, a host application, a browser. Each ends with its value, and no other does.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::eventually;

/// Longest start.
const STARTING: Duration = Duration::from_secs(20);

/// A program that listens.
pub(crate) struct Beside {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Beside {
    /// Starts `command`, which is to listen at `address`; what it says goes to `said`.
    pub(crate) fn start(command: &mut Command, address: SocketAddr, said: &Path) -> Self {
        Self::start_until(command, address, said, &|| {
            TcpStream::connect(address).is_ok()
        })
    }

    /// The same for one that listens at a socket in a folder.
    pub(crate) fn at_socket(command: &mut Command, socket: &Path, said: &Path) -> Self {
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        Self::start_until(command, nowhere, said, &|| {
            UnixStream::connect(socket).is_ok()
        })
    }

    fn start_until(
        command: &mut Command,
        address: SocketAddr,
        said: &Path,
        listens: &dyn Fn() -> bool,
    ) -> Self {
        let log = fs::File::create(said).expect("a log");
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("one log for both"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}; ./test installs it"));
        let mut beside = Self { child, address };
        eventually("a program beside listens", STARTING, || {
            let ended = beside.child.try_wait().expect("its state");
            assert!(
                ended.is_none(),
                "{command:?} ended: {}",
                fs::read_to_string(said).unwrap_or_default()
            );
            listens()
        });
        beside
    }
}

impl Beside {
    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Tells it to end, as a program with children of its own wants to be told, and waits until it has.
    pub(crate) fn end(&mut self) {
        let told = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        if told.is_ok_and(|told| told.success()) {
            let _ = self.child.wait();
        }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that was free a moment ago.
pub(crate) fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
}

/// A file of the repository.
pub(crate) fn repository(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}
