//! A text that is looked for among a million keys: directories and minters are looked at once each, all names at one go.

use memchr::memchr2_iter;
use regex::bytes::{Regex, RegexBuilder};

use super::intern::{Interned, Text};

/// So many names one after another that hold a text make it likely that the next one does.
const DENSE: usize = 16;

/// What is looked for; a capital and a small letter are the same.
pub(super) struct Needle {
    anywhere: Regex,
    /// The text itself, where it is ASCII.
    ascii: Option<Vec<u8>>,
    /// A text with a slash in it may stand at the end of a directory and the beginning of a name.
    across: Option<(Regex, Regex)>,
}

impl Needle {
    /// `text`, wherever it stands.
    ///
    /// # Errors
    /// It is too long to look for.
    pub(super) fn of(text: &str) -> Result<Self, regex::Error> {
        let across = match text.rsplit_once('/') {
            Some((end, start)) => Some((
                pattern(&format!(r"{}\z", regex::escape(end)))?,
                pattern(&format!(r"\A{}", regex::escape(start)))?,
            )),
            None => None,
        };
        Ok(Self {
            anywhere: pattern(&regex::escape(text))?,
            ascii: text.is_ascii().then(|| text.as_bytes().to_vec()),
            across,
        })
    }

    /// Whether it stands in `text`.
    pub(super) fn is_in(&self, text: &str) -> bool {
        self.anywhere.is_match(text.as_bytes())
    }

    /// The same of a name; most of them are ASCII, and then so is whatever of them could be the same.
    fn is_in_name(&self, name: &[u8]) -> bool {
        let Some(ascii) = self.ascii.as_ref().filter(|_| name.is_ascii()) else {
            return self.anywhere.is_match(name);
        };
        let [first, ..] = ascii[..] else { return true };
        let (small, capital) = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
        memchr2_iter(small, capital, name).any(|at| {
            let here = name.get(at..at + ascii.len());
            here.is_some_and(|here| here.eq_ignore_ascii_case(ascii))
        })
    }

    /// Whether it stands in each of `texts`, by number.
    pub(super) fn among<V: Text + Clone>(&self, texts: &Interned<V>) -> Vec<bool> {
        texts.each().map(|text| self.is_in(text.text())).collect()
    }

    /// Whether a path may begin in the middle of it, by the number of the directory.
    pub(super) fn across<V: Text + Clone>(&self, directories: &Interned<V>) -> Vec<bool> {
        let Some((end, _)) = &self.across else {
            return Vec::new();
        };
        let directory = |text: &V| end.is_match(text.text().trim_end_matches('/').as_bytes());
        directories.each().map(directory).collect()
    }

    /// Whether a name goes on with what a directory ends with.
    pub(super) fn goes_on(&self, name: &[u8]) -> bool {
        let start = self.across.as_ref();
        start.is_some_and(|(_, start)| start.is_match(name))
    }
}

fn pattern(text: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(text).case_insensitive(true).build()
}

/// Where a needle stands among names that follow one another.
pub(super) struct Names<'a> {
    needle: &'a Needle,
    all: &'a [u8],
    /// The first place from `from` on; nothing where there is none.
    next: Option<(usize, usize)>,
    from: usize,
    /// How many names one after another held it.
    row: usize,
}

impl<'a> Names<'a> {
    pub(super) fn of(needle: &'a Needle, all: &'a [u8]) -> Self {
        let mut names = Self {
            needle,
            all,
            next: None,
            from: 0,
            row: 0,
        };
        names.look(0);
        names
    }

    /// Whether it stands in the name from `start` to `end`, which follows the one that was asked for before. What stands
    /// half in the next name does not count.
    pub(super) fn is_in(&mut self, start: usize, end: usize) -> bool {
        // To find the next place costs more than to look at a name; it pays where most names are passed over.
        let there = match self.all.get(start..end).filter(|_| self.row > DENSE) {
            Some(name) => self.needle.is_in_name(name),
            None => self.comes_before(start, end),
        };
        self.row = if there { self.row + 1 } else { 0 };
        there
    }

    fn comes_before(&mut self, start: usize, end: usize) -> bool {
        if self.from < start && self.next.is_some_and(|(at, _)| at < start) {
            self.look(start);
        }
        while let Some((at, behind)) = self.next {
            if at >= end || behind <= end {
                return at < end;
            }
            self.look(at + 1);
        }
        false
    }

    fn look(&mut self, from: usize) {
        let found = (from <= self.all.len())
            .then(|| self.needle.anywhere.find_at(self.all, from))
            .flatten();
        self.next = found.map(|found| (found.start(), found.end()));
        self.from = from;
    }
}
