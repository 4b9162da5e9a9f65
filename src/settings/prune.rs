//! Pruning by itself: which keys nobody needs any more, and how often they are looked for.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::meaning::Reader;
use super::span;

/// Keys that nobody needs any more. Each of the criteria is enough; without one nothing is pruned.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a section in braces")]
pub(super) struct RawPrune {
    /// Keys not used for so long, such as `365d`; one that was never used counts from its minting.
    pub(super) unused_for: Option<String>,
    /// Keys that expired so long ago, such as `30d`, or that are dead in another way.
    pub(super) expired_for: Option<String>,
    /// Keys whose file or directory is gone from a root that is there.
    pub(super) missing_files: Option<bool>,
    /// How often the server prunes.
    pub(super) every: Option<String>,
}

/// Which keys the server prunes, and how often; also what `editkey prune` does where nothing else is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prune {
    /// Those not used for so long.
    pub unused_for: Option<Duration>,
    /// Those that have been dead for so long.
    pub expired_for: Option<Duration>,
    /// Those whose file or directory is gone.
    pub missing_files: bool,
    /// How often.
    pub every: Duration,
}

impl Prune {
    /// Whether there is nothing to prune by.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.unused_for.is_none() && self.expired_for.is_none() && !self.missing_files
    }
}

impl Reader<'_> {
    pub(super) fn prune(&mut self, raw: &RawPrune) -> Prune {
        let mut duration = |name: &str, text: &Option<String>| {
            self.optional(&format!("prune.{name}"), text.as_deref(), span::duration)
        };
        Prune {
            unused_for: duration("unused_for", &raw.unused_for),
            expired_for: duration("expired_for", &raw.expired_for),
            every: duration("every", &raw.every).unwrap_or(Duration::from_secs(1)),
            missing_files: raw.missing_files.unwrap_or(false),
        }
    }
}
