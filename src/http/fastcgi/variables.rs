//! A request's variables, as the web server made them.
//!
//! A client chooses the name of none: its headers come as `HTTP_…`. A variable that stands there twice says nothing.

use crate::visitor::Said;

/// Names and values, in the order in which they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variables(Vec<(Vec<u8>, Vec<u8>)>);

impl Variables {
    /// The variables in `bytes`; nothing where these end inside of one.
    #[must_use]
    pub fn parse(mut bytes: &[u8]) -> Option<Self> {
        let mut all = Vec::new();
        while !bytes.is_empty() {
            let (name_length, rest) = length(bytes)?;
            let (value_length, rest) = length(rest)?;
            let (name, rest) = rest.split_at_checked(name_length)?;
            let (value, rest) = rest.split_at_checked(value_length)?;
            all.push((name.to_vec(), value.to_vec()));
            bytes = rest;
        }
        Some(Self(all))
    }

    /// What stands under `name`, spelled just so.
    #[must_use]
    pub fn said(&self, name: &str) -> Said<'_> {
        let named = self.0.iter().filter(|(known, _)| known == name.as_bytes());
        Said::of(named.map(|(_, value)| std::str::from_utf8(value).ok()))
    }

    /// Whether anything stands there.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.said(name) != Said::Nothing
    }

    /// What the client sent as the header `name`, which is spelled in small letters.
    #[must_use]
    pub fn header(&self, name: &str) -> Said<'_> {
        if name.contains('_') {
            return Said::Nothing;
        }
        self.said(&format!(
            "HTTP_{}",
            name.to_ascii_uppercase().replace('-', "_")
        ))
    }
}

/// A length in one byte, or in four whose first bit is set.
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    if first < 0x80 {
        return Some((usize::from(first), rest));
    }
    let (&four, rest) = bytes.split_first_chunk::<4>()?;
    let length = u32::from_be_bytes(four) & 0x7fff_ffff;
    Some((usize::try_from(length).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_servers_and_twice_is_unclear() {
        let bytes = b"\x09\x01HTTP_HOSTh\x0b\x01HTTP_COOKIEa\x0b\x01HTTP_COOKIEb\x04\x02BYTE\xff\xfe\x05\x00EMPTY";
        let variables = Variables::parse(bytes).expect("variables");
        assert_eq!(variables.header("host"), Said::Once("h"));
        assert_eq!(variables.header("cookie"), Said::Unclear);
        assert_eq!(variables.said("BYTE"), Said::Unclear);
        assert_eq!(variables.said("EMPTY"), Said::Once(""));
        assert_eq!(variables.said("http_host"), Said::Nothing);
        assert_eq!(variables.header("x_y"), Said::Nothing);
        assert!(Variables::parse(b"").is_some_and(|none| !none.has("")));
        for cut in 1..bytes.len() {
            let cut_in = !matches!(cut, 12 | 26 | 40 | 48);
            assert_eq!(Variables::parse(&bytes[..cut]).is_none(), cut_in, "{cut}");
        }
    }
}
