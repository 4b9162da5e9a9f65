//! What is wrong with the settings, and where each mistake was typed.
//!
//! All problems of one reading are told together. A message names the rule that was broken; it never repeats a value
//! that may be a secret.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// Where a setting was typed. The order is the order in which problems are told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Nowhere: it is the default, or it is missing.
    Default,
    /// In the settings file, both counted from 1, the column in characters.
    Text {
        /// The line.
        line: usize,
        /// The column in it.
        column: usize,
    },
    /// In this environment variable.
    Variable(String),
    /// On the command line.
    Flag,
}

impl Place {
    /// `default`, `file`, `env` or `flag`.
    #[must_use]
    pub fn origin(&self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Text { .. } => "file",
            Self::Variable(_) => "env",
            Self::Flag => "flag",
        }
    }
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where it was typed.
    pub place: Place,
    /// Which setting, such as `hosts[0].ceiling.rights`; empty when it is about the file as a whole.
    pub path: String,
    /// What is wrong, and what is right.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Text { line, column } => write!(out, "{line}:{column} ")?,
            Place::Variable(name) => return write!(out, "{name}: {}", self.message),
            Place::Flag => out.write_str("command line, ")?,
            Place::Default => {}
        }
        if self.path.is_empty() {
            out.write_str(&self.message)
        } else {
            write!(out, "{}: {}", self.path, self.message)
        }
    }
}

/// Most problems that are told at once; what is wrong in more places than that is another kind of file.
pub const MOST_PROBLEMS: usize = 100;

/// Everything that was wrong at one reading; from one problem to [`MOST_PROBLEMS`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems {
    /// The settings file in use, where there is one.
    pub file: Option<PathBuf>,
    /// The mistakes, in the order of their places.
    pub list: Vec<Problem>,
}

impl fmt::Display for Problems {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(out, "{}: ", file.display())?,
            None => out.write_str("settings: ")?,
        }
        match self.list.len() {
            1 => out.write_str("1 problem")?,
            count => write!(out, "{count} problems")?,
        }
        for problem in &self.list {
            write!(out, "\n  {problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// Where every setting that was typed stands; the problems found so far, at most one a setting.
#[derive(Debug, Default)]
pub(super) struct Findings {
    places: BTreeMap<String, Place>,
    list: Vec<Problem>,
}

impl Findings {
    pub(super) fn new(places: BTreeMap<String, Place>, list: Vec<Problem>) -> Self {
        Self { places, list }
    }

    /// Notes a mistake. The first one about a setting stands: what follows from it would only confuse.
    pub(super) fn refuse(&mut self, path: &str, message: &dyn fmt::Display) {
        if self.full() || self.list.iter().any(|problem| problem.path == path) {
            return;
        }
        self.list.push(Problem {
            place: self.place(path).clone(),
            path: path.to_owned(),
            message: message.to_string(),
        });
    }

    /// Whether there is no room for another problem.
    pub(super) fn full(&self) -> bool {
        self.list.len() >= MOST_PROBLEMS
    }

    /// The value, or a noted mistake.
    pub(super) fn keep<T, E: fmt::Display>(
        &mut self,
        path: &str,
        result: Result<T, E>,
    ) -> Option<T> {
        result.map_err(|error| self.refuse(path, &error)).ok()
    }

    /// Where a setting was typed; for a missing one, the nearest section around it that was.
    pub(super) fn place(&self, path: &str) -> &Place {
        nearest(&self.places, path)
    }

    /// Nothing, or all that was found.
    pub(super) fn verdict(mut self, file: Option<PathBuf>) -> Result<(), Problems> {
        self.list.sort();
        self.list.truncate(MOST_PROBLEMS);
        if self.list.is_empty() {
            Ok(())
        } else {
            Err(Problems {
                file,
                list: self.list,
            })
        }
    }
}

/// The place of `path`, or of the nearest section around it.
pub(super) fn nearest<'a>(places: &'a BTreeMap<String, Place>, path: &str) -> &'a Place {
    let mut path = path;
    loop {
        if let Some(place) = places.get(path) {
            return place;
        }
        match path.rfind(['.', '[']).and_then(|end| path.get(..end)) {
            Some(around) => path = around,
            None => return &Place::Default,
        }
    }
}
