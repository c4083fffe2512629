//! A full disk is said to be one, and what was there before is still found.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use inference::{EmbedderId, Embedding};
use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};
use search::{Change, CollectionName, Document, Query, Scope, SearchError, SearchIndex as _};
use search_local::{LocalSearch, Options};

/// A file system of 2 MB, for as long as it lives.
struct Small(tempfile::TempDir);

impl Small {
    /// `None` for those who may not mount anything.
    fn new() -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        mount("none", directory.path(), "tmpfs", MountFlags::empty(), Some(c"size=2m")).ok()?;
        Some(Self(directory))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        unmount(self.path(), UnmountFlags::DETACH).unwrap();
    }
}

fn put(number: usize) -> Change {
    let embedder = Arc::new(EmbedderId { model: "m".to_owned(), dimension: 64 });
    let vector = Some(Embedding { embedder, vector: vec![0.125; 64] });
    let text = format!("word number{number} {}", "filling ".repeat(20));
    Change::Put(Document {
        id: number.to_string(),
        text,
        vector,
        place: String::new(),
        fields: BTreeMap::new(),
    })
}

#[tokio::test]
async fn a_full_disk_is_said_to_be_one() {
    let Some(disk) = Small::new() else {
        println!("skipped (1): only root can mount a small disk");
        return;
    };
    let name = CollectionName::parse("full").unwrap();
    let index = LocalSearch::open(Options::new(disk.path())).unwrap();
    let mut written = 0;
    let error = loop {
        match index.write(&name, (written..written + 200).map(put).collect()).await {
            Ok(()) => written += 200,
            Err(error) => break error,
        }
        assert!(written < 100_000, "the disk does not fill up");
    };
    assert!(matches!(error, SearchError::DiskFull), "{error:?}");
    assert!(written > 0);
    let query = |text: &str| {
        let (text, limit) = (text.to_owned(), 10 * written);
        Query { text, vector: None, scope: Scope::All, filters: Vec::new(), limit }
    };
    assert_eq!(index.search(&name, query("word")).await.unwrap().hits.len(), written);
    assert!(matches!(index.write(&name, (0..100_000).map(put).collect()).await, Err(SearchError::DiskFull)));
    index.remove(&name).await.unwrap();
    index.write(&name, vec![put(1)]).await.unwrap();
    assert_eq!(index.search(&name, query("number1")).await.unwrap().hits.len(), 1);
    index.close().await;
}
