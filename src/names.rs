//! The words all stages share: rights, scopes and the two halves of a place.
//!
//! Nothing here touches the disk or the clock. A value of these types has been checked once, where it was made;
//! no later stage checks it again.

mod malformed;
mod rights;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use malformed::Malformed;
pub use rights::{Rights, Scope};

/// Most bytes of a path, as the kernel counts them (`PATH_MAX`, without its final NUL).
pub const PATH_BYTES: usize = 4095;
/// Most bytes of one component of a path (`NAME_MAX`).
pub const COMPONENT_BYTES: usize = 255;
/// Most characters of a label.
pub const LABEL_CHARS: usize = 200;

/// An absolute directory, lexically clean.
///
/// **Invariant:** UTF-8, starts with `/`, has no `.`, `..`, empty component, trailing slash (but for `/` itself) or
/// control character or backslash, and at most [`PATH_BYTES`] bytes. It says nothing about what the disk holds there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Dirname(Arc<str>);

impl TryFrom<String> for Dirname {
    type Error = Malformed;

    fn try_from(text: String) -> Result<Self, Malformed> {
        Self::parse(&text)
    }
}

impl From<Dirname> for String {
    fn from(directory: Dirname) -> Self {
        directory.as_str().to_owned()
    }
}

impl Dirname {
    /// The directory that `text` spells; one trailing slash is allowed, anything else unclean is refused, never repaired.
    ///
    /// # Errors
    /// [`Malformed::Directory`].
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let bare = match text.strip_suffix('/') {
            Some("") => "/",
            Some("/") => return Err(Malformed::Directory),
            Some(bare) => bare,
            None => text,
        };
        let components = || pieces(bare, b'/').skip(1);
        // In most there is nothing that could be cleaned away.
        let plain = |component: &str| !component.is_empty() && !component.starts_with('.');
        let clean = bare.len() <= PATH_BYTES
            && bare.starts_with('/')
            && is_sayable(bare)
            && components().all(|component| component.len() <= COMPONENT_BYTES)
            && (components().all(plain) || path_clean::clean(bare).as_os_str() == bare);
        if clean {
            Ok(Self(bare.into()))
        } else {
            Err(Malformed::Directory)
        }
    }

    /// The directory that `below` names in this one: names of files with a slash between two, or nothing.
    ///
    /// # Errors
    /// [`Malformed::Directory`].
    pub fn joined(&self, below: &str) -> Result<Self, Malformed> {
        if below.is_empty() {
            return Ok(self.clone());
        }
        let above = self.0.trim_end_matches('/');
        if above.len() + 1 + below.len() > PATH_BYTES || !pieces(below, b'/').all(Basename::is) {
            return Err(Malformed::Directory);
        }
        let mut text = String::with_capacity(above.len() + 1 + below.len());
        text.push_str(above);
        text.push('/');
        text.push_str(below);
        Ok(Self(text.into()))
    }

    /// The text, as it stands in the key file.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same as a path.
    #[must_use]
    pub fn as_path(&self) -> &Path {
        Path::new(&*self.0)
    }

    /// What is left of `self` below `above`, by whole components: `/srv/proj-secret` is not below `/srv/proj`.
    /// The empty text when both are the same directory.
    #[must_use]
    pub fn below(&self, above: &Self) -> Option<&str> {
        if &*above.0 == "/" {
            return Some(&self.0[1..]);
        }
        match self.0.strip_prefix(&*above.0)? {
            "" => Some(""),
            rest => rest.strip_prefix('/'),
        }
    }
}

impl fmt::Display for Dirname {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Whether the text contains nothing that no path of ours does: control characters, which no log or page could show, and the
/// backslash, which a browser or another system may take for a slash.
fn is_sayable(text: &str) -> bool {
    let plain = |byte| matches!(byte, b' '..=b'~') && byte != b'\\';
    let unsayable = |character: char| character.is_control() || character == '\\';
    all_bytes(text, plain) || !text.contains(unsayable)
}

/// Whether all bytes of the text are fit. It stops nowhere before the end, so that a processor looks at many at once.
pub(crate) fn all_bytes(text: &str, fit: impl Fn(u8) -> bool) -> bool {
    text.bytes().fold(true, |all, byte| all & fit(byte))
}

/// The pieces of the text between these ASCII characters, as `str::split` gives them; many bytes are looked at at once.
pub(crate) fn pieces(text: &str, between: u8) -> impl Iterator<Item = &str> {
    let ends = memchr::memchr_iter(between, text.as_bytes()).chain([text.len()]);
    let mut from = 0;
    ends.filter_map(move |end| {
        let piece = text.get(from..end);
        from = end + 1;
        piece
    })
}

/// Whether a decoded text still holds an escaped slash, dot, backslash, NUL or percent sign: some other program would
/// decode it again, so nothing of such a name is ever asked for.
#[must_use]
pub fn escaped_again(text: &str) -> bool {
    if memchr::memchr(b'%', text.as_bytes()).is_none() {
        return false;
    }
    let lower = text.to_ascii_lowercase();
    ["%2f", "%2e", "%5c", "%00", "%25"]
        .iter()
        .any(|escape| lower.contains(escape))
}

/// The name of one file in its directory.
///
/// **Invariant:** UTF-8, one component: 1 to [`COMPONENT_BYTES`] bytes, no `/`, no control character or backslash, neither `.` nor `..`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Basename(Arc<str>);

impl Basename {
    /// The name that `text` spells.
    ///
    /// # Errors
    /// [`Malformed::Basename`].
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        if Self::is(text) {
            Ok(Self(text.into()))
        } else {
            Err(Malformed::Basename)
        }
    }

