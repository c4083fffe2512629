//! The blob directory: what is on the disk, whatever happened before.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use stdx::{ByteStream, ManualClock, SystemRng, Timestamp};
use store::{Batch, Blobs, Digest, Store, StoreError, claims};
use store_sqlite::{DirectoryBlobs, SqliteStore};
use tempfile::TempDir;

const GRACE: Duration = Duration::from_mins(1);

struct Area {
    data: TempDir,
    store: Arc<SqliteStore>,
    clock: Arc<ManualClock>,
    blobs: Arc<DirectoryBlobs>,
}

impl Area {
    fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(Timestamp::from_millis(1_000)));
        let store = Arc::new(SqliteStore::open(data.path()).unwrap());
        let blobs = Arc::new(open(data.path(), &store, &clock));
        Self { data, store, clock, blobs }
    }

    fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut directories = vec![self.data.path().join("blobs")];
        while let Some(directory) = directories.pop() {
            for entry in std::fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { directories.push(path) } else { files.push(path) }
            }
        }
        files
    }

    async fn put(&self, content: &'static str) -> Digest {
        self.blobs.put(ByteStream::once(content)).await.unwrap().digest
    }

    async fn content(&self, digest: &Digest) -> Result<bytes::Bytes, StoreError> {
        let content = self.blobs.read(digest, 0, None).await?;
        content.collect(1 << 20).await.map_err(StoreError::Source)
    }
}

fn open(data: &Path, store: &Arc<SqliteStore>, clock: &Arc<ManualClock>) -> DirectoryBlobs {
    DirectoryBlobs::open(data, store.clone(), clock.clone(), Arc::new(SystemRng), GRACE).unwrap()
}

#[tokio::test]
async fn one_content_is_one_file_that_nobody_may_write() {
    let area = Area::new();
    let digest = area.put("content").await;
    area.put("content").await;
    let [file] = &area.files()[..] else { panic!("{:?}", area.files()) };
    assert_eq!(*file, area.blobs.local_file(&digest).await.unwrap());
    assert!(file.starts_with(area.data.path().join("blobs").join(&digest.as_str()[..2])));
    assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o400);
}

#[tokio::test]
async fn a_failed_or_abandoned_upload_leaves_no_file() {
    let area = Area::new();
    let failing = futures_util::stream::iter([Ok("begun".into()), Err(std::io::Error::other("cut"))]);
    area.blobs.put(ByteStream::new(failing)).await.unwrap_err();
    let (begun, waiting) = tokio::sync::oneshot::channel::<()>();
    let endless = futures_util::stream::once(async move {
        drop(begun);
        std::future::pending().await
    });
    let blobs = area.blobs.clone();
    let upload = tokio::spawn(async move { blobs.put(ByteStream::new(endless)).await });
    waiting.await.unwrap_err();
    upload.abort();
    assert!(upload.await.unwrap_err().is_cancelled());
    assert_eq!(area.files(), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn what_a_crash_left_goes() {
    let area = Area::new();
    let digest = area.put("kept").await;
    area.store.commit(Batch::new().and(claims::claim(&digest, &["test"]))).await.unwrap();
    let kept = area.files();
    let blobs = area.data.path().join("blobs");
    let shard = blobs.join(&digest.as_str()[..2]);
    std::fs::write(blobs.join("incoming/half"), "half").unwrap();
    std::fs::write(shard.join(format!("{digest}.stray")), "stray").unwrap();
    std::fs::write(shard.join("unknown"), "stray").unwrap();
    let reopened = open(area.data.path(), &area.store, &area.clock);
    assert!(!blobs.join("incoming/half").exists(), "what was being written goes at the start");
    reopened.collect_garbage().await.unwrap();
    assert_eq!(area.files(), kept);
    assert_eq!(area.content(&digest).await.unwrap(), "kept");
}

#[tokio::test]
async fn a_lost_or_cut_file_is_noticed_and_replaced_by_the_next_put() {
    let area = Area::new();
    let digest = area.put("content").await;
    std::fs::remove_file(area.blobs.local_file(&digest).await.unwrap()).unwrap();
    let error = area.content(&digest).await.unwrap_err();
    assert!(matches!(error, StoreError::Damaged(_)), "{error}");
    assert_eq!(area.put("content").await, digest);
    assert_eq!(area.content(&digest).await.unwrap(), "content");

    let file = area.blobs.local_file(&digest).await.unwrap();
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
    std::fs::write(&file, "con").unwrap();
    let error = area.content(&digest).await.unwrap_err();
    assert!(matches!(&error, StoreError::Source(cut) if cut.kind() == std::io::ErrorKind::UnexpectedEof));
    area.put("content").await;
    assert_eq!(area.content(&digest).await.unwrap(), "content");
    area.blobs.collect_garbage().await.unwrap();
    assert_eq!(area.files().len(), 1, "the cut file goes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn collection_never_takes_what_is_being_put_and_claimed() {
    let area = Area::new();
    let mut writers = tokio::task::JoinSet::new();
    // Time does not pass between a put and its claim, which must come within the grace period; collection goes on.
    let standstill = Arc::new(tokio::sync::RwLock::new(()));
    for number in 0..4_u8 {
        let (blobs, store, standstill) = (area.blobs.clone(), area.store.clone(), standstill.clone());
        writers.spawn(async move {
            for turn in 0..40_u8 {
                // Two writers share each content.
                let content = format!("{}-{}", number / 2, turn % 3);
                let owner = [number.to_string()];
                let still = standstill.read().await;
                let digest = blobs.put(ByteStream::once(content.clone())).await.unwrap().digest;
                store.commit(Batch::new().and(claims::claim(&digest, &owner))).await.unwrap();
                drop(still);
                let found = blobs.read(&digest, 0, None).await.unwrap().collect(99).await.unwrap();
                assert_eq!(found, content);
                store.commit(Batch::new().and(claims::release(&digest, &owner))).await.unwrap();
            }
        });
    }
    let mut collected = 0;
    while !writers.is_empty() {
        let moving = standstill.write().await;
        area.clock.advance(GRACE + Duration::from_millis(1));
        drop(moving);
        collected += area.blobs.collect_garbage().await.unwrap();
        while let Some(done) = writers.try_join_next() {
            done.unwrap();
        }
    }
    area.clock.advance(GRACE * 2);
    collected += area.blobs.collect_garbage().await.unwrap();
    assert!(collected >= 6, "{collected}");
    assert_eq!(area.files(), Vec::<PathBuf>::new());
}
