//! Redis servers that stand in for each other: a primary with replicas and sentinels, and a cluster.

use std::fs;
use std::time::Duration;

use editkey::store::redis::{StoreAddress, Where};

use super::eventually;
use super::fleet::sentinel::QUICK;
use super::redis::{Redis, store_at};

/// Longest wait for a group to come together.
const PATIENCE: Duration = Duration::from_secs(60);

/// A primary, two replicas, and three sentinels who replace it half a second after it is silent.
pub(crate) struct Sentinels {
    pub(crate) servers: Vec<Redis>,
    pub(crate) sentinels: Vec<Redis>,
}

/// What the sentinels call the group.
pub(crate) const NAME: &str = "ours";

impl Sentinels {
    pub(crate) fn start() -> Self {
        let primary = Redis::with(&["--repl-diskless-sync-delay", "0"]);
        let port = primary.port.to_string();
        let replica = || Redis::with(&["--replicaof", "127.0.0.1", &port]);
        let servers = vec![primary, replica(), replica()];
        eventually("two replicas are with the primary", PATIENCE, || {
            let said = servers[0].run(&["INFO", "replication"]);
            said.matches("state=online").count() == 2
        });
        let sentinels: Vec<Redis> = (0..3).map(|_| sentinel(&port)).collect();
        let group = Self { servers, sentinels };
        eventually(
            "the sentinels know each other and the replicas",
            PATIENCE,
            || {
                group.sentinels.iter().all(|sentinel| {
                    let said = sentinel.run(&["INFO", "sentinel"]);
                    said.contains("slaves=2") && said.contains("sentinels=3")
                })
            },
        );
        group
    }

    /// The address for the store.
    pub(crate) fn store(&self) -> StoreAddress {
        store_at(Where::Sentinel {
            name: NAME.to_owned(),
            sentinels: self.sentinels.iter().map(Redis::host).collect(),
        })
    }
}

fn sentinel(port: &str) -> Redis {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("sentinel.conf");
    let text = format!(
        "sentinel monitor {NAME} 127.0.0.1 {port} 2\n\
         sentinel down-after-milliseconds {NAME} 500\n\
         sentinel failover-timeout {NAME} 2000\n"
    );
    fs::write(&file, text).expect("a file of settings");
    let sentinel = Redis::in_folder(folder, &["{folder}/sentinel.conf", "--sentinel"], &[]);
    sentinel.run(&[&["SENTINEL", "DEBUG"], &QUICK[..]].concat());
    sentinel
}

/// Three primaries with a replica each, who are replaced a second after they are silent.
pub(crate) struct Cluster {
    pub(crate) nodes: Vec<Redis>,
}

impl Cluster {
    pub(crate) fn start() -> Self {
        let words = [
            "--cluster-enabled",
            "yes",
            "--cluster-node-timeout",
            "1000",
            "--repl-diskless-sync-delay",
            "0",
        ];
        let nodes: Vec<Redis> = (0..6).map(|_| Redis::with(&words)).collect();
        let mut create = vec!["--cluster".to_owned(), "create".to_owned()];
        create.extend(nodes.iter().map(|node| node.address().to_string()));
        create.extend(["--cluster-replicas", "1", "--cluster-yes"].map(str::to_owned));
        let create: Vec<&str> = create.iter().map(String::as_str).collect();
        let said = nodes[0].run(&create);
        let cluster = Self { nodes };
        eventually(&format!("the cluster is whole: {said}"), PATIENCE, || {
            cluster.nodes.iter().all(|node| {
                let info = node.run(&["CLUSTER", "INFO"]);
                let replication = node.run(&["INFO", "replication"]);
                info.contains("cluster_state:ok")
                    && (replication.contains("state=online")
                        || replication.contains("master_link_status:up"))
            })
        });
        cluster
    }

    /// The number of the node that has our keys, as those say who run.
    pub(crate) fn owner(&self) -> usize {
        let slot: u32 = self
            .ask(&["CLUSTER", "KEYSLOT", "{editkey}:x"])
            .parse()
            .expect("a slot");
        let nodes = self.ask(&["CLUSTER", "NODES"]);
        let line = nodes
            .lines()
            .find(|line| has(line, slot))
            .expect("an owner");
        let at = |node: &Redis| line.contains(&format!(":{}@", node.port));
        self.nodes.iter().position(at).expect("one of ours")
    }

    fn ask(&self, words: &[&str]) -> String {
        let mut said = self.nodes.iter().map(|node| node.run(words));
        said.find(|said| !said.is_empty() && !said.contains("refused"))
            .expect("a node that runs")
    }

    /// The address for the store, which names every other node.
    pub(crate) fn store(&self) -> StoreAddress {
        store_at(Where::Cluster(
            self.nodes.iter().step_by(2).map(Redis::host).collect(),
        ))
    }
}

/// Whether a line of CLUSTER NODES says that a primary that is well has this slot.
fn has(line: &str, slot: u32) -> bool {
    if !line.contains("master") || line.contains("fail") {
        return false;
    }
    line.split(' ').skip(8).any(|range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let bounds = (first.parse::<u32>(), last.parse::<u32>());
        matches!(bounds, (Ok(first), Ok(last)) if (first..=last).contains(&slot))
    })
}
