//! How keys are printed: a table for eyes, tab-separated text for a pipe, JSON for programs.
//!
//! Rows are printed as they come: a million of them need no memory. No key is ever among what is printed here.

use std::io::{self, BufWriter, IsTerminal as _, Write};

use comfy_table::{Table, presets};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::mint::KeyId;
use crate::names::{Label, Rights, Scope};
use crate::store::Found;

/// Characters of an id on a terminal.
const SHORT: usize = 12;
/// Rows of one table; a longer list is several tables.
const TABLE_ROWS: usize = 500;

/// The form of what is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Form {
    /// For eyes.
    Table,
    /// For a pipe: one line a row, no header.
    Tabs,
    /// For programs.
    Json,
}

impl Form {
    /// JSON where it was asked for, else what suits standard output.
    pub(in crate::cli) fn suited(json: bool) -> Self {
        if json {
            Self::Json
        } else if io::stdout().is_terminal() {
            Self::Table
        } else {
            Self::Tabs
        }
    }

    /// An id: its beginning for eyes, else the whole. One that starts with `-` gets its prefix, so that whoever copies it
    /// into a command line does not give it an option.
    pub(in crate::cli) fn id(self, id: &KeyId) -> String {
        let mut text = id.to_string();
        if self == Self::Table {
            text.truncate(SHORT);
        }
        if text.starts_with('-') && self != Self::Json {
            text.insert_str(0, "sha256:");
        }
        text
    }
}

/// Prints rows one by one.
pub(in crate::cli) struct Rows<'a> {
    form: Form,
    header: &'static [&'static str],
    out: BufWriter<&'a mut dyn Write>,
    table: Table,
    count: usize,
}

impl<'a> Rows<'a> {
    /// Starts a list with these columns.
    pub(in crate::cli) fn new(
        form: Form,
        header: &'static [&'static str],
        out: &'a mut dyn Write,
    ) -> Self {
        let mut rows = Self {
            form,
            header,
            out: BufWriter::with_capacity(1 << 16, out),
            table: Table::new(),
            count: 0,
        };
        rows.start_table();
        rows
    }

    fn start_table(&mut self) {
        self.table = Table::new();
        self.table
            .load_style(presets::NOTHING)
            .set_header(self.header.iter().copied());
    }

    /// One row: as cells, or as JSON.
    pub(in crate::cli) fn row(
        &mut self,
        cells: Vec<String>,
        json: &impl Serialize,
    ) -> io::Result<()> {
        match self.form {
            Form::Json => {
                let before = if self.count == 0 { "[\n" } else { ",\n" };
                write!(self.out, "{before}{}", serde_json::to_string(json)?)?;
            }
            Form::Tabs => writeln!(self.out, "{}", cells.join("\t"))?,
            Form::Table => {
                self.table.add_row(cells);
                if (self.count + 1).is_multiple_of(TABLE_ROWS) {
                    writeln!(self.out, "{}\n", self.table.trim_fmt())?;
                    self.start_table();
                }
            }
        }
        self.count += 1;
        Ok(())
    }

    /// Ends the list.
    pub(in crate::cli) fn end(mut self) -> io::Result<()> {
        match self.form {
            Form::Json if self.count == 0 => writeln!(self.out, "[]")?,
            Form::Json => writeln!(self.out, "\n]")?,
            Form::Table if self.table.row_count() > 0 => {
                writeln!(self.out, "{}", self.table.trim_fmt())?;
            }
            Form::Table | Form::Tabs => {}
        }
        self.out.flush()
    }
}

/// What a list says about a key.
#[derive(Serialize)]
pub(super) struct Facts<'a> {
    id: String,
    dirname: &'a str,
    basename: &'a str,
    scope: Scope,
    rights: Rights,
    created: Option<Timestamp>,
    expires: Option<Timestamp>,
    expired: bool,
    last_used: Option<Date>,
    /// How often it was used, as far as that was counted; not what is left of a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    use_count: Option<u64>,
    by: Option<&'a str>,
    label: Option<&'a str>,
    /// How many days it may stay unused.
    idle: Option<String>,
    /// How many more browsers may claim it, where only those that claimed it may use it.
    uses_left: Option<u8>,
    /// How many did.
    claimed: usize,
    /// Whether it has a passphrase of its own; what it is, nobody is shown.
    passphrase: bool,
    /// The key that it was derived from.
    parent: Option<String>,
}

impl<'a> Facts<'a> {
    pub(super) fn of(
        found: &'a Found,
        last_used: Option<Date>,
        label: Option<&'a Label>,
        now: Timestamp,
    ) -> Self {
        let limits = found.limits();
        let claims = limits.and_then(|limits| limits.claims.as_ref());
        Self {
            idle: idle(found),
            uses_left: claims.map(|claims| claims.left),
            claimed: claims.map_or(0, |claims| claims.browsers.len()),
            passphrase: limits.is_some_and(|limits| limits.passphrase.is_some()),
            parent: found.parent().map(|parent| parent.to_string()),
            id: found.id.to_string(),
            dirname: found.place.dirname.as_str(),
            basename: found.place.basename.as_str(),
            scope: found.scope,
            rights: found.rights,
            created: found.created,
            expires: found.expires,
            expired: found.expired(now),
            last_used,
            use_count: None,
            by: (!found.by.is_empty()).then_some(&*found.by),
            label: label.map(Label::as_str),
        }
    }

    /// The same, with how often it was used.
    pub(super) fn counted(self, count: u64) -> Self {
        Self {
            use_count: Some(count),
            ..self
        }
    }
}

/// How many days a key may stay unused.
pub(super) fn idle(found: &Found) -> Option<String> {
    Some(found.limits()?.idle?.to_string())
}

/// What a table says of how a key is narrowed.
pub(super) fn narrowed(form: Form, found: &Found) -> String {
    let claims = found.limits().and_then(|limits| limits.claims.as_ref());
    let has = found
        .limits()
        .is_some_and(|limits| limits.passphrase.is_some());
    let parts = [
        idle(found).map(|idle| format!("idle {idle}")),
        claims.map(|claims| format!("uses {}", claims.left)),
        has.then(|| "passphrase".to_owned()),
        found
            .parent()
            .map(|parent| format!("from {}", form.id(&parent))),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    or_dash((!parts.is_empty()).then(|| parts.join(", ")))
}

/// Where a key leads; a directory has a slash at its end.
pub(super) fn path(found: &Found) -> String {
    match found.scope {
        Scope::File => found.place.to_string(),
        Scope::Directory => format!("{}/", found.place),
    }
}

/// The text of a value that may be missing.
pub(in crate::cli) fn or_dash(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(form: Form, rows: usize) -> String {
        let mut out: Vec<u8> = Vec::new();
        let mut list = Rows::new(form, &["a", "b"], &mut out);
        for row in 0..rows {
            list.row(vec![row.to_string(), "x".to_owned()], &row)
                .expect("written");
        }
        list.end().expect("written");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn each_form_is_whole_for_any_number_of_rows() {
        for count in [0, 1, 2, 501] {
            let json: Vec<usize> =
                serde_json::from_str(&printed(Form::Json, count)).expect("an array");
            assert_eq!(json.len(), count);
            assert_eq!(printed(Form::Tabs, count).lines().count(), count);
        }
        assert_eq!(printed(Form::Tabs, 1), "0\tx\n");
        let table = printed(Form::Table, 2);
        assert_eq!(table.lines().count(), 3, "{table}");
        assert_eq!(printed(Form::Table, 0), "");
    }
}
