//! The key file as someone with an editor or another language sees it: text, one JSON object.
//!
//! It knows the form from the document alone, never from our code. Where `EDITKEY_STORE` names a Redis, a tree's keys are
//! there, and go in and out by our code as in a move.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use editkey::mint::Secrets;
use editkey::store::redis::{Link, RedisPlace, StoreAddress, Where};
use editkey::store::{Keys, Moved};
use serde_json::Value;

use super::hash_text;
use super::redis::{options, store_at};

/// The name under which the file holds a key.
pub(crate) fn id(key: &str) -> String {
    format!("sha256:{}", hash_text(key))
}

/// Every entry, the later in place of the earlier; empty when there is no file. Fails when it is not one JSON object.
pub(crate) fn read(path: &Path) -> BTreeMap<String, Value> {
    if let Some(keys) = elsewhere(path) {
        let all = keys.entries_blocking(Moved::Keys, None, usize::MAX);
        let all = all.expect("the keys").into_iter();
        return all
            .map(|(id, json)| (id, serde_json::from_str(&json).expect("JSON")))
            .collect();
    }
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&bytes))),
        Err(_) => BTreeMap::new(),
    }
}

/// The ids of the keys that are not revoked.
pub(crate) fn live(path: &Path) -> BTreeSet<String> {
    read(path)
        .into_iter()
        .filter(|(id, record)| !id.starts_with('$') && !record.is_null())
        .map(|(id, _)| id)
        .collect()
}

/// The record of a key.
pub(crate) fn record(path: &Path, key: &str) -> Value {
    read(path).remove(&id(key)).unwrap_or(Value::Null)
}

/// Puts an entry at the end, in place, as an editor that keeps the inode does.
pub(crate) fn append(path: &Path, id: &str, record: &Value) {
    if let Some(keys) = elsewhere(path) {
        let entry = (id.to_owned(), Some(record.to_string()));
        let set = keys.set_entries_blocking(Moved::Keys, vec![entry]);
        return set.expect("set");
    }
    fs::write(path, with_entry(path, id, record)).expect("the key file");
    private(path);
}

/// Puts an entry at the end by way of a new file, as an editor that renames does.
pub(crate) fn append_by_rename(path: &Path, id: &str, record: &Value) {
    let beside = path.with_extension("new");
    fs::write(&beside, with_entry(path, id, record)).expect("a file beside");
    private(&beside);
    fs::rename(&beside, path).expect("the rename");
}

/// Cuts the last `count` bytes that are not white space.
pub(crate) fn cut(path: &Path, count: usize) {
    let text = fs::read_to_string(path).expect("the key file");
    let entries = text
        .trim_end()
        .strip_suffix('}')
        .unwrap_or(&text)
        .trim_end();
    let end = entries.len() + 1 - count;
    fs::write(path, &text[..end]).expect("the key file");
}

/// The keys at the Redis of `EDITKEY_STORE`, where there is one, and `path` is the key file that it stands in for.
fn elsewhere(path: &Path) -> Option<Keys> {
    let store = std::env::var("EDITKEY_STORE").ok()?;
    let stands_in = path.ends_with("state/keys/accesskeys.json");
    let port = store.rsplit(':').next()?.parse().ok()?;
    stands_in.then(|| {
        let at = Where::Server(RedisPlace::Tcp("127.0.0.1".to_owned(), port));
        let address: StoreAddress = store_at(at);
        Keys::over(
            Link::to(address, &options()),
            Secrets::derive(&[0; 32]).sealer(),
        )
    })
}

fn with_entry(path: &Path, id: &str, record: &Value) -> String {
    let text = fs::read_to_string(path)
        .unwrap_or_else(|_| "{\n\"$editkey\": {\"format\": 1}\n}\n".to_owned());
    let open = text.trim_end().strip_suffix('}').expect("an object");
    format!("{}\n,\"{id}\": {record}\n}}\n", open.trim_end())
}

fn private(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("its mode");
}
