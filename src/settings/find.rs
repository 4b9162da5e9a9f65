//! Which settings file is in use, and which folder holds the keys.
//!
//! Only existence is looked at here; whose a file is, [`crate::store::ownership`] says.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::environment::CONFIG;

/// A file that was asked for by name and is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no settings file '{}' ({by})", file.display())]
pub(super) struct Missing {
    pub(super) file: PathBuf,
    pub(super) by: &'static str,
}

/// The settings file in use: the one asked for, else the first that is there, else none.
pub(super) fn settings_file(
    explicit: Option<&Path>,
    environment: &BTreeMap<String, String>,
    working: &Path,
) -> Result<Option<PathBuf>, Missing> {
    let by_name = explicit
        .map(|file| (file, "asked for by --config"))
        .or_else(|| {
            value(environment, CONFIG).map(|file| (Path::new(file), "asked for by EDITKEY_CONFIG"))
        });
    if let Some((file, by)) = by_name {
        let file = working.join(file);
        return if file.exists() {
            Ok(Some(file))
        } else {
            Err(Missing { file, by })
        };
    }
    Ok(usual_places(environment, working)
        .into_iter()
        .find(|file| file.symlink_metadata().is_ok()))
}

/// Where a settings file is looked for when none is named, in this order.
#[must_use]
pub fn usual_places(environment: &BTreeMap<String, String>, working: &Path) -> Vec<PathBuf> {
    let mut places = vec![working.join("settings.json")];
    places.extend(
        folder_of(environment, "XDG_CONFIG_HOME", ".config")
            .map(|folder| folder.join("editkey/settings.json")),
    );
    places.push(PathBuf::from("/etc/editkey/settings.json"));
    places
}

/// The key folder: `keys/` beside the settings file if there, else the state folder of the service or of the user.
pub(super) fn key_folder(
    settings_file: Option<&Path>,
    environment: &BTreeMap<String, String>,
) -> Option<PathBuf> {
    let beside = settings_file
        .and_then(Path::parent)
        .map(|folder| folder.join("keys"))
        .filter(|folder| folder.is_dir());
    // systemd gives several folders as a list; the first is the one named first in the unit.
    let service = || {
        value(environment, "STATE_DIRECTORY")
            .and_then(|list| list.split(':').next())
            .map(PathBuf::from)
            .filter(|folder| folder.is_absolute())
    };
    let user = || {
        folder_of(environment, "XDG_STATE_HOME", ".local/state")
            .map(|folder| folder.join("editkey"))
    };
    beside.or_else(service).or_else(user)
}

/// A folder of the XDG base directory specification: absolute, or else ignored.
fn folder_of(
    environment: &BTreeMap<String, String>,
    variable: &str,
    below_home: &str,
) -> Option<PathBuf> {
    let absolute = |name| {
        value(environment, name)
            .map(PathBuf::from)
            .filter(|folder| folder.is_absolute())
    };
    absolute(variable).or_else(|| absolute("HOME").map(|home| home.join(below_home)))
}

/// A variable that is set and not empty.
fn value<'a>(environment: &'a BTreeMap<String, String>, name: &str) -> Option<&'a str> {
    environment
        .get(name)
        .map(String::as_str)
        .filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn environment(variables: &[(&str, &str)]) -> BTreeMap<String, String> {
        let own = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        variables.iter().map(own).collect()
    }

    #[test]
    fn a_file_is_found_in_the_order_promised() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        for place in [
            "w/settings.json",
            "x/editkey/settings.json",
            "named.json",
            "by-env.json",
        ] {
            fs::create_dir_all(at(place).parent().expect("below")).expect("made");
            fs::write(at(place), "{}").expect("written");
        }
        let home = environment(&[("XDG_CONFIG_HOME", at("x").to_str().expect("UTF-8"))]);
        let mut named = home.clone();
        named.insert(CONFIG.to_owned(), "../by-env.json".to_owned());
        let find = |explicit: Option<&str>, environment, working: &str| {
            settings_file(explicit.map(Path::new), environment, &at(working))
        };
        assert_eq!(
            find(Some("../named.json"), &named, "w"),
            Ok(Some(at("w/../named.json")))
        );
        assert_eq!(find(None, &named, "w"), Ok(Some(at("w/../by-env.json"))));
        assert_eq!(find(None, &home, "w"), Ok(Some(at("w/settings.json"))));
        assert_eq!(
            find(None, &home, "x"),
            Ok(Some(at("x/editkey/settings.json")))
        );
        assert!(find(Some("none"), &home, "w").is_err());
        let gone = environment(&[(CONFIG, "none")]);
        assert!(find(None, &gone, "w").is_err());
    }

    #[test]
    fn the_key_folder_is_beside_the_settings_or_in_the_state() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("settings.json");
        let all = environment(&[
            ("STATE_DIRECTORY", "/var/lib/a:/var/lib/b"),
            ("XDG_STATE_HOME", "/x"),
            ("HOME", "/home/ann"),
        ]);
        let user = environment(&[
            ("STATE_DIRECTORY", ""),
            ("XDG_STATE_HOME", "x"),
            ("HOME", "/home/ann"),
        ]);
        let is = |path: &str| Some(PathBuf::from(path));
        assert_eq!(key_folder(Some(&file), &all), is("/var/lib/a"));
        assert_eq!(
            key_folder(None, &user),
            is("/home/ann/.local/state/editkey")
        );
        assert_eq!(
            key_folder(None, &environment(&[("XDG_STATE_HOME", "/x")])),
            is("/x/editkey")
        );
        assert_eq!(key_folder(None, &environment(&[])), None);
        fs::create_dir(folder.path().join("keys")).expect("made");
        assert_eq!(
            key_folder(Some(&file), &all),
            Some(folder.path().join("keys"))
        );
    }
}
