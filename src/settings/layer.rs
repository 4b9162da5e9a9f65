//! One source of settings laid over another: flag over environment over file over default.
//!
//! Sections are merged member by member, anything else is replaced whole. Every member remembers where it was typed.
//! A `null` is as good as not written. Nothing here knows what a setting means.

use std::collections::BTreeMap;
use std::ops::Bound;

use serde_json::{Map, Value};

use super::problem::{Place, Problem};

/// Settings as typed, and the place of each.
#[derive(Debug, Clone, Default)]
pub(super) struct Layer {
    pub(super) members: Map<String, Value>,
    pub(super) places: BTreeMap<String, Place>,
}

/// A second spelling, and the settings it stands for.
const ALIASES: [(&str, &[&str]); 2] = [
    ("accesskeyfile", &["access_key_file"]),
    ("key_lifetime", &["keys", "lifetime"]),
];

impl Layer {
    /// All of `members` typed at one place.
    pub(super) fn at(members: Map<String, Value>, place: &Place) -> Self {
        let mut places = BTreeMap::new();
        for (name, value) in &members {
            mark(value, name, place, &mut places);
        }
        Self { members, places }
    }

    /// One setting by its path.
    pub(super) fn one(path: &[&str], value: Value, place: &Place) -> Self {
        let mut value = value;
        let mut members = Map::new();
        for name in path.iter().skip(1).rev() {
            value = Value::Object(Map::from_iter([((*name).to_owned(), value)]));
        }
        if let Some(first) = path.first() {
            members.insert((*first).to_owned(), value);
        }
        Self::at(members, place)
    }

    /// Lays `upper` over this.
    pub(super) fn lay(&mut self, upper: Self) {
        let Self { members, places } = upper;
        merge(&mut self.members, members, "", &mut self.places, &places);
    }

    /// Puts the second spellings under their first; both at once are a mistake.
    pub(super) fn settle_aliases(&mut self, problems: &mut Vec<Problem>) {
        for (alias, path) in ALIASES {
            let Some(value) = self.members.remove(alias) else {
                continue;
            };
            let place = self.places.remove(alias).unwrap_or(Place::Default);
            let pointer = format!("/{}", path.join("/"));
            let there = Value::Object(std::mem::take(&mut self.members));
            let twice = there
                .pointer(&pointer)
                .is_some_and(|value| !value.is_null());
            if let Value::Object(members) = there {
                self.members = members;
            }
            if twice {
                problems.push(Problem {
                    place,
                    path: alias.to_owned(),
                    message: format!("this is {} under another name: keep one", path.join(".")),
                });
            } else {
                self.lay(Self::one(path, value, &place));
            }
        }
    }
}

/// The path of a member of the section at `path`.
pub(super) fn member(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// The path of an element of the list at `path`.
pub(super) fn element(path: &str, index: usize) -> String {
    format!("{path}[{index}]")
}

fn mark(value: &Value, path: &str, place: &Place, places: &mut BTreeMap<String, Place>) {
    places.insert(path.to_owned(), place.clone());
    if let Value::Object(members) = value {
        for (name, value) in members {
            mark(value, &member(path, name), place, places);
        }
    }
}

fn merge(
    lower: &mut Map<String, Value>,
    upper: Map<String, Value>,
    around: &str,
    places: &mut BTreeMap<String, Place>,
    upper_places: &BTreeMap<String, Place>,
) {
    for (name, value) in upper {
        let path = member(around, &name);
        match (lower.get_mut(&name), value) {
            (_, Value::Null) => {}
            (Some(Value::Object(below)), Value::Object(above)) => {
                merge(below, above, &path, places, upper_places);
            }
            (_, Value::Object(above)) => {
                let mut section = Map::new();
                forget(places, &path);
                if let Some(place) = upper_places.get(&path) {
                    places.insert(path.clone(), place.clone());
                }
                merge(&mut section, above, &path, places, upper_places);
                lower.insert(name, Value::Object(section));
            }
            (_, value) => {
                forget(places, &path);
                places.extend(
                    within(upper_places, &path).map(|(at, place)| (at.clone(), place.clone())),
                );
                lower.insert(name, value);
            }
        }
    }
}

fn forget(places: &mut BTreeMap<String, Place>, path: &str) {
    let gone: Vec<String> = within(places, path).map(|(at, _)| at.clone()).collect();
    for at in gone {
        places.remove(&at);
    }
}

/// The setting at `path` and all inside it.
fn within<'a>(
    places: &'a BTreeMap<String, Place>,
    path: &'a str,
) -> impl Iterator<Item = (&'a String, &'a Place)> {
    places
        .range::<str, _>((Bound::Included(path), Bound::Unbounded))
        .take_while(move |(at, _)| at.starts_with(path))
        .filter(move |(at, _)| {
            let rest = at.get(path.len()..).unwrap_or("");
            rest.is_empty() || rest.starts_with(['.', '['])
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn layer(value: Value, name: &str) -> Layer {
        let Value::Object(members) = value else {
            unreachable!("samples are objects")
        };
        Layer::at(members, &Place::Variable(name.to_owned()))
    }

    #[test]
    fn upper_wins_member_by_member_and_keeps_its_place() {
        let mut lower = layer(
            json!({"a": {"b": 1, "c": 2}, "list": [1, 2], "ab": 1}),
            "low",
        );
        lower.lay(layer(
            json!({"a": {"c": 3, "b": null}, "list": [9], "d": {"e": 1}}),
            "up",
        ));
        assert_eq!(
            Value::Object(lower.members.clone()),
            json!({"a": {"b": 1, "c": 3}, "list": [9], "ab": 1, "d": {"e": 1}})
        );
        let place = |path: &str| match super::super::problem::nearest(&lower.places, path) {
            Place::Variable(name) => name.clone(),
            Place::Default | Place::Text { .. } | Place::Flag => "elsewhere".to_owned(),
        };
        assert_eq!(
            ["a.b", "a.c", "list", "list[0]", "ab", "d.e", "nowhere"].map(place),
            ["low", "up", "up", "up", "low", "up", "elsewhere"]
        );
    }

    #[test]
    fn a_second_spelling_stands_for_the_first() {
        let mut problems = Vec::new();
        let mut one = layer(json!({"key_lifetime": "1d", "accesskeyfile": "k"}), "v");
        one.settle_aliases(&mut problems);
        assert_eq!(
            Value::Object(one.members),
            json!({"keys": {"lifetime": "1d"}, "access_key_file": "k"})
        );
        assert!(problems.is_empty());
        let mut both = layer(
            json!({"key_lifetime": "1d", "keys": {"lifetime": "2d"}}),
            "v",
        );
        both.settle_aliases(&mut problems);
        assert_eq!(problems.len(), 1);
    }
}
