//! What was worked out is remembered, within bounds.
//!
//! It never decides whether what is remembered still holds: who asks it does.

mod made;

use std::hash::Hash;

use hashbrown::DefaultHashBuilder;
use quick_cache::sync::DefaultLifecycle;
use quick_cache::{OptionsBuilder, UnitWeighter, Weighter};

pub use made::Made;

/// Things by their names. The hash is the key table's: quick, and seeded anew by each process.
pub type Cache<K, V, W = UnitWeighter> = quick_cache::sync::Cache<K, V, W, DefaultHashBuilder>;

/// One that remembers `most` things; beyond them, what was least asked for goes.
#[must_use]
pub fn cache<K: Eq + Hash, V: Clone>(most: usize) -> Cache<K, V> {
    with(most, most as u64, UnitWeighter)
}

/// One that remembers some `items` things, all of which weigh `most` at most, in `shards` parts. A thing must not weigh more
/// than a part holds.
#[must_use]
pub fn cache_by_weight<K: Eq + Hash, V: Clone, W: Weighter<K, V> + Clone>(
    (items, most): (usize, u64),
    shards: usize,
    weighter: W,
) -> Cache<K, V, W> {
    let options = OptionsBuilder::new()
        .shards(shards)
        .estimated_items_capacity(items)
        .weight_capacity(most)
        .build();
    match options {
        Ok(options) => {
            let hash = DefaultHashBuilder::default();
            Cache::with_options(options, weighter, hash, DefaultLifecycle::default())
        }
        Err(_) => with(items, most, weighter),
    }
}

fn with<K: Eq + Hash, V: Clone, W: Weighter<K, V> + Clone>(
    items: usize,
    most: u64,
    weighter: W,
) -> Cache<K, V, W> {
    let hash = DefaultHashBuilder::default();
    Cache::with(items, most, weighter, hash, DefaultLifecycle::default())
}
