//! Who decides about an address: the mounts and rules of the settings, the most specific prefix first.
//!
//! Entries that name a host come before those that do not, as the servers of a proxy do; among the rest the longest
//! prefix by whole components. No prefix stands twice, so there is always one answer. What no entry holds is nobody's.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::{Host, Url};

use super::path::UrlPath;
use super::target::Target;
use crate::grants::Who;
use crate::names::{Basename, Dirname, Place};

/// What of a name is not escaped in an address.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Addresses that begin alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefix {
    /// Of this host only.
    host: Option<Host>,
    /// Decoded, its components with a slash between two.
    path: String,
}

/// Why a text is no prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is a path such as '/album', or a host and a path such as 'https://files.example.org/album', spelled without '.', '..', '//' and query"
)]
pub struct NotPrefix;

/// Why a prefix does not hold an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Beside {
    /// It names another host.
    #[error("another host")]
    Host,
    /// The path is not below it.
    #[error("the path is not below it")]
    Path,
}

/// What decides below a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decides {
    /// The grants, or a key, for the file below this directory.
    Mount(Dirname),
    /// Whether the visitor is one of these.
    Rule(Who),
}

/// A prefix, what decides below it, and what the settings call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which addresses.
    pub prefix: Prefix,
    /// What decides.
    pub decides: Decides,
    /// Such as `gate.rules[2]`.
    pub setting: String,
}

/// All entries. Its order is that in which they are looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    entries: Vec<Entry>,
    hosts: bool,
}

/// Two entries of one prefix, by their places in what was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Twice(pub usize, pub usize);

/// What an address names below a mount's directory.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    directory: &'a Dirname,
    /// By whole components, each a file's name.
    rest: &'a str,
    /// Whether a slash says that it is a directory.
    whole: bool,
}

impl FromStr for Prefix {
    type Err = NotPrefix;

    fn from_str(text: &str) -> Result<Self, NotPrefix> {
        let (host, path) = if text.starts_with('/') {
            (None, UrlPath::parse(text).map_err(|_| NotPrefix)?)
        } else {
            let target = Target::parse_url(text).map_err(|_| NotPrefix)?;
            if Url::parse(text).map_err(|_| NotPrefix)?.port().is_some() {
                return Err(NotPrefix);
            }
            let host = target.host().filter(|_| target.query().is_none());
            (Some(host.ok_or(NotPrefix)?), target.path)
        };
        Ok(Self {
            host,
            path: path.as_str().to_owned(),
        })
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(host) = &self.host {
            write!(out, "{host}")?;
        }
        write!(out, "/{}", self.path)
    }
}

impl Prefix {
    /// The host it names.
    #[must_use]
    pub fn host(&self) -> Option<&Host> {
        self.host.as_ref()
    }

    /// What of `path` on `host` is below it.
    ///
    /// # Errors
    /// [`Beside`].
    pub fn rest<'a>(&self, host: Option<&Host>, path: &'a UrlPath<'_>) -> Result<&'a str, Beside> {
        if self.host.is_some() && self.host.as_ref() != host {
            return Err(Beside::Host);
        }
        path.below(&self.path).ok_or(Beside::Path)
    }
}

impl Table {
    /// The table of `entries`.
    ///
    /// # Errors
    /// [`Twice`].
    pub fn new(entries: Vec<Entry>) -> Result<Self, Twice> {
        let mut seen = BTreeMap::new();
        for (index, entry) in entries.iter().enumerate() {
            if let Some(before) = seen.insert(entry.prefix.to_string(), index) {
                return Err(Twice(before, index));
            }
        }
        let mut table = Self {
            hosts: entries.iter().any(|entry| entry.prefix.host.is_some()),
            entries,
        };
        let specific = |entry: &Entry| {
            let components = entry.prefix.path.split_terminator('/').count();
            (entry.prefix.host.is_some(), components)
        };
        table
            .entries
            .sort_by_key(|entry| std::cmp::Reverse(specific(entry)));
        Ok(table)
    }

