//! What few keys have: limits, a label, a parent. A row has no room for it, and says only that there is more.

use std::sync::Arc;

use super::row::{APART, MORE, PASSPHRASE};
use super::table::KeyTable;
use crate::mint::{KeyId, Limits, More};

impl KeyTable {
    /// Those that were derived from this key itself, be they live or not.
    #[must_use]
    pub fn children(&self, id: &KeyId) -> &[KeyId] {
        self.children.get(id).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether any key was derived from another.
    #[must_use]
    pub fn has_families(&self) -> bool {
        !self.children.is_empty()
    }

    /// Keeps what a row has no room for. Keys that come one after another with the same share it.
    pub(super) fn keep_more(&mut self, at: u32, id: KeyId, more: More) {
        if let Some(parent) = more.limits.parent {
            self.children.entry(parent).or_default().push(id);
        }
        let last = self.last_more.as_ref().filter(|last| ***last == more);
        let more = last.map_or_else(|| Arc::new(more), Arc::clone);
        self.last_more = Some(Arc::clone(&more));
        self.more.insert(at, more);
    }

    pub(super) fn forget_more(&mut self, at: u32, id: &KeyId) {
        let more = self.more.remove(&at);
        let parent = more.and_then(|more| more.limits.parent);
        if let Some(parent) = parent
            && let Some(children) = self.children.get_mut(&parent)
        {
            // The same key may stand there anew already.
            if let Some(at) = children.iter().position(|child| child == id) {
                children.swap_remove(at);
            }
            if children.is_empty() {
                self.children.remove(&parent);
            }
        }
    }
}

/// What a row says of what is more.
pub(super) fn flags(more: &More) -> u8 {
    let Limits { passphrase, .. } = &more.limits;
    let mut flags = 0;
    if !more.is_nothing() {
        flags |= MORE;
    }
    if more.limits.is_apart() {
        flags |= APART;
    }
    if passphrase.is_some() {
        flags |= PASSPHRASE;
    }
    flags
}
