//! A file that a proxy is to send in our place: the header that names it, so that the proxy reads exactly this path.
//!
//! It must never name a file in a way that some version of a proxy could take for another file: what cannot be said
//! without doubt is not handed over, and we send the bytes ourselves.

use actix_web::http::header::HeaderValue;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::resolve::SafePath;
use crate::settings::Sendfile;

/// Before the path, for nginx: `location /editkey-files/ { internal; alias /; }`.
const INTERNAL: &str = "/editkey-files";
/// Longest value: nginx takes 4 KiB of headers in all by default.
const VALUE_BYTES: usize = 2048;
/// All but what stands for itself in every part of an address.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The header for the file at `path`; nothing where it is ours to send.
pub(super) fn over(to: Sendfile, path: &SafePath) -> Option<(&'static str, HeaderValue)> {
    let folder = path.parent().dirname().as_str().trim_end_matches('/');
    header(to, &format!("{folder}/{}", path.basename().as_str()))
}

fn header(to: Sendfile, path: &str) -> Option<(&'static str, HeaderValue)> {
    let (name, value) = match to {
        Sendfile::Own => return None,
        Sendfile::XAccelRedirect => (
            "x-accel-redirect",
            format!("{INTERNAL}{}", utf8_percent_encode(path, ESCAPED)),
        ),
        // Caddy and Debian's module for Apache take the path as it stands, later versions of that decode it, and so does
        // lighttpd; a blank at the end is cut off by all who read headers. Each would be another file.
        Sendfile::XSendfile if path.contains('%') || path.ends_with(' ') => return None,
        Sendfile::XSendfile => ("x-sendfile", path.to_owned()),
    };
    if value.len() > VALUE_BYTES {
        return None;
    }
    let value = HeaderValue::from_bytes(value.as_bytes()).ok()?;
    Some((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(to: Sendfile, path: &str) -> Option<String> {
        let (_, value) = header(to, path)?;
        Some(String::from_utf8(value.as_bytes().to_vec()).expect("UTF-8"))
    }

    #[test]
    fn what_a_proxy_could_read_in_two_ways_is_not_handed_over() {
        let plain = "/srv/a b/é \"x\" #1?;+'.png";
        let to = Sendfile::XSendfile;
        assert_eq!(said(to, plain).as_deref(), Some(plain));
        for doubtful in ["/srv/a%41.png", "/srv/100%", "/srv/a ", "/srv/a%20b"] {
            assert_eq!(said(to, doubtful), None, "{doubtful}");
            assert_eq!(said(Sendfile::Own, doubtful), None);
            assert!(said(Sendfile::XAccelRedirect, doubtful).is_some());
        }
        let long = format!("/srv/{}", "é".repeat(400));
        assert_eq!(said(Sendfile::XAccelRedirect, &long), None);
    }

    #[test]
    fn an_internal_address_decodes_to_exactly_the_path() {
        for path in ["/a b", "/%41/?#;+\"'{x}&=é/~._-", "/..a/...", "/a "] {
            let said = said(Sendfile::XAccelRedirect, path).expect("a value");
            let encoded = said.strip_prefix(INTERNAL).expect("the prefix");
            assert!(
                encoded
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"%/-._~".contains(&byte)),
                "{encoded}"
            );
            let decoded = percent_encoding::percent_decode_str(encoded).decode_utf8();
            assert_eq!(decoded.expect("UTF-8"), path);
        }
    }
}
