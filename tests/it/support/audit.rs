//! The audit log as it lies on the disk.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use super::{TestApp, Tree, eventually};

/// Longest wait for a line: it is written within a tenth of a second.
const PATIENCE: Duration = Duration::from_secs(5);

/// The log of a tree with the usual settings.
pub(crate) fn path(tree: &Tree) -> PathBuf {
    tree.path.join("state/keys/audit.log")
}

/// All that the log says now, and each line of it whole.
pub(crate) fn lines(tree: &Tree) -> Vec<Value> {
    let text = fs::read_to_string(path(tree)).unwrap_or_default();
    assert!(text.is_empty() || text.ends_with('\n'), "torn: {text}");
    let line = |line| serde_json::from_str(line).expect("JSON");
    text.lines().map(line).collect()
}

/// Whether a line holds all of `wanted`; its `null` are members that must not be there.
pub(crate) fn says(line: &Value, wanted: &Value) -> bool {
    let mut members = wanted.as_object().expect("an object").iter();
    members.all(|(name, value)| &line[name] == value)
}

/// Waits until a line holds all of `wanted`, and gives it.
#[track_caller]
pub(crate) fn told(app: &TestApp, wanted: &Value) -> Value {
    let mut found = None;
    let what = format!("the audit log says {wanted}");
    eventually(&what, PATIENCE, || {
        found = lines(&app.tree).into_iter().find(|line| says(line, wanted));
        found.is_some()
    });
    found.expect("a line")
}
