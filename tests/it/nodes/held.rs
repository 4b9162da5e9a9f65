//! Sockets held in place of systemd, and servers that are started on them one after the other: the real protocol
//! (`LISTEN_FDS`, `LISTEN_PID`, `NOTIFY_SOCKET`), without systemd as the first process.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Tree, eventually};

const PROGRAM: &str = env!("CARGO_BIN_EXE_editkey");
const PATIENCE: Duration = Duration::from_secs(20);

/// Moves what is its input and its output to where systemd puts sockets, and becomes the server.
const START: &str = r#"exec 3<&0 4<&1 </dev/null >>"$SAID" 2>&1
export LISTEN_FDS="$COUNT" LISTEN_PID="$$"
exec "$@""#;

/// A port and a Unix socket that somebody holds.
pub(super) struct Held {
    pub(super) tree: Arc<Tree>,
    pub(super) address: SocketAddr,
    pub(super) socket: PathBuf,
    tcp: TcpListener,
    unix: UnixListener,
    told: UnixDatagram,
}

impl Held {
    /// The sockets, and a tree whose settings name both and are changed by `change`.
    pub(super) fn new(change: impl FnOnce(&mut Value)) -> Self {
        let tcp = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = tcp.local_addr().expect("its address");
        let mut made = None;
        let tree = Tree::with(|settings| {
            settings["limits"]["new_keys_per_minute"] = json!(0);
            settings["listen"] = json!([address.to_string()]);
            change(settings);
            made = Some(settings.clone());
        });
        let socket = tree.path.join("state/http.sock");
        let mut settings = made.expect("the settings");
        settings["listen"] = json!([address.to_string(), format!("unix:{}", socket.display())]);
        tree.write_settings(&settings);
        let unix = UnixListener::bind(&socket).expect("a socket");
        let told = UnixDatagram::bind(tree.path.join("state/notify")).expect("a socket");
        told.set_read_timeout(Some(PATIENCE)).expect("a limit");
        Self {
            tree: Arc::new(tree),
            address,
            socket,
            tcp,
            unix,
            told,
        }
    }

    /// A server on both, which has said that it serves.
    pub(super) fn start(&self) -> Node {
        let node = self.start_with(2, &["serve"]);
        assert_eq!(self.heard(), "READY=1");
        node
    }

    /// The program with this many of the sockets, and these words.
    pub(super) fn start_with(&self, count: usize, words: &[&str]) -> Node {
        let tcp: OwnedFd = self.tcp.try_clone().expect("one more").into();
        let unix: OwnedFd = self.unix.try_clone().expect("one more").into();
        let mut command = Command::new("sh");
        command.args(["-c", START, "start", PROGRAM]).args(words);
        command.arg("-c").arg(self.tree.settings());
        command
            .env("COUNT", count.to_string())
            .env("SAID", self.tree.path.join("log/said"))
            .env("NOTIFY_SOCKET", self.tree.path.join("state/notify"))
            .stdin(Stdio::from(tcp))
            .stdout(Stdio::from(unix));
        Node(command.spawn().expect("a shell"))
    }

    /// The next thing that a server tells the service manager.
    pub(super) fn heard(&self) -> String {
        let mut buffer = [0; 256];
        let count = self.told.recv(&mut buffer).unwrap_or_else(|error| {
            panic!("nothing was told: {error}: {}", self.said());
        });
        String::from_utf8_lossy(&buffer[..count]).trim().to_owned()
    }

    /// All that servers said.
    pub(super) fn said(&self) -> String {
        fs::read_to_string(self.tree.path.join("log/said")).unwrap_or_default()
    }
}

/// A server that was started so.
pub(super) struct Node(Child);

impl Node {
    /// One with these settings and this state; at `held`, or at a socket of its own.
    pub(super) fn at(
        settings: &Path,
        state: &Path,
        said: &Path,
        held: Option<&TcpListener>,
    ) -> Self {
        let mut command = match held {
            Some(listener) => {
                let listener: OwnedFd = listener.try_clone().expect("one more").into();
                let mut command = Command::new("sh");
                command.args(["-c", START, "start", PROGRAM]);
                command.env("COUNT", "1").stdin(Stdio::from(listener));
                command
            }
            None => Command::new(PROGRAM),
        };
        command.args(["serve", "-c"]).arg(settings);
        command.env("SAID", said).env("STATE_DIRECTORY", state);
        let log = fs::File::options().create(true).append(true).open(said);
        let log = log.expect("a log");
        command.stdout(log.try_clone().expect("one log for both"));
        Self(command.stderr(log).spawn().expect("the program"))
    }

    /// Ends it at once, as a power cut would.
    pub(super) fn kill(&mut self) {
        self.0.kill().expect("the kill");
        self.0.wait().expect("its end");
    }

    /// Tells it to end.
    pub(super) fn told_to_end(&self) {
        let told = Command::new("kill").arg(self.0.id().to_string()).status();
        assert!(told.expect("kill").success());
    }

    /// How it ended.
    pub(super) fn ended(&mut self) -> ExitStatus {
        let mut status = None;
        eventually("the server ends", PATIENCE, || {
            status = self.0.try_wait().expect("its state");
            status.is_some()
        });
        status.expect("a status")
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
