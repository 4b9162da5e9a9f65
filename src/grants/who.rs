//! For whom a row of the policy holds.
//!
//! Everything that is named must hold; a row of nothing holds for nobody.

use std::fmt;

use super::Within;
use crate::visitor::{Email, Group, Level, Source, User, Visitor};

/// For whom a row holds. All that is named must hold; where nothing is, the row holds for nobody.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Who {
    /// As this source knows them. Where none is named: headers, tokens and the users file; what a host or a PHP session
    /// says of a name must be asked for by its source.
    pub source: Option<Source>,
    /// Of this name.
    pub user: Option<User>,
    /// Of this address.
    pub email: Option<Email>,
    /// In this group.
    pub group: Option<Group>,
    /// Of this level or a smaller one; 998: whoever signed in, 999: everyone (seed 001).
    pub level: Option<Level>,
    /// Everyone, signed in or not.
    pub anyone: bool,
    /// From these networks only; where nothing else is named, everyone there.
    pub network: Within,
}

impl Who {
    /// Whether everything named here holds for `visitor`.
    #[must_use]
    pub fn holds(&self, visitor: &Visitor) -> bool {
        self.missing(visitor).is_none()
    }

    /// Whether it could hold for somebody of whom only source and name are remembered, wherever they are.
    pub(super) fn could_hold(&self, remembered: &Visitor) -> bool {
        let known = matches!(remembered.source, Source::Users | Source::Anyone);
        let named = self
            .user
            .as_ref()
            .is_none_or(|user| Some(user) == remembered.user.as_ref());
        let certain = Self {
            email: None,
            group: None,
            level: None,
            // A row of nothing holds for nobody; what is left of this one may be nothing.
            source: Some(
                self.source
                    .clone()
                    .unwrap_or_else(|| remembered.source.clone()),
            ),
            ..self.clone()
        };
        let source = self.source.is_some() || remembered.source.knows_people();
        let holds = |who: &Self| who.unnamed(remembered).is_none();
        holds(self) || !known && named && source && holds(&certain)
    }

    /// What does not hold, where something does not.
    #[must_use]
    pub fn missing(&self, visitor: &Visitor) -> Option<&'static str> {
        let there = self.network.holds(visitor.address);
        (!there)
            .then_some("another network")
            .or_else(|| self.unnamed(visitor))
    }

    /// Whether it is for everyone in its networks, who need not sign in.
    #[must_use]
    pub fn trusts_network(&self) -> bool {
        self.network.is_named() && self.unnamed(&Visitor::of(Source::Anyone)).is_none()
    }

    /// The same wherever the visitor is.
    pub(super) fn unnamed(&self, visitor: &Visitor) -> Option<&'static str> {
        if *self == Self::default() {
            return Some("it names nobody");
        }
        let named = self.source.is_some() || self.user.is_some() || self.email.is_some();
        let nameless = !named && self.group.is_none() && self.level.is_none();
        if self.anyone || nameless {
            return None;
        }
        let everyone = self.level.is_some_and(Level::everyone);
        let source = match &self.source {
            Some(source) => *source == visitor.source,
            None => everyone || visitor.source.knows_people(),
        };
        let mut groups = visitor.groups.iter();
        let group = self.group.as_ref();
        let level = self.level.is_none_or(|level| holds(level, visitor));
        let asked = [
            (source, "another source"),
            (
                self.user.is_none() || self.user == visitor.user,
                "another user",
            ),
            (
                self.email.is_none() || self.email == visitor.email,
                "another e-mail address",
            ),
            (
                group.is_none_or(|group| groups.any(|known| known == group)),
                "another group",
            ),
            (level, "another level"),
        ];
        let mut missing = asked.into_iter().filter(|(holds, _)| !holds);
        missing.next().map(|(_, what)| what)
    }
}

impl fmt::Display for Who {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |what: &str, name: Option<&str>| name.map(|name| format!("{what} {name}"));
        let named = [
            self.anyone.then(|| "everyone".to_owned()),
            self.source
                .as_ref()
                .map(|source| format!("source {source}")),
            text("user", self.user.as_ref().map(User::as_str)),
            text("e-mail", self.email.as_ref().map(Email::as_str)),
            text("group", self.group.as_ref().map(Group::as_str)),
            self.level.map(|level| format!("level {level}")),
            self.network
                .is_named()
                .then(|| format!("network {}", self.network)),
        ];
        let named: Vec<String> = named.into_iter().flatten().collect();
        out.write_str(&named.join(", "))
    }
}

/// Whether a row for `level` holds for `visitor`: those whose level is known to be that or smaller.
fn holds(level: Level, visitor: &Visitor) -> bool {
    if level.everyone() {
        return true;
    }
    if level.anyone_signed_in() {
        return visitor.signed_in();
    }
    visitor.level.is_some_and(|known| known <= level)
}
