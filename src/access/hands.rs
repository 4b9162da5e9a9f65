//! Whose hands a key is in: some keys are good only with a passphrase that was typed, or in a browser that claimed them.
//!
//! Deny by default: what asks for more than the key is refused unless the request brings it.

use super::Entry;
use crate::store::Found;
use crate::visitor::Evidence;

impl Entry {
    /// Whether what the key asks for beside itself came along.
    #[must_use]
    pub fn good_in_hand(&self, found: &Found, _evidence: &dyn Evidence) -> bool {
        !found.asks()
    }
}
