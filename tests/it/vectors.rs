//! The vectors of docs/key-format.md: what they say is what the code does, and `tests/vectors/check.py` says the same
//! without a line of ours. `EDITKEY_GOLDEN=write` seals anew and writes the file; the difference is for a person to judge.
//!
//! The secret and the keys in it are fixed and open nothing anywhere.

mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use editkey::mint::{AccessKey, KeyId, Password, PasswordHash, Record, Sealed, Secrets};
use editkey::store::{Keys, StoreError};
use serde_json::{Map, Value, json};

use written::written;

const PLACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/key-format.json");
/// Both names of a key, as files hold them.
const KEYS: [&str; 3] = [
    "8oQNEvf7I3b1VOQg3Bi7yNQE",
    "_-_-_-_-_-_-_-_-_-_-_-_-",
    "AAAAAAAAAAAAAAAAAAAAAAAA",
];
fn secret(first: u8) -> [u8; 32] {
    let mut next = first;
    [(); 32].map(|()| {
        next = next.wrapping_add(1);
        next
    })
}

fn key(at: usize) -> AccessKey {
    AccessKey::parse(KEYS[at]).expect("a key")
}

fn name(at: usize) -> String {
    format!("sha256:{}", key(at).id())
}

fn committed() -> Value {
    serde_json::from_slice(&fs::read(PLACE).expect("the vectors")).expect("JSON")
}

fn list<'a>(all: &'a Value, name: &str) -> &'a Vec<Value> {
    all[name]
        .as_array()
        .unwrap_or_else(|| panic!("no vectors: {name}"))
}

fn string<'a>(vector: &'a Value, field: &str) -> &'a str {
    vector[field]
        .as_str()
        .unwrap_or_else(|| panic!("{field} in {vector}"))
}

/// A sealed text can come from a record alone.
fn sealed_text(text: &str) -> Option<Sealed> {
    let record = json!({"dirname": "/", "basename": "x", "sealed": text}).to_string();
    let record = Record::parse(record.as_bytes(), |_| None, |by| by.into());
    record.expect("a record").sealed
}

#[test]
fn the_vectors_are_what_the_code_says() {
    if std::env::var("EDITKEY_GOLDEN").is_ok_and(|what| what == "write") {
        let text = serde_json::to_string_pretty(&written()).expect("JSON");
        fs::write(PLACE, text + "\n").expect("the vectors");
    }
    let (committed, now) = (committed(), written());
    for name in [
        "ids",
        "derived",
        "names",
        "passphrases",
        "files",
        "refused",
        "lines",
        "torn",
        "broken",
    ] {
        assert_eq!(committed[name], now[name], "{name}");
    }
    // A nonce is random: the sealed texts differ, what they are for does not.
    let but_sealed = |all: &Value, name: &str| -> Vec<Value> {
        let mut vectors = list(all, name).clone();
        for vector in &mut vectors {
            vector["sealed"] = Value::Null;
        }
        vectors
    };
    for name in ["sealed", "unsealable"] {
        assert_eq!(
            but_sealed(&committed, name),
            but_sealed(&now, name),
            "{name}"
        );
    }
}

#[test]
fn what_was_sealed_opens_for_its_own_id_alone() {
    let all = committed();
    let open = |vector: &Value| {
        let secret = URL_SAFE_NO_PAD
            .decode(string(vector, "secret"))
            .expect("base64url");
        let sealer = Secrets::derive(&secret.try_into().expect("32 bytes")).sealer();
        let id = KeyId::parse(string(vector, "id")).expect("an id");
        sealer.unseal(&sealed_text(string(vector, "sealed"))?, &id)
    };
    for vector in list(&all, "sealed") {
        let key = open(vector).unwrap_or_else(|| panic!("it stayed sealed: {vector}"));
        assert_eq!(key.reveal(), string(vector, "key"));
    }
    for vector in list(&all, "unsealable") {
        assert!(open(vector).is_none(), "it opened: {vector}");
    }
}

/// The names and records of the keys that `keys` holds.
fn live(keys: &Keys) -> Result<BTreeMap<String, Record>, StoreError> {
    keys.file().expect("a file").look_blocking(|look| {
        let each = look.table.each();
        each.map(|found| {
            let record = Keys::record(look, &found).expect("its record");
            (format!("sha256:{}", found.id), record)
        })
        .collect()
    })
}

fn expected(records: &Value) -> BTreeMap<String, Record> {
    let records: &Map<String, Value> = records.as_object().expect("records by name");
    let parsed = records.iter().map(|(name, record)| {
        let record = Record::parse(record.to_string().as_bytes(), |_| None, |by| by.into());
        (name.clone(), record.expect("a record"))
    });
    parsed.collect()
}

