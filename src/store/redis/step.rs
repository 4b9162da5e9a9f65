//! A change as the server takes it: one script that compares first, and what it answers.

use redis::{Cmd, Value};

use super::change::{Change, Outcome};
use super::fresh::{Fresh, fresh};
use super::kinds::{self, MOST, Part};
use crate::store::StoreError;

/// Compares, then does.
pub(super) const SCRIPT: &str = include_str!("step.lua");

/// Words and bytes of a new key's step, for which there is room from the beginning.
const ROOM: (usize, usize) = (64, 2048);

/// How a change is sent.
pub(super) enum Call {
    Script(Cmd),
    Fresh(Fresh),
}

/// How `change` is sent to a server that knows the script as `sha`, where so many replicas are waited for.
///
/// # Errors
/// [`StoreError::Limit`] for too much of one step; [`StoreError::Broken`] for a command that could fail in the middle.
pub(super) fn call(sha: &str, change: &Change, replicas: u32) -> Result<Call, StoreError> {
    // Those that are waited for are, for many changes at once, each of which has one answer.
    let fresh = if replicas == 0 { fresh(change)? } else { None };
    match fresh {
        Some(fresh) => Ok(Call::Fresh(fresh)),
        None => script(sha, change).map(Call::Script),
    }
}

fn script(sha: &str, change: &Change) -> Result<Cmd, StoreError> {
    if change.compare.len() > MOST {
        return Err(StoreError::Limit("a change compares too much for one step"));
    }
    let parts: Vec<Part<'_>> = change
        .writing()
        .map(kinds::part)
        .collect::<Result<_, _>>()?;
    let ahead = change.compare.len() + change.rooms.len();
    let (notes, rest) = parts.split_at(change.notes.len().min(parts.len()));
    let noted: usize = notes.iter().map(|part| part.keys.len()).sum();
    let checks = checks(ahead + noted, rest)?;
    let keys = ahead + parts.iter().map(|part| part.keys.len()).sum::<usize>();
    let mut call = Cmd::with_capacity(ROOM.0, ROOM.1);
    call.arg("EVALSHA").arg(sha).arg(keys);
    for (key, _) in &change.compare {
        call.arg(key);
    }
    for room in &change.rooms {
        call.arg(&room.key);
    }
    for key in parts.iter().flat_map(|part| &part.keys) {
        call.arg(key);
    }
    call.arg(change.compare.len());
    for (_, read) in &change.compare {
        match read {
            None => call.arg("0"),
            Some(read) => call.arg("1").arg(read),
        };
    }
    call.arg(change.rooms.len());
    for room in &change.rooms {
        call.arg(room.fewer_than).arg(room.leaving.len());
        call.arg(&room.leaving);
    }
    call.arg(checks.len());
    for (key, holds) in checks {
        call.arg(key).arg(count(holds));
    }
    for part in &parts {
        call.arg(part.name)
            .arg(part.keys.len())
            .arg(part.rest.len());
        for word in &part.rest {
            call.arg(word);
        }
    }
    Ok(call)
}

/// What fails where a key holds another kind of value, and changes nothing.
fn count(holds: &str) -> &'static str {
    match holds {
        "set" => "SCARD",
        "zset" => "ZCARD",
        "hash" => "HLEN",
        _ => "STRLEN",
    }
}

/// The numbers of those keys that must hold one kind of value, each once, and the kind; so many keys stand ahead of them.
fn checks(ahead: usize, parts: &[Part<'_>]) -> Result<Vec<(usize, &'static str)>, StoreError> {
    let mut needs = Vec::new();
    let mut number = ahead;
    for part in parts {
        for key in &part.keys {
            number += 1;
            let holds = match part.name {
                "SET" => "string",
                _ => part.holds,
            };
            if !holds.is_empty() {
                needs.push((*key, holds, part.name != "SET", number));
            }
        }
    }
    needs.sort_unstable_by_key(|(key, _, asks, _)| (*key, *asks));
    let mut found: Vec<(usize, &'static str)> = Vec::new();
    let mut before: Option<(&[u8], &str, bool)> = None;
    for (key, holds, asks, number) in needs {
        let same = before.filter(|(known, _, _)| *known == key);
        if same.is_some_and(|(_, known, _)| known != holds) {
            return Err(StoreError::Broken(
                "a change needs one key to be of two kinds".into(),
            ));
        }
        if asks && !same.is_some_and(|(_, _, asked)| asked) {
            found.push((number, holds));
        }
        before = Some((key, holds, asks));
    }
    Ok(found)
}

/// What the script said, where it is no error.
pub(super) fn outcome(answer: &Value) -> Option<Outcome> {
    let Value::Int(gone) = *answer else {
        return None;
    };
    if gone == -1 {
        return Some(Outcome::Conflict);
    }
    u64::try_from(gone).ok().map(Outcome::Done)
}
