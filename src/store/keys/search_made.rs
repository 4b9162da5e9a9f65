//! Keys and searches of all kinds, for the tests of searching.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use proptest::prelude::*;
use serde_json::json;

use super::super::super::search::{Order, Search, Sort, State, Whose};
use super::super::super::table::KeyTable;
use super::super::super::uses::Uses;
use crate::mint::{AccessKey, KeyId};
use crate::names::{Dirname, Rights, Scope};
use crate::store::log::{Span, Table as _};

const NOW: &str = "2026-11-21T12:00:00Z";
const DIRECTORIES: &[&str] = &[
    "/",
    "/srv",
    "/srv/a",
    "/srv/A b",
    "/srv/a/deep",
    "/home/ÜNI",
];
const NAMES: &[&str] = &[
    "a",
    "A.md",
    "ab.MD",
    "b",
    "deep",
    "x%.md",
    "übung.tex",
    "ÜBUNG",
    "k",
    "zz",
];
const MINTERS: &[&str] = &[
    "local",
    "host/cms:ann",
    "host/cms:Bob",
    "host/cms#abc",
    "anyone",
    "",
];
const LABELS: &[&str] = &["Draft", "for bob", "ÜBER"];
const TEXTS: &[&str] = &[
    "a", "A", "md", ".", "deep", "v/a", "A/a", "/a", "/", "a/", "b/A", "bob", "ü", "BUNG", "draft",
    "mda", "zzz", "%", "rv/a/de", "cms", "K", "\u{212a}", "(", "ba",
];

const SEARCHED: &[&str] = &["/", "/srv", "/srv/a", "/none", "/srv/deep"];

pub(super) fn now() -> Timestamp {
    NOW.parse().expect("a time")
}

pub(super) fn id(number: usize) -> KeyId {
    AccessKey::parse(&format!("{number:024}"))
        .expect("a key")
        .id()
}

/// A key, as few numbers.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a field of a record that is there or not"
)]
pub(super) struct Made {
    pub(super) directory: usize,
    pub(super) name: usize,
    pub(super) by: usize,
    pub(super) directory_key: bool,
    pub(super) edit: bool,
    pub(super) created: u32,
    pub(super) expires: Option<u32>,
    pub(super) label: Option<usize>,
    pub(super) idle: bool,
    pub(super) passphrase: bool,
    pub(super) claimed: bool,
    pub(super) parent: Option<usize>,
    pub(super) used: u64,
}

impl Made {
    fn json(&self, parents: usize) -> String {
        let base = now().as_second();
        let at = |secs: i64| Timestamp::from_second(secs).expect("a time").to_string();
        let mut record = json!({
            "dirname": DIRECTORIES[self.directory],
            "basename": NAMES[self.name],
            "rights": if self.edit { "edit" } else { "view" },
            "created": at(base - i64::from(self.created) * 86_400),
            "by": MINTERS[self.by],
        });
        let fields = record.as_object_mut().expect("an object");
        if self.directory_key {
            fields.insert("scope".to_owned(), "directory".into());
        }
        if let Some(days) = self.expires {
            fields.insert(
                "expires".to_owned(),
                at(base + (i64::from(days) - 2) * 86_400).into(),
            );
        }
        if let Some(label) = self.label {
            fields.insert("label".to_owned(), LABELS[label].into());
        }
        if self.idle {
            fields.insert("idle".to_owned(), "3d".into());
        }
        if self.claimed {
            fields.insert("uses".to_owned(), 1.into());
        }
        if self.passphrase {
            let hash = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$KDsrtTtMb2mXxDVyNQqeCpRBbqZrOy3mGGCA6X9kGXA";
            fields.insert("passphrase".to_owned(), hash.into());
        }
        if let Some(parent) = self.parent.filter(|_| parents > 0) {
            fields.insert(
                "parent".to_owned(),
                format!("sha256:{}", id(parent % parents)).into(),
            );
        }
        record.to_string()
    }
}

