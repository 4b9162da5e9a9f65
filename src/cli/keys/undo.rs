//! `editkey prune --undo`: what the last prune removed comes back, but for what was revoked or minted since.

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::print::{Form, Rows};
use super::prune::{OPERATOR, Progress};
use crate::cli::installation::Installation;
use crate::names::{Place, Scope};
use crate::store::{LeftOut, Returned};

/// A key of the backup, as JSON.
#[derive(Serialize)]
struct Said<'a> {
    id: String,
    dirname: Option<&'a str>,
    basename: Option<&'a str>,
    scope: Option<Scope>,
    back: bool,
    reason: Option<&'static str>,
    why: Option<&'static str>,
}

/// Undoes.
///
/// # Errors
/// What the store says; the backup is there still then.
pub(super) fn run(
    json: bool,
    installation: &Installation,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode> {
    let progress = Progress::new(err);
    let undone = installation.prunes().undo(&OPERATOR.into(), &progress);
    progress.end();
    let Some(undone) = undone.context("not undone")? else {
        writeln!(err, "there is no prune to undo: no backup is left")?;
        return Ok(ExitCode::FAILURE);
    };
    let form = Form::suited(json);
    let back = undone
        .keys
        .iter()
        .filter(|key| key.left_out.is_none())
        .count();
    let left = undone.keys.len() - back;
    if form == Form::Json {
        let backup = serde_json::to_string(&undone.backup)?;
        write!(
            out,
            "{{\"backup\": {backup}, \"back\": {back}, \"left_out\": {left}, \"keys\": "
        )?;
    }
    let mut rows = Rows::new(form, &["id", "file", "what"], out);
    for key in &undone.keys {
        let what = key.left_out.map_or("back", LeftOut::text);
        let cells = vec![form.id(&key.id), file(key), what.to_owned()];
        rows.row(cells, &said(key))?;
    }
    rows.end()?;
    if form == Form::Json {
        writeln!(out, "}}")?;
    } else {
        writeln!(
            err,
            "{back} are back, {left} left out; {} is used up",
            undone.backup
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

fn file(key: &Returned) -> String {
    match &key.place {
        Some((place, Scope::File)) => place.to_string(),
        Some((place, Scope::Directory)) => format!("{place}/"),
        None => "-".to_owned(),
    }
}

fn said(key: &Returned) -> Said<'_> {
    let place = key.place.as_ref();
    let of = |part: fn(&Place) -> &str| place.map(|(place, _)| part(place));
    Said {
        id: key.id.to_string(),
        dirname: of(|place| place.dirname.as_str()),
        basename: of(|place| place.basename.as_str()),
        scope: place.map(|(_, scope)| *scope),
        back: key.left_out.is_none(),
        reason: key.left_out.map(LeftOut::word),
        why: key.left_out.map(LeftOut::text),
    }
}
