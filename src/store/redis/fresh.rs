//! A change that only sets what was not there, as one transaction without a script: it costs the server half as much.
//!
//! It must never be made of a change that compares with what was read, has an end, or takes something away.

use std::collections::HashSet;

use redis::{Pipeline, Value};

use super::change::{Change, Outcome};
use super::kinds::{self, MOST};
use super::told::Trouble;
use crate::store::StoreError;

/// All strings by one command, which sets them where none of them is there, and what is noted beside; and what takes the
/// strings away again.
pub(super) struct Fresh {
    pub(super) pipe: Pipeline,
    pub(super) undo: redis::Cmd,
}

/// What a transaction's answer says.
pub(super) enum Said {
    Outcome(Outcome),
    /// Something could not be noted, and the strings stand.
    Half(Trouble),
}

/// The transaction, where `change` is one that can be done so.
///
/// # Errors
/// [`StoreError::Broken`] for a command that could fail.
pub(super) fn fresh(change: &Change) -> Result<Option<Fresh>, StoreError> {
    let count = change.compare.len();
    let sized = count > 0 && count == change.commands.len() && count <= MOST / 2;
    if !sized || !change.rooms.is_empty() {
        return Ok(None);
    }
    let mut absent = HashSet::with_capacity(count);
    for (key, read) in &change.compare {
        if read.is_some() || !absent.insert(key.as_slice()) {
            return Ok(None);
        }
    }
    let (mut set, mut undo) = (redis::cmd("MSETNX"), redis::cmd("DEL"));
    for command in &change.commands {
        let part = kinds::part(command)?;
        let ([key], [value]) = (part.keys.as_slice(), part.rest.as_slice()) else {
            return Ok(None);
        };
        if part.name != "SET" || !absent.remove(key) {
            return Ok(None);
        }
        set.arg(key).arg(value);
        undo.arg(key);
    }
    let mut pipe = Pipeline::with_capacity(change.notes.len() + 1);
    pipe.atomic().add_command(set);
    for note in &change.notes {
        kinds::part(note)?;
        pipe.add_command(note.clone());
    }
    Ok(Some(Fresh { pipe, undo }))
}

/// What these answers to all of its commands come to.
pub(super) fn said(answers: &[Value]) -> Result<Said, Trouble> {
    // The first tells why all of it was refused.
    if let Some(trouble) = trouble(answers) {
        return Err(trouble);
    }
    let Some(Value::Array(done)) = answers.last() else {
        return Err(strange());
    };
    match done.first() {
        Some(Value::Int(0)) => Ok(Said::Outcome(Outcome::Conflict)),
        Some(Value::Int(1)) => Ok(match trouble(done) {
            Some(trouble) => Said::Half(trouble),
            None => Said::Outcome(Outcome::Done(0)),
        }),
        Some(Value::ServerError(error)) => Err(error.into()),
        _ => Err(strange()),
    }
}

fn trouble(answers: &[Value]) -> Option<Trouble> {
    answers.iter().find_map(|answer| {
        if let Value::ServerError(error) = answer {
            Some(error.into())
        } else {
            None
        }
    })
}

fn strange() -> Trouble {
    Trouble::later("what Redis answered to a change is not understood")
}
