//! An edit by hand, as visudo has it: a copy to work on, a check, and the copy in the file's place.
//!
//! What editkey appends while somebody edits is never lost, revocations above all: it is carried over, or the edit is
//! refused.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use super::layout::{self, Line};
use super::load::{Form, LoadError, Loaded};
use super::stamp::Stamp;
use super::{Log, Problem, Table};
use crate::store::StoreError;

/// What an edit starts from: the file at one moment.
pub struct Base {
    bytes: Vec<u8>,
    /// The end of the entries, behind which others may be appended; none where nothing can be.
    end: Option<usize>,
}

/// Why an edited file cannot take the place of the file.
#[derive(Debug, thiserror::Error)]
pub enum NotEdited {
    /// It is no key file of this format; the text names line and column.
    #[error("{0}")]
    Broken(String),
    /// Some entries would be refused.
    #[error("{} entries are refused", .0.len())]
    Refused(Vec<Problem>),
    /// The file has been changed otherwise than by an append since the copy was made.
    #[error("the file has been changed meanwhile")]
    Changed,
    /// It could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Base {
    /// The text to edit: the file, without the room that is kept ready at its end.
    #[must_use]
    pub fn text(&self) -> Vec<u8> {
        match self.end.and_then(|end| self.bytes.get(..end)) {
            Some(entries) => [entries, b"}\n"].concat(),
            None => self.bytes.clone(),
        }
    }
}

impl<T: Table> Log<T> {
    /// Whether somebody, here or in another process, holds the lock at this moment.
    #[must_use]
    pub fn locked(&self) -> bool {
        self.lock.held()
    }

    /// The file at this moment, broken or not; `None` when there is none.
    ///
    /// # Errors
    /// [`StoreError::Busy`]; [`StoreError::Unwritable`] when it cannot be read.
    pub fn base(&self) -> Result<Option<Base>, StoreError> {
        let Some(_guard) = self.lock.exclusive().map_err(|error| self.io(&error))? else {
            return Err(self.busy());
        };
        let mut turn = self.turn();
        self.refresh_locked(&mut turn)?;
        let state = self.state();
        if state.file.is_none() {
            return Ok(None);
        }
        let bytes = self.bytes().map_err(|error| self.io(&error))?;
        let lines = state.broken.is_none() && state.loaded.form == Form::Lines;
        let end = usize::try_from(state.loaded.end).ok();
        Ok(Some(Base {
            bytes,
            end: end.filter(|_| lines),
        }))
    }

    /// Whether `edited` could take the file's place: nothing in it is broken, torn or refused.
    ///
    /// # Errors
    /// [`NotEdited::Broken`], [`NotEdited::Refused`]; [`NotEdited::Store`] when it cannot be read.
    pub fn check(&self, edited: &File) -> Result<(), NotEdited> {
        let size = edited.metadata().map_err(|error| self.io(&error))?.len();
        match Loaded::<T>::read_strictly(edited, size) {
            Ok(loaded) if loaded.problems.is_empty() => Ok(()),
            Ok(loaded) => Err(NotEdited::Refused(loaded.problems)),
            Err(LoadError::Io(error)) => Err(self.io(&error).into()),
            Err(LoadError::Broken(why)) => Err(NotEdited::Broken(why)),
        }
    }

    /// Puts `edited` in the file's place, together with what was appended since `base` was taken. Returns how many
    /// entries were.
    ///
    /// # Errors
    /// [`NotEdited`]; the file is then as it was.
    pub fn replace_edited(&self, base: &Base, edited: &[u8]) -> Result<usize, NotEdited> {
        let Some(guard) = self.lock.exclusive().map_err(|error| self.io(&error))? else {
            return Err(self.busy().into());
        };
        let mut turn = self.turn();
        self.refresh_locked(&mut turn)?;
        let appended = self.appended_since(base)?;
        let (text, count) = joined(edited, &appended).ok_or(NotEdited::Changed)?;
        let mut path = self.path.as_os_str().to_owned();
        path.push(".new");
        let path = PathBuf::from(path);
        let written = self
            .write_beside(&path, &text)
            .map_err(|error| NotEdited::from(self.io(&error)))
            .and_then(|file| {
                self.check(&file)?;
                self.replace(&path, file, &guard)
                    .map_err(|error| match error {
                        LoadError::Io(error) => self.io(&error).into(),
                        LoadError::Broken(why) => NotEdited::Broken(why),
                    })
            });
        if written.is_err() {
            let _ = std::fs::remove_file(&path);
        } else {
            turn.distrusted = false;
        }
        written.map(|()| count)
    }

