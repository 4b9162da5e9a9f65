//! `editkey config explain --url`: which entry of the gate decides about an address, why the others do not, and whether
//! the visitor passes.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use comfy_table::{Table, presets};
use serde_json::{Value, json};
use url::Url;

use super::super::installation;
use super::Explain;
use super::mounted::Mounted;
use crate::gate::{Decides, Entry, NotTarget, Table as Gate, Target, Wanted};
use crate::grants::Who;
use crate::settings::Settings;
use crate::visitor::{Source, Visitor};

/// The host of an address that names none: no entry can name it.
const ANY_HOST: &str = "host.invalid";

/// What the gate would say.
struct Said {
    entries: Vec<Line>,
    mounted: Option<Mounted>,
    passes: bool,
    why: String,
}

/// One entry, and what it is to the address.
struct Line {
    setting: String,
    prefix: String,
    what: String,
    why: String,
}

/// Explains what the gate says of `url`.
///
/// # Errors
/// `out` cannot be written to; roots that are none; a name that breaks the rules.
pub(super) fn run(
    url: &str,
    explain: &Explain,
    settings: &Settings,
    out: &mut dyn Write,
) -> Result<ExitCode> {
    let said = said(url, explain, settings)?;
    if explain.json {
        let text = serde_json::to_string_pretty(&said.as_json(url, &explain.method))?;
        writeln!(out, "{text}")?;
    } else {
        said.show(url, &explain.method, out)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn said(url: &str, explain: &Explain, settings: &Settings) -> Result<Said> {
    let target = match parsed(url) {
        Ok(target) => target,
        Err(error) => {
            let read = read_as(url).map(|read| format!(", and some read it as {read}"));
            let read = read.unwrap_or_default();
            return Ok(Said::no(
                Vec::new(),
                format!("the address is refused: {error}{read}"),
            ));
        }
    };
    let roots = installation::roots(settings, &settings.roots)?;
    let table = settings.gate.table.clone();
    let table = table.with_directories(|directory| roots.canonical_directory(directory).ok());
    let found = table.find(&target);
    let entries = lines(&table, &target, found.map(|(entry, _)| entry));
    let visitor = at_gate(explain.visitor()?, explain.source.as_ref());
    let Some((entry, rest)) = found else {
        let unread = table.hosts().next().is_some() && target.host().is_none();
        let why = if unread {
            "the host could be read as another, so that no entry decides"
        } else {
            "no entry holds this address"
        };
        return Ok(Said::no(entries, why.to_owned()));
    };
    Ok(match &entry.decides {
        Decides::Rule(who) => {
            let (passes, why) = rule(who, &visitor, explain);
            Said {
                passes,
                ..Said::no(entries, why)
            }
        }
        Decides::Mount(directory) => {
            let wanted = Wanted::of(directory, rest, &target.path);
            let mounted = Mounted::of(directory, wanted, explain, settings, &roots, &visitor)?;
            Said {
                passes: mounted.passes(),
                ..Said::no(entries, mounted.why())
            }
            .about(mounted)
        }
    })
}

fn parsed(url: &str) -> std::result::Result<Target<'_>, NotTarget> {
    if url.starts_with('/') {
        Target::parse("https", ANY_HOST, url)
    } else {
        Target::parse_url(url)
    }
}

/// Whoever is known by headers, or by being at this machine, is nobody at the gate.
fn at_gate(visitor: Visitor, source: Option<&Source>) -> Visitor {
    if matches!(source, Some(Source::Header | Source::Local)) {
        Visitor {
            address: visitor.address,
            ..Visitor::of(Source::Anyone)
        }
    } else {
        visitor
    }
}

/// The visitor as the gate knows them, where an entry or a row asks for `asked`.
pub(super) fn known(explain: &Explain, visitor: &Visitor, asked: Option<&Source>) -> Visitor {
    let never = |source: Option<&Source>| matches!(source, Some(Source::Header | Source::Local));
    let nobody = explain.source.is_none() && visitor.source == Source::Anyone;
    if nobody || never(explain.source.as_ref()) || never(asked) {
        visitor.clone()
    } else {
        explain.as_asked(visitor, asked)
    }
}

fn rule(who: &Who, visitor: &Visitor, explain: &Explain) -> (bool, String) {
    let never = matches!(who.source, Some(Source::Header | Source::Local));
    match who.missing(&known(explain, visitor, who.source.as_ref())) {
        None => (true, format!("the rule is for {who}")),
        Some(_) if never => (
            false,
            format!("the rule is for {who}, which never counts at the gate"),
        ),
        Some(missing) => (false, format!("the rule is for {who}: {missing}")),
    }
}

fn lines(table: &Gate, target: &Target<'_>, found: Option<&Entry>) -> Vec<Line> {
    let host = target.host();
    let line = |entry: &Entry| {
        let decides = found.is_some_and(|found| found.setting == entry.setting);
        let why = match entry.prefix.rest(host.as_ref(), &target.path) {
            Ok(_) if decides => "decides".to_owned(),
            Ok(_) if found.is_none() => "not: the host cannot be told".to_owned(),
            Ok(_) => "not: a more specific one decides".to_owned(),
            Err(beside) => format!("not: {beside}"),
        };
        Line {
            setting: entry.setting.clone(),
            prefix: entry.prefix.to_string(),
            what: match &entry.decides {
                Decides::Mount(directory) => format!("files below {directory}"),
                Decides::Rule(who) => who.to_string(),
            },
            why,
        }
    };
    table.entries().iter().map(line).collect()
}

/// The path as those read it who resolve dots, where that is another.
fn read_as(url: &str) -> Option<String> {
    let path = if url.starts_with('/') {
        url
    } else {
        let (_, rest) = url.split_once("://")?;
        rest.get(rest.find('/')?..)?
    };
    let path = path.split(['?', '#']).next()?;
    let read = Url::parse(&format!("https://{ANY_HOST}{path}")).ok()?;
    (read.path() != path).then(|| read.path().to_owned())
}

impl Said {
    fn no(entries: Vec<Line>, why: String) -> Self {
        Self {
            entries,
            mounted: None,
            passes: false,
            why,
        }
    }

    fn about(self, mounted: Mounted) -> Self {
        Self {
            mounted: Some(mounted),
            ..self
        }
    }

    fn show(&self, url: &str, method: &str, out: &mut dyn Write) -> Result<()> {
        if !self.entries.is_empty() {
            let mut table = Table::new();
            table.load_style(presets::NOTHING).set_header([
                "entry",
                "address",
                "lets pass by",
                "here",
            ]);
            for line in &self.entries {
                table.add_row([&line.setting, &line.prefix, &line.what, &line.why]);
            }
            writeln!(out, "{}\n", table.trim_fmt())?;
        }
        if let Some(mounted) = &self.mounted {
            mounted.show(out)?;
        }
        let passes = if self.passes {
            "passes"
        } else {
            "does not pass"
        };
        writeln!(out, "{method} {url} {passes}: {}", self.why)?;
        Ok(())
    }

    fn as_json(&self, url: &str, method: &str) -> Value {
        let entries = self.entries.iter().map(|line| {
            json!({
                "setting": line.setting,
                "address": line.prefix,
                "lets_pass_by": line.what,
                "decides": line.why == "decides",
                "why": line.why,
            })
        });
        let decides = self.entries.iter().find(|line| line.why == "decides");
        json!({
            "url": url,
            "method": method,
            "entries": entries.collect::<Vec<_>>(),
            "decides": decides.map(|line| &line.setting),
            "mount": self.mounted.as_ref().map(Mounted::as_json),
            "passes": self.passes,
            "why": self.why,
        })
    }
}
