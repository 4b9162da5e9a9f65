//! The policy table: which visitors get what, written by the operator in the settings.
//!
//! A row holds for a visitor only when everything it names holds. Rows add up, and no row takes anything away.

use std::fmt;
use std::str::FromStr;

use super::{Directory, Grants, Who};
use crate::names::{Basename, Dirname, Malformed, Rights};
use crate::visitor::{Source, Visitor};

/// What stands for the visitor's name in a path.
const USER: &str = "{user}";

/// The rows, in the order of the settings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    rows: Vec<Row>,
    for_everyone: bool,
    networks: bool,
}

/// One row: who, and what they get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// For whom it holds.
    pub who: Who,
    /// What they may edit.
    pub what: What,
    /// With which rights.
    pub rights: Rights,
    /// Whether they see and change all keys.
    pub admin: bool,
}

/// What a row gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// No files: the row is about administration alone.
    Nothing,
    /// Everything below the roots.
    Everything,
    /// These directories and all below them.
    Directories(Vec<Template>),
}

/// A directory, in which `{user}` stands for the visitor's name.
///
/// **Invariant:** with one clean component in place of each `{user}` it is a [`Dirname`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(String);

/// What a row is to a visitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Explained {
    /// It gives what it says.
    Holds(Grants),
    /// It would, but the name is no component of a path.
    NoPath,
    /// It is not for them: of this kind is what it asks besides.
    Not(&'static str),
}

impl Policy {
    /// The table of `rows`.
    #[must_use]
    pub fn new(rows: Vec<Row>) -> Self {
        let nobody = Visitor::of(Source::Anyone);
        let for_everyone = |row: &Row| row.who.unnamed(&nobody).is_none();
        Self {
            for_everyone: rows.iter().any(for_everyone),
            networks: rows.iter().any(|row| row.who.network.is_named()),
            rows,
        }
    }

    /// The rows.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The same table with each directory that has no name in it as `canonical` has it; one that is not there stays as it
    /// is spelled.
    #[must_use]
    pub fn with_directories(mut self, canonical: impl Fn(&Dirname) -> Option<Dirname>) -> Self {
        for row in &mut self.rows {
            let What::Directories(templates) = &mut row.what else {
                continue;
            };
            for template in templates {
                let plain = Dirname::parse(&template.0).ok();
                let plain = plain.filter(|_| !template.0.contains(USER));
                if let Some(there) = plain.and_then(|plain| canonical(&plain)) {
                    there.as_str().clone_into(&mut template.0);
                }
            }
        }
        self
    }

    /// What all rows together give `visitor`.
    #[must_use]
    pub fn grants(&self, visitor: &Visitor) -> Grants {
        let rows = self.rows.iter().filter(|row| row.who.holds(visitor));
        rows.fold(Grants::default(), |sum, row| sum.and(row.grants(visitor)))
    }

    /// What all rows together could give a visitor of whom only source and name are remembered, had they the best groups,
    /// address and level that rows ask for. Of the users file, and of nobody, there is nothing else to know.
    #[must_use]
    pub fn most(&self, remembered: &Visitor) -> Grants {
        let rows = self
            .rows
            .iter()
            .filter(|row| row.who.could_hold(remembered));
        rows.fold(Grants::default(), |sum, row| {
            sum.and(row.grants(remembered))
        })
    }

    /// Whether `visitor` sees and changes all keys.
    #[must_use]
    pub fn admin(&self, visitor: &Visitor) -> bool {
        let mut rows = self.rows.iter();
        rows.any(|row| row.admin && row.who.holds(visitor))
    }

    /// Whether any row is for some networks only.
    #[must_use]
    pub fn names_networks(&self) -> bool {
        self.networks
    }

    /// Whether any row could hold for everyone.
    #[must_use]
    pub fn has_rows_for_everyone(&self) -> bool {
        self.for_everyone
    }
}

impl Row {
    fn grants(&self, visitor: &Visitor) -> Grants {
        match &self.what {
            What::Nothing => Grants::default(),
            What::Everything => Grants::everything(self.rights),
            What::Directories(templates) => Grants {
                directories: templates
                    .iter()
                    .filter_map(|template| template.expand(visitor.name()))
                    .map(|path| Directory {
                        path,
                        rights: self.rights,
                    })
                    .collect(),
                ..Grants::default()
            },
        }
    }

    /// What this row could give somebody of whom only source and name are remembered, where it could.
    #[must_use]
    pub fn could_give(&self, remembered: &Visitor) -> Option<Grants> {
        let could = self.who.could_hold(remembered);
        could.then(|| self.grants(remembered))
    }

    /// What this row is to `visitor`.
    #[must_use]
    pub fn explain(&self, visitor: &Visitor) -> Explained {
        if let Some(missing) = self.who.missing(visitor) {
            return Explained::Not(missing);
        }
        let grants = self.grants(visitor);
        let directories = matches!(self.what, What::Directories(_));
        if directories && grants.is_empty() {
            Explained::NoPath
        } else {
            Explained::Holds(grants)
        }
    }
}