    /// The entries, the most specific first.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The hosts that entries name.
    pub fn hosts(&self) -> impl Iterator<Item = &Host> {
        self.entries.iter().filter_map(|entry| entry.prefix.host())
    }

    /// The same table with each mount's directory as `canonical` has it; one that is not there stays as it is spelled.
    #[must_use]
    pub fn with_directories(mut self, canonical: impl Fn(&Dirname) -> Option<Dirname>) -> Self {
        for entry in &mut self.entries {
            if let Decides::Mount(directory) = &mut entry.decides
                && let Some(there) = canonical(directory)
            {
                *directory = there;
            }
        }
        self
    }

    /// Where a mount serves the file at `place`, or the directory there: a host, where one is named, and a path as it
    /// stands in an address.
    #[must_use]
    pub fn address(&self, place: &Place, directory: bool) -> Option<(Option<&Host>, String)> {
        self.entries.iter().find_map(|entry| {
            let Decides::Mount(mounted) = &entry.decides else {
                return None;
            };
            let whole = place.as_directory()?;
            let below = whole.below(mounted)?;
            let names = entry.prefix.path.split('/').chain(below.split('/'));
            let mut path = String::new();
            for name in names.filter(|name| !name.is_empty()) {
                path.push('/');
                path.extend(utf8_percent_encode(name, PLAIN));
            }
            if directory {
                path.push('/');
            }
            // Where another entry decides, the address would lead to something else.
            let host = entry.prefix.host();
            let read = UrlPath::parse(&path).ok()?;
            let mut first = self.entries.iter();
            let decides = first.find(|other| other.prefix.rest(host, &read).is_ok());
            decides
                .is_some_and(|other| other == entry)
                .then_some((host, path))
        })
    }

    /// The entry that holds `target`, and what of its path is below the prefix. Where entries name hosts, one that cannot
    /// be read is held by none: the proxy may take it for one of those, which is not for the others to decide about.
    #[must_use]
    pub fn find<'a>(&self, target: &'a Target<'_>) -> Option<(&Entry, &'a str)> {
        // Taken apart only where an entry asks for it.
        let host = if self.hosts {
            Some(target.host()?)
        } else {
            None
        };
        self.entries.iter().find_map(|entry| {
            let rest = entry.prefix.rest(host.as_ref(), &target.path).ok()?;
            Some((entry, rest))
        })
    }
}

impl<'a> Wanted<'a> {
    /// What `rest` of `path` names below `directory`.
    #[must_use]
    pub fn of(directory: &'a Dirname, rest: &'a str, path: &UrlPath<'_>) -> Self {
        Self {
            directory,
            rest,
            whole: path.is_directory() || rest.is_empty(),
        }
    }

    /// Whether it is this very file, by its spelling.
    #[must_use]
    pub fn is_file(&self, place: &Place) -> bool {
        let name = place.basename.as_str();
        let above = self.rest.strip_suffix(name).filter(|_| !self.whole);
        let above = above.and_then(|above| match above {
            "" => Some(""),
            above => above.strip_suffix('/'),
        });
        above.is_some_and(|above| place.dirname.below(self.directory) == Some(above))
    }

    /// The file, or a directory that was asked for without the slash; nothing where a slash says that it is one.
    #[must_use]
    pub fn file(&self) -> Option<Place> {
        if self.whole {
            return None;
        }
        let (above, name) = self.rest.rsplit_once('/').unwrap_or(("", self.rest));
        Some(Place {
            dirname: self.directory.joined(above).ok()?,
            basename: Basename::parse(name).ok()?,
        })
    }

