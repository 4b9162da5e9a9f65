//! The connections to one primary, from when they are made until one breaks or the primary is another.
//!
//! Three kinds, so that none waits for another: what is read to be remembered, over the one that the server's news and
//! the beat come over; what is merely asked; what is changed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use redis::Value;
use redis::aio::MultiplexedConnection;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::address::RedisPlace;
use super::lane::{self, Waiting};
use super::reach::Reach;
use super::seek::NOBODY;
use super::shared::Shared;
use super::step::SCRIPT;
use super::told::Trouble;

/// Most changes that wait for being sent.
const WAITING: usize = 8192;
/// Connections for changes. While one waits for the disk or for replicas, the other gathers.
const LANES: usize = 2;

/// The connections.
pub(super) struct Session {
    pub(super) near: MultiplexedConnection,
    pub(super) asks: MultiplexedConnection,
    pub(super) commits: mpsc::Sender<Waiting>,
    /// How the server calls our script.
    pub(super) script: String,
    /// Which of all connections these are.
    pub(super) epoch: u64,
    /// Too few replicas had the last change: no other is begun until they are back.
    pub(super) alone: AtomicBool,
    ended: AtomicBool,
}

/// A session that was made, when its first beat was sent, and what runs in it.
pub(super) struct Opened {
    pub(super) session: Arc<Session>,
    pub(super) beaten: Instant,
    pub(super) lanes: JoinSet<()>,
}

impl Session {
    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::Release);
    }

    /// One beat: the server is there, is a primary, and has our keys; everything that it told before has come.
    pub(super) async fn beat(&self, probe: &[u8]) -> Result<(), Trouble> {
        beat(&mut self.near.clone(), probe).await
    }
}

async fn beat(connection: &mut MultiplexedConnection, probe: &[u8]) -> Result<(), Trouble> {
    let mut pipe = redis::pipe();
    pipe.cmd("HELLO").cmd("GET").arg(probe);
    let (hello, _): (Value, Value) = pipe.query_async(connection).await?;
    is_primary(&hello)
}

/// Connects to `place`, which must be a primary that is new enough.
pub(super) async fn open(
    shared: &Arc<Shared>,
    reach: &Reach,
    place: &RedisPlace,
) -> Result<Opened, Trouble> {
    let epoch = shared.near.begin();
    let heard = Arc::clone(shared);
    let hear = move |push: redis::PushInfo| {
        heard.near.hear(&push);
        if push.kind == redis::PushKind::Disconnection {
            heard.broken(epoch);
        }
        Ok(())
    };
    let mut near = reach.connect(place, Some(hear)).await?;
    let hello: Value = redis::cmd("HELLO").query_async(&mut near).await?;
    is_new_enough(&hello)?;
    is_primary(&hello)?;
    let mut pipe = redis::pipe();
    pipe.cmd("CLIENT")
        .arg("TRACKING")
        .arg("ON")
        .exec_async(&mut near)
        .await?;
    let beaten = Instant::now();
    beat(&mut near, &shared.probe).await?;
    let asks = reach.connect(place, NOBODY).await?;
    let (commits, queue) = mpsc::channel(WAITING);
    let queue = Arc::new(tokio::sync::Mutex::new(queue));
    let (mut lanes, mut script) = (JoinSet::new(), String::new());
    for _ in 0..LANES {
        let mut lane = reach.connect(place, NOBODY).await?;
        let mut load = redis::cmd("SCRIPT");
        script = load.arg("LOAD").arg(SCRIPT).query_async(&mut lane).await?;
        lanes.spawn(lane::run(
            Arc::clone(shared),
            epoch,
            lane,
            Arc::clone(&queue),
        ));
    }
    let session = Session {
        near,
        asks,
        commits,
        script,
        epoch,
        alone: AtomicBool::new(false),
        ended: AtomicBool::new(false),
    };
    Ok(Opened {
        session: Arc::new(session),
        beaten,
        lanes,
    })
}

/// What HELLO says under this name.
fn said<'a>(hello: &'a Value, name: &str) -> Option<&'a [u8]> {
    let Value::Map(pairs) = hello else {
        return None;
    };
    let text = |value: &'a Value| match value {
        Value::BulkString(text) => Some(text.as_slice()),
        Value::SimpleString(text) => Some(text.as_bytes()),
        _ => None,
    };
    let mut pairs = pairs.iter();
    pairs.find_map(|(key, value)| (text(key)? == name.as_bytes()).then(|| text(value))?)
}

fn is_primary(hello: &Value) -> Result<(), Trouble> {
    match said(hello, "role") {
        Some(b"master" | b"primary") => Ok(()),
        _ => Err(Trouble::look(
            "this Redis is a replica, which takes no writes",
        )),
    }
}

fn is_new_enough(hello: &Value) -> Result<(), Trouble> {
    let version = said(hello, "version").unwrap_or_default();
    let mut numbers = version.split(|byte| *byte == b'.').map(|number| {
        let text = std::str::from_utf8(number).ok();
        text.and_then(|text| text.parse::<u32>().ok()).unwrap_or(0)
    });
    let version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if version >= (6, 2) {
        return Ok(());
    }
    Err(Trouble::look(format!(
        "Redis {}.{} is too old: 6.2 is needed, or Valkey",
        version.0, version.1
    )))
}
