//! One directory, a page at a time: the first entries behind a name, so that files that come and go elsewhere make none
//! appear twice and none be left out.

use std::ops::ControlFlow;
use std::time::Instant;

use jiff::Timestamp;

use super::ground::Ground;
use super::order::Order;
use super::{After, Bound, Entry, NAMES, Page};
use crate::error::{Kind as Cause, Refused};
use crate::files::is_temporary;
use crate::grants::Denied;
use crate::names::{Basename, Dirname, Rights};
use crate::resolve::{Directory, Kind, Refusal};

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
    /// [`Cause::Refused`].
    pub(super) fn page(
        &self,
        dirname: &Dirname,
        after: Option<&After>,
        limit: usize,
        now: Instant,
    ) -> Result<Page, Refused> {
        let (directory, rights) = self.open(dirname, now)?;
        let order = Order::new();
        let mut read = 0;
        let mut bounded = None;
        let mut names: Vec<(Kind, Box<str>)> = Vec::new();
        let listed = directory.names(&mut |name| {
            read += 1;
            if read > NAMES {
                bounded = Some(Bound::Entries);
                return ControlFlow::Break(());
            }
            let behind = |(kind, name): &(Kind, &str)| {
                after.is_none_or(|after| order.of((*kind, name), (after.kind, &after.text)).is_gt())
            };
            let wanted = name.filter(|(_, name)| !is_temporary(name)).filter(behind);
            names.extend(wanted.map(|(kind, name)| (kind, name.into())));
            ControlFlow::Continue(())
        });
        listed.map_err(refused)?;
        let mut page = self.first(&directory, rights, names, limit, &order);
        page.bounded = bounded;
        Ok(page)
    }

    /// The directory, if it is granted and can be listed.
    pub(super) fn open(
        &self,
        dirname: &Dirname,
        now: Instant,
    ) -> Result<(Directory, Rights), Refused> {
        let rights = self.rights(dirname).ok_or(Denied::Place)?;
        let directory = self.roots.listable(dirname, now).map_err(refused)?;
        Ok((directory, rights))
    }

    /// The first of `names` that are there when they are looked at.
    fn first(
        &self,
        directory: &Directory,
        rights: Rights,
        mut names: Vec<(Kind, Box<str>)>,
        limit: usize,
        order: &Order,
    ) -> Page {
        let compare = |one: &(Kind, Box<str>), other: &(Kind, Box<str>)| {
            order.of((one.0, &one.1), (other.0, &other.1))
        };
        let mut page = Page::default();
        // Of fifty thousand names those of the page are picked out, and only they are sorted and looked at.
        while !names.is_empty() {
            let count = limit.min(names.len());
            if count < names.len() {
                names.select_nth_unstable_by(count, compare);
            }
            let rest = names.split_off(count);
            names.sort_unstable_by(compare);
            for (kind, name) in names {
                if page.entries.len() == limit {
                    page.next = page.entries.last().map(After::of);
                    return page;
                }
                page.entries
                    .extend(self.entry(directory, rights, (kind, &name)));
            }
            names = rest;
        }
        page
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

/// A directory that is not there, or is none, is no other than one that is not granted.
fn refused(refusal: Refusal) -> Refused {
    Refused::new(Cause::Refused, refusal)
}
