//! The verdict, and whom an upstream is told it is about.

use std::time::Duration;

use crate::grants::Who;
use crate::visitor::{Group, Level, Visitor};

/// What a proxy is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Serve it.
    Allowed {
        /// To whom.
        identity: Identity,
        /// For how long this holds at most, where it has an end.
        until: Option<Duration>,
    },
    /// Do not: nobody is known, and somebody who is might be let in.
    Unknown,
    /// Do not: whoever asks may not.
    Forbidden,
}

/// Whom the upstream is told; empty where unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// The name.
    pub user: String,
    /// The e-mail address.
    pub email: String,
    /// The groups, with commas between.
    pub groups: String,
}

impl Verdict {
    /// The same, holding no longer than `most`.
    #[must_use]
    pub fn no_longer_than(self, most: Option<Duration>) -> Self {
        match self {
            Self::Allowed { identity, until } => Self::Allowed {
                identity,
                until: until.map_or(most, |until| {
                    Some(most.map_or(until, |most| until.min(most)))
                }),
            },
            other @ (Self::Unknown | Self::Forbidden) => other,
        }
    }
}

impl Identity {
    /// Nobody in particular: whoever holds a key, and everyone.
    #[must_use]
    pub fn nobody() -> Self {
        Self::default()
    }

    /// The visitor, as the source knows them.
    #[must_use]
    pub fn of(visitor: &Visitor) -> Self {
        let groups: Vec<&str> = visitor.groups.iter().map(Group::as_str).collect();
        Self {
            user: visitor.name().unwrap_or_default().to_owned(),
            email: visitor
                .email
                .as_ref()
                .map(|email| email.as_str().to_owned())
                .unwrap_or_default(),
            groups: groups.join(","),
        }
    }
}

/// Whom a proxy's own configuration asks for at an address: a level where the word is a number (seed 001: 0 Admin … 4 User,
/// 998 anyone signed in, 999 everyone), else a group. Nothing where it is neither.
#[must_use]
pub fn requirement(word: &str) -> Option<Who> {
    if let Ok(level) = word.parse::<Level>() {
        return Some(Who {
            level: Some(level),
            ..Who::default()
        });
    }
    Some(Who {
        group: Some(word.parse().ok()?),
        ..Who::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::visitor::{Source, User};

    fn visitor(level: u64, group: &str) -> Visitor {
        Visitor {
            user: User::parse("ann").ok(),
            level: Level::try_from(level).ok(),
            groups: Group::list(group),
            ..Visitor::of(Source::Jwt)
        }
    }

    #[test]
    fn a_word_is_a_level_or_a_group() {
        let holds = |word: &str, who: &Visitor| requirement(word).is_some_and(|row| row.holds(who));
        let (admin, user) = (visitor(0, "Admin"), visitor(4, "User,staff"));
        assert!(holds("0", &admin) && !holds("0", &user));
        assert!(holds("4", &admin) && holds("4", &user));
        assert!(holds("998", &user) && !holds("998", &Visitor::of(Source::Anyone)));
        assert!(holds("999", &Visitor::of(Source::Anyone)));
        assert!(holds("staff", &user) && !holds("staff", &admin) && !holds("Staff", &user));
        for nothing in ["", " ", "1000", "00004", "a,b", "4294967296", "-1"] {
            let found = requirement(nothing);
            assert!(found.is_none_or(|row| !row.holds(&admin)), "{nothing}");
        }
    }
}
