//! The shape of what was typed: known names and right types, every mistake told, not only serde's first.
//!
//! The JSON Schema is the one list of known names. A refused member is taken out, so that the rest can still be looked
//! at; the settings as a whole are refused all the same.

use schemars::generate::SchemaSettings;
use serde::Deserialize as _;
use serde_json::{Map, Value, json};
use serde_path_to_error::Segment;

use super::layer::{element, member};
use super::problem::Findings;
use super::raw::{DEFAULTS, RawSettings};

/// How unlike a known name may be to be taken for its misspelling: 1 is equal.
const LIKE: f64 = 0.7;

/// The JSON Schema of the settings file, with every default and both spellings of a setting that has two.
#[must_use]
pub fn schema() -> Value {
    let mut schema = bare_schema();
    let defaults = serde_json::from_str(DEFAULTS).unwrap_or_default();
    fill_defaults(&mut schema, &defaults);
    let second_spellings = [
        ("accesskeyfile", "/properties/access_key_file"),
        ("key_lifetime", "/properties/keys/properties/lifetime"),
    ]
    .map(|(alias, of)| (alias.to_owned(), schema.pointer(of).cloned()));
    if let Some(whole) = schema.as_object_mut() {
        whole.insert("title".to_owned(), json!("editkey settings"));
    }
    if let Some(known) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        known.extend(
            second_spellings
                .into_iter()
                .filter_map(|(alias, of)| Some((alias, of?))),
        );
    }
    schema
}

/// What was typed, where all of it is known and of its type, as it is most often: the list of known names need not be made
/// then, which is more than all else that a start does with settings.
pub(super) fn plain(members: &Map<String, Value>) -> Option<RawSettings> {
    RawSettings::deserialize(members).ok()
}

/// Takes every unknown member out of `members`, and reports it.
pub(super) fn refuse_unknown(members: &mut Map<String, Value>, findings: &mut Findings) {
    unknown_in(members, &bare_schema(), "", findings);
}

/// What was typed, by type; every member of a wrong type is reported and left out.
pub(super) fn typed(members: Map<String, Value>, findings: &mut Findings) -> RawSettings {
    let mut value = Value::Object(members);
    // Each round takes one mistake out, so the number of rounds is bounded by the size of the settings.
    loop {
        let error = match serde_path_to_error::deserialize::<_, RawSettings>(&value) {
            Ok(raw) => return raw,
            Err(error) => error,
        };
        let mut path = String::new();
        let mut at = Some(&mut value);
        for segment in error.path() {
            match segment {
                Segment::Seq { index } => {
                    path = element(&path, *index);
                    at = at.and_then(|value| value.get_mut(index));
                }
                Segment::Map { key } => {
                    path = member(&path, key);
                    at = at.and_then(|value| value.get_mut(key));
                }
                Segment::Enum { .. } | Segment::Unknown => {}
            }
        }
        findings.refuse(&path, &type_message(error.inner()));
        match at {
            Some(wrong) if !wrong.is_null() && !findings.full() => *wrong = Value::Null,
            _ => return RawSettings::default(),
        }
    }
}

/// serde's sentence in words that need no Rust, and without the text that was typed: it may be a secret out of place.
fn type_message(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let Some((found, expected)) = message
        .strip_prefix("invalid type: ")
        .or_else(|| message.strip_prefix("invalid value: "))
        .and_then(|rest| rest.rsplit_once(", expected "))
    else {
        return "this is of a wrong type".to_owned();
    };
    let found = match found {
        "null" => "null",
        "map" => "a section",
        "sequence" => "a list",
        _ if found.starts_with("string") => "a string",
        _ if found.starts_with("boolean") => "true or false",
        _ => "a number",
    };
    let expected = match expected {
        "u64" => "a whole number from 0",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        other => other,
    };
    format!("this is {found}, expected {expected}")
}

fn bare_schema() -> Value {
    let settings =
        SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings
        .into_generator()
        .into_root_schema_for::<RawSettings>()
        .to_value()
}

fn unknown_in(
    members: &mut Map<String, Value>,
    schema: &Value,
    path: &str,
    findings: &mut Findings,
) {
    let Some(known) = schema.get("properties").and_then(Value::as_object) else {
        return;
    };
    members.retain(|name, _| {
        let known_name = known.contains_key(name);
        if !known_name {
            findings.refuse(&member(path, name), &unknown_message(name, path, known));
        }
        known_name
    });
    for (name, value) in members {
        let path = member(path, name);
        let schema = known.get(name).unwrap_or(&Value::Null);
        match value {
            Value::Object(inside) => unknown_in(inside, schema, &path, findings),
            Value::Array(list) => {
                for (index, value) in list.iter_mut().enumerate() {
                    if let Value::Object(inside) = value {
                        let schema = schema.get("items").unwrap_or(&Value::Null);
                        unknown_in(inside, schema, &element(&path, index), findings);
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

fn unknown_message(name: &str, path: &str, known: &Map<String, Value>) -> String {
    let likeness = |known: &String| strsim::jaro_winkler(known, name);
    let nearest = known
        .keys()
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
        .filter(|nearest| likeness(nearest) >= LIKE);
    if let Some(nearest) = nearest {
        format!("unknown setting: did you mean '{}'?", member(path, nearest))
    } else {
        let names: Vec<&str> = known.keys().map(String::as_str).collect();
        format!("unknown setting: known here are {}", names.join(", "))
    }
}

/// Writes the defaults into the schema; the ones serde would fill in are no business of a reader.
fn fill_defaults(schema: &mut Value, defaults: &Value) {
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    for (name, property) in properties {
        let default = defaults.get(name).unwrap_or(&Value::Null);
        fill_defaults(property, default);
        if let Some(property) = property.as_object_mut() {
            property.remove("default");
            if !default.is_null() && !default.is_object() {
                property.insert("default".to_owned(), default.clone());
            }
        }
    }
}
