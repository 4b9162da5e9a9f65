//! `editkey users add|password|remove|list`: who may sign in by a password.
//!
//! A password is typed or read from standard input, and never shown, logged or taken as an argument.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use comfy_table::{Table, presets};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::installation::Installation;
use super::password::new_password;
use crate::mint::{Cost, PasswordHash};
use crate::settings::edit::{self, NotEdited};
use crate::settings::{self, Settings, Sources};
use crate::store::{LocalUser, UserName, Users};
use crate::visitor::{Source, User, Visitor};

/// The users file's name in the key folder, where the settings name none yet.
const USUAL_NAME: &str = "users.json";

/// What to do with the local users.
#[derive(Debug, Subcommand)]
pub enum UsersCommand {
    /// Add a user; the password is asked for, or read from standard input.
    Add(Add),
    /// Give a user another password, which ends all of their sessions.
    Password(Named),
    /// Remove a user, which ends all of their sessions.
    Remove(Named),
    /// List the users.
    List(List),
}

/// A user to add.
#[derive(Debug, Args)]
pub struct Add {
    /// The name: at most 64 letters, digits, '.', '_', '-', '+' and '@'.
    pub name: UserName,
    /// Let them see and change all keys.
    #[arg(long)]
    pub admin: bool,
}

/// A user that is there.
#[derive(Debug, Args)]
pub struct Named {
    /// The name.
    pub name: UserName,
}

/// How to list.
#[derive(Debug, Args)]
pub struct List {
    /// Print JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// Runs one of them.
///
/// # Errors
/// What is wrong, and what to do.
pub fn run(
    command: &UsersCommand,
    sources: &Sources,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode> {
    let settings = settings::load(sources)?;
    match command {
        UsersCommand::Add(user) => add(user, settings, sources, err)?,
        UsersCommand::Password(user) => {
            let (users, name) = (users(settings)?, &user.name);
            known(&users, name)?;
            let hash = PasswordHash::of(&new_password()?, &Cost::default())?;
            users.edit(|table| match table.find_mut(name) {
                None => bail!("there is no user '{name}'"),
                Some(user) => {
                    user.password = hash;
                    Ok(user.end_sessions()?)
                }
            })?;
            writeln!(
                err,
                "the password of '{name}' is changed; their sessions have ended"
            )?;
        }
        UsersCommand::Remove(user) => {
            let (users, name) = (users(settings)?, &user.name);
            known(&users, name)?;
            users.edit::<_, anyhow::Error>(|table| Ok(table.remove(name)))?;
            writeln!(
                err,
                "'{name}' is no user any more; their sessions have ended, their bookmarks go on \
                 working: see 'editkey keys list --by users:{name}'"
            )?;
        }
        UsersCommand::List(how) => list(how, &users(settings)?, out)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn add(user: &Add, settings: Settings, sources: &Sources, err: &mut dyn Write) -> Result<()> {
    let named = settings.users_file.is_some();
    let file = settings.key_folder.join(USUAL_NAME);
    let file = settings.users_file.clone().unwrap_or(file);
    let gets = gets(&settings, &user.name);
    let users = open(settings, &file)?;
    if users.look()?.find(user.name.as_str()).is_some() {
        bail!(
            "there is a user '{}' already: see 'editkey users password'",
            user.name
        );
    }
    let hash = PasswordHash::of(&new_password()?, &Cost::default())?;
    let now = Timestamp::from_second(Timestamp::now().as_second())?;
    let new = LocalUser::new(hash, user.admin, now)?;
    if !named {
        name_file(sources, &file, err)?;
    }
    users.edit(|table| {
        if table.find(user.name.as_str()).is_some() {
            bail!("there is a user '{}' already", user.name);
        }
        table.put(user.name.clone(), new);
        Ok(())
    })?;
    writeln!(err, "'{}' may sign in at /login", user.name)?;
    if !gets {
        writeln!(
            err,
            "no row of the policy gives them anything yet; a row in \"grants\" could be:\n  \
             {{\"source\": \"users\", \"user\": {}, \"directories\": [\"/srv/site\"]}}",
            json!(user.name.as_str())
        )?;
    }
    Ok(())
}

/// Writes into the settings where the users are.
fn name_file(sources: &Sources, file: &Path, err: &mut dyn Write) -> Result<()> {
    match edit::set_users_file(sources, file) {
        Ok(settings) => writeln!(
            err,
            "users_file is now set in {}; a running server takes it up when it starts anew",
            settings.display()
        )?,
        Err(error @ NotEdited::NoFile(_)) => bail!(
            "the settings name no users file: add \"users_file\": {} ({error})",
            json!(file.to_string_lossy())
        ),
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// Whether the policy gives this user anything.
fn gets(settings: &Settings, name: &UserName) -> bool {
    let visitor = Visitor {
        user: User::parse(name.as_str()).ok(),
        ..Visitor::of(Source::Users)
    };
    !settings.grants.grants(&visitor).is_empty()
}

fn list(how: &List, users: &Users, out: &mut dyn Write) -> Result<()> {
    let table = users.look()?;
    if how.json {
        let list: Vec<Value> = table
            .iter()
            .map(|(name, user)| {
                json!({"name": name.as_str(), "admin": user.admin, "created": user.created})
            })
            .collect();
        writeln!(out, "{}", serde_json::to_string_pretty(&list)?)?;
        return Ok(());
    }
    let mut lines = Table::new();
    lines
        .load_style(presets::NOTHING)
        .set_header(["name", "admin", "created"]);
    for (name, user) in table.iter() {
        let admin = if user.admin { "yes" } else { "no" };
        lines.add_row([name.as_str(), admin, &user.created.to_string()]);
    }
    writeln!(out, "{}", lines.trim_fmt())?;
    Ok(())
}

/// The users of the file that the settings name.
fn users(settings: Settings) -> Result<Users> {
    let Some(file) = settings.users_file.clone() else {
        bail!(
            "the settings name no users file, so there are no local users: 'editkey users add NAME' sets one up"
        );
    };
    open(settings, &file)
}

/// The users in `file`, whose folder and whose neighbours are ours alone.
fn open(settings: Settings, file: &Path) -> Result<Users> {
    Installation::open(settings)?;
    Ok(Users::at(file))
}

fn known(users: &Users, name: &UserName) -> Result<()> {
    if users.look()?.find(name.as_str()).is_none() {
        bail!("there is no user '{name}'");
    }
    Ok(())
}
