//! A log in any layout: the JSON object that a hand, or another program, made of it.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::Table;
use super::layout::{self, Span};
use super::load::{Form, LoadError, Loaded};

impl<T: Table> Loaded<T> {
    /// All of a file's `bytes`.
    pub(super) fn any_layout(bytes: &[u8]) -> Result<Self, LoadError> {
        let mut loaded = Self::empty();
        let mut reader = serde_json::Deserializer::from_slice(bytes);
        let visitor = Object {
            loaded: &mut loaded,
            bytes,
        };
        let read = reader
            .deserialize_map(visitor)
            .and_then(|format| reader.end().map(|()| format));
        match read {
            Ok(Some(format)) => Err(LoadError::Broken(format!(
                "format {format}: this version reads format {} only; the file is left alone",
                layout::FORMAT
            ))),
            Ok(None) => Ok(loaded.formed(Form::Other)),
            Err(error) => Err(LoadError::Broken(position(&error))),
        }
    }
}

/// serde's message without what it quotes, and its place.
fn position(error: &serde_json::Error) -> String {
    let what = if error.is_eof() {
        "it ends too early"
    } else {
        "it is no JSON object"
    };
    format!("line {}, column {}: {what}", error.line(), error.column())
}

/// A log in any layout.
struct Object<'a, T> {
    loaded: &'a mut Loaded<T>,
    bytes: &'a [u8],
}

impl<'de, T: Table> Visitor<'de> for Object<'_, T> {
    /// A format that is not ours.
    type Value = Option<u64>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut foreign = None;
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            let value: &RawValue = map.next_value()?;
            let text = value.get();
            if name == layout::HEADER {
                foreign = match layout::format(text.as_bytes()) {
                    Some(layout::FORMAT) => foreign,
                    other => Some(other.unwrap_or(0)),
                };
                continue;
            }
            let at = text
                .as_ptr()
                .addr()
                .saturating_sub(self.bytes.as_ptr().addr());
            let span = Span {
                offset: at as u64,
                length: u32::try_from(text.len()).unwrap_or(u32::MAX),
            };
            let known = self.loaded.problems.len();
            self.loaded.take(&name, text.as_bytes(), span, 0);
            if let Some(problem) = self.loaded.problems.get_mut(known) {
                let before = self.bytes.get(..at).unwrap_or_default();
                problem.line = memchr::memchr_iter(b'\n', before).count() as u64 + 1;
            }
        }
        Ok(foreign)
    }
}