fn keys(folder: &Path, text: &str) -> Keys {
    let path = folder.join("accesskeys.json");
    fs::write(&path, text).expect("a key file");
    Keys::at(&path, Secrets::derive(&secret(0)).sealer())
}

/// Adds a key, as any write would.
fn write_one(keys: &Keys) -> Result<usize, StoreError> {
    let record = json!({"dirname": "/srv", "basename": "new"}).to_string();
    let record = Record::parse(record.as_bytes(), |_| None, |by| by.into()).expect("a record");
    keys.import_blocking(vec![(key(2), record)])
}

#[test]
fn files_say_what_the_vectors_say_before_and_after_a_write() {
    let all = committed();
    for vector in ["files", "refused", "torn"]
        .iter()
        .flat_map(|name| list(&all, name))
    {
        let folder = tempfile::tempdir().expect("a folder");
        let keys = keys(folder.path(), string(vector, "text"));
        let (mut wanted, problems) = (expected(&vector["live"]), list_or_none(vector, "refused"));
        assert_eq!(live(&keys).expect("readable"), wanted, "{vector}");
        assert_eq!(keys.problems().0.len(), problems.len(), "{vector}");
        assert_eq!(keys.problems().1, vector.get("aside").is_some(), "{vector}");
        assert_eq!(write_one(&keys).expect("writable"), 1);
        let mut now = live(&keys).expect("readable");
        assert!(now.remove(&name(2)).is_some());
        wanted.remove(&name(2));
        assert_eq!(now, wanted, "{vector}");
        let aside = fs::read_to_string(folder.path().join("accesskeys.json.torn"));
        let wanted_aside = vector["aside"].as_str().unwrap_or_default();
        assert_eq!(
            aside.unwrap_or_default().trim_end(),
            wanted_aside,
            "{vector}"
        );
        let file = fs::read(folder.path().join("accesskeys.json")).expect("the file");
        let entries: BTreeMap<String, Value> = serde_json::from_slice(&file).expect("one object");
        let refused: BTreeSet<&str> = problems.iter().filter_map(Value::as_str).collect();
        assert!(
            refused.iter().all(|name| entries.contains_key(*name)),
            "{vector}"
        );
    }
}

#[test]
fn a_passphrase_fits_the_hash_that_was_made_of_it() {
    for vector in list(&committed(), "passphrases") {
        let hash = PasswordHash::parse(string(vector, "hash")).expect("a hash");
        let typed = Password::typed(string(vector, "passphrase").to_owned().into());
        let fits = hash.is_of(&typed.expect("short enough"));
        assert_eq!(fits, vector["fits"], "{vector}");
    }
}

#[test]
fn a_key_stands_as_far_as_its_whole_line_allows() {
    for vector in list(&committed(), "lines") {
        let folder = tempfile::tempdir().expect("a folder");
        let keys = keys(folder.path(), string(vector, "text"));
        let standing = |name: &str| {
            let id = name.strip_prefix("sha256:").expect("a name");
            let id = KeyId::parse(id).expect("an id");
            let found = keys
                .file()
                .expect("a file")
                .look_blocking(|look| look.table.standing(&id));
            found.expect("readable")
        };
        for (name, what) in vector["standing"].as_object().expect("names") {
            let found = standing(name).unwrap_or_else(|| panic!("{name} fell: {vector}"));
            let said = json!({"rights": found.rights, "expires": found.expires});
            assert_eq!(said, *what, "{name}: {vector}");
        }
        for name in list(vector, "fallen") {
            let name = name.as_str().expect("a name");
            assert!(standing(name).is_none(), "{name} stands: {vector}");
        }
    }
}

fn list_or_none<'a>(vector: &'a Value, name: &str) -> &'a [Value] {
    vector[name].as_array().map_or(&[], Vec::as_slice)
}

#[test]
fn a_broken_file_opens_nothing_and_stays_as_it_is() {
    for vector in list(&committed(), "broken") {
        let folder = tempfile::tempdir().expect("a folder");
        let keys = keys(folder.path(), string(vector, "text"));
        assert!(
            matches!(live(&keys), Err(StoreError::Broken(_))),
            "{vector}"
        );
        assert!(write_one(&keys).is_err(), "{vector}");
        let file = fs::read_to_string(folder.path().join("accesskeys.json")).expect("the file");
        assert_eq!(file, string(vector, "text"));
    }
}
