//! Blobs in memory, on a disk that can be full.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use stdx::{BoxFuture, ByteStream};
use store::memory::MemoryBlobs;
use store::{BlobInfo, Blobs, Digest, StoreError};

pub(crate) struct Shelf {
    blobs: MemoryBlobs,
    full: AtomicBool,
}

impl Shelf {
    pub(super) fn new(blobs: MemoryBlobs) -> Self {
        Self { blobs, full: AtomicBool::new(false) }
    }

    /// Lets the disk be full for the next blob.
    pub(crate) fn fill_up_once(&self) {
        self.full.store(true, Ordering::SeqCst);
    }
}

impl Blobs for Shelf {
    fn put(&self, content: ByteStream) -> BoxFuture<'_, Result<BlobInfo, StoreError>> {
        Box::pin(async move {
            if self.full.swap(false, Ordering::SeqCst) {
                return Err(StoreError::Full);
            }
            self.blobs.put(content).await
        })
    }

    fn read<'a>(
        &'a self,
        digest: &'a Digest,
        offset: u64,
        length: Option<u64>,
    ) -> BoxFuture<'a, Result<ByteStream, StoreError>> {
        self.blobs.read(digest, offset, length)
    }

    fn local_file<'a>(&'a self, digest: &'a Digest) -> BoxFuture<'a, Result<PathBuf, StoreError>> {
        self.blobs.local_file(digest)
    }

    fn collect_garbage(&self) -> BoxFuture<'_, Result<usize, StoreError>> {
        self.blobs.collect_garbage()
    }
}
