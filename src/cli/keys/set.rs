//! `editkey keys set`: a key is narrowed, in place: its bookmark stays as it is.
//!
//! It never widens a key. What would is refused, and the key stays as it is.

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::{ArgGroup, Args, value_parser};

use super::derive::new_passphrase;
use super::named::Name;
use super::show::{self, Show};
use crate::cli::installation::Installation;
use crate::mint::{Idle, Life, MOST_USES, Narrowing, Record};
use crate::names::{Label, Malformed, Rights};
use crate::store::{Act, Changed, Event};

/// Which key to narrow, and to what.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).multiple(true)
    .args(["rights", "expires", "idle", "uses", "passphrase", "label"]))]
pub struct Set {
    /// The key's id, or its first 8 or more characters ('sha256:' before one that begins with '-'); '-' reads an id or
    /// a key from standard input.
    pub id: String,
    /// No more than this.
    #[arg(long, value_name = "view|edit")]
    pub rights: Option<Rights>,
    /// How long it still lives, such as 90d, or until when; never longer than it does.
    #[arg(long, value_name = "90d|TIME")]
    pub expires: Option<String>,
    /// How many days it may stay unused, such as 30d; never more than it may.
    #[arg(long, value_name = "30d", value_parser = Idle::parse)]
    pub idle: Option<Idle>,
    /// How many more browsers may claim it; nobody else uses it then.
    #[arg(long, value_name = "1-100", value_parser = value_parser!(u8).range(1..=i64::from(MOST_USES)))]
    pub uses: Option<u8>,
    /// Ask for a passphrase that whoever uses it must know, in place of one that is there, on the terminal, or read it
    /// from standard input.
    #[arg(long)]
    pub passphrase: bool,
    /// Another note on it; an empty one removes it.
    #[arg(long, value_name = "TEXT", value_parser = label)]
    pub label: Option<NewLabel>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// A note, or that there is to be none.
#[derive(Debug, Clone)]
pub struct NewLabel(Option<Label>);

fn label(text: &str) -> Result<NewLabel, Malformed> {
    let label = (!text.is_empty()).then(|| Label::parse(text)).transpose()?;
    Ok(NewLabel(label))
}

/// Narrows, and shows the key as it stands then.
///
/// # Errors
/// No such key, one that would get wider; what the store says.
pub fn run(
    set: &Set,
    installation: &Installation,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode> {
    if set.id == "-" && set.passphrase {
        writeln!(
            err,
            "standard input is either the key's or the passphrase's: name the key by its id"
        )?;
        return Ok(super::usage());
    }
    let name = match Name::one(&set.id) {
        Ok(name) => name,
        Err(why) => {
            writeln!(err, "{why}")?;
            return Ok(super::usage());
        }
    };
    let time = super::now()?;
    let keys = &installation.keys;
    let id = keys
        .look_blocking(&name.wanted(), |look| name.find(look.table))??
        .id;
    let life = set.expires.as_deref().map(|text| Life::parse(text, time));
    let narrowing = Narrowing {
        rights: set.rights,
        life: life.transpose().context("--expires")?,
        idle: set.idle,
        uses: set.uses,
        passphrase: set.passphrase.then(new_passphrase).transpose()?,
        label: set.label.clone().map(|NewLabel(label)| label),
    };
    let narrowed = move |record: &Record| record.narrowed(&narrowing, time);
    match installation.keys.change_blocking(id, narrowed)? {
        Changed::To(_) => {}
        Changed::Unknown => bail!("{id}: somebody revoked it meanwhile"),
        Changed::Not(why) => return Err(why.into()),
    }
    installation.audit.note(Event {
        by: Some("operator".into()),
        ..Event::of(Act::Set, id, time)
    });
    let shown = Show {
        id: format!("sha256:{id}"),
        json: set.json,
    };
    show::run(&shown, installation, out, err)
}
