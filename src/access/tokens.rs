//! Signed tokens: the rules of the settings and the keys in their files, brought together at each request.

use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;

use crate::settings::Jwt;
use crate::store::KeyFile;
use crate::visitor::jwt::{Keys, Strength, TokenRules};
use crate::visitor::{Evidence, Visitor};

/// Tokens of one kind, and the keys they are verified by at this moment.
pub(super) struct Tokens {
    rules: TokenRules,
    file: KeyFile,
    strength: Strength,
    keys: RwLock<Option<Arc<Keys>>>,
}

impl Tokens {
    /// Tokens as the settings have them.
    pub(super) fn new(jwt: Jwt) -> Self {
        if jwt.strength == Strength::Weak {
            tracing::warn!(
                "{}: a weak secret will do (weak_secret): whoever has a token can try to guess it, and then be anybody",
                jwt.rules.carrier
            );
        }
        Self {
            strength: jwt.strength,
            file: KeyFile::at(jwt.key_file, jwt.secrecy),
            rules: jwt.rules,
            keys: RwLock::default(),
        }
    }

    /// Whether they stand in a header of their own.
    pub(super) fn in_own_header(&self) -> bool {
        self.rules.carrier.is_own_header()
    }

    /// Who a token in `evidence` says asks. While the key file is missing or unfit, no token is believed.
    pub(super) fn visitor(&self, evidence: &dyn Evidence, now: Timestamp) -> Option<Visitor> {
        self.file.look(now.as_second(), |read| {
            let keys = read.map_err(|error| error.to_string()).and_then(|bytes| {
                let keys = Keys::read_as(self.strength, self.rules.algorithm, &bytes);
                keys.map_err(|error| format!("'{}': {error}", self.file.path().display()))
            });
            if let Err(error) = &keys {
                tracing::warn!(
                    "no token in the {} is believed: {error}",
                    self.rules.carrier
                );
            }
            let mut known = self.keys.write().unwrap_or_else(PoisonError::into_inner);
            *known = keys.ok().map(Arc::new);
        });
        let known = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let keys = known.clone();
        drop(known);
        self.rules.visitor(evidence, &*keys?, now)
    }
}