pub(super) fn made() -> impl Strategy<Value = Made> {
    let texts = (0..DIRECTORIES.len(), 0..NAMES.len(), 0..MINTERS.len());
    let flags = (
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
    );
    let times = (0_u32..6, proptest::option::of(0_u32..5), 0_u64..5);
    let more = (
        proptest::option::of(0..LABELS.len()),
        proptest::option::weighted(0.2, 0_usize..50),
    );
    (texts, flags, times, more).prop_map(
        |((directory, name, by), flags, times, (label, parent))| {
            let (directory_key, edit, idle, passphrase, claimed) = flags;
            let (created, expires, used) = times;
            Made {
                directory,
                name,
                by,
                directory_key,
                edit,
                created,
                expires,
                label,
                idle,
                passphrase,
                claimed,
                parent,
                used,
            }
        },
    )
}

pub(super) fn table(made: &[Made], gone: &BTreeSet<usize>) -> KeyTable {
    let mut table = KeyTable::default();
    for (number, one) in made.iter().enumerate() {
        let json = one.json(number);
        let applied = table.apply(
            &format!("sha256:{}", id(number)),
            Some(json.as_bytes()),
            Span {
                offset: 0,
                length: 1,
            },
        );
        assert_eq!(applied, crate::store::log::Applied::Taken, "{json}");
    }
    for number in gone.iter().filter(|number| **number < made.len()) {
        table.apply(
            &format!("sha256:{}", id(*number)),
            None,
            Span {
                offset: 0,
                length: 1,
            },
        );
    }
    table
}

pub(super) fn uses(made: &[Made]) -> BTreeMap<KeyId, Uses> {
    let days = made.iter().enumerate().filter(|(_, one)| one.used > 0);
    days.map(|(number, one)| {
        let day: Date = format!("2026-11-{:02}", 15 + one.used)
            .parse()
            .expect("a day");
        (
            id(number),
            Uses {
                day: Some(day),
                count: one.used % 3,
            },
        )
    })
    .collect()
}

fn words(
    weight: f64,
    words: &'static [&'static str],
) -> impl Strategy<Value = Option<&'static str>> {
    proptest::option::weighted(weight, proptest::sample::select(words))
}

fn sorts() -> impl Strategy<Value = (Sort, Order, usize)> {
    let sorts = vec![
        Sort::Created,
        Sort::Expires,
        Sort::Used,
        Sort::Uses,
        Sort::Name,
        Sort::By,
    ];
    let order = prop_oneof![Just(Order::Asc), Just(Order::Desc)];
    (proptest::sample::select(sorts), order, 1_usize..6)
}

pub(super) fn search() -> impl Strategy<Value = (Search, Whose)> {
    let state = proptest::option::of(prop_oneof![Just(State::Live), Just(State::Expired)]);
    let rights = prop_oneof![Just(Rights::View), Just(Rights::Edit)];
    let scope = prop_oneof![Just(Scope::File), Just(Scope::Directory)];
    let flag = || proptest::option::weighted(0.2, any::<bool>());
    let minters = proptest::sample::subsequence(MINTERS.to_vec(), 0..4);
    let whose = proptest::option::weighted(0.3, minters);
    let texts = (words(0.5, TEXTS), words(0.3, SEARCHED), words(0.2, TEXTS));
    let rights = proptest::option::weighted(0.3, rights);
    let scope = proptest::option::weighted(0.3, scope);
    let kinds = (state, rights, scope, flag(), flag());
    (texts, kinds, sorts(), whose).prop_map(|(texts, kinds, (sort, order, limit), whose)| {
        let (text, directory, by) = texts;
        let (state, rights, scope, passphrase, claimed) = kinds;
        let search = Search {
            text: text.map(ToOwned::to_owned),
            directory: directory.map(|it| Dirname::parse(it).expect("clean")),
            by: by.map(ToOwned::to_owned),
            state,
            rights,
            scope,
            passphrase,
            claimed,
            sort,
            order,
            after: None,
            limit,
        };
        let names = |names: Vec<&str>| Whose::Of(names.into_iter().map(Into::into).collect());
        (search, whose.map_or(Whose::All, names))
    })
}