    /// What stands behind the entries of `base` now.
    fn appended_since(&self, base: &Base) -> Result<Vec<u8>, NotEdited> {
        let now = match self.bytes() {
            Ok(now) => now,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(NotEdited::Changed);
            }
            Err(error) => return Err(self.io(&error).into()),
        };
        if now == base.bytes {
            return Ok(Vec::new());
        }
        let state = self.state();
        let form = state.loaded.form;
        if state.broken.is_some() || !matches!(form, Form::Lines | Form::Torn) {
            return Err(NotEdited::Changed);
        }
        let end = base.end.ok_or(NotEdited::Changed)?;
        let entries = base.bytes.get(..end).unwrap_or_default();
        let now = usize::try_from(state.loaded.end)
            .ok()
            .and_then(|to| now.get(..to))
            .unwrap_or_default();
        now.strip_prefix(entries)
            .map(<[u8]>::to_vec)
            .ok_or(NotEdited::Changed)
    }

    fn write_beside(&self, path: &PathBuf, text: &[u8]) -> io::Result<File> {
        let _ = std::fs::remove_file(path);
        let mut file = File::options()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        match File::open(&self.path) {
            Ok(old) => crate::store::ownership::like_file(&old, &file)?,
            Err(_) => crate::store::ownership::like_folder(path, &file)?,
        }
        file.write_all(text)?;
        file.sync_all()?;
        Ok(file)
    }

    /// All bytes of the file; under the lock, nobody else writes them.
    fn bytes(&self) -> io::Result<Vec<u8>> {
        let mut file = File::open(&self.path)?;
        let stamp = Stamp::open(&file)?;
        let mut bytes = Vec::with_capacity(usize::try_from(stamp.size).unwrap_or(0));
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// The JSON object `edited` with the entries of `appended` at its end, and how many these are.
fn joined(edited: &[u8], appended: &[u8]) -> Option<(Vec<u8>, usize)> {
    if appended.trim_ascii().is_empty() {
        return Some((edited.to_vec(), 0));
    }
    let inner = edited.trim_ascii_end().strip_suffix(b"}")?.trim_ascii_end();
    let mut text = inner.to_vec();
    text.push(b'\n');
    let mut bare = inner.ends_with(b"{");
    let mut count = 0;
    for line in appended.split(|byte| *byte == b'\n') {
        match Line::read(line) {
            Line::Blank => {}
            Line::Entry { name, value, .. } => {
                let start = text.len();
                layout::entry(&mut text, &name, Some(std::str::from_utf8(value).ok()?));
                if bare {
                    text.remove(start);
                }
                bare = false;
                count += 1;
            }
            Line::Open | Line::Close | Line::Other => return None,
        }
    }
    text.extend_from_slice(b"}\n");
    Some((text, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn join(edited: &str, appended: &str) -> Option<(String, usize)> {
        let (text, count) = joined(edited.as_bytes(), appended.as_bytes())?;
        serde_json::from_slice::<serde_json::Value>(&text).expect("one object");
        Some((String::from_utf8(text).expect("text"), count))
    }

    #[test]
    fn what_was_appended_comes_last_in_any_layout() {
        let appended = ",\"b\": null\n,\"c\": {\"d\":1}\n";
        let ours = "{\n\"$editkey\": {\"format\": 1}\n,\"b\": 1\n}\n";
        assert_eq!(
            join(ours, appended).expect("joined"),
            (
                "{\n\"$editkey\": {\"format\": 1}\n,\"b\": 1\n,\"b\": null\n,\"c\": {\"d\":1}\n}\n"
                    .to_owned(),
                2
            )
        );
        assert_eq!(
            join("{ \"a\": {}}", appended).map(|joined| joined.1),
            Some(2)
        );
        assert_eq!(
            join("{\n\n}", appended).expect("joined").0,
            "{\n\"b\": null\n,\"c\": {\"d\":1}\n}\n"
        );
        assert_eq!(join(ours, " \n\n").expect("joined"), (ours.to_owned(), 0));
        assert_eq!(join(ours, "}\n{"), None);
        assert_eq!(join("[]", appended), None);
    }
}
