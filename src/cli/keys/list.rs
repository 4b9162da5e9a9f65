//! `editkey keys list`.

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
use crate::store::{Cursor, Found, Order, Search, Sort, State, StoreError, Uses};

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
    let search = search(list, after.cursor())?;
    let listing = Listing {
        form: Form::suited(list.json),
        search: &search,
        installation,
        now: super::now()?,
    };
    if list.sort.is_some() {
        return listing.sorted(out, err);
    }
    let keys = &installation.keys;
    let found = |name: &Name| keys.look_blocking(&name.wanted(), |look| name.find(look.table));
    let after = after.key().map(found).transpose()?.transpose()?;
    listing.in_order(after.map(|key| key.id), out, err)
}

/// Says that nothing is known of last uses, where that is so.
pub(super) fn warn(unknown: Option<StoreError>, err: &mut dyn Write) -> io::Result<()> {
    match unknown {
        Some(error) => writeln!(err, "last uses are not known: {error}"),
        None => Ok(()),
    }
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

struct Listing<'a> {
    form: Form,
    search: &'a Search,
    installation: &'a Installation,
    now: Timestamp,
}

impl Listing<'_> {
    /// By what was asked for.
    fn sorted(&self, out: &mut dyn Write, err: &mut dyn Write) -> Result<ExitCode> {
        let uses = &self.installation.last_uses;
        let keys = &self.installation.keys;
        let (hits, unknown) = keys.page_blocking(self.search, uses, self.now)?;
        warn(unknown, err)?;
        let mut rows = Rows::new(self.form, HEADER, out);
        for hit in &hits.keys {
            self.row(&mut rows, &hit.found, hit.uses)?;
        }
        rows.end()?;
        if let Some(next) = hits.next.filter(|_| self.form == Form::Table) {
            writeln!(err, "there are more: --after {next}")?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// In the order in which they stand, as they come.
    fn in_order(
        &self,
        after: Option<KeyId>,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<ExitCode> {
        let mut rows = Rows::new(self.form, HEADER, out);
        let (mut count, mut last, mut more) = (0, None, false);
        let mut written = Ok(());
        let mut row = |found: Found, uses: Uses| {
            more = count == self.search.limit;
            if !more {
                written = self.row(&mut rows, &found, uses);
                (count, last) = (count + 1, Some(found.id));
            }
            if more || written.is_err() {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        };
        let uses = &self.installation.last_uses;
        let keys = &self.installation.keys;
        let unknown = keys.each_wanted_blocking(self.search, after, uses, self.now, &mut row)?;
        written?;
        rows.end()?;
        warn(unknown, err)?;
        if let Some(last) = last.filter(|_| more && self.form == Form::Table) {
            let last = self.form.id(&last);
            writeln!(err, "there are more: --after sha256:{last}")?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn row(&self, rows: &mut Rows<'_>, found: &Found, uses: Uses) -> io::Result<()> {
        let label = found.label();
        rows.row(
            cells(self.form, found, uses, label),
            &Facts::of(found, uses.day, label, self.now).counted(uses.count),
        )
    }
}

fn cells(form: Form, found: &Found, uses: Uses, label: Option<&Label>) -> Vec<String> {
    vec![
        form.id(&found.id),
        path(found),
        found.rights.as_str().to_owned(),
        or_dash(found.created),
        or_dash(found.expires),
        or_dash(uses.day),
        or_dash((!found.by.is_empty()).then_some(&*found.by)),
        or_dash(label.map(Label::as_str)),
        found.scope.as_str().to_owned(),
        uses.count.to_string(),
        narrowed(form, found),
    ]
}
