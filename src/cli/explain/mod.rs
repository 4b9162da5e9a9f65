//! `editkey config explain`: what a visitor would get by the policy, and why; and what the gate would say of an address.
//!
//! Only the settings are looked at, and for a mount its files: what a host, a PHP session or a link from the command line
//! grants besides stands in sessions, and what a key opens in the key file. Nothing is made or changed.

mod address;
mod mounted;

use std::io::Write;
use std::net::IpAddr;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Args;
use comfy_table::{Table, presets};
use serde_json::{Value, json};

use crate::access::{ByPolicy, gives};
use crate::grants::{Explained, Grants, Row};
use crate::settings::{self, Sources};
use crate::visitor::{Email, Group, Level, Source, User, Visitor};

/// Whose grants to explain.
#[derive(Debug, Args)]
pub struct Explain {
    /// The visitor's name.
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// Their e-mail address; the name, where no other is known.
    #[arg(long, value_name = "ADDRESS")]
    pub email: Option<Email>,
    /// Their groups, with commas between them.
    #[arg(long, value_name = "GROUPS", value_delimiter = ',')]
    pub groups: Vec<Group>,
    /// Their level, as Organizr counts (0 Admin … 4 User).
    #[arg(long)]
    pub level: Option<Level>,
    /// The address they come from.
    #[arg(long, value_name = "ADDRESS")]
    pub address: Option<IpAddr>,
    /// Who says so: header, jwt, users, php, local or host/NAME; by default whichever source a row asks for.
    #[arg(long)]
    pub source: Option<Source>,
    /// What the gate would say of this address: a path, or with its host, <https://files.example.org/album/x>.
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// The method by which it is asked for.
    #[arg(long, value_name = "METHOD", default_value = "GET", requires = "url")]
    pub method: String,
    /// Print JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// Explains.
///
/// # Errors
/// `out` or `err` cannot be written to; a name that breaks the rules.
pub(super) fn run(
    explain: &Explain,
    sources: &Sources,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode> {
    let settings = match settings::load(sources) {
        Ok(settings) => settings,
        Err(problems) => {
            writeln!(err, "{problems}")?;
            return Ok(ExitCode::FAILURE);
        }
    };
    if let Some(url) = &explain.url {
        return address::run(url, explain, &settings, out);
    }
    let visitor = explain.visitor()?;
    let as_asked = |row: &Row| explain.as_asked(&visitor, row.who.source.as_ref());
    let ByPolicy { rows, sum, admin } = ByPolicy::of(&settings.grants, as_asked);
    if explain.json {
        let rows: Vec<Value> = rows.iter().map(|(row, why)| as_json(row, why)).collect();
        let whole = json!({
            "rows": rows,
            "poweruser": sum.everything,
            "directories": directories(&sum),
            "admin": admin,
        });
        writeln!(out, "{}", serde_json::to_string_pretty(&whole)?)?;
    } else {
        table(&rows, &sum, admin, out)?;
    }
    Ok(ExitCode::SUCCESS)
}

impl Explain {
    /// The visitor as the source that was named knows them; where none was, as the one that is asked for does.
    fn as_asked(&self, visitor: &Visitor, asked: Option<&Source>) -> Visitor {
        let source = self.source.as_ref().or(asked);
        Visitor {
            source: source.unwrap_or(&visitor.source).clone(),
            ..visitor.clone()
        }
    }

    /// Somebody who signed in, where a name or a level says so; else nobody.
    fn visitor(&self) -> Result<Visitor> {
        let user = self.user.as_deref().map(User::parse).transpose();
        let user = user
            .context("--user: 1 to 128 characters, no control character, no space at either end")?;
        let anybody = user.is_some() || self.email.is_some() || self.level.is_some();
        let known = anybody || !self.groups.is_empty();
        Ok(Visitor {
            user,
            email: self.email.clone(),
            groups: self.groups.clone(),
            level: self.level,
            address: self.address,
            ..Visitor::of(if known { Source::Users } else { Source::Anyone })
        })
    }
}

fn table(rows: &[(&Row, Explained)], sum: &Grants, admin: bool, out: &mut dyn Write) -> Result<()> {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_header(["row", "for", "gives", "to this visitor"]);
    for (index, (row, explained)) in rows.iter().enumerate() {
        table.add_row([
            format!("grants[{index}]"),
            row.who.to_string(),
            gives(row).to_string(),
            why(explained),
        ]);
    }
    if rows.is_empty() {
        writeln!(out, "the settings have no policy: no row in \"grants\"")?;
    } else {
        writeln!(out, "{}\n", table.trim_fmt())?;
    }
    if let Some(rights) = sum.everything {
        writeln!(out, "may {} everything below the roots", rights.as_str())?;
    }
    for directory in &sum.directories {
        let rights = directory.rights.as_str();
        writeln!(out, "may {rights} below {}", directory.path.as_str())?;
    }
    if admin {
        writeln!(out, "sees and changes all keys")?;
    }
    if sum.is_empty() && !admin {
        writeln!(out, "gets nothing by the policy")?;
    }
    Ok(())
}

fn why(explained: &Explained) -> String {
    match explained {
        Explained::Holds(_) => "holds".to_owned(),
        Explained::NoPath => "holds, but the name can stand in no path".to_owned(),
        Explained::Not(what) => format!("not: {what}"),
    }
}

fn as_json(row: &Row, explained: &Explained) -> Value {
    let directories = match explained {
        Explained::Holds(grants) => directories(grants),
        Explained::NoPath | Explained::Not(_) => Value::Array(Vec::new()),
    };
    json!({
        "for": row.who.to_string(),
        "gives": gives(row),
        "holds": matches!(explained, Explained::Holds(_)),
        "why": why(explained),
        "directories": directories,
    })
}

fn directories(grants: &Grants) -> Value {
    let directories = grants.directories.iter();
    directories
        .map(|directory| json!({"path": directory.path.as_str(), "rights": directory.rights}))
        .collect()
}
