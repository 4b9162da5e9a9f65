//! Real Redis servers on loopback: one, some with a password or TLS, a primary with replicas and sentinels, a cluster.
//! Each ends with its value, and its folder with it.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use editkey::store::redis::{Link, Options, RedisPlace, StoreAddress, Where};
use tempfile::TempDir;

use super::beside::free_pair;

/// Longest start.
const STARTING: Duration = Duration::from_secs(20);

/// A server.
pub(crate) struct Redis {
    child: Option<Child>,
    pub(crate) port: u16,
    pub(crate) folder: TempDir,
    words: Vec<String>,
    /// What `redis-cli` must say to be let in.
    cli: Vec<String>,
}

impl Redis {
    /// One that keeps nothing on its disk.
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    /// The same with these words more on its command line; `{folder}` in them stands for its folder.
    pub(crate) fn with(words: &[&str]) -> Self {
        Self::with_cli(words, &[])
    }

    /// The same, where `redis-cli` needs words of its own to be let in.
    pub(crate) fn with_cli(words: &[&str], cli: &[&str]) -> Self {
        Self::in_folder(tempfile::tempdir().expect("a folder"), words, cli)
    }

    /// The same in a folder where its files are already.
    pub(crate) fn in_folder(folder: TempDir, words: &[&str], cli: &[&str]) -> Self {
        let at = folder.path().display().to_string();
        let fill = |words: &[&str]| -> Vec<String> {
            let words = words.iter();
            words.map(|word| word.replace("{folder}", &at)).collect()
        };
        let (words, cli) = (fill(words), fill(cli));
        let mut redis = Self {
            child: None,
            port: free_port(),
            folder,
            words,
            cli,
        };
        redis.start_again();
        redis
    }

    /// Its address.
    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// Its host and port, as settings name them.
    pub(crate) fn host(&self) -> (String, u16) {
        ("127.0.0.1".to_owned(), self.port)
    }

    /// Starts it where it was, with what it kept on its disk. It answers when this returns.
    pub(crate) fn start_again(&mut self) {
        assert!(self.child.is_none(), "it runs");
        let log = fs::File::options()
            .append(true)
            .create(true)
            .open(self.log());
        let log = log.expect("a log");
        let mut command = Command::new("redis-server");
        // A file of settings stands first.
        let is_file = |word: &&String| word.ends_with("/sentinel.conf");
        let (file, more): (Vec<_>, Vec<_>) = self.words.iter().partition(is_file);
        command.args(file).args(["--bind", "127.0.0.1", "--dir"]);
        command.arg(self.folder.path()).args(["--save", ""]);
        if !more.iter().any(|word| *word == "--port") {
            command.arg("--port").arg(self.port.to_string());
        }
        let child = command
            .args(more)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("one log for both"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}; ./test installs it"));
        self.child = Some(child);
        let begun = Instant::now();
        while !self.answers() {
            let ended = self.child.as_mut().expect("a child").try_wait();
            assert!(
                ended.expect("its state").is_none() && begun.elapsed() < STARTING,
                "{command:?}: {}",
                fs::read_to_string(self.log()).unwrap_or_default()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("said")
    }

    fn answers(&self) -> bool {
        let said = self.cli().arg("PING").output().expect("redis-cli");
        String::from_utf8_lossy(&said.stdout).trim() == "PONG"
    }

    /// Kills it, as a crash would.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("killed");
            child.wait().expect("gone");
        }
    }

    /// Stops it where it is: connections stay, nothing is answered.
    pub(crate) fn pause(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on.
    pub(crate) fn resume(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let child = self.child.as_ref().expect("it runs");
        let told = Command::new("kill")
            .arg(signal)
            .arg(child.id().to_string())
            .status();
        assert!(told.expect("kill").success());
    }

    /// What it answers to a command, as `redis-cli` prints it.
    pub(crate) fn run(&self, words: &[&str]) -> String {
        let said = self.cli().args(words).output().expect("redis-cli");
        String::from_utf8_lossy(&said.stdout).trim_end().to_owned()
    }

    fn cli(&self) -> Command {
        let mut command = Command::new("redis-cli");
        command
            .args(["--no-auth-warning", "-p"])
            .arg(self.port.to_string());
        command.args(&self.cli);
        command
    }

    /// Its address for the store.
    pub(crate) fn store(&self) -> StoreAddress {
        let (host, port) = self.host();
        store_at(Where::Server(RedisPlace::Tcp(host, port)))
    }

    /// A link to it with the usual options.
    pub(crate) fn link(&self) -> Link {
        Link::to(self.store(), &options())
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A store at these servers, open to everyone.
pub(crate) fn store_at(at: Where) -> StoreAddress {
    StoreAddress {
        at,
        tls: None,
        database: 0,
        user: None,
        password: None,
        sentinel_password: None,
    }
}

/// The usual options.
pub(crate) fn options() -> Options {
    Options {
        prefix: "editkey".to_owned(),
        stale: Duration::from_secs(1),
        within: Duration::from_secs(2),
        cache: 64 << 20,
        replicas: 0,
    }
}

/// A port that is free, as is the one that a cluster's nodes talk at.
pub(crate) fn free_port() -> u16 {
    free_pair(10_000).0.port()
}
