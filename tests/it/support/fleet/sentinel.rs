//! Sentinels that watch Redis servers, quicker than they do by themselves.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use super::super::beside::{Beside, free_address};
use super::redis::told;

/// What the sentinels call the servers that they watch.
pub(super) const NAME: &str = "editkey";
/// Sentinels ask and tell each other ten times as often as they do by themselves: the tests wait for them.
pub(crate) const QUICK: [&str; 6] = [
    "INFO-PERIOD",
    "500",
    "PUBLISH-PERIOD",
    "200",
    "ASK-PERIOD",
    "200",
];

/// One that watches `primary`; two must agree.
pub(super) fn sentinel(folder: &Path, primary: SocketAddr) -> Beside {
    fs::create_dir(folder).expect("a folder");
    let address = free_address();
    let (port, home) = (address.port(), folder.to_str().expect("UTF-8"));
    let (host, at) = (primary.ip(), primary.port());
    let text = format!(
        "port {port}\nbind 127.0.0.1\ndir {home}\nsentinel monitor {NAME} {host} {at} 2\n\
         sentinel down-after-milliseconds {NAME} 1000\nsentinel failover-timeout {NAME} 2000\nsentinel parallel-syncs {NAME} 2\n"
    );
    let path = folder.join("sentinel.conf");
    fs::write(&path, text).expect("its configuration");
    let mut command = Command::new("redis-server");
    command.arg(&path).arg("--sentinel");
    let sentinel = Beside::start(&mut command, address, &folder.join("log"));
    let said = told(address, &[&["SENTINEL", "DEBUG"], &QUICK[..]].concat());
    assert_eq!(said.trim(), "OK", "SENTINEL DEBUG");
    sentinel
}
