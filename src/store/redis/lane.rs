//! How changes are sent. Where replicas are waited for, whatever waits is sent together, and they are waited for once.
//!
//! It never answers "done" before so many replicas have the change as the settings ask for.

use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{Cmd, Pipeline, ServerErrorKind, Value};
use tokio::sync::{Mutex, mpsc, oneshot};

use super::change::Outcome;
use super::fresh::{Fresh, Said, said};
use super::shared::Shared;
use super::step::{SCRIPT, outcome};
use super::told::{Remedy, Trouble};

/// Most changes that go together.
const TOGETHER: usize = 256;

/// A change that waits.
pub(super) struct Waiting {
    pub(super) call: Cmd,
    /// Whether it writes anything.
    pub(super) writes: bool,
    pub(super) answer: oneshot::Sender<Result<Outcome, Trouble>>,
}

/// Sends one change over `connection`, where no replica is waited for: what others send goes with it, and the server
/// writes to its disk once for all that came while it was busy.
pub(super) async fn one(
    shared: &Shared,
    epoch: u64,
    mut connection: MultiplexedConnection,
    call: Cmd,
) -> Result<Outcome, Trouble> {
    let mut told = connection.send_packed_command(&call).await;
    if matches!(&told, Ok(Value::ServerError(error)) if error.kind() == Some(ServerErrorKind::NoScript))
    {
        load(&mut connection).await?;
        told = connection.send_packed_command(&call).await;
    }
    let told = told.map_err(Trouble::from).and_then(|told| judged(&told));
    hear(shared, epoch, &told);
    told
}

/// The same for one that only sets what was not there.
pub(super) async fn fresh(
    shared: &Shared,
    epoch: u64,
    mut connection: MultiplexedConnection,
    Fresh { pipe, undo }: Fresh,
) -> Result<Outcome, Trouble> {
    // Its beginning and its end are answered, too.
    let count = pipe.len() + 2;
    let answers = connection.send_packed_commands(&pipe, 0, count).await;
    let said = answers
        .map_err(Trouble::from)
        .and_then(|answers| said(&answers));
    let told = match said {
        Ok(Said::Outcome(outcome)) => Ok(outcome),
        Ok(Said::Half(trouble)) => {
            connection.send_packed_command(&undo).await?;
            Err(trouble)
        }
        Err(trouble) => Err(trouble),
    };
    hear(shared, epoch, &told);
    told
}

/// What an answer tells of the server.
fn hear(shared: &Shared, epoch: u64, told: &Result<Outcome, Trouble>) {
    match told {
        Ok(Outcome::Done(_)) => shared.writes(),
        Ok(Outcome::Conflict) => {}
        Err(trouble) => shared.trouble(epoch, trouble),
    }
}

/// Sends what waits in `queue` until that or the connection ends.
pub(super) async fn run(
    shared: Arc<Shared>,
    epoch: u64,
    mut connection: MultiplexedConnection,
    queue: Arc<Mutex<mpsc::Receiver<Waiting>>>,
) {
    let mut batch = Vec::with_capacity(TOGETHER);
    while next(&queue, &mut batch).await > 0 {
        while !batch.is_empty() {
            // Whoever gave up has been told that it may stand; better that it does not.
            batch.retain(|waiting| !waiting.answer.is_closed());
            let sent = std::mem::take(&mut batch);
            match send(&shared, epoch, &mut connection, sent).await {
                Ok(again) => batch = again,
                Err(trouble) => {
                    shared.trouble(epoch, &trouble);
                    return;
                }
            }
        }
    }
}

async fn next(queue: &Mutex<mpsc::Receiver<Waiting>>, batch: &mut Vec<Waiting>) -> usize {
    queue.lock().await.recv_many(batch, TOGETHER).await
}

/// Sends these and answers them. Back come those that are to be sent again, since the script was not known: they did
/// nothing.
async fn send(
    shared: &Shared,
    epoch: u64,
    connection: &mut MultiplexedConnection,
    sent: Vec<Waiting>,
) -> Result<Vec<Waiting>, Trouble> {
    if sent.is_empty() {
        return Ok(sent);
    }
    let replicas = shared.options.replicas;
    let mut pipe = Pipeline::with_capacity(sent.len() + 1);
    for waiting in &sent {
        pipe.add_command(waiting.call.clone());
    }
    let longest = shared.options.within / 2;
    let longest = longest.max(Duration::from_millis(1)).as_millis();
    pipe.cmd("WAIT")
        .arg(replicas)
        .arg(u64::try_from(longest).unwrap_or(u64::MAX));
    let count = pipe.len();
    let made = connection.send_packed_commands(&pipe, 0, count).await;
    let mut answers = match made {
        Ok(answers) => answers,
        Err(error) => {
            let trouble = Trouble::from(error);
            for waiting in sent {
                let _ = waiting.answer.send(Err(trouble.clone()));
            }
            return Err(trouble);
        }
    };
    let kept = matches!(answers.pop(), Some(Value::Int(have)) if have >= i64::from(replicas));
    if !kept {
        // Before anybody hears of it: the next change is refused at once.
        shared.alone(&alone());
    }
    let mut again = Vec::new();
    let mut done = false;
    for (waiting, answer) in sent.into_iter().zip(answers) {
        match judged(&answer) {
            Err(trouble) if trouble.remedy == Remedy::NoScript => again.push(waiting),
            Err(trouble) => {
                shared.trouble(epoch, &trouble);
                let _ = waiting.answer.send(Err(trouble));
            }
            Ok(Outcome::Done(_)) if !kept => {
                let _ = waiting.answer.send(Err(alone()));
            }
            Ok(outcome) => {
                // One that writes nothing tells nothing of writes.
                done |= waiting.writes && matches!(outcome, Outcome::Done(_));
                let _ = waiting.answer.send(Ok(outcome));
            }
        }
    }
    if kept && done {
        shared.writes();
    }
    if !again.is_empty() {
        load(connection).await?;
    }
    Ok(again)
}

/// Makes the script known; how the server calls it.
pub(super) async fn load(connection: &mut MultiplexedConnection) -> Result<String, Trouble> {
    let mut load = redis::cmd("SCRIPT");
    load.arg("LOAD").arg(SCRIPT);
    Ok(load.query_async(connection).await?)
}

fn judged(answer: &Value) -> Result<Outcome, Trouble> {
    if let Value::ServerError(error) = answer {
        return Err(error.into());
    }
    outcome(answer)
        .ok_or_else(|| Trouble::later("what Redis answered to a change is not understood"))
}

/// What is said where too few replicas have a change.
pub(super) fn alone() -> Trouble {
    Trouble {
        remedy: Remedy::NoWrites,
        why: "too few replicas of Redis have what is changed".into(),
    }
}
