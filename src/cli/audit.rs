//! `editkey audit`: what the audit log says, and what it goes on to say.
//!
//! It only reads, and needs nothing but the log: keys that are gone are found in it too.

use std::collections::VecDeque;
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use ipnet::IpNet;
use jiff::Timestamp;

use super::keys::named::{Name, NotName};
use super::keys::print::{Form, Rows, or_dash};
use crate::settings::{self, Sources, span};
use crate::store::audit::{Follower, Line, Wanted, address};
use crate::store::{Act, ownership};

/// How often the log is looked at while it is followed.
const EVERY: Duration = Duration::from_millis(200);

/// Which events.
#[derive(Debug, Args)]
pub struct Audit {
    /// Only those of this key: its id, or its first 8 or more characters.
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    pub key: Option<String>,
    /// Only those by somebody whose name has this in it.
    #[arg(long, value_name = "TEXT")]
    pub by: Option<String>,
    /// Only such acts: open, refuse, mint, save…; may be repeated.
    #[arg(long, value_name = "ACT", value_parser = act())]
    pub act: Vec<Act>,
    /// Only those from this address or network, such as 192.0.2.0/24.
    #[arg(long, value_name = "ADDRESS", value_parser = network)]
    pub address: Option<IpNet>,
    /// Not before then: a time, or so long ago, such as 2h.
    #[arg(long, value_name = "1d|TIME", value_parser = moment)]
    pub since: Option<Timestamp>,
    /// Not after then: a time, or so long ago.
    #[arg(long, value_name = "1d|TIME", value_parser = moment)]
    pub until: Option<Timestamp>,
    /// At most so many: the last ones.
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Go on as the log grows, until it is told to end.
    #[arg(short, long)]
    pub follow: bool,
    /// Print JSON, one object a line, as it stands in the log.
    #[arg(long)]
    pub json: bool,
}

const HEADER: &[&str] = &["time", "act", "key", "by", "from", "why", "count", "first"];

/// Prints what is wanted of the log, the newest last.
///
/// # Errors
/// Settings that are not as they should be; a log that is not ours; what the disk says.
pub fn run(
    audit: &Audit,
    sources: &Sources,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode> {
    let settings = settings::load(sources)?;
    let Some(place) = &settings.audit else {
        writeln!(err, "the audit log is switched off (setting audit.file)")?;
        return Ok(ExitCode::FAILURE);
    };
    let name = || place.path.display().to_string();
    if place.path.symlink_metadata().is_ok() {
        ownership::check_state(&place.path)?;
    }
    let wanted = match audit.wanted() {
        Ok(wanted) => wanted,
        Err(why) => {
            writeln!(err, "{why}")?;
            return Ok(ExitCode::from(2));
        }
    };
    let form = Form::suited(audit.json);
    let mut follower = Follower::of(place).with_context(name)?;
    audit
        .print(&mut follower, &wanted, form, out)
        .with_context(name)?;
    while audit.follow {
        std::thread::sleep(EVERY);
        let each = &mut |line: Line| {
            let text = match form {
                Form::Json => serde_json::to_string(&line)?,
                Form::Table | Form::Tabs => cells(&line, Form::Tabs).join("\t"),
            };
            writeln!(out, "{text}")
        };
        follower.more(&wanted, each)?;
        out.flush()?;
    }
    Ok(ExitCode::SUCCESS)
}

impl Audit {
    fn wanted(&self) -> Result<Wanted, NotName> {
        let key = self.key.as_deref().map(Name::argument).transpose()?;
        Ok(Wanted {
            key: key.map(|name| match name {
                Name::Whole(id) => id.to_string(),
                Name::Beginning(beginning) => beginning,
            }),
            by: self.by.clone(),
            acts: self.act.clone(),
            from: self.address,
            since: self.since,
            until: self.until,
        })
    }

    /// Prints what is there.
    fn print(
        &self,
        follower: &mut Follower,
        wanted: &Wanted,
        form: Form,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut last: VecDeque<Line> = VecDeque::new();
        let mut printed = Printed::new(form, out);
        let limit = self.limit;
        follower.more(wanted, &mut |line| {
            let Some(limit) = limit else {
                return printed.line(&line);
            };
            last.push_back(line);
            if last.len() > limit {
                last.pop_front();
            }
            Ok(())
        })?;
        for line in &last {
            printed.line(line)?;
        }
        printed.end()
    }
}

/// Lines as they are printed: rows of a list, or JSON as it stands in the log.
enum Printed<'a> {
    Rows(Form, Rows<'a>),
    Json(BufWriter<&'a mut dyn Write>),
}

impl<'a> Printed<'a> {
    fn new(form: Form, out: &'a mut dyn Write) -> Self {
        match form {
            Form::Json => Self::Json(BufWriter::new(out)),
            Form::Table | Form::Tabs => Self::Rows(form, Rows::new(form, HEADER, out)),
        }
    }

    fn line(&mut self, line: &Line) -> io::Result<()> {
        match self {
            Self::Rows(form, rows) => rows.row(cells(line, *form), &()),
            Self::Json(out) => writeln!(out, "{}", serde_json::to_string(line)?),
        }
    }

    fn end(self) -> io::Result<()> {
        match self {
            Self::Rows(_, rows) => rows.end(),
            Self::Json(mut out) => out.flush(),
        }
    }
}

fn cells(line: &Line, form: Form) -> Vec<String> {
    vec![
        line.time.to_string(),
        line.act.as_str().to_owned(),
        or_dash(line.key.map(|id| form.id(&id))),
        or_dash(line.by.as_deref()),
        or_dash(line.from.as_ref().map(address)),
        or_dash(line.why.as_deref()),
        line.count.to_string(),
        or_dash(line.first),
    ]
}

fn act() -> impl clap::builder::TypedValueParser<Value = Act> {
    let words = PossibleValuesParser::new(Act::ALL.map(Act::as_str));
    words.try_map(|word| {
        let mut all = Act::ALL.into_iter();
        let act = all.find(|act| act.as_str() == word);
        act.ok_or("this is no act")
    })
}

fn network(text: &str) -> Result<IpNet, &'static str> {
    let address = || text.parse::<std::net::IpAddr>().map(IpNet::from);
    let network = text.parse::<IpNet>().or_else(|_| address());
    network.map_err(|_| "this is neither an address nor a network")
}

fn moment(text: &str) -> Result<Timestamp, String> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    let ago = span::duration(text).map_err(|error| format!("neither a time nor this: {error}"))?;
    let time = Timestamp::now().checked_sub(ago);
    time.map_err(|error| error.to_string())
}
