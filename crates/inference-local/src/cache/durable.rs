//! The durable part of the cache: rows of a store, the oldest of which go when there are too many.
//!
//! Two spaces: vectors under their keys, and the order in which they came.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::Bytes;
use inference::{EmbedderId, Embedding};
use stdx::BoxFuture;
use store::{Batch, Expect, Key, KeyRange, Space, Store, StoreError};
use tokio::sync::OnceCell;

use super::CacheKey;

const VECTORS: Space = Space::new("embedding-cache");
const ORDER: Space = Space::new("embedding-cache-order");
/// How many rows are read or removed at a time.
const PAGE: usize = 500;

/// Where vectors outlive the process.
pub trait Durable: Send + Sync + 'static {
    /// Those of these that are there.
    fn get<'a>(
        &'a self,
        keys: &'a [CacheKey],
    ) -> BoxFuture<'a, Result<Vec<(CacheKey, Embedding)>, StoreError>>;

    /// Keeps these.
    fn put<'a>(&'a self, entries: &'a [(CacheKey, Embedding)]) -> BoxFuture<'a, Result<(), StoreError>>;
}

/// Vectors as rows of a store, at most so many.
pub struct StoredVectors {
    store: Arc<dyn Store>,
    most: u64,
    rows: OnceCell<Rows>,
    making_room: AtomicBool,
}

/// What is known of the rows without looking.
struct Rows {
    next: AtomicU64,
    count: AtomicU64,
}

impl StoredVectors {
    /// At most this many vectors in a store.
    pub fn new(store: Arc<dyn Store>, most: u64) -> Self {
        Self { store, most, rows: OnceCell::new(), making_room: AtomicBool::new(false) }
    }

    /// Counts once what an earlier process left.
    async fn rows(&self) -> Result<&Rows, StoreError> {
        self.rows.get_or_try_init(|| self.count()).await
    }

    async fn count(&self) -> Result<Rows, StoreError> {
        let (mut range, mut count, mut next) = (KeyRange::all(), 0, 0);
        loop {
            let page = self.store.range(ORDER, &range, PAGE).await?;
            let Some(last) = page.last() else { break };
            count += page.len() as u64;
            next = last
                .key
                .segments()
                .next()
                .and_then(|number| u64::from_str_radix(number, 16).ok())
                .unwrap_or(0);
            range = KeyRange::all().after(last.key.clone());
        }
        Ok(Rows { next: AtomicU64::new(next + 1), count: AtomicU64::new(count) })
    }

    /// Removes the oldest rows beyond the limit, one caller at a time.
    async fn make_room(&self, rows: &Rows) -> Result<(), StoreError> {
        if self.making_room.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        let _done = Done(&self.making_room);
        loop {
            let surplus = rows.count.load(Ordering::Acquire).saturating_sub(self.most);
            let page = PAGE.min(usize::try_from(surplus).unwrap_or(PAGE));
            if page == 0 {
                return Ok(());
            }
            let oldest = self.store.range(ORDER, &KeyRange::all(), page).await?;
            if oldest.is_empty() {
                return Ok(());
            }
            let removed = oldest.len() as u64;
            let batch = oldest.into_iter().fold(Batch::new(), |batch, row| {
                let vector = Key::of([row.key.last()]);
                batch.delete(VECTORS, vector, Expect::Any).delete(ORDER, row.key, Expect::Any)
            });
            self.store.commit(batch).await?;
            rows.count.fetch_sub(removed, Ordering::AcqRel);
        }
    }
}

/// Lets the next one make room, also when this one is dropped in the middle.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Durable for StoredVectors {
    fn get<'a>(
        &'a self,
        keys: &'a [CacheKey],
    ) -> BoxFuture<'a, Result<Vec<(CacheKey, Embedding)>, StoreError>> {
        Box::pin(async move {
            let mut found = Vec::new();
            for key in keys {
                if let Some(row) = self.store.get(VECTORS, &vector_key(key)).await? {
                    // A row that is none is a vector that is not there.
                    found.extend(decode(&row.value).map(|embedding| (*key, embedding)));
                }
            }
            Ok(found)
        })
    }

    fn put<'a>(&'a self, entries: &'a [(CacheKey, Embedding)]) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let rows = self.rows().await?;
            for page in entries.chunks(PAGE) {
                let mut batch = Batch::new();
                for (key, embedding) in page {
                    let number = rows.next.fetch_add(1, Ordering::AcqRel);
                    let vector = vector_key(key);
                    let order = Key::of([format!("{number:016x}").as_str(), vector.as_str()]);
                    // What is there already may be of an embedder that went before.
                    batch = batch.put(VECTORS, vector, encode(embedding), Expect::Any).put(
                        ORDER,
                        order,
                        Bytes::new(),
                        Expect::Absent,
                    );
                }
                self.store.commit(batch).await?;
                rows.count.fetch_add(page.len() as u64, Ordering::AcqRel);
            }
            self.make_room(rows).await
        })
    }
}

fn vector_key(key: &CacheKey) -> Key {
    Key::of([hex::encode(key.0)])
}

/// The model's name with its length before it, then the numbers, all little-endian.
fn encode(embedding: &Embedding) -> Bytes {
    let model = embedding.embedder.model.as_bytes();
    let mut bytes = Vec::with_capacity(8 + model.len() + 4 * embedding.vector.len());
    bytes.extend((model.len() as u64).to_le_bytes());
    bytes.extend(model);
    bytes.extend(embedding.vector.iter().flat_map(|number| number.to_le_bytes()));
    bytes.into()
}

fn decode(bytes: &[u8]) -> Option<Embedding> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (model, numbers) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    let model = std::str::from_utf8(model).ok()?.to_owned();
    let (numbers, []) = numbers.as_chunks::<4>() else { return None };
    let vector: Vec<f32> = numbers.iter().map(|number| f32::from_le_bytes(*number)).collect();
    Some(Embedding { embedder: Arc::new(EmbedderId { model, dimension: vector.len() }), vector })
}
