//! Query strings, read strictly: a parameter that is repeated or malformed is refused, never guessed.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::facts::Head;
use crate::error::{Kind, Refused};
use crate::names::pieces;

/// The parameters of a query, each at most once.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// The parameters of `request`'s query.
    pub(super) fn of(request: &impl Head) -> Result<Self, Refused> {
        Self::parse(request.query())
    }

    /// The parameters of `text`, which is a query or a form.
    pub(super) fn parse(text: &str) -> Result<Self, Refused> {
        let mut beyond_ascii = !text.is_ascii();
        let escapes_are_whole = text.split('%').skip(1).all(|after| {
            let digits = after.as_bytes().first_chunk::<2>();
            beyond_ascii |= digits.is_some_and(|digits| digits[0] >= b'8');
            digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        });
        // Pieces of a text that is UTF-8 once decoded are UTF-8 themselves: the separators are ASCII.
        let utf8 = !beyond_ascii || percent_decode_str(text).decode_utf8().is_ok();
        if !escapes_are_whole || !utf8 {
            return Err(malformed(
                "the query is not UTF-8 with whole percent escapes",
            ));
        }
        let mut given: Vec<(String, String)> = Vec::new();
        for (name, value) in pairs(text) {
            let name = name.into_owned();
            if name.contains('[') {
                return Err(malformed("a parameter is a list"));
            }
            if given.iter().any(|(known, _)| *known == name) {
                return Err(malformed("a parameter is repeated"));
            }
            given.push((name, value.into_owned()));
        }
        Ok(Self(given))
    }

    /// The value of `name`, where given.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Refuses any parameter but these; `rule` says so.
    pub(super) fn only(&self, names: &[&str], rule: &'static str) -> Result<(), Refused> {
        let known = |(name, _): &(String, String)| names.contains(&name.as_str());
        let all = self.0.iter().all(known);
        all.then_some(()).ok_or_else(|| malformed(rule))
    }

    /// The value of `name`; `rule` says that it is needed.
    pub(super) fn needed(&self, name: &str, rule: &'static str) -> Result<&str, Refused> {
        self.value(name).ok_or_else(|| malformed(rule))
    }
}

/// The parameters of `text`, as form-urlencoding has them (URL Standard, 5.1). What is not escaped is not decoded.
pub(super) fn pairs(text: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    let given = pieces(text, b'&').filter(|piece| !piece.is_empty());
    given.filter_map(|piece| {
        let bytes = piece.as_bytes();
        if memchr::memchr2(b'%', b'+', bytes).is_some() {
            return form_urlencoded::parse(bytes).next();
        }
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        Some((name.into(), value.into()))
    })
}

fn malformed(rule: &'static str) -> Refused {
    Refused::new(Kind::Malformed(rule), rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_escaped_reads_as_if_it_were_decoded() {
        for text in [
            "",
            "&",
            "=",
            "a",
            "a=",
            "=a",
            "a=b=c",
            "a&&b=1&",
            "a=%",
            "a%3Db=%26&c+d=+",
            "accesske%79=K&accesskey=K",
            "a=ü&%ff=%c3",
            "a;b=c?d#e",
        ] {
            let read: Vec<_> = pairs(text).collect();
            let decoded: Vec<_> = form_urlencoded::parse(text.as_bytes()).collect();
            assert_eq!(read, decoded, "{text}");
        }
    }

    #[test]
    fn a_parameter_is_given_once_and_whole() {
        let query = Query::parse("dirname=%2Fsrv%2Fa+b&basename=x%2By.md").expect("good");
        assert_eq!(query.value("dirname"), Some("/srv/a b"));
        assert_eq!(query.value("basename"), Some("x+y.md"));
        assert_eq!(query.value("rights"), None);
        for bad in [
            "a=1&a=2",
            "a=%",
            "a=%4",
            "a=%zz",
            "a=%ff",
            "a=%C3",
            "a=1&%61=2",
        ] {
            assert!(Query::parse(bad).is_err(), "{bad}");
        }
    }
}
