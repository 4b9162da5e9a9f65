//! Where to go on after signing in: a page of ours, and nothing that any browser could take for another site's.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::facts::Head;
use crate::error::{Kind, Refused};

/// Most bytes of a target that is carried along; a longer one is left out, and the start page comes instead.
const NEXT_BYTES: usize = 2 * 1024;
/// Stands for us while a target is taken apart.
const SELF: &str = "http://self.invalid";
const RULE: &str =
    "next is a path below base_path, with one leading slash, and no backslash or control character";

/// A page of ours.
///
/// **Invariant:** an absolute path below the base path, with or without a query, that a browser takes for just that: its
/// one spelling as a URL, without `//`, a backslash, a fragment, or anything but visible ASCII.
pub(super) struct Next(String);

impl Next {
    /// The page that `text` names.
    ///
    /// # Errors
    /// [`Kind::Malformed`].
    pub(super) fn parse(text: &str, base_path: &str) -> Result<Self, Refused> {
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        let path = text
            .split('?')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        // What some other program would decode once more.
        let encoded = ["%2f", "%5c", "%2e", "%25"]
            .iter()
            .any(|escape| path.contains(escape));
        let plain = text.len() <= NEXT_BYTES
            && visible
            && !encoded
            && text.starts_with(base_path)
            && !text.contains("//")
            && !text.contains(['\\', '#']);
        // A browser's own reading: what it would change is not what we mean.
        let read = Url::parse(SELF).and_then(|own| own.join(text));
        let same = read.is_ok_and(|url| url.as_str().strip_prefix(SELF) == Some(text));
        if plain && same {
            Ok(Self(text.to_owned()))
        } else {
            Err(Refused::new(Kind::Malformed(RULE), RULE))
        }
    }

    /// The page that `request` asked for, if it can be carried along.
    pub(super) fn of(request: &impl Head, base_path: &str) -> Option<Self> {
        let asked = request.head().uri.path_and_query()?;
        Self::parse(asked.as_str(), base_path).ok()
    }

    /// The text, for `Location`.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The address of the sign-in page that goes on to here, from `base`.
    pub(super) fn login(next: Option<&Self>, base: &str) -> String {
        match next {
            Some(next) => {
                let text = utf8_percent_encode(&next.0, NON_ALPHANUMERIC);
                format!("{base}login?next={text}")
            }
            None => format!("{base}login"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_page_of_ours_is_gone_on_to() {
        for (text, base) in [
            ("/", "/"),
            ("/redirect?dirname=%2Fsrv%2Fa&basename=x%20y.md", "/"),
            ("/edit/", "/edit/"),
            (
                "/edit/php/redirect.php?dirname=%2Fsrv&basename=%C3%BC",
                "/edit/",
            ),
        ] {
            let next = Next::parse(text, base);
            assert!(next.is_ok_and(|next| next.as_str() == text), "{text}");
        }
        for (text, base) in [
            ("", "/"),
            ("redirect", "/"),
            ("/", "/edit/"),
            ("/edit", "/edit/"),
            ("/edit/../x", "/edit/"),
            ("/editor/", "/edit/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("/\t/evil.example", "/"),
            ("https://evil.example/", "/"),
            ("/x#//evil.example", "/"),
            (&format!("/{}", "x".repeat(NEXT_BYTES)), "/"),
        ] {
            assert!(Next::parse(text, base).is_err(), "{text}");
        }
    }
}
