//! A real Redis on a free port, for as long as its value lives.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use editkey::store::redis::{Link, Options, RedisPlace, StoreAddress, Where};

use super::beside::{Beside, free_address};

/// A server.
pub(crate) struct Redis {
    address: SocketAddr,
    running: Option<Beside>,
}

impl Redis {
    /// One that keeps what it is told in its own folder here, also where it is stopped and started again.
    pub(crate) fn start(folder: &Path) -> Self {
        let mut redis = Self {
            address: free_address(),
            running: None,
        };
        redis.start_again(folder);
        redis
    }

    pub(crate) fn start_again(&mut self, folder: &Path) {
        let mut command = Command::new("redis-server");
        command
            .args(["--bind", "127.0.0.1", "--save", ""])
            .args(["--appendonly", "yes", "--port"])
            .arg(self.address.port().to_string())
            .arg("--dir")
            .arg(folder);
        let said = folder.join("redis-said");
        self.running = Some(Beside::start(&mut command, self.address, &said));
    }

    pub(crate) fn stop(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.end();
        }
    }

    /// A node's way to it.
    pub(crate) fn link(&self) -> Link {
        let (host, port) = (self.address.ip().to_string(), self.address.port());
        let address = StoreAddress {
            at: Where::Server(RedisPlace::Tcp(host, port)),
            tls: None,
            database: 0,
            user: None,
            password: None,
            sentinel_password: None,
        };
        let options = Options {
            prefix: "editkey".to_owned(),
            stale: Duration::from_secs(1),
            within: Duration::from_secs(2),
            cache: 1 << 20,
            replicas: 0,
        };
        Link::to(address, &options)
    }

    /// What it answers to one command.
    pub(crate) fn say(&self, command: &[&str]) -> String {
        let said = Command::new("redis-cli")
            .arg("-p")
            .arg(self.address.port().to_string())
            .args(command)
            .output()
            .expect("redis-cli");
        assert!(said.status.success(), "{said:?}");
        String::from_utf8(said.stdout)
            .expect("text")
            .trim()
            .to_owned()
    }
}
