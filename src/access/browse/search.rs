//! Names below a directory: capital or small, composed or decomposed, is the same.
//!
//! It must never go on beyond its bounds: so many names are read, so many directories wait, and whoever asks says how
//! long. Each directory is opened anew from its root, through no link, and never held open while others are read.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::time::Instant;

use icu_normalizer::ComposingNormalizerBorrowed;
use regex::{Regex, RegexBuilder};

use super::ground::Ground;
use super::order::Order;
use super::{Bound, Entry, Page, SEARCH_BYTES};
use crate::error::Refused;
use crate::files::is_temporary;
use crate::names::{Basename, Dirname};
use crate::resolve::{Directory, Kind};

/// Most names that one search reads.
const NAMES: usize = 1_000_000;
/// Most directories that wait to be read.
const WAITING: usize = 100_000;
/// After so many names it is asked whether there is still time.
const BETWEEN: usize = 1024;

/// What is searched for.
#[derive(Debug)]
pub struct Wanted {
    text: Regex,
    limit: usize,
}

impl Wanted {
    /// Names with `text` in them, at most `limit`; nothing for a text that is empty or longer than
    /// [`SEARCH_BYTES`].
    #[must_use]
    pub fn of(text: &str, limit: usize) -> Option<Self> {
        if text.is_empty() || text.len() > SEARCH_BYTES {
            return None;
        }
        let pattern = regex::escape(&composed(text));
        let text = RegexBuilder::new(&pattern).case_insensitive(true).build();
        Some(Self {
            text: text.ok()?,
            limit,
        })
    }

    fn is_in(&self, name: &str) -> bool {
        self.text.is_match(&composed(name))
    }
}

fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    ComposingNormalizerBorrowed::new_nfc().normalize(text)
}

/// A search under way.
struct Search<'a> {
    ground: &'a Ground,
    wanted: &'a Wanted,
    go_on: &'a dyn Fn() -> bool,
    read: usize,
    waiting: VecDeque<Dirname>,
    page: Page,
}

impl Ground {
    /// Names below the canonical directory `dirname`, or below all that is granted: those nearest to it first.
    ///
    /// # Errors
    /// [`Kind::Refused`](crate::error::Kind::Refused).
    pub(super) fn search(
        &self,
        dirname: Option<&Dirname>,
        wanted: &Wanted,
        go_on: &dyn Fn() -> bool,
        now: Instant,
    ) -> Result<Page, Refused> {
        if let Some(dirname) = dirname {
            self.open(dirname, now)?;
        }
        let mut search = Search {
            ground: self,
            wanted,
            go_on,
            read: 0,
            waiting: match dirname {
                Some(dirname) => [dirname.clone()].into(),
                None => self.tops().into(),
            },
            page: Page::default(),
        };
        while let Some(directory) = search.waiting.pop_front() {
            if search.look_in(&directory, now).is_break() {
                break;
            }
        }
        let mut page = search.page;
        sort(&mut page.entries);
        Ok(page)
    }
}

impl Search<'_> {
    fn look_in(&mut self, dirname: &Dirname, now: Instant) -> ControlFlow<()> {
        // What cannot be opened (any more) has no names.
        let Ok((directory, rights)) = self.ground.open(dirname, now) else {
            return ControlFlow::Continue(());
        };
        let mut found: Vec<(Kind, Box<str>)> = Vec::new();
        let mut ended = self.in_time();
        let _ = directory.names(&mut |name| {
            ended = self.name(&directory, name, &mut found);
            ended
        });
        for (kind, name) in found {
            let entry = self.ground.entry(&directory, rights, (kind, &name));
            if let Some(entry) = entry {
                if self.page.entries.len() == self.wanted.limit {
                    return self.stop(Bound::Matches);
                }
                self.page.entries.push(entry);
            }
        }
        ended
    }

    fn name(
        &mut self,
        directory: &Directory,
        name: Option<(Kind, &str)>,
        found: &mut Vec<(Kind, Box<str>)>,
    ) -> ControlFlow<()> {
        self.read += 1;
        if self.read > NAMES {
            return self.stop(Bound::Entries);
        }
        if self.read.is_multiple_of(BETWEEN) {
            self.in_time()?;
        }
        let Some((kind, name)) = name.filter(|(_, name)| !is_temporary(name)) else {
            return ControlFlow::Continue(());
        };
        if self.wanted.is_in(name) {
            found.push((kind, name.into()));
            // One more than are told says that there are more.
            if self.page.entries.len() + found.len() > self.wanted.limit + BETWEEN {
                return self.stop(Bound::Matches);
            }
        }
        if kind == Kind::Directory {
            if self.waiting.len() >= WAITING {
                return self.stop(Bound::Entries);
            }
            let below = Basename::parse(name).ok();
            let below = below.and_then(|name| directory.dirname().joined(name.as_str()).ok());
            self.waiting.extend(below);
        }
        ControlFlow::Continue(())
    }

    fn in_time(&mut self) -> ControlFlow<()> {
        if (self.go_on)() {
            ControlFlow::Continue(())
        } else {
            self.stop(Bound::Time)
        }
    }

    fn stop(&mut self, why: Bound) -> ControlFlow<()> {
        self.page.bounded = self.page.bounded.or(Some(why));
        ControlFlow::Break(())
    }
}

/// Those nearest to the top first; in one directory as a page of it has them.
fn sort(entries: &mut [Entry]) {
    let order = Order::new();
    let above = |entry: &Entry| match entry.kind {
        Kind::File => entry.dirname.to_string(),
        Kind::Directory => {
            let above = entry.dirname.as_str().rsplit_once('/');
            above.map_or_else(String::new, |(above, _)| above.to_owned())
        }
    };
    entries.sort_by(|one, other| {
        let (above_one, above_other) = (above(one), above(other));
        let depth = above_one
            .matches('/')
            .count()
            .cmp(&above_other.matches('/').count());
        depth
            .then_with(|| order.of_names(&above_one, &above_other))
            .then_with(|| order.of((one.kind, &one.name), (other.kind, &other.name)))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_letter_in_two_ways_and_in_two_sizes_is_one() {
        let wanted = |text| Wanted::of(text, 1).expect("a text");
        for (text, name) in [
            ("caf\u{e9}", "CAFE\u{301}.md"),
            ("cafe\u{301}", "Caf\u{e9}.md"),
            ("\u{d55c}", "\u{1112}\u{1161}\u{11ab}"),
            ("a.b", "A.B"),
            ("привет", "ПРИВЕТ"),
        ] {
            assert!(wanted(text).is_in(name), "{text} {name}");
        }
        assert!(!wanted("a.b").is_in("axb"), "no pattern");
        assert!(!wanted("cafe").is_in("caf\u{e9}"), "another letter");
        assert!(Wanted::of("", 1).is_none());
        assert!(Wanted::of(&"a".repeat(SEARCH_BYTES + 1), 1).is_none());
    }
}
