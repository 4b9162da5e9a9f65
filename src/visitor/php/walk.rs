//! A walk over PHP's serialized values: within bounds, and without building what is not asked for.
//!
//! It takes what PHP writes and nothing else. It never recurses, so that no depth of nesting reaches the stack, and never
//! makes room by a number that the text names.

use std::collections::HashSet;

use super::numbers::{count, fraction, integer};

/// Most values in one session.
const VALUES: u32 = 65_536;
/// Deepest nesting of arrays and objects.
const DEPTH: usize = 128;
/// Most digits of a count or a length.
const COUNT_DIGITS: usize = 7;
/// Most characters of an integer, its sign with it.
const INTEGER_CHARS: usize = 20;
/// Most characters of a number with a fraction: `serialize_precision` may ask for many.
const FLOAT_CHARS: usize = 128;

/// Why a text is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Undecodable {
    /// Truncated, with something behind its end, or otherwise not what PHP writes.
    #[error("it is not what PHP writes")]
    Malformed,
    /// Written in a form that is not read.
    #[error("it is written by the serializer {0}; php and php_serialize are read")]
    Serializer(&'static str),
    /// Nested deeper than 128 levels.
    #[error("it is nested too deeply")]
    Deep,
    /// More than 65536 values.
    #[error("it has too many values")]
    Many,
    /// A variable stands there twice.
    #[error("a variable stands in it twice")]
    Twice,
    /// Both serializers could have written it, and would have meant different things.
    #[error("it can be read in two ways")]
    Ambiguous,
}

/// One value, as far as it can be of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Bool(bool),
    /// An integer's digits, a `-` before them where it is negative.
    Integer(&'a str),
    Text(&'a [u8]),
    Array(Array<'a>),
    /// Null, a fraction, an object, an enumeration's case, a reference: nothing that anybody here asks for.
    Other,
}

/// An array that was walked over once: nothing in it is malformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Array<'a> {
    entries: u32,
    rest: &'a [u8],
}

/// What begins at some place.
enum Item<'a> {
    Whole(Value<'a>),
    /// Entries, each a key and a value, up to a `}`.
    Opens {
        entries: u32,
        array: bool,
    },
}

/// What is left of a text.
pub(super) struct Walk<'a> {
    rest: &'a [u8],
    values: u32,
}

impl<'a> Walk<'a> {
    pub(super) fn of(rest: &'a [u8]) -> Self {
        Self { rest, values: 0 }
    }

    /// Whether the text is at its end.
    pub(super) fn ended(&self) -> bool {
        self.rest.is_empty()
    }

