//! `editkey keys list`.

use std::collections::HashMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;

use super::named::Name;
use super::print::{Facts, Form, Rows, narrowed, or_dash, path};
use crate::cli::installation::Installation;
use crate::mint::KeyId;
use crate::names::{Dirname, Label};
use crate::store::{Found, KeyTable, Keys, Look};

/// Which keys to list.
#[derive(Debug, Args)]
pub struct List {
    /// At most this many.
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Only those that stand after this key in the file.
    #[arg(long, value_name = "ID")]
    pub after: Option<String>,
    /// Only those of files in this directory or below it.
    #[arg(long, value_name = "DIR")]
    pub directory: Option<PathBuf>,
    /// Only those minted for somebody whose name has this in it.
    #[arg(long, value_name = "TEXT")]
    pub by: Option<String>,
    /// Only those with this in the file's path, in the label, or in whom they were minted for.
    #[arg(short, long, value_name = "TEXT")]
    pub query: Option<String>,
    /// Only those that have expired.
    #[arg(long, conflicts_with = "live")]
    pub expired: bool,
    /// Only those that have not expired.
    #[arg(long)]
    pub live: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

const HEADER: &[&str] = &[
    "id",
    "file",
    "rights",
    "created",
    "expires",
    "last used",
    "by",
    "label",
    "scope",
    "narrowed",
];

/// What is asked of a key.
struct Wanted {
    directory: Option<Dirname>,
    by: Option<String>,
    query: Option<String>,
    expired: Option<bool>,
    now: Timestamp,
}

/// Lists.
///
/// # Errors
/// What the store says.
pub fn run(
    list: &List,
    installation: &Installation,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode> {
    let after = match list.after.as_deref().map(Name::argument).transpose() {
        Ok(after) => after,
        Err(why) => {
            writeln!(err, "--after: {why}")?;
            return Ok(super::usage());
        }
    };
    let wanted = Wanted {
        directory: list
            .directory
            .as_deref()
            .map(super::directory)
            .transpose()?,
        by: list.by.clone(),
        query: list.query.as_deref().map(str::to_lowercase),
        expired: (list.expired || list.live).then_some(list.expired),
        now: super::now()?,
    };
    let days = read(installation, err)?;
    let form = Form::suited(list.json);
    installation.keys.log().look_blocking(|look| {
        let after = after
            .as_ref()
            .map(|name| name.find(look.table))
            .transpose()?;
        let listing = Listing {
            form,
            wanted: &wanted,
            days: &days,
            limit: list.limit.unwrap_or(usize::MAX),
        };
        listing.print(look, after.map(|key| key.id), out, err)
    })?
}

/// The day of each key's last use, read while the keys are; none, with a warning, where they cannot be read.
fn read(installation: &Installation, err: &mut dyn Write) -> Result<HashMap<KeyId, Date>> {
    let days = std::thread::scope(|scope| {
        let days = scope.spawn(|| installation.last_uses.days_blocking());
        // What is wrong with the keys is said by the look that follows.
        let _ = installation.keys.log().refresh();
        days.join()
    });
    let Ok(days) = days else {
        bail!("last uses could not be read");
    };
    Ok(match days {
        Ok(days) => days,
        Err(error) => {
            writeln!(err, "last uses are not known: {error}")?;
            HashMap::new()
        }
    })
}

struct Listing<'a> {
    form: Form,
    wanted: &'a Wanted,
    days: &'a HashMap<KeyId, Date>,
    limit: usize,
}

impl Listing<'_> {
    fn print(
        &self,
        look: &Look<'_, KeyTable>,
        after: Option<KeyId>,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<ExitCode> {
        let mut skipping = after.is_some();
        let mut rows = Rows::new(self.form, HEADER, out);
        let (mut count, mut last) = (0, None);
        for found in look.table.each() {
            if skipping {
                skipping = Some(found.id) != after;
                continue;
            }
            if !self.wanted.by_record(&found) {
                continue;
            }
            let label = Keys::record(look, &found).and_then(|record| record.label);
            if !self.wanted.by_text(&found, label.as_ref()) {
                continue;
            }
            if count == self.limit {
                rows.end()?;
                if let Some(last) = last.filter(|_| self.form == Form::Table) {
                    let last = self.form.id(&last);
                    writeln!(err, "there are more: --after sha256:{last}")?;
                }
                return Ok(ExitCode::SUCCESS);
            }
            let used = self.days.get(&found.id).copied();
            rows.row(
                cells(self.form, &found, used, label.as_ref()),
                &Facts::of(&found, used, label.as_ref(), self.wanted.now),
            )?;
            count += 1;
            last = Some(found.id);
        }
        rows.end()?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Wanted {
    /// Whether the key is wanted by what is in memory.
    fn by_record(&self, found: &Found) -> bool {
        let directory = self.directory.as_ref();
        directory.is_none_or(|above| found.lies_below(above))
            && self
                .expired
                .is_none_or(|expired| found.expired(self.now) == expired)
            && self.by.as_ref().is_none_or(|by| found.by.contains(by))
    }

    /// Whether what was looked for is in one of its texts.
    fn by_text(&self, found: &Found, label: Option<&Label>) -> bool {
        let Some(query) = &self.query else {
            return true;
        };
        let has = |text: &str| text.to_lowercase().contains(query);
        has(&found.place.to_string())
            || has(&found.by)
            || label.is_some_and(|label| has(label.as_str()))
    }
}

fn cells(form: Form, found: &Found, used: Option<Date>, label: Option<&Label>) -> Vec<String> {
    vec![
        form.id(&found.id),
        path(found),
        found.rights.as_str().to_owned(),
        or_dash(found.created),
        or_dash(found.expires),
        or_dash(used),
        or_dash((!found.by.is_empty()).then_some(&*found.by)),
        or_dash(label.map(Label::as_str)),
        found.scope.as_str().to_owned(),
        narrowed(form, found),
    ]
}
