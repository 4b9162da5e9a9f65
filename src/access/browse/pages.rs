//! One directory, a page at a time: the first entries behind a name, so that files that come and go elsewhere make none
//! appear twice and none be left out.

use std::ops::ControlFlow;
use std::time::Instant;

use jiff::Timestamp;

use super::ground::Ground;
use super::least::Least;
use super::order::Order;
use super::{After, Bound, Entry, NAMES, Page};
use crate::access::refusals::closed;
use crate::error::Refused;
use crate::files::is_temporary;
use crate::grants::Denied;
use crate::names::{Basename, Dirname, Rights};
use crate::resolve::{Directory, Kind};

/// How often a directory is read for one page where none of the names that were picked could be opened.
const ROUNDS: usize = 8;

impl Ground {
    /// A page of the directories that are granted and can be listed.
    pub(super) fn granted(&self, after: Option<&After>, limit: usize, now: Instant) -> Page {
        let order = Order::new();
        let behind = |path: &Dirname| {
            after.is_none_or(|after| order.of_names(path.as_str(), &after.text).is_gt())
        };
        let mut tops: Vec<Dirname> = self.tops().into_iter().filter(behind).collect();
        tops.sort_unstable_by(|one, other| order.of_names(one.as_str(), other.as_str()));
        let entries = tops
            .into_iter()
            .filter(|path| self.roots.listable(path, now).is_ok());
        let entry = |path: Dirname| {
            let last = path.as_str().rsplit('/').next();
            Some(Entry {
                kind: Kind::Directory,
                name: last
                    .filter(|last| !last.is_empty())
                    .unwrap_or("/")
                    .to_owned(),
                rights: self.rights(&path)?,
                dirname: path,
                size: None,
                modified: None,
            })
        };
        let mut entries: Vec<Entry> = entries.filter_map(entry).take(limit + 1).collect();
        let more = entries.len() > limit;
        entries.truncate(limit);
        let last = entries.last().filter(|_| more);
        Page {
            rights: None,
            next: last.map(|last| After {
                kind: Kind::Directory,
                text: last.dirname.to_string(),
            }),
            entries,
            bounded: None,
        }
    }

    /// A page of what is in the canonical directory `dirname`.
    ///
    /// # Errors
    /// [`Kind::Refused`](crate::error::Kind::Refused); [`Kind::Unavailable`](crate::error::Kind::Unavailable) where the disk
    /// does not tell.
    pub(super) fn page(
        &self,
        dirname: &Dirname,
        after: Option<&After>,
        limit: usize,
        now: Instant,
    ) -> Result<Page, Refused> {
        let order = Order::new();
        let mut after = after.cloned();
        let mut page = Page::default();
        for _ in 0..ROUNDS {
            let (directory, rights) = self.open(dirname, now)?;
            let mut least = Least::of(limit, after.as_ref(), &order);
            page.bounded = read(&directory, &mut least)?;
            page.rights = Some(rights);
            let (names, more) = least.into_sorted();
            page.next = None;
            for (kind, name) in names {
                if page.entries.len() == limit {
                    page.next = page.entries.last().map(After::of);
                    return Ok(page);
                }
                let entry = self.entry(&directory, rights, (kind, &name));
                page.entries.extend(entry);
                page.next = more.then(|| After {
                    kind,
                    text: name.into(),
                });
            }
            // None of so many names was there when it was looked at: those behind them may be.
            if page.next.is_none() || !page.entries.is_empty() {
                break;
            }
            after.clone_from(&page.next);
        }
        Ok(page)
    }

    /// The directory, if it is granted and can be listed.
    pub(super) fn open(
        &self,
        dirname: &Dirname,
        now: Instant,
    ) -> Result<(Directory, Rights), Refused> {
        let not_granted = || self.untold().unwrap_or_else(|| Denied::Place.into());
        let rights = self.rights(dirname).ok_or_else(not_granted)?;
        let directory = self.roots.listable(dirname, now).map_err(closed)?;
        Ok((directory, rights))
    }

    /// What is known of the name in `directory`, where it still is what the directory said.
    pub(super) fn entry(
        &self,
        directory: &Directory,
        rights: Rights,
        (kind, name): (Kind, &str),
    ) -> Option<Entry> {
        let looked = directory.look(&Basename::parse(name).ok()?)?;
        if looked.kind != kind {
            return None;
        }
        let (dirname, rights) = match kind {
            Kind::File => (directory.dirname().clone(), rights),
            Kind::Directory => {
                let dirname = directory.dirname().joined(name).ok()?;
                let deeper = self.rights(&dirname).unwrap_or(rights);
                (dirname, deeper)
            }
        };
        Some(Entry {
            kind,
            name: name.to_owned(),
            dirname,
            rights,
            size: looked.size,
            modified: Timestamp::from_second(looked.modified.secs).ok(),
        })
    }
}

impl After {
    fn of(entry: &Entry) -> Self {
        Self {
            kind: entry.kind,
            text: entry.name.clone(),
        }
    }
}

/// Offers the names of a directory, as many as are looked at.
fn read(directory: &Directory, least: &mut Least<'_>) -> Result<Option<Bound>, Refused> {
    let mut count = 0;
    let mut bounded = None;
    let listed = directory.names(&mut |name| {
        count += 1;
        if count > NAMES {
            bounded = Some(Bound::Entries);
            return ControlFlow::Break(());
        }
        if let Some(name) = name.filter(|(_, name)| !is_temporary(name)) {
            least.offer(name);
        }
        ControlFlow::Continue(())
    });
    listed.map_err(closed)?;
    Ok(bounded)
}
