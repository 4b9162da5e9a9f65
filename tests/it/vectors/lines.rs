//! Keys and those they were derived from: which of them stand, and with how much.

use serde_json::{Value, json};

use super::{entry, lines};
use editkey::mint::AccessKey;

/// The name of one of seven more keys.
fn name(at: usize) -> String {
    let key = AccessKey::parse(&format!("{at}").repeat(24)).expect("a key");
    format!("sha256:{}", key.id())
}

fn with(mut record: Value, rest: &Value) -> Value {
    for (member, value) in rest.as_object().into_iter().flatten() {
        record[member] = value.clone();
    }
    record
}

/// A record of one file, with this besides.
fn file(rest: &Value) -> Value {
    with(json!({"dirname": "/srv/a", "basename": "x.md"}), rest)
}

/// A record of one directory, with this besides.
fn album(rest: &Value) -> Value {
    with(
        json!({"dirname": "/srv", "basename": "a", "scope": "directory"}),
        rest,
    )
}

/// One vector: the records by their numbers, what stands with which rights and until when, and what has fallen.
fn vector(records: &[(usize, Value)], standing: &[(usize, Value)], fallen: &[usize]) -> Value {
    let entries: Vec<String> = records
        .iter()
        .map(|(at, record)| entry(&name(*at), record))
        .collect();
    let standing: serde_json::Map<String, Value> = standing
        .iter()
        .map(|(at, what)| (name(*at), what.clone()))
        .collect();
    let fallen: Vec<String> = fallen.iter().map(|at| name(*at)).collect();
    json!({"text": lines(&entries), "standing": standing, "fallen": fallen})
}

pub(super) fn lines_of_parents() -> Vec<Value> {
    let (soon, late) = ("2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z");
    let whole = json!({"rights": "edit", "expires": null});
    let child = |of: usize| json!({"parent": name(of)});
    let chain: Vec<(usize, Value)> = (0..6)
        .map(|at| match at {
            0 => (0, file(&json!({}))),
            at => (at, file(&child(at - 1))),
        })
        .collect();
    let four: Vec<(usize, Value)> = (0..5).map(|at| (at, whole.clone())).collect();
    [
        // What a child says counts as far as its parent allows it.
        vector(
            &[
                (0, file(&json!({"rights": "view", "expires": late}))),
                (
                    1,
                    file(&json!({"rights": "edit", "expires": soon, "parent": name(0)})),
                ),
                (2, file(&json!({"rights": "view", "parent": name(1)}))),
            ],
            &[
                (0, json!({"rights": "view", "expires": late})),
                (1, json!({"rights": "view", "expires": soon})),
                (2, json!({"rights": "view", "expires": soon})),
            ],
            &[],
        ),
        // Of a key that is revoked, refused or was never there nothing that was derived from it stands.
        vector(
            &[
                (0, Value::Null),
                (1, file(&child(0))),
                (2, file(&child(1))),
                (3, file(&json!({"colour": "red"}))),
                (4, file(&child(3))),
                (5, file(&child(6))),
            ],
            &[],
            &[1, 2, 4, 5],
        ),
        // Four stand above one another, and not a fifth.
        vector(&chain, &four, &[5]),
    ]
    .into_iter()
    .chain(circles_and_places())
    .collect()
}

fn circles_and_places() -> Vec<Value> {
    let whole = json!({"rights": "edit", "expires": null});
    let child = |of: usize| json!({"parent": name(of)});
    vec![
        // No key is above itself.
        vector(
            &[
                (0, file(&child(1))),
                (1, file(&child(0))),
                (2, file(&child(2))),
            ],
            &[],
            &[0, 1, 2],
        ),
        // A child's place is its parent's, or lies within it.
        vector(
            &[
                (0, album(&json!({}))),
                (1, file(&child(0))),
                (2, album(&child(0))),
                (
                    3,
                    album(&json!({"dirname": "/srv/a", "basename": "b", "parent": name(0)})),
                ),
                (4, album(&json!({"basename": "ab", "parent": name(0)}))),
                (
                    5,
                    file(&json!({"dirname": "/srv", "basename": "a", "parent": name(1)})),
                ),
                (6, album(&child(1))),
            ],
            &[
                (0, whole.clone()),
                (1, whole.clone()),
                (2, whole.clone()),
                (3, whole.clone()),
            ],
            &[4, 5, 6],
        ),
    ]
}
