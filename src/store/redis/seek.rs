//! Finding the server that takes writes.
//!
//! Sentinels: a majority of those in the settings must name the same one. Any two majorities share a sentinel, so once
//! one node has been told of a new primary, no node is told of the old one any more.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use redis::Value;
use redis::aio::MultiplexedConnection;
use tokio::task::JoinSet;

use super::address::{RedisPlace, StoreAddress, Where};
use super::reach::Reach;
use super::session::text;
use super::told::Trouble;

/// Nodes of a cluster that do not answer are not waited for longer, once one has.
const CLUSTER_PATIENCE: Duration = Duration::from_millis(300);

/// Who knows where the primary is.
pub(super) struct Seeker {
    at: Where,
    reach: Arc<Reach>,
    /// Connections to sentinels, in their order.
    sentinels: Vec<Option<MultiplexedConnection>>,
    /// Nodes of the cluster that were heard of.
    heard: Vec<(String, u16)>,
    limit: Duration,
    probe: Vec<u8>,
}

/// Where the primary is, and when who knows was asked; `None` where nobody need be.
pub(super) struct Found {
    pub(super) place: RedisPlace,
    pub(super) asked: Option<Instant>,
}

type Host = (String, u16);

impl Seeker {
    pub(super) fn new(address: &StoreAddress, probe: &[u8], limit: Duration) -> Self {
        let reach = match &address.at {
            Where::Sentinel { .. } => Reach::sentinels(address, limit),
            Where::Server(_) | Where::Cluster(_) => Reach::servers(address, limit),
        };
        Self {
            at: address.at.clone(),
            reach: Arc::new(reach),
            sentinels: Vec::new(),
            heard: Vec::new(),
            limit,
            probe: probe.to_vec(),
        }
    }

    /// Whether what it says must be asked again while a session lasts.
    pub(super) fn is_asked_again(&self) -> bool {
        matches!(self.at, Where::Sentinel { .. })
    }

    /// Where the primary is at this moment.
    pub(super) async fn find(&mut self) -> Result<Found, Trouble> {
        match self.at.clone() {
            Where::Server(place) => Ok(Found { place, asked: None }),
            Where::Sentinel { name, sentinels } => {
                let asked = Instant::now();
                let (host, port) = self.majority(&name, &sentinels).await?;
                Ok(Found {
                    place: RedisPlace::Tcp(host, port),
                    asked: Some(asked),
                })
            }
            Where::Cluster(seeds) => {
                let (host, port) = self.owner(&seeds).await?;
                Ok(Found {
                    place: RedisPlace::Tcp(host, port),
                    asked: None,
                })
            }
        }
    }

    /// What a majority of the sentinels says.
    async fn majority(&mut self, name: &str, sentinels: &[Host]) -> Result<Host, Trouble> {
        self.sentinels.resize(sentinels.len(), None);
        let mut asking = JoinSet::new();
        for (number, (sentinel, known)) in sentinels.iter().zip(&mut self.sentinels).enumerate() {
            let (sentinel, known) = (sentinel.clone(), known.take());
            let (reach, name, limit) = (Arc::clone(&self.reach), name.to_owned(), self.limit);
            asking.spawn(async move {
                let asked = ask_sentinel(&reach, known, sentinel, &name);
                let told = tokio::time::timeout(limit, asked).await;
                (
                    number,
                    told.unwrap_or_else(|_| Err(Trouble::look("no answer in time"))),
                )
            });
        }
        let mut votes: HashMap<Host, usize> = HashMap::new();
        let mut why: Option<Arc<str>> = None;
        while let Some(Ok((number, told))) = asking.join_next().await {
            match told {
                Ok((host, connection)) => {
                    if let Some(place) = self.sentinels.get_mut(number) {
                        *place = Some(connection);
                    }
                    let count = votes.entry(host.clone()).or_default();
                    *count += 1;
                    if *count > sentinels.len() / 2 {
                        return Ok(host);
                    }
                }
                Err(trouble) => why = Some(trouble.why),
            }
        }
        let most = votes.values().max().copied().unwrap_or(0);
        let why = why.map(|why| format!(" ({why})")).unwrap_or_default();
        Err(Trouble::look(format!(
            "{most} of {} sentinels name the same primary; more than half must{why}",
            sentinels.len()
        )))
    }

