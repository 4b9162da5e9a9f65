//! Paths in the settings: spelled cleanly, and relative to the folder they were typed in.
//!
//! Nothing is repaired and the disk is not asked; what is at a path is known when it is opened.

use std::path::{Path, PathBuf};

use crate::names;

/// Why a text is no path of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is a path without '//', '.' or '..' inside, backslashes or control characters, of at most 4095 bytes"
)]
pub(super) struct NotPath;

/// The path that `text` spells; a relative one starts from `base`, and only there may `..` stand at its beginning.
/// It is not cleaned: the kernel alone knows what `..` means after a link.
pub(super) fn resolve(text: &str, base: &Path) -> Result<PathBuf, NotPath> {
    let named = match text.strip_suffix('/') {
        Some("") => "/",
        Some(named) => named,
        None => text,
    };
    let clean = !named.is_empty()
        && named.len() <= names::PATH_BYTES
        && !named
            .chars()
            .any(|character| character.is_control() || character == '\\')
        && path_clean::clean(named).as_os_str() == named;
    match (clean, named) {
        (false, _) => Err(NotPath),
        (true, ".") => Ok(base.to_path_buf()),
        (true, _) => Ok(base.join(named)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_start_from_their_base_and_are_clean() {
        let base = Path::new("/etc/editkey");
        for (text, path) in [
            ("/srv/", "/srv"),
            ("/", "/"),
            (".", "/etc/editkey"),
            ("a/b", "/etc/editkey/a/b"),
            ("../a", "/etc/editkey/../a"),
        ] {
            assert_eq!(resolve(text, base), Ok(PathBuf::from(path)), "{text}");
        }
        for text in [
            "", "a/../b", "/a/..", "./a", "a//b", "/a/./b", "//a", "a\\b", "a\nb", "/srv//",
        ] {
            assert_eq!(resolve(text, base), Err(NotPath), "{text}");
        }
    }
}
