//! An engine that forgets everything with the process: for tests, and the model of what the others must do.

mod blobs;

use std::collections::BTreeMap;
use std::collections::hash_map::{Entry as Slot, HashMap};
use std::ops::Bound;
use std::sync::Mutex;

use bytes::Bytes;
use stdx::BoxFuture;

use crate::key::{Key, KeyRange, Space};
use crate::row::{Batch, Revision, Row, Write};
use crate::{Store, StoreError};

pub use blobs::MemoryBlobs;

/// Rows in ordered maps.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    spaces: HashMap<Space, BTreeMap<Key, (Bytes, Revision)>>,
    revision: u64,
}

impl MemoryStore {
    /// No rows.
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("no holder of the store's lock panics")
    }
}

impl Store for MemoryStore {
    fn get<'a>(&'a self, space: Space, key: &'a Key) -> BoxFuture<'a, Result<Option<Row>, StoreError>> {
        let found = self.state().row(space, key);
        Box::pin(std::future::ready(Ok(found)))
    }

    fn get_many<'a>(
        &'a self,
        space: Space,
        keys: &'a [Key],
    ) -> BoxFuture<'a, Result<Vec<Option<Row>>, StoreError>> {
        let state = self.state();
        let found = keys.iter().map(|key| state.row(space, key)).collect();
        Box::pin(std::future::ready(Ok(found)))
    }

    fn range<'a>(
        &'a self,
        space: Space,
        range: &'a KeyRange,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Row>, StoreError>> {
        let state = self.state();
        let rows = state.spaces.get(&space).filter(|_| !is_empty(range)).map(|rows| {
            rows.range((range.from.clone(), range.to.clone()))
                .take(limit)
                .map(|(key, (value, revision))| Row {
                    key: key.clone(),
                    value: value.clone(),
                    revision: *revision,
                })
                .collect()
        });
        Box::pin(std::future::ready(Ok(rows.unwrap_or_default())))
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Revision, StoreError>> {
        Box::pin(std::future::ready(self.state().commit(batch)))
    }
}

/// `BTreeMap::range` panics on a range that ends before it begins; here that is an empty run.
fn is_empty(range: &KeyRange) -> bool {
    match (&range.from, &range.to) {
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
        (Bound::Included(from), Bound::Included(to)) => from > to,
        (Bound::Included(from) | Bound::Excluded(from), Bound::Included(to) | Bound::Excluded(to)) => {
            from >= to
        }
    }
}

impl State {
    fn row(&self, space: Space, key: &Key) -> Option<Row> {
        let (value, revision) = self.spaces.get(&space)?.get(key)?;
        Some(Row { key: key.clone(), value: value.clone(), revision: *revision })
    }

    fn commit(&mut self, batch: Batch) -> Result<Revision, StoreError> {
        let revision = Revision(self.revision + 1);
        self.check(&batch, revision)?;
        self.revision = revision.0;
        for write in batch {
            match write {
                Write::Put { space, key, value, .. } => {
                    self.spaces.entry(space).or_default().insert(key, (value, revision));
                }
                Write::Delete { space, key, .. } => {
                    if let Slot::Occupied(mut rows) = self.spaces.entry(space) {
                        rows.get_mut().remove(&key);
                    }
                }
                Write::Check { .. } => {}
            }
        }
        Ok(revision)
    }

    /// Plays the batch on a layer above the rows, so that a conflict in its last step leaves no trace.
    fn check(&self, batch: &Batch, revision: Revision) -> Result<(), StoreError> {
        let mut changed: HashMap<(Space, &Key), Option<Revision>> = HashMap::new();
        for write in batch.writes() {
            let (space, key) = write.target();
            let found = changed
                .get(&(space, key))
                .copied()
                .unwrap_or_else(|| self.spaces.get(&space).and_then(|rows| Some(rows.get(key)?.1)));
            if !write.expect().holds(found) {
                return Err(StoreError::Conflict { space, key: key.clone() });
            }
            match write {
                Write::Put { .. } => changed.insert((space, key), Some(revision)),
                Write::Delete { .. } => changed.insert((space, key), None),
                Write::Check { .. } => None,
            };
        }
        Ok(())
    }
}
