//! `editkey keys export`: all that a list says, for other programs. Never a secret.
//!
//! Rows go out as they come: a million of them need no memory.

use std::io::Write;
use std::ops::ControlFlow;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::list::{self, Filter};
use super::print::{Facts, Form, Rows};
use crate::cli::installation::Installation;
use crate::names::Label;
use crate::store::{Found, Uses};

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
    let mut written = Ok(());
    let mut each = |row: &mut dyn FnMut(&Found, Uses) -> Result<()>| {
        let keys = &installation.keys;
        let mut each = |found: Found, uses: Uses| {
            written = row(&found, uses);
            if written.is_err() {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        };
        keys.each_wanted_blocking(&search, None, &installation.last_uses, now, &mut each)
    };
    let unknown = match export.format {
        As::Json => {
            let mut rows = Rows::new(Form::Json, &[], out);
            let unknown = each(&mut |found, uses| {
                let facts = Facts::of(found, uses.day, found.label(), now).counted(uses.count);
                Ok(rows.row(Vec::new(), &facts)?)
            })?;
            rows.end()?;
            unknown
        }
        As::Csv => {
            let mut rows = csv::Writer::from_writer(&mut *out);
            rows.write_record(HEADER)?;
            let unknown =
                each(&mut |found, uses| Ok(rows.write_record(record(found, uses, now))?))?;
            rows.flush()?;
            unknown
        }
    };
    written?;
    list::warn(unknown, err)?;
    Ok(ExitCode::SUCCESS)
}

/// A row of comma-separated values.
fn record(found: &Found, uses: Uses, now: Timestamp) -> [String; 13] {
    let by = (!found.by.is_empty()).then_some(&*found.by);
    let text = |text: Option<String>| text.unwrap_or_default();
    let parent = found.parent().map(|parent| format!("sha256:{parent}"));
    [
        format!("sha256:{}", found.id),
        defused(found.place.dirname.as_str()),
        defused(found.place.basename.as_str()),
        found.scope.as_str().to_owned(),
        found.rights.as_str().to_owned(),
        text(found.created.map(|time| time.to_string())),
        text(found.expires.map(|time| time.to_string())),
        found.expired(now).to_string(),
        text(uses.day.map(|day| day.to_string())),
        uses.count.to_string(),
        text(by.map(defused)),
        text(found.label().map(Label::as_str).map(defused)),
        text(parent),
    ]
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
