//! Caches with a bound on the memory of their entries.

use std::hash::Hash;

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};

/// A key or value with a size.
pub(super) trait Size {
    /// Returns the approximate size in memory, in bytes.
    fn size(&self) -> usize;
}

#[derive(Clone)]
pub(super) struct BySize;

impl<K: Size, V: Size> Weighter<K, V> for BySize {
    fn weight(&self, key: &K, value: &V) -> u64 {
        (key.size() + value.size()) as u64
    }
}

pub(super) type BoundedCache<K, V> = Cache<K, V, BySize>;

/// Creates a cache whose entries have at most this size together, in bytes. A cache of 0 bytes keeps
/// nothing. One entry can use the whole cache, because the cache has one shard.
pub(super) fn create<K, V>(bytes: usize, typical_entry_bytes: usize) -> Result<BoundedCache<K, V>, String>
where
    K: Size + Eq + Hash,
    V: Size + Clone,
{
    let options = OptionsBuilder::new()
        .shards(1)
        .weight_capacity(bytes as u64)
        .estimated_items_capacity(bytes / typical_entry_bytes)
        .build()
        .map_err(|error| error.to_string())?;
    Ok(Cache::with_options(options, BySize, DefaultHashBuilder::default(), DefaultLifecycle::default()))
}
