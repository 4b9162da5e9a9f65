//! What our keys at the server are called. All begin with one prefix in braces, so that a cluster keeps them together.

/// Makes the names below one prefix.
#[derive(Debug, Clone)]
pub(in crate::store) struct Names {
    prefix: Vec<u8>,
}

impl Names {
    /// Those below `{prefix}:`.
    pub(in crate::store) fn below(prefix: &str) -> Self {
        Self {
            prefix: format!("{{{prefix}}}:").into_bytes(),
        }
    }

    /// The name of this kind for `what`, which may be any bytes.
    pub(in crate::store) fn of(&self, kind: &str, what: &[u8]) -> Vec<u8> {
        [&*self.prefix, kind.as_bytes(), b":", what].concat()
    }

    /// The one name of a kind that has no more than one.
    pub(in crate::store) fn the(&self, kind: &str) -> Vec<u8> {
        [&*self.prefix, kind.as_bytes()].concat()
    }

    /// Whether this is one of them.
    pub(super) fn are_ours(&self, name: &[u8]) -> bool {
        name.starts_with(&self.prefix)
    }
}
