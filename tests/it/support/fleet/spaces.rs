//! Two machines as two network namespaces with one wire between them, which is cut one way or both ways.
//!
//! Nothing outside of the two is touched. Making them needs root, here or by `sudo`; without either the test fails and
//! says so, it is never passed over. What is asked of a program inside goes through a Unix socket, which knows no
//! namespaces.

use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

static COUNT: AtomicU32 = AtomicU32::new(0);

/// The machine of the node.
pub(crate) const NODE: usize = 0;
/// The machine of Redis.
pub(crate) const STORE: usize = 1;
/// Their addresses, of a network for examples.
pub(crate) const ADDRESSES: [&str; 2] = ["192.0.2.1", "192.0.2.2"];

/// What the node's machine does no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Neither hear nor be heard.
    Both,
    /// Hear: what the store says is lost on the way.
    Hearing,
    /// Be heard: what the node says is lost on the way.
    Speaking,
}

/// Two machines; they and whatever runs on them are gone when the value goes.
pub(crate) struct Spaces {
    names: [String; 2],
}

impl Spaces {
    /// Both, and the wire between them.
    pub(crate) fn new() -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = |kind| format!("editkey-{}-{number}-{kind}", std::process::id());
        let spaces = Self {
            names: [name("node"), name("store")],
        };
        for name in &spaces.names {
            run(&["ip", "netns", "add", name]);
        }
        let [node, store] = [&*spaces.names[NODE], &*spaces.names[STORE]];
        run(&[
            "ip", "link", "add", "wire", "netns", node, "type", "veth", "peer", "name", "wire",
            "netns", store,
        ]);
        for (name, address) in spaces.names.iter().zip(ADDRESSES) {
            let address = format!("{address}/30");
            run(&["ip", "-n", name, "address", "add", &address, "dev", "wire"]);
            run(&["ip", "-n", name, "link", "set", "wire", "up"]);
        }
        spaces
    }

    /// `program` on one of the machines, as ourselves.
    pub(crate) fn command(&self, machine: usize, program: &str) -> Command {
        let mut command = as_root(&["ip", "netns", "exec", &self.names[machine]]);
        if !rustix::process::geteuid().is_root() {
            let user = format!("#{}", rustix::process::geteuid().as_raw());
            command.args(["sudo", "-n", "-u", &user]);
        }
        command.arg(program);
        command
    }

    /// Cuts the wire: packets vanish on the way, and nobody is told.
    pub(crate) fn cut(&self, cut: Cut) {
        let node = &*self.names[NODE];
        let hooks: &[&str] = match cut {
            Cut::Both => &["input", "output"],
            Cut::Hearing => &["input"],
            Cut::Speaking => &["output"],
        };
        self.nft(node, "add table inet cut");
        for hook in hooks {
            let chain = format!(
                "add chain inet cut {hook} {{ type filter hook {hook} priority 0; policy drop; }}"
            );
            self.nft(node, &chain);
        }
    }

    /// Mends it.
    pub(crate) fn mend(&self) {
        self.nft(&self.names[NODE], "delete table inet cut");
    }

    #[expect(clippy::unused_self, reason = "the rules are those of our machines")]
    fn nft(&self, machine: &str, rule: &str) {
        run(&["ip", "netns", "exec", machine, "nft", rule]);
    }
}

impl Drop for Spaces {
    fn drop(&mut self) {
        for name in &self.names {
            let within = tried(&["ip", "netns", "pids", name]);
            let ids = String::from_utf8_lossy(&within.stdout).into_owned();
            for id in ids.split_whitespace() {
                let _ = tried(&["kill", "-KILL", id]);
            }
            let _ = tried(&["ip", "netns", "delete", name]);
        }
    }
}

fn as_root(arguments: &[&str]) -> Command {
    let mut command = if rustix::process::geteuid().is_root() {
        Command::new(arguments[0])
    } else {
        let mut sudo = Command::new("sudo");
        sudo.args(["-n", arguments[0]]);
        sudo
    };
    // nft and its like are where only root looks.
    command.env("PATH", with_sbin()).args(&arguments[1..]);
    command
}

fn with_sbin() -> String {
    let path = std::env::var("PATH").unwrap_or_default();
    format!("{path}:/usr/sbin:/sbin")
}

fn tried(arguments: &[&str]) -> Output {
    as_root(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{arguments:?}: {error}; ./test installs it"))
}

fn run(arguments: &[&str]) {
    let output = tried(arguments);
    assert!(
        output.status.success(),
        "{arguments:?}: {}; this test makes network namespaces, as root or by sudo",
        String::from_utf8_lossy(&output.stderr)
    );
}