impl FromStr for Template {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let clean = Dirname::parse(&text.replace(USER, "u"))?;
        if clean.as_str() == "/" || !text.ends_with('/') {
            return Ok(Self(text.to_owned()));
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }
}

impl Template {
    /// The directory for a visitor of this name: none where the name is needed and is not one clean component.
    fn expand(&self, name: Option<&str>) -> Option<Dirname> {
        if !self.0.contains(USER) {
            return Dirname::parse(&self.0).ok();
        }
        let name = Basename::parse(name?).ok()?;
        Dirname::parse(&self.0.replace(USER, name.as_str())).ok()
    }
}

impl fmt::Display for Template {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::visitor::{Group, Level, User};

    fn user(source: Source, name: &str) -> Visitor {
        Visitor {
            user: User::parse(name).ok(),
            ..Visitor::of(source)
        }
    }

    fn row(who: Who, directories: &[&str]) -> Row {
        let templates = directories.iter().map(|text| text.parse().expect("clean"));
        Row {
            who,
            what: What::Directories(templates.collect()),
            rights: Rights::Edit,
            admin: false,
        }
    }

    fn level(number: u64) -> Option<Level> {
        Level::try_from(number).ok()
    }

    #[test]
    fn a_name_is_one_clean_component_or_nothing() {
        let anyone_in = Who {
            level: level(998),
            ..Who::default()
        };
        let policy = Policy::new(vec![row(anyone_in, &["/srv/{user}", "/home/u-{user}/www"])]);
        let grants = policy.grants(&user(Source::Jwt, "ann"));
        let paths: Vec<&str> = grants
            .directories
            .iter()
            .map(|it| it.path.as_str())
            .collect();
        assert_eq!(paths, ["/srv/ann", "/home/u-ann/www"]);
        for bad in ["..", ".", "a/b", "/", "../x", "a\\b", "a/../..", "/etc"] {
            assert!(policy.grants(&user(Source::Jwt, bad)).is_empty(), "{bad}");
        }
        assert!(policy.grants(&Visitor::of(Source::Jwt)).is_empty());
        let nested = policy.grants(&user(Source::Jwt, "{user}"));
        assert_eq!(nested.directories[0].path.as_str(), "/srv/{user}");
        for bad in ["srv/{user}", "/srv/../{user}", "/a//{user}", ""] {
            assert!(bad.parse::<Template>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_host_cannot_name_somebody_into_a_row() {
        let ann = Who {
            user: User::parse("ann").ok(),
            ..Who::default()
        };
        let policy = Policy::new(vec![row(ann.clone(), &["/srv"])]);
        let host = Source::Host("cms".parse().expect("a name"));
        for source in [host.clone(), Source::Php, Source::Local, Source::Anyone] {
            assert!(
                policy.grants(&user(source.clone(), "ann")).is_empty(),
                "{source}"
            );
        }
        for source in [Source::Header, Source::Jwt, Source::Users] {
            assert!(!policy.grants(&user(source, "ann")).is_empty());
        }
        let asked = Who {
            source: Some(host.clone()),
            ..ann
        };
        let policy = Policy::new(vec![row(asked, &["/srv"])]);
        assert!(!policy.grants(&user(host, "ann")).is_empty());
        assert!(policy.grants(&user(Source::Jwt, "ann")).is_empty());
    }

    #[test]
    fn a_level_holds_for_known_smaller_ones() {
        let with = |number| {
            Policy::new(vec![row(
                Who {
                    level: level(number),
                    ..Who::default()
                },
                &["/srv"],
            )])
        };
        let known = |number| Visitor {
            level: level(number),
            ..user(Source::Jwt, "ann")
        };
        let unknown = user(Source::Jwt, "ann");
        let nobody = Visitor::of(Source::Anyone);
        for (row, visitor, holds) in [
            (1, known(0), true),
            (1, known(1), true),
            (1, known(2), false),
            (4, unknown.clone(), false),
            (998, unknown, true),
            (998, known(999), false),
            (998, nobody.clone(), false),
            (999, nobody, true),
            (999, known(999), true),
            (4, known(998), false),
        ] {
            assert_eq!(
                !with(row).grants(&visitor).is_empty(),
                holds,
                "{row} {visitor:?}"
            );
        }
    }

    #[test]
    fn all_that_a_row_names_must_hold_and_a_row_of_nothing_holds_for_nobody() {
        let who = Who {
            user: User::parse("ann").ok(),
            group: "staff".parse().ok(),
            ..Who::default()
        };
        let ann = user(Source::Header, "ann");
        let in_staff = Visitor {
            groups: Group::list("staff, other"),
            ..ann.clone()
        };
        assert!(!who.holds(&ann));
        assert!(who.holds(&in_staff));
        assert!(!Who::default().holds(&in_staff));
    }
}
