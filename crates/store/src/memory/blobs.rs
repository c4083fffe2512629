//! Blobs in memory.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use stdx::{BoxFuture, ByteStream, Clock, Timestamp};
use tempfile::TempDir;

use crate::blobs::{BlobHasher, BlobInfo, Blobs, Digest};
use crate::{Store, StoreError, claims};

/// Blobs in a map; files only for whoever asks for one.
pub struct MemoryBlobs {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    grace: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    held: HashMap<Digest, Held>,
    /// Made when the first local file is asked for, removed with the area.
    files: Option<TempDir>,
}

struct Held {
    content: Bytes,
    put_at: Timestamp,
}

impl MemoryBlobs {
    /// No blobs. Claims are looked for in `store`; what has none goes once it is older than `grace`.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, grace: Duration) -> Self {
        Self { store, clock, grace, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder of the area's lock panics")
    }

    fn content(&self, digest: &Digest) -> Result<Bytes, StoreError> {
        let state = self.state();
        let held = state.held.get(digest).ok_or_else(|| StoreError::NoBlob(digest.clone()))?;
        Ok(held.content.clone())
    }

    fn file(&self, digest: &Digest) -> Result<PathBuf, StoreError> {
        let content = self.content(digest)?;
        let mut state = self.state();
        let engine = |error: std::io::Error| StoreError::Engine(Box::new(error));
        let directory = match &state.files {
            Some(files) => files.path().to_owned(),
            None => state.files.insert(TempDir::new().map_err(engine)?).path().to_owned(),
        };
        let path = directory.join(digest.as_str());
        if !path.exists() {
            std::fs::write(&path, &content).map_err(engine)?;
        }
        Ok(path)
    }

    /// Removes the blob unless it was put again since it was found to be old.
    fn remove(&self, digest: &Digest, seen: Timestamp) -> bool {
        let mut state = self.state();
        if state.held.get(digest).is_none_or(|held| held.put_at != seen) {
            return false;
        }
        state.held.remove(digest);
        if let Some(files) = &state.files {
            // Most blobs were never asked for as a file.
            let _ = std::fs::remove_file(files.path().join(digest.as_str()));
        }
        true
    }
}

impl Blobs for MemoryBlobs {
    fn put(&self, mut content: ByteStream) -> BoxFuture<'_, Result<BlobInfo, StoreError>> {
        Box::pin(async move {
            let mut hasher = BlobHasher::default();
            let mut all = BytesMut::new();
            while let Some(chunk) = content.next().await {
                let chunk = chunk.map_err(StoreError::Source)?;
                hasher.update(&chunk);
                all.extend_from_slice(&chunk);
            }
            let info = hasher.finish();
            let held = Held { content: all.freeze(), put_at: self.clock.now() };
            self.state().held.insert(info.digest.clone(), held);
            Ok(info)
        })
    }

    fn read<'a>(
        &'a self,
        digest: &'a Digest,
        offset: u64,
        length: Option<u64>,
    ) -> BoxFuture<'a, Result<ByteStream, StoreError>> {
        let part = self.content(digest).map(|content| {
            let index = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(content.len());
            let end = length.map_or(u64::MAX, |length| offset.saturating_add(length));
            ByteStream::once(content.slice(index(offset)..index(end)))
        });
        Box::pin(std::future::ready(part))
    }

    fn local_file<'a>(&'a self, digest: &'a Digest) -> BoxFuture<'a, Result<PathBuf, StoreError>> {
        Box::pin(std::future::ready(self.file(digest)))
    }

    fn collect_garbage(&self) -> BoxFuture<'_, Result<usize, StoreError>> {
        Box::pin(async move {
            let now = self.clock.now();
            let old: Vec<_> = {
                let state = self.state();
                let held = state.held.iter().map(|(digest, held)| (digest.clone(), held.put_at));
                held.filter(|(_, put_at)| now.since(*put_at) > self.grace).collect()
            };
            let mut removed = 0;
            for (digest, put_at) in old {
                let needed = claims::claimed(&*self.store, &digest).await?;
                if !needed && self.remove(&digest, put_at) {
                    removed += 1;
                }
            }
            Ok(removed)
        })
    }
}
