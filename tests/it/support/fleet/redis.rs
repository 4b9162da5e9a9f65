//! Real Redis servers: one alone, or a primary with replicas and the sentinels that watch it.

use std::fs;
use std::io::{Seek as _, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::super::beside::{Beside, free_address};
use super::super::eventually;
use super::paused::Paused;
use super::sentinel::{NAME, sentinel};

/// Longest that a failover may take: sentinels on a busy machine may need several elections, four seconds apart.
const FAILOVER: Duration = Duration::from_secs(60);
/// When a sentinel is asked again to begin.
const AGAIN: Duration = Duration::from_secs(5);

/// A server, and where it keeps its data.
struct Server {
    address: SocketAddr,
    folder: PathBuf,
    running: Mutex<Option<Beside>>,
}

/// Servers, each write of which is on the disk before its answer.
pub(crate) struct Servers {
    all: Vec<Server>,
    sentinels: Vec<Beside>,
    _folder: tempfile::TempDir,
}

impl Servers {
    /// One server.
    pub(crate) fn one() -> Self {
        Self::of(1, 0)
    }

    /// A primary, two replicas, and three sentinels of which two must agree.
    pub(crate) fn watched() -> Self {
        let servers = Self::of(3, 3);
        eventually("both replicas follow", FAILOVER, || {
            told(servers.primary(), &["INFO", "replication"]).contains("connected_slaves:2")
        });
        eventually("the sentinels know each other", FAILOVER, || {
            servers.sentinels.iter().all(|sentinel| {
                let known = told(sentinel.address, &["SENTINEL", "MASTER", NAME]);
                known.contains("num-other-sentinels\n2") && known.contains("num-slaves\n2")
            })
        });
        servers
    }

    fn of(count: usize, sentinels: usize) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("editkey-redis-")
            .tempdir()
            .expect("a folder");
        let servers: Vec<Server> = (0..count)
            .map(|at| {
                let own = folder.path().join(format!("server-{at}"));
                fs::create_dir(&own).expect("a folder");
                Server {
                    address: free_address(),
                    folder: own,
                    running: Mutex::new(None),
                }
            })
            .collect();
        for (at, server) in servers.iter().enumerate() {
            server.start((at > 0).then(|| servers[0].address));
        }
        let watching = (0..sentinels)
            .map(|at| {
                sentinel(
                    &folder.path().join(format!("sentinel-{at}")),
                    servers[0].address,
                )
            })
            .collect();
        Self {
            all: servers,
            sentinels: watching,
            _folder: folder,
        }
    }

    /// What `store` in the settings says.
    pub(crate) fn url(&self) -> String {
        if self.sentinels.is_empty() {
            return format!("redis://{}", self.all[0].address);
        }
        let all: Vec<String> = self
            .sentinels
            .iter()
            .map(|sentinel| sentinel.address.to_string())
            .collect();
        format!("redis+sentinel://{}/{NAME}", all.join(","))
    }

    /// Who the primary is, as a majority of the sentinels says.
    pub(crate) fn primary(&self) -> SocketAddr {
        if self.sentinels.is_empty() {
            return self.all[0].address;
        }
        let half = self.sentinels.len() / 2;
        let said: Vec<SocketAddr> = self
            .sentinels
            .iter()
            .filter_map(|sentinel| primary_of(sentinel.address))
            .collect();
        let agreed = said
            .iter()
            .find(|one| said.iter().filter(|other| other == one).count() > half);
        *agreed.unwrap_or_else(|| panic!("the sentinels do not agree: {said:?}"))
    }

    /// What the primary answers.
    pub(crate) fn told(&self, words: &[&str]) -> String {
        told(self.primary(), words)
    }

    /// Writes a word and returns once `replicas` others have it: `WAIT` counts what its own connection wrote.
    pub(crate) fn written(&self, word: &str, value: &str, replicas: usize) {
        let script = format!("SET {word} {value}\nWAIT {replicas} 30000\n");
        let mut command = Command::new("redis-cli");
        command.args(["-h", &self.primary().ip().to_string(), "-p"]);
        command.args([&self.primary().port().to_string(), "--raw"]);
        let said = fed(&mut command, &script);
        let answers: Vec<&str> = said.lines().collect();
        assert_eq!(answers, ["OK", &replicas.to_string()], "{word}");
    }

    fn server(&self, address: SocketAddr) -> &Server {
        let found = self.all.iter().find(|one| one.address == address);
        found.expect("a server of ours")
    }

    /// Kills the primary and starts it again at once, before anybody else takes its place.
    pub(crate) fn restart(&self) {
        let server = self.server(self.primary());
        server.kill();
        server.start(None);
    }

    /// Hands over to a replica, while the primary runs.
    pub(crate) fn hand_over(&self) {
        let before = self.primary();
        let sentinel = self.sentinels[0].address;
        // A sentinel that gave up, for want of a replica that it has heard of lately, does not begin again by itself.
        let mut asked: Option<Instant> = None;
        eventually("another is the primary", FAILOVER, || {
            if asked.is_none_or(|asked| asked.elapsed() > AGAIN) {
                told(sentinel, &["SENTINEL", "FAILOVER", NAME]);
                asked = Some(Instant::now());
            }
            primary_of(sentinel) != Some(before)
        });
        self.until_another(before);
    }

    /// Kills the primary; a replica takes its place; the old one comes back as a replica.
    pub(crate) fn fail_over(&self) {
        let before = self.primary();
        let server = self.server(before);
        server.kill();
        self.until_another(before);
        server.start(None);
        self.until_whole();
    }

    fn until_another(&self, before: SocketAddr) {
        eventually("another is the primary, and all agree", FAILOVER, || {
            self.sentinels.iter().all(|sentinel| {
                primary_of(sentinel.address)
                    .is_some_and(|now| now != before && told(now, &["ROLE"]).starts_with("master"))
            })
        });
        if self.server(before).running.lock().expect("it").is_some() {
            self.until_whole();
        }
    }

    /// All replicas follow the primary.
    fn until_whole(&self) {
        eventually("all replicas follow again", FAILOVER, || {
            let said = self.told(&["INFO", "replication"]);
            said.contains("connected_slaves:2") && said.matches("state=online").count() == 2
        });
    }

    /// Stops the only server in the middle of what it does; it runs on when the value goes.
    pub(crate) fn paused(&self) -> Paused {
        let running = self.all[0].running.lock().expect("it");
        let id = running.as_ref().expect("it runs").id();
        Paused::new(id)
    }

    /// Ends the only server at once.
    pub(crate) fn kill(&self) {
        self.all[0].kill();
    }

    /// Starts it again on what it has on its disk.
    pub(crate) fn again(&self) {
        self.all[0].start(None);
    }
}