    /// What stands before the next `end`, which is passed.
    pub(super) fn until(&mut self, end: u8, most: usize) -> Result<&'a [u8], Undecodable> {
        let ahead = self.rest.get(..=most).unwrap_or(self.rest);
        let at = memchr::memchr(end, ahead).ok_or(Undecodable::Malformed)?;
        let before = self.bytes(at)?;
        self.skip(&[end])?;
        Ok(before)
    }

    /// Passes `expected`.
    pub(super) fn skip(&mut self, expected: &[u8]) -> Result<(), Undecodable> {
        self.rest = self
            .rest
            .strip_prefix(expected)
            .ok_or(Undecodable::Malformed)?;
        Ok(())
    }

    /// `a:COUNT:{`, whose entries are to be walked by the caller.
    pub(super) fn opened_array(&mut self) -> Result<u32, Undecodable> {
        match self.item()? {
            Item::Opens {
                entries,
                array: true,
            } => Ok(entries),
            Item::Opens { .. } | Item::Whole(_) => Err(Undecodable::Malformed),
        }
    }

    /// One value, whatever is in it.
    pub(super) fn value(&mut self) -> Result<Value<'a>, Undecodable> {
        match self.item()? {
            Item::Whole(value) => Ok(value),
            Item::Opens { entries, array } => {
                let rest = self.rest;
                self.pass(entries)?;
                Ok(if array {
                    Value::Array(Array { entries, rest })
                } else {
                    Value::Other
                })
            }
        }
    }

    /// The key of an entry: a text, or the digits of a number, which PHP takes for the same key.
    pub(super) fn key(&mut self) -> Result<&'a [u8], Undecodable> {
        match self.item()? {
            Item::Whole(Value::Text(text)) => Ok(text),
            Item::Whole(Value::Integer(digits)) => Ok(digits.as_bytes()),
            Item::Whole(_) | Item::Opens { .. } => Err(Undecodable::Malformed),
        }
    }

    /// Passes the entries of what was opened, everything in them, and its end.
    fn pass(&mut self, entries: u32) -> Result<(), Undecodable> {
        // How many entries are still to come, outermost first.
        let mut open = vec![entries];
        while let Some(left) = open.last_mut() {
            if *left == 0 {
                self.skip(b"}")?;
                open.pop();
                continue;
            }
            *left -= 1;
            self.key()?;
            if let Item::Opens { entries, .. } = self.item()? {
                if open.len() == DEPTH {
                    return Err(Undecodable::Deep);
                }
                open.push(entries);
            }
        }
        Ok(())
    }

    fn item(&mut self) -> Result<Item<'a>, Undecodable> {
        self.values += 1;
        // Each entry has a key, which is counted with it.
        if self.values > 2 * VALUES {
            return Err(Undecodable::Many);
        }
        let kind = *self.rest.first().ok_or(Undecodable::Malformed)?;
        if kind == b'N' {
            self.skip(b"N;")?;
            return Ok(Item::Whole(Value::Other));
        }
        self.skip(&[kind, b':'])?;
        let whole = match kind {
            b'b' => match self.until(b';', 1)? {
                b"0" => Value::Bool(false),
                b"1" => Value::Bool(true),
                _ => return Err(Undecodable::Malformed),
            },
            b'i' => Value::Integer(integer(self.until(b';', INTEGER_CHARS)?)?),
            b'd' => {
                fraction(self.until(b';', FLOAT_CHARS)?)?;
                Value::Other
            }
            b's' => {
                let text = self.text()?;
                self.skip(b";")?;
                Value::Text(text)
            }
            b'r' | b'R' => {
                count(self.until(b';', COUNT_DIGITS)?)?;
                Value::Other
            }
            b'E' => {
                self.text()?;
                self.skip(b";")?;
                Value::Other
            }
            b'a' => return self.opens(true),
            b'O' => {
                self.text()?;
                self.skip(b":")?;
                return self.opens(false);
            }
            b'C' => {
                self.text()?;
                self.skip(b":")?;
                let length = self.count(b':')?;
                self.skip(b"{")?;
                self.bytes(usize::try_from(length).unwrap_or(usize::MAX))?;
                self.skip(b"}")?;
                Value::Other
            }
            _ => return Err(Undecodable::Malformed),
        };
        Ok(Item::Whole(whole))
    }

    fn opens(&mut self, array: bool) -> Result<Item<'a>, Undecodable> {
        let entries = self.count(b':')?;
        self.skip(b"{")?;
        if entries > VALUES {
            return Err(Undecodable::Many);
        }
        Ok(Item::Opens { entries, array })
    }

    /// `LENGTH:"…"`.
    fn text(&mut self) -> Result<&'a [u8], Undecodable> {
        let length = self.count(b':')?;
        self.skip(b"\"")?;
        let text = self.bytes(usize::try_from(length).unwrap_or(usize::MAX))?;
        self.skip(b"\"")?;
        Ok(text)
    }

    fn count(&mut self, end: u8) -> Result<u32, Undecodable> {
        count(self.until(end, COUNT_DIGITS)?)
    }

    fn bytes(&mut self, length: usize) -> Result<&'a [u8], Undecodable> {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or(Undecodable::Malformed)?;
        self.rest = rest;
        Ok(taken)
    }
}

impl<'a> Array<'a> {
    /// The texts in it, in their order; nothing when anything else is in it, a key twice, or
    /// more than `most`.
    pub(super) fn texts(self, most: usize) -> Option<Vec<&'a [u8]>> {
        if usize::try_from(self.entries).map_or(true, |entries| entries > most) {
            return None;
        }
        let mut walk = Walk::of(self.rest);
        let mut texts = Vec::new();
        let mut keys = HashSet::new();
        for _ in 0..self.entries {
            if !keys.insert(walk.key().ok()?) {
                return None;
            }
            match walk.value() {
                Ok(Value::Text(text)) => texts.push(text),
                _ => return None,
            }
        }
        Some(texts)
    }
}
