//! What a visitor may open: the directories that are granted, what stands in one, and names below it.
//!
//! It must never tell of a directory before the grants hold it: what is not granted is refused without a look at the
//! disk, so that it is the same whether it is there or not. Nothing here is a permission: opening asks the grants again.

mod ground;
mod least;
mod order;
mod pages;
mod search;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;

use super::{Access, Known, Moment};
use crate::error::{Kind as Cause, Refused};
use crate::grants::Grants;
use crate::names::{Basename, Dirname, Rights};
use crate::resolve::Kind;

use ground::Ground;
pub use search::Wanted;

/// Most entries of a page.
pub const PAGE_ENTRIES: usize = 1000;
/// Most bytes of a text that names are searched for.
pub const SEARCH_BYTES: usize = 256;
/// Most names of one directory that are read for a page of it.
const NAMES: usize = 200_000;

/// One name that a visitor may open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Of a file or of a directory.
    pub kind: Kind,
    /// Its name; that of a granted directory is the last of its path.
    pub name: String,
    /// Of a directory its own path, of a file that of the directory in which it is.
    pub dirname: Dirname,
    /// What is granted of it.
    pub rights: Rights,
    /// Bytes of a file.
    pub size: Option<u64>,
    /// When it last changed.
    pub modified: Option<Timestamp>,
}

/// Some entries.
#[derive(Debug, Default)]
pub struct Page {
    /// What is granted of the directory; nothing where there is not one.
    pub rights: Option<Rights>,
    /// In order.
    pub entries: Vec<Entry>,
    /// What the next page comes behind; nothing where this is the last.
    pub next: Option<After>,
    /// Why not all is told, where something was left out for its number.
    pub bounded: Option<Bound>,
}

/// Why not all is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Bound {
    /// There are more matches.
    Matches,
    /// There are more names than are looked at.
    Entries,
    /// It took too long.
    Time,
}

/// An entry that a page comes behind: what it is, and its name or its whole path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct After {
    kind: Kind,
    text: String,
}

/// Why a text is no place in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("after is what 'next' said")]
pub struct NotAfter;

impl FromStr for After {
    type Err = NotAfter;

    fn from_str(text: &str) -> Result<Self, NotAfter> {
        let (kind, text) = text.split_once('/').ok_or(NotAfter)?;
        let kind = match kind {
            "directory" => Kind::Directory,
            "file" => Kind::File,
            _ => return Err(NotAfter),
        };
        let whole = kind == Kind::Directory && Dirname::parse(text).is_ok();
        if !whole && Basename::parse(text).is_err() {
            return Err(NotAfter);
        }
        Ok(Self {
            kind,
            text: text.to_owned(),
        })
    }
}

impl fmt::Display for After {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", kind_word(self.kind), self.text)
    }
}

/// The word for it.
#[must_use]
pub fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Directory => "directory",
        Kind::File => "file",
    }
}

impl Access {
    /// A page of what stands in `dirname`, or where nothing is named, of the directories that are granted to whom `known`
    /// is, each that lies in another shown in that one. It is read on another thread, and `turn` is let go when that is
    /// done.
    ///
    /// # Errors
    /// [`Kind::Refused`](crate::error::Kind::Refused) alike for what is not granted, not there or no directory.
    pub async fn browse(
        &self,
        known: &Known,
        dirname: Option<Dirname>,
        (after, limit): (Option<After>, usize),
        turn: impl Send + 'static,
        now: Moment,
    ) -> Result<Page, Refused> {
        let ground = self.ground(known);
        let page = off_thread(move || {
            let _turn = turn;
            let ground = ground();
            match dirname {
                None => Ok(ground.granted(after.as_ref(), limit, now.instant)),
                Some(dirname) => ground.page(&dirname, after.as_ref(), limit, now.instant),
            }
        });
        self.noting(page.await, known, now)
    }

    /// Names below `dirname`, or below all that is granted, that have `wanted` in them; `go_on` says whether there is
    /// still time. It is looked for on another thread.
    ///
    /// # Errors
    /// As [`browse`](Self::browse).
    pub async fn search_names(
        &self,
        known: &Known,
        dirname: Option<Dirname>,
        wanted: Wanted,
        go_on: impl Fn() -> bool + Send + 'static,
        now: Moment,
    ) -> Result<Page, Refused> {
        let ground = self.ground(known);
        let page =
            off_thread(move || ground().search(dirname.as_ref(), &wanted, &go_on, now.instant));
        self.noting(page.await, known, now)
    }

    /// Where the grants of whom `known` is hold, for a thread that may wait for the disk.
    fn ground(&self, known: &Known) -> impl FnOnce() -> Ground + Send + 'static + use<> {
        let grants = known.parties().map(|party| party.grants.clone());
        let grants: Vec<Grants> = grants.collect();
        let (roots, most) = (Arc::clone(&self.roots()), self.key_limits.rights);
        move || Ground::of(roots, &grants, most)
    }

    fn noting<T>(
        &self,
        found: Result<T, Refused>,
        known: &Known,
        now: Moment,
    ) -> Result<T, Refused> {
        found.inspect_err(|refused| self.note_no_grant(refused, known, now))
    }
}

async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refused> + Send + 'static,
) -> Result<T, Refused> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Refused::new(Cause::Unavailable, error))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_goes_on_behind_what_next_said_and_nothing_else() {
        for good in [
            "file/a b.md",
            "directory/..a",
            "directory//srv/a",
            "directory//",
        ] {
            let after: After = good.parse().expect("good");
            assert_eq!(after.to_string(), good);
        }
        for bad in [
            "",
            "file",
            "file/",
            "link/a",
            "file/..",
            "file//srv/a",
            "directory//srv/../a",
            "file/a\n",
        ] {
            assert_eq!(bad.parse::<After>(), Err(NotAfter), "{bad:?}");
        }
    }
}
