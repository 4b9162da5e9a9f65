//! The description of the addresses, taken apart: what it says of each operation, and whether an answer is as it says.

use std::fmt;
use std::fs;

use boon::{Compiler, Draft, Schemas};
use serde_json::{Value, json};

use crate::support::Reply;
use crate::support::beside::repository;
use crate::support::wire::encode;

/// All methods that are asked with.
pub(crate) const METHODS: &[&str] = &[
    "GET", "HEAD", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "TRACE",
];

/// The document.
pub(crate) struct Document {
    pub(crate) whole: Value,
}

/// One operation.
#[derive(Clone)]
pub(crate) struct Operation<'a> {
    pub(crate) path: &'a str,
    pub(crate) method: String,
    /// All of its parameters, those of the path first.
    pub(crate) parameters: Vec<&'a Value>,
    item: &'a Value,
    said: &'a Value,
}

/// One body of a request.
pub(crate) struct Body<'a> {
    pub(crate) kind: &'a str,
    pub(crate) schema: &'a Value,
    pub(crate) example: &'a Value,
}

impl Document {
    pub(crate) fn read() -> Self {
        let text = fs::read(repository("docs/openapi.json")).expect("the document");
        Self {
            whole: serde_json::from_slice(&text).expect("JSON"),
        }
    }

    /// What a reference refers to; anything else is itself.
    fn follow<'a>(&'a self, value: &'a Value) -> &'a Value {
        let Some(reference) = value["$ref"].as_str() else {
            return value;
        };
        let found = reference.strip_prefix('#').map(|at| self.whole.pointer(at));
        found.flatten().unwrap_or_else(|| panic!("no {reference}"))
    }

    pub(crate) fn operations(&self) -> Vec<Operation<'_>> {
        let mut all = Vec::new();
        for (path, item) in self.whole["paths"].as_object().expect("paths") {
            for method in METHODS {
                let said = &item[method.to_lowercase()];
                if said.is_null() {
                    continue;
                }
                let parameters = listed(item).chain(listed(said));
                let parameters = parameters.map(|one| self.follow(one));
                all.push(Operation {
                    path,
                    method: (*method).to_owned(),
                    parameters: parameters.collect(),
                    item,
                    said,
                });
            }
        }
        all
    }

    /// What of `instance` is not as a schema of the document says.
    pub(crate) fn problem(&self, schema: &Value, instance: &Value) -> Option<String> {
        let schema = json!({"allOf": [schema], "components": self.whole["components"]});
        problem(&schema, instance)
    }

    /// Fails unless the operation may be answered so.
    pub(crate) fn hold(&self, operation: &Operation<'_>, reply: &Reply) {
        let shown = || format!("{operation}: {reply:?}: {}", reply.text());
        let said = &operation.said["responses"][reply.status.to_string()];
        assert!(!said.is_null(), "not in the document: {}", shown());
        let said = self.follow(said);
        for (name, header) in said["headers"].as_object().into_iter().flatten() {
            let header = self.follow(header);
            let Some(value) = reply.header(name) else {
                assert!(header["required"] != true, "no {name}: {}", shown());
                continue;
            };
            let number = || serde_json::from_str(value).unwrap_or(Value::Null);
            let value = match header["schema"]["type"].as_str() {
                Some("integer") => number(),
                _ => json!(value),
            };
            let wrong = self.problem(&header["schema"], &value);
            assert!(wrong.is_none(), "{name}: {wrong:?}: {}", shown());
        }
        if operation.method == "HEAD" {
            return;
        }
        let Some(contents) = said["content"].as_object() else {
            assert!(reply.body.is_empty(), "a body: {}", shown());
            return;
        };
        let kind = reply.header("content-type").unwrap_or_default();
        let content = contents.iter().find(|(named, _)| is_kind(named, kind));
        let (_, content) = content.unwrap_or_else(|| panic!("{kind}: {}", shown()));
        if let Some(schema) = content.get("schema") {
            let body = if kind.contains("json") {
                reply.json()
            } else {
                json!(reply.text())
            };
            let wrong = self.problem(schema, &body);
            assert!(wrong.is_none(), "{wrong:?}: {}", shown());
        }
    }
}

