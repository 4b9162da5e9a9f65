//! `editkey keys list`.

use std::collections::HashMap;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use jiff::Timestamp;

use super::named::Name;
use super::print::{Facts, Form, Rows, narrowed, or_dash, path};
use crate::cli::installation::Installation;
use crate::mint::KeyId;
use crate::names::Label;
use crate::store::{Cursor, Found, KeyTable, Order, Search, Sort, State, Used, Uses};

/// Which keys to list.
#[derive(Debug, Args)]
pub struct List {
    /// At most this many.
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Only those that stand after this key in the file; with --sort, those after the page that named this.
    #[arg(long, value_name = "ID")]
    pub after: Option<String>,
    /// Sort by created, expires, used, uses, name or by; without it, the order of the file.
    #[arg(long, value_name = "WHAT")]
    pub sort: Option<Sort>,
    /// In which direction: asc or desc; without it, the newest, the most used, the first to end and the first by name first.
    #[arg(long, value_name = "DIRECTION", requires = "sort")]
    pub order: Option<Order>,
    /// Which keys.
    #[command(flatten)]
    pub filter: Filter,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Which of all keys.
#[derive(Debug, Args)]
pub struct Filter {
    /// Only those of files in this directory or below it.
    #[arg(long, value_name = "DIR")]
    pub directory: Option<PathBuf>,
    /// Only those minted for somebody whose name has this in it.
    #[arg(long, value_name = "TEXT")]
    pub by: Option<String>,
    /// Only those with this in the file's path, in the label, or in whom they were minted for.
    #[arg(short, long, value_name = "TEXT")]
    pub query: Option<String>,
    /// Only those that open nothing any more: expired, unused for too long, or derived from such a key.
    #[arg(long, conflicts_with = "live")]
    pub expired: bool,
    /// Only those that are live.
    #[arg(long)]
    pub live: bool,
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
    "uses",
    "narrowed",
];

impl Filter {
    /// The search for these keys.
    pub(super) fn search(&self) -> Result<Search> {
        let directory = self.directory.as_deref();
        Ok(Search {
            text: self.query.clone(),
            directory: directory.map(super::directory).transpose()?,
            by: self.by.clone(),
            state: match (self.expired, self.live) {
                (true, _) => Some(State::Expired),
                (_, true) => Some(State::Live),
                _ => None,
            },
            limit: usize::MAX,
            ..Search::default()
        })
    }
}

/// The uses of a key, of those that were read.
pub(super) fn uses(days: &HashMap<KeyId, Used>, id: &KeyId) -> Uses {
    let used = days.get(id);
    Uses {
        day: used.map(|used| used.day),
        count: used.map_or(0, |used| used.count),
    }
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
    let after = match After::of(list) {
        Ok(after) => after,
        Err(why) => {
            writeln!(err, "--after: {why}")?;
            return Ok(super::usage());
        }
    };
    let days = read(installation, err)?;
    let search = search(list, after.cursor())?;
    let listing = Listing {
        form: Form::suited(list.json),
        search: &search,
        days: &days,
        now: super::now()?,
    };
    installation.keys.log().look_blocking(|look| {
        if list.sort.is_some() {
            return listing.sorted(look.table, out, err);
        }
        let after = after.key().map(|name| name.find(look.table)).transpose()?;
        listing.in_file(look.table, after.map(|key| key.id), out, err)
    })?
}

/// Where a list goes on.
enum After {
    Start,
    /// Behind this key in the file.
    Key(Name),
    /// Behind this place of a sorted list.
    Place(Cursor),
}

impl After {
    fn of(list: &List) -> Result<Self> {
        Ok(match (&list.after, list.sort) {
            (None, _) => Self::Start,
            (Some(text), None) => Self::Key(Name::argument(text)?),
            (Some(text), Some(sort)) => {
                let cursor: Cursor = text.parse()?;
                if !cursor.is_of(sort, list.order.unwrap_or(sort.usual())) {
                    bail!("it is of a list in another order");
                }
                Self::Place(cursor)
            }
        })
    }

    fn key(&self) -> Option<&Name> {
        match self {
            Self::Key(name) => Some(name),
            Self::Start | Self::Place(_) => None,
        }
    }

    fn cursor(&self) -> Option<&Cursor> {
        match self {
            Self::Place(cursor) => Some(cursor),
            Self::Start | Self::Key(_) => None,
        }
    }
}

fn search(list: &List, after: Option<&Cursor>) -> Result<Search> {
    let sort = list.sort.unwrap_or_default();
    Ok(Search {
        sort,
        order: list.order.unwrap_or(sort.usual()),
        after: after.cloned(),
        limit: list.limit.unwrap_or(usize::MAX),
        ..list.filter.search()?
    })
}

/// The day of each key's last use, read while the keys are; none, with a warning, where they cannot be read.
pub(super) fn read(
    installation: &Installation,
    err: &mut dyn Write,
) -> Result<HashMap<KeyId, Used>> {
    let days = std::thread::scope(|scope| {
        let days = scope.spawn(|| installation.last_uses.uses_blocking());
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
    search: &'a Search,
    days: &'a HashMap<KeyId, Used>,
    now: Timestamp,
}

impl Listing<'_> {
    fn sorted(
        &self,
        table: &KeyTable,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<ExitCode> {
        let hits = table.page(self.search, &|id| uses(self.days, id), self.now);
        let mut rows = Rows::new(self.form, HEADER, out);
        for hit in &hits.keys {
            self.row(&mut rows, &hit.found)?;
        }
        rows.end()?;
        if let Some(next) = hits.next.filter(|_| self.form == Form::Table) {
            writeln!(err, "there are more: --after {next}")?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn in_file(
        &self,
        table: &KeyTable,
        after: Option<KeyId>,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<ExitCode> {
        let mut rows = Rows::new(self.form, HEADER, out);
        let (mut count, mut last, mut more) = (0, None, false);
        let mut written = Ok(());
        let mut row = |found: Found| {
            more = count == self.search.limit;
            if !more {
                written = self.row(&mut rows, &found);
                (count, last) = (count + 1, Some(found.id));
            }
            if more || written.is_err() {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        };
        let uses = |id: &KeyId| uses(self.days, id);
        table.each_wanted(self.search, after, &uses, self.now, &mut row);
        written?;
        rows.end()?;
        if let Some(last) = last.filter(|_| more && self.form == Form::Table) {
            let last = self.form.id(&last);
            writeln!(err, "there are more: --after sha256:{last}")?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn row(&self, rows: &mut Rows<'_>, found: &Found) -> io::Result<()> {
        let used = self.days.get(&found.id).copied();
        let label = found.label();
        rows.row(
            cells(self.form, found, used, label),
            &Facts::of(found, used.map(|used| used.day), label, self.now).counted(used),
        )
    }
}

fn cells(form: Form, found: &Found, used: Option<Used>, label: Option<&Label>) -> Vec<String> {
    vec![
        form.id(&found.id),
        path(found),
        found.rights.as_str().to_owned(),
        or_dash(found.created),
        or_dash(found.expires),
        or_dash(used.map(|used| used.day)),
        or_dash((!found.by.is_empty()).then_some(&*found.by)),
        or_dash(label.map(Label::as_str)),
        found.scope.as_str().to_owned(),
        used.map_or(0, |used| used.count).to_string(),
        narrowed(form, found),
    ]
}
