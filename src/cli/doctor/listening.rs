//! Whether a server listens where the settings say, or could.

use std::net::TcpListener;
use std::path::Path;

use anyhow::Result;
use rustix::fs::{Access, access};

use super::Finding;
use crate::cli::asked::{self, Answer, Door, State};
use crate::settings::{Listen, Settings};

const CHECK: &str = "listen";

pub(super) fn look(settings: &Settings) -> Vec<Finding> {
    match answer(settings) {
        Ok(Some((door, answer))) => vec![of(&door, &answer)],
        Err(error) => vec![Finding::problem(CHECK, format!("{error:#}"))],
        Ok(None) => {
            let places = settings.listen.iter().chain(&settings.gate.fastcgi_listen);
            places.map(free).collect()
        }
    }
}

fn answer(settings: &Settings) -> Result<Option<(Door, Answer)>> {
    let Some(door) = Door::of(settings)? else {
        return Ok(None);
    };
    let answer = asked::readiness(&door)?;
    Ok(answer.map(|answer| (door, answer)))
}

fn of(door: &Door, answer: &Answer) -> Finding {
    let why = answer.details.join(", ");
    let why = if why.is_empty() {
        why
    } else {
        format!(" ({why})")
    };
    let says = format!("{door} answers: {}{why}", answer.state.as_str());
    match answer.state {
        State::Ready => Finding::ok(CHECK, says),
        State::Degraded => Finding::warning(CHECK, format!("{says}; its log says why")),
        State::Draining => Finding::warning(CHECK, format!("{says}: it was told to end")),
        State::NotReady => Finding::problem(CHECK, format!("{says}; its log says why")),
    }
}

/// Whether a server could listen there. A socket's file is left alone.
fn free(place: &Listen) -> Finding {
    let tried = match place {
        Listen::Tcp(address) => TcpListener::bind(address).map(drop),
        Listen::Unix(path) => {
            let folder = path.parent().unwrap_or(Path::new("/"));
            access(folder, Access::WRITE_OK | Access::EXEC_OK).map_err(Into::into)
        }
    };
    match tried {
        Ok(()) => Finding::ok(
            CHECK,
            format!("no server runs; {place} is free for 'editkey serve'"),
        ),
        Err(error) => Finding::problem(
            CHECK,
            format!(
                "no server runs, and none could listen at {place} ({error}): mend that, or choose another place in 'listen'"
            ),
        ),
    }
}
