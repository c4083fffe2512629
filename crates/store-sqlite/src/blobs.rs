//! Blobs as files, each with a row that says what it is.
//!
//! ```text
//! blobs/incoming/<name>        being written; whatever is here at a start is removed
//! blobs/<aa>/<digest>.<name>   stored: flushed, then named by a row in the `blobs` space
//! ```
//!
//! The row decides: a file without a row is not a blob. A blob is removed by first deleting its row, on the
//! condition that it was not put again meanwhile, then the file. As each writing of a content has a file name of its
//! own, removing an old file cannot hit one that has just been stored, and no lock is needed between the two.

mod collect;
mod incoming;
mod reading;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use stdx::{BoxFuture, ByteStream, Clock, Rng, Timestamp};
use store::{BlobInfo, Blobs, Digest, Entry, Expect, Key, Space, Store, StoreError, Table};

use crate::error::{OpenError, from_io};
use incoming::Incoming;

/// How long a blob waits for its first claim, and is kept after its last.
pub const GRACE: Duration = Duration::from_hours(1);

const BLOBS: Table<Stored> = Table::new(Space::new("blobs"));

/// What the row of a blob says.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Stored {
    /// The last part of the file's name.
    file: String,
    length: u64,
    md5: String,
    /// When it was put last.
    put_at: Timestamp,
}

/// Blobs in `blobs/` of a data directory.
pub struct DirectoryBlobs {
    root: PathBuf,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    grace: Duration,
    in_flight: InFlight,
}

/// The names of files that are stored but may not have their row yet.
type InFlight = Arc<Mutex<HashSet<String>>>;

impl DirectoryBlobs {
    /// Opens the area in a data directory that `store` has locked, and removes what a crash left half-written. Blocks
    /// on the disk. Blobs without a claim are kept for `grace`, see [`GRACE`].
    pub fn open(
        data: &Path,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
        grace: Duration,
    ) -> Result<Self, OpenError> {
        let root = data.join("blobs");
        incoming::prepare(&root).map_err(|source| OpenError::Directory { path: root.clone(), source })?;
        Ok(Self { root, store, clock, rng, grace, in_flight: InFlight::default() })
    }

    async fn stored(&self, digest: &Digest) -> Result<Option<Entry<Stored>>, StoreError> {
        BLOBS.get(&*self.store, &Key::of([digest.as_str()])).await
    }

    /// Makes the content a blob, or finds that it is one already.
    async fn keep(&self, mut incoming: Incoming) -> Result<BlobInfo, StoreError> {
        let info = incoming.info();
        loop {
            let (stored, expect) = match self.stored(&info.digest).await? {
                Some(row) if self.is_whole(&info.digest, &row.value).await? => {
                    (row.value, Expect::At(row.revision))
                }
                other => {
                    incoming = self.blocking(move |root| incoming.settle(root)).await?;
                    let expect = other.map_or(Expect::Absent, |row| Expect::At(row.revision));
                    (Stored::of(&info, incoming.name()), expect)
                }
            };
            let settled = stored.file == incoming.name();
            let stored = Stored { put_at: self.clock.now(), ..stored };
            let write = BLOBS.put(Key::of([info.digest.as_str()]), &stored, expect);
            match self.store.commit(store::Batch::new().and(write)).await {
                Ok(_) if settled => {
                    incoming.keep();
                    return Ok(info);
                }
                Ok(_) => return Ok(info),
                // Somebody else put or removed the same content: look again.
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Whether the file that the row names is there. If it was lost, the content that has just come replaces it.
    async fn is_whole(&self, digest: &Digest, stored: &Stored) -> Result<bool, StoreError> {
        let (digest, stored) = (digest.clone(), stored.clone());
        let whole = self.blocking(move |root| {
            let found = std::fs::metadata(path_of(root, &digest, &stored.file));
            Ok(found.is_ok_and(|file| file.len() == stored.length))
        });
        whole.await
    }

    /// Runs file work away from the asynchronous threads.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Path) -> std::io::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let root = self.root.clone();
        let done = tokio::task::spawn_blocking(move || work(&root)).await;
        done.map_err(|error| StoreError::Engine(Box::new(error)))?.map_err(from_io)
    }
}

impl Stored {
    fn of(info: &BlobInfo, file: &str) -> Self {
        let put_at = Timestamp::default();
        Self { file: file.to_owned(), length: info.length, md5: info.md5.clone(), put_at }
    }
}

fn shard_of(root: &Path, digest: &Digest) -> PathBuf {
    root.join(&digest.as_str()[..2])
}

fn path_of(root: &Path, digest: &Digest, name: &str) -> PathBuf {
    shard_of(root, digest).join(format!("{digest}.{name}"))
}

impl Blobs for DirectoryBlobs {
    fn put(&self, content: ByteStream) -> BoxFuture<'_, Result<BlobInfo, StoreError>> {
        Box::pin(async move {
            let incoming = self.receive(content).await?;
            self.keep(incoming).await
        })
    }

    fn read<'a>(
        &'a self,
        digest: &'a Digest,
        offset: u64,
        length: Option<u64>,
    ) -> BoxFuture<'a, Result<ByteStream, StoreError>> {
        Box::pin(async move {
            let (file, whole) = self.open_file(digest).await?;
            let rest = whole.saturating_sub(offset);
            Ok(reading::stream(file, offset, length.map_or(rest, |length| length.min(rest))))
        })
    }

    fn local_file<'a>(&'a self, digest: &'a Digest) -> BoxFuture<'a, Result<PathBuf, StoreError>> {
        Box::pin(async move {
            let row = self.stored(digest).await?.ok_or_else(|| StoreError::NoBlob(digest.clone()))?;
            Ok(path_of(&self.root, digest, &row.value.file))
        })
    }

    fn collect_garbage(&self) -> BoxFuture<'_, Result<usize, StoreError>> {
        Box::pin(self.collect())
    }
}
