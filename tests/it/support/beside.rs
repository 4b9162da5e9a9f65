//! Other programs beside the server: a proxy, a host application, a browser. Each ends with its value, and no other does.

use std::fs;
use std::io::Read as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{self, UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use super::eventually;

/// The ports for programs beside: above the one at 10,080 that browsers refuse, below what Linux hands out by itself.
const LOWEST: u16 = 10_100;
const HIGHEST: u16 = 32_700;
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

/// A port that was free a moment ago, and that nobody is given by chance until it is listened at: it lies below those
/// that the kernel hands out, to connections and to whoever asks for any. No other test is given it as long as this process
/// lives, and a server that is killed finds it again.
pub(crate) fn free_address() -> SocketAddr {
    free_pair(0).0
}

/// Such a port, and the one that lies `apart` above it.
pub(crate) fn free_pair(apart: u16) -> (SocketAddr, SocketAddr) {
    let mut random = fs::File::open("/dev/urandom").expect("the kernel's generator");
    for _ in 0..1_000 {
        let mut drawn = [0; 2];
        random.read_exact(&mut drawn).expect("two bytes");
        let [port, other] = [0, apart]
            .map(|more| LOWEST + more + u16::from_le_bytes(drawn) % (HIGHEST - LOWEST - apart));
        let [first, second] = [port, other].map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
        let free = |address: SocketAddr| ours(address) && TcpListener::bind(address).is_ok();
        if free(first) && (apart == 0 || free(second)) {
            return (first, second);
        }
    }
    panic!("no port is free from {LOWEST} to {HIGHEST}");
}

/// Whether nobody else was given this port; from now on it is ours. Its name in the kernel's own room for sockets says so,
/// which ends with this process.
fn ours(address: SocketAddr) -> bool {
    static HELD: Mutex<Vec<UnixListener>> = Mutex::new(Vec::new());
    let name = format!("editkey-test-port-{}", address.port());
    let name = net::SocketAddr::from_abstract_name(name).expect("a short name");
    let Ok(held) = UnixListener::bind_addr(&name) else {
        return false;
    };
    HELD.lock().expect("no panic").push(held);
    true
}

/// A file of the repository.
pub(crate) fn repository(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}
