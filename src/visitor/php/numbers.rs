//! Numbers as PHP writes them, and no others.

use super::walk::Undecodable;

/// A count or a length.
pub(super) fn count(digits: &[u8]) -> Result<u32, Undecodable> {
    let text = integer(digits)?;
    text.parse().map_err(|_| Undecodable::Malformed)
}

/// The digits of an integer as PHP writes them: no `+`, no zero before another digit.
pub(super) fn integer(text: &[u8]) -> Result<&str, Undecodable> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let plain = match digits {
        [] => false,
        [b'0'] => digits.len() == text.len(),
        [first, ..] => *first != b'0' && digits.iter().all(u8::is_ascii_digit),
    };
    if plain {
        std::str::from_utf8(text).map_err(|_| Undecodable::Malformed)
    } else {
        Err(Undecodable::Malformed)
    }
}

/// A number with a fraction, as PHP writes it: `0.5`, `-1.0E+25`, `INF`. None is of use.
pub(super) fn fraction(text: &[u8]) -> Result<(), Undecodable> {
    let digits = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let (number, exponent) = split(text.strip_prefix(b"-").unwrap_or(text), b'E');
    let (whole, fraction) = split(number, b'.');
    let exponent = match exponent {
        [_, b'+' | b'-', digits @ ..] | [_, digits @ ..] => digits,
        [] => b"0",
    };
    let fraction = fraction.get(1..).unwrap_or(b"0");
    let plain = [whole, fraction, exponent].into_iter().all(digits);
    if plain || matches!(text, b"NAN" | b"INF" | b"-INF") {
        Ok(())
    } else {
        Err(Undecodable::Malformed)
    }
}

/// What stands before the first `at`, and the rest with it.
fn split(text: &[u8], at: u8) -> (&[u8], &[u8]) {
    text.split_at(memchr::memchr(at, text).unwrap_or(text.len()))
}
