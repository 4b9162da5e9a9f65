//! What is known of the uses of keys, when keys are listed: of one, or all of them in turn.

use std::collections::HashMap;
use std::hash::BuildHasher;

use jiff::civil::Date;

use crate::mint::KeyId;
use crate::store::Used;

/// When a key was used last, and how often, where that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Uses {
    /// The day.
    pub day: Option<Date>,
    /// How often.
    pub count: u64,
}

/// The uses of keys, as they stood at one moment.
pub trait KnownUses {
    /// Those of this key; none where nothing is known.
    fn of(&self, id: &KeyId) -> Uses;

    /// Calls `each` with every key of which some are known, once each and in no order.
    fn each(&self, each: &mut dyn FnMut(&KeyId, Uses));

    /// Of about how many keys some are known.
    fn count(&self) -> usize;
}

impl From<Option<Used>> for Uses {
    fn from(used: Option<Used>) -> Self {
        Self {
            day: used.map(|used| used.day),
            count: used.map_or(0, |used| used.count),
        }
    }
}

impl<S: BuildHasher> KnownUses for HashMap<KeyId, Used, S> {
    fn of(&self, id: &KeyId) -> Uses {
        self.get(id).copied().into()
    }

    fn each(&self, each: &mut dyn FnMut(&KeyId, Uses)) {
        for (id, used) in self {
            each(id, Some(*used).into());
        }
    }

    fn count(&self) -> usize {
        self.len()
    }
}
