//! The effective settings, one line each, with where every one was typed.
//!
//! Values are shown as typed, but for the password that the address of a Redis server may hold. A secret that the
//! environment holds itself is told to be there, and no more; hosts have the hashes of their tokens only.

use std::path::PathBuf;

use serde::Serialize;
use serde_json::Value;

use super::layer::{element, member};
use super::problem::{Place, Problems, nearest};
use super::reading::{self, Reading, Sources};
use super::{environment, save_path, store_address};

/// The effective settings.
#[derive(Debug, Clone, Serialize)]
pub struct Effective {
    /// The settings file in use.
    pub settings_file: Option<PathBuf>,
    /// Where editkey keeps its own files.
    pub key_folder: PathBuf,
    /// Every single setting.
    pub settings: Vec<Line>,
}

/// One setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Which, such as `keys.lifetime`.
    pub path: String,
    /// Its value as typed; null where nothing is set.
    pub value: Value,
    /// `default`, `file`, `env` or `flag`.
    pub origin: &'static str,
    /// The line and column, or the variable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

/// The effective settings of these sources.
///
/// # Errors
/// [`Problems`], as by [`super::load`].
pub fn effective(sources: &Sources) -> Result<Effective, Problems> {
    let Reading {
        settings,
        mut typed,
    } = reading::read(sources)?;
    // Two defaults are known only once the key folder is.
    for (name, file) in [
        ("access_key_file", &settings.access_key_file),
        ("secret_file", &settings.secret_file),
    ] {
        if typed.members.get(name).is_none_or(Value::is_null) {
            let text = file.to_string_lossy().into_owned();
            typed.members.insert(name.to_owned(), Value::String(text));
        }
    }
    let mut lines = Vec::new();
    for (name, value) in &typed.members {
        leaves(value, name, &mut |path, value| {
            let place = nearest(&typed.places, path);
            lines.push(Line {
                path: path.to_owned(),
                value: shown(path, value),
                origin: place.origin(),
                place: match place {
                    Place::Text { line, column } => Some(format!("{line}:{column}")),
                    Place::Variable(name) => Some(name.clone()),
                    Place::Default | Place::Flag => None,
                },
            });
        });
    }
    for name in environment::held(&sources.environment) {
        let path = name.trim_start_matches("EDITKEY_").to_lowercase();
        lines.push(Line {
            path: path.replace("__", "."),
            value: "…".into(),
            origin: Place::Variable(String::new()).origin(),
            place: Some(name.to_owned()),
        });
    }
    Ok(Effective {
        settings_file: settings.settings_file,
        key_folder: settings.key_folder,
        settings: lines,
    })
}

/// The value, without the secret that it may hold.
fn shown(path: &str, value: &Value) -> Value {
    match value.as_str() {
        Some(text) if path == "php_sessions.save_path" => save_path::without_secret(text).into(),
        Some(text) if path == "store" => store_address::without_secret(text).into(),
        _ => value.clone(),
    }
}

/// Every value that is neither a section nor a list of sections.
fn leaves(value: &Value, path: &str, tell: &mut dyn FnMut(&str, &Value)) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                leaves(value, &member(path, name), tell);
            }
        }
        Value::Array(list) if list.iter().any(Value::is_object) => {
            for (index, value) in list.iter().enumerate() {
                leaves(value, &element(path, index), tell);
            }
        }
        Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            tell(path, value);
        }
    }
}