    /// The same as a directory.
    #[must_use]
    pub fn directory(&self) -> Option<Dirname> {
        self.directory.joined(self.rest).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(prefixes: &[&str]) -> Result<Table, Twice> {
        let entry = |(index, text): (usize, &&str)| Entry {
            prefix: text.parse().expect("a prefix"),
            decides: Decides::Rule(Who::default()),
            setting: index.to_string(),
        };
        Table::new(prefixes.iter().enumerate().map(entry).collect())
    }

    #[test]
    fn hosts_come_first_then_the_longest() {
        let table = table(&[
            "/",
            "/a",
            "/a/b",
            "https://h.example/",
            "https://h.example/%C3%BC",
        ])
        .expect("a table");
        for (url, setting) in [
            ("https://x/", "0"),
            ("https://x/ab", "0"),
            ("https://x/a", "1"),
            ("https://x/a/", "1"),
            ("https://x/a/bc", "1"),
            ("https://x/a/b/c", "2"),
            ("http://H.EXAMPLE:99/a/b", "3"),
            ("https://h.example/%c3%bc/x", "4"),
        ] {
            let target = Target::parse_url(url).expect("a target");
            let found = table.find(&target).map(|(entry, _)| entry.setting.as_str());
            assert_eq!(found, Some(setting), "{url}");
        }
        // nginx takes these for h.example.
        for url in [
            "https://h.example./a",
            "https://h.example:x/a",
            "https://h%2eexample/a",
        ] {
            let target = Target::parse_url(url).expect("a target");
            assert!(table.find(&target).is_none(), "{url}");
        }
    }

    #[test]
    fn one_prefix_stands_once() {
        assert_eq!(table(&["/a", "/b", "/a/"]), Err(Twice(0, 2)));
        assert_eq!(table(&["https://h/a", "http://H/a"]), Err(Twice(0, 1)));
        assert!(table(&["https://h/a", "/a"]).is_ok());
    }

    #[test]
    fn an_address_leads_to_where_its_own_mount_decides() {
        let mount = |(index, (url, directory)): (usize, (&str, &str))| Entry {
            prefix: url.parse().expect("a prefix"),
            decides: Decides::Mount(Dirname::parse(directory).expect("clean")),
            setting: index.to_string(),
        };
        let mounts = [
            ("/album", "/srv/album"),
            ("/album/new", "/srv/new"),
            ("https://h.example/all", "/srv"),
        ];
        let table = Table::new(mounts.into_iter().enumerate().map(mount).collect());
        let table = table.expect("a table");
        let address = |dirname: &str, directory| {
            let place = Place {
                dirname: Dirname::parse(dirname).expect("clean"),
                basename: Basename::parse("a b%.jpg").expect("a name"),
            };
            let (host, path) = table.address(&place, directory)?;
            Some(format!(
                "{}{path}",
                host.map(ToString::to_string).unwrap_or_default()
            ))
        };
        let known = |text: &str| Some(text.to_owned());
        assert_eq!(
            address("/srv/album/x", false),
            known("h.example/all/album/x/a%20b%25.jpg")
        );
        assert_eq!(
            address("/srv/new", true),
            known("h.example/all/new/a%20b%25.jpg/")
        );
        assert_eq!(address("/etc", false), None);
        let whole = Place {
            dirname: Dirname::parse("/srv").expect("clean"),
            basename: Basename::parse("new").expect("a name"),
        };
        let own = [("/album/new", "/srv/new")];
        let own = Table::new(own.into_iter().enumerate().map(mount).collect());
        let own = own.expect("a table");
        let path = own.address(&whole, true).map(|(_, path)| path);
        assert_eq!(path, known("/album/new/"), "the mount's own directory");
        let table = Table::new(mounts[..2].iter().copied().enumerate().map(mount).collect());
        let table = table.expect("a table");
        let place = |dirname: &str| Place {
            dirname: Dirname::parse(dirname).expect("clean"),
            basename: Basename::parse("x").expect("a name"),
        };
        let path = |dirname| table.address(&place(dirname), false).map(|(_, path)| path);
        assert_eq!(path("/srv/album"), known("/album/x"));
        assert_eq!(
            path("/srv/album/new"),
            None,
            "another directory is at that address"
        );
        assert_eq!(path("/srv/new"), known("/album/new/x"));
    }

    #[test]
    fn what_is_no_prefix_is_refused() {
        for bad in [
            "",
            "a",
            "/a/../b",
            "//a",
            "/a?x",
            "https://h:8443/a",
            "https://h",
            "ftp://h/",
            "https://h/a?b",
        ] {
            assert!(bad.parse::<Prefix>().is_err(), "{bad}");
        }
    }
}
