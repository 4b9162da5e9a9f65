//! What only the disk knows about the settings: whether the places they name are there, and lie where they may.
//!
//! Called before serving and by `config check`; a command that only reads keys does not need it. The answer is about
//! this moment only: whoever opens a file checks again.

use std::fs;
use std::path::{Path, PathBuf};

use super::problem::{Place, Problem, Problems};
use super::{PublicPicture, Settings, TrustedHeaders};
use crate::gate::Decides;
use crate::store::php::{PhpPlace, check_folder};

/// The roots are directories, there is at least one, the settings file lies below none of them, and every directory
/// of a host's ceiling meets one; the keys of all tokens are there and fit.
///
/// # Errors
/// [`Problems`], all at once.
pub fn check_places(settings: &Settings) -> Result<(), Problems> {
    let mut list = Vec::new();
    let mut refuse = |path: String, message: String| {
        list.push(Problem {
            place: Place::Default,
            path,
            message,
        });
    };
    if settings.roots.is_empty() {
        refuse(
            "roots".to_owned(),
            "name at least one directory below which files may be edited".to_owned(),
        );
    }
    let mut roots: Vec<PathBuf> = Vec::new();
    for (index, root) in settings.roots.iter().enumerate() {
        match directory(root) {
            Ok(root) => roots.push(root),
            Err(message) => refuse(format!("roots[{index}]"), message),
        }
    }
    if let Some((file, root)) = file_below(settings.settings_file.as_deref(), &roots) {
        refuse(
            "roots".to_owned(),
            format!(
                "the settings file '{}' lies below '{}': move it, since who edits the settings owns the service",
                file.display(),
                root.display()
            ),
        );
    }
    for (path, message) in ceilings_outside(settings, &roots) {
        refuse(path, message);
    }
    for (path, message) in mounts_outside(settings, &roots) {
        refuse(path, message);
    }
    for (path, message) in sources_unfit(settings) {
        refuse(path, message);
    }
    if list.is_empty() {
        Ok(())
    } else {
        Err(Problems {
            file: settings.settings_file.clone(),
            list,
        })
    }
}

/// What is wrong with the files and folders by which sources know people, by their settings.
fn sources_unfit(settings: &Settings) -> Vec<(String, String)> {
    let mut unfit = Vec::new();
    let mut refuse = |path: String, message: String| unfit.push((path, message));
    let php = settings.php_sessions.as_ref().map(|php| &php.place);
    if let Some(PhpPlace::Files { folder, owner, .. }) = php
        && let Err(error) = check_folder(folder, *owner)
    {
        refuse("php_sessions.save_path".to_owned(), error.to_string());
    }
    let trusted = settings.trusted_headers.as_ref();
    if let Some(Err(message)) = trusted.map(TrustedHeaders::secret) {
        refuse(
            "trusted_headers.secret_header.secret_file".to_owned(),
            message,
        );
    }
    if let Err((setting, message)) = settings.store_address() {
        refuse(setting.to_owned(), message);
    }
    let picture = PublicPicture::of(settings);
    if let Some(Err(message)) = picture.map(|picture| picture.read()) {
        refuse("gate.denied_image".to_owned(), message);
    }
    for (index, jwt) in settings.jwt.iter().enumerate() {
        if let Err(message) = jwt.check_keys() {
            refuse(format!("jwt[{index}].{}", jwt.key_setting()), message);
        }
    }
    unfit
}

/// The directories of hosts' ceilings that meet no root, by their settings.
fn ceilings_outside(settings: &Settings, roots: &[PathBuf]) -> Vec<(String, String)> {
    let mut outside = Vec::new();
    for (host, ceiling) in settings.hosts.iter().map(|host| &host.ceiling).enumerate() {
        for (index, named) in ceiling.directories.iter().flatten().enumerate() {
            let place =
                fs::canonicalize(named.as_path()).unwrap_or_else(|_| named.as_path().into());
            let meets = |root: &PathBuf| place.starts_with(root) || root.starts_with(&place);
            if !roots.is_empty() && !roots.iter().any(meets) {
                outside.push((
                    format!("hosts[{host}].ceiling.directories[{index}]"),
                    format!("'{named}' lies outside all roots"),
                ));
            }
        }
    }
    outside
}

/// The directories of mounts that are none, or lie in no root, by their settings.
fn mounts_outside(settings: &Settings, roots: &[PathBuf]) -> Vec<(String, String)> {
    let entries = settings.gate.table.entries().iter();
    let mounts = entries.filter_map(|entry| match &entry.decides {
        Decides::Mount(directory) => Some((&entry.setting, directory)),
        Decides::Rule(_) => None,
    });
    let outside = mounts.filter_map(|(setting, named)| {
        let why = match directory(named.as_path()) {
            Err(message) => message,
            Ok(place) if roots.is_empty() || roots.iter().any(|root| place.starts_with(root)) => {
                return None;
            }
            Ok(_) => format!("'{named}' lies outside all roots"),
        };
        let (mount, _) = setting.split_once(".urls")?;
        Some((format!("{mount}.directory"), why))
    });
    outside.collect()
}

/// The canonical directory at `path`.
fn directory(path: &Path) -> Result<PathBuf, String> {
    let found = fs::canonicalize(path)
        .map_err(|error| format!("cannot open '{}': {error}", path.display()))?;
    if found.is_dir() {
        Ok(found)
    } else {
        Err(format!("'{}' is no directory", path.display()))
    }
}

/// The settings file, as spelled or as linked to, and the root it lies below.
fn file_below(file: Option<&Path>, roots: &[PathBuf]) -> Option<(PathBuf, PathBuf)> {
    let file = file?;
    let spelled = fs::canonicalize(file.parent()?)
        .ok()?
        .join(file.file_name()?);
    let linked = fs::canonicalize(file).unwrap_or_else(|_| spelled.clone());
    for place in [spelled, linked] {
        if let Some(root) = roots.iter().find(|root| place.starts_with(root)) {
            return Some((place, root.clone()));
        }
    }
    None
}