    /// The name that `text` spells, which is that of a name.
    pub(crate) fn of(text: &str) -> Self {
        debug_assert!(Self::is(text), "{text:?}");
        Self(text.into())
    }

    /// Whether `text` spells a name.
    pub(crate) fn is(text: &str) -> bool {
        !text.is_empty()
            && text.len() <= COMPONENT_BYTES
            && text != "."
            && text != ".."
            && memchr::memchr(b'/', text.as_bytes()).is_none()
            && is_sayable(text)
    }

    /// The text, as it stands in the key file.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Basename {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A place: a directory, and the name of a file or of another directory in it. Only a spelling; [`crate::resolve`] says
/// what is at it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// The directory.
    pub dirname: Dirname,
    /// The name in it.
    pub basename: Basename,
}

impl Place {
    /// The place at which `directory` itself stands; nothing for `/`, which stands in no other.
    #[must_use]
    pub fn of_directory(directory: &Dirname) -> Option<Self> {
        let (above, name) = directory.as_str().rsplit_once('/')?;
        Some(Self {
            dirname: Dirname::parse(if above.is_empty() { "/" } else { above }).ok()?,
            basename: Basename::parse(name).ok()?,
        })
    }

    /// The directory that the whole place names; nothing where that is longer than any path.
    #[must_use]
    pub fn as_directory(&self) -> Option<Dirname> {
        Dirname::parse(&self.to_string()).ok()
    }

    /// The directory that must be granted whole for a key of this scope: the file's own, or the one that is named.
    #[must_use]
    pub fn within(&self, scope: Scope) -> Option<Dirname> {
        match scope {
            Scope::File => Some(self.dirname.clone()),
            Scope::Directory => self.as_directory(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dirname = self.dirname.as_str();
        write!(
            out,
            "{}/{}",
            if dirname == "/" { "" } else { dirname },
            self.basename
        )
    }
}

/// A person's note on a key.
///
/// **Invariant:** 1 to [`LABEL_CHARS`] characters, none of them a control character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label(String);

impl Label {
    /// The label that `text` spells.
    ///
    /// # Errors
    /// [`Malformed::Label`].
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let short = !text.is_empty()
            && text.chars().count() <= LABEL_CHARS
            && !text.chars().any(char::is_control);
        if short {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed::Label)
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_refused_rather_than_repaired() {
        for bad in [
            "",
            "srv",
            "/srv/../etc",
            "/srv/.",
            "/srv//a",
            "//srv",
            "/srv//",
            "//",
            "/s\0v",
            "/s\nv",
            "./a",
            "/..",
            "/a\\b",
        ] {
            assert_eq!(Dirname::parse(bad), Err(Malformed::Directory), "{bad:?}");
        }
        for (good, kept) in [
            ("/", "/"),
            ("/srv/", "/srv"),
            ("/srv/a b/ü", "/srv/a b/ü"),
            ("/", "/"),
        ] {
            assert_eq!(
                Dirname::parse(good).map(|dir| dir.as_str().to_owned()),
                Ok(kept.to_owned())
            );
        }
    }

    #[test]
    fn below_goes_by_components() {
        let dir = |text| Dirname::parse(text).expect("clean");
        assert_eq!(dir("/srv/proj-secret").below(&dir("/srv/proj")), None);
        assert_eq!(dir("/srv/proj/a/b").below(&dir("/srv/proj")), Some("a/b"));
        assert_eq!(dir("/srv/proj").below(&dir("/srv/proj")), Some(""));
        assert_eq!(dir("/srv").below(&dir("/")), Some("srv"));
        assert_eq!(dir("/srv").below(&dir("/srv/proj")), None);
    }

    #[test]
    fn a_directory_is_a_place_and_back() {
        let dir = |text| Dirname::parse(text).expect("clean");
        for text in ["/srv", "/srv/a b", "/srv/proj/ü"] {
            let place = Place::of_directory(&dir(text)).expect("a place");
            assert_eq!(place.to_string(), text);
            assert_eq!(place.as_directory(), Some(dir(text)));
            assert_eq!(place.within(Scope::Directory), Some(dir(text)));
            assert_eq!(place.within(Scope::File), Some(place.dirname));
        }
        assert_eq!(Place::of_directory(&dir("/")), None);
        let long = Place {
            dirname: dir(&"/x".repeat(PATH_BYTES / 2)),
            basename: Basename::parse("xx").expect("a name"),
        };
        assert_eq!(long.as_directory(), None, "longer than any path");
        for bad in ["", "File", "dir", "directory ", "files"] {
            assert_eq!(bad.parse::<Scope>(), Err(Malformed::Scope), "{bad}");
        }
    }

    #[test]
    fn a_name_is_one_component() {
        for bad in ["", ".", "..", "a/b", "/", "a\0", "a\u{7f}", "\n", "..\\a"] {
            assert_eq!(Basename::parse(bad), Err(Malformed::Basename), "{bad:?}");
        }
        for good in ["a", "...", " ", "ü.md", ".env", "-rf"] {
            assert!(Basename::parse(good).is_ok(), "{good:?}");
        }
    }
}