/// The parameters that are written there.
fn listed(owner: &Value) -> impl Iterator<Item = &Value> {
    owner["parameters"].as_array().into_iter().flatten()
}

/// Whether an answer of this kind is meant by a media type of the document.
fn is_kind(named: &str, kind: &str) -> bool {
    match named.split_once('*') {
        Some((before, _)) => kind.starts_with(before.trim_start_matches('*')) || named == "*/*",
        None => named == kind || kind.split(';').next() == Some(named),
    }
}

/// What of `instance` is not as the schema says.
pub(crate) fn problem(schema: &Value, instance: &Value) -> Option<String> {
    let (mut compiler, mut schemas) = (Compiler::new(), Schemas::new());
    compiler.set_default_draft(Draft::V2020_12);
    compiler.enable_format_assertions();
    let at = "http://schema.test/";
    let added = compiler.add_resource(at, schema.clone());
    added.expect("an address that is free");
    let index = compiler.compile(at, &mut schemas);
    let index = index.unwrap_or_else(|error| panic!("{error:#} in {schema}"));
    let outcome = schemas.validate(instance, index);
    outcome.err().map(|wrong| wrong.to_string())
}

impl<'a> Operation<'a> {
    /// Whether it is written down once for all methods.
    pub(crate) fn answers_any_method(&self) -> bool {
        self.item["x-any-method"] == true
    }

    /// The same by another method.
    pub(crate) fn by(&self, method: &str) -> Self {
        let mut other = self.clone();
        method.clone_into(&mut other.method);
        other
    }

    /// The same with the parameters alone that it needs.
    pub(crate) fn with_what_it_needs(&self) -> Self {
        let mut other = self.clone();
        other.parameters.retain(|one| one["required"] == true);
        other
    }

    /// What may come along, one of these.
    pub(crate) fn credentials(&self) -> Vec<Vec<&'a str>> {
        let any = self.said["security"].as_array().expect("security");
        let names = |one: &'a Value| one.as_object().expect("schemes").keys().map(String::as_str);
        any.iter().map(|one| names(one).collect()).collect()
    }

    /// The bodies that are examples; nothing where it takes none.
    pub(crate) fn bodies(&self) -> Vec<Body<'a>> {
        let contents = self.said["requestBody"]["content"].as_object();
        let mut bodies = Vec::new();
        for (kind, content) in contents.into_iter().flatten() {
            let several = content["examples"].as_object().into_iter().flatten();
            let several = several.map(|(_, example)| &example["value"]);
            let examples = content.get("example").into_iter().chain(several);
            bodies.extend(examples.map(|example| Body {
                kind,
                schema: content.get("schema").unwrap_or(&Value::Bool(true)),
                example,
            }));
        }
        bodies
    }

    /// The examples of its parameters in this place, each as `filled` says.
    pub(crate) fn examples(
        &self,
        place: &str,
        filled: &dyn Fn(&Value) -> Value,
    ) -> Vec<(&'a str, String)> {
        let there = self.parameters.iter().filter(|one| one["in"] == place);
        there
            .filter_map(|one| {
                let name = one["name"].as_str().expect("a name");
                Some((name, plain(&filled(one.get("example")?))))
            })
            .collect()
    }

    /// Its query.
    pub(crate) fn query(&self, filled: &dyn Fn(&Value) -> Value) -> Vec<String> {
        let pairs = self.examples("query", filled).into_iter();
        pairs
            .map(|(name, value)| match value.as_str() {
                "" => name.to_owned(),
                value => format!("{name}={}", encode(value)),
            })
            .collect()
    }

    /// Its address.
    pub(crate) fn target(&self, filled: &dyn Fn(&Value) -> Value, query: &[String]) -> String {
        let mut target = self.path.to_owned();
        for (name, value) in self.examples("path", filled) {
            target = target.replace(&format!("{{{name}}}"), &encode(&value));
        }
        if !query.is_empty() {
            target = format!("{target}?{}", query.join("&"));
        }
        target
    }
}

/// A value as it stands in an address.
pub(crate) fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

impl fmt::Display for Operation<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.method, self.path)
    }
}
