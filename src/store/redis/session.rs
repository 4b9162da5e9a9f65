//! The connections to one primary, from when they are made until one breaks or the primary is another.
//!
//! Three kinds, so that none waits for another: what is read to be remembered, over the one that the server's news and
//! the beat come over; what is merely asked; what is changed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use redis::aio::MultiplexedConnection;
use redis::{PushInfo, PushKind, ServerError, ServerErrorKind, Value};
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::address::RedisPlace;
use super::change::Outcome;
use super::lane::{self, Waiting};
use super::reach::Reach;
use super::shared::Shared;
use super::step::Call;
use super::told::Trouble;

/// Most changes that wait for being sent.
const WAITING: usize = 8192;
/// Connections for changes. A server reads no more than a part of what waits in one before it writes to its disk.
const LANES: usize = 4;

/// The connections.
pub(super) struct Session {
    pub(super) near: MultiplexedConnection,
    pub(super) asks: MultiplexedConnection,
    /// Those for changes, in turn.
    pub(super) lanes: Vec<MultiplexedConnection>,
    turn: AtomicUsize,
    /// Changes that wait for being sent together, where replicas are waited for.
    queue: mpsc::Sender<Waiting>,
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
    pub(super) tasks: JoinSet<()>,
}

impl Session {
    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::Release);
    }

    /// Does the change that `call` is, which writes something or only compares.
    pub(super) async fn change(
        &self,
        shared: &Shared,
        call: Call,
        writes: bool,
    ) -> Result<Outcome, Trouble> {
        let lane = || {
            let turn = self.turn.fetch_add(1, Ordering::Relaxed) % LANES;
            self.lanes.get(turn).cloned().ok_or_else(broke)
        };
        let call = match call {
            Call::Fresh(fresh) => return lane::fresh(shared, self.epoch, lane()?, fresh).await,
            Call::Script(call) => call,
        };
        if shared.options.replicas == 0 {
            return lane::one(shared, self.epoch, lane()?, call).await;
        }
        let (answer, answered) = oneshot::channel();
        match self.queue.try_send(Waiting {
            call,
            writes,
            answer,
        }) {
            Ok(()) => answered.await.map_err(|_| broke())?,
            Err(TrySendError::Full(_)) => Err(Trouble::later("too many requests wait for Redis")),
            Err(TrySendError::Closed(_)) => Err(broke()),
        }
    }

    /// One beat: the server is there, is a primary, and has our keys; everything that it told before has come.
    pub(super) async fn beat(&self, probe: &[u8]) -> Result<(), Trouble> {
        beat(&mut self.near.clone(), probe).await
    }
}

async fn beat(connection: &mut MultiplexedConnection, probe: &[u8]) -> Result<(), Trouble> {
    let mut pipe = redis::pipe();
    pipe.cmd("HELLO").cmd("GET").arg(probe).ignore_errors();
    let answers = connection.send_packed_commands(&pipe, 0, 2).await?;
    for answer in &answers {
        if let Value::ServerError(error) = answer
            && !is_moving(error)
        {
            return Err(error.into());
        }
    }
    is_primary(answers.first().unwrap_or(&Value::Nil))
}

/// Whether this server has our keys still, while a cluster moves them one by one.
fn is_moving(error: &ServerError) -> bool {
    matches!(
        error.kind(),
        Some(ServerErrorKind::Ask | ServerErrorKind::TryAgain)
    )
}

fn broke() -> Trouble {
    Trouble::look("the connection to Redis broke")
}

/// Connects to `place`, which must be a primary that is new enough.
pub(super) async fn open(
    shared: &Arc<Shared>,
    reach: &Reach,
    place: &RedisPlace,
) -> Result<Opened, Trouble> {
    let epoch = shared.near.begin();
    // On each of them: what breaks is noticed before anybody asks.
    let hear = || {
        let heard = Arc::clone(shared);
        move |push: PushInfo| {
            heard.near.hear(&push);
            if push.kind == PushKind::Disconnection {
                heard.broken(epoch);
            }
            Ok(())
        }
    };
    let mut near = reach.connect(place, Some(hear())).await?;
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
    let asks = reach.connect(place, Some(hear())).await?;
    let (queue, waiting) = mpsc::channel(WAITING);
    let waiting = Arc::new(tokio::sync::Mutex::new(waiting));
    let (mut lanes, mut tasks, mut script) = (Vec::new(), JoinSet::new(), String::new());
    for _ in 0..LANES {
        let mut lane = reach.connect(place, Some(hear())).await?;
        if lanes.is_empty() {
            script = lane::load(&mut lane).await?;
        }
        if shared.options.replicas > 0 {
            let waiting = Arc::clone(&waiting);
            tasks.spawn(lane::run(Arc::clone(shared), epoch, lane.clone(), waiting));
        }
        lanes.push(lane);
    }
    let session = Session {
        near,
        asks,
        lanes,
        turn: AtomicUsize::new(0),
        queue,
        script,
        epoch,
        alone: AtomicBool::new(false),
        ended: AtomicBool::new(false),
    };
    Ok(Opened {
        session: Arc::new(session),
        beaten,
        tasks,
    })
}

/// What HELLO says under this name.
fn said<'a>(hello: &'a Value, name: &str) -> Option<&'a [u8]> {
    let Value::Map(pairs) = hello else {
        return None;
    };
    let mut pairs = pairs.iter();
    pairs.find_map(|(key, value)| (text(key)? == name.as_bytes()).then(|| text(value))?)
}

/// The bytes of a text.
pub(super) fn text(value: &Value) -> Option<&[u8]> {
    if let Value::BulkString(text) = value {
        Some(text)
    } else if let Value::SimpleString(text) = value {
        Some(text.as_bytes())
    } else {
        None
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_old_is_refused() {
        let hello = |version: &str| {
            let pair = |name: &str, said: &str| {
                (
                    Value::BulkString(name.into()),
                    Value::BulkString(said.into()),
                )
            };
            Value::Map(vec![pair("server", "redis"), pair("version", version)])
        };
        for version in ["6.2.0", "7.0.15", "8.1.3", "10.0"] {
            assert!(is_new_enough(&hello(version)).is_ok(), "{version}");
        }
        for version in ["6.0.16", "5.0.14", "", "unknown"] {
            assert!(is_new_enough(&hello(version)).is_err(), "{version}");
        }
    }
}
