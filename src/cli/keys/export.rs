//! `editkey keys export`: all that a list says, for other programs. Never a secret.
//!
//! Rows go out as they come: a million of them need no memory.

use std::io::Write;
use std::ops::ControlFlow;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, ValueEnum};

use super::list::{self, Filter};
use super::print::{Facts, Form, Rows};
use crate::cli::installation::Installation;
use crate::mint::KeyId;
use crate::names::Label;
use crate::store::Found;

/// Characters by which a spreadsheet takes a cell for a formula, or for the end of one.
const FORMULA: &[char] = &[
    '=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
];
const HEADER: [&str; 13] = [
    "id",
    "dirname",
    "basename",
    "scope",
    "rights",
    "created",
    "expires",
    "expired",
    "last_used",
    "use_count",
    "by",
    "label",
    "derived_from",
];

/// What to export.
#[derive(Debug, Args)]
pub struct Export {
    /// As what.
    #[arg(long, value_enum, default_value_t = As::Json)]
    pub format: As,
    /// Which keys.
    #[command(flatten)]
    pub filter: Filter,
}

/// The forms of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum As {
    /// An array of objects, as the list has them.
    Json,
    /// Comma-separated values with a header; what a spreadsheet would take for a formula begins with an apostrophe.
    Csv,
}

/// Exports.
///
/// # Errors
/// What the store says.
pub fn run(
    export: &Export,
    installation: &Installation,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode> {
    let search = export.filter.search()?;
    let now = super::now()?;
    let days = list::read(installation, err)?;
    let uses = |id: &KeyId| list::uses(&days, id);
    installation.keys.log().look_blocking(|look| {
        let mut written = Ok(());
        let mut each = |row: &mut dyn FnMut(&Found) -> Result<()>| {
            look.table
                .each_wanted(&search, None, &uses, now, &mut |found: Found| {
                    written = row(&found);
                    if written.is_err() {
                        return ControlFlow::Break(());
                    }
                    ControlFlow::Continue(())
                });
        };
        match export.format {
            As::Json => {
                let mut rows = Rows::new(Form::Json, &[], out);
                each(&mut |found| {
                    let used = days.get(&found.id).copied();
                    let day = used.map(|used| used.day);
                    let facts = Facts::of(found, day, found.label(), now).counted(used);
                    Ok(rows.row(Vec::new(), &facts)?)
                });
                rows.end()?;
            }
            As::Csv => {
                let mut rows = csv::Writer::from_writer(&mut *out);
                rows.write_record(HEADER)?;
                each(&mut |found| {
                    let used = days.get(&found.id);
                    let by = (!found.by.is_empty()).then_some(&*found.by);
                    let text = |text: Option<String>| text.unwrap_or_default();
                    let parent = found.parent().map(|parent| format!("sha256:{parent}"));
                    rows.write_record([
                        format!("sha256:{}", found.id),
                        defused(found.place.dirname.as_str()),
                        defused(found.place.basename.as_str()),
                        found.scope.as_str().to_owned(),
                        found.rights.as_str().to_owned(),
                        text(found.created.map(|time| time.to_string())),
                        text(found.expires.map(|time| time.to_string())),
                        found.expired(now).to_string(),
                        text(used.map(|used| used.day.to_string())),
                        used.map_or(0, |used| used.count).to_string(),
                        text(by.map(defused)),
                        text(found.label().map(Label::as_str).map(defused)),
                        text(parent),
                    ])?;
                    Ok(())
                });
                rows.flush()?;
            }
        }
        written?;
        Ok(ExitCode::SUCCESS)
    })?
}

/// A cell that no spreadsheet takes for a formula.
fn defused(text: &str) -> String {
    if text.starts_with(FORMULA) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_never_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\u{ff1d}1"] {
            assert_eq!(defused(text), format!("'{text}"));
        }
        for text in ["", "a=1", "/srv/=a", "'=1"] {
            assert_eq!(defused(text), text);
        }
    }
}