    /// The node that most of the cluster's nodes say has our keys.
    async fn owner(&mut self, seeds: &[Host]) -> Result<Host, Trouble> {
        let mut nodes = seeds.to_vec();
        nodes.extend(
            self.heard
                .iter()
                .filter(|node| !seeds.contains(node))
                .cloned(),
        );
        let mut asking = JoinSet::new();
        for node in nodes {
            let (reach, probe) = (Arc::clone(&self.reach), self.probe.clone());
            asking.spawn(async move { ask_node(&reach, node, &probe).await });
        }
        let mut votes: HashMap<Host, usize> = HashMap::new();
        let mut why: Arc<str> = "no node of the Redis cluster answers".into();
        let mut patience = self.limit;
        while let Ok(Some(Ok(told))) = tokio::time::timeout(patience, asking.join_next()).await {
            match told {
                Ok((owner, others)) => {
                    *votes.entry(owner).or_default() += 1;
                    self.heard = others;
                    patience = patience.min(CLUSTER_PATIENCE);
                }
                Err(trouble) => why = trouble.why,
            }
        }
        let most = votes.into_iter().max_by_key(|(_, count)| *count);
        most.map(|(host, _)| host).ok_or_else(|| Trouble::look(why))
    }
}

/// Whom this sentinel names, over the connection that is known, or a new one.
async fn ask_sentinel(
    reach: &Reach,
    known: Option<MultiplexedConnection>,
    (host, port): Host,
    name: &str,
) -> Result<(Host, MultiplexedConnection), Trouble> {
    let mut ask = redis::cmd("SENTINEL");
    ask.arg("GET-MASTER-ADDR-BY-NAME").arg(name);
    if let Some(mut connection) = known
        && let Ok(Some(named)) = ask.query_async(&mut connection).await
    {
        return Ok((named, connection));
    }
    let place = RedisPlace::Tcp(host, port);
    let mut connection = reach.connect(&place, NOBODY).await?;
    match ask.query_async(&mut connection).await? {
        Some(named) => Ok((named, connection)),
        None => Err(Trouble::look(
            "a sentinel does not know a primary of this name",
        )),
    }
}

/// Nobody hears what the server tells by itself.
pub(super) const NOBODY: Option<fn(redis::PushInfo) -> Result<(), ()>> = None;

/// Which node this one says has our keys, and all nodes it knows.
async fn ask_node(reach: &Reach, node: Host, probe: &[u8]) -> Result<(Host, Vec<Host>), Trouble> {
    let place = RedisPlace::Tcp(node.0.clone(), node.1);
    let mut connection = reach.connect(&place, NOBODY).await?;
    let mut pipe = redis::pipe();
    pipe.cmd("CLUSTER").arg("KEYSLOT").arg(probe);
    pipe.cmd("CLUSTER").arg("SLOTS");
    let (slot, slots): (i64, Vec<Vec<Value>>) = pipe.query_async(&mut connection).await?;
    let (mut owner, mut others) = (None, Vec::new());
    for range in &slots {
        let [Value::Int(first), Value::Int(last), nodes @ ..] = range.as_slice() else {
            continue;
        };
        let nodes = nodes.iter().filter_map(|value| named(value, &node.0));
        for (number, host) in nodes.enumerate() {
            if number == 0 && (*first..=*last).contains(&slot) {
                owner = Some(host.clone());
            }
            if !others.contains(&host) {
                others.push(host);
            }
        }
    }
    let owner = owner.ok_or_else(|| Trouble::look("no node of the Redis cluster has our keys"))?;
    Ok((owner, others))
}

/// A node in the answer to CLUSTER SLOTS; one without a host is the one that was asked.
fn named(value: &Value, asked: &str) -> Option<Host> {
    let Value::Array(words) = value else {
        return None;
    };
    let [host, Value::Int(port), ..] = words.as_slice() else {
        return None;
    };
    let host = std::str::from_utf8(text(host).unwrap_or_default()).ok()?;
    let host = match host {
        "" | "?" => asked,
        host => host,
    };
    Some((host.to_owned(), u16::try_from(*port).ok()?))
}
