//! Changes to the settings file that keep its comments and its layout: a host added, a host removed.
//!
//! The new text is read as settings before it is written, so that no command leaves settings that do not load. The
//! file is replaced whole (written beside, synced, renamed), under a lock on its folder, with its owner and mode kept.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};

use fs2::FileExt as _;
use jsonc_parser::cst::{CstArray, CstInputValue, CstNode, CstRootNode};

use super::host::TokenHash;
use super::problem::Problems;
use super::reading::{self, Sources};
use super::{Ceiling, text};
use crate::visitor::HostName;

/// Why the settings file was not changed.
#[derive(Debug, thiserror::Error)]
pub enum NotEdited {
    /// There is none.
    #[error("there is no settings file; the first of these is used: {}", places(.0))]
    NoFile(Vec<PathBuf>),
    /// The file as it is, or as it would be, does not load.
    #[error("the settings were not changed: {0}")]
    Problems(#[from] Problems),
    /// The name is taken.
    #[error("there is a host '{0}' already: remove it first, or take another name")]
    Exists(HostName),
    /// It is set already.
    #[error("users_file is set already")]
    UsersFile,
    /// No such host.
    #[error("there is no host '{0}' in the settings file")]
    Unknown(HostName),
    /// Someone else is at it.
    #[error("another program is changing the settings: try again")]
    Busy,
    /// The disk refused.
    #[error("cannot write '{}': {error}", file.display())]
    Disk {
        /// The settings file.
        file: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

/// A host to be added.
#[derive(Debug, Clone)]
pub struct NewHost {
    /// Its name.
    pub name: HostName,
    /// What its token hashes to.
    pub token: TokenHash,
    /// What it can grant at most.
    pub ceiling: Ceiling,
    /// The ceiling's lifetime as typed, such as `8h`.
    pub lifetime: Option<String>,
    /// Whether it sees and changes all keys.
    pub admin: bool,
}

/// Adds a host to the settings file in use, which is returned.
///
/// # Errors
/// [`NotEdited`]; the file is then as it was.
pub fn add_host(sources: &Sources, host: &NewHost) -> Result<PathBuf, NotEdited> {
    change(sources, |root| {
        let hosts = hosts_of(root);
        if position(&hosts, &host.name).is_some() {
            return Err(NotEdited::Exists(host.name.clone()));
        }
        hosts.ensure_multiline();
        hosts.append(entry(host));
        Ok(())
    })
}

/// Removes a host from the settings file in use, which is returned.
///
/// # Errors
/// [`NotEdited`]; the file is then as it was.
pub fn remove_host(sources: &Sources, name: &HostName) -> Result<PathBuf, NotEdited> {
    change(sources, |root| {
        let found = position(&hosts_of(root), name);
        found
            .ok_or_else(|| NotEdited::Unknown(name.clone()))?
            .remove();
        Ok(())
    })
}

/// Names `file` as the file of local users in the settings file in use, which is returned.
///
/// # Errors
/// [`NotEdited`]; the file is then as it was.
pub fn set_users_file(sources: &Sources, file: &Path) -> Result<PathBuf, NotEdited> {
    change(sources, |root| {
        let value = CstInputValue::String(file.to_string_lossy().into_owned());
        let settings = root.object_value_or_set();
        match settings.get("users_file") {
            Some(member)
                if member
                    .value()
                    .is_some_and(|value| value.as_null_keyword().is_none()) =>
            {
                return Err(NotEdited::UsersFile);
            }
            Some(member) => member.set_value(value),
            None => drop(settings.append("users_file", value)),
        }
        Ok(())
    })
}

fn change(
    sources: &Sources,
    edit: impl FnOnce(&CstRootNode) -> Result<(), NotEdited>,
) -> Result<PathBuf, NotEdited> {
    let spelled = reading::settings_file(sources)?.ok_or_else(|| {
        NotEdited::NoFile(super::usual_places(
            &sources.environment,
            &sources.working_directory,
        ))
    })?;
    let disk = |error| NotEdited::Disk {
        file: spelled.clone(),
        error,
    };
    // A link stays a link: what it leads to is replaced.
    let file = fs::canonicalize(&spelled).map_err(disk)?;
    let folder = File::open(file.parent().unwrap_or(Path::new("/"))).map_err(disk)?;
    match folder.try_lock_exclusive() {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(NotEdited::Busy),
        locked => locked.map_err(disk)?,
    }
    let before =
        reading::file_text(&file).map_err(|message| reading::alone(Some(&spelled), &message))?;
    let unread = |error: jsonc_parser::errors::ParseError| {
        reading::alone(Some(&spelled), &error.to_string())
    };
    let root = CstRootNode::parse(&before, &text::DIALECT).map_err(unread)?;
    reading::read_text(sources, &spelled, &before)?;
    edit(&root)?;
    let after = root.to_string();
    reading::read_text(sources, &spelled, &after)?;
    replace(&file, &folder, &after).map_err(disk)?;
    Ok(spelled)
}

/// The list of hosts, made if it is not there. The text was read as settings before, so nothing else stands in its place
/// but null.
fn hosts_of(root: &CstRootNode) -> CstArray {
    root.object_value_or_set().array_value_or_set("hosts")
}

fn position(hosts: &CstArray, name: &HostName) -> Option<CstNode> {
    hosts.elements().into_iter().find(|element| {
        let value = element
            .as_object()
            .and_then(|host| host.get("name")?.value());
        let text = value.and_then(|value| value.as_string_lit()?.decoded_value().ok());
        text.as_deref() == Some(name.as_str())
    })
}

fn entry(host: &NewHost) -> CstInputValue {
    let text = |text: &str| CstInputValue::String(text.to_owned());
    let mut ceiling = Vec::new();
    if host.ceiling.poweruser {
        ceiling.push(("poweruser".to_owned(), CstInputValue::Bool(true)));
    }
    if let Some(directories) = &host.ceiling.directories {
        let list = directories.iter().map(|directory| text(directory.as_str()));
        ceiling.push((
            "directories".to_owned(),
            CstInputValue::Array(list.collect()),
        ));
    }
    ceiling.push(("rights".to_owned(), text(host.ceiling.rights.as_str())));
    if let Some(lifetime) = &host.lifetime {
        ceiling.push(("lifetime".to_owned(), text(lifetime)));
    }
    let mut entry = vec![
        ("name".to_owned(), text(host.name.as_str())),
        ("token_sha256".to_owned(), text(&host.token.to_string())),
        ("ceiling".to_owned(), CstInputValue::Object(ceiling)),
    ];
    if host.admin {
        entry.push(("admin".to_owned(), CstInputValue::Bool(true)));
    }
    CstInputValue::Object(entry)
}

/// The file holds `text`, or what it held before; never a part.
fn replace(file: &Path, folder: &File, text: &str) -> io::Result<()> {
    let held = fs::metadata(file)?;
    let mut name = std::ffi::OsString::from(".");
    name.push(file.file_name().unwrap_or_default());
    name.push(format!(".{}.new", std::process::id()));
    let beside = file.with_file_name(name);
    let write = || {
        let mut new = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&beside)?;
        new.write_all(text.as_bytes())?;
        let made = new.metadata()?;
        if (made.uid(), made.gid()) != (held.uid(), held.gid()) {
            fchown(&new, Some(held.uid()), Some(held.gid()))?;
        }
        new.set_permissions(fs::Permissions::from_mode(held.mode() & 0o7777))?;
        new.sync_all()?;
        fs::rename(&beside, file)
    };
    let written = write();
    if written.is_err() {
        // What is left beside is ours alone; if it cannot go either, the first error is the one to tell.
        let _ = fs::remove_file(&beside);
    }
    written?;
    folder.sync_all()
}

fn places(list: &[PathBuf]) -> String {
    let names: Vec<String> = list
        .iter()
        .map(|place| place.display().to_string())
        .collect();
    names.join(", ")
}
