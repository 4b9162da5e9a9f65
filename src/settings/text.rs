//! The settings file's text: JSON with comments and trailing commas, every member with its line and column.
//!
//! A member written twice is refused, since no reader could know which one counts. Nothing here knows what a setting means.

use jsonc_parser::ast;
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, ParseOptions};
use serde_json::{Map, Value};

use super::layer::{Layer, element, member};
use super::problem::{Place, Problem};

/// JSON, comments, trailing commas, and nothing else of the dialects around.
pub(super) const DIALECT: ParseOptions = ParseOptions {
    allow_comments: true,
    allow_trailing_commas: true,
    allow_loose_object_property_names: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// What the text says, with the members written twice noted in `problems`.
///
/// # Errors
/// The one problem of a text that is no JSON, or no object.
pub(super) fn read(text: &str, problems: &mut Vec<Problem>) -> Result<Layer, Problem> {
    let whole = |offset: usize, message: String| Problem {
        place: Cursor::new(text).go_to(offset),
        path: String::new(),
        message,
    };
    let parsed = jsonc_parser::parse_to_ast(text, &CollectOptions::default(), &DIALECT)
        .map_err(|error| whole(error.range().start, format!("no JSON: {}", error.kind())))?;
    let mut reader = Reader {
        cursor: Cursor::new(text),
        layer: Layer::default(),
        problems,
    };
    match parsed.value {
        Some(ast::Value::Object(object)) => {
            let members = reader.section(&object, "");
            reader.layer.members = members;
            Ok(reader.layer)
        }
        Some(other) => Err(whole(
            other.start(),
            "the settings are one object, in braces".to_owned(),
        )),
        None => Err(whole(
            0,
            "the file is empty: the settings are one object, in braces".to_owned(),
        )),
    }
}

struct Reader<'a> {
    cursor: Cursor<'a>,
    layer: Layer,
    problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    fn section(&mut self, object: &ast::Object<'_>, path: &str) -> Map<String, Value> {
        let mut members = Map::new();
        for property in &object.properties {
            let name = property.name.as_str();
            let path = member(path, name);
            let place = self.cursor.go_to(property.start());
            if members.contains_key(name) {
                self.problems.push(Problem {
                    place,
                    path,
                    message: "this is written twice: keep one".to_owned(),
                });
                continue;
            }
            let value = self.value(&property.value, &path);
            // The member's name is where a reader looks, not its value.
            self.layer.places.insert(path, place);
            members.insert(name.to_owned(), value);
        }
        members
    }

    fn value(&mut self, value: &ast::Value<'_>, path: &str) -> Value {
        let place = self.cursor.go_to(value.start());
        self.layer.places.insert(path.to_owned(), place);
        match value {
            ast::Value::Object(object) => Value::Object(self.section(object, path)),
            ast::Value::Array(array) => {
                let elements = array.elements.iter().enumerate();
                Value::Array(
                    elements
                        .map(|(index, value)| self.value(value, &element(path, index)))
                        .collect(),
                )
            }
            ast::Value::StringLit(string) => Value::String(string.value.to_string()),
            ast::Value::BooleanLit(boolean) => Value::Bool(boolean.value),
            ast::Value::NullKeyword(_) => Value::Null,
            // A number beyond all bounds stays text, and is then refused as such where a number belongs.
            ast::Value::NumberLit(number) => serde_json::from_str(number.value)
                .unwrap_or_else(|_| Value::String(number.value.to_owned())),
        }
    }
}

/// A place in the text that only goes on, so that finding all places costs one pass.
struct Cursor<'a> {
    rest: &'a str,
    offset: usize,
    line: usize,
    column: usize,
}

impl<'a> Cursor<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            rest: text,
            offset: 0,
            line: 1,
            column: 1,
        }
    }

    /// Line and column of the byte at `offset`, which is not before the last one asked for.
    fn go_to(&mut self, offset: usize) -> Place {
        let step = offset.saturating_sub(self.offset);
        if let Some((passed, rest)) = self.rest.split_at_checked(step) {
            self.line += passed.matches('\n').count();
            let (start, last_line) = match passed.rfind('\n') {
                Some(end) => (1, passed.get(end + 1..).unwrap_or("")),
                None => (self.column, passed),
            };
            self.column = start + last_line.chars().count();
            self.rest = rest;
            self.offset += step;
        }
        Place::Text {
            line: self.line,
            column: self.column,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_know_their_line_and_column() {
        let text = "// note\n{\n  \"ü\": 1, \"a\": [true,\n    {\"b\": null}],\n}\n";
        let mut problems = Vec::new();
        let layer = read(text, &mut problems).expect("JSON");
        assert_eq!(
            Value::Object(layer.members),
            json!({"ü": 1, "a": [true, {"b": null}]})
        );
        let at = |line, column| Some(Place::Text { line, column });
        assert_eq!(layer.places.get("a").cloned(), at(3, 11));
        assert_eq!(layer.places.get("a[1].b").cloned(), at(4, 6));
        assert!(problems.is_empty());
    }

    #[test]
    fn depth_and_length_are_survived() {
        let deep = format!("{{\"a\": {}{}}}", "[".repeat(400), "]".repeat(400));
        assert!(read(&deep, &mut Vec::new()).is_ok());
        let deep = format!("{{\"a\": {}", "[".repeat(100_000));
        assert!(read(&deep, &mut Vec::new()).is_err());
        let long = format!("{{\"a\": [{}1]}}", "1,".repeat(500_000));
        let layer = read(&long, &mut Vec::new()).expect("JSON");
        let last = Place::Text {
            line: 1,
            column: 1_000_008,
        };
        assert_eq!(layer.places.get("a[500000]"), Some(&last));
    }

    #[test]
    fn other_dialects_are_refused_with_their_place() {
        for (text, expected) in [
            ("", "1:1 the file is empty"),
            ("[]", "1:1 the settings are one object"),
            ("{a: 1}", "1:2 no JSON"),
            ("{'a': 1}", "1:2 no JSON"),
            ("{\n\"a\": 0x1}", "2:6 no JSON"),
            ("{\"a\": 1 \"b\": 2}", "1:"),
            ("{\"a\": 1", "1:"),
            ("{} {}", "1:4"),
        ] {
            let problem = read(text, &mut Vec::new()).expect_err(text).to_string();
            assert!(problem.starts_with(expected), "{text}: {problem}");
        }
        let mut problems = Vec::new();
        read("{\"a\": {\"b\": 1,\n \"b\": 2}}", &mut problems).expect("JSON");
        assert_eq!(
            problems.first().map(ToString::to_string).as_deref(),
            Some("2:2 a.b: this is written twice: keep one")
        );
    }
}