impl Server {
    fn start(&self, of: Option<SocketAddr>) {
        let port = self.address.port().to_string();
        let mut command = Command::new("redis-server");
        command
            .args(["--port", &port, "--bind", "127.0.0.1", "--save", ""])
            .args([
                "--appendonly",
                "yes",
                "--appendfsync",
                "always",
                "--repl-diskless-sync-delay",
                "0",
            ])
            .arg("--dir")
            .arg(&self.folder);
        if let Some(primary) = of {
            command.args([
                "--replicaof",
                &format!("{} {}", primary.ip(), primary.port()),
            ]);
        }
        let said = self.folder.with_extension("log");
        let started = Beside::start(&mut command, self.address, &said);
        *self.running.lock().expect("it") = Some(started);
        eventually("Redis has read its data", FAILOVER, || {
            told(self.address, &["PING"]).contains("PONG")
        });
    }

    fn kill(&self) {
        self.running.lock().expect("it").take();
    }
}

/// Who the primary is, as one of the sentinels says.
fn primary_of(sentinel: SocketAddr) -> Option<SocketAddr> {
    let said = told(sentinel, &["SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME]);
    said.trim().replace('\n', ":").parse().ok()
}

/// What a program says of what it reads.
fn fed(command: &mut Command, text: &str) -> String {
    let mut input = tempfile::tempfile().expect("a file");
    input.write_all(text.as_bytes()).expect("written");
    input.rewind().expect("its beginning");
    let output = command.stdin(input).output().expect("it runs");
    String::from_utf8_lossy(&output.stdout).replace('\r', "")
}

/// What `redis-cli` says there; nothing where nobody answers.
pub(crate) fn told(address: SocketAddr, words: &[&str]) -> String {
    let port = address.port().to_string();
    let output = Command::new("redis-cli")
        .args(["-h", &address.ip().to_string(), "-p", &port, "--raw"])
        .args(words)
        .output()
        .expect("redis-cli");
    String::from_utf8_lossy(&output.stdout).replace('\r', "")
}
