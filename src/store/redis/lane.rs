//! One connection for changes: whatever waits is sent together, and what the server keeps of it is waited for once.
//!
//! It never answers "done" before so many replicas have the change as the settings ask for.

use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{Cmd, Pipeline, Value};
use tokio::sync::{Mutex, mpsc, oneshot};

use super::change::Outcome;
use super::shared::Shared;
use super::step::{SCRIPT, outcome};
use super::told::{Remedy, Trouble};

/// Most changes that go together.
const TOGETHER: usize = 256;

/// A change that waits.
pub(super) struct Waiting {
    pub(super) call: Cmd,
    pub(super) answer: oneshot::Sender<Result<Outcome, Trouble>>,
}

/// Sends what waits in `queue` until that or the connection ends.
pub(super) async fn run(
    shared: Arc<Shared>,
    epoch: u64,
    mut connection: MultiplexedConnection,
    queue: Arc<Mutex<mpsc::Receiver<Waiting>>>,
) {
    let mut batch = Vec::with_capacity(TOGETHER);
    while queue.lock().await.recv_many(&mut batch, TOGETHER).await > 0 {
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
    if replicas > 0 {
        let longest = shared.options.within / 2;
        let longest = longest.max(Duration::from_millis(1)).as_millis();
        pipe.cmd("WAIT")
            .arg(replicas)
            .arg(u64::try_from(longest).unwrap_or(u64::MAX));
    }
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
    let kept = replicas == 0
        || matches!(answers.pop(), Some(Value::Int(have)) if have >= i64::from(replicas));
    let mut again = Vec::new();
    let mut done = false;
    for (waiting, answer) in sent.into_iter().zip(answers) {
        match judged(answer) {
            Err(trouble) if trouble.remedy == Remedy::NoScript => again.push(waiting),
            Err(trouble) => {
                shared.trouble(epoch, &trouble);
                let _ = waiting.answer.send(Err(trouble));
            }
            Ok(Outcome::Done(_)) if !kept => {
                let _ = waiting.answer.send(Err(alone()));
            }
            Ok(outcome) => {
                done |= matches!(outcome, Outcome::Done(_));
                let _ = waiting.answer.send(Ok(outcome));
            }
        }
    }
    if !kept {
        shared.alone(&alone());
    } else if done {
        shared.writes();
    }
    if !again.is_empty() {
        let mut load = redis::cmd("SCRIPT");
        load.arg("LOAD").arg(SCRIPT).exec_async(connection).await?;
    }
    Ok(again)
}

fn judged(answer: Value) -> Result<Outcome, Trouble> {
    match answer {
        Value::ServerError(error) => Err(Trouble::from(&error)),
        answer => outcome(answer)
            .ok_or_else(|| Trouble::later("what Redis answered to a change is not understood")),
    }
}

/// What is said where too few replicas have a change.
pub(super) fn alone() -> Trouble {
    Trouble {
        remedy: Remedy::NoWrites,
        why: "too few replicas of Redis have what is changed".into(),
    }
}
