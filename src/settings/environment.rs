//! The layer of `EDITKEY_…` variables: `__` goes one section down, `EDITKEY_KEYS__LIFETIME` is `keys.lifetime`.
//!
//! The environment is given as a map; this program's own is never read here. A value is JSON where it parses as JSON
//! and a plain string otherwise; an empty one counts as not set. What is a secret in itself ([`Held`]) is in no layer, and
//! so in nothing that is shown.

use std::collections::BTreeMap;
use std::io::Read as _;

use serde_json::Value;
use zeroize::Zeroizing;

use super::layer::Layer;
use super::problem::{Place, Problem};
use crate::mint::Secret;

/// What names the settings file, and is no setting itself.
pub const CONFIG: &str = "EDITKEY_CONFIG";
/// What is logged; read by the program before there are settings.
const LOG: &str = "EDITKEY_LOG";
const PREFIX: &str = "EDITKEY_";
/// Settings that may hold a password: `EDITKEY_…_FILE` names a file that holds the value.
const SECRETS: [&str; 2] = ["store", "php_sessions__save_path"];
/// Most bytes of such a file.
const SECRET_BYTES: u64 = 4096;
/// What the environment alone may hold, and what the file with it is called.
pub(super) const SECRET: &str = "EDITKEY_SECRET";
const PASSWORD: &str = "EDITKEY_REDIS__PASSWORD";
const SENTINEL_PASSWORD: &str = "EDITKEY_REDIS__SENTINEL_PASSWORD";
const HELD: [&str; 3] = [SECRET, PASSWORD, SENTINEL_PASSWORD];

/// Secrets that stand in the environment themselves.
#[derive(Default)]
pub(super) struct Held {
    /// What all keys of the installation come from.
    pub(super) secret: Option<Secret>,
    /// What we say to the server that keeps everything.
    pub(super) password: Option<Zeroizing<String>>,
    /// What we say to its sentinels.
    pub(super) sentinel_password: Option<Zeroizing<String>>,
}

impl Held {
    /// What the environment holds.
    pub(super) fn by(environment: &BTreeMap<String, String>, problems: &mut Vec<Problem>) -> Self {
        let set = |name: &str| environment.get(name).filter(|text| !text.is_empty());
        let password = |name| set(name).map(|text| Zeroizing::new(text.clone()));
        let mut refuse = |message: String| {
            problems.push(Problem {
                place: Place::Variable(SECRET.to_owned()),
                path: "secret_file".to_owned(),
                message,
            });
        };
        let in_file = format!("{SECRET}_FILE");
        if set(SECRET).is_some() && set(&in_file).is_some() {
            refuse(format!("{in_file} is set as well: keep one"));
        }
        let secret = set(SECRET).map(|text| Secret::parse(text));
        Self {
            secret: secret
                .and_then(|secret| secret.map_err(|error| refuse(error.to_string())).ok()),
            password: password(PASSWORD),
            sentinel_password: password(SENTINEL_PASSWORD),
        }
    }
}

/// The names of the secrets that the environment holds itself.
pub(super) fn held(environment: &BTreeMap<String, String>) -> impl Iterator<Item = &'static str> {
    HELD.into_iter()
        .filter(|name| environment.get(*name).is_some_and(|text| !text.is_empty()))
}

/// What the environment says.
pub(super) fn read(environment: &BTreeMap<String, String>, problems: &mut Vec<Problem>) -> Layer {
    let mut all = Layer::default();
    for (name, text) in environment {
        let Some(path) = name.strip_prefix(PREFIX) else {
            continue;
        };
        let apart = name == CONFIG || name == LOG || HELD.contains(&name.as_str());
        if apart || text.is_empty() {
            continue;
        }
        let place = Place::Variable(name.clone());
        let path = path.to_lowercase();
        let secret = path
            .strip_suffix("_file")
            .filter(|path| SECRETS.contains(path));
        if let Some(path) = secret {
            let mut refuse = |message: String| {
                problems.push(Problem {
                    place: place.clone(),
                    path: path.replace("__", "."),
                    message,
                });
            };
            let direct = format!("{PREFIX}{}", path.to_uppercase());
            if environment
                .get(&direct)
                .is_some_and(|text| !text.is_empty())
            {
                refuse(format!("{direct} is set as well: keep one"));
                continue;
            }
            match value_in_file(text) {
                Ok(value) => {
                    let path: Vec<&str> = path.split("__").collect();
                    all.lay(Layer::one(&path, Value::String(value), &place));
                }
                Err(error) => refuse(format!("cannot read the file it names: {error}")),
            }
            continue;
        }
        let value = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
        let path: Vec<&str> = path.split("__").collect();
        all.lay(Layer::one(&path, value, &place));
    }
    all
}

/// The value in a file, without the line end that editors leave.
fn value_in_file(path: &str) -> std::io::Result<String> {
    let mut text = String::new();
    std::fs::File::open(path)?
        .take(SECRET_BYTES)
        .read_to_string(&mut text)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn layer(variables: &[(&str, &str)]) -> (Value, Vec<String>) {
        let environment = variables
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect();
        let mut problems = Vec::new();
        let layer = read(&environment, &mut problems);
        let problems = problems.iter().map(ToString::to_string).collect();
        (Value::Object(layer.members), problems)
    }

    #[test]
    fn names_become_paths_and_values_json_where_they_can() {
        let (value, problems) = layer(&[
            ("EDITKEY_KEYS", r#"{"lifetime": "1d", "rights": "view"}"#),
            ("EDITKEY_KEYS__LIFETIME", "90d"),
            ("EDITKEY_LOCAL_ACCESS", "true"),
            ("EDITKEY_LISTEN", "127.0.0.1:1"),
            ("EDITKEY_PUBLIC_URL", ""),
            ("EDITKEY_CONFIG", "x.json"),
            ("OTHER", "x"),
        ]);
        assert_eq!(
            value,
            json!({"keys": {"lifetime": "90d", "rights": "view"}, "local_access": true, "listen": "127.0.0.1:1"})
        );
        assert!(problems.is_empty());
    }

    #[test]
    fn a_secret_may_stand_in_a_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("store");
        std::fs::write(&file, "redis://:word@host\n").expect("written");
        let file = file.to_str().expect("UTF-8");
        let (value, problems) = layer(&[("EDITKEY_STORE_FILE", file)]);
        assert_eq!(value, json!({"store": "redis://:word@host"}));
        assert!(problems.is_empty());
        let (_, problems) = layer(&[("EDITKEY_STORE_FILE", file), ("EDITKEY_STORE", "json")]);
        assert_eq!(
            problems,
            ["EDITKEY_STORE_FILE: EDITKEY_STORE is set as well: keep one"]
        );
        let (_, problems) = layer(&[("EDITKEY_STORE_FILE", "/nowhere/at/all")]);
        assert_eq!(problems.len(), 1);
    }
}
